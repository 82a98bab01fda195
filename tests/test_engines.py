"""DuckDB, polars and pyiceberg read every table, now and at every snapshot, and agree with our own list of files.

Then what writers of Iceberg tables get wrong so that a reader fails or, worse, lies: a test for each.
"""

import datetime
import json
import os
import shutil
import struct
import subprocess
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from conftest import Signals, Simulator
from test_load import tickers
from test_resolve import market

os.environ.setdefault("POLARS_ICEBERG_PLANNER", "pyiceberg")
import polars as pl  # noqa: E402
from pyiceberg.avro.file import AvroFile  # noqa: E402
from pyiceberg.io.pyarrow import PyArrowFileIO  # noqa: E402
from pyiceberg.table import StaticTable  # noqa: E402
from pyiceberg.transforms import BucketTransform, YearTransform  # noqa: E402
from pyiceberg.types import DateType, StringType  # noqa: E402

TABLES = ["features_volume", "mapping", "prices", "quality", "restatements", "runs", "symbols", "universe"]

# In a process of its own: DuckDB and pyarrow do not get along in one.
DUCKDB = """
import duckdb, duckdb_extension_avro, duckdb_extension_iceberg, glob, json, os, sys
connection = duckdb.connect()
for package in (duckdb_extension_avro, duckdb_extension_iceberg):
    found = glob.glob(os.path.dirname(package.__file__) + "/extensions/*/*.duckdb_extension")
    connection.execute(f"load '{found[0]}'")
connection.execute("set timezone = 'UTC'")
def scan(place, snapshot=None):
    at = "" if snapshot is None else f", snapshot_from_id = {snapshot}"
    place = place.replace("'", "''")
    return f"iceberg_scan('{place}'{at})"
answers = []
for question in json.load(sys.stdin):
    sql = question["sql"].replace("$t", scan(*question["table"]))
    answers.append(connection.execute(sql).fetchall())
print(json.dumps(answers, default=str))
"""


def duckdb(questions: list[dict]) -> list:
    done = subprocess.run(
        [sys.executable, "-c", DUCKDB], input=json.dumps(questions), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def metadata_path(signals, table: str) -> str:
    folder = signals.lake / table / "metadata"
    return str(folder / f"v{(folder / 'version-hint.text').read_text()}.metadata.json")


def metadata(signals, table: str) -> dict:
    with open(metadata_path(signals, table)) as file:
        return json.load(file)


def ours(signals, table: str, snapshot=None) -> pa.Table:
    option = [] if snapshot is None else ["--snapshot", str(snapshot)]
    files = signals.run("files", table, "--quiet", *option).stdout.splitlines()
    return pq.ParquetDataset(files, partitioning=None).read()


def rows(table: pa.Table) -> list[tuple]:
    """Rows in an order of their own, whatever the engine's."""
    return sorted(zip(*(column.to_pylist() for column in table.columns), strict=True), key=repr)


def history(signals, table: str) -> list[dict]:
    return next(one for one in signals.json("tables", "--history") if one["table"] == table)["snapshots"]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """Three days of a small market with a split, its universe, its features: several snapshots of every table."""
    signals = Signals(tmp_path_factory.mktemp("engines"))
    split = ["--split", "SAAA:2022-10-21:4"]
    for now in ("2022-10-19T23:30:00Z", "2022-10-20T23:30:00Z", "2022-10-21T23:30:00Z"):
        simulator = Simulator(now=now, tickers=22, events=split if now > "2022-10-21" else [])
        try:
            market(simulator, signals.folder / "u.csv")
            signals.run("resolve", "--universe", "u.csv", *simulator.load_options(), now=now)
            names = tickers(simulator)
            signals.run("load", "--since", "2021-11-01", *names, *simulator.load_options(), now=now)
            signals.run("transform", "--cmd", "volume", "--lags", "2", now=now)
        finally:
            simulator.close()
    return signals


@pytest.mark.parametrize("table", TABLES)
def test_every_engine_reads_every_snapshot(lake, table):
    snapshots = [one["snapshot"] for one in history(lake, table)]
    assert len(snapshots) >= (2 if table in ("features_volume", "prices", "runs", "symbols") else 1)
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
        # Sums of whole numbers and lengths, which no order of adding changes.
        first = expected.column_names[0]
        questions.append(
            {
                "table": [place, snapshot],
                "sql": f'select count(*), sum(hash("{first}"::varchar)::hugeint)::varchar from $t',
            }
        )
        listed = lake.run("files", table, "--quiet", *(["--snapshot", snapshot] if snapshot else [])).stdout.split()
        questions.append(
            {"table": [place, snapshot], "sql": questions[-1]["sql"].replace("$t", f"read_parquet({listed})")}
        )
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
    iceberg = StaticTable.from_metadata(metadata_path(lake, "prices"))
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
    inspected = StaticTable.from_metadata(metadata_path(lake, "prices")).inspect.snapshots()
    assert inspected["operation"].to_pylist() == [one["operation"] for one in summaries]


def manifest_entries(lake, table: str):
    """All live entries of the current snapshot, as pyiceberg reads the manifests."""
    iceberg = StaticTable.from_metadata(metadata_path(lake, table))
    for manifest in iceberg.current_snapshot().manifests(iceberg.io):
        for entry in manifest.fetch_manifest_entry(iceberg.io, discard_deleted=True):
            yield iceberg, manifest, entry


@pytest.mark.parametrize("table", TABLES)
def test_files_are_what_the_manifests_say(lake, table):
    """Counts, sizes, field ids and their types: wrong ones fail in Spark and lie everywhere else."""
    for iceberg, _, entry in manifest_entries(lake, table):
        path = entry.data_file.file_path
        file = pq.ParquetFile(path)
        assert entry.data_file.record_count == file.metadata.num_rows
        assert entry.data_file.file_size_in_bytes == os.path.getsize(path)
        ids = {field.name: int(field.metadata[b"PARQUET:field_id"]) for field in file.schema_arrow}
        assert ids == {field.name: field.field_id for field in iceberg.schema().fields}
        for i, field in enumerate(file.schema_arrow):
            if pa.types.is_timestamp(field.type):
                assert field.type == pa.timestamp("us", tz="UTC")
            for group in range(file.metadata.num_row_groups):
                column = file.metadata.row_group(group).column(i)
                if not pa.types.is_floating(field.type):
                    assert "BYTE_STREAM_SPLIT" not in column.encodings, "DuckDB refuses it"


@pytest.mark.parametrize("table", TABLES)
def test_partitions_and_bounds_hold(lake, table):
    """Against the rows themselves and pyiceberg's own transforms: a wrong bound or bucket hides rows silently."""
    bounded = 0
    for iceberg, _, entry in manifest_entries(lake, table):
        data = pq.read_table(entry.data_file.file_path, partitioning=None)
        for place, field in enumerate(iceberg.spec().fields):
            source = iceberg.schema().find_field(field.source_id)
            apply = field.transform.transform(source.field_type)
            values = {apply(stored(value, source.field_type)) for value in data[source.name].to_pylist()}
            assert values == {entry.data_file.partition[place]}
        for field in iceberg.schema().fields:
            values = data[field.name]
            if field.field_id not in (entry.data_file.value_counts or {}):
                assert str(field.field_type) == "float"
                assert len(iceberg.schema().fields) > 32
                continue
            assert entry.data_file.value_counts[field.field_id] == len(values)
            assert entry.data_file.null_value_counts[field.field_id] == values.null_count
            if values.null_count == len(values):
                assert field.field_id not in entry.data_file.lower_bounds
                continue
            low = decoded(entry.data_file.lower_bounds[field.field_id], field.field_type)
            high = decoded(entry.data_file.upper_bounds[field.field_id], field.field_type)
            known = [stored(value, field.field_type) for value in values.drop_null().to_pylist()]
            if isinstance(field.field_type, StringType):
                assert low == min(known).encode()[: len(low)]
                assert high >= max(known).encode()
                assert len(high.decode()) <= 16
            else:
                assert (low, high) == (min(known), max(known))
            bounded += 1
    assert bounded > 0


def stored(value, kind):
    """A value as Iceberg counts it: days and microseconds since 1970."""
    if isinstance(value, datetime.datetime):
        return (
            round(value.timestamp()) * 10**6 + value.microsecond
            if value.microsecond
            else int(value.timestamp()) * 10**6
        )
    if isinstance(kind, DateType):
        return (value - datetime.date(1970, 1, 1)).days
    return value


def decoded(bound: bytes, kind):
    form = {"date": "<i", "long": "<q", "timestamptz": "<q", "double": "<d", "float": "<f", "boolean": "<?"}
    return bound if isinstance(kind, StringType) else struct.unpack(form[str(kind)], bound)[0]


def test_transforms_are_icebergs(lake):
    spec = StaticTable.from_metadata(metadata_path(lake, "prices")).spec()
    assert [(f.name, f.transform) for f in spec.fields] == [
        ("date_year", YearTransform()),
        ("ticker_bucket", BucketTransform(16)),
    ]
    order = StaticTable.from_metadata(metadata_path(lake, "prices")).sort_order()
    assert [field.source_id for field in order.fields] == [1, 2]


@pytest.mark.parametrize("table", TABLES)
def test_metadata_has_all_that_readers_ask_for(lake, table):
    """Each of these, left out, makes one reader or more fail; a snapshot without schema-id crashes DuckDB."""
    now = metadata(lake, table)
    place = str(lake.lake / table)
    assert now["location"] == place  # absolute, without a slash at its end
    assert now["format-version"] == 2
    wanted = {"table-uuid", "last-sequence-number", "last-updated-ms", "last-column-id", "current-schema-id", "schemas",
              "default-spec-id", "partition-specs", "last-partition-id", "default-sort-order-id", "sort-orders",
              "properties", "current-snapshot-id", "refs", "snapshots", "snapshot-log", "metadata-log"}  # fmt: skip
    assert wanted <= now.keys()
    stamps = [one["timestamp-ms"] for one in now["snapshots"]]
    assert stamps == sorted(stamps)
    assert now["last-updated-ms"] >= stamps[-1]
    assert now["snapshot-log"][-1]["snapshot-id"] == now["current-snapshot-id"] == now["snapshots"][-1]["snapshot-id"]
    for one in now["snapshots"]:
        assert one["schema-id"] in {schema["schema-id"] for schema in now["schemas"]}
        assert one["manifest-list"].startswith(f"{place}/metadata/snap-")
        assert one["summary"]["operation"] in {"append", "overwrite", "delete"}
    for one in now["metadata-log"]:
        assert os.path.exists(one["metadata-file"])


def avro_header(path: str) -> tuple[dict, dict]:
    with AvroFile(PyArrowFileIO().new_input(path)) as file:
        meta = dict(file.header.meta)
    return json.loads(meta["avro.schema"]), meta


def test_avro_schemas_carry_ids_and_logical_types(lake):
    """Without field-id, element-id or the logical type of a map most readers fail."""
    iceberg = StaticTable.from_metadata(metadata_path(lake, "prices"))

    def check(node):
        if isinstance(node, list):
            for one in node:
                check(one)
        elif isinstance(node, dict):
            for field in node.get("fields", []):
                assert isinstance(field["field-id"], int)
                if isinstance(field["type"], list):
                    assert field["default"] is None
                check(field["type"])
            if node.get("type") == "array":
                assert node.get("logicalType") == "map" or isinstance(node["element-id"], int)
                check(node["items"])

    for manifest in iceberg.current_snapshot().manifests(iceberg.io):
        assert manifest.manifest_length == os.path.getsize(manifest.manifest_path)
        schema, meta = avro_header(manifest.manifest_path)
        check(schema)
        assert {
            "schema",
            "schema-id",
            "partition-spec",
            "partition-spec-id",
            "format-version",
            "content",
        } <= meta.keys()
    schema, meta = avro_header(iceberg.current_snapshot().manifest_list)
    check(schema)
    assert meta["sequence-number"] == str(iceberg.metadata.last_sequence_number)


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
        StaticTable.from_metadata(metadata_path(moved, "prices")).scan().to_arrow()


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
        assert rows(StaticTable.from_metadata(metadata_path(moved, table)).scan().to_arrow()) == before[table]
        on_disk = {str(path) for path in (moved.lake / table / "data").rglob("*.parquet")}
        needed = {path for one in history(moved, table)
                  for path in moved.run("files", table, "--snapshot", one["snapshot"]).stdout.splitlines()}  # fmt: skip
        assert on_disk == needed
    made_of = history(moved, "features_volume")[-1]["summary"]["source-snapshot"]
    assert int(made_of) in [one["snapshot"] for one in history(moved, "prices")]
    again = moved.json("vacuum", now="2100-01-01")
    assert all(one["forgotten"] == one["removed_files"] == 0 for one in again)
    assert "up to date" in moved.run("transform", "--cmd", "volume", "--lags", "2").stdout
