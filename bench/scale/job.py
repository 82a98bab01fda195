"""Measurements of one side in a process of its own; prints each as a line of JSON. scale.py runs it.

job.py package  --rows N --cmd C --lags L --length R --threads T   ns.transform on tickers from memory, results dropped
job.py program  --lake DIR --table NAME --cmd C --lags L --threads T   signals transform, a table written, which stays
job.py spark    --lake DIR… --cmd C… --lags L… --what W…
                what Spark does with `prices`, one after another in one session, results dropped:
    read       only reads them
    identity   shuffles, sorts, and sends them through Python, which gives them back
    carry      what `transform` does, with zeros in place of features
    transform  numerai_signals.spark.transform
    write      the same, written as an Iceberg table
"""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from measure import BUILD  # noqa: E402
from processes import Run, Watch  # noqa: E402

MEMORY = "2g"  # of Spark's JVM
NOW = "2100-01-01"  # behind the last bar of synthetic_lake


def package(arguments) -> Iterator[dict]:
    import datetime

    import market
    import numpy as np
    import pyarrow as pa

    import numerai_signals as ns

    tickers = max(1, 80_000 // arguments.length)
    first = datetime.date(2003, 1, 1).toordinal() - datetime.date(1970, 1, 1).toordinal()
    days = pa.array(np.arange(first, first + arguments.length, dtype=np.int32)).view(pa.date32())
    keys = {
        "ticker": pa.array([f"T{t:05}" for t in range(tickers) for _ in range(arguments.length)]),
        "date": pa.concat_arrays([days] * tickers),
    }
    frames = []
    for seed in range(4):  # a CPU learns one series by heart
        bars = market.random_walk(tickers, arguments.length, seed).swapaxes(0, 1).reshape(5, -1)
        frames.append(pa.table(keys | dict(zip(market.FIELDS, bars, strict=True))))
    calls = max(1, arguments.rows // frames[0].num_rows)
    options = {"cmd": arguments.cmd[0], "lags": arguments.lags[0], "threads": arguments.threads}
    ns.transform(frames[0], **options)
    with Watch() as watch:
        for call in range(calls):
            ns.transform(frames[call % 4], **options)
    yield watch.result(calls * frames[0].num_rows)


def program(arguments) -> Iterator[dict]:
    lake = Path(arguments.lake[0])
    common = ["--lake", lake, "--quiet", "--now", NOW]
    command = ["transform", "--cmd", arguments.cmd[0], "--lags", str(arguments.lags[0]), "--na", "keep"]
    run = Run([BUILD / "signals", *command, "--table", arguments.table, "--threads", str(arguments.threads), *common])
    listed = subprocess.run([BUILD / "signals", "tables", "--json", *common], check=True, capture_output=True).stdout
    table = next(one for one in json.loads(listed) if one["table"] == arguments.table)
    yield run.result(table["rows"]) | {"bytes": table["bytes"]}


def spark(arguments) -> Iterator[dict]:
    from pyspark.sql import SparkSession

    import numerai_signals as ns

    os.environ["PYSPARK_PYTHON"] = sys.executable
    scratch = Path(arguments.lake[0]) / "spark-scratch"
    settings = ns.spark.lake_options(scratch / "own", "own") | {
        "spark.jars": ",".join(map(str, (BUILD.parent / "tools").glob("iceberg-spark-runtime-*.jar"))),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": MEMORY,
        "spark.local.dir": str(scratch / "local"),
        "spark.log.level": "ERROR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    del settings["spark.jars.packages"]
    begin = time.perf_counter()
    session = SparkSession.builder.master(f"local[{arguments.threads}]").config(map=settings).getOrCreate()
    session.range(1).count()
    started = time.perf_counter() - begin
    tables = {Path(lake).name: session.read.format("iceberg").load(f"{lake}/prices") for lake in arguments.lake}
    for what, cmd, lags in itertools.product(arguments.what, arguments.cmd, arguments.lags):
        options = {"cmd": cmd, "lags": lags}
        WORK[what](session, next(iter(tables.values())), options)  # to warm up
        for name, prices in tables.items():
            with Watch() as watch:
                WORK[what](session, prices, options)
            about = {"what": what, "cmd": cmd, "lags": str(lags), "lake": name, "start": started}
            yield watch.result(prices.count()) | about
    session.stop()
    shutil.rmtree(scratch, ignore_errors=True)


FIELDS = ("ticker", "date", "open", "high", "low", "close", "volume")


def drop(frame):
    frame.write.format("noop").mode("overwrite").save()


def read(_, prices, __):
    drop(prices.select(*FIELDS))


def identity(_, prices, __):
    bars = prices.select(*FIELDS)
    drop(bars.repartition("ticker").sortWithinPartitions("ticker", "date").mapInArrow(same, bars.schema))


def same(batches):
    yield from batches


def carry(session, prices, options):
    from unittest import mock

    import numerai_signals as ns

    with mock.patch.object(ns.spark, "_Task", Zeros):
        transform(session, prices, options)


class Zeros:
    """In place of the task of numerai_signals.spark: everything but the engine. Sent to executors by value."""

    def __init__(self, _, arguments, rows):
        self.arguments, self.rows = arguments, rows

    def __call__(self, batches):
        import numpy as np

        from numerai_signals._arrow import BatchFrame
        from numerai_signals._transform import Features
        from numerai_signals.spark import _whole_tickers

        features = Features(*self.arguments)
        for table, rows in _whole_tickers(batches, self.rows):
            block = np.zeros((len(features.columns), table.num_rows), np.float32)
            batch = BatchFrame(table, features.needed).build(features.columns, block, None, 1)
            for begin in range(0, batch.num_rows, rows):
                yield batch.slice(begin, rows)


def transform(_, prices, options):
    import numerai_signals as ns

    drop(ns.spark.transform(prices, **options))


def write(session, prices, options):
    from pyspark.sql.functions import partitioning

    import numerai_signals as ns

    session.sql("drop table if exists own.scale.features purge")
    parts = [partitioning.years("date"), partitioning.bucket(16, "ticker")]
    features = ns.spark.transform(prices, **options)
    table = features.writeTo("own.scale.features").using("iceberg").partitionedBy(*parts)
    table.tableProperty("write.spark.fanout.enabled", "false").create()  # else its open files fill the heap


WORK = {"read": read, "identity": identity, "carry": carry, "transform": transform, "write": write}
JOBS = {"package": package, "program": program, "spark": spark}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--length", type=int, default=5000)
    parser.add_argument("--lake", nargs="+", help="of Spark: several, the first also warms it up")
    parser.add_argument("--table", help="of the program: a new one")
    parser.add_argument("--what", choices=WORK, nargs="+", default=["transform"])
    parser.add_argument("--cmd", nargs="+", default=["all"])
    parser.add_argument("--lags", type=int, nargs="+", default=[0])
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    for result in JOBS[arguments.job](arguments):
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
