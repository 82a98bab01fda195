"""`signals load` beside curl and yfinance, as tables of `make bench`; load_bench.py measures."""

import statistics
from pathlib import Path

import load_bench
from lake_tables import scratch
from measure import Goal, Ratio, Report, number

GOALS = {"curl --parallel": Goal(load_bench.CURL_GOAL), "yfinance": Goal(load_bench.YFINANCE_GOAL)}
MOST_ROUNDS = 3  # each takes ten seconds and more


def load_tables(wanted: Path | None, rounds: int, report: Report, daily: int = 7200, history: int = 2400):
    rounds = min(rounds, MOST_ROUNDS)
    report.section(
        "Loading",
        "`signals load --rate 0`: fetch, read, check and commit, the whole process; beside `curl --parallel`, which "
        "only fetches the same URLs and unpacks them, and beside `yfinance.download`, which makes data frames (of "
        "fewer names: it is slow). All ask one server on this machine that holds the packed replies in memory. "
        f"{rounds} rounds; CPU time is what a busy machine changes least.",
    )
    with scratch(wanted) as folder:
        for what, names, start, fewer in [
            ("daily", daily, "2022-09-19", 200),
            ("first back-fill", history, "2003-01-01", 40),
        ]:
            done = load_bench.measure(what, folder, names, start, rounds, min(fewer, names))
            report.say(f"\n{what.capitalize()}: {names:,} names, {done.kilobytes:,.1f} kB each.\n")
            table(what, done, report)


def table(what: str, done: load_bench.Comparison, report: Report):
    ours = "signals load"
    head = ["", "tickers/s", "MB/s", "CPU ms/ticker", "load is", "spread", "goal", ""]
    rows = []
    for name, rates in done.rates.items():
        rate = statistics.median(rates)
        cells = [name, number(rate), number(rate * done.kilobytes / 1e3), number(statistics.median(done.cpu[name]))]
        if name == ours:
            rows.append([*cells, "", "", "", ""])
            continue
        times = Ratio([1e9 / one for one in rates], [1e9 / one for one in done.rates[ours]])
        rows.append([*cells, *report.ratio_cells(f"{what}, {name}", times, GOALS[name])[3:]])
    report.table(head, rows)
    for name in GOALS:
        if name not in done.rates:
            report.say(f"\n{name} is not installed: tools/setup.sh bench")
