"""Frames of daily bars in the shapes that break indicators, for comparison with `ta`."""

import numpy as np
import pandas as pd

FIELDS = ["open", "high", "low", "close", "volume"]
PRICES = FIELDS[:4]


def walk(rows: int = 420, seed: int = 11) -> pd.DataFrame:
    """An ordinary random walk with a range around each move."""
    random = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(random.normal(0.0002, 0.02, rows)))
    open_ = np.concatenate([[close[0]], close[:-1]]) * (1 + random.normal(0, 0.004, rows))
    spread = np.abs(random.normal(0, 0.009, (2, rows)))
    high = np.maximum(open_, close) * (1 + spread[0])
    low = np.minimum(open_, close) * (1 - spread[1])
    volume = np.floor(np.exp(random.normal(12, 0.9, rows)))
    return pd.DataFrame({"open": open_, "high": high, "low": low, "close": close, "volume": volume})


def shapes() -> dict[str, pd.DataFrame]:
    """Name -> frame. Each takes the walk and damages it in one way."""
    found = {"walk": walk(), "long": walk(9000, seed=5), "cents": walk().round(2)}

    def damage(name, change):
        frame = walk()
        change(frame)
        found[name] = frame

    def put(rows, columns, value):
        def change(frame):
            frame.loc[rows, columns] = value

        return change

    for rows in (1, 2, 13, 14, 15, 20, 27):
        found[f"short_{rows}"] = walk(rows)
    for field in FIELDS:
        damage(f"gap_{field}", put(120, field, np.nan))
    damage("gap_row", put(120, FIELDS, np.nan))
    damage("gap_rows", put(slice(120, 126), FIELDS, np.nan))
    damage("gap_start", put(slice(0, 3), FIELDS, np.nan))
    damage("gap_end", put(slice(417, 419), FIELDS, np.nan))
    damage("gap_every_other", put(slice(80, 200, 2), FIELDS, np.nan))
    damage("gap_close_long", put(slice(90, 160), "close", np.nan))
    damage("no_close", put(slice(None), "close", np.nan))
    damage("constant", put(slice(None), PRICES, 7.77))
    damage("no_volume", put(slice(None), "volume", 0.0))
    damage("no_volume_start", put(slice(0, 30), "volume", 0.0))
    damage("no_volume_run", put(slice(60, 90), "volume", 0.0))
    damage("zero_row", put(130, PRICES, 0.0))
    damage("zero_low", put(130, "low", 0.0))
    damage("negative_close", put(130, "close", -3.0))
    damage("infinite_volume", put(130, "volume", np.inf))

    def halt(rows):
        def change(frame):
            frame.loc[rows, PRICES] = frame.loc[rows.start - 1, "close"]
            frame.loc[rows, "volume"] = 0.0

        return change

    damage("halt_short", halt(slice(150, 170)))
    damage("halt_long", halt(slice(150, 230)))

    def scaled(rows, factor):
        def change(frame):
            frame.loc[rows, PRICES] *= factor

        return change

    damage("spike", scaled(slice(130, 130), 1e6))
    damage("split", scaled(slice(210, None), 1e-3))
    damage("tiny", scaled(slice(None), 1e-7))
    damage("huge", scaled(slice(None), 1e150))

    def flat_range(frame):
        frame["high"] = frame["low"] = frame["close"]

    damage("no_range", flat_range)

    def close_outside(frame):
        frame.loc[130, "high"] = frame.loc[130, "low"]
        frame.loc[130, "close"] = frame.loc[130, "low"] * 1.02

    damage("close_outside_range", close_outside)
    for name, step in {"rising": 1.0, "falling": -1.0}.items():
        line = 1000 + step * np.arange(420.0)
        found[name] = pd.DataFrame(
            {"open": line, "high": line + 0.5, "low": line - 0.5, "close": line, "volume": 900.0}
        )
    return found
