"""Load at full size: thousands of tickers, every fault, kills, days passing (SIGNALS_SOAK=1)."""

import json
import os
import random
import signal
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from conftest import BUILD, clean_environment, run_measured
from test_load import VALUES, assert_is_truth, truth

SHIM = BUILD / "libfault_shim.so"
MOST_MEMORY = 300 << 20
FAULTS = ["500:*:4%", "truncated:*:3%", "empty:*:3%", "slow:*:0.3%", "pass:*:1500", "429:*:3", "pass:*:2500", "429:*:5"]

pytestmark = [
    pytest.mark.preload,
    pytest.mark.skipif(not os.environ.get("SIGNALS_SOAK"), reason="minutes of work: SIGNALS_SOAK=1"),
]


class Runner:
    """Runs loads and keeps the most memory that one took."""

    def __init__(self, signals):
        self.signals = signals
        self.memory = 0

    def load(self, now, *arguments, kill_at=None):
        """The exit code and the report (None for a run that was killed)."""
        environment = clean_environment(SIGNALS_NOW=now)
        if kill_at is not None:
            environment |= {"LD_PRELOAD": str(SHIM), "FAULT_KILL": str(kill_at)}
        out = self.signals.folder / "out"
        with out.open("w") as stdout, (self.signals.folder / "log").open("a") as log:
            command = [BUILD / "signals", "load", "--json", *arguments]
            how = {"env": environment, "stdout": stdout, "stderr": log}
            if kill_at is None:
                code, memory = run_measured(command, self.signals.folder, **how)
                self.memory = max(self.memory, memory)
            else:
                code = subprocess.run(command, cwd=self.signals.folder, check=False, **how).returncode
        text = out.read_text()
        return code, json.loads(text) if text else None


def test_five_thousand_tickers_days_faults_and_kills(signals, start_simulator):
    draw = random.Random(20221021)
    runner = Runner(signals)
    dates = ["2022-10-19", "2022-10-20", "2022-10-21"]
    first = start_simulator(now=f"{dates[0]}T23:30:00Z", tickers=5000, seed=5)
    every = first.tickers()
    first.close()
    chosen = draw.sample(every, 100)
    events = []
    for ticker in chosen[:50]:
        events += ["--delist", f"{ticker}:{draw.choice(dates[1:])}"]
    for ticker in chosen[50:]:
        events += ["--split", f"{ticker}:{draw.choice(dates[1:])}:{draw.choice([2, 3, 0.1])}"]
    named = [f"--ticker={one}" for one in every]
    kills, last_seen = 0, {}
    for date in dates:
        now = f"{date}T23:30:00Z"
        simulator = start_simulator(now=now, tickers=5000, seed=5, events=events, faults=FAULTS)
        options = ["--since", "2021-01-01", "--cooldown", "0.05", *simulator.load_options()]
        for _ in range(7):
            code, _ = runner.load(now, *options, *named, kill_at=draw.randrange(5, 400))
            kills += code == -signal.SIGKILL
        while True:
            code, report = runner.load(now, *options, *named)
            assert code in (0, 3, 4)
            if code != 4:
                break
        assert report["outage"] is None
        # What had no luck in three tries gets some more.
        while failed := [one["ticker"] for one in report["failed"] if one["reason"] != "unknown_ticker"]:
            code, again = runner.load(now, *options, *[f"--ticker={one}" for one in failed])
            assert code in (0, 1, 3, 4)
            report = again or report
        expected = truth(simulator, start="2021-01-01")
        listed = set(expected["ticker"])
        last_seen |= {ticker: rows for ticker, rows in expected.groupby("ticker") if ticker in chosen[:50]}
        simulator.close()
    assert kills >= 20
    prices = signals.read("prices")
    assert not prices.duplicated(["ticker", "date"]).any()
    assert_is_truth(prices[prices["ticker"].isin(listed)].reset_index(drop=True), expected)
    gone = set(prices["ticker"]) - listed
    assert len(gone) >= 40
    for ticker in gone:
        kept = prices[prices["ticker"] == ticker]
        assert (kept[VALUES].to_numpy() == last_seen[ticker][VALUES].to_numpy()).all(), ticker
    restated = signals.read_table("restatements")
    # Not all: where it was the next day already, the first load came on the new scale.
    assert len(set(chosen[50:]) & set(restated[restated["reason"] == "split"]["ticker"])) >= 40
    print(f"most memory {runner.memory >> 20} MiB, {kills} kills")
    assert runner.memory < MOST_MEMORY


def test_memory_of_a_bucket_of_seven_thousand_names(signals, start_simulator):
    """450 histories of 20 years wait for one commit: a sixteenth of 7,200."""
    now = "2022-10-21T23:30:00Z"
    simulator = start_simulator(now=now, tickers=7600)
    one_bucket = [f"--ticker={name}" for name in simulator.tickers() if bucket_of(name) in (3, 11)]
    assert len(one_bucket) > 850
    runner = Runner(signals)
    code, report = runner.load(now, "--since", "2003-01-01", *one_bucket, *simulator.load_options())
    assert code == 0
    assert report["bars"]["new"] > 850 * 4000
    print(f"most memory {runner.memory >> 20} MiB")
    assert runner.memory < MOST_MEMORY


def bucket_of(ticker: str) -> int:
    """bucket[16] of Apache Iceberg: murmur3."""
    mask = 0xFFFFFFFF

    def rotated(value, by):
        return ((value << by) | (value >> (32 - by))) & mask

    def mixed(block):
        return rotated(block * 0xCC9E2D51 & mask, 15) * 0x1B873593 & mask

    data = ticker.encode()
    whole = len(data) // 4 * 4
    value = 0
    for at in range(0, whole, 4):
        value = (rotated(value ^ mixed(int.from_bytes(data[at : at + 4], "little")), 13) * 5 + 0xE6546B64) & mask
    value ^= mixed(int.from_bytes(data[whole:], "little"))
    value ^= len(data)
    value = (value ^ (value >> 16)) * 0x85EBCA6B & mask
    value = (value ^ (value >> 13)) * 0xC2B2AE35 & mask
    return (value ^ (value >> 16)) % (1 << 31) % 16


TRAINING = """
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
weeks, members, names = 1044, 4502, 9000
begin = np.linspace(0, names - members, weeks, dtype=int)
name = pa.array((begin[:, None] + np.arange(members)).ravel())
dates = pa.array([str(np.datetime64("2003-01-03") + 7 * week) for week in range(weeks)])
table = pa.table({
    "numerai_ticker": pa.array([f"N{i:05d} US" for i in range(names)]).take(name),
    "composite_figi": pa.array([f"BBG{i:09d}" for i in range(names)]).take(name),
    "date": dates.take(pa.array(np.repeat(np.arange(weeks), members))),
})
pq.write_table(table, "train.parquet", row_group_size=len(table))
"""


def test_memory_of_a_training_universe(signals, start_simulator):
    """4.7 million rows in one row group."""
    subprocess.run([sys.executable, "-c", TRAINING], cwd=signals.folder, check=True)
    simulator = start_simulator(faults=["404:*"])
    command = [BUILD / "signals", "resolve", "--universe", "train.parquet", *simulator.load_options(), "--quiet"]
    environment = clean_environment(SIGNALS_NOW=signals.now)
    code, memory = run_measured(command, signals.folder, env=environment, stdout=subprocess.DEVNULL)
    assert code == 4
    print(f"most memory {memory >> 20} MiB")
    assert memory < MOST_MEMORY
    assert sum(pq.read_metadata(path).num_rows for path in signals.files("universe")) == 1044 * 4502
