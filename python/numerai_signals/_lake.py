"""Tables of a lake as frames: a thin layer over pyiceberg, which needs no catalog and no service."""

import datetime
import importlib
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ._errors import ArgumentError, SignalsError

if TYPE_CHECKING:
    from pyiceberg.table import DataScan, StaticTable

DateLike = str | datetime.date
Kind = Literal["pandas", "polars", "pyarrow"]

_KINDS = ("pandas", "polars", "pyarrow")
_PRICES = ("open", "high", "low", "close")


class LakeError(SignalsError):
    """A lake, a table or a snapshot that is not there, or that cannot be read."""

    __module__ = "numerai_signals"


def _pyiceberg() -> Any:
    try:
        return importlib.import_module("pyiceberg")
    except ImportError as error:
        raise SignalsError("a lake is read with pyiceberg: pip install 'numerai-signals[lake]'") from error


def _day(value: DateLike, name: str) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} is {value!r}: give a date, or text as YYYY-MM-DD") from None


class Lake:
    """The tables of a lake, as they are when each is read.

    Frames are of the kind that `open_lake` was asked for. `columns`, `tickers`, `start` (inclusive) and `end`
    (exclusive) are pushed down: what they leave out is not read. `snapshot` is a snapshot's id, a date (what was
    current at its end, UTC) or a tag as `live-2022-10-21`.
    """

    __module__ = "numerai_signals"

    def __init__(self, uri: str, frame: Kind = "pandas", options: dict[str, str] | None = None) -> None:
        if frame not in _KINDS:
            raise ArgumentError(f"frame is {frame!r}: it is one of {', '.join(_KINDS)}")
        _pyiceberg()
        self.uri = absolute(uri)
        self._kind = frame
        self._options = dict(options or {})

    def __repr__(self) -> str:
        return f"<numerai_signals.Lake {self.uri}>"

    def prices(
        self,
        *,
        columns: Sequence[str] | None = None,
        tickers: Iterable[str] | None = None,
        start: DateLike | None = None,
        end: DateLike | None = None,
        adjusted: bool = False,
        snapshot: int | str | datetime.date | None = None,
    ) -> Any:
        """Bars: a row for each ticker and session date, as the source serves them (adjusted for splits).

        With `adjusted`, open, high, low and close are adjusted for dividends too, as seen on each ticker's last
        row of the result, whose prices stay.
        """
        if adjusted:
            needed = [] if columns is None else [c for c in ("ticker", "date", "dividend_factor") if c not in columns]
            wanted = None if columns is None else [*columns, *needed]
            scan = self._keyed("prices", wanted, tickers, start, end, snapshot)
            return self._as_kind(_adjusted(_read(scan), needed))
        return self._frame(self._keyed("prices", columns, tickers, start, end, snapshot))

    def features(
        self,
        *,
        columns: Sequence[str] | None = None,
        tickers: Iterable[str] | None = None,
        start: DateLike | None = None,
        end: DateLike | None = None,
        table: str = "features",
        snapshot: int | str | datetime.date | None = None,
    ) -> Any:
        """Features: a row for each ticker and session date. `columns` are added to the two keys."""
        wanted = None if columns is None else ["ticker", "date", *(c for c in columns if c not in ("ticker", "date"))]
        return self._frame(self._keyed(table, wanted, tickers, start, end, snapshot))

    def dataset(
        self,
        *,
        columns: Sequence[str] | None = None,
        tickers: Iterable[str] | None = None,
        start: DateLike | None = None,
        end: DateLike | None = None,
        calendar: Literal["weekly", "daily"] | None = None,
        snapshot: int | str | datetime.date | None = None,
    ) -> Any:
        """The data set: a row for each Numerai date (text) and numerai_ticker, ready to be joined on both.

        `columns` are added to the two keys; `tickers` are Numerai's; `calendar="weekly"` gives the Fridays only.
        """
        if calendar not in (None, "weekly", "daily"):
            raise ArgumentError(f"calendar is {calendar!r}: it is weekly (Fridays) or daily (all there are)")
        return self._frame(self._dataset_scan(columns, tickers, start, end, calendar, snapshot))

    def live(self, *, columns: Sequence[str] | None = None) -> Any:
        """The newest date's row of every live name (`live_features.parquet`): what a round is predicted from."""
        import pyarrow.parquet as pq

        place = f"{self.uri}/dataset/live_features.parquet"
        source = self._io(place).new_input(place)
        if not source.exists():
            raise LakeError(f"{place} is not there: `signals publish` makes it for the round that is open")
        wanted = None if columns is None else [*_dataset_columns(columns)]
        with source.open() as file:
            live = pq.ParquetFile(file)
            unknown = [column for column in wanted or () if column not in live.schema_arrow.names]
            if unknown:
                raise ArgumentError(f"{place} has no column {', '.join(unknown)}")
            return self._as_kind(live.read(columns=wanted))

    def scan(
        self,
        table: str,
        *,
        columns: Sequence[str] | None = None,
        where: Any = None,
        snapshot: int | str | datetime.date | None = None,
    ) -> "DataScan":
        """pyiceberg's scan of any table: `.to_arrow()`, `.to_arrow_batch_reader()`, `.to_polars()`, `.to_duckdb()`.

        `where` is a filter of pyiceberg's, as text (`"ticker = 'AAPL' and date >= '2020-01-01'"`) or expression.
        """
        if isinstance(columns, str):
            raise ArgumentError(f"columns is the text {columns!r}: give a list")
        columns = None if columns is None else list(dict.fromkeys(columns))
        opened = self.table(table)
        names = {field.name for field in opened.schema().fields}
        if snapshot is not None:
            found = opened.metadata.snapshot_by_id(self._snapshot(opened, snapshot))
            schema = next(one for one in opened.metadata.schemas if one.schema_id == found.schema_id)
            names = {field.name for field in schema.fields}
        unknown = [column for column in columns or () if column not in names]
        if unknown:
            raise ArgumentError(f"table {table} has no column {', '.join(unknown)}: see .table({table!r}).schema()")
        options: dict[str, Any] = {"selected_fields": ("*",) if columns is None else tuple(columns)}
        if where is not None:
            options["row_filter"] = where
        if snapshot is not None:
            options["snapshot_id"] = self._snapshot(opened, snapshot)
        return opened.scan(**options)

    def table(self, name: str) -> "StaticTable":
        """A table as pyiceberg has it: its schema, its snapshots, its files."""
        from pyiceberg.table import StaticTable

        folder = f"{self.uri}/{name}"
        opened = StaticTable.from_metadata(self._metadata(folder, name), properties=self._options)
        if opened.metadata.location.removeprefix("file://") != folder.removeprefix("file://"):
            place = opened.metadata.location
            raise LakeError(f"{folder} was moved here from {place}: `signals relocate` tells its tables so")
        return opened

    def _metadata(self, folder: str, name: str) -> str:
        files = self._io(folder)
        hint = files.new_input(f"{folder}/metadata/version-hint.text")
        if not hint.exists():
            raise LakeError(f"there is no table {name} in {self.uri}: `signals tables` lists those there are")
        with hint.open() as file:
            version = int(file.read())
        place = f"{folder}/metadata/v{version}.metadata.json"
        # The hint is written after the metadata: there may be a newer version.
        while files.new_input(newer := f"{folder}/metadata/v{version + 1}.metadata.json").exists():
            place, version = newer, version + 1
        return place

    def _io(self, place: str) -> Any:
        from pyiceberg.io import load_file_io

        return load_file_io(self._options, place)

    def _snapshot(self, table: "StaticTable", wanted: int | str | datetime.date) -> int:
        meta = table.metadata
        if isinstance(wanted, datetime.date):
            wanted = _day(wanted, "snapshot").isoformat()
        if not isinstance(wanted, str):
            wanted = int(wanted)
            if meta.snapshot_by_id(wanted) is None:
                raise LakeError(
                    f"table {meta.location} has no snapshot {wanted}: `signals tables --history` lists them"
                )
            return wanted
        if wanted in meta.refs:
            return meta.refs[wanted].snapshot_id
        try:
            end = datetime.datetime.combine(
                datetime.date.fromisoformat(wanted) + datetime.timedelta(days=1), datetime.time(), datetime.UTC
            )
        except ValueError:
            tags = ", ".join(sorted(meta.refs))
            raise ArgumentError(f"snapshot is {wanted!r}: give an id, a date, or one of {tags}") from None
        before = [one for one in meta.snapshots if one.timestamp_ms < end.timestamp() * 1000]
        if not before:
            raise LakeError(f"table {meta.location} has no snapshot of {wanted} or before that is kept")
        return before[-1].snapshot_id

    def _keyed(
        self,
        table: str,
        columns: Sequence[str] | None,
        tickers: Iterable[str] | None,
        start: DateLike | None,
        end: DateLike | None,
        snapshot: int | str | datetime.date | None,
    ) -> "DataScan":
        where = _where("ticker", tickers, start, end)
        return self.scan(table, columns=columns, where=where, snapshot=snapshot)

    def _dataset_scan(
        self,
        columns: Sequence[str] | None,
        tickers: Iterable[str] | None,
        start: DateLike | None,
        end: DateLike | None,
        calendar: str | None,
        snapshot: int | str | datetime.date | None,
    ) -> "DataScan":
        from pyiceberg.expressions import And, EqualTo

        where = _where("numerai_ticker", tickers, start, end)
        if calendar == "weekly":
            where = And(where, EqualTo("weekly", True))
        wanted = None if columns is None else _dataset_columns(columns)
        return self.scan("dataset", columns=wanted, where=where, snapshot=snapshot)

    def _frame(self, scan: "DataScan") -> Any:
        return self._as_kind(_read(scan))

    def _as_kind(self, table: Any) -> Any:
        if self._kind == "pyarrow":
            return table
        if self._kind == "polars":
            return importlib.import_module("polars").from_arrow(table)
        return table.to_pandas(split_blocks=True, self_destruct=True)


def open_lake(uri: str | os.PathLike[str], frame: Kind = "pandas", options: dict[str, str] | None = None) -> Lake:
    """Opens a lake: a folder, or `s3://bucket/prefix`. It reads nothing yet.

    `frame` is the kind of frames it gives: pandas, polars or pyarrow. `options` are pyiceberg's for the store, as
    `{"s3.endpoint": "http://…"}`; keys come from the environment as usual. Needs the extra `lake` (pyiceberg).
    """
    return Lake(os.fspath(uri), frame, options)


def absolute(uri: str) -> str:
    """A lake's place as its tables name it, without a slash at the end."""
    uri = uri.rstrip("/") or "/"
    if "://" in uri:
        return uri
    return os.path.abspath(uri.removeprefix("file:"))


def _read(scan: "DataScan") -> Any:
    table = scan.to_arrow()  # in the order of the table's columns
    return table if scan.selected_fields == ("*",) else table.select(list(scan.selected_fields))


def _dataset_columns(columns: Sequence[str]) -> list[str]:
    keys = ["date", "numerai_ticker"]
    return [*keys, *(c for c in columns if c not in keys)]


def _where(name: str, tickers: Iterable[str] | None, start: DateLike | None, end: DateLike | None) -> Any:
    from pyiceberg.expressions import AlwaysTrue, And, GreaterThanOrEqual, In, LessThan

    where: Any = AlwaysTrue()
    if tickers is not None:
        if isinstance(tickers, str):
            raise ArgumentError(f"tickers is the text {tickers!r}: give a list")
        where = And(where, In(name, set(tickers)))
    if start is not None:
        where = And(where, GreaterThanOrEqual("date", _day(start, "start").isoformat()))
    if end is not None:
        where = And(where, LessThan("date", _day(end, "end").isoformat()))
    return where


def _adjusted(table: Any, extra: Sequence[str]) -> Any:
    import numpy as np
    import pyarrow as pa

    tickers = table["ticker"].combine_chunks().dictionary_encode()
    codes = tickers.indices.to_numpy()
    days = table["date"].cast(pa.int32()).to_numpy()
    factors = table["dividend_factor"].to_numpy()
    order = np.lexsort((days, codes))
    last = np.empty(len(tickers.dictionary))
    last[codes[order]] = factors[order]  # the later of a ticker's rows wins
    for name in _PRICES:
        if name not in table.column_names:
            continue
        place = table.column_names.index(name)
        values = table[name].to_numpy() * factors / last[codes]
        table = table.set_column(place, name, pa.array(values, pa.float64(), from_pandas=True))
    return table.drop_columns(list(extra)) if extra else table
