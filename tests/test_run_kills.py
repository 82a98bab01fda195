"""kill -9 at many steps of the daily job: whatever is left can be read, and the next run makes the day whole."""

import hashlib
import json
import os
import shutil
import signal

import pandas as pd
import pytest
from conftest import BUILD, Simulator
from test_run import Job

pytestmark = pytest.mark.preload
SHIM = BUILD / "libfault_shim.so"
POINTS = 40 if os.environ.get("SIGNALS_SOAK") else 5
BEFORE, NOW = "2022-10-21T12:30:00Z", "2022-10-22T12:30:00Z"


@pytest.fixture
def job(signals, serve):
    """The lake of Friday noon; what comes next is Saturday's run, which loads and publishes Friday."""
    job = Job(signals, serve)
    job.at(BEFORE)
    shutil.copytree(signals.lake, signals.folder / "base")
    return job


def run(job: Job, simulator: Simulator, fault: dict, expect):
    job.numerai.now = job.numerai.now.fromisoformat(NOW.rstrip("Z"))
    command = ["run", *simulator.load_options(), "--numerai-url", job.numerai.url]
    return job.signals.run(*command, now=NOW, expect=expect, env={"LD_PRELOAD": str(SHIM)} | fault)


def published(job: Job) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    manifest = json.loads((job.signals.lake / "dataset" / "manifest.json").read_text())
    live = job.signals.lake / "dataset" / "live_features.parquet"
    assert hashlib.sha256(live.read_bytes()).hexdigest() == manifest["files"]["live_features.parquet"]["sha256"]
    return job.dataset(), job.live(), manifest["newest"]


@pytest.fixture
def saturday():
    simulator = Simulator(now=NOW, tickers=22)
    yield simulator
    simulator.close()


def test_a_day_killed_at_any_step(job, saturday, tmp_path):
    signals, before = job.signals, published(job)
    run(job, saturday, {"FAULT_REPORT": str(tmp_path / "steps")}, 0)
    whole = published(job)
    assert (before[2]["date"], whole[2]["date"]) == ("2022-10-20", "2022-10-21")
    prices = signals.read("prices").drop(columns="fetched_at")
    steps = int((tmp_path / "steps").read_text().split()[0])
    assert steps > 200
    for step in range(steps // POINTS // 2, steps, steps // POINTS):
        shutil.rmtree(signals.lake)
        shutil.copytree(signals.folder / "base", signals.lake)
        run(job, saturday, {"FAULT_KILL": str(step)}, -signal.SIGKILL)
        # The rows of earlier dates stand, whether Friday's are there yet or not.
        rows = job.dataset()
        pd.testing.assert_frame_equal(rows[rows["date"] < "2022-10-21"].reset_index(drop=True), before[0])
        if job.ready(NOW, None).startswith("GO"):  # said only of a file that is whole
            pd.testing.assert_frame_equal(job.live(), whole[1])
        run(job, saturday, {}, 0)
        dataset, live, newest = published(job)
        pd.testing.assert_frame_equal(dataset, whole[0])
        pd.testing.assert_frame_equal(live, whole[1])
        assert newest == whole[2], f"step {step} of {steps}"
        pd.testing.assert_frame_equal(signals.read("prices").drop(columns="fetched_at"), prices)
