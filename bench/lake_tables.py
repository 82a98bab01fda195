"""End to end: `signals transform` on a lake beside encoding and writing the same bytes; threads; lags."""

import hashlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measure import BUILD, Goal, Ratio, Report, compare, interleave

TICKERS = 1024  # 64 to a bucket, a whole group of them: column chunks are as long as those of a universe
GOALS = {"none": 1.4, "lz4": 1.4, "zstd": 1.2}


@contextmanager
def scratch(wanted: Path | None) -> Iterator[Path]:
    """A folder for lakes, in memory when none is named: a busy disk would hide what is measured."""
    memory = Path("/dev/shm")
    room = memory.is_dir() and shutil.disk_usage(memory).free > 4 * 2**30
    with tempfile.TemporaryDirectory(prefix="bench-", dir=wanted or (memory if room else BUILD)) as folder:
        yield Path(folder)


class Lake:
    """A lake of a made-up market. Every run writes a table of its own, which is removed after it was timed."""

    def __init__(self, folder: Path, rows: int):
        self.path = folder / "lake"
        shutil.rmtree(self.path, ignore_errors=True)  # of the lake before
        subprocess.run([BUILD / "synthetic_lake", self.path, str(TICKERS), str(rows)], check=True)
        self.rows = TICKERS * rows

    def transform(self, *flags: str, table: str = "features", threads: int = 1) -> float:
        command = [BUILD / "signals", "transform", "--cmd", "all", "--na", "keep", "--lake", self.path, "--quiet"]
        begin = time.perf_counter()
        subprocess.run([*command, "--table", table, "--threads", str(threads), *flags], check=True, capture_output=True)
        return (time.perf_counter() - begin) / self.rows * 1e9

    def encode(self, source: str, codec: str) -> float:
        command = [BUILD / "bench_encode", self.path, source, "encoded", codec]
        done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        return done["seconds"] / self.rows * 1e9

    def remove(self, table: str):
        shutil.rmtree(self.path / table, ignore_errors=True)

    def hashes(self, table: str) -> list[str]:
        files = [path for path in (self.path / table / "data").rglob("*") if path.is_file()]
        return sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)

    def transform_side(self, *flags: str, **how):
        def run(_):
            self.remove("features")
            taken = self.transform(*flags, **how)
            self.remove("features")
            return taken

        return run

    def encode_side(self, source: str, codec: str):
        def run(_):
            taken = self.encode(source, codec)
            self.remove("encoded")
            return taken

        return run

    def beside_encode(self, codec: str, rounds: int, *flags: str) -> Ratio:
        source = "features_source"
        self.transform(*flags, "--codec", codec, table=source)
        self.encode(source, codec)
        if self.hashes(source) != self.hashes("encoded"):
            raise SystemExit(f"bench: bench_encode does not write the bytes of transform --codec {codec}")
        self.remove("encoded")
        sides = self.transform_side("--codec", codec, *flags), self.encode_side(source, codec)
        ratio = compare(*sides, rounds)
        self.remove(source)
        return ratio


def lake_tables(wanted: Path | None, rounds: int, report: Report):
    with scratch(wanted) as folder:
        measure_lakes(folder, rounds, report)


def measure_lakes(folder: Path, rounds: int, report: Report):
    on_disk = not folder.is_relative_to("/dev/shm")
    lake = Lake(folder, 1000)
    report.section(
        "End to end",
        f"`signals transform --cmd all`, the whole process: read `prices` ({TICKERS:,} tickers of 1,000 rows), "
        "compute 86 float32 columns, encode, write, commit; beside encoding and writing the same values from memory "
        "with the same writer. The files of both are checked to be the same byte for byte. One thread; the lake is on "
        f"a {'disk' if on_disk else 'file system in memory, where writing costs least'}.",
    )
    rows = [(codec, lake.beside_encode(codec, rounds), Goal(most, at_most=True)) for codec, most in GOALS.items()]
    report.ratios("transform", "encode and write", rows)

    report.section("Threads", "The same job with one thread and with two.")
    rows = []
    for codec in GOALS:
        one, two = interleave([lake.transform_side("--codec", codec, threads=n) for n in (1, 2)], rounds)
        rows.append((codec, Ratio(one, two), Goal(1.7)))
    report.ratios("1 thread", "2 threads", rows)

    report.section(
        "Lags",
        "`--lags 5` writes six times the columns and computes nothing again; 250 rows of each ticker, codec none, one "
        "thread.",
    )
    lake = Lake(folder, 250)
    lags = lake.beside_encode("none", rounds, "--lags", "5")
    plain = interleave([lake.transform_side("--codec", "none")], rounds)[0]
    report.ratios("5 lags", "beside it", [
        ("0 lags", Ratio(lags.slow, plain), None),
        ("encode and write of the same bytes", lags, Goal(GOALS["none"], at_most=True)),
    ])  # fmt: skip
