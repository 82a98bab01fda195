"""`signals load` through the real program and real HTTP, against the truth of the simulated market."""

import gzip
import http.server
import io
import json
import shutil
import threading
import urllib.request

import pandas as pd
from conftest import Signals

VALUES = ["open", "high", "low", "close", "volume", "dividend", "split_ratio"]


def truth(simulator, start="2003-01-01", end="2100-01-01") -> pd.DataFrame:
    text = simulator.ask("truth", "--start", start, "--end", end)
    frame = pd.read_csv(io.StringIO(text), dtype={"ticker": str}, float_precision="round_trip")
    return frame.sort_values(["ticker", "date"], ignore_index=True)


def assert_is_truth(prices: pd.DataFrame, expected: pd.DataFrame):
    assert len(prices) == len(expected)
    assert (prices["ticker"] == expected["ticker"]).all()
    assert (prices["date"].astype(str) == expected["date"]).all()
    for column in VALUES:
        assert (prices[column] == expected[column]).all(), column


def tickers(simulator) -> list[str]:
    return [f"--ticker={one}" for one in simulator.tickers()]


def test_the_original_command_works_as_written(signals, simulator):
    arguments = ["load", "--start", "221014", "--end", "221022", "--ticker", "000060.KS"]
    report = signals.json(*arguments, *simulator.load_options())
    assert report["bars"]["new"] == 6
    prices = signals.read("prices")
    assert [str(d) for d in prices["date"]] == [
        "2022-10-14", "2022-10-17", "2022-10-18", "2022-10-19", "2022-10-20", "2022-10-21",
    ]  # fmt: skip
    assert set(prices["currency"]) == {"KRW"}
    assert signals.read("prices").equals(prices)


def test_the_whole_market_is_the_truth(signals, simulator):
    report = signals.json("load", *tickers(simulator), *simulator.load_options())
    assert report["tickers"]["failed"] == 0
    expected = truth(simulator)
    assert report["bars"]["new"] == len(expected)
    assert report["left_out"]["no_price"] > 0
    assert_is_truth(signals.read("prices"), expected)


def test_the_same_day_again_changes_nothing(signals, simulator):
    command = ["load", "--start", "2022-01-01", *tickers(simulator), *simulator.load_options()]
    first = signals.json(*command)
    files = signals.files("prices")
    again = signals.json(*command)
    assert again["bars"] == {"new": 0, "changed": 0, "removed": 0, "kept": first["bars"]["new"], "confirmed": 0}
    assert not again["changed"]
    assert signals.versions("prices") == 1
    assert signals.files("prices") == files


def test_overlapping_windows_merge(signals, simulator):
    some = tickers(simulator)[:11]
    for start, end in [
        ("2019-06-01", "2020-06-01"),
        ("2018-01-01", "2019-09-01"),
        ("2020-01-01", "2022-10-22"),
    ]:
        signals.run("load", "--start", start, "--end", end, *some, *simulator.load_options())
    pieces = signals.read("prices")
    shutil.rmtree(signals.lake)
    signals.run("load", "--start", "2018-01-01", *some, *simulator.load_options())
    whole = signals.read("prices")
    assert pieces.drop(columns="fetched_at").equals(whole.drop(columns="fetched_at"))


def test_days_later_nulls_fill_volumes_settle_and_splits_rewrite(signals, start_simulator):
    """Each run of a month of daily runs leaves exactly what the market says at that moment."""
    before = None
    for now in [
        "2022-10-20T23:00:00Z",
        "2022-10-21T23:00:00Z",
        "2022-10-22T12:00:00Z",
        "2022-12-30T23:30:00Z",
    ]:
        simulator = start_simulator(now=now, seed=3)
        command = ["load", "--start", "2021-01-01", *tickers(simulator), *simulator.load_options()]
        report = signals.json(*command, now=now)
        prices = signals.read("prices")
        assert_is_truth(prices, truth(simulator, start="2021-01-01"))
        if before is not None:
            assert report["bars"]["new"] + report["bars"]["changed"] + report["bars"]["confirmed"] > 0
            merged = before.merge(prices, on=["ticker", "date"], suffixes=("_old", ""))
            same = (merged["close_old"] == merged["close"]) & (merged["volume_old"] == merged["volume"])
            same &= (merged["dividend_old"] == merged["dividend"]) & (merged["open_old"] == merged["open"])
            assert (merged.loc[same, "fetched_at_old"] == merged.loc[same, "fetched_at"]).all()
            assert (merged.loc[~same, "fetched_at_old"] < merged.loc[~same, "fetched_at"]).all()
        before = prices
    assert before["settled"].mean() > 0.97


def test_a_live_row_is_never_stored(signals, start_simulator):
    """In the middle of the New York session, after Asia's close."""
    now = "2022-10-20T17:00:00Z"
    simulator = start_simulator(now=now)
    report = signals.json("load", "--start", "2022-10-10", *tickers(simulator), *simulator.load_options(), now=now)
    assert report["left_out"]["live"] > 0
    newest = signals.read("prices").groupby("exchange")["date"].max().astype(str)
    assert newest["NMS"] == "2022-10-19"
    assert newest["KSC"] == newest["LSE"] == "2022-10-20"


def test_nothing_later_than_now_is_stored(signals, simulator):
    """A server that knows more than the present: two days of sessions are not over yet."""
    now = "2022-10-19T15:00:00Z"
    report = signals.json("load", "--start", "2022-10-10", *tickers(simulator), *simulator.load_options(), now=now)
    assert report["left_out"]["live"] > 0
    newest = signals.read("prices").groupby("exchange")["date"].max().astype(str)
    assert newest["NMS"] == "2022-10-18"
    assert newest["KSC"] == "2022-10-19"


def test_spellings_of_a_ticker_are_one(signals, simulator, start_simulator):
    load = ["load", "--start", "2022-10-01", "--ticker", "saab", "--ticker", "SAAB", "--ticker", "SAAA"]
    signals.run(*load, *simulator.load_options())
    assert set(signals.read("prices")["ticker"]) == {"SAAA", "SAAB"}
    smaller = start_simulator(tickers=1)
    signals.run("load", "--ticker", "saab", "--ticker", "SAAA", *smaller.load_options(), expect=3)


def test_loads_at_once_lose_nothing(signals, simulator):
    """Two programs on one lake, on overlapping tickers, and a transform between them."""
    import subprocess

    from conftest import BUILD, clean_environment

    every = tickers(simulator)
    parts = [every[:26], every[18:]]
    for start in ("2020-01-01", "2019-01-01"):
        running = [
            subprocess.Popen(
                [BUILD / "signals", "load", "--start", start, *part, *simulator.load_options(), "--quiet"],
                cwd=signals.folder,
                env=clean_environment(SIGNALS_NOW=signals.now),
                stdout=subprocess.DEVNULL,
            )
            for part in parts
        ]
        assert [one.wait(timeout=120) for one in running] == [0, 0]
        signals.run("transform", "--cmd", "volume")
    assert_is_truth(signals.read("prices"), truth(simulator, start="2019-01-01"))
    assert len(signals.read("features_volume")) == len(signals.read("prices"))


def test_session_dates_across_daylight_saving(signals, start_simulator):
    """Every session of a year with both changes, on eleven exchanges, has its own local date."""
    now = "2022-12-31T12:00:00Z"
    simulator = start_simulator(now=now, tickers=11)
    signals.run("load", "--start", "2021-12-01", *tickers(simulator), *simulator.load_options(), now=now)
    assert_is_truth(signals.read("prices"), truth(simulator, start="2021-12-01"))


def test_the_dividend_factor_reproduces_the_adjusted_close(signals, simulator):
    """close * factor / factor(last) is Yahoo's own adjusted close: dividends compound, splits are in already."""
    import urllib.request

    ticker = "SAAA.L"
    signals.run("load", "--ticker", ticker, *simulator.load_options())
    prices = signals.read("prices")
    url = f"{simulator.url}/v8/finance/chart/{ticker}?period1=1041379200&period2=1700000000"
    result = json.load(urllib.request.urlopen(url))["chart"]["result"][0]
    adjusted = [x for x in result["indicators"]["adjclose"][0]["adjclose"] if x is not None]
    assert len(adjusted) == len(prices)
    ours = prices["close"] * prices["dividend_factor"] / prices["dividend_factor"].iloc[-1]
    assert (abs(ours - adjusted) <= 1e-12 * ours).mean() > 0.999  # but for a dividend on a day without a bar
    assert prices["dividend_factor"].iloc[-1] > 1


def test_a_failing_ticker_never_harms_another(signals, start_simulator):
    reasons = {"SAAA": "http_status", "000060.KS": "bad_reply", "SAAA.L": "bad_reply", "1301.T": "bad_reply"}
    faults = ["500:SAAA", "truncated:000060.KS", "html:SAAA.L", "empty:1301.T"]
    simulator = start_simulator(tickers=11, faults=faults)
    command = ["load", "--start", "2022-10-01", *tickers(simulator), *simulator.load_options()]
    report = signals.json(*command, expect=3)
    assert {one["ticker"]: one["reason"] for one in report["failed"]} == reasons
    assert set(signals.read("prices")["ticker"]) == set(simulator.tickers()) - set(reasons)


def test_a_passing_fault_is_retried(signals, start_simulator):
    simulator = start_simulator(tickers=3, faults=["500:SAAA:1", "truncated:000060.KS:2", "slow:000900.KQ"])
    report = signals.json("load", "--start", "2022-10-01", *tickers(simulator), *simulator.load_options())
    assert report["tickers"]["loaded"] == 3
    assert report["tickers"]["failed"] == 0


def paced(simulator, *tickers_: str, rate="100", cooldown="0.05") -> list[str]:
    load = ["load", "--start", "2022-10-01", *tickers_, "--yahoo-url", simulator.url, "--json"]
    return [*load, "--rate", rate, "--cooldown", cooldown]


def test_packed_replies_are_unpacked_and_damaged_ones_asked_for_again(signals, simulator, tmp_path):
    asked = []

    class Packing(http.server.BaseHTTPRequestHandler):
        """Passes replies on, packed; the first one of each is cut short."""

        def do_GET(self):
            with urllib.request.urlopen(simulator.url + self.path) as reply:
                body = gzip.compress(reply.read())
            assert "gzip" in self.headers["Accept-Encoding"]
            if self.path not in asked:
                body = body[:-20]
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    names = tickers(simulator)[:3]
    window = ["--start", "2022-06-01", *names]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Packing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        signals.run("load", "--yahoo-url", url, "--rate", "0", *window)
        server.shutdown()
    assert len(asked) == 2 * len(names)
    (tmp_path / "plain").mkdir()
    plain = Signals(tmp_path / "plain")
    plain.run("load", "--yahoo-url", simulator.url, "--rate", "0", *window)
    assert signals.read("prices").equals(plain.read("prices"))


def test_a_storm_of_refusals_loses_nothing(signals, start_simulator):
    """Everything stops, one probe a pause decides, and the run goes on at half the rate."""
    simulator = start_simulator(tickers=44, faults=["pass:*:5", "429:*:4"])
    done = signals.run(*paced(simulator, *tickers(simulator)))
    report = json.loads(done.stdout)
    assert report["tickers"]["loaded"] == report["tickers"]["asked"] == len(simulator.tickers())
    assert report["failed"] == []
    assert "warning: the source refuses us: everything stops for" in done.stderr
    assert "warning: the source answers again: on at 50 requests a second" in done.stderr
    assert simulator.requests() <= len(simulator.tickers()) + 4


def test_retry_after_is_honoured(signals, start_simulator):
    """The pause is the server's, so a run whose own cool-down is a day goes on after a second."""
    simulator = start_simulator(tickers=11, faults=["429+1:*:1"])
    done = signals.run(*paced(simulator, *tickers(simulator), cooldown="86400"))
    assert json.loads(done.stdout)["failed"] == []
    assert "everything stops for 1." in done.stderr


def test_a_block_page_is_a_refusal(signals, start_simulator):
    simulator = start_simulator(tickers=11, faults=["block:*:1"])
    done = signals.run(*paced(simulator, *tickers(simulator)))
    assert json.loads(done.stdout)["failed"] == []
    assert "warning: the source refuses us" in done.stderr


def test_a_refusal_for_good_ends_the_run_and_keeps_what_came(signals, start_simulator):
    simulator = start_simulator(tickers=44, faults=["pass:*:20", "429:*"])
    done = signals.run(*paced(simulator, *tickers(simulator)), "--quiet", expect=4)
    report = json.loads(done.stdout)
    assert [one["reason"] for one in report["failed"]] == ["refused"]
    assert report["tickers"]["not_asked"] > 0
    assert "error: E3003 the source refuses us for good" in done.stderr
    assert "HTTP 429" in done.stderr
    assert signals.read("prices")["ticker"].nunique() == report["tickers"]["loaded"] == 20
    assert simulator.requests() <= 20 + 8  # what was under way, and a probe a pause


def test_a_client_that_is_refused_from_the_start_is_told_so_soon(signals, start_simulator):
    simulator = start_simulator(tickers=44, faults=["429:*"])
    done = signals.run(*paced(simulator, *tickers(simulator)), "--quiet", expect=4)
    assert "error: E3003 the source refused even the first request" in done.stderr
    assert simulator.requests() <= 4


def test_one_ticker_that_is_always_refused_fails_alone(signals, start_simulator):
    simulator = start_simulator(tickers=44, faults=["429:SAAB.NZ"])
    done = signals.run(*paced(simulator, *tickers(simulator)), expect=3)
    assert [(one["ticker"], one["reason"]) for one in json.loads(done.stdout)["failed"]] == [("SAAB.NZ", "refused")]
    assert set(signals.read("prices")["ticker"]) == set(simulator.tickers()) - {"SAAB.NZ"}


def test_the_client_says_who_it_is(signals, start_simulator):
    simulator = start_simulator(tickers=11)
    signals.run(*paced(simulator, *tickers(simulator)))
    agents = simulator.stats()["agents"]
    assert len(agents) == 1
    assert agents[0].startswith("Mozilla/5.0 (compatible; signals/")


def test_unknown_among_others_is_no_failure_of_the_run(signals, simulator):
    command = [
        "load",
        "--start",
        "2022-10-01",
        "--ticker",
        "SAAA",
        "--ticker",
        "NOPE",
        *simulator.load_options(),
    ]
    report = signals.json(*command)
    assert report["failed"][0]["reason"] == "unknown_ticker"
    assert set(signals.read("prices")["ticker"]) == {"SAAA"}


def test_a_ticker_that_worked_lately_and_is_gone_is_partly(signals, simulator, start_simulator):
    load = ["load", "--start", "2022-10-01", "--ticker", "SAAA", "--ticker", "SAAB"]
    signals.run(*load, *simulator.load_options())
    smaller = start_simulator(tickers=1)
    signals.run(*load, *smaller.load_options(), expect=3)
    assert set(signals.read("prices")["ticker"]) == {"SAAA", "SAAB"}


def test_without_tickers_the_stored_ones_are_asked(signals, simulator):
    signals.run(
        "load",
        "--start",
        "2022-10-03",
        "--end",
        "2022-10-10",
        *tickers(simulator)[:5],
        *simulator.load_options(),
    )
    report = signals.json("load", "--start", "2022-10-03", *simulator.load_options())
    assert report["tickers"]["asked"] == 5


def test_interrupted_run_commits_what_came(signals, start_simulator):
    """SIGTERM in the middle: exit 4, and the tickers that came are there."""
    import os
    import signal
    import subprocess

    from conftest import BUILD, clean_environment

    simulator = start_simulator(tickers=440)
    command = [
        BUILD / "signals",
        "load",
        "--start",
        "2022-10-01",
        *tickers(simulator),
        "--yahoo-url",
        simulator.url,
    ]
    environment = clean_environment(SIGNALS_NOW=signals.now)
    # Fifty a second over 420 tickers: the first progress line comes long before the end.
    process = subprocess.Popen(
        [*command, "--rate", "50"], cwd=signals.folder, env=environment, stderr=subprocess.PIPE, text=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert "info: " in process.stderr.readline()
    os.kill(process.pid, signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 4, err
    assert "E6001" in err
    stored = signals.read("prices")["ticker"].nunique()
    assert 0 < stored < 420
    assert f"{stored} loaded" in out


def test_recorded_bodies_are_served_by_the_simulator(signals, start_simulator, shared):
    simulator = start_simulator(bodies=shared / "data" / "yahoo")
    signals.run("load", "--since", "2000-01-01", "--ticker", "SPY", *simulator.load_options(), now="2026-11-22")
    assert len(signals.read("prices")) > 250
