"""transform for Spark's frames: the rows of a ticker meet in one task, which calls the same engine as `transform`.

Needs the extra `spark` (pyspark), and this package on every executor.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ._arrow import BatchFrame
from ._errors import ArgumentError, SignalsError
from ._frames import complain_if_missing, find_columns
from ._lake import absolute
from ._native import __version__
from ._transform import Features

try:
    from pyspark.sql import DataFrame
    from pyspark.sql import functions as sql
    from pyspark.sql import types as kinds
except ImportError as error:
    raise SignalsError("Spark's frames need pyspark: pip install 'numerai-signals[spark]'") from error

__all__ = ["ICEBERG", "lake_options", "transform"]

# What a Spark 4.1 without Iceberg needs, as `spark.jars.packages` takes it.
ICEBERG = "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0"

# Of bars and results in a task's memory at a time, unless one ticker has more: enough tickers for the engine's lanes.
CHUNK_BYTES = 64 << 20


def transform(
    df: DataFrame,
    cmd: str = "all",
    lags: int | Sequence[int] = 5,
    mode: str = "causal",
    prices: str = "served",
    params: Mapping[str, float | Sequence[float]] | None = None,
    na: str = "keep",
    dtype: str = "float32",
    partitions: int | None = None,
    bar: str = "day",
) -> DataFrame:
    """Computes the features of every row, by ticker and in the order of the dates, as `numerai_signals.transform`.

    Lazy, as all of Spark: the rows are shuffled by ticker into partitions, sorted within each, and go through an
    executor a few tickers at a time. What a task needs does not grow with its number of tickers.

    Args:
        df: bars, one row for each ticker and date, in any order, such as `prices` of a lake. Columns are found
            by name, whatever the case: `ticker`, `date` (a date, a timestamp whose date in the session's time zone
            is taken, or text as YYYY-MM-DD), and those of `open`, `high`, `low`, `close`, `volume` that the features
            need. Prices are in any unit, the same for all fields; unknown values are NaN or null.
        cmd, lags, mode, prices, params, na, dtype, bar: as of `numerai_signals.transform`.
        partitions: how many partitions to shuffle into; None: as Spark is set up (`spark.sql.shuffle.partitions`,
            fewer where adaptive execution finds them small).

    Returns:
        `ticker` and `date`, as they are in `df`, and `feature_*`: the columns of a feature table. In each partition
        the rows of a ticker stand together. Unknown and infinite values are null.

    Raises:
        MissingColumnError: the frame lacks a column that is needed; the message names those it has.
        ArgumentError: an argument or a column's type is wrong. What is wrong with rows (a ticker or date is null, a
            ticker has two rows of one date) shows when the result is computed, as the end of the message of
            pyspark's PythonException.
    """
    arguments = (cmd, lags, mode, prices, params, na, dtype, bar)
    features = Features(*arguments)
    if not isinstance(df, DataFrame):
        kind = type(df).__name__
        raise ArgumentError(f"df is of type {kind}: give a Spark DataFrame; numerai_signals.transform takes others")
    found = find_columns(df.columns, features.needed)
    complain_if_missing(found, ["ticker", *features.needed], df.columns)
    _check_types(df, found, features.needed)
    bars = df.select(*(sql.col(_quoted(found[name])).alias(name) for name in ("ticker", "date", *features.needed)))
    by_ticker = bars.repartition("ticker") if partitions is None else bars.repartition(_count(partitions), "ticker")
    value, size = (kinds.FloatType(), 4) if dtype == "float32" else (kinds.DoubleType(), 8)
    schema = kinds.StructType([bars.schema["ticker"], bars.schema["date"]])
    for name in features.columns:
        schema.add(name, value)
    bytes_a_row = size * len(features.columns) + 16 * len(features.needed) + 24  # bars come as Arrow, and as doubles
    work = _Task(__version__, arguments, rows=max(1, CHUNK_BYTES // bytes_a_row))
    return by_ticker.sortWithinPartitions("ticker", "date").mapInArrow(work, schema)


def lake_options(uri: str | os.PathLike[str], name: str = "lake") -> dict[str, str]:
    """Settings with which a Spark session sees a lake as a catalog: `spark.table("lake.prices")`.

    Args:
        uri: the lake: a folder, or a URI whose file system Spark knows.
        name: of the catalog.

    >>> lake_options("/data/lake")["spark.sql.catalog.lake.warehouse"]
    '/data/lake'
    """
    catalog = f"spark.sql.catalog.{name}"
    return {
        "spark.jars.packages": ICEBERG,
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.type": "hadoop",
        f"{catalog}.warehouse": absolute(os.fspath(uri)),
        f"{catalog}.cache-enabled": "false",
    }


@dataclass
class _Task:
    """What an executor does with a partition; it is sent there, so the engine's plan is made there."""

    version: str  # of the package where the job was made
    arguments: tuple[Any, ...]
    rows: int  # in memory at a time, and a ticker more

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        if self.version != __version__:
            raise SignalsError(
                f"numerai_signals is {__version__} on this executor, {self.version} on the driver: install one version"
            )
        features = Features(*self.arguments)
        for table, rows in _whole_tickers(batches, self.rows):
            batch = features.of(BatchFrame(table, features.needed), threads=1, numbered=False)
            for begin in range(0, batch.num_rows, rows):
                yield batch.slice(begin, rows)


def _whole_tickers(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[tuple[pa.Table, int]]:
    """Tables of at least so many rows in which every ticker is whole, and the size of the batches they came in."""
    held: list[pa.RecordBatch] = []
    count = size = 0
    last = None
    for batch in batches:
        size = max(size, batch.num_rows)
        for begin in range(0, batch.num_rows, rows):
            piece = batch.slice(begin, rows)
            tickers = piece.column(0)
            if tickers.null_count:
                raise ArgumentError("a row has no ticker: drop such rows")
            if count + piece.num_rows > rows and held:
                cut = _last_begin(tickers, last)
                if cut is not None:
                    yield pa.Table.from_batches([*held, piece.slice(0, cut)]), size
                    held, count, piece = [], 0, piece.slice(cut)
            held.append(piece)
            count += piece.num_rows
            last = tickers[-1]
    if held:
        yield pa.Table.from_batches(held), size


def _last_begin(tickers: pa.Array, before: pa.Scalar) -> int | None:
    """Where the last ticker begins, None if that is further up; `before` is the ticker of the row before."""
    begins = np.flatnonzero(pc.not_equal(tickers[1:], tickers[:-1]).to_numpy(zero_copy_only=False))
    if len(begins):
        return int(begins[-1]) + 1
    return 0 if tickers[0] != before else None


def _check_types(df: DataFrame, found: Mapping[str, str], needed: Sequence[str]) -> None:
    for name in needed:
        kind = df.schema[found[name]].dataType
        if not isinstance(kind, kinds.NumericType):
            raise ArgumentError(f"column {found[name]!r} holds {kind.simpleString()}, not numbers: convert it")
    kind = df.schema[found["date"]].dataType
    if not isinstance(kind, (kinds.DateType, kinds.TimestampType, kinds.TimestampNTZType, kinds.StringType)):
        raise ArgumentError(f"column {found['date']!r} holds {kind.simpleString()}, not dates: convert it to dates")


def _count(partitions: int) -> int:
    if isinstance(partitions, bool) or not isinstance(partitions, int) or partitions < 1:
        raise ArgumentError(f"partitions {partitions!r}: it is a whole number from 1, or None for Spark's setting")
    return partitions


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
