"""What transform asks of the frames that it takes, and how their columns are found.

Columns cross to the engine as contiguous numpy arrays; its results come back as one block, a row of it for each
column, around which the frame is built without another copy.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from ._errors import ArgumentError, MissingColumnError

Array = np.ndarray[Any, Any]


class Frame(Protocol):
    """What transform asks of a frame. `name`s are those of the lake: ticker, date, open…"""

    rows: int

    def numbers(self, name: str) -> Array:
        """A column as float64, NaN where unknown."""

    def dates(self, local: bool) -> tuple[Array, int]:
        """Days, or so many units a day, as int64; its least value where unknown; `local`: not of UTC."""

    def tickers(self) -> Array | None:
        """A small number for each ticker as int32, negative where unknown; None: all rows are of one."""

    def label(self, row: int) -> tuple[Any, Any]:
        """Ticker (None if there is none) and date, as they stand in a row, for messages."""

    def build(self, names: Sequence[str], block: Array, kept: Array | None, threads: int) -> Any:
        """A frame of the same kind with `ticker`, `date` and a column for each row of `block`."""


def find_columns(names: Iterable[Any], needed: Sequence[str]) -> dict[str, Any]:
    """Each wanted name -> the frame's own spelling of it. `ticker` and `date` are looked for as well."""
    names = list(names)
    found: dict[str, Any] = {}
    for name in names:
        key = name.lower() if isinstance(name, str) else None
        if key not in needed and key not in ("ticker", "date"):
            continue
        if key in found:
            raise ArgumentError(f"columns {found[key]!r} and {name!r} are both {key}: keep one of them")
        found[key] = name
    return found


def complain_if_missing(found: dict[str, Any], needed: Sequence[str], names: Iterable[Any]) -> None:
    missing = [name for name in ["date", *needed] if name not in found]
    if not missing:
        return
    names = list(names)
    shown = ", ".join(map(str, names[:20])) + (", …" if len(names) > 20 else "")
    hint = "rename it"
    if any(isinstance(name, tuple) for name in names):
        hint = "give a frame with one level of column names, a row for each ticker and date"
    raise MissingColumnError(f"the frame has no column {' or '.join(missing)}, it has {shown or 'none'}: {hint}")
