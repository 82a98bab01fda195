"""Numerai's targets beside the data set: what a model is trained on."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.parquet as pq

from ._errors import ArgumentError, MissingColumnError
from ._lake import DateLike, Lake, _day

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ["date", "numerai_ticker"]


class TrainingFrame(NamedTuple):
    """Rows in order of date and ticker; the four share an index, whose levels are `date` and `numerai_ticker`."""

    X: "pd.DataFrame"  # the features, float32
    y: "pd.Series"  # the target
    era: "pd.Series"  # the date of each row, as text
    weights: "pd.Series"  # each era weighs the same; their mean is 1


TrainingFrame.__module__ = "numerai_signals"


def training_frame(
    train: Any,
    validation: Any = None,
    lake: Lake | None = None,
    *,
    target: str = "target",
    columns: Sequence[str] | None = None,
    start: DateLike | None = None,
    end: DateLike | None = None,
) -> TrainingFrame:
    """Joins Numerai's rows that have a target with the data set of a lake, on date and numerai_ticker.

    `train` and `validation` are paths of Numerai's Parquet files, or pandas frames, with `date`, `numerai_ticker`
    and `target`. `columns` are features of the data set (default: all). `start` is inclusive, `end` exclusive.
    One year of the data set is in memory beside the result. Rows without a target or without a row of the data set
    are left out. Targets of neighbouring dates overlap: leave an embargo between the eras you train on and those
    you validate on.
    """
    import numpy as np
    import pandas as pd

    if lake is None:
        raise ArgumentError("lake is missing: give numerai_signals.open_lake(…)")
    rows = pd.concat([_targets(one, target) for one in (train, validation) if one is not None], ignore_index=True)
    rows = rows[rows[target].notna()]
    if start is not None:
        rows = rows[rows["date"] >= _day(start, "start").isoformat()]
    if end is not None:
        rows = rows[rows["date"] < _day(end, "end").isoformat()]
    if rows.duplicated(_KEYS).any():
        twice = rows.loc[rows.duplicated(_KEYS), _KEYS].iloc[0]
        raise ArgumentError(f"{twice['numerai_ticker']} is there twice on {twice['date']}: give each row once")
    names = _features(lake, columns)
    # A row of Numerai's has at most one of the data set: its place is made once, and nothing is joined twice.
    values = np.empty((len(names), len(rows)), dtype="float32")
    keys, filled = [rows.iloc[:0]], 0
    for year, some in rows.sort_values(_KEYS).groupby(rows["date"].str[:4], sort=True):
        table = lake._dataset_scan(names, None, f"{year}-01-01", f"{int(year) + 1}-01-01", None, None).to_arrow()
        table = table.select([*_KEYS, *names])
        part = some.merge(table.to_pandas(split_blocks=True, self_destruct=True), on=_KEYS, how="inner")
        for place, name in enumerate(names):
            values[place, filled : filled + len(part)] = part.pop(name)
        keys.append(part)
        filled += len(part)
    joined = pd.concat(keys, ignore_index=True)
    if joined.empty and len(rows):
        raise ArgumentError(
            f"no row of Numerai's, {rows['date'].min()} to {rows['date'].max()}, is in the data set of {lake.uri}"
        )
    index = pd.MultiIndex.from_frame(joined[_KEYS])
    y = pd.Series(joined.pop(target).to_numpy(dtype="float64"), index, name=target)
    era = pd.Series(joined.pop("date").to_numpy(dtype=object), index, name="era")
    X = pd.DataFrame(values[:, :filled].T, index, names, copy=False)
    size = era.groupby(era.to_numpy()).transform("size")
    weights = (len(era) / (era.nunique() * size)).rename("weight") if len(era) else size.astype(float)
    return TrainingFrame(X, y, era, weights)


def _targets(rows: Any, target: str) -> "pd.DataFrame":
    import pandas as pd

    wanted = [*_KEYS, target]
    from_file = isinstance(rows, str | os.PathLike)
    if not from_file and not isinstance(rows, pd.DataFrame):
        raise ArgumentError(f"train and validation are of type {type(rows).__name__}: give a path or a pandas frame")
    there = pq.read_schema(rows).names if from_file else list(rows.columns)
    absent = [name for name in wanted if name not in there]
    if absent:
        some = ", ".join(name for name in there if name.startswith("target")) or "none"
        raise MissingColumnError(f"Numerai's rows have no column {', '.join(absent)}; their targets: {some}")
    frame = pq.read_table(rows, columns=wanted).to_pandas(ignore_metadata=True) if from_file else rows[wanted].copy()
    return frame.assign(date=_dates(frame["date"]), numerai_ticker=frame["numerai_ticker"].astype(str).astype(object))


def _dates(dates: "pd.Series") -> "pd.Series":
    """As text, YYYY-MM-DD."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(dates):
        dates = dates.astype(str)  # 20221021
    if not pd.api.types.is_datetime64_any_dtype(dates):
        known = dates.drop_duplicates()
        try:
            dates = dates.map(dict(zip(known, pd.to_datetime(known.astype(str), format="ISO8601"), strict=True)))
        except ValueError as error:
            raise ArgumentError(f"a date of Numerai's rows cannot be read: {error}") from None
    return dates.dt.strftime("%Y-%m-%d").astype(object)


def _features(lake: Lake, columns: Sequence[str] | None) -> list[str]:
    if columns is not None:
        strange = [name for name in columns if not name.startswith("feature_")]
        if isinstance(columns, str) or strange:
            raise ArgumentError(f"columns is {columns!r}: give a list of features, as feature_momentum_rsi")
        return list(dict.fromkeys(columns))
    return [field.name for field in lake.table("dataset").schema().fields if field.name.startswith("feature_")]
