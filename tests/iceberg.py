"""What the tests of the Iceberg tables share: a lake with several snapshots of every table, and ways to read it."""

import json
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
from conftest import Signals, Simulator
from pyiceberg.table import StaticTable
from test_load import tickers
from test_resolve import market

os.environ.setdefault("POLARS_ICEBERG_PLANNER", "pyiceberg")

TABLES = ["dataset", "features_volume", "mapping", "prices", "quality", "restatements", "runs", "symbols", "universe"]

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


def opened(signals, table: str) -> StaticTable:
    return StaticTable.from_metadata(metadata_path(signals, table))


def history(signals, table: str) -> list[dict]:
    return next(one for one in signals.json("tables", "--history") if one["table"] == table)["snapshots"]


def build_lake(folder) -> Signals:
    """Three days of a small market with a split, and all that is made of it: several snapshots of every table."""
    signals = Signals(folder)
    split = ["--split", "SAAA:2022-10-21:4"]
    for now in ("2022-10-19T23:30:00Z", "2022-10-20T23:30:00Z", "2022-10-21T23:30:00Z"):
        simulator = Simulator(now=now, tickers=22, events=split if now > "2022-10-21" else [])
        try:
            market(simulator, signals.folder / "u.csv")
            signals.run("resolve", "--universe", "u.csv", *simulator.load_options(), now=now)
            names = tickers(simulator)
            signals.run("load", "--since", "2021-11-01", *names, *simulator.load_options(), now=now)
            signals.run("transform", "--cmd", "volume", "--lags", "2", now=now)
            signals.run("publish", "--features", "features_volume", "--daily-since", "2022-10-03", now=now)
        finally:
            simulator.close()
    return signals
