"""`signals init`: the file that it writes is one that the program takes, all of it."""

import re
import tomllib

import pytest
from test_run import Job


def section_names(text: str) -> list[str]:
    return re.findall(r"^\[(\w+)\]$", text, re.M)


def options_of(signals, command: str) -> set[str]:
    """A command's own options, by its help."""
    shown = signals.run(command, "--help").stdout.split("Common options")[0]
    return set(re.findall(r"^  --([\w-]+)", shown, re.M))


def test_nothing_is_set_without_a_profile(signals):
    said = signals.run("init").stdout
    assert said.startswith("wrote signals.toml\n")
    text = (signals.folder / "signals.toml").read_text()
    assert {name: keys for name, keys in tomllib.loads(text).items() if keys} == {}
    overview = signals.run("--help").stdout
    commands = re.findall(r"^  (\w+)", overview.split("commands:")[1], re.M)
    assert [name for name in commands if options_of(signals, name) and name != "init"] == section_names(text)
    signals.run("columns", "--cmd", "others")  # reads the file: every section is a command
    assert max(map(len, text.splitlines())) <= 120


def test_every_option_is_there_with_its_default(signals):
    """What stands behind # is TOML, and the program knows every key of it."""
    signals.run("init")
    path = signals.folder / "signals.toml"
    text = re.sub(r"^# ([a-z0-9-]+ = )", r"\1", path.read_text(), flags=re.M)
    options = tomllib.loads(text)
    for name in section_names(text):
        assert set(options[name]) == options_of(signals, name), name
    assert options["transform"]["dtype"] == "float32"
    assert options["publish"]["max-staleness"] == 5
    assert options["run"]["force"] is False
    # Only values that are examples of a type may be refused: those of one command, and not the keys.
    path.write_text(text)
    wrong = signals.run("columns", expect=2).stderr
    assert "no option" not in wrong


def test_a_file_that_is_there_stays(signals):
    path = signals.folder / "signals.toml"
    path.write_text("# mine\n")
    wrong = signals.run("init", "--profile", "numerai", expect=1)
    assert "signals.toml is there already" in wrong.stderr
    assert "--out" in wrong.stderr
    assert path.read_text() == "# mine\n"
    signals.run("init", "--out", "other.toml")
    assert sorted(one.name for one in signals.folder.iterdir()) == ["other.toml", "signals.toml"]
    wrong = signals.run("init", "--out", "no/such/folder.toml", expect=1)
    assert "No such file or directory" in wrong.stderr


def test_a_profile_that_is_not_there(signals):
    wrong = signals.run("init", "--profile", "numeria", expect=2)
    assert "it is one of numerai" in wrong.stderr


@pytest.mark.long
def test_the_profile_of_numerai_runs(signals, serve):
    """The daily job of the file as it is written, with nothing but the addresses of the simulated market given."""
    job = Job(signals, serve)
    (signals.folder / "signals.toml").unlink()
    signals.run("init", "--profile", "numerai")
    text = (signals.folder / "signals.toml").read_text()
    config = tomllib.loads(text)
    windows = [value.partition("=")[2].split(",") for value in config["transform"]["set"]]
    assert all(20 <= int(window) <= 130 for one in windows for window in one)
    assert config["transform"]["lags"] == [5, 10, 20]
    done = job.at("2022-10-22T12:01:00Z")
    assert {name: stage["outcome"] for name, stage in done["stages"].items()} == dict.fromkeys(
        ("resolve", "load", "transform", "publish", "report", "vacuum"), "done"
    )
    assert "warn" not in done["stderr"]
    tables = {one["table"]: one for one in signals.json("tables")}
    assert tables["features"]["properties"]["prices"] == "total-return"
    live = job.live()
    assert len(live) > 0
    for column in ("feature_momentum_rsi_window20", "feature_momentum_rsi_window130_lag20"):
        assert live[column].notna().any(), column
        assert column + "_country_ranknorm" in live  # of countries with ten names, which this market has none of


@pytest.mark.parametrize("profile", ["numerai", ""])
def test_the_file_says_what_it_is_for(signals, profile):
    signals.run("init", *(["--profile", profile] if profile else []))
    first = (signals.folder / "signals.toml").read_text().splitlines()[0]
    assert "signals init" in first


def test_a_list_may_go_over_several_lines(signals):
    """As TOML has it, with comments and a comma after the last item."""
    (signals.folder / "signals.toml").write_text(
        '[load]\nticker = [\n  "A",  # not [the] end\n  "B",\n]\nsource = "files:bars"  # it\'s a folder\n'
        "[transform]\nlags = [ 5,\n 10 ]\n"
    )
    (signals.folder / "bars").mkdir()
    for name in ("A", "B"):
        (signals.folder / "bars" / f"{name}.csv").write_text(
            "Date,Open,High,Low,Close,Volume\n" + "".join(f"2022-01-{n:02},1,2,1,2,{n}\n" for n in range(1, 29))
        )
    signals.run("load")
    assert set(signals.read("prices")["ticker"]) == {"A", "B"}
    signals.run("transform", "--cmd", "momentum")
    columns = set(signals.read("features_momentum").columns)
    feature = "feature_momentum_rsi"
    assert {feature, feature + "_lag5", feature + "_lag10"} <= columns
    assert feature + "_lag1" not in columns
