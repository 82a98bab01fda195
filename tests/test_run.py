"""`signals run`, `ready` and `skew` through the real program: against the simulated market on several days, and a
stand-in for Numerai's server that opens its rounds and puts its live universe out at noon UTC."""

import datetime
import io
import json
import os
import shutil

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Simulator
from test_publish import folder_of
from test_resolve import market

CONFIG = """
[load]
since = "2021-11-01"

[transform]
cmd = "volume"

[publish]
features = "features_volume"
daily-since = "2022-10-03"
"""


class Numerai:
    """Answers as Numerai's server does at `now`: of each weekday there is a round from noon UTC of the next day on."""

    def __init__(self, names: pd.DataFrame, no_round=()):
        self.names, self.no_round, self.url, self.down = names, set(no_round), "", False
        self.now = datetime.datetime(2022, 10, 1)

    def date(self) -> datetime.date:
        date = (self.now - datetime.timedelta(hours=36)).date()
        while date.isoweekday() > 5 or date.isoformat() in self.no_round:
            date -= datetime.timedelta(days=1)
        return date

    def answer(self, path: str, body: bytes):
        if self.down:
            return 400, b"closed"
        if path == "/live":
            frame = self.names.assign(date=self.date().isoformat(), feature_country="x")
            stream = io.BytesIO()
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), stream)
            return 200, stream.getvalue()
        query = json.loads(body)["query"]
        if "rounds" in query:
            data = {"rounds": [{"number": 1, "dataDatestamp": int(self.date().strftime("%Y%m%d"))}]}
        else:
            data = {"dataset": self.url + "/live"}
        return 200, json.dumps({"data": data}).encode()


class Job:
    """The daily job at a time of choice: `run` and the other commands see the market and Numerai as of then."""

    def __init__(self, signals, serve, no_round=()):
        self.signals = signals
        (signals.folder / "signals.toml").write_text(CONFIG)
        simulator = Simulator(now="2022-10-01T00:00:00Z", tickers=22)
        names = market(simulator)
        simulator.close()
        self.numerai = Numerai(names[["numerai_ticker", "composite_figi"]], no_round)
        self.numerai.url = serve(self.numerai.answer)

    def at(self, now: str, *arguments, expect=0, yahoo=None, events=(), env=None):
        """`signals run` at a time, as JSON beside its stderr."""
        self.numerai.now = datetime.datetime.fromisoformat(now.rstrip("Z"))
        simulator = Simulator(now=now, tickers=22, events=list(events))
        try:
            options = simulator.load_options()
            if yahoo is not None:
                options[options.index("--yahoo-url") + 1] = yahoo
            command = ["run", *options, "--numerai-url", self.numerai.url, *arguments, "--json"]
            done = self.signals.run(*command, now=now, expect=expect, env=env)
        finally:
            simulator.close()
        return json.loads(done.stdout) | {"stderr": done.stderr}

    def ready(self, now: str, expect=0, *arguments) -> str:
        self.numerai.now = datetime.datetime.fromisoformat(now.rstrip("Z"))
        return self.signals.run(
            "ready", "--numerai-url", self.numerai.url, *arguments, now=now, expect=expect
        ).stdout.strip()

    def dataset(self) -> pd.DataFrame:
        return pq.ParquetDataset(self.signals.files("dataset"), partitioning=None).read().to_pandas()

    def dates(self) -> list[str]:
        return sorted(self.dataset()["date"].unique())[-5:]

    def live(self) -> pd.DataFrame:
        return pd.read_parquet(self.signals.lake / "dataset" / "live_features.parquet")

    def everything(self) -> list[str]:
        return sorted(
            f"{os.path.join(folder, file)} {os.stat(os.path.join(folder, file)).st_mtime_ns}"
            for folder, _, files in os.walk(self.signals.lake)
            for file in files
        )

    def tags(self) -> dict:
        folder = self.signals.lake / "dataset" / "metadata"
        newest = folder / f"v{(folder / 'version-hint.text').read_text()}.metadata.json"
        return {name: one["snapshot-id"] for name, one in json.loads(newest.read_text())["refs"].items()}


@pytest.fixture
def job(signals, serve):
    return Job(signals, serve)


def test_publish_alone_waits_for_the_names_too(job):
    """`publish --require-live` of a chain of single commands: nothing is written before D's names are out."""
    job.at("2022-10-21T23:30:00Z", expect=4)
    publish = ["publish", "--universe", "numerai", "--numerai-url", job.numerai.url, "--require-live"]
    publish += ["--date", "2022-10-21", "--round", "2022-10-21"]
    before = job.everything()
    early = job.signals.run(*publish, now="2022-10-22T11:59:00Z", expect=4)
    assert "D is 2022-10-21, Numerai's names are of 2022-10-20" in early.stderr
    assert [one for one in job.everything() if "/cache/" not in one] == [one for one in before if "/cache/" not in one]
    job.numerai.now = datetime.datetime(2022, 10, 22, 12, 1)
    job.signals.run(*publish, now="2022-10-22T12:01:00Z")
    assert job.dates()[-1] == "2022-10-21"
    assert sorted(job.live()["numerai_ticker"]) == sorted(set(job.numerai.names["numerai_ticker"]))


def test_a_week_of_the_daily_job(job):
    """Friday evening to Monday: what there is to do at each time is done once."""
    friday = job.at("2022-10-21T23:30:00Z", expect=4)
    assert friday["d"] == "2022-10-21"
    assert "E5006" in friday["stderr"]
    assert [one["outcome"] for one in friday["stages"].values()] == ["done"] * 6
    assert job.dates()[-1] == "2022-10-20", "the rows of a date wait for its names"
    assert not (job.signals.lake / "dataset" / "live_features.parquet").exists()
    assert job.ready("2022-10-22T12:05:00Z", 4) == (
        "NO-GO D=2022-10-21 there is no live file: the data set was published as of 2022-10-20"
    )

    saturday = job.at("2022-10-22T12:01:00Z")
    assert saturday["d"] == "2022-10-21"
    assert saturday["stages"]["publish"]["summary"]["dates"] == 1
    assert job.dates()[-1] == "2022-10-21"
    members = sorted(set(job.numerai.names["numerai_ticker"]))
    assert list(job.live()["numerai_ticker"]) == members
    mapped = saturday["stages"]["publish"]["summary"]["newest"]["mapped"]
    line = job.ready("2022-10-22T12:05:00Z")
    assert line.startswith(f"GO D=2022-10-21 ids {len(members)} mapped {mapped} fresh {mapped} unsettled ")
    assert "degraded" not in line

    before = job.everything()
    for now in ("2022-10-22T18:00:00Z", "2022-10-23T12:01:00Z", "2022-10-24T20:59:00Z"):
        again = job.at(now)
        assert again["published_before"]
        assert again["d"] == "2022-10-21"
    assert job.everything() == before
    assert job.ready("2022-10-24T20:59:00Z").startswith("GO D=2022-10-21")

    monday = job.at("2022-10-24T21:00:00Z", expect=4)  # 17:00 in New York
    assert monday["d"] == "2022-10-24"
    assert job.dates()[-1] == "2022-10-21"
    assert job.ready("2022-10-25T11:00:00Z", 4) == "NO-GO D=2022-10-24 the live file is of 2022-10-21"
    assert job.at("2022-10-25T12:01:00Z")["d"] == "2022-10-24"
    assert job.dates() == ["2022-10-18", "2022-10-19", "2022-10-20", "2022-10-21", "2022-10-24"]


@pytest.mark.parametrize(
    ("now", "date"),
    [
        ("2022-10-31T21:00:00Z", "2022-10-31"),  # Europe's clocks are back, New York's not yet: 17:00
        ("2022-11-07T21:00:00Z", "2022-11-04"),  # 16:00
        ("2022-11-07T22:00:00Z", "2022-11-07"),
        ("2022-03-14T21:00:00Z", "2022-03-14"),  # the first Monday of New York's summer time
    ],
)
def test_the_date_follows_new_york(job, now, date):
    job.numerai.now = datetime.datetime.fromisoformat(now.rstrip("Z"))
    said = job.signals.run("ready", "--numerai-url", job.numerai.url, "--json", now=now, expect=None)
    assert said.returncode == 1, "there is no lake yet"
    simulator = Simulator(now=now, tickers=22)
    simulator.close()
    (job.signals.lake / "dataset").mkdir(parents=True)
    job.signals.run("load", "--source", f"files:{files_of_one_day(job.signals.folder)}")
    assert f"D={date} " in job.ready(now, 4)


def files_of_one_day(folder):
    (folder / "bars").mkdir()
    (folder / "bars" / "A.csv").write_text("Date,Open,High,Low,Close,Volume\n2022-01-03,1,1,1,1,1\n")
    return folder / "bars"


def test_a_holiday_of_numerai(signals, serve):
    """25 December 2026, a Friday, without a round: D stays the day before; the next round's D is Monday."""
    job = Job(signals, serve, no_round={"2026-12-25"})
    signals.run("load", "--source", f"files:{files_of_one_day(signals.folder)}")
    assert "D=2026-12-24 " in job.ready("2026-12-25T12:05:00Z", 4)
    assert "D=2026-12-25 " in job.ready("2026-12-25T22:30:00Z", 4), "nobody can know yet"
    assert "D=2026-12-24 " in job.ready("2026-12-26T15:00:00Z", 4)
    assert "D=2026-12-24 " in job.ready("2026-12-28T12:05:00Z", 4)
    assert "D=2026-12-28 " in job.ready("2026-12-28T22:00:00Z", 4)
    assert "D=2026-12-28 " in job.ready("2026-12-29T12:05:00Z", 4)
    job.numerai.down = True
    assert "D=2026-12-25 " in job.ready("2026-12-26T15:00:00Z", 4), "by the clock"


def test_three_missed_days(job):
    assert job.at("2022-10-18T12:01:00Z")["d"] == "2022-10-17"
    # Back on Friday evening: the missed dates are caught up, this one's names are not out.
    assert job.at("2022-10-21T22:00:00Z", expect=4)["d"] == "2022-10-21"
    assert job.dates() == ["2022-10-14", "2022-10-17", "2022-10-18", "2022-10-19", "2022-10-20"]
    assert job.at("2022-10-22T12:01:00Z")["d"] == "2022-10-21"
    assert job.dates()[-1] == "2022-10-21"


def test_bars_that_the_features_have_not_seen_are_not_fresh(job):
    """A feature table that nobody makes anew: what it says is old, however new the bars are."""
    (job.signals.folder / "signals.toml").write_text(CONFIG)
    job.at("2022-10-20T12:01:00Z")
    (job.signals.folder / "signals.toml").write_text(CONFIG.replace('"volume"', '"other"'))
    newest = job.at("2022-10-21T12:01:00Z")["stages"]["publish"]["summary"]["newest"]
    # Asia's bars of the day were there at noon of the day itself.
    assert 0 < newest["traded"] == newest["fresh"] < newest["mapped"]
    assert newest["degraded"]
    assert "fresh 12" in job.ready("2022-10-21T12:05:00Z")
    stale = job.at("2022-10-22T12:01:00Z", expect=4)
    assert stale["stages"]["publish"]["outcome"] == "too_stale"
    assert job.dates()[-1] == "2022-10-20"
    (job.signals.folder / "signals.toml").write_text(CONFIG)
    good = job.at("2022-10-22T12:10:00Z")["stages"]["publish"]["summary"]["newest"]
    assert good["fresh"] == good["mapped"]


def test_no_date_that_is_not_over(job):
    job.at("2022-10-21T12:01:00Z")
    for date in ("2022-10-21", "2022-10-22", "2022-12-30"):
        wrong = job.signals.run("run", "--date", date, "--min-fresh", "0", now="2022-10-21T20:59:00Z", expect=2)
        assert "not over" in wrong.stderr
    publish = ["publish", "--features", "features_volume", "--daily-since", "2022-10-03"]
    wrong = job.signals.run(
        *publish, "--date", "2022-10-24", "--round", "2022-10-24", now="2022-10-22T12:00:00Z", expect=2
    )
    assert "not over" in wrong.stderr
    assert job.dates()[-1] == "2022-10-20"
    # Nor does a rebuild up to an earlier date drop the later rows.
    rows = len(job.dataset())
    wrong = job.signals.run(*publish, "--rebuild", "--date", "2022-10-14", now="2022-10-22T12:00:00Z", expect=2)
    assert "would drop" in wrong.stderr
    assert len(job.dataset()) == rows


def test_a_lost_live_file_comes_back(job):
    job.at("2022-10-22T12:01:00Z")
    live = job.signals.lake / "dataset" / "live_features.parquet"
    whole = live.read_bytes()
    for damage in (live.unlink, lambda: live.write_bytes(b"x")):
        damage()
        assert job.ready("2022-10-22T12:05:00Z", 4).startswith("NO-GO")
        done = job.at("2022-10-22T12:08:00Z")
        assert done["stages"]["publish"]["summary"]["dates"] == 0
        assert live.read_bytes() == whole
        assert job.ready("2022-10-22T12:10:00Z").startswith("GO")
    assert job.tags().keys() == {"main", "live-2022-10-21"}


def test_what_a_killed_run_left_is_not_served(job):
    """It had written its live file; the next run is of a day without one."""
    job.at("2022-10-20T12:01:00Z")
    published = job.signals.lake / "dataset" / "published"
    left = published / f"{job.tags()['main'] + 1}-00000000"
    left.mkdir()
    (left / "live_features.parquet").write_bytes(b"of a killed run")
    job.at("2022-10-22T22:00:00Z", "--universe", "numerai")  # Saturday: Friday's
    job.signals.run(
        "publish", "--features", "features_volume", "--daily-since", "2022-10-03", "--date", "2022-10-24",
        "--round", "2022-10-25", now="2022-10-25T22:00:00Z",
    )  # fmt: skip
    assert not (job.signals.lake / "dataset" / "live_features.parquet").exists()
    assert [one["date"] for one in job.signals.json("skew")] == ["2022-10-19", "2022-10-21"]


def test_numerai_without_an_answer_keeps_nothing_from_being_done(job):
    job.at("2022-10-20T12:01:00Z")
    job.numerai.down = True
    shutil.rmtree(job.signals.lake / "cache")
    done = job.at("2022-10-21T12:01:00Z", expect=4)
    assert "E5006" in done["stderr"]
    assert list(done["stages"]) == ["load", "transform", "report", "vacuum"]
    assert done["stages"]["load"]["summary"]["bars"]["new"] > 0
    job.numerai.down = False
    assert job.at("2022-10-21T12:08:00Z")["d"] == "2022-10-20"


def test_a_page_that_cannot_be_made_does_not_fail_the_day(job):
    (job.signals.lake / "report.html" / "in_the_way").mkdir(parents=True)
    done = job.at("2022-10-22T12:01:00Z")
    assert done["outcome"] == "done"
    assert done["stages"]["report"] == {"outcome": "store_write"}
    assert "no report: E4003" in done["stderr"]
    assert list(done["stages"]) == ["resolve", "load", "transform", "publish", "report", "vacuum"]
    shutil.rmtree(job.signals.lake / "report.html")
    assert job.at("2022-10-22T12:05:00Z", "--force")["stages"]["report"]["summary"]["round"] == "GO"


def test_weeks_without_days(job):
    """A data set of Fridays: on other days there is nothing to publish."""
    (job.signals.folder / "signals.toml").write_text(CONFIG.replace("[publish]", '[publish]\ncalendar = "weekly"'))
    job.at("2022-10-22T12:01:00Z")
    assert job.at("2022-10-25T12:01:00Z")["d"] == "2022-10-24"
    assert job.dates()[-1] == "2022-10-21"


def test_variables_of_the_run_are_not_those_of_its_stages(job):
    """A stage that made the rows of the day before anew at every tick would change what is published."""
    for now in ("2022-10-21T22:00:00Z", "2022-10-21T23:00:00Z"):
        job.at(now, env={"SIGNALS_FORCE": "1"}, expect=4)
        assert job.tags() == {"main": 1}
    job.at("2022-10-22T12:01:00Z", env={"SIGNALS_FORCE": "1"})
    assert job.tags() == {"main": 2, "live-2022-10-21": 2}
    assert job.at("2022-10-22T13:00:00Z", env={"SIGNALS_DATE": "2022-10-20"})["d"] == "2022-10-20"


def test_force_publishes_again(job):
    job.at("2022-10-22T12:01:00Z")
    first = job.dataset()
    job.at("2022-10-23T12:01:00Z", "--force")
    second = job.dataset()
    assert first.equals(second)
    tags = job.tags()
    assert tags["live-2022-10-21"] < tags["live-2022-10-21-2"] == tags["main"]
    job.signals.run("vacuum", "--keep", "0", now="2022-11-30T00:00:00Z")
    assert set(job.tags()) == set(tags)
    for tag in ("live-2022-10-21", "live-2022-10-21-2"):
        kept = folder_of(job.signals.lake / "dataset", tags[tag]) / "live_features.parquet"
        assert pd.read_parquet(kept).equals(job.live())
    lines = (job.signals.lake / "dataset" / "coverage.csv").read_text().splitlines()[1:]
    assert len(lines) == len({line.split(",")[0] for line in lines})
    # Only the newest date can be published again.
    job.at("2022-10-25T12:01:00Z")
    wrong = job.at("2022-10-25T13:00:00Z", "--force", "--date", "2022-10-21", expect=2)
    assert "not the newest date" in wrong["stderr"]
    assert job.dates()[-1] == "2022-10-24"


def test_what_was_served_is_what_training_sees(job):
    job.at("2022-10-21T12:01:00Z")
    job.at("2022-10-22T12:01:00Z")
    same = job.signals.json("skew")
    assert [one["date"] for one in same] == ["2022-10-20", "2022-10-21"]
    for one in same:
        assert one["rows"] > 0
        assert one["cells"] >= one["rows"]
        assert one["differ"] == one["rows_gone"] == one["rows_not_served"] == one["columns_gone"] == 0
    # With a history that a split restated, made anew: what was served is no more what training would see.
    job.at("2022-10-25T12:01:00Z", events=["--split", "SAAA:2022-10-24:4"])
    job.signals.run("publish", "--rebuild", "--features", "features_volume", "--calendar", "weekly",
                    "--levels", now="2022-10-25T13:00:00Z")  # fmt: skip
    now = {one["date"]: one for one in job.signals.json("skew")}
    assert now["2022-10-20"]["rows_gone"] == same[0]["rows"], "the table has Fridays only"
    assert now["2022-10-21"]["rows_gone"] == 0
    assert len(job.signals.json("skew", "--days", "1")) == 1
    assert "2022-10-21" in job.signals.run("skew").stdout


def test_a_source_that_is_down(job, serve):
    """Too few fresh names: nothing is served under --min-fresh; with a lower one, what there is, degraded."""
    job.at("2022-10-20T12:01:00Z")
    refused = serve(lambda path, body: (500, b"out of order"))
    # All is loaded up to the 19th; what comes of the 20th cannot be asked for.
    stale = job.at("2022-10-21T12:01:00Z", expect=4, yahoo=refused)
    assert stale["stages"]["publish"]["outcome"] == "too_stale"
    assert set(job.live()["numerai_ticker"]) == set(job.numerai.names["numerai_ticker"])
    assert job.ready("2022-10-21T12:05:00Z", 4) == "NO-GO D=2022-10-20 the live file is of 2022-10-19"
    assert job.dates()[-1] == "2022-10-19"
    some = job.at("2022-10-21T12:10:00Z", "--min-fresh", "0", expect=3, yahoo=refused)
    assert some["stages"]["publish"]["summary"]["newest"]["degraded"]
    assert job.dates()[-1] == "2022-10-20"
    assert "NO-GO" in job.ready("2022-10-21T12:05:00Z", 4)
    assert job.ready("2022-10-21T12:05:00Z", 0, "--min-fresh", "0").endswith(" (degraded)")
    # Once the source answers again, D can be published as it should have been.
    again = job.at("2022-10-21T13:00:00Z", "--force")
    assert not again["stages"]["publish"]["summary"]["newest"]["degraded"]
    assert job.ready("2022-10-21T13:05:00Z").startswith("GO D=2022-10-20")


def test_ready_looks_at_the_file_itself(job):
    job.at("2022-10-22T12:01:00Z")
    live = job.signals.lake / "dataset" / "live_features.parquet"
    whole = live.read_bytes()
    live.write_bytes(whole[:-1])
    assert "not the file that the manifest names" in job.ready("2022-10-22T12:05:00Z", 4)
    live.unlink()
    assert "is not there" in job.ready("2022-10-22T12:05:00Z", 4)
    live.write_bytes(whole)
    assert job.ready("2022-10-22T12:05:00Z", 0, "--offline").startswith("GO")
    assert job.ready("2022-10-22T12:05:00Z", 4, "--date", "2022-10-24") == (
        "NO-GO D=2022-10-24 the live file is of 2022-10-21"
    )


def test_names_of_ones_own(job):
    """Without Numerai nothing has to be waited for."""
    simulator = Simulator(now="2022-10-21T23:30:00Z", tickers=22)
    market(simulator, job.signals.folder / "names.csv")
    simulator.close()
    job.numerai.down = True
    done = job.at("2022-10-21T23:30:00Z", "--universe", "names.csv")
    assert done["d"] == "2022-10-21"
    assert len(job.live()) > 0


def test_a_wrong_stage_option_is_told(job):
    (job.signals.folder / "signals.toml").write_text("[transform]\ncmd = 'weather'\n")
    wrong = job.at("2022-10-21T23:30:00Z", expect=2)
    assert "weather" in wrong["stderr"]
