"""`make bench`: ours beside the others in one run, in turns, with the results checked first.

bench.py [--rounds N] [--only TABLE …] [--report FILE]
"""

import argparse
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"  # polars reads it when it is imported

import engine_tables
import instructions
import lake_tables
import library_tables
import load_tables
import publish_tables
from measure import BUILD, Report, table_lines

INTRODUCTION = """# Performance
Written by `make bench REPORT=1`; `make bench` prints the same. Ratios carry over to other machines better than times.

{machine}

## How it is measured
- Contenders take turns, {rounds} rounds; each table has the medians, the ratio of the medians, and the least and the
  greatest ratio of a round. Where the spread is wide, the machine was busy.
- Results are compared before anything is timed; a difference ends the run.
- 400,000 rows of made-up prices in cents: 80 distinct tickers of 5,000 rows, 1,060 of 378. Over one series again and
  again a CPU would learn its branches by heart.
- The engine writes the columns of 64 tickers to memory, as `transform` does (8 beside TA-Lib, whose results stay in the
  caches too), each column on lines of memory of its own. It is timed in a process of its own, others in this one.
- One thread unless a table says otherwise; all code is built as `make build` builds it.
"""


BUSY = "The machine did other work meanwhile: times and spreads are worse than they need be."


def machine() -> str:
    cpu = Path("/proc/cpuinfo").read_text()
    memory = int(re.search(r"MemTotal: +(\d+)", Path("/proc/meminfo").read_text())[1]) / 2**20
    simd = "AVX-512" if "avx512bw" in cpu else "AVX2" if "avx2" in cpu else "no AVX2"
    model = re.search(r"model name\s*: (.+)", cpu)
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    packages = ["ta", "pandas", "numpy", "TA-Lib", "polars", "polars-talib", "yfinance"]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    return (
        f"Measured on {os.cpu_count()} cores of {model[1] if model else platform.machine()} ({simd}), "
        f"{memory:.0f} GiB, {system}; {compiler}; Python {platform.python_version()}, {versions} "
        f"(TA-Lib's C code {talib_version()})."
    )


def talib_version() -> str:
    import talib

    return talib.__ta_version__.decode().split()[0]


def instructions_table(report: Report):
    report.section(
        "Instructions",
        "The whole table with 4 lanes under callgrind: a figure that a busy machine does not change. `make check` "
        "fails when it is more than 1 % above `bench/instructions.txt`, which only goes down.",
    )
    baseline = float(instructions.BASELINE.read_text())
    report.table(
        ["", "per ticker-row", "baseline"], [["86 columns", f"{instructions.per_row():,.0f}", f"{baseline:,.0f}"]]
    )


def main() -> int:
    folder = BUILD.parent / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    report = Report()
    markets = engine_tables.make_markets(folder)
    tables = {
        "ta": lambda n: engine_tables.ta_tables(markets, n, report),
        "package": lambda n: engine_tables.package_table(markets, n, report),
        "talib": lambda n: library_tables.talib_tables(markets, n, report),
        "pandas": lambda n: library_tables.pandas_table(markets, n, report),
        "memcpy": lambda n: engine_tables.floor_tables(markets, n, report),
        "lanes": lambda n: engine_tables.width_tables(markets, n, report),
        "shapes": lambda n: engine_tables.shape_tables(folder, n, report),
        "lake": lambda n: lake_tables.lake_tables(options.lake, n, report),
        "publish": lambda n: publish_tables.publish_tables(options.lake, n, report),
        "load": lambda n: load_tables.load_tables(options.lake, n, report),
        "instructions": lambda n: instructions_table(report),
    }
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="+", choices=tables, default=list(tables))
    parser.add_argument("--report", type=Path, help="also write the tables to this file")
    parser.add_argument("--lake", type=Path, help="folder for the lakes (default: in memory)")
    options = parser.parse_args()

    busy = BUSY if os.getloadavg()[0] > 0.5 else ""
    if busy:
        print(busy, file=sys.stderr)
    begin = time.monotonic()
    engine_tables.check_ta(markets, folder, report)
    for name in options.only:
        tables[name](options.rounds)
    head_of_goals = ["", "ratio", "spread", "goal", ""]
    goals = ["", "## Goals", *table_lines(head_of_goals, report.goals), ""] if report.goals else []
    print("\n".join(goals))
    print(f"\nbench: done in {time.monotonic() - begin:.0f} seconds")
    if options.report:
        head = INTRODUCTION.format(machine=f"{machine()} {busy}".strip(), rounds=options.rounds)
        options.report.write_text("\n".join([head, *goals, *report.lines]).replace("\n\n\n", "\n\n") + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
