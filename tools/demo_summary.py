#!/usr/bin/env python3
"""What a demo has made, in five lines, and where its page is.

Usage: demo_summary.py PROGRAM LAKE
"""

import json
import os
import subprocess
import sys


def main() -> None:
    program, lake = sys.argv[1:]

    def ask(command: str):
        asked = [program, command, "--lake", lake, "--json", "--quiet"]
        return json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)

    status = ask("status")
    tables = {one["table"]: one for one in ask("tables")}
    features = tables["features_volume"]
    size = sum(one["bytes"] for one in tables.values()) / 2**20
    print(
        f"In ./{lake}, {len(tables)} Apache Iceberg tables of {size:.1f} MiB, as of {status['committed_at']}:",
        f"  prices            {status['bars']:,} daily bars of {status['tickers']} tickers, "
        f"{status['first_session']} to {status['last_session']}",
        f"  quality           {tables['quality']['rows']:,} bars that look odd, flagged and kept as they are",
        f"  features_volume   {features['rows']:,} rows, {len(features['schema']) - 2} features "
        f"with lags {features['properties']['lags']}",
        f"Next: {program} columns; {program} init --profile numerai; README.md",
        f"The page of it all, for a browser: {os.path.abspath(lake)}/report.html",
        sep="\n",
    )


if __name__ == "__main__":
    main()
