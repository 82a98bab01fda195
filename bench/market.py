"""Made-up markets to measure on: many distinct tickers, prices in cents, in shapes that slow indicators down.

Distinct tickers matter: over one series, timed again and again, a CPU learns the branches by heart.
"""

from pathlib import Path

import numpy as np

FIELDS = ["open", "high", "low", "close", "volume"]


def random_walk(tickers: int, rows: int, seed: int = 1) -> np.ndarray:
    """tickers x 5 x rows."""
    random = np.random.default_rng(seed)
    start = np.exp(random.normal(3.5, 0.8, (tickers, 1)))
    close = start * np.exp(np.cumsum(random.normal(0.0002, 0.02, (tickers, rows)), axis=1))
    before = np.concatenate([start, close[:, :-1]], axis=1)
    open_ = before * (1 + random.normal(0, 0.004, (tickers, rows)))
    spread = np.abs(random.normal(0, 0.009, (2, tickers, rows)))
    high = np.maximum(open_, close) * (1 + spread[0])
    low = np.minimum(open_, close) * (1 - spread[1])
    volume = np.floor(np.exp(random.normal(12, 0.9, (tickers, rows))))
    prices = np.maximum(np.round(np.stack([open_, high, low, close], axis=1), 2), 0.01)
    return np.concatenate([prices, volume[:, None]], axis=1)


def constant(tickers: int, rows: int) -> np.ndarray:
    market = np.empty((tickers, 5, rows))
    market[:, :4] = np.round(np.linspace(5, 500, tickers), 2)[:, None, None]
    market[:, 4] = 1000.0
    return market


def monotone(tickers: int, rows: int) -> np.ndarray:
    """Half of the tickers rise by a cent a row, half fall."""
    line = np.linspace(100, 300, tickers)[:, None] + 0.01 * np.arange(rows)
    line[1::2] = line[1::2, ::-1]
    line = np.round(line, 2)
    return np.stack([line, line + 0.05, line - 0.05, line, np.full_like(line, 1000.0)], axis=1)


def spikes(tickers: int, rows: int) -> np.ndarray:
    """One row in fifty is tenfold."""
    market = random_walk(tickers, rows)
    tenfold = np.random.default_rng(2).random((tickers, rows)) < 0.02
    market[:, :4] *= np.where(tenfold, 10.0, 1.0)[:, None]
    return market


def half_nan(tickers: int, rows: int) -> np.ndarray:
    market = random_walk(tickers, rows)
    gone = np.random.default_rng(3).random((tickers, rows)) < 0.5
    return np.where(gone[:, None], np.nan, market)


SHAPES = {
    "random walk": random_walk,
    "constant": constant,
    "monotone": monotone,
    "spikes": spikes,
    "half NaN": half_nan,
}


def save(market: np.ndarray, path: Path) -> Path:
    """As bench_kernels reads it."""
    np.ascontiguousarray(market).tofile(path)
    return path
