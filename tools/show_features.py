#!/usr/bin/env python3
"""Prints the newest features of a few tickers, read from the lake's Parquet files by pyarrow.

Usage: show_features.py PROGRAM LAKE
"""

import subprocess
import sys

import pyarrow.compute as pc
import pyarrow.parquet as pq

COLUMNS = ["ticker", "date", "feature_volume_cmf", "feature_volume_cmf_lag5", "feature_volume_mfi"]


def main() -> None:
    program, lake = sys.argv[1:]
    listing = subprocess.run(
        [program, "files", "features_volume", "--lake", lake], check=True, capture_output=True, text=True
    )
    table = pq.ParquetDataset(listing.stdout.splitlines(), partitioning=None).read(COLUMNS)
    newest = pc.max(table["date"])
    rows = table.filter(pc.equal(table["date"], newest)).sort_by("ticker").slice(0, 8)
    print("  ".join(f"{name:>23}" for name in COLUMNS))
    for row in rows.to_pylist():
        cells = [f"{v:.6f}" if isinstance(v, float) else str(v) for v in row.values()]
        print("  ".join(f"{cell:>23}" for cell in cells))
    print(f"{table.num_rows:,} rows in all; newest session {newest}")


if __name__ == "__main__":
    main()
