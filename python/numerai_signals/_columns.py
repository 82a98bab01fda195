"""The feature columns, as the engine's own table has them."""

from dataclasses import dataclass
from typing import Any

from . import _native
from ._errors import ArgumentError


@dataclass(frozen=True)
class Param:
    """A parameter of an indicator: `transform(params={"<indicator>.<name>": values})`, each from `min` to `max`."""

    name: str
    default: float
    min: float
    max: float
    doc: str


@dataclass(frozen=True)
class Column:
    """A feature column.

    Attributes:
        column: its name, without a lag: `feature_momentum_rsi`.
        indicator: the indicator's name, as `params` takes it: `rsi`.
        title: the indicator's full name.
        category: volume, volatility, trend, momentum or others.
        inputs: the fields of a bar it depends on, by blanks.
        formula: C close, H high, L low, V volume; `x[-1]` is one row earlier.
        unit: what a value is measured in (`none`: it has no unit).
        scale_free: the form, x being the column, that a later split does not change.
        lookback: `window` (a fixed number of rows), `recursive` (all rows, old ones fading) or `cumulative`.
        first_row: the first row with a value, counted from 0, on clean input; -1: depends on the data.
        warm_up: rows after which an earlier start changes nothing (`recursive`: less than 1e-9); 0: never.
        flag: whether it is only ever 0 or 1.
        causal: what mode `causal` leaves null or changes against `ta`, and why.
        params: the indicator's parameters.
    """

    column: str
    indicator: str
    title: str
    category: str
    inputs: str
    formula: str
    unit: str
    scale_free: str
    lookback: str
    first_row: int
    warm_up: int
    flag: bool
    causal: str
    params: tuple[Param, ...]


CATEGORIES = ("momentum", "other", "trend", "volatility", "volume")


def columns(cmd: str = "all") -> list[Column]:
    """Describes the feature columns, in `ta`'s order.

    Args:
        cmd: all, momentum, other, trend, volatility or volume.

    Raises:
        ArgumentError: `cmd` is none of these.

    >>> len(columns())
    86
    >>> columns("momentum")[0].column, columns("momentum")[0].unit
    ('feature_momentum_rsi', 'none')
    """
    if cmd not in ("all", *CATEGORIES):
        raise ArgumentError(f"cmd {cmd!r}: it is one of all, {', '.join(CATEGORIES)}")
    category = "others" if cmd == "other" else cmd
    rows: list[dict[str, Any]] = _native.indicators()
    return [
        Column(**row | {"params": tuple(Param(**one) for one in row["params"])})
        for row in rows
        if category in ("all", row["category"])
    ]
