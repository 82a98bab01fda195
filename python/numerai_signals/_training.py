"""Numerai's targets beside the data set: what a model is trained on."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ._errors import ArgumentError, MissingColumnError
from ._lake import Lake

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
    start: str | None = None,
    end: str | None = None,
) -> TrainingFrame:
    """Joins Numerai's rows that have a target with the data set of a lake, on date and numerai_ticker.

    `train` and `validation` are paths of Numerai's Parquet files, or pandas frames, with `date`, `numerai_ticker`
    and `target`. `columns` are features of the data set (default: all). `start` is inclusive, `end` exclusive.
    One year of the data set is in memory beside the result. Rows without a target or without a row of the data set
    are left out. Targets of neighbouring dates overlap: leave an embargo between the eras you train on and those
    you validate on.
    """
    import pandas as pd

    if lake is None:
        raise ArgumentError("lake is missing: give numerai_signals.open_lake(…)")
    rows = pd.concat([_targets(one, target) for one in (train, validation) if one is not None], ignore_index=True)
    rows = rows[rows[target].notna()]
    if start is not None:
        rows = rows[rows["date"] >= start]
    if end is not None:
        rows = rows[rows["date"] < end]
    if rows.duplicated(_KEYS).any():
        twice = rows.loc[rows.duplicated(_KEYS), _KEYS].iloc[0]
        raise ArgumentError(f"{twice['numerai_ticker']} is there twice on {twice['date']}: give each row once")
    names = _features(lake, columns)
    parts = []
    for year, some in rows.groupby(rows["date"].str[:4], sort=True):
        table = lake._dataset_scan(names, None, f"{year}-01-01", f"{int(year) + 1}-01-01", None, None).to_arrow()
        parts.append(some.merge(table.to_pandas(split_blocks=True, self_destruct=True), on=_KEYS, how="inner"))
    joined = pd.concat(parts, ignore_index=True) if parts else rows.reindex(columns=[*rows.columns, *names])
    joined = joined.sort_values(_KEYS).set_index(_KEYS, drop=False)
    era = joined["date"].rename("era")
    size = era.groupby(era).transform("size")
    weights = (len(joined) / (era.nunique() * size)).rename("weight") if len(joined) else size.astype(float)
    return TrainingFrame(joined[names].astype("float32"), joined[target], era, weights)


def _targets(rows: Any, target: str) -> "pd.DataFrame":
    import pandas as pd

    wanted = [*_KEYS, target]
    if isinstance(rows, str | os.PathLike):
        import pyarrow.parquet as pq

        there = pq.read_schema(rows).names
    else:
        there = list(rows.columns)
    absent = [name for name in wanted if name not in there]
    if absent:
        some = ", ".join(name for name in there if name.startswith("target")) or "none"
        raise MissingColumnError(f"Numerai's rows have no column {', '.join(absent)}; their targets: {some}")
    frame = pd.read_parquet(rows, columns=wanted) if isinstance(rows, str | os.PathLike) else rows[wanted].copy()
    if not pd.api.types.is_string_dtype(frame["date"]):
        frame["date"] = pd.to_datetime(frame["date"]).dt.strftime("%Y-%m-%d")
    return frame


def _features(lake: Lake, columns: Sequence[str] | None) -> list[str]:
    if columns is not None:
        return list(columns)
    return [field.name for field in lake.table("dataset").schema().fields if field.name.startswith("feature_")]
