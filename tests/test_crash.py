"""kill -9 and full disks at many steps of a run, and at every step of its commit.

Readers keep the old snapshot, and the next run succeeds.

SIGNALS_SOAK=1 tries more of the steps; the last ones, the commit itself, are always tried one by one.
"""

import os
import resource
import shutil
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pyarrow.parquet as pq
import pytest
from conftest import BUILD, Signals
from pyiceberg.table import StaticTable
from test_load import tickers

pytestmark = pytest.mark.preload
SHIM = BUILD / "libfault_shim.so"
SOAK = bool(os.environ.get("SIGNALS_SOAK"))
POINTS = 24 if SOAK else 5  # beside every step of the commit itself


class Stage:
    """A command, the lake it starts from, and the two states a reader may see around it."""

    def __init__(self, folder, command, table, prepare):
        self.folder, self.command, self.table = folder, command, table
        base = Signals(folder)
        prepare(base)
        self.old = self.contents(base)
        shutil.copytree(base.lake, folder / "base")
        report = folder / "steps"
        watch = f"/{table}/metadata/"
        base.run(*command, env={"LD_PRELOAD": str(SHIM), "FAULT_REPORT": str(report), "FAULT_WATCH": watch})
        self.steps, self.committed = map(int, report.read_text().split())
        self.new = self.contents(base)
        assert not self.new.equals(self.old)

    def contents(self, signals) -> pd.DataFrame | None:
        names = [one["table"] for one in signals.json("tables")] if signals.lake.exists() else []
        if self.table not in names:
            return None
        frame = signals.read(self.table)
        return frame.drop(columns=[c for c in ("fetched_at",) if c in frame])

    def points(self) -> list[int]:
        if self.steps <= POINTS:
            return list(range(1, self.steps + 1))
        spread = {1 + (self.steps - 1) * i // (POINTS - 1) for i in range(POINTS)}
        return sorted(spread | set(self.commit()))

    def commit(self) -> range:
        """Each step of the table's own commit, but for its first manifests: a manifest, the list, the metadata, the
        hint, and what is synced and tidied up behind."""
        return range(self.committed - 24, self.committed + 3)

    def fresh(self, tmp_path) -> Signals:
        shutil.rmtree(tmp_path / "lake", ignore_errors=True)
        shutil.copytree(self.folder / "base", tmp_path / "lake")
        return Signals(tmp_path)

    def same(self, a, b) -> bool:
        return (a is None and b is None) or (a is not None and b is not None and a.equals(b))

    def check_after(self, signals, what, only_old=False):
        """What a reader sees is one of the two states, no listed file is damaged, and a new run repairs all."""
        seen = self.contents(signals)
        assert self.same(seen, self.old) or (not only_old and self.same(seen, self.new)), what
        for path in signals.lake.glob("*/data/**/*.parquet"):
            pq.ParquetFile(path).metadata  # noqa: B018  a file with a final name is a whole one
        signals.run(*self.command)
        assert self.same(self.contents(signals), self.new), what


@pytest.fixture(scope="module")
def load_stage(tmp_path_factory, simulator):
    some = [*tickers(simulator)[:4], *simulator.load_options()]
    return Stage(
        tmp_path_factory.mktemp("load"),
        ["load", "--start", "2020-09-01", "--end", "2021-04-01", *some],
        "prices",
        lambda signals: signals.run("load", "--start", "2020-06-01", "--end", "2020-12-01", *some),
    )


@pytest.fixture(scope="module")
def transform_stage(tmp_path_factory, simulator):
    some = [*tickers(simulator)[:4], *simulator.load_options()]
    transform = ["transform", "--cmd", "volume", "--lags", "2", "--threads", "1"]

    def prepare(signals):
        signals.run("load", "--start", "2020-06-01", "--end", "2020-12-01", *some)
        signals.run(*transform)
        signals.run("load", "--start", "2020-09-01", "--end", "2021-04-01", *some)

    return Stage(tmp_path_factory.mktemp("transform"), transform, "features_volume", prepare)


@pytest.fixture(params=["load", "transform"])
def stage(request, load_stage, transform_stage):
    return {"load": load_stage, "transform": transform_stage}[request.param]


def test_kill_at_any_step(stage, tmp_path):
    assert stage.steps > 40
    for step in stage.points():
        signals = stage.fresh(tmp_path)
        done = signals.run(*stage.command, env={"LD_PRELOAD": str(SHIM), "FAULT_KILL": str(step)}, expect=None)
        assert done.returncode == -signal.SIGKILL, f"step {step}"
        stage.check_after(signals, f"killed at step {step} of {stage.steps}")


@pytest.mark.parametrize("step", range(0, 27, 5))
def test_readers_see_whole_snapshots_while_writers_die(stage, tmp_path, step):
    """Another engine reads all the while: over a kill at a step of the commit, and the run that makes up for it."""
    signals = stage.fresh(tmp_path)
    folder = signals.lake / stage.table / "metadata"
    seen, stop = set(), threading.Event()

    def read():
        while True:
            last = stop.is_set()
            version = (folder / "version-hint.text").read_text()
            table = StaticTable.from_metadata(str(folder / f"v{version}.metadata.json"))
            seen.add(checksum(table.scan().to_arrow().to_pandas()))
            if last:
                return

    with ThreadPoolExecutor() as pool:
        reader = pool.submit(read)
        try:
            killed = {"LD_PRELOAD": str(SHIM), "FAULT_KILL": str(stage.commit()[step])}
            signals.run(*stage.command, env=killed, expect=-signal.SIGKILL)
            signals.run(*stage.command)
        finally:
            stop.set()
        reader.result()
    assert seen <= {checksum(stage.old), checksum(stage.new)}
    assert checksum(stage.new) in seen


def checksum(frame: pd.DataFrame) -> tuple:
    """Of the rows, whatever their order, without the times at which they were first seen."""
    frame = frame.drop(columns=[c for c in ("fetched_at",) if c in frame])
    return len(frame), int(pd.util.hash_pandas_object(frame.astype(str), index=False).sum())


def test_full_disk_at_any_step(stage, tmp_path):
    for step in stage.points()[:: 1 if SOAK else 2]:
        signals = stage.fresh(tmp_path)
        done = signals.run(
            *stage.command, "--quiet", env={"LD_PRELOAD": str(SHIM), "FAULT_FULL": str(step)}, expect=None
        )
        if done.returncode == 0:  # only the hint and its sync were left: the commit is done
            assert stage.same(stage.contents(signals), stage.new), f"step {step}"
            continue
        assert done.returncode == 1, f"step {step}: {done.stderr}"
        assert done.stderr.startswith("error: E4003 cannot write "), done.stderr
        assert "No space left on device" in done.stderr
        assert done.stderr.count("\n") == 1
        stage.check_after(signals, f"disk full from step {step} of {stage.steps}")


def test_file_size_limit(stage, tmp_path):
    signals = stage.fresh(tmp_path)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    done = signals.run(*stage.command, "--quiet", expect=1, preexec_fn=limit)
    assert done.stderr.startswith("error: E4003 cannot write "), done.stderr
    assert "File too large" in done.stderr
    stage.check_after(signals, "file size limit", only_old=True)


def test_a_fresh_lake_killed_at_any_step(simulator, tmp_path):
    """The very first load: until its commit there is no lake, and no reader takes the rest for one."""
    command = ["load", "--start", "2022-09-01", *tickers(simulator)[:2], *simulator.load_options()]
    first = Signals(tmp_path)
    first.run(*command, env={"LD_PRELOAD": str(SHIM), "FAULT_REPORT": str(tmp_path / "steps")})
    steps = int((tmp_path / "steps").read_text().split()[0])
    for step in range(1, steps + 1, max(1, steps // POINTS)):
        shutil.rmtree(first.lake)
        first.run(*command, env={"LD_PRELOAD": str(SHIM), "FAULT_KILL": str(step)}, expect=-signal.SIGKILL)
        status = first.run("status", expect=None)
        assert status.returncode in (0, 1)
        first.run(*command)
        assert first.json("status")["tickers"] == 2


def test_a_vacuum_killed_at_any_step(load_stage, tmp_path):
    """It forgets first and removes then, oldest metadata first: whatever is left is a whole lake."""
    signals = load_stage.fresh(tmp_path)
    signals.run(*load_stage.command)
    (signals.lake / "prices" / "data" / ".x.parquet.0123.tmp").touch()  # as a killed writer leaves them
    shutil.copytree(signals.lake, tmp_path / "full")
    command, report = ["vacuum", "--keep", "0"], tmp_path / "steps"
    later = "2100-01-01"
    signals.run(*command, now=later, env={"LD_PRELOAD": str(SHIM), "FAULT_REPORT": str(report)})
    steps = int(report.read_text().split()[0])
    assert steps > 20
    for step in range(1, steps, max(1, steps // (2 * POINTS))):
        shutil.rmtree(signals.lake)
        shutil.copytree(tmp_path / "full", signals.lake)
        killed = {"LD_PRELOAD": str(SHIM), "FAULT_KILL": str(step)}
        signals.run(*command, now=later, env=killed, expect=-signal.SIGKILL)
        assert load_stage.same(load_stage.contents(signals), load_stage.new), f"step {step}"
        signals.run(*command, now=later)
        assert load_stage.same(load_stage.contents(signals), load_stage.new), f"step {step}"
        assert sorted(map(str, (signals.lake / "prices" / "data").rglob("*.parquet"))) == sorted(
            signals.files("prices")
        )
        assert not list(signals.lake.rglob(".*.tmp"))
