"""What writers of Iceberg tables get wrong, so that a reader fails or, worse, lies: a test for each."""

import datetime
import json
import os
import struct

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from iceberg import TABLES, metadata, opened
from pyiceberg.avro.file import AvroFile
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.transforms import BucketTransform, YearTransform
from pyiceberg.types import DateType, StringType


def manifest_entries(lake, table: str):
    """All live entries of the current snapshot, as pyiceberg reads the manifests."""
    iceberg = opened(lake, table)
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
    form = {
        "date": "<i",
        "int": "<i",
        "long": "<q",
        "timestamptz": "<q",
        "double": "<d",
        "float": "<f",
        "boolean": "<?",
    }
    return bound if isinstance(kind, StringType) else struct.unpack(form[str(kind)], bound)[0]


def test_transforms_are_icebergs(lake):
    spec = opened(lake, "prices").spec()
    assert [(f.name, f.transform) for f in spec.fields] == [
        ("date_year", YearTransform()),
        ("ticker_bucket", BucketTransform(16)),
    ]
    order = opened(lake, "prices").sort_order()
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
    iceberg = opened(lake, "prices")

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
