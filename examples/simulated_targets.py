"""A stand-in for Numerai's train.parquet and validation.parquet on a simulated market: made from the lake's own prices.

    python examples/simulated_targets.py --lake lake

For following the tutorial without Numerai's files. The shape is theirs: weekly rows, `date` as text, `target` in five
bins, of the return of 20 sessions after a lag of 2 (20D2L), unknown for the last weeks of the validation file.
"""

import argparse

import numpy as np
import pandas as pd

import numerai_signals as ns


def targets(lake: ns.Lake, horizon: int = 20, lag: int = 2) -> pd.DataFrame:
    rows = lake.dataset(columns=["session_date"], calendar="weekly")
    mapping = lake.scan("mapping", columns=["numerai_ticker", "yahoo"]).to_arrow().to_pandas()
    rows = rows.merge(mapping.dropna().drop_duplicates("numerai_ticker"), on="numerai_ticker")
    bars = lake.prices(columns=["ticker", "date", "close"], adjusted=True).sort_values(["ticker", "date"])
    by_ticker = bars.groupby("ticker")["close"]
    bars["return"] = by_ticker.shift(-horizon - lag) / by_ticker.shift(-lag) - 1
    bars["session_date"] = bars["date"].astype(str)
    rows = rows.merge(bars, left_on=["yahoo", "session_date"], right_on=["ticker", "session_date"], suffixes=("", "_"))
    share = rows.groupby("date")["return"].rank(pct=True)
    rows["target"] = np.select([share <= 0.05, share <= 0.25, share <= 0.75, share <= 0.95], [0, 0.25, 0.5, 0.75], 1.0)
    rows.loc[share.isna(), "target"] = np.nan
    return rows[["numerai_ticker", "date", "target"]].sort_values(["date", "numerai_ticker"], ignore_index=True)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--lake", default="./lake")
    rows = targets(ns.open_lake(options.parse_args().lake))
    dates = rows["date"].unique()
    middle = dates[len(dates) * 2 // 3]
    rows[rows["date"] < middle].dropna().to_parquet("train.parquet", index=False)
    rows[rows["date"] >= middle].to_parquet("validation.parquet", index=False)
    print(f"train.parquet, validation.parquet: {len(rows):,} rows of {len(dates)} weeks, split at {middle}")


if __name__ == "__main__":
    main()
