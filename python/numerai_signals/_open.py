"""From any frame to the class that reads its kind."""

import sys
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ._arrow import ArrowFrame, BatchFrame, PolarsFrame, ReaderFrame
from ._errors import ArgumentError
from ._frames import Frame


def open_frame(frame: Any, needed: Sequence[str]) -> Frame:
    pandas, polars = sys.modules.get("pandas"), sys.modules.get("polars")
    if pandas is not None and isinstance(frame, pandas.DataFrame):
        from ._pandas import PandasFrame

        return PandasFrame(frame, needed)
    if polars is not None and isinstance(frame, polars.DataFrame):
        return PolarsFrame(frame, needed)
    if polars is not None and isinstance(frame, polars.LazyFrame):
        raise ArgumentError("frame is a polars LazyFrame: give frame.collect()")
    if isinstance(frame, pa.RecordBatch):
        return BatchFrame(pa.Table.from_batches([frame]), needed)
    if isinstance(frame, pa.Table):
        return ArrowFrame(frame, needed)
    if isinstance(frame, pa.RecordBatchReader):
        return ReaderFrame(frame.read_all(), needed)
    if hasattr(frame, "__arrow_c_stream__"):
        return ArrowFrame(pa.RecordBatchReader.from_stream(frame).read_all(), needed)
    raise ArgumentError(
        f"frame is of type {type(frame).__name__}: give a pandas, polars or pyarrow frame, "
        "or anything with __arrow_c_stream__"
    )
