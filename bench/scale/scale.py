"""What the features of a market cost on one machine and on Spark, from 10^6 to 10^8 rows; docs/scale.md tells of it.

scale.py measure [--sizes N …] [--folder DIR]   adds measurements to build/scale/results.jsonl: half an hour, idle
scale.py report                                 the tables, printed, and docs/scale.svg

Lakes of made-up bars are built in the folder (3 GB for 10^8 rows) and stay there; tables of features are removed at the
end (7 GB for each round), since a file system is slow to make files just after it lost as many. Every measurement is a
process of its own. `CPU` is what all its processes used, with the kernel's share: a busy machine changes it least.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from measure import BUILD, ROOT, number  # noqa: E402

import report  # noqa: E402

RESULTS = BUILD.parent / "scale" / "results.jsonl"
LENGTH = 5000  # rows a ticker
SIZES = [1_000_000, 10_000_000, 100_000_000]
TABLE = "features_scale"


def lake_of(folder: Path, rows: int, length: int = LENGTH) -> Path:
    lake = folder / f"lake-{rows}-{length}"
    if not (lake / "done").exists():
        subprocess.run([BUILD / "synthetic_lake", lake, str(rows // length), str(length)], check=True)
        (lake / "done").touch()
    return lake


def program(lake: Path, **options):
    """A table that was not there; forget_tables() removes it."""
    made = len(list(lake.glob(f"{TABLE}*")))
    job("program", lake=lake, table=f"{TABLE}{made}", **options)


def forget_tables(folder: Path):
    for table in folder.glob(f"lake-*/{TABLE}*"):
        shutil.rmtree(table)


def job(kind: str, **options):
    flags = []
    for name, value in options.items():
        flags += [f"--{name.replace('_', '-')}", *(map(str, value) if isinstance(value, list) else [str(value)])]
    command = [sys.executable, HERE / "job.py", kind, *flags]
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, RESULTS.open("a") as file:
        for line in process.stdout:
            result = {"job": kind, **{name: str(value) for name, value in options.items()}, **json.loads(line)}
            file.write(json.dumps(result) + "\n")
            rates = f"{number(result['ns']):>7} ns/row  CPU {number(result['cpu_ns']):>7}"
            print(f"{result['rows']:>11,} rows  {rates}  {kind} {' '.join(flags)}", flush=True)
    if process.returncode:
        raise SystemExit(f"scale: {' '.join(map(str, command))} ended with {process.returncode}")


def by_size(folder: Path, sizes: list[int]):
    """Ten columns at every size; to 10^7 rows what Spark writes, and all 86 on Spark with the results dropped."""
    lakes = [lake_of(folder, rows) for rows in sizes]
    for rows, lake in zip(sizes, lakes, strict=True):
        for threads in (1, 2):
            job("package", rows=rows, cmd="volume", threads=threads)
            job("package", rows=rows, threads=threads)
            program(lake, cmd="volume", threads=threads)
            if length := report.WIDE.get(report.power_of(rows)):
                program(lake_of(folder, rows, int(length)), cmd="volume", threads=threads)
    job("spark", lake=lakes, cmd="volume", what=["transform", "read", "identity", "carry"])
    few = [lake for rows, lake in zip(sizes, lakes, strict=True) if rows <= 10**7]
    job("spark", lake=few, cmd="volume", what="write")
    job("spark", lake=few, what=["carry", "transform"])


def by_shape(folder: Path):
    """10^6 rows in more or fewer tickers, columns and lags."""
    lengths = [5000, 250, 1000, 20_000]
    lakes = [lake_of(folder, SIZES[0], length) for length in lengths]
    for length, lake in zip(lengths, lakes, strict=True):
        job("package", length=length, cmd="volume", threads=1)
        program(lake, length=length, cmd="volume", threads=1)
    for cmd in ("other", "volume", "momentum", "all"):
        for lags in (0, 5):
            job("package", cmd=cmd, lags=lags, threads=1)
            program(lakes[0], cmd=cmd, lags=lags, threads=1)
    job("spark", lake=lakes, cmd="volume")
    job("spark", lake=lakes[0], cmd=["other", "volume", "momentum", "all"], lags=[0, 5])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["measure", "report"])
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="rows")
    parser.add_argument("--folder", type=Path, default=RESULTS.parent, help="where lakes are built")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--shapes", action="store_true", help="tickers, columns and lags as well")
    arguments = parser.parse_args()
    if arguments.verb == "measure":
        try:
            for _ in range(arguments.rounds):
                by_size(arguments.folder, arguments.sizes)
                if arguments.shapes:
                    by_shape(arguments.folder)
        finally:
            forget_tables(arguments.folder)
    else:
        report.write([json.loads(line) for line in RESULTS.read_text().splitlines()], ROOT / "docs" / "scale.svg")


if __name__ == "__main__":
    main()
