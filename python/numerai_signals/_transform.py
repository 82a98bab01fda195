"""transform: features of a whole frame."""

import datetime
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from . import _native
from ._errors import ArgumentError
from ._frames import Frame
from ._open import open_frame

FrameT = TypeVar("FrameT")

PRICES = ("open", "high", "low", "close")


def transform(
    frame: FrameT,
    cmd: str = "all",
    lags: int | Sequence[int] = 5,
    mode: str = "causal",
    prices: str = "served",
    params: Mapping[str, float | Sequence[float]] | None = None,
    na: str = "keep",
    dtype: str = "float32",
    threads: int | None = None,
    bar: str = "day",
) -> FrameT:
    """Computes the features of every row, by ticker and in the order of the dates.

    Args:
        frame: bars, one row for each ticker and date, in any order: a pandas or polars DataFrame, a pyarrow
            Table, RecordBatch or RecordBatchReader, or anything with `__arrow_c_stream__`. Columns are found by
            name, whatever the case: `date` (a date, a timestamp whose local date is taken, or text as YYYY-MM-DD),
            `ticker` (may be absent when all rows are of one), and of `open`, `high`, `low`, `close`, `volume` those
            that the features need. In pandas, `date` and `ticker` may be levels of the index. Prices are in any
            unit, the same for all fields; unknown values are NaN or null. `adj close` is not `close`.
        cmd: which features: all, momentum, other, trend, volatility or volume.
        lags: 5 adds the values of the five rows before, `[5, 10, 20]` just these, 0 none. Lags are over a
            ticker's own rows.
        mode: causal (`ta`, with what looks ahead unknown), or ta, fillna: as `ta` with fillna=False, True.
        prices: served (as they are), or total-return: open, high, low and close times `dividend_factor`, a column
            that the frame then needs.
        params: values of parameters, as {"rsi.window": [7, 14]}: a column for each value. `columns()` lists them.
        na: keep (every row), drop (without each ticker's first rows, as many as the greatest lag), or drop-any
            (without rows in which a value is unknown).
        dtype: of the features: float32 or float64.
        threads: how many to use; None: one for each core. Other Python threads run meanwhile.
        bar: what one row is of: day (two rows of a ticker and date are an error), or stamp: any time, such as a
            minute; `date` is then when it was, windows and lags count rows, and two rows of one stamp are an error.

    Returns:
        A frame of the same kind (a pyarrow Table for other kinds): `ticker` (if the input has it), `date`, and
        `feature_*`, shape (rows, 1 or 2 + features), rows in the input's order, pandas' index kept. Unknown and
        infinite values are NaN in pandas, null elsewhere.

    Raises:
        MissingColumnError: the frame lacks a column that is needed; the message names those it has.
        ArgumentError: an argument or the content of a column is wrong; a ticker has two rows of one date.

    >>> import pyarrow as pa
    >>> bars = pa.table({"Date": ["2024-01-02", "2024-01-03", "2024-01-04"], "Close": [10.0, 11.0, 9.9]})
    >>> features = transform(bars, cmd="other", lags=1)
    >>> features.column_names[:3]
    ['date', 'feature_others_dr', 'feature_others_dr_lag1']
    >>> [x and round(x, 3) for x in features["feature_others_dr"].to_pylist()]
    [None, 10.0, -10.0]
    """
    features = Features(cmd, lags, mode, prices, params, na, dtype, bar)
    return features.of(open_frame(frame, features.needed), thread_count(threads))


class Features:
    """What `transform` was asked for, checked; its arguments are those of `transform`."""

    def __init__(
        self,
        cmd: str,
        lags: int | Sequence[int],
        mode: str,
        prices: str,
        params: Mapping[str, float | Sequence[float]] | None,
        na: str,
        dtype: str,
        bar: str,
    ) -> None:
        self._dtype = _one_of("dtype", dtype, ("float32", "float64"))
        self._plan = make_plan(cmd, lags, mode, params, dtype)
        self._adjusted = _one_of("prices", prices, ("served", "total-return")) == "total-return"
        self._na = _one_of("na", na, ("keep", "drop", "drop-any"))
        self._daily = _one_of("bar", bar, ("day", "stamp")) == "day"

    @property
    def columns(self) -> list[str]:
        return self._plan.columns

    @property
    def needed(self) -> list[str]:
        """The columns, beside `ticker` and `date`, that a frame must have."""
        return [*self._plan.inputs, *(["dividend_factor"] if self._adjusted else [])]

    def of(self, source: Frame, threads: int, numbered: bool = True) -> Any:
        """The result for a frame. `numbered`: whether messages tell rows by their numbers."""
        order = _order(source, self._daily, numbered)
        bars = {field: source.numbers(field) for field in self._plan.inputs}
        if self._adjusted:
            factor = source.numbers("dividend_factor")
            bars |= {field: bars[field] * factor for field in PRICES if field in bars}
        block: np.ndarray[Any, Any] = np.empty((len(self.columns), source.rows), self._dtype)
        _native.compute(self._plan, order, bars, block, threads)
        kept = _kept(self._plan, order, block, self._na)
        return source.build(self.columns, block if kept is None else block[:, kept], kept, threads)


def make_plan(
    cmd: str,
    lags: int | Sequence[int],
    mode: str,
    params: Mapping[str, float | Sequence[float]] | None,
    dtype: str,
) -> _native.Plan:
    try:
        return _native.Plan(str(cmd), _lags(lags), str(mode), _set_options(params or {}), dtype == "float64")
    except ValueError as error:
        if isinstance(error, ArgumentError):
            raise
        raise ArgumentError(_in_python_words(str(error))) from None


def thread_count(threads: int | None) -> int:
    if threads is None:
        return len(os.sched_getaffinity(0))
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise ArgumentError(f"threads {threads!r}: it is a whole number from 1, or None for one a core")
    return threads


def _lags(lags: int | Sequence[int]) -> list[int]:
    single = isinstance(lags, (int, np.integer))
    values = list(range(1, int(lags) + 1)) if single else list(lags) if isinstance(lags, Iterable) else [None]
    wrong = isinstance(lags, bool) or (single and lags < 0) or isinstance(lags, str)
    for lag in values:
        wrong = wrong or isinstance(lag, bool) or not isinstance(lag, (int, np.integer))
        wrong = wrong or not 1 <= lag <= _native.GREATEST_LAG
    if wrong:
        raise ArgumentError(
            f"lags {lags!r}: it is a number (5 means 1 to 5, 0 none) or a list such as [5, 10, 20], "
            f"each from 1 to {_native.GREATEST_LAG}"
        )
    return [int(lag) for lag in values]


def _set_options(params: Mapping[str, float | Sequence[float]]) -> list[str]:
    """As the command line's --set takes them: rsi.window=7,14."""
    options = []
    for name, given in params.items():
        values = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
        if not values:
            raise ArgumentError(f"params {name}: it has no values; leave it out for the default")
        try:
            options.append(f"{name}={','.join(repr(float(value)) for value in values)}")
        except (TypeError, ValueError):
            raise ArgumentError(f"params {name}: {given!r} is not a number or a list of numbers") from None
    return options


def _in_python_words(message: str) -> str:
    message = message.replace("`signals columns`", "`numerai_signals.columns()`").replace("--set", "params")
    return re.sub(r"--(\w)", r"\1", message)


def _one_of(argument: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ArgumentError(f"{argument} {value!r}: it is one of {', '.join(known)}")
    return value


def _order(source: Frame, daily: bool, numbered: bool) -> _native.RowOrder:
    dates, per_day = source.dates(local=daily)
    order = _native.RowOrder(source.rows, dates, per_day if daily else 1, source.tickers())
    if order.problem is None:
        return order
    kind, row, other = order.problem
    one, two = (f"row {row} has", f"rows {row} and {other} are both") if numbered else ("a row has", "two rows are")
    if kind == "no_date":
        raise ArgumentError(f"{one} no date: drop such rows")
    if kind == "no_ticker":
        raise ArgumentError(f"{one} no ticker: drop such rows")
    ticker, date = source.label(row)
    whose = "" if ticker is None else f" of ticker {ticker!r}"
    hint = " (if there are several tickers, name them in a column `ticker`)" if ticker is None else ""
    if not daily:
        raise ArgumentError(f"{two}{whose} at {date}: keep one for each stamp{hint}")
    day = date.date() if isinstance(date, datetime.datetime) else date
    raise ArgumentError(f"{two}{whose} on {day}: keep one for each session date{hint}")


def _kept(
    plan: _native.Plan, order: _native.RowOrder, block: np.ndarray[Any, Any], na: str
) -> "np.ndarray[Any, Any] | None":
    if na == "keep":
        return None
    if na == "drop":
        return order.rows_after(plan.max_lag)
    kept = np.ones(block.shape[1], bool)
    for column, sparse in zip(block, plan.sparse, strict=True):
        if not sparse:
            kept &= ~np.isnan(column)
    return kept
