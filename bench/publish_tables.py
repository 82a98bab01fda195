"""`signals publish` beside merely reading the feature table and writing the same rows."""

import datetime
import shutil
import subprocess
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from lake_tables import scratch
from measure import BUILD, Report, compare

TICKERS, ROWS = 512, 1000
NOW = "2006-11-03T23:00:00Z"  # behind the last bar of synthetic_lake
DAILY_SINCE = "2006-01-01"
GROUP_ROWS = 32 * 1024


def publish_tables(wanted: Path | None, rounds: int, report: Report):
    with scratch(wanted) as folder:
        measure_publish(folder, rounds, report)


def measure_publish(folder: Path, rounds: int, report: Report):
    lake = folder / "lake"
    subprocess.run([BUILD / "synthetic_lake", lake, str(TICKERS), str(ROWS)], check=True)
    names = folder / "names.csv"
    lines = (f"N{number} US,T{number:05}" for number in range(TICKERS))
    names.write_text("\n".join(["numerai_ticker,yahoo", *lines]) + "\n")
    common = ["--lake", lake, "--quiet", "--threads", "1", "--now", NOW]
    subprocess.run(
        [BUILD / "signals", "transform", "--cmd", "all", "--lags", "5", *common], check=True, capture_output=True
    )
    command = [BUILD / "signals", "publish", "--universe", names, "--daily-since", DAILY_SINCE, *common]

    published = 1

    def publish(_) -> float:
        shutil.rmtree(lake / "dataset", ignore_errors=True)
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return (time.perf_counter() - begin) / published * 1e9

    publish(0)
    listed = [BUILD / "signals", "files", "dataset", "--lake", lake, "--quiet"]
    files = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
    published = sum(pq.ParquetFile(file).metadata.num_rows for file in files)
    dates = {str(date) for file in files for date in pq.read_table(file, columns=["date"])["date"].unique().to_pylist()}
    wanted_dates = pa.array([datetime.date.fromisoformat(date) for date in sorted(dates)])
    listed[2] = "features"
    features = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
    out = folder / "copy.parquet"

    def copy(_) -> float:
        begin = time.perf_counter()
        rows = ds.dataset(features).to_table(filter=ds.field("date").isin(wanted_dates), use_threads=False)
        rows = rows.sort_by([("date", "ascending"), ("ticker", "ascending")])
        floats = [field.name for field in rows.schema if field.type == pa.float32()]
        pq.write_table(
            rows, out, compression="zstd", compression_level=1, use_dictionary=["ticker", "date"],
            column_encoding=dict.fromkeys(floats, "BYTE_STREAM_SPLIT"), row_group_size=GROUP_ROWS,
        )  # fmt: skip
        return (time.perf_counter() - begin) / published * 1e9

    copy(0)
    report.section(
        "Publishing",
        f"`signals publish` of {published:,} rows of {TICKERS} names, {len(dates)} dates, 86 columns with 5 lags; "
        "beside pyarrow, which reads the rows of these dates from the feature table, sorts and writes them, "
        "same codec. `publish` computes them anew, in double precision, and in their scale-free forms. One thread.",
    )
    report.ratios("pyarrow's copy", "publish", [("publish", compare(copy, publish, rounds), None)])
