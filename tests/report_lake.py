"""A lake with something of everything that `signals report` shows: weeks of the daily job on the simulated market.

As a program: report_lake.py FOLDER [FIRST LAST] makes FOLDER/lake, for the page's tests in a browser.
"""

import datetime
import fcntl
import os
import pathlib
import sys

import pandas as pd
from conftest import Signals, Simulator, serving
from test_resolve import market
from test_run import Numerai

TICKERS = 66
CONFIG = """
[load]
since = "2021-06-01"

[transform]
cmd = "all"
lags = "5"

[publish]
daily-since = "2022-09-01"
"""
# Splits that restate history, names that are delisted (404 on three days: quarantine), a ticker that another company
# takes.
EVENTS = [
    "--split", "SAAA:2022-10-12:4",
    "--split", "SAAB.L:2022-10-14:2",
    "--delist", "SAAC:2022-10-05",
    "--delist", "SAAD:2022-10-06",
    "--reuse", "SAAD:2022-10-18",
]  # fmt: skip


# The same within the few days of shared().
SOON = ["--split", "SAAA:2022-10-19:4", "--split", "SAAB.L:2022-10-20:2", "--delist", "SAAC:2022-10-19"]


def names_of(tickers: int) -> pd.DataFrame:
    simulator = Simulator(now="2022-10-01T00:00:00Z", tickers=tickers)
    names = market(simulator)
    simulator.close()
    # Of a company that no rule gives a symbol for, and one in a country that is not ours.
    more = pd.DataFrame({"numerai_ticker": ["ZZTOP US", "QQQQ QZ"], "composite_figi": ["", ""]})
    return pd.concat([names[["numerai_ticker", "composite_figi"]], more], ignore_index=True)


def build(folder: pathlib.Path, first="2022-09-27", last="2022-10-22", tickers=TICKERS, events=EVENTS) -> Signals:
    """Runs the daily job at 12:05 UTC of each day from `first` to `last`."""
    signals = Signals(folder, now=f"{last}T12:30:00Z")
    (folder / "signals.toml").write_text(CONFIG)
    numerai = Numerai(names_of(tickers))
    day, end = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    with serving(numerai.answer) as numerai.url:
        while day <= end:
            now = f"{day}T12:05:00Z"
            numerai.now = datetime.datetime.fromisoformat(now.rstrip("Z"))
            # One exchange is down on some days: a run that is only partly done.
            faults = ["500:*.SA"] if day.day % 9 == 0 else []
            simulator = Simulator(now=now, tickers=tickers, events=events, faults=faults)
            try:
                signals.run("run", *simulator.load_options(), "--numerai-url", numerai.url, now=now, expect=None)
            finally:
                simulator.close()
            day += datetime.timedelta(days=1)
    return signals


def shared(factory) -> Signals:
    """A lake of a few days, made once for all the workers of a test run; nobody writes to it."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder = folder / "report-lake"
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return Signals(folder, now="2022-10-22T12:30:00Z")
        made = folder.with_name("report-lake-new")
        made.mkdir()
        build(made, first="2022-10-18", tickers=44, events=SOON)
        made.rename(folder)
    return Signals(folder, now="2022-10-22T12:30:00Z")


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    print(build(target, *sys.argv[2:]).lake)
