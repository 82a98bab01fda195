"""The drop-in against the real `ta`: equal frames, bit for bit."""

import inspect
import warnings

import glibc_log  # noqa: F401
import numpy as np
import pandas as pd
import pytest
from markets import shapes, walk

import numerai_signals as ns
import ta

BARS = {"open": "open", "high": "high", "low": "low", "close": "close", "volume": "volume"}
SIBLINGS = {
    "add_all_ta_features": ("open", "high", "low", "close", "volume"),
    "add_volume_ta": ("high", "low", "close", "volume"),
    "add_volatility_ta": ("high", "low", "close"),
    "add_trend_ta": ("high", "low", "close"),
    "add_momentum_ta": ("high", "low", "close", "volume"),
    "add_others_ta": ("close",),
}
SHAPES = {name: frame for name, frame in shapes().items() if not name.startswith("short")}


def theirs(function: str, frame: pd.DataFrame, **options) -> pd.DataFrame:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return getattr(ta, function)(frame.copy(), *SIBLINGS[function], **options)


def ours(function: str, frame: pd.DataFrame, **options) -> pd.DataFrame:
    return getattr(ns.ta, function)(frame.copy(), *SIBLINGS[function], **options)


def assert_same(function: str, frame: pd.DataFrame, **options):
    pd.testing.assert_frame_equal(
        ours(function, frame, **options), theirs(function, frame, **options), check_exact=True, check_index_type="exact"
    )


@pytest.mark.parametrize("fillna", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_frames_of_every_shape_are_equal(shape, fillna):
    assert_same("add_all_ta_features", SHAPES[shape], fillna=fillna)


@pytest.mark.parametrize("function", SIBLINGS)
def test_every_sibling_with_a_prefix(function):
    for options in ({}, {"fillna": True}, {"colprefix": "x_"}):
        assert_same(function, walk(90), **options)
    if function != "add_others_ta":
        assert_same(function, walk(90), vectorized=True, colprefix="x_")


@pytest.mark.parametrize("function", SIBLINGS)
def test_signatures_are_those_of_ta(function):
    ours_, theirs_ = (inspect.signature(getattr(module, function)).parameters.values() for module in (ns.ta, ta))
    assert [(p.name, p.default, p.kind) for p in ours_] == [(p.name, p.default, p.kind) for p in theirs_]


@pytest.mark.parametrize("fillna", [False, True])
def test_whole_volumes_make_a_whole_balance(fillna):
    for dtype in ("int64", "int32"):
        frame = walk(200).astype({"volume": dtype})
        assert_same("add_all_ta_features", frame, fillna=fillna)
        assert ours("add_volume_ta", frame)["volume_obv"].dtype.kind == "i"


INDICES = {
    "dates": pd.date_range("2020-01-01", periods=200, freq="B", name="Date"),
    "zoned": pd.date_range("2020-01-01", periods=200, freq="B", tz="America/New_York"),
    "text": pd.Index([f"row {i}" for i in range(200)]),
    "numbers": pd.Index(np.arange(200) * 0.5),
    "pairs": pd.MultiIndex.from_product([["A"], range(200)], names=["ticker", "day"]),
}


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("index", INDICES)
def test_the_index_is_kept(index):
    frame = walk(200).set_axis(INDICES[index])
    result = ours("add_all_ta_features", frame)
    assert result.index.equals(frame.index)
    assert result.index.names == frame.index.names
    plain = ours("add_all_ta_features", walk(200))
    pd.testing.assert_frame_equal(result.reset_index(drop=True), plain, check_exact=True)
    if index in ("dates", "zoned", "text"):
        assert_same("add_all_ta_features", frame)


def test_an_integer_index_counts_as_positions():
    """`ta` follows labels in PSAR, so it is wrong there; everything else is equal."""
    frame = walk(200).set_axis(pd.RangeIndex(1000, 1200))
    plain = theirs("add_volatility_ta", frame)
    pd.testing.assert_frame_equal(ours("add_volatility_ta", frame), plain, check_exact=True)
    assert ours("add_trend_ta", frame)["trend_psar_up"].notna().sum() > 50


def test_the_frame_itself_is_changed_and_returned():
    frame = walk(60)
    assert ns.ta.add_others_ta(frame, "close") is frame
    assert list(frame.columns[-3:]) == ["others_dr", "others_dlr", "others_cr"]
    ns.ta.add_others_ta(frame, "close")  # columns that exist are replaced, as in `ta`
    assert len(frame.columns) == 8


def test_other_names_and_other_columns_in_the_frame():
    frame = walk(80).rename(columns=str.upper).assign(note="x")
    result = ns.ta.add_all_ta_features(frame.copy(), "OPEN", "HIGH", "LOW", "CLOSE", "VOLUME")
    real = ta.add_all_ta_features(frame.copy(), "OPEN", "HIGH", "LOW", "CLOSE", "VOLUME")
    pd.testing.assert_frame_equal(result, real, check_exact=True)


@pytest.mark.parametrize("rows", [0, 1, 13, 27])
def test_short_frames_give_nulls_where_ta_raises(rows):
    result = ours("add_all_ta_features", walk(420).head(rows))
    assert result.shape == (rows, 91)
    assert (result.dtypes.iloc[5:] == "float64").all()
    assert result["trend_sma_slow"].iloc[:25].isna().all()


def test_missing_columns_are_named():
    frame = walk(30)
    with pytest.raises(ns.MissingColumnError, match="has no column 'Close', it has open, high"):
        ns.ta.add_others_ta(frame, "Close")
    with pytest.raises(KeyError):  # as `ta` raises
        ns.ta.add_others_ta(frame, "Close")
    with pytest.raises(ns.ArgumentError, match="'close' holds object, not numbers"):
        ns.ta.add_others_ta(frame.astype({"close": object}), "close")
    assert list(frame.columns) == list(BARS)
