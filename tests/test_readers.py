"""The files of a table, read by the engines that our users have."""

import json
import subprocess
import sys

import pandas as pd
import polars as pl
import pytest
from test_load import tickers

DUCKDB = """
import duckdb, json, sys
files = json.loads(sys.argv[1])
rows = duckdb.sql("select count(*), sum(close), min(date)::varchar, max(fetched_at) is not null "
                  "from read_parquet($f)", params={"f": files}).fetchone()
names = [c[0] for c in duckdb.sql("describe select * from read_parquet($f)", params={"f": files}).fetchall()]
print(json.dumps([list(rows), names]))
"""


@pytest.fixture
def loaded(signals, simulator):
    signals.run("load", "--start", "2021-06-01", *tickers(simulator)[:11], *simulator.load_options())
    signals.run("transform", "--cmd", "volume", "--lags", "2")
    return signals


def columns_of(signals, table: str) -> list[str]:
    tables = {one["table"]: one for one in signals.json("tables")}
    return [column["name"] for column in tables[table]["schema"]]


def test_pandas_polars_and_duckdb_agree(loaded):
    files = loaded.files("prices")
    frame = pd.concat(pd.read_parquet(path) for path in files)
    lazy = pl.scan_parquet(files)
    total = lazy.select(pl.len(), pl.col("close").sum(), pl.col("date").min()).collect().row(0)
    done = subprocess.run([sys.executable, "-c", DUCKDB, json.dumps(files)], capture_output=True, text=True, check=True)
    (rows, close, first, fetched), names = json.loads(done.stdout)

    wanted = columns_of(loaded, "prices")
    assert list(frame.columns) == wanted == lazy.collect_schema().names() == names
    assert len(frame) == total[0] == rows == loaded.json("status")["bars"]
    assert frame["close"].sum() == pytest.approx(total[1]) == pytest.approx(close)
    assert str(frame["date"].min()) == str(total[2]) == first
    assert fetched


def test_features_carry_no_surprises(loaded):
    """No index, no dictionary types, no partition columns, nulls for what is unknown."""
    frame = pl.scan_parquet(loaded.files("features_volume")).collect()
    assert frame.columns == columns_of(loaded, "features_volume")
    assert frame.schema["ticker"] == pl.String
    assert frame.schema["date"] == pl.Date
    assert set(frame.dtypes[2:]) == {pl.Float32}
    assert not frame.select(pl.col(pl.Float32).is_nan().any()).row(0).count(True)
    assert frame.select(pl.struct("ticker", "date").is_unique().all()).item()


def test_buckets_are_icebergs(loaded):
    """bucket[16](ticker) by an independent murmur3: engines prune by it."""

    def murmur3(text: str) -> int:
        data, mask, value = text.encode(), 0xFFFFFFFF, 0

        def rotated(x, by):
            return ((x << by) | (x >> (32 - by))) & mask

        def mixed(k):
            return rotated(k * 0xCC9E2D51 & mask, 15) * 0x1B873593 & mask

        whole = len(data) // 4 * 4
        for at in range(0, whole, 4):
            value = rotated(value ^ mixed(int.from_bytes(data[at : at + 4], "little")), 13)
            value = (value * 5 + 0xE6546B64) & mask
        value ^= mixed(int.from_bytes(data[whole:], "little")) ^ len(data)
        for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
            value = (value ^ (value >> shift)) * factor & mask
        return value ^ (value >> 16)

    for path in loaded.files("prices"):
        frame = pd.read_parquet(path)
        year, bucket = path.split("/data/")[1].split("/")[:2]
        assert {(murmur3(t) & 0x7FFFFFFF) % 16 for t in frame["ticker"]} == {int(bucket)}
        assert {d.year for d in frame["date"]} == {int(year)}
        assert frame.sort_values(["ticker", "date"]).equals(frame)
