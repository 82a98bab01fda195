"""The engine against the real `ta`, bit for bit, on every shape of input and on real data."""

import subprocess
import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import BUILD
from markets import FIELDS, shapes, walk

import ta

SHAPES = shapes()
MODES = {"ta": False, "fillna": True}


def columns() -> list[str]:
    return subprocess.run([BUILD / "ta_run", "columns"], check=True, capture_output=True, text=True).stdout.split()


def engine(frame: pd.DataFrame, mode: str) -> pd.DataFrame:
    """All columns that the engine has, as doubles."""
    data = np.ascontiguousarray(frame[FIELDS].to_numpy(float).T).tobytes()
    out = subprocess.run([BUILD / "ta_run", mode], input=data, check=True, capture_output=True).stdout
    names = columns()
    return pd.DataFrame(np.frombuffer(out).reshape(len(names), len(frame)).T, columns=names)


def oracle(frame: pd.DataFrame, fillna: bool) -> pd.DataFrame:
    """What `ta` gives, on a frame numbered from 0 as its formulas expect."""
    frame = frame[FIELDS].astype(float).reset_index(drop=True)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return ta.add_volume_ta(frame, "high", "low", "close", "volume", fillna=fillna).drop(columns=FIELDS)


def assert_same_bits(ours: pd.DataFrame, theirs: pd.DataFrame, what: str):
    assert list(ours.columns) == list(theirs.columns)
    for name in theirs.columns:
        a, b = ours[name].to_numpy(), theirs[name].to_numpy(dtype=float)
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        if not same.all():
            row = int(np.flatnonzero(~same)[0])
            pytest.fail(f"{what}: {name} row {row}: {a[row]!r}, `ta` has {b[row]!r} ({(~same).sum()} rows differ)")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_bit_equal(shape, mode):
    frame = SHAPES[shape]
    assert_same_bits(engine(frame, mode), oracle(frame, MODES[mode]), f"{shape}, {mode}")


@pytest.mark.parametrize("mode", MODES)
def test_random_frames_are_bit_equal(mode):
    """Frames with every kind of damage at once, in random places."""
    for seed in range(40):
        random = np.random.default_rng(seed)
        frame = walk(int(random.integers(1, 300)), seed)
        for field in FIELDS:
            frame.loc[random.random(len(frame)) < random.choice([0, 0.02, 0.3]), field] = np.nan
        frame.loc[random.random(len(frame)) < 0.1, "volume"] = 0.0
        flat = random.random(len(frame)) < 0.1
        frame.loc[flat, ["high", "low"]] = frame.loc[flat, "close"].to_numpy()[:, None]
        assert_same_bits(engine(frame, mode), oracle(frame, MODES[mode]), f"seed {seed}, {mode}")


def test_causal_equals_ta_for_volume():
    """No volume column leaks, so the default mode has no cell of its own there."""
    for shape, frame in SHAPES.items():
        assert_same_bits(engine(frame, "causal"), oracle(frame, False), f"{shape}, causal")


def read_real(path) -> pd.DataFrame:
    frame = pd.read_csv(path, float_precision="round_trip")
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    return frame[FIELDS].apply(pd.to_numeric, errors="coerce")


@pytest.mark.parametrize("mode", MODES)
def test_real_data_is_bit_equal(shared, mode):
    files = sorted((shared / "data" / "ohlcv").glob("*/*.csv"))
    assert len(files) > 200
    for path in files[::8]:
        frame = read_real(path)
        assert_same_bits(engine(frame, mode), oracle(frame, MODES[mode]), f"{path.name}, {mode}")
