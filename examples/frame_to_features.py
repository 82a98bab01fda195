"""A data frame of one's own to features: no lake, no network, one CSV file in, one Parquet file out.

    python examples/frame_to_features.py bars.csv features.parquet

bars.csv has a row for each ticker and session date: ticker, date, open, high, low, close, volume, in any order.
"""

import re
import sys

import pandas as pd

import numerai_signals as ns


def main(source: str, target: str) -> None:
    bars = pd.read_csv(source, parse_dates=["date"])

    # One row out for each row in, in the same order. A row uses its own ticker's rows up to its date, no later one.
    features = ns.transform(
        bars,
        cmd="all",
        lags=[5, 10, 20],
        params={"rsi.window": [14, 60], "ppo.slow": [26, 130]},
    )

    # A price of 400 says nothing beside one of 4: keep what has no unit. `signals publish` carries the others too,
    # in forms that a split does not change.
    plain = {column.column for column in ns.columns() if column.unit == "none" and not column.flag}
    base = {name: re.sub(r"_(window|slow)\d+|_lag\d+", "", name) for name in features.columns}
    features = features[["ticker", "date", *(name for name in features.columns if base[name] in plain)]]

    # The index is the frame's own, so your columns and ours stand side by side.
    features["feature_return_5d"] = bars.groupby("ticker")["close"].pct_change(5, fill_method=None)

    # Across the names of a day: what models of Numerai Signals are mostly trained on.
    names = [name for name in features.columns if name.startswith("feature_")]
    ranks = features.groupby("date")[names].rank(pct=True).add_suffix("_rank").astype("float32")

    result = pd.concat([features, ranks], axis=1)
    result.to_parquet(target, index=False)
    newest = result[result["date"] == result["date"].max()]
    print(newest[["ticker", "date", "feature_momentum_rsi", "feature_momentum_rsi_rank"]].to_string(index=False))
    print(f"{len(result):,} rows, {2 * len(names)} feature columns -> {target}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
