"""Drop-in replacements for the six `add_*_ta` functions of `ta` 0.11.0: the same columns, bit for bit, much sooner.

    from numerai_signals.ta import add_all_ta_features    # instead of: from ta import add_all_ta_features

Each adds its columns to the frame it is given and returns that frame, with the names, order, index and dtypes of
`ta`, infinities included; `fillna=False` and `True` mean what they mean there, looks ahead included. Rows count by
position: where `ta` goes wrong on an integer index that is not 0, 1, 2… (`trend_psar_*`), these do not. Frames
shorter than a window get NaN where `ta` raises. Inputs of float32 are widened: results are float64.

The frame holds one series (one ticker), oldest row first; for many tickers use `numerai_signals.transform`.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from . import _native
from ._errors import MissingColumnError
from ._pandas import numbers

__all__ = [
    "add_all_ta_features",
    "add_momentum_ta",
    "add_others_ta",
    "add_trend_ta",
    "add_volatility_ta",
    "add_volume_ta",
]

# What `ta` leaves out with vectorized=True.
NOT_VECTORIZED = {
    *("volume_mfi", "volume_nvi", "volatility_atr", "volatility_ui", "trend_adx", "trend_adx_pos", "trend_adx_neg"),
    *("trend_cci", "trend_visual_ichimoku_a", "trend_visual_ichimoku_b"),
    *("trend_aroon_up", "trend_aroon_down", "trend_aroon_ind", "trend_psar_up", "trend_psar_down"),
    *("trend_psar_up_indicator", "trend_psar_down_indicator", "momentum_kama"),
}


def add_all_ta_features(
    df: pd.DataFrame,
    open: str,
    high: str,
    low: str,
    close: str,
    volume: str,
    fillna: bool = False,
    colprefix: str = "",
    vectorized: bool = False,
) -> pd.DataFrame:
    """Adds all 86 columns.

    Args:
        df: bars of one ticker, oldest first, shape (rows, columns); it is changed.
        open: name of the column of opening prices; nothing uses it.
        high, low, close: names of the columns of prices, in any unit, the same for all.
        volume: name of the column of volumes, in shares.
        fillna: fill unknown values as `ta` does, partly with later ones.
        colprefix: put before each new name.
        vectorized: leave out the 18 columns that `ta` leaves out.

    Returns:
        `df`, shape (rows, columns + 86), or + 68 if vectorized.

    Raises:
        MissingColumnError: (a KeyError, as in `ta`) `df` lacks a column.
        ArgumentError: a column does not hold numbers.
    """
    return _add(df, "all", _named(high=high, low=low, close=close, volume=volume), fillna, colprefix, vectorized)


def add_volume_ta(
    df: pd.DataFrame,
    high: str,
    low: str,
    close: str,
    volume: str,
    fillna: bool = False,
    colprefix: str = "",
    vectorized: bool = False,
) -> pd.DataFrame:
    """Adds the 10 volume columns (8 if vectorized); see `add_all_ta_features`."""
    return _add(df, "volume", _named(high=high, low=low, close=close, volume=volume), fillna, colprefix, vectorized)


def add_volatility_ta(
    df: pd.DataFrame,
    high: str,
    low: str,
    close: str,
    fillna: bool = False,
    colprefix: str = "",
    vectorized: bool = False,
) -> pd.DataFrame:
    """Adds the 21 volatility columns (19 if vectorized); see `add_all_ta_features`."""
    return _add(df, "volatility", _named(high=high, low=low, close=close), fillna, colprefix, vectorized)


def add_trend_ta(
    df: pd.DataFrame,
    high: str,
    low: str,
    close: str,
    fillna: bool = False,
    colprefix: str = "",
    vectorized: bool = False,
) -> pd.DataFrame:
    """Adds the 34 trend columns (21 if vectorized); see `add_all_ta_features`."""
    return _add(df, "trend", _named(high=high, low=low, close=close), fillna, colprefix, vectorized)


def add_momentum_ta(
    df: pd.DataFrame,
    high: str,
    low: str,
    close: str,
    volume: str,
    fillna: bool = False,
    colprefix: str = "",
    vectorized: bool = False,
) -> pd.DataFrame:
    """Adds the 18 momentum columns (17 if vectorized); see `add_all_ta_features`."""
    return _add(df, "momentum", _named(high=high, low=low, close=close, volume=volume), fillna, colprefix, vectorized)


def add_others_ta(df: pd.DataFrame, close: str, fillna: bool = False, colprefix: str = "") -> pd.DataFrame:
    """Adds the 3 other columns: daily, logarithmic and cumulative return; see `add_all_ta_features`."""
    return _add(df, "others", _named(close=close), fillna, colprefix, False)


def _named(**columns: str) -> dict[str, str]:
    return columns


@lru_cache
def _plan(cmd: str, fillna: bool) -> _native.Plan:
    return _native.Plan(cmd, [], "fillna" if fillna else "ta", [], True)


def _add(
    df: pd.DataFrame, cmd: str, columns: dict[str, str], fillna: bool, colprefix: str, vectorized: bool
) -> pd.DataFrame:
    missing = [name for name in columns.values() if name not in df.columns]
    if missing:
        shown = ", ".join(map(str, df.columns[:20]))
        raise MissingColumnError(f"the frame has no column {' or '.join(map(repr, missing))}, it has {shown}")
    plan = _plan(cmd, bool(fillna))
    block: np.ndarray[Any, Any] = np.empty((len(plan.columns), len(df)))
    bars = {field: numbers(name, df[name]) for field, name in columns.items()}
    _native.compute(plan, _native.RowOrder(len(df)), bars, block, 1, True)
    for column, values in zip(plan.columns, block, strict=True):
        name = column.removeprefix("feature_")
        if vectorized and name in NOT_VECTORIZED:
            continue
        if name == "volume_obv" and df[columns["volume"]].dtype.kind in "iu":
            values = _whole_obv(df[columns["close"]], df[columns["volume"]])
        df[f"{colprefix}{name}"] = values
    return df


def _whole_obv(close: pd.Series, volume: pd.Series) -> np.ndarray[Any, Any]:
    """Of whole volumes `ta` makes a whole balance."""
    return pd.Series(np.where(close < close.shift(1), -volume, volume)).cumsum().to_numpy()
