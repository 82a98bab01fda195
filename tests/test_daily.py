"""Loads of day after day: only what is missing is asked, splits reload, nothing is ever lost."""

import shutil
import signal
import subprocess

import pandas as pd
import pytest
from conftest import BUILD, clean_environment
from test_load import VALUES, assert_is_truth, tickers, truth

SHIM = BUILD / "libfault_shim.so"


class Market:
    """A market that lives on: each day has a simulator of its own, with all that has happened so far."""

    def __init__(self, start_simulator, signals, **options):
        self.start, self.signals, self.options = start_simulator, signals, options
        self.running = None

    def at(self, now: str, **options):
        if self.running is not None:
            self.running.close()
        self.running = self.start(now=now, **self.options, **options)
        self.now = now
        return self.running

    def command(self, *arguments) -> list[str]:
        return ["load", *arguments, *self.running.load_options()]

    def load(self, *arguments, **options) -> dict:
        return self.signals.json(*self.command(*arguments), now=self.now, **options)

    def check(self, start="2003-01-01"):
        assert_is_truth(self.signals.read("prices"), truth(self.running, start=start))


@pytest.fixture
def market(start_simulator, signals):
    return lambda **options: Market(start_simulator, signals, **options)


def symbols(signals) -> pd.DataFrame:
    return signals.read_table("symbols").set_index("ticker")


def test_a_day_asks_for_the_overlap_only(market, signals):
    days = market(seed=3)
    days.at("2022-10-19T23:30:00Z")
    first = days.load(*tickers(days.running), "--since", "2018-01-01")
    assert first["requests"] == first["tickers"]["asked"]
    days.at("2022-10-20T23:30:00Z")
    second = days.load("--since", "2018-01-01")
    count = second["tickers"]["asked"]
    rereads = second["requests"] - len(second["reloaded"])
    assert rereads == count
    seen = second["bars"]["kept"] + second["bars"]["changed"] + second["bars"]["new"]
    assert seen < 15 * count + 3 * 2000  # a sixtieth of the names is read in full
    days.check("2018-01-01")
    versions = {table: signals.versions(table) for table in ("prices", "symbols")}
    again = days.load("--since", "2018-01-01")
    assert not again["changed"]
    assert again["requests"] == count
    assert again["bars"]["kept"] < 15 * count
    assert versions == {table: signals.versions(table) for table in versions}
    days.check("2018-01-01")


@pytest.mark.long
def test_days_that_pass_leave_the_truth(market, signals):
    """A month and a half with splits, nulls that are filled, settling volumes, weekends and a pause."""
    split = ["--split", "SAAA:2022-10-25:4", "--split", "1301.T:2022-11-01:0.1", "--split", "SAAB.L:2022-11-29:3"]
    days = market(seed=3, events=split)
    dates = [f"2022-10-{day}" for day in (19, 20, 21, 22, 24, 25, 26, 27)]
    dates += ["2022-11-01", "2022-11-02", "2022-11-03", "2022-11-30", "2022-12-01"]
    for date in dates:
        days.at(f"{date}T23:30:00Z")
        some = tickers(days.running) if date == dates[0] else []
        report = days.load("--since", "2015-01-01", *some)
        assert report["held"] == {}
        days.check("2015-01-01")
        if date == "2022-10-25":
            assert report["reloaded"]["SAAA"] == "split"
    restated = signals.read_table("restatements")
    by_split = restated[restated["reason"] == "split"].set_index("ticker")
    assert by_split.loc["SAAA", "factor"] == pytest.approx(1 / 4)
    assert by_split.loc["1301.T", "factor"] == pytest.approx(10)
    assert by_split.loc["SAAB.L", "factor"] == pytest.approx(1 / 3)
    assert str(by_split.loc["SAAA", "from_date"]) == "2015-01-02"
    assert "late_bar" in set(restated["reason"])  # a null that was filled


def test_a_windowed_load_is_filled_on_both_sides(market):
    days = market()
    days.at("2022-10-21T23:00:00Z")
    days.load("--start", "2019-01-01", "--end", "2020-01-01", *tickers(days.running)[:12])
    report = days.load("--since", "2017-01-01")
    assert report["bars"]["new"] > 0
    some = set(days.signals.read("prices")["ticker"])
    expected = truth(days.running, start="2017-01-01")
    expected = expected[expected["ticker"].isin(some)].reset_index(drop=True)
    assert_is_truth(days.signals.read("prices"), expected)
    assert days.load("--since", "2017-01-01")["bars"]["kept"] < 12 * 15


def test_prices_that_were_deleted_are_asked_for_again(market, signals):
    days = market()
    days.at("2022-10-21T23:00:00Z")
    days.load("--since", "2021-01-01", *tickers(days.running)[:5])
    before = signals.read("prices")
    shutil.rmtree(signals.lake / "prices")
    days.load("--since", "2021-01-01")
    assert signals.read("prices").equals(before)


def test_a_delisted_name_is_kept_and_rests(market, signals):
    days = market(tickers=22, events=["--delist", "SAAB.L:2022-10-20"])
    days.at("2022-10-19T23:00:00Z")
    days.load("--since", "2021-01-01", *tickers(days.running))
    kept = signals.read("prices").query("ticker == 'SAAB.L'")[VALUES].to_numpy()
    days.at("2022-10-20T23:00:00Z")
    assert days.load("--since", "2021-01-01", expect=3)["outage"] is None
    assert symbols(signals).loc["SAAB.L", "status"] == "missing"
    days.load("--since", "2021-01-01")  # the same day again: it did not work in the last run
    assert symbols(signals).loc["SAAB.L", "failures"] == 1
    asked = []
    for date in [f"2022-10-{day}" for day in range(21, 31)]:
        days.at(f"{date}T23:00:00Z")
        asked.append(days.load("--since", "2021-01-01")["tickers"]["quarantined"] == 0)
    # The 21st and 22nd make it three; then after two days, four, eight.
    assert asked == [True, True, False, True, False, False, False, True, False, False]
    assert symbols(signals).loc["SAAB.L", "status"] == "quarantined"
    assert (signals.read("prices").query("ticker == 'SAAB.L'")[VALUES].to_numpy() == kept).all()


def test_an_outage_of_an_exchange_marks_nobody(market, signals):
    days = market(tickers=66)
    days.at("2022-10-19T23:00:00Z")
    days.load("--since", "2021-01-01", *tickers(days.running))
    before = symbols(signals)
    days.at("2022-10-20T23:00:00Z", faults=["404:*.L"])
    report = days.load("--since", "2021-01-01", expect=3)
    assert report["outage"] == {"where": "LSE", "failed": 5, "of": 5}
    after = symbols(signals)
    assert (after["status"] == "ok").all()
    london = before["exchange"] == "LSE"
    assert (after.loc[london, "last_ok"] == before.loc[london, "last_ok"]).all()
    assert (after.loc[~london, "last_ok"] > before.loc[~london, "last_ok"]).all()
    text = signals.run(*days.command("--since", "2021-01-01"), now=days.now, expect=3).stdout
    assert "outage    LSE: 5 of 5 names that worked have failed" in text
    newest = signals.read("prices").groupby("exchange")["date"].max().astype(str)
    assert newest["NMS"] == "2022-10-20"
    assert newest["LSE"] == "2022-10-19"
    days.at("2022-10-21T23:00:00Z")
    assert days.load("--since", "2021-01-01")["outage"] is None
    days.check("2021-01-01")


def test_an_outage_of_everything_is_no_failure_of_the_run(market, signals):
    """Nobody is known today: nothing is marked, and what was there stays."""
    days = market(tickers=22)
    days.at("2022-10-20T23:00:00Z")
    days.load("--since", "2022-01-01", *tickers(days.running))
    before = symbols(signals)
    days.at("2022-10-21T23:00:00Z", faults=["404:*"])
    report = days.load("--since", "2022-01-01", expect=3)
    assert report["outage"]["failed"] >= 5
    assert report["changed"] is False
    pd.testing.assert_frame_equal(symbols(signals), before)
    days.at("2022-10-21T23:30:00Z")
    days.load("--since", "2022-01-01")
    days.check("2022-01-01")


def test_a_reused_ticker_begins_anew(market, signals):
    days = market(tickers=22, events=["--delist", "SAAB:2022-08-01", "--reuse", "SAAB:2022-10-03"])
    days.at("2022-07-29T23:00:00Z")
    days.load("--since", "2020-01-01", *tickers(days.running))
    old = signals.read("prices").query("ticker == 'SAAB'")
    days.at("2022-08-01T23:00:00Z")
    days.load("--since", "2020-01-01", expect=3)
    days.at("2022-10-20T23:00:00Z")
    report = days.load("--since", "2020-01-01")
    assert report["reloaded"]["SAAB"] == "reused"
    assert len(report["alarms"]) == 1
    assert "Simulated SAAB again plc" in report["alarms"][0]
    prices = signals.read("prices")
    moved = prices.query("ticker == 'SAAB~1'")
    assert (moved[VALUES].to_numpy() == old[VALUES].to_numpy()).all()
    assert_is_truth(prices[prices["ticker"] != "SAAB~1"].reset_index(drop=True), truth(days.running, "2020-01-01"))
    assert symbols(signals).loc["SAAB~1", "status"] == "ended"
    assert set(signals.read_table("restatements").query("ticker == 'SAAB'")["reason"]) == {"reused"}
    days.at("2022-10-21T23:00:00Z")
    report = days.load("--since", "2020-01-01")
    assert report["alarms"] == []
    assert "SAAB~1" not in [one["ticker"] for one in report["failed"]]
    prices = signals.read("prices")
    assert_is_truth(prices[prices["ticker"] != "SAAB~1"].reset_index(drop=True), truth(days.running, "2020-01-01"))


@pytest.mark.long
@pytest.mark.preload
def test_killed_anywhere_it_goes_on(market, signals, tmp_path):
    """kill -9 at many steps of a day with a split: what was committed is not asked for again."""
    days = market(seed=3, tickers=132, events=["--split", "SAAA:2022-10-20:4"])
    days.at("2022-10-19T23:30:00Z")
    days.load("--since", "2021-01-01", *tickers(days.running))
    base = tmp_path / "base"
    shutil.copytree(signals.lake, base)
    days.at("2022-10-20T23:30:00Z")
    command = [*days.command("--since", "2021-01-01"), "--quiet"]
    report = tmp_path / "steps"
    signals.run(*command, now=days.now, env={"LD_PRELOAD": str(SHIM), "FAULT_REPORT": str(report)})
    steps = int(report.read_text().split()[0])
    whole = signals.read("prices").drop(columns="fetched_at")
    points = range(2, steps + 1, max(1, steps // 12))
    resumed = 0
    for step in points:
        shutil.rmtree(signals.lake)
        shutil.copytree(base, signals.lake)
        killed = {"LD_PRELOAD": str(SHIM), "FAULT_KILL": str(step)}
        signals.run(*command, now=days.now, env=killed, expect=-signal.SIGKILL)
        again = days.load("--since", "2021-01-01")
        assert again["tickers"]["asked"] + again["tickers"]["done_before"] == len(days.running.tickers())
        resumed += again["tickers"]["done_before"] > 0
        assert signals.read("prices").drop(columns="fetched_at").equals(whole), f"step {step} of {steps}"
        assert days.load("--since", "2021-01-01")["changed"] is False
    assert resumed > 2


def test_two_runs_at_once_lose_nothing(market, signals):
    days = market(tickers=66, seed=3)
    days.at("2022-10-19T23:30:00Z")
    days.load("--since", "2021-01-01", *tickers(days.running)[:50])
    days.at("2022-10-20T23:30:00Z")
    every = tickers(days.running)
    running = [
        subprocess.Popen(
            [BUILD / "signals", *days.command("--since", "2021-01-01", *part), "--quiet"],
            cwd=signals.folder,
            env=clean_environment(SIGNALS_NOW=days.now),
            stdout=subprocess.DEVNULL,
        )
        for part in (every[:44], every[20:])
    ]
    assert [one.wait(timeout=120) for one in running] == [0, 0]
    days.check("2021-01-01")
    assert set(symbols(signals).index) == set(days.running.tickers())
    assert (symbols(signals)["asked_to"].astype(str) == "2022-10-20").all()


@pytest.mark.long
def test_odd_bars_are_flagged_and_not_touched(market, signals):
    """The flags of the simulated market, found again by other means."""
    days = market(tickers=110)
    days.at("2022-10-20T23:00:00Z")
    days.load("--since", "2019-01-01", *tickers(days.running))
    days.check("2019-01-01")
    prices = signals.read("prices")
    prices["before"] = prices.groupby("ticker")["close"].shift()
    flat = (prices["high"] == prices["low"]) & (prices["open"] == prices["close"]) & (prices["high"] == prices["open"])
    prices["idle"] = flat & (prices["volume"] == 0) & (prices["close"] == prices["before"])
    by_day = prices.groupby(["exchange", "date"])["idle"].agg(["sum", "count"])
    holiday = by_day[(by_day["sum"] >= 0.8 * by_day["count"]) & (by_day["count"] >= 5)].index
    copies = prices[prices["idle"] & prices.set_index(["exchange", "date"]).index.isin(holiday)]
    assert set(copies["exchange"]) == {"HKG", "ASX"}

    def flagged(flag):
        rows = signals.read_table("quality").query("flag == @flag")
        return set(zip(rows["ticker"], rows["date"], strict=True))

    def keys(rows):
        return set(zip(rows["ticker"], rows["date"], strict=True))

    assert flagged("no_trade") == keys(prices[prices["idle"]])
    assert flagged("holiday_copy") == keys(copies)

    gaps = set()
    for exchange, rows in prices.groupby("exchange"):
        for _, year in rows.groupby(pd.to_datetime(rows["date"]).dt.year):
            traded = year[~year["idle"]].groupby("date")["ticker"].nunique()
            sessions = traded[traded >= 0.2 * year["ticker"].nunique()].index
            for ticker in year["ticker"].unique():
                mine = prices[(prices["ticker"] == ticker) & (prices["exchange"] == exchange)]["date"]
                inside = [d for d in sessions if mine.iloc[0] <= d <= mine.iloc[-1]]
                gaps |= {(ticker, d) for d in set(inside) - set(mine)}
    assert gaps
    assert flagged("gap") == gaps

    snapshot = signals.versions("quality")
    days.load("--since", "2019-01-01")
    assert signals.versions("quality") == snapshot
    # Day by day, or all at once: the same flags.
    for now in ("2022-10-21T23:00:00Z", "2023-01-04T23:00:00Z"):
        days.at(now)
        days.load("--since", "2019-01-01", expect=None)
    order = ["ticker", "date", "flag"]
    day_by_day = signals.read_table("quality").sort_values(order, ignore_index=True)
    shutil.rmtree(signals.lake / "quality")
    days.load("--since", "2019-01-01")
    assert signals.read_table("quality").sort_values(order, ignore_index=True).equals(day_by_day)
    signals.run("transform", "--cmd", "volume", "--na", "keep")
    assert len(signals.read("features_volume")) == len(signals.read("prices")) - len(flagged("holiday_copy"))


def test_max_minutes_stops_and_the_next_run_goes_on(market, signals):
    days = market(tickers=22)
    days.at("2022-10-21T23:00:00Z")
    every = tickers(days.running)
    signals.run(*days.command("--since", "2022-01-01", *every[:5]), now=days.now)
    done = signals.run(*days.command("--since", "2022-01-01", *every, "--max-minutes", "0"), now=days.now, expect=4)
    assert "E6001" in done.stderr
    assert "--max-minutes is over" in done.stderr
    assert signals.read_table("runs")["outcome"].tolist() == ["done", "interrupted"]
    days.load("--since", "2022-01-01", *every)
    days.check("2022-01-01")


def test_status_tells_who_is_behind(market, signals):
    days = market(tickers=66, events=["--delist", "SAAB.L:2022-10-14"])
    days.at("2022-10-13T23:00:00Z")
    days.load("--since", "2021-01-01", *tickers(days.running))
    for now in ("2022-10-20T23:00:00Z", "2022-10-21T23:00:00Z"):
        days.at(now)
        days.load("--since", "2021-01-01", expect=None)
    status = signals.json("status", now=days.now)
    assert status["behind"] == {"1": 1, "2": 1, "5": 1, "20": 0}
    assert status["symbols"] == {"missing": 1, "ok": status["tickers"] - 1}
    assert status["last_load"]["outcome"] == "done"
    assert status["last_load"]["at"] == "2022-10-21T23:00:00Z"
    assert status["last_load"]["counts"]["tickers"]["failed"] == 1
    text = signals.run("status", now=days.now).stdout
    assert "  behind    1 names lack their exchange's last session, 1 of them its last five\n" in text
    assert "  missing   1 names\n" in text
