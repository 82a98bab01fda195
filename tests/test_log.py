"""The last line of a JSON log: how each command ended, for metrics and alarms."""

import json

import pytest
from conftest import ROOT

JSON = {"SIGNALS_LOG_FORMAT": "json"}
COMMANDS = [
    line.split("(")[1].split(",")[0]
    for line in (ROOT / "src" / "cli" / "commands.def").read_text().splitlines()
    if line.startswith("SIGNALS_COMMAND(")
]


def event_of(done) -> dict:
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert all("event" not in line for line in lines[:-1]), "one line a run"
    event = lines[-1]
    assert list(event) == ["time", "level", "event", "outcome", "exit_code", "seconds", "summary", "error"]
    assert event["exit_code"] == done.returncode
    assert event["seconds"] >= 0
    return event


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_how_it_ended(signals, command):
    """In a folder without a lake: done or an error, never silence; the error's line stands there too."""
    arguments = {
        "files": ["prices"],
        "load": ["--ticker=A"],
        "doctor": ["--ticker=A"],
        "resolve": ["--universe=none.csv"],
    }
    nobody = ["--yahoo-url=http://127.0.0.1:9"] if command in ("load", "doctor", "run", "resolve") else []
    numerai = ["--numerai-url=http://127.0.0.1:9"] if command in ("run", "resolve", "ready", "publish") else []
    quiet = ["--quiet", "--log-format=json"]
    done = signals.run(command, *arguments.get(command, []), *nobody, *numerai, *quiet, expect=None)
    event = event_of(done)
    assert event["event"] == f"signals.{command}"
    if event["error"] is None:
        assert event["outcome"] in ("done", "failed")
    else:
        assert json.loads(done.stderr.splitlines()[-2])["name"] == event["outcome"]
        assert json.loads(done.stderr.splitlines()[-2])["message"] == event["error"]


@pytest.mark.parametrize(
    "command", ["status", "tables", "columns", "files prices", "vacuum", "transform --cmd volume --lags 2"]
)
def test_the_summary_is_what_json_prints(lake, command):
    """The very object, whether it is printed as JSON, as text, or told to be quiet."""
    for options in (["--json"], ["--json", "--quiet"]):
        done = lake.run(*command.split(), *options, env=JSON)
        assert event_of(done)["summary"] == json.loads(done.stdout)
    text = lake.run(*command.split(), env=JSON)
    assert event_of(text)["summary"] == json.loads(done.stdout)
    assert not text.stdout.startswith(("{", "["))


def test_the_daily_job_tells_its_stages(signals, simulator):
    rows = [f"{ticker} US,{ticker}" for ticker in simulator.tickers()[:2]]
    (signals.folder / "u.csv").write_text("\n".join(["numerai_ticker,yahoo", *rows]) + "\n")
    done = signals.run("run", "--universe=u.csv", *simulator.load_options(), env=JSON, expect=None)
    summary = event_of(done)["summary"]
    assert summary["stages"]["load"]["summary"]["tickers"]["loaded"] == 2


def test_part_of_it(signals, start_simulator):
    first = start_simulator()
    names = [f"--ticker={name}" for name in first.tickers()[:3]]
    signals.run("load", *names, "--start=2022-10-01", *first.load_options())
    faulty = start_simulator(faults=[f"500:{first.tickers()[0]}"])
    done = signals.run("load", *names, "--start=2022-10-01", *faulty.load_options(), env=JSON, expect=3)
    event = event_of(done)
    assert (event["outcome"], event["error"]) == ("partly", None)
    assert event["summary"]["tickers"]["failed"] == 1


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["load", "--bogus", "--log-format", "json"], "signals.load"),
        (["load", "--log-format=json", "--bogus"], "signals.load"),
        (["lood", "--log-format=json"], "signals"),
        (["--log-format=json", "load"], "signals"),
        (["load", "--threads=none", "--log-format=json"], "signals.load"),
        (["load", "--now=never", "--log-format=json"], "signals.load"),
    ],
)
def test_wrong_command_lines_too(signals, arguments, name):
    event = event_of(signals.run(*arguments, expect=2))
    assert event["event"] == name
    assert event["summary"] is None
    assert event["error"]


def test_wrong_variables_and_files_too(signals):
    event = event_of(signals.run("load", env=JSON | {"SIGNALS_QUIET": "perhaps"}, expect=2))
    assert event["outcome"] == "bad_config"
    event = event_of(signals.run(env=JSON, expect=2))
    assert event["event"] == "signals"
    (signals.folder / "signals.toml").write_text("[load]\nspeed = 3\n")
    event = event_of(signals.run("load", env=JSON, expect=2))
    assert event["outcome"] == "bad_config"


def test_text_stays_text(signals):
    done = signals.run("status", expect=1)
    assert "event" not in done.stderr
