"""The engine's own tables: beside `ta` and memcpy, at each width, on each shape, through the Python package."""

import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import market
import numpy as np
import pandas as pd
from measure import Goal, Kernels, Ratio, Report, compare, in_process, interleave

import ta

HERE = Path(__file__).resolve().parent
LENGTHS = {5000: 80, 378: 1060}  # rows -> tickers: 400,000 rows of each


@dataclass
class Market:
    bars: np.ndarray  # tickers x 5 x rows
    path: Path
    kernels: Kernels

    @property
    def rows(self) -> int:
        return self.bars.shape[2]


def make_markets(folder: Path) -> dict[int, Market]:
    markets = {}
    for rows, tickers in LENGTHS.items():
        bars = market.random_walk(tickers, rows)
        path = market.save(bars, folder / f"walk{rows}")
        markets[rows] = Market(bars, path, Kernels(path, rows))
    return markets


def frame(bars: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(dict(zip(market.FIELDS, bars, strict=True)))


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(((a == b) | (np.isnan(a) & np.isnan(b))).all())


def check_ta(markets: dict[int, Market], folder: Path, report: Report):
    """Everything that is timed below gives `ta`'s bits, in float64 and rounded to float32, at every width."""
    for rows, one in markets.items():
        few = market.save(one.bars[:8], folder / "few")
        kernels = Kernels(few, rows)
        reference = folder / "reference"
        subprocess.run([sys.executable, HERE / "ta_reference.py", few, str(rows), reference], check=True)
        expected = np.fromfile(reference)
        for flags in [["--float64"], *(["--float64", "--lanes", str(lanes)] for lanes in widths(kernels))]:
            if not same_bits(np.fromfile(kernels.dump(folder / "ours", *flags)), expected):
                raise SystemExit(f"bench: the engine and `ta` differ on {rows} rows ({' '.join(flags)})")
        if not same_bits(np.fromfile(kernels.dump(folder / "ours"), np.float32), expected.astype(np.float32)):
            raise SystemExit(f"bench: the engine's float32 is not `ta` rounded, on {rows} rows")
    report.say("Checked: all 86 columns equal those of `ta` bit for bit.")


def widths(kernels: Kernels) -> list[int]:
    tried = {
        lanes: subprocess.run([*kernels.command, "--lanes", str(lanes), "--passes", "1"], capture_output=True)
        for lanes in (1, 2, 4, 8)
    }
    return [lanes for lanes, done in tried.items() if done.returncode == 0]


def ta_tables(markets: dict[int, Market], rounds: int, report: Report):
    report.section(
        "Beside `ta`",
        "`ta.add_all_ta_features` on one ticker's frame, and our engine alone: one thread, all 86 columns in float32. "
        "With `vectorized=True` `ta` gives 68 columns; ours are then the same ones.",
    )
    goals = {5000: Goal(1000, 2000), 378: Goal(2000, 4000)}
    full, vectorized = [], []
    for rows, one in markets.items():
        frames = [frame(bars) for bars in one.bars[: 4 * rounds]]

        def theirs(turn, frames=frames, rows=rows, **how):
            some = frames[turn : turn + 1] if rows == 5000 else frames[4 * turn : 4 * turn + 4]
            for each in some:
                ta.add_all_ta_features(each.copy(), *market.FIELDS, fillna=False, **how)
            return rows * len(some)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            what = f"`ta` full, N = {rows:,}"
            full.append((what, compare(in_process(theirs), one.kernels.side(), rounds), goals[rows]))
            some = set(ta.add_all_ta_features(frames[0].copy(), *market.FIELDS, vectorized=True).columns)
            ours = one.kernels.side("--only", ",".join(indicators_within(some, one)))
            work = in_process(lambda turn, theirs=theirs: theirs(turn, vectorized=True), passes=3)
            vectorized.append((f"`ta` vectorized, N = {rows:,}", compare(work, ours, rounds), None))
    report.ratios("`ta`", "ours", full + vectorized)


def indicators_within(columns: set[str], one: Market) -> list[str]:
    """Our indicators all of whose columns are among these."""
    return [name for name, own in one.kernels.run("--passes", "1")["indicators"].items() if columns >= set(own)]


def floor_tables(markets: dict[int, Market], rounds: int, report: Report):
    report.section("Beside memcpy", "A memcpy of as many bytes as all columns have, between columns of the same size.")
    rows = []
    for count, one in markets.items():
        for kind in ([], ["--float64"]):
            ratio = compare(one.kernels.side(*kind), one.kernels.side("--copy", *kind), rounds)
            rows.append((f"{'float64' if kind else 'float32'}, N = {count:,}", ratio, None))
    report.ratios("ours", "memcpy", rows)


def width_tables(markets: dict[int, Market], rounds: int, report: Report):
    one = markets[5000]
    report.section(
        "SIMD lanes", "Tickers side by side: 1 is plain scalar code, 4 needs AVX2, 8 needs AVX-512. N = 5,000."
    )
    found = widths(one.kernels)
    sides = interleave([one.kernels.side("--lanes", str(lanes)) for lanes in found], rounds)
    rows = [(f"{lanes} lanes", Ratio(sides[0], side), None) for lanes, side in zip(found, sides, strict=True)]
    report.ratios("1 lane", "so many", rows)


def shape_tables(folder: Path, rounds: int, report: Report):
    report.section("Shapes of input", "All 86 columns, N = 5,000; how much slower than the random walk.")
    sides = {}
    for name, make in market.SHAPES.items():
        path = market.save(make(LENGTHS[5000], 5000), folder / "shape-{}".format(name.replace(" ", "-")))
        sides[name] = Kernels(path, 5000).side()
    walk, *others = interleave(list(sides.values()), rounds)
    goal = Goal(1.2, at_most=True)
    rows = [(name, Ratio(side, walk), goal) for name, side in zip(list(sides)[1:], others, strict=True)]
    report.ratios("this shape", "random walk", rows)


def package_table(markets: dict[int, Market], rounds: int, report: Report):
    report.section(
        "Through the Python package",
        "`ns.transform` on a pandas frame of 400,000 rows and many tickers, everything included, beside `ta` full.",
    )
    try:
        import numerai_signals as ns
    except ImportError:
        report.say("not installed: `import numerai_signals` fails here, so this was not measured")
        return
    goals = {5000: Goal(600), 378: Goal(1000)}
    rows = []
    for count, one in markets.items():
        tickers = one.bars.shape[0]
        dates = pd.bdate_range("2003-01-01", periods=count)
        whole = pd.DataFrame(
            {"ticker": np.repeat([f"T{k:05}" for k in range(tickers)], count), "date": np.tile(dates, tickers)}
            | {field: one.bars[:, k].ravel() for k, field in enumerate(market.FIELDS)}
        )
        columns = one.kernels.columns()
        kernel = np.fromfile(one.kernels.dump(one.path.with_name("ours")), np.float32).reshape(-1, len(columns), count)
        ours = ns.transform(whole, lags=0, mode="ta", threads=1)
        for k, name in enumerate(columns):
            column = ours[f"feature_{name}"].to_numpy()
            expected = kernel[:, k].ravel()
            if not same_bits(
                np.where(np.isinf(expected), np.nan, expected), np.where(np.isinf(column), np.nan, column)
            ):
                raise SystemExit(f"bench: ns.transform and the engine differ in {name}")
        frames = [frame(bars) for bars in one.bars[:rounds]]

        def theirs(turn, frames=frames, count=count):
            ta.add_all_ta_features(frames[turn].copy(), *market.FIELDS, fillna=False)
            return count

        def through(_, whole=whole, **how):
            ns.transform(whole, lags=0, mode="ta", **how)
            return len(whole)

        del ours, kernel
        one_thread = in_process(lambda turn, through=through: through(turn, threads=1), passes=3)
        all_cores = in_process(through, passes=3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            slow, single, all_threads = interleave([in_process(theirs), one_thread, all_cores], rounds)
        rows.append((f"one thread, N = {count:,}", Ratio(slow, single), goals[count]))
        rows.append((f"all threads, N = {count:,}", Ratio(slow, all_threads), None))
    report.ratios("`ta`", "ns.transform", rows)
