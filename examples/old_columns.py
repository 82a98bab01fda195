"""The table that the old Python project made (transform.csv), from the lake: its names, its rows, its figures.

    python -m numerai_signals.load --start 210101 --end 221022
    signals transform --cmd volume --mode fillna --dtype float64 --skip none --na keep --lags 4 --table features_old
    python examples/old_columns.py lake features_old transform.csv

For models that were trained on the old columns: `FEATURE_volume_obv_shift0` is our `feature_volume_obv`, `…_shift1` our
`…_lag1`. docs/howto/move_from_python.md says what differs and why. New models should take `dataset` instead: in mode
`fillna`, as in the old project, some columns know the future.
"""

import re
import sys

import pandas as pd

import numerai_signals as ns

BAR = ["open", "high", "low", "close", "volume"]


def old_name(column: str) -> str:
    """feature_volume_obv_lag3 -> FEATURE_volume_obv_shift3"""
    base, lag = re.fullmatch(r"feature_(.*?)(?:_lag(\d+))?", column).groups()
    return f"FEATURE_{base}_shift{lag or 0}"


def main(place: str, table: str, target: str) -> None:
    lake = ns.open_lake(place)
    features = lake.features(table=table)
    lags = sorted({int(found[1]) for name in features.columns if (found := re.search(r"_lag(\d+)$", name))})

    # The old table lagged the bars' own fields too.
    bars = lake.prices(columns=["ticker", "date", "currency", *BAR]).sort_values(["ticker", "date"], ignore_index=True)
    by_ticker = bars.groupby("ticker")
    shifted = {f"FEATURE_{name}_shift{lag}": by_ticker[name].shift(lag) for name in BAR for lag in [0, *lags]}
    rows = pd.concat([bars[["ticker", "date", "currency"]], pd.DataFrame(shifted)], axis=1)

    rows = rows.merge(features.rename(columns={c: old_name(c) for c in features.columns[2:]}), on=["ticker", "date"])
    rows = rows.rename(columns={"date": "timestamp"})
    rows["timestamp"] = pd.to_datetime(rows["timestamp"])
    numbers = rows.columns[3:]
    rows[numbers] = rows[numbers].round(4).astype("float32")
    rows = rows[rows["timestamp"].dt.weekday == 4]
    rows.to_csv(target, index=False)
    print(f"{len(rows):,} Fridays of {rows['ticker'].nunique()} tickers, {len(numbers)} columns -> {target}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
