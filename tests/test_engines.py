"""DuckDB, polars and pyiceberg read every table, now and at every snapshot, and agree with our own list of files."""

import datetime
import os
import shutil

import polars as pl
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from conftest import Signals
from iceberg import TABLES, duckdb, history, metadata, metadata_path, opened, ours, rows
from pyiceberg.table import StaticTable
from test_load import tickers


@pytest.mark.parametrize("table", TABLES)
def test_every_engine_reads_every_snapshot(lake, table):
    snapshots = [one["snapshot"] for one in history(lake, table)]
    assert len(snapshots) >= (2 if table in ("dataset", "features_volume", "prices", "runs", "symbols") else 1)
    place = metadata_path(lake, table)
    iceberg = StaticTable.from_metadata(place)
    questions = []
    for snapshot in [None, *snapshots]:
        expected = ours(lake, table, snapshot)
        read = iceberg.scan(snapshot_id=snapshot).to_arrow()
        assert read.column_names == expected.column_names
        assert rows(read) == rows(expected), snapshot
        frame = pl.scan_iceberg(place, snapshot_id=snapshot).collect()
        assert frame.columns == expected.column_names
        assert rows(frame.to_arrow().cast(read.schema)) == rows(expected), snapshot
        # Hashes of whole rows, added up: the same in any order.
        sql = "select count(*), sum(hash(row)::hugeint)::varchar from (select t as row from $t t)"
        listed = lake.run("files", table, "--quiet", *(["--snapshot", snapshot] if snapshot else [])).stdout.split()
        questions.append({"table": [place, snapshot], "sql": sql})
        questions.append({"table": [place, snapshot], "sql": sql.replace("$t", f"read_parquet({listed})")})
    answers = duckdb(questions)
    assert answers[0::2] == answers[1::2]
    assert answers[0][0][0] == ours(lake, table).num_rows


def test_values_agree_to_the_bit(lake):
    place = metadata_path(lake, "prices")
    by_iceberg = duckdb([{"table": [place], "sql": "select * exclude (fetched_at) from $t order by ticker, date"}])[0]
    expected = ours(lake, "prices").sort_by([("ticker", "ascending"), ("date", "ascending")])
    expected = expected.drop_columns("fetched_at")
    columns = [column.to_pylist() for column in expected.columns]
    assert [
        [str(v) if isinstance(v, datetime.date) else v for v in row] for row in zip(*columns, strict=True)
    ] == by_iceberg


def test_filters_find_the_rows_and_read_few_files(lake):
    expected = ours(lake, "prices")
    iceberg = opened(lake, "prices")
    every = len(list(iceberg.scan().plan_files()))
    for ticker in pc.unique(expected["ticker"]).to_pylist()[:12]:
        scan = iceberg.scan(row_filter=f"ticker = '{ticker}' and date >= '2022-01-01'")
        wanted = expected.filter((pc.field("ticker") == ticker) & (pc.field("date") >= datetime.date(2022, 1, 1)))
        assert rows(scan.to_arrow()) == rows(wanted)
        assert len(list(scan.plan_files())) == 1 < every
    place = metadata_path(lake, "prices")
    last = duckdb([{"table": [place], "sql": "select count(*) from $t where date >= date '2022-10-21'"}])[0][0][0]
    assert last == expected.filter(pc.field("date") >= datetime.date(2022, 10, 21)).num_rows > 0


def test_duckdb_opens_the_folder(lake):
    """By version-hint.text, which holds digits and nothing else, and names the newest version."""
    folder = lake.lake / "prices"
    answer = duckdb([{"table": [str(folder)], "sql": "select count(*) from $t"}])
    assert answer == [[[ours(lake, "prices").num_rows]]]
    hint = (folder / "metadata" / "version-hint.text").read_text()
    assert hint.isdigit()
    assert int(hint) == lake.versions("prices")


def test_snapshots_say_what_they_did(lake):
    snapshots = history(lake, "prices")
    summaries = [one["summary"] for one in snapshots]
    assert summaries[0]["operation"] == "append"
    assert "overwrite" in {one["operation"] for one in summaries[1:]}
    assert {one["command"] for one in summaries} == {"load"}
    total = 0
    for one in summaries:
        assert {"run-id", "version", "added-data-files", "total-data-files", "total-files-size"} <= one.keys()
        total += int(one["added-records"]) - int(one["deleted-records"])
        assert total == int(one["total-records"])
    assert len({one["run-id"] for one in summaries}) == 3  # of the three days
    last = summaries[-1]
    assert int(last["total-records"]) == ours(lake, "prices").num_rows
    made_of = history(lake, "features_volume")[-1]["summary"]
    assert made_of["source-uuid"] == metadata(lake, "prices")["table-uuid"]
    inspected = opened(lake, "prices").inspect.snapshots()
    assert inspected["operation"].to_pylist() == [one["operation"] for one in summaries]


@pytest.mark.parametrize("name", ["lake/", "a b=^%20+ü'[x]"])
def test_odd_places(tmp_path, simulator, name):
    """Names go into the metadata as they are, without a slash at the end; every engine finds the files."""
    signals = Signals(tmp_path)
    signals.lake = tmp_path / name
    run = ["--lake", f"{tmp_path}/{name}"]
    signals.run("load", "--start", "2022-10-03", *tickers(simulator)[:5], *simulator.load_options(), *run)
    files = signals.run("files", "prices", *run).stdout.splitlines()
    count = sum(pq.ParquetFile(path).metadata.num_rows for path in files)
    place = metadata_path(signals, "prices")
    assert StaticTable.from_metadata(place).scan().to_arrow().num_rows == count
    assert pl.scan_iceberg(place).collect().height == count
    assert duckdb([{"table": [place], "sql": "select count(*) from $t"}]) == [[[count]]]


def test_a_place_whose_name_is_no_text(signals, simulator):
    """The metadata could not name it, and no engine would find it."""
    place = os.fsdecode(b"l\xff")
    load = ["load", "--ticker", "SAAA", *simulator.load_options(), "--lake", place, "--quiet"]
    done = signals.run(*load, expect=1, errors="replace")
    assert "E4003" in done.stderr
    assert "must be UTF-8" in done.stderr


@pytest.fixture
def moved(lake, tmp_path):
    """The lake at another place than its metadata says, where nothing is any more."""
    signals = Signals(tmp_path)
    shutil.copytree(lake.lake, tmp_path / "first")
    signals.run("relocate", "--lake", str(tmp_path / "first"))
    (tmp_path / "first").rename(signals.lake)
    return signals


def test_a_moved_lake_works_with_one_warning(moved, lake):
    done = moved.run("status")
    assert done.stderr.count("was moved or copied here") == 1
    for table in TABLES:
        assert rows(ours(moved, table)) == rows(ours(lake, table))
    with pytest.raises(FileNotFoundError):
        opened(moved, "prices").scan().to_arrow()


@pytest.mark.long
def test_relocate_says_where_a_moved_lake_is(moved, lake):
    before = {table: [one["snapshot"] for one in history(moved, table)] for table in TABLES}
    assert moved.json("relocate")["relocated"] == TABLES
    assert moved.json("relocate")["relocated"] == []
    assert "moved" not in moved.run("status").stderr
    for table in TABLES:
        assert [one["snapshot"] for one in history(moved, table)] == before[table]
        place = metadata_path(moved, table)
        for snapshot in [None, *before[table]]:
            read = StaticTable.from_metadata(place).scan(snapshot_id=snapshot).to_arrow()
            assert rows(read) == rows(ours(lake, table, snapshot))
    count = duckdb([{"table": [metadata_path(moved, "prices")], "sql": "select count(*) from $t"}])
    assert count == [[[ours(lake, "prices").num_rows]]]


def test_the_next_commit_of_a_moved_lake_says_where_it_is(moved):
    moved.run("transform", "--cmd", "volume", "--lags", "1", "--reload")
    snapshots = [one["snapshot"] for one in history(moved, "features_volume")]
    place = metadata_path(moved, "features_volume")
    for snapshot in snapshots:
        read = StaticTable.from_metadata(place).scan(snapshot_id=snapshot).to_arrow()
        assert rows(read) == rows(ours(moved, "features_volume", snapshot))
    assert "was moved or copied here" in moved.run("status").stderr  # the other tables still say otherwise


def test_other_columns_leave_old_snapshots_as_they_were(moved):
    """`--reload` with other lags: ids of columns that went are not used again, older snapshots keep theirs."""
    old = ours(moved, "features_volume")
    snapshot = history(moved, "features_volume")[-1]["snapshot"]
    moved.run("transform", "--cmd", "volume", "--lags", "1,3", "--reload")
    place = metadata_path(moved, "features_volume")
    iceberg = StaticTable.from_metadata(place)
    before, after = (
        {field.name: field.field_id for field in schema.fields}
        for schema in (iceberg.schemas()[iceberg.snapshot_by_id(snapshot).schema_id], iceberg.schema())
    )
    assert all(after[name] == number for name, number in before.items() if name in after)
    gone = {number for name, number in before.items() if name not in after}
    assert gone
    assert not gone & set(after.values())
    assert rows(iceberg.scan(snapshot_id=snapshot).to_arrow()) == rows(old)
    assert rows(pl.scan_iceberg(place, snapshot_id=snapshot).collect().to_arrow().cast(old.schema)) == rows(old)
    now = ours(moved, "features_volume")
    assert rows(iceberg.scan().to_arrow()) == rows(now)
    names = ", ".join(f'count("{name}")' for name in now.column_names)
    counts = duckdb([{"table": [place], "sql": f"select {names} from $t"}])[0][0]
    assert counts == [len(column) - column.null_count for column in now.columns]


def test_snapshot_by_number_and_date(lake):
    first = history(lake, "prices")[0]
    assert lake.run("files", "prices", "--snapshot", "2022-10-20").stdout != lake.run("files", "prices").stdout
    then = lake.json("status", "--snapshot", "2022-10-20")
    assert then["last_session"] == "2022-10-20"
    assert then["last_load"]["at"] == "2022-10-20T23:30:00Z"
    tables = {one["table"]: one for one in lake.json("tables", "--snapshot", "2022-10-20")}
    assert tables["prices"]["rows"] == then["bars"] < lake.json("status")["bars"]
    assert len(lake.files("prices")) >= len(lake.run("files", "prices", "--snapshot", first["snapshot"]).stdout.split())
    assert "E4008" in lake.run("files", "prices", "--snapshot", "2022-10-18", expect=1).stderr
    assert "E1004" in lake.run("files", "prices", "--snapshot", "some day", expect=2).stderr


def test_vacuum_keeps_what_engines_may_read(moved, lake):
    """Far in the future everything is old: only current snapshots stay, and what features were made of."""
    moved.run("relocate")
    before = {table: rows(ours(moved, table)) for table in TABLES}
    report = {one["table"]: one for one in moved.json("vacuum", "--keep", "7", now="2100-01-01")}
    assert report["prices"]["forgotten"] > 0
    assert report["prices"]["removed_bytes"] > 0
    for table in TABLES:
        assert rows(ours(moved, table)) == before[table]
        assert rows(opened(moved, table).scan().to_arrow()) == before[table]
        on_disk = {str(path) for path in (moved.lake / table / "data").rglob("*.parquet")}
        needed = {path for one in history(moved, table)
                  for path in moved.run("files", table, "--snapshot", one["snapshot"]).stdout.splitlines()}  # fmt: skip
        assert on_disk == needed
    made_of = history(moved, "features_volume")[-1]["summary"]["source-snapshot"]
    assert int(made_of) in [one["snapshot"] for one in history(moved, "prices")]
    again = moved.json("vacuum", now="2100-01-01")
    assert all(one["forgotten"] == one["removed_files"] == 0 for one in again)
    assert "up to date" in moved.run("transform", "--cmd", "volume", "--lags", "2").stdout
