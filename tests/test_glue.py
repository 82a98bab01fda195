"""`signals publish --glue` against an emulated AWS Glue: what Athena would find there, races, and what goes wrong."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Signals
from emulator import KEYS, REGION, Emulator
from pyiceberg.catalog.glue import GlueCatalog
from test_publish import write_universe

pytestmark = pytest.mark.skipif(
    os.environ.get("SIGNALS_CLOUD") != "1", reason="SIGNALS_CLOUD is not 1 (make test-cloud installs ministack)"
)
DATABASE = "signals_test"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    one = Emulator(tmp_path_factory.mktemp("ministack"))
    one.client("glue").create_database(DatabaseInput={"Name": DATABASE})
    yield one
    one.close()


class CloudSignals(Signals):
    """Runs `signals` with a lake in a bucket of the emulator."""

    def __init__(self, folder, emulator: Emulator, bucket: str):
        super().__init__(folder)
        self.emulator = emulator
        self.lake = f"s3://{bucket}/lake"
        emulator.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )

    def run(self, *arguments, env=None, **options):
        environment = self.emulator.environment() | {"SIGNALS_LAKE": self.lake} | (env or {})
        return super().run(*arguments, env=environment, **options)

    def entries(self) -> dict[str, dict]:
        tables = self.emulator.client("glue").get_tables(DatabaseName=DATABASE)["TableList"]
        return {table["Name"]: table for table in tables}

    def opened(self, table: str):
        """The table as pyiceberg finds it by its name in Glue."""
        url, (key, secret) = self.emulator.url, list(KEYS.values())[:2]
        places = {f"{service}.endpoint": url for service in ("glue", "s3")}
        keys = {"client.access-key-id": key, "client.secret-access-key": secret, "client.region": REGION}
        return GlueCatalog("glue", **places, **keys).load_table(f"{DATABASE}.{table}")

    def publish(self, *arguments, **options):
        features = ["--features", "features_volume", "--universe", "universe.csv", "--daily-since", "2022-10-17"]
        return self.run("publish", *features, *arguments, **options)


@pytest.fixture(scope="module")
def published(emulator, simulator, tmp_path_factory):
    """A small lake with a data set, in a bucket; not in Glue yet."""
    signals = CloudSignals(tmp_path_factory.mktemp("glue"), emulator, "glue-lake")
    tickers = simulator.tickers()[:6]
    asked = [f"--ticker={ticker}" for ticker in tickers]
    signals.run("load", "--start", "2022-08-01", *asked, *simulator.load_options())
    signals.run("transform", "--cmd", "volume")
    write_universe(signals, tickers, ["2022-10-14", "2022-10-21"])
    signals.publish()
    return signals


@pytest.fixture
def signals(published):
    """The same with an empty database."""
    for name in published.entries():
        published.emulator.client("glue").delete_table(DatabaseName=DATABASE, Name=name)
    return published


def newest(signals) -> dict[str, str]:
    """The newest metadata file of each table, as the bucket has them."""
    bucket, prefix = signals.lake.removeprefix("s3://").split("/", 1)
    pages = signals.emulator.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found: dict[str, int] = {}
    for page in pages:
        for one in page["Contents"]:
            parts = one["Key"].split("/")
            if parts[-1].endswith(".metadata.json"):
                found[parts[1]] = max(found.get(parts[1], 0), int(parts[-1].split(".")[0].removeprefix("v")))
    return {name: f"{signals.lake}/{name}/metadata/v{version}.metadata.json" for name, version in found.items()}


def test_every_table_is_found_by_its_name(signals):
    report = signals.json("publish", "--features", "features_volume", "--universe", "universe.csv",
                          "--daily-since", "2022-10-17", env={"SIGNALS_GLUE": DATABASE})  # fmt: skip
    tables = {one["table"]: one for one in signals.json("tables")}
    assert report["glue"] == {"database": DATABASE, "tables": len(tables), "changed": len(tables)}
    entries = signals.entries()
    assert {"prices", "features_volume", "dataset", "runs"} <= set(entries) == set(tables)
    places = newest(signals)
    for name, entry in entries.items():
        assert entry["TableType"] == "EXTERNAL_TABLE"
        assert entry["Parameters"] == {"table_type": "ICEBERG", "metadata_location": places[name]}
        table = signals.opened(name)
        assert table.scan().count() == tables[name]["rows"]
        columns = entry["StorageDescriptor"]["Columns"]
        assert [column["Name"] for column in columns] == table.schema().column_names
    types = {column["Name"]: column["Type"] for column in entries["prices"]["StorageDescriptor"]["Columns"]}
    assert (types["date"], types["close"], types["volume"], types["fetched_at"]) == (
        "date",
        "double",
        "bigint",
        "timestamp",
    )


def test_again_changes_nothing_and_a_commit_moves_it_on(signals):
    first = signals.publish("--glue", DATABASE).stdout
    assert "entered anew" in first
    before = signals.entries()
    signals.publish("--glue", DATABASE)
    assert {name: one["VersionId"] for name, one in signals.entries().items()} == {
        name: one["VersionId"] for name, one in before.items()
    }
    signals.publish("--force", "--glue", DATABASE)
    after = signals.entries()["dataset"]["Parameters"]
    assert after["metadata_location"] == newest(signals)["dataset"]
    assert after["previous_metadata_location"] == before["dataset"]["Parameters"]["metadata_location"]


def test_many_at_once_agree(signals):
    """Tables that several create and move on at the same time end up at their newest state, and nobody fails."""
    with ThreadPoolExecutor(6) as pool:
        runs = [pool.submit(signals.publish, "--glue", DATABASE, *(["--force"] if i < 2 else [])) for i in range(6)]
        for run in runs:
            run.result()
    signals.publish("--glue", DATABASE)
    entries = signals.entries()
    assert {name: one["Parameters"]["metadata_location"] for name, one in entries.items()} == newest(signals)


def test_what_goes_wrong_leaves_the_lake_as_it_was(signals, tmp_path):
    before = newest(signals)
    gone = signals.publish("--glue", "nowhere", expect=1)
    assert "E4011" in gone.stderr
    assert "has no such database" in gone.stderr
    assert "published already" in gone.stdout, "what was done is told all the same"
    down = signals.publish("--glue", DATABASE, env={"AWS_ENDPOINT_URL_GLUE": "http://127.0.0.1:9"}, expect=4)
    assert "E3001" in down.stderr
    assert newest(signals) == before
    assert not signals.entries()
    local = Signals(tmp_path).run("publish", "--glue", DATABASE, expect=2)
    assert "AWS Glue holds tables of s3:// lakes" in local.stderr
