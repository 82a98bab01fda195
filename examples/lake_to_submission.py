"""From the lake to the file that Numerai Signals takes: join targets, train by era, predict the live file, check.

    pip install lightgbm numerapi
    python examples/lake_to_submission.py --train train.parquet --validation validation.parquet

train.parquet and validation.parquet are Numerai's: they bring targets, the lake brings features. The result is
submission.csv: `numerai_ticker,signal`. docs/howto/train_and_submit.md says why, and how to upload.
"""

import argparse
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd

import numerai_signals as ns

LAG = 2  # "20D2L": 20 sessions of return, after a lag of 2
HOLIDAYS = 5  # weekdays that a market may be closed within such a window: Lunar New Year, Golden Week
PARAMETERS = {
    "objective": "regression",
    "learning_rate": 0.02,
    "num_leaves": 31,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.1,
    "seed": 1,
    "deterministic": True,
    "verbosity": -1,
}


def reach(dates, horizon: int) -> np.ndarray:
    """The last day that each date's target may depend on: its horizon and lag in sessions, and holidays."""
    return np.busday_offset(np.asarray(dates, "datetime64[D]"), horizon + LAG + HOLIDAYS, roll="backward")


def folds(era: pd.Series, horizon: int, count: int = 4):
    """Walks forward through the eras: trains on what was known before each block of dates, validates on the block.

    The embargo is a stretch of time, not a number of rows: a training date is left out if its target reaches into the
    block. With weekly eras and 20 sessions that is 6 eras, with daily eras 27; with 60 sessions 14 and 67.
    """
    dates = np.sort(era.unique())
    for block in np.array_split(dates, count + 1)[1:]:
        known = dates[reach(dates, horizon) < np.datetime64(block[0])]
        if len(known):
            yield era.isin(known).to_numpy(), era.isin(block).to_numpy()


def train(X, y, weights, trees: int) -> lightgbm.Booster:
    data = lightgbm.Dataset(X.to_numpy(), y.to_numpy(), weight=weights.to_numpy(), feature_name=list(X.columns))
    return lightgbm.train(PARAMETERS, data, num_boost_round=trees)


def correlations(predicted, y: pd.Series, era: pd.Series) -> pd.Series:
    """Of each era: Spearman's correlation of what was predicted with what came."""
    frame = pd.DataFrame({"predicted": predicted, "y": y.to_numpy(), "era": era.to_numpy()})
    return frame.groupby("era")[["predicted", "y"]].apply(lambda one: one["predicted"].rank().corr(one["y"].rank()))


def submission(live: pd.DataFrame, predicted: np.ndarray) -> pd.DataFrame:
    """Ranks between 0 and 1, ties averaged. Names without a bar are left out: Numerai gives them 0.5."""
    known = live["session_date"].notna().to_numpy()
    ranks = pd.Series(predicted[known]).rank()
    return pd.DataFrame(
        {"numerai_ticker": live.loc[known, "numerai_ticker"].to_numpy(), "signal": (ranks - 0.5) / known.sum()}
    )


def check(rows: pd.DataFrame, universe: pd.Series) -> None:
    """The tournament's rules; what breaks one would be refused after the upload."""
    problems = {
        "the columns are not numerai_ticker, signal": list(rows.columns) != ["numerai_ticker", "signal"],
        "a name is there twice": rows["numerai_ticker"].duplicated().any(),
        "a name is not in the live universe": not rows["numerai_ticker"].isin(universe).all(),
        "fewer than 100 names": len(rows) < 100,
        "a signal is missing": rows["signal"].isna().any(),
        "a signal is not between 0 and 1": not rows["signal"].dropna().between(0, 1, inclusive="neither").all(),
        "all signals are the same": not rows["signal"].std() > 0,
    }
    broken = [problem for problem, is_so in problems.items() if is_so]
    if broken:
        raise SystemExit(f"no submission: {'; '.join(broken)}")


def main() -> None:
    options = argparse.ArgumentParser(description="train on a lake, predict the open round")
    options.add_argument("--lake", default="./lake")
    options.add_argument("--train", required=True)
    options.add_argument("--validation")
    options.add_argument("--target", default="target")
    options.add_argument("--horizon", type=int, default=20, help="sessions of return in the target: 20 or 60")
    options.add_argument("--trees", type=int, default=300)
    options.add_argument("--out", type=Path, default=Path("submission.csv"))
    given = options.parse_args()

    # `dataset` has a row for each Numerai date and name, as it was known on that date: the join needs no shift.
    lake = ns.open_lake(given.lake)
    X, y, era, weights = ns.training_frame(given.train, given.validation, lake, target=given.target)
    print(f"{len(X):,} rows of {era.nunique()} eras, {era.min()} to {era.max()}, {X.shape[1]} features")

    found = []
    for learn, judge in folds(era, given.horizon):
        model = train(X[learn], y[learn], weights[learn], given.trees)
        by_era = correlations(model.predict(X[judge].to_numpy()), y[judge], era[judge])
        print(f"trained to {era[learn].max()}, {by_era.index[0]} to {by_era.index[-1]}: {by_era.mean():+.4f}")
        found.append(by_era)
    if found:
        every = pd.concat(found)
        print(f"correlation by era {every.mean():+.4f}, standard deviation {every.std():.4f}")

    # The last model takes every era whose target is out; the live date lies behind all of them.
    model = train(X, y, weights, given.trees)
    live = lake.live(columns=["session_date", *X.columns])
    rows = submission(live, model.predict(live[X.columns].to_numpy(dtype="float32")))
    check(rows, live["numerai_ticker"])
    rows.to_csv(given.out, index=False)
    print(f"{len(rows):,} of {len(live):,} names of {live['date'].iloc[0]} -> {given.out}")


if __name__ == "__main__":
    main()
