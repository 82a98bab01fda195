"""Spark reads every table of a lake at every snapshot, and computes the features bit for bit as we do elsewhere.

They run in `make check`. SIGNALS_SPARK_JAR names Iceberg's runtime for Spark, which `tools/setup.sh check` fetches to
build/tools; without it these tests are skipped.
"""

import datetime
import doctest
import inspect
import os
import re
import shutil
import subprocess
import sys
import typing
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from conftest import ROOT, Signals
from iceberg import TABLES, duckdb, history, ours, rows
from pyiceberg.table import StaticTable

import numerai_signals as ns

JAR = os.environ.get("SIGNALS_SPARK_JAR", "")
pytestmark = pytest.mark.skipif(not JAR, reason="SIGNALS_SPARK_JAR names no jar of Iceberg (make check fetches it)")


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """Spark in one process, two tasks at a time. Tests name its catalogs with `catalog`."""
    sql = pytest.importorskip("pyspark.sql")
    folder = tmp_path_factory.mktemp("spark")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = ns.spark.lake_options(folder / "unused", "unused") | {
        "spark.jars": JAR,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",  # it lives for a minute
        "spark.local.dir": str(folder / "local"),
        "spark.log.level": "OFF",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    del settings["spark.jars.packages"]
    builder = sql.SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def catalog(spark, uri, name: str):
    for setting, value in ns.spark.lake_options(uri, name).items():
        if setting.startswith("spark.sql.catalog"):
            spark.conf.set(setting, value)


@pytest.fixture(scope="module")
def own(lake, tmp_path_factory):
    """A copy of the shared lake, to which a test may add."""
    signals = Signals(tmp_path_factory.mktemp("own"), now="2022-10-21T23:30:00Z")
    shutil.copytree(lake.lake, signals.lake)
    signals.run("relocate")
    return signals


@pytest.mark.parametrize("table", TABLES)
def test_spark_reads_every_snapshot(spark, lake, table):
    catalog(spark, lake.lake, "shared")
    for snapshot in [None, *(one["snapshot"] for one in history(lake, table))]:
        expected = ours(lake, table, snapshot)
        at = "" if snapshot is None else f" VERSION AS OF {snapshot}"
        read = spark.sql(f"SELECT * FROM shared.{table}{at}").toArrow()
        assert read.column_names == expected.column_names
        assert rows(read.cast(expected.schema)) == rows(expected), snapshot
    by_folder = spark.read.format("iceberg").load(str(lake.lake / table))
    assert by_folder.count() == ours(lake, table).num_rows


def test_filters_find_the_rows(spark, lake):
    """Spark leaves files out by the partitions and bounds that we wrote."""
    catalog(spark, lake.lake, "shared")
    for ticker in ("SAAA", "no such"):
        read = spark.table("shared.prices").where(f"ticker = '{ticker}' and date >= date '2022-01-01'").toArrow()
        expected = ours(lake, "prices")
        wanted = (pc.field("ticker") == ticker) & (pc.field("date") >= datetime.date(2022, 1, 1))
        assert rows(read.cast(expected.schema)) == rows(expected.filter(wanted))
        assert (read.num_rows > 0) == (ticker == "SAAA")


def in_order(table: pa.Table) -> pa.Table:
    return table.sort_by([("ticker", "ascending"), ("date", "ascending")]).combine_chunks()


def assert_same_bits(one: pa.Table, other: pa.Table):
    """Names, types, keys, nulls, and every value to the last bit."""
    assert one.column_names == other.column_names
    assert one.schema.types == other.schema.types
    assert one.num_rows == other.num_rows > 0
    one, other = in_order(one), in_order(other)
    for name, a, b in zip(one.column_names, one.columns, other.columns, strict=True):
        if pa.types.is_floating(a.type):
            assert a.is_null().equals(b.is_null()), name
            whole = pa.int32() if a.type == pa.float32() else pa.int64()
            a, b = (column.combine_chunks().view(whole) for column in (a, b))
        assert a.equals(b), name


VARIANTS = {
    "some bars left out": (["--cmd", "all", "--lags", "5", "--skip", "no_trade"], {"na": "drop"}),
    "ta": (
        ["--cmd", "all", "--mode", "ta", "--dtype", "float64", "--lags", "1,3", "--na", "keep", "--skip", "none"],
        {"mode": "ta", "dtype": "float64", "lags": [1, 3]},
    ),
    "other settings": (
        ["--cmd", "momentum", "--fillna", "--prices", "total-return", "--lags", "1", "--na", "drop-any",
         "--set", "rsi.window=7,14", "--skip", "none"],
        {"cmd": "momentum", "mode": "fillna", "prices": "total-return", "lags": 1, "na": "drop-any",
         "params": {"rsi.window": [7, 14]}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_spark_the_program_and_the_package_give_the_same_bits(spark, own, name):
    options, arguments = VARIANTS[name]
    table = f"features_{list(VARIANTS).index(name)}"
    own.run("transform", *options, "--table", table)
    by_program = ours(own, table)

    catalog(spark, own.lake, "copied")
    bars, prices = spark.table("copied.prices"), ours(own, "prices")
    if "no_trade" in options:
        bars = bars.join(spark.table("copied.quality").where("flag = 'no_trade'"), ["ticker", "date"], "left_anti")
        quality = ours(own, "quality").filter(pc.field("flag") == "no_trade")
        prices = prices.join(quality, ["ticker", "date"], join_type="left anti")
        assert 0 < prices.num_rows < ours(own, "prices").num_rows
    features = ns.spark.transform(bars, **arguments)
    by_spark = features.toArrow()
    assert_same_bits(by_spark, by_program)
    assert_same_bits(by_spark, ns.transform(prices, **arguments))
    assert [f.name for f in features.schema] == [f.name for f in spark.table(f"copied.{table}").schema]
    assert [f.dataType for f in features.schema] == [f.dataType for f in spark.table(f"copied.{table}").schema]


def test_others_read_the_table_that_spark_writes(spark, lake, tmp_path):
    from pyspark.sql import functions as sql

    catalog(spark, lake.lake, "shared")
    catalog(spark, tmp_path / "warehouse", "written")
    features = ns.spark.transform(spark.table("shared.prices"), cmd="volume", lags=2, na="drop", partitions=3)
    parts = [sql.partitioning.years("date"), sql.partitioning.bucket(16, "ticker")]
    table = features.writeTo("written.numerai.features").using("iceberg").partitionedBy(*parts)
    table.tableProperty("write.spark.fanout.enabled", "false").create()

    expected = ns.transform(ours(lake, "prices"), cmd="volume", lags=2, na="drop")
    by_lake = ns.open_lake(tmp_path / "warehouse" / "numerai", frame="pyarrow").features()
    assert_same_bits(by_lake.cast(expected.schema), expected)
    place = str(tmp_path / "warehouse" / "numerai" / "features" / "metadata" / "v1.metadata.json")
    spec = StaticTable.from_metadata(place).spec()
    assert [str(field.transform) for field in spec.fields] == ["year", "bucket[16]"]
    assert_same_bits(pl.scan_iceberg(place).collect().to_arrow().cast(expected.schema), expected)
    names = ", ".join(f'count("{name}")' for name in expected.column_names)
    counts = duckdb([{"table": [place], "sql": f"select {names} from $t"}])[0][0]
    assert counts == [len(column) - column.null_count for column in expected.columns]

    again = ns.spark.transform(spark.table("shared.prices"), cmd="volume", lags=2, na="drop")
    again.writeTo("written.numerai.features").append()
    assert spark.sql("SELECT * FROM written.numerai.features").count() == 2 * expected.num_rows

    foreign = Signals(tmp_path)
    done = foreign.run("files", "features", "--lake", str(tmp_path / "warehouse" / "numerai"), expect=1)
    assert "E4007" in done.stderr
    assert "another program wrote it" in done.stderr


def test_signals_refuses_a_table_that_spark_wrote_to(spark, lake, tmp_path):
    signals = Signals(tmp_path, now="2022-10-21T23:30:00Z")
    shutil.copytree(lake.lake, signals.lake)
    signals.run("relocate")
    catalog(spark, signals.lake, "changed")
    spark.sql("INSERT INTO changed.quality SELECT * FROM changed.quality LIMIT 1")
    done = signals.run("files", "quality", expect=1)
    assert "E4007" in done.stderr
    assert "another program wrote it" in done.stderr
    assert rows(ours(signals, "prices")) == rows(ours(lake, "prices"))


def walk(ticker: str, count: int, seed: int = 1, **more) -> pa.Table:
    random = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.02, count)))
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(i) for i in range(count)]
    return pa.table({
        "ticker": [ticker] * count, "date": days, "open": close, "high": close * 1.01, "low": close * 0.99,
        "close": close, "volume": random.integers(1, 1000, count), **more,
    })  # fmt: skip


def test_frames_as_people_have_them(spark):
    """Any case, odd names beside, any order, dates as text and as local times, other numbers than doubles."""
    from pyspark.sql import functions as sql

    bars = pa.concat_tables([walk("BB", 70), walk("A a", 40, seed=2)])
    expected = ns.transform(bars, cmd="all", lags=1)
    frame = spark.createDataFrame(bars).orderBy(sql.rand(seed=3))
    odd = frame.select(
        "close", sql.lit(1).alias("adj.close`s"), sql.col("volume").cast("int").alias("Volume"), "low",
        sql.col("high").alias("HIGH"), "open", "date", sql.col("ticker").alias("Ticker"),
    )  # fmt: skip
    features = ns.spark.transform(odd, lags=1, partitions=2)
    assert features.rdd.getNumPartitions() == 2
    assert_same_bits(features.toArrow(), expected)
    text = ns.spark.transform(frame.withColumn("date", sql.col("date").cast("string")), lags=1).toArrow()
    assert_same_bits(text.set_column(1, "date", text["date"].cast(pa.date32())), expected)
    late = sql.to_timestamp(sql.concat(sql.col("date").cast("string"), sql.lit(" 21:30:00")))
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        stamped = ns.spark.transform(frame.withColumn("date", late), cmd="momentum", lags=1).toArrow()
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")
    local = pc.local_timestamp(stamped["date"].cast(pa.timestamp("us", "America/New_York")))
    days = local.cast(pa.date32(), safe=False)
    assert_same_bits(stamped.set_column(1, "date", days), ns.transform(bars, cmd="momentum", lags=1))


def test_bars_of_minutes_and_a_thousand_columns(spark):
    bars = pa.concat_tables([walk("BB", 70), walk("AA", 40, seed=2)])
    stamps = [datetime.datetime(2022, 11, 6, 4) + datetime.timedelta(minutes=i) for i in [*range(70), *range(40)]]
    bars = bars.set_column(1, "date", pa.array(stamps, pa.timestamp("us")))
    arguments = {"cmd": "momentum", "lags": 0, "bar": "stamp", "params": {"rsi.window": list(range(2, 1002))}}
    by_spark = ns.spark.transform(spark.createDataFrame(bars), **arguments).toArrow()
    assert by_spark.num_columns > 1000
    stamps = by_spark["date"].cast(pa.timestamp("us"))
    assert_same_bits(by_spark.set_column(1, "date", stamps), ns.transform(bars, **arguments))


def test_arguments_and_columns_are_checked_at_once(spark):
    frame = spark.createDataFrame(walk("AA", 3))
    wrong = [
        (lambda: ns.spark.transform(frame.drop("ticker")), ns.MissingColumnError, "no column ticker"),
        (lambda: ns.spark.transform(frame.drop("close", "date")), ns.MissingColumnError, "no column date or close"),
        (lambda: ns.spark.transform(frame, prices="total-return"), ns.MissingColumnError, "dividend_factor"),
        (lambda: ns.spark.transform(frame, cmd="x"), ns.ArgumentError, "cmd x: it is one of all"),
        (lambda: ns.spark.transform(frame, na="x"), ns.ArgumentError, "na 'x': it is one of keep"),
        (lambda: ns.spark.transform(frame, partitions=0), ns.ArgumentError, "partitions 0: it is a whole number"),
        (lambda: ns.spark.transform(frame.toArrow()), ns.ArgumentError, "type Table: give a Spark DataFrame"),
        (
            lambda: ns.spark.transform(frame.withColumn("close", frame.close.cast("string"))),
            ns.ArgumentError,
            "column 'close' holds string, not numbers",
        ),
        (
            lambda: ns.spark.transform(frame.withColumn("date", frame.close)),
            ns.ArgumentError,
            "column 'date' holds double, not dates",
        ),
    ]
    for call, kind, words in wrong:
        with pytest.raises(kind, match=words):
            call()


def test_rows_that_are_wrong_end_the_job(spark):
    from pyspark.errors import PythonException

    bars = pa.concat_tables([walk("AA", 5), walk("BB", 5)])
    frame = spark.createDataFrame(bars)
    for wrong, words in [
        (frame.union(frame.limit(1)), "two rows are of ticker '..' on 2020-01-0"),
        (
            frame.selectExpr("ticker", "if(ticker = 'BB', null, date) date", "close"),
            "a row has no date: drop such rows",
        ),
        (frame.selectExpr("if(ticker = 'BB', null, ticker) ticker", "date", "close"), "a row has no ticker"),
    ]:
        with pytest.raises(PythonException, match=f"ArgumentError: {words}"):
            ns.spark.transform(wrong, cmd="other").toArrow()

    one_day = "values timestamp '2024-01-02 05:30:00', timestamp '2024-01-03 03:30:00'"
    stamps = spark.sql(f"select 'AA' ticker, col1 date, 1.5 close from ({one_day})")
    assert ns.spark.transform(stamps, cmd="other").count() == 2
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")  # where both are the second
    try:
        with pytest.raises(PythonException, match="two rows are of ticker 'AA' on 2024-01-0"):
            ns.spark.transform(stamps, cmd="other").toArrow()
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


def test_another_version_on_an_executor_is_refused():
    task = ns.spark._Task("0.0.0", ("other", 0, "causal", "served", None, "keep", "float32", "day"), 10)
    with pytest.raises(ns.SignalsError, match=rf"is {ns.__version__} on this executor, 0.0.0 on the driver"):
        next(task(iter([])))


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_a_task_streams_its_tickers(size):
    """Whole tickers go on as soon as there are enough rows; how many tickers follow makes no difference."""
    lengths = [int(n) for n in np.random.default_rng(size).integers(1, 90, 200)] + [400, 1, 1]
    tables = [walk(f"T{number:03}", count, seed=number) for number, count in enumerate(lengths)]
    table = pa.concat_tables(tables).select(["ticker", "date", "close"]).combine_chunks()
    taken = 0

    def batches():
        nonlocal taken
        for batch in table.to_batches(max_chunksize=size):
            taken += batch.num_rows
            yield batch

    at_once, given, parts = 100, 0, []
    for batch in ns.spark._Task(
        ns.__version__, ("other", 1, "causal", "served", None, "keep", "float32", "day"), at_once
    )(batches()):
        assert taken - given <= 2 * at_once + max(lengths) + size
        assert batch.num_rows <= max(size, 1)
        given += batch.num_rows
        parts.append(batch)
    assert_same_bits(pa.Table.from_batches(parts), ns.transform(table, cmd="other", lags=1))


def test_the_manual(spark, lake, tmp_path, monkeypatch):
    page = (ROOT / "docs" / "python.md").read_text()
    (code,) = (code for code in re.findall(r"```python\n(.*?)```", page, re.S) if "ns.spark." in code)
    shutil.copytree(lake.lake, tmp_path / "lake")
    Signals(tmp_path).run("relocate")
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    prices = ours(lake, "prices", 1)
    written = ns.open_lake("own/numerai", frame="pyarrow").features()
    expected = ns.transform(prices, cmd="momentum", lags=5, na="drop")
    assert_same_bits(written.cast(expected.schema), expected)


WITHOUT = """
import sys
sys.modules["pyspark"] = None
import numerai_signals as ns
try:
    ns.spark
except ns.SignalsError as error:
    print(error)
"""


def test_without_pyspark():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert done.stdout == "Spark's frames need pyspark: pip install 'numerai-signals[spark]'\n"


def test_the_module_is_typed_and_documented():
    assert doctest.testmod(ns.spark).attempted > 0
    assert doctest.testmod(ns.spark).failed == 0
    for name in ns.spark.__all__:
        one = getattr(ns.spark, name)
        if inspect.isfunction(one):
            assert set(typing.get_type_hints(one)) == {*inspect.signature(one).parameters, "return"}
            assert one.__doc__
    options = set(inspect.signature(ns.transform).parameters) - {"frame", "threads"}
    assert options < set(inspect.signature(ns.spark.transform).parameters)
    for name in options:
        defaults = [inspect.signature(f).parameters[name].default for f in (ns.transform, ns.spark.transform)]
        assert defaults[0] == defaults[1]
    assert ns.spark.ICEBERG.split(":")[1] in Path(JAR).name
