"""
The engine. Use numerai_signals.transform and numerai_signals.ta instead.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, overload

import numpy
import numpy.typing
from numpy.typing import NDArray


GREATEST_LAG: int = 10000

def indicators() -> list[dict[str, object]]:
    """The indicator table, one row for each output, in `ta`'s order."""

def run_begins(objects: numpy.typing.NDArray[numpy.int64]) -> numpy.typing.NDArray[numpy.bool_]:
    """
    Where a run of equal strings, or of one object, begins; `objects` are addresses.
    """

class Plan:
    """Which columns are computed, and how."""

    def __init__(self, cmd: str, lags: Sequence[int], mode: str, set: Sequence[str], float64: bool) -> None: ...

    @property
    def columns(self) -> list[str]: ...

    @property
    def sparse(self) -> list[bool]: ...

    @property
    def inputs(self) -> list[str]:
        """The fields of a bar that are needed."""

    @property
    def max_lag(self) -> int: ...

class RowOrder:
    """The rows by ticker, each ticker's by date."""

    def __init__(self, rows: int, dates: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None = None, per_day: int = 1, tickers: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)] | None = None) -> None: ...

    @property
    def problem(self) -> tuple[str, int, int] | None:
        """Why the rows cannot be put in order: kind, row, other row."""

    def rows_after(self, lag: int) -> numpy.typing.NDArray[numpy.bool_]:
        """True for rows with at least `lag` rows of their ticker before them."""

@overload
def compute(plan: Plan, order: RowOrder, bars: Mapping[str, Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]], out: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')], threads: int = 1, keep_infinite: bool = False) -> None: ...

@overload
def compute(plan: Plan, order: RowOrder, bars: Mapping[str, Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]], out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], threads: int = 1, keep_infinite: bool = False) -> None:
    """
    Fills `out`, one row of it for each column of the plan. Releases the GIL.
    """

@overload
def validity(block: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], bits: Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order='C', device='cpu')], threads: int = 1) -> list[int]: ...

@overload
def validity(block: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], bits: Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order='C', device='cpu')], threads: int = 1) -> list[int]:
    """
    Fills Arrow's validity bitmaps, one row of `bits` for each of `block`; returns the numbers of nulls.
    """
