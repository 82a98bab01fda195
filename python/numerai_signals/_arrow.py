"""Frames of Arrow data: pyarrow's, polars', and whatever gives an Arrow stream."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import _native
from ._errors import ArgumentError
from ._frames import Array, complain_if_missing, find_columns

NO_DATE = np.iinfo(np.int64).min
PER_DAY = {"D": 1, "s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


def one_chunk(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def numbers(name: Any, column: Any) -> Array:
    """As float64, NaN where null."""
    kind = column.type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise ArgumentError(f"column {name!r} holds {kind}, not numbers: convert it")
    values = one_chunk(column.cast(pa.float64(), safe=False)).to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(values, np.float64)


def dates(name: Any, column: Any, local: bool) -> tuple[Array, int]:
    """As int64, and how many of its units are a day. `local`: in the time zone of the column, not in UTC."""
    array = one_chunk(column)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type) or array.type == pa.string_view():
        array = _read_dates(name, array)
    kind = array.type
    if pa.types.is_date32(kind):
        whole, unit = array.view(pa.int32()).cast(pa.int64()), "D"
    elif pa.types.is_date64(kind):
        whole, unit = array.view(pa.int64()), "ms"
    elif pa.types.is_timestamp(kind):
        clock = pc.local_timestamp(array) if local and kind.tz is not None else array
        whole, unit = clock.view(pa.int64()), kind.unit
    else:
        raise ArgumentError(f"column {name!r} holds {kind}, not dates: convert it to dates")
    filled = whole.fill_null(NO_DATE) if whole.null_count else whole
    return filled.to_numpy(zero_copy_only=False), PER_DAY[unit]


def _read_dates(name: Any, texts: Any) -> Any:
    for kind in (pa.date32(), pa.timestamp("us")):
        try:
            return texts.cast(kind)
        except pa.ArrowInvalid as error:
            why = error
    raise ArgumentError(f"column {name!r}: {why}; write dates as YYYY-MM-DD or convert them") from None


def tickers(column: Any) -> Array:
    """A number for each distinct value, -1 where null."""
    array = one_chunk(column)
    if pa.types.is_dictionary(array.type):
        values = array.dictionary
        if values.null_count or pc.count_distinct(values).as_py() < len(values):
            array = array.dictionary_decode()
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    indices = array.indices.cast(pa.int32())
    return (indices.fill_null(-1) if indices.null_count else indices).to_numpy(zero_copy_only=False)


class ArrowFrame:
    """A pyarrow Table."""

    def __init__(self, table: Any, needed: Sequence[str]):
        self.table = table
        self.rows = table.num_rows
        self.found = find_columns(table.column_names, needed)
        complain_if_missing(self.found, needed, table.column_names)

    def column(self, name: str) -> Any:
        return self.table.column(self.found[name])

    def numbers(self, name: str) -> Array:
        return numbers(self.found[name], self.column(name))

    def dates(self, local: bool) -> tuple[Array, int]:
        return dates(self.found["date"], self.column("date"), local)

    def tickers(self) -> Array | None:
        return tickers(self.column("ticker")) if "ticker" in self.found else None

    def label(self, row: int) -> tuple[Any, Any]:
        ticker = self.column("ticker")[row].as_py() if "ticker" in self.found else None
        return ticker, self.column("date")[row].as_py()

    def keys(self, kept: Array | None) -> dict[str, Any]:
        """The columns that the result takes over."""
        columns = {name: self.column(name) for name in ("ticker", "date") if name in self.found}
        return columns if kept is None else {k: v.filter(pa.array(kept)) for k, v in columns.items()}

    def build(self, names: Sequence[str], block: Array, kept: Array | None, threads: int) -> Any:
        keys = self.keys(kept)
        return pa.table([*keys.values(), *arrays(block, threads)], names=[*keys, *names])


class BatchFrame(ArrowFrame):
    """A pyarrow RecordBatch."""

    def build(self, names: Sequence[str], block: Array, kept: Array | None, threads: int) -> Any:
        keys = self.keys(kept)
        columns = [*map(one_chunk, keys.values()), *arrays(block, threads)]
        return pa.RecordBatch.from_arrays(columns, names=[*keys, *names])


class ReaderFrame(ArrowFrame):
    """A pyarrow RecordBatchReader, which is read to its end."""

    def build(self, names: Sequence[str], block: Array, kept: Array | None, threads: int) -> Any:
        return super().build(names, block, kept, threads).to_reader()


class PolarsFrame(ArrowFrame):
    """A polars DataFrame. Its `ticker` and `date` are taken over as they are."""

    def __init__(self, frame: Any, needed: Sequence[str]):
        self.frame = frame
        found = find_columns(frame.columns, needed)
        complain_if_missing(found, needed, frame.columns)
        super().__init__(frame.select(list(found.values())).to_arrow(), needed)

    def build(self, names: Sequence[str], block: Array, kept: Array | None, threads: int) -> Any:
        import polars

        frame = polars.from_arrow(pa.table(arrays(block, threads), names=list(names)))
        keys = [self.frame[self.found[name]].alias(name) for name in ("ticker", "date") if name in self.found]
        if kept is not None:
            keys = [key.filter(polars.Series(kept)) for key in keys]
        return polars.DataFrame(keys).hstack(frame)


def arrays(block: Array, threads: int) -> list[Any]:
    """The rows of a block as Arrow arrays over its memory, null where NaN."""
    block = np.ascontiguousarray(block)
    columns, rows = block.shape
    bits = np.empty((columns, (rows + 63) // 64 * 8), np.uint8)
    nulls = _native.validity(block, bits, threads)
    values, validity = pa.py_buffer(block), pa.py_buffer(bits)
    kind, size, stride = pa.from_numpy_dtype(block.dtype), rows * block.itemsize, bits.shape[1]
    return [
        pa.Array.from_buffers(
            kind, rows, [validity.slice(c * stride, stride) if count else None, values.slice(c * size, size)], count
        )
        for c, count in enumerate(nulls)
    ]
