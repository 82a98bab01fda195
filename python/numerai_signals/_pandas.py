"""pandas frames. `ticker` and `date` may be levels of the index."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from . import _arrow, _native
from ._errors import ArgumentError
from ._frames import Array, complain_if_missing, find_columns


class PandasFrame:
    """A pandas DataFrame."""

    def __init__(self, frame: pd.DataFrame, needed: Sequence[str]):
        self.frame = frame
        self.rows = len(frame)
        found = find_columns(frame.columns, needed)
        self.columns: dict[str, Any] = {}
        self.names = dict(found)
        levels = find_columns(frame.index.names, ())
        for name, level in levels.items():
            if name not in found:
                self.names[name] = level
                self.columns[name] = pd.Series(frame.index.get_level_values(level), copy=False)
        if "date" not in self.names and isinstance(frame.index, pd.DatetimeIndex):
            self.names["date"] = "index"
            self.columns["date"] = pd.Series(frame.index, copy=False)
        complain_if_missing(self.names, needed, frame.columns)
        self.columns |= {name: frame[label] for name, label in found.items()}

    def numbers(self, name: str) -> Array:
        return numbers(self.names[name], self.columns[name])

    def dates(self, local: bool) -> tuple[Array, int]:
        column = self.columns["date"]
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            column = column.dt.tz_localize(None) if local else column.dt.tz_convert(None)
        if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
            values = np.ascontiguousarray(column.to_numpy())
            return values.view(np.int64), _arrow.PER_DAY[np.datetime_data(column.dtype)[0]]
        return _arrow.dates(self.names["date"], self.as_arrow("date"), local)

    def tickers(self) -> Array | None:
        column = self.columns.get("ticker")
        if column is None:
            return None
        if isinstance(column.dtype, pd.CategoricalDtype):
            return np.ascontiguousarray(column.cat.codes, np.int32)
        if column.dtype == object:
            return object_codes(np.ascontiguousarray(column.to_numpy()))
        return _arrow.tickers(self.as_arrow("ticker"))

    def as_arrow(self, name: str) -> Any:
        try:
            return pa.array(self.columns[name], from_pandas=True)
        except (pa.ArrowException, TypeError) as error:
            raise ArgumentError(f"column {self.names[name]!r} cannot be read as {name}: {error}") from None

    def label(self, row: int) -> tuple[Any, Any]:
        ticker = self.columns["ticker"].iloc[row] if "ticker" in self.columns else None
        return ticker, self.columns["date"].iloc[row]

    def build(self, names: Sequence[str], block: Array, kept: Array | None, threads: int) -> pd.DataFrame:
        index = self.frame.index if kept is None else self.frame.index[kept]
        features = pd.DataFrame(block.T, index=index, columns=pd.Index(names), copy=False)
        for name in ("date", "ticker"):
            if name in self.columns:
                column = self.columns[name]
                values = column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array
                features.insert(0, name, values if kept is None else values[kept])
        return features


def numbers(name: Any, column: pd.Series) -> Array:
    """As contiguous float64, NaN where unknown."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "fiu":
        return np.ascontiguousarray(column.to_numpy(), np.float64)
    if isinstance(dtype, np.dtype) or not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype):
        raise ArgumentError(f"column {name!r} holds {dtype}, not numbers: convert it, e.g. with pandas.to_numeric")
    return np.ascontiguousarray(column.to_numpy(np.float64, na_value=np.nan))


def object_codes(values: Array) -> Array:
    """pandas.factorize of Python objects, quick where neighbours are equal, as they mostly are."""
    if not len(values):
        return np.empty(0, np.int32)
    addresses = np.ndarray(values.shape, np.int64, buffer=values)
    begins = np.flatnonzero(_native.run_begins(addresses))
    run_codes, unique = pd.factorize(addresses[begins])
    first = np.empty(len(unique), np.intp)
    first[run_codes[::-1]] = begins[::-1]
    codes = pd.factorize(values[first])[0].astype(np.int32)[run_codes]
    return np.repeat(codes, np.diff(begins, append=len(values)))
