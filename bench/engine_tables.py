"""The engine's own tables: beside `ta`, memcpy, pandas, TA-Lib and polars-talib, on each shape, at each width."""

import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import market
import numpy as np
import pandas as pd
import polars as pl
import talib_subset
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
    names = [entry.name for entry in talib_subset.ENTRIES]
    names += ["em", "kc", "ui", "kst", "stc", "visual_ichimoku", "cr"]
    return [name for name in names if columns >= set(one.kernels.run("--only", name, "--passes", "1")["columns"])]


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


def talib_tables(markets: dict[int, Market], rounds: int, report: Report):
    one = markets[5000]
    columns = one.kernels.run("--passes", "1")["columns"]
    ours = np.fromfile(one.kernels.dump(one.path.with_name("ours"), "--float64")).reshape(-1, len(columns), one.rows)
    checked = {}
    for bars, values in zip(one.bars[:4], ours, strict=False):
        found = talib_subset.check(bars, dict(zip(columns, values, strict=True)))
        checked = {name: min(share, checked.get(name, 1.0)) for name, share in found.items()}

    def theirs(entry):
        def work(_):
            for bars in one.bars:
                entry.run(talib_subset.talib, *bars)
            return one.bars.shape[0] * one.rows

        return in_process(work, seconds=0.03, passes=3)

    flags = ["--float64", "--group", "8", "--seconds", "0.03"]
    ratios = [
        (entry, compare(theirs(entry), one.kernels.side(*flags, "--only", entry.name), rounds))
        for entry in talib_subset.ENTRIES
    ]
    report.section(
        "Beside TA-Lib's C code",
        "One call after another through TA-Lib's Python wheel, and our engine computing the indicator that has the "
        "same columns (often more of them): one thread, float64, N = 5,000. `same`: equal to 1e-6; `seed`: the "
        "averages start in another way, equal to 1e-6 later; otherwise the share of rows that are equal, and where "
        "the rules differ.",
    )
    report.table(
        ["indicator", "TA-Lib calls", "values", "TA-Lib, ns/row", "ours, ns/row", "ratio", "spread"],
        [
            [entry.name, entry.calls, agreement(entry, checked[entry.name]), *report.ratio_cells("", ratio, None)[1:5]]
            for entry, ratio in ratios
        ],
    )
    report.say()
    families = [
        (family, total([r for e, r in ratios if e.family == family]), Goal(1))
        for family in dict.fromkeys(entry.family for entry, _ in ratios)
    ]
    together = [entry.name for entry, _ in ratios]
    fused = interleave([one.kernels.side(*flags, "--only", ",".join(together))], rounds)[0]
    everything = total([ratio for _, ratio in ratios])
    families.append(("sum of all", everything, Goal(2, 3)))
    families.append(("sum of all, ours in one pass", Ratio(everything.slow, fused), None))
    report.ratios("TA-Lib", "ours", families)
    polars_table(one, rounds, report)


def agreement(entry: talib_subset.Entry, share: float) -> str:
    return f"{share:.0%} ({entry.why})" if entry.match == "mostly" else entry.match


def total(ratios: list[Ratio]) -> Ratio:
    slow = [sum(times) for times in zip(*(ratio.slow for ratio in ratios), strict=True)]
    return Ratio(slow, [sum(times) for times in zip(*(ratio.fast for ratio in ratios), strict=True)])


def polars_table(one: Market, rounds: int, report: Report):
    import polars_talib

    class Library:
        def __getattr__(self, name):
            return getattr(polars_talib, name.lower())

    tickers = one.bars.shape[0]
    table = pl.DataFrame(
        {"ticker": np.repeat(np.arange(tickers), one.rows)}
        | {field: one.bars[:, k].ravel() for k, field in enumerate(market.FIELDS)}
    )
    expressions, names = [], []
    for entry in talib_subset.ENTRIES:
        if entry.name == "stoch_rsi":
            continue  # its second call takes a field of the first one's struct
        found = entry.run(Library(), *(pl.col(field) for field in market.FIELDS))
        found = list(found) if isinstance(found, tuple) else [found]
        expressions += [e.over("ticker").alias(f"{entry.name}{k}") for k, e in enumerate(found)]
        names.append(entry.name)
    first = table.filter(pl.col("ticker") == 0).select(expressions)
    for name in ("rsi", "adx", "cci"):
        entry = next(entry for entry in talib_subset.ENTRIES if entry.name == name)
        expected = entry.run(talib_subset.talib, *one.bars[0])[0]
        if not np.allclose(first[f"{name}0"].to_numpy(), expected, rtol=1e-9, equal_nan=True):
            raise SystemExit(f"bench: polars-talib and TA-Lib differ in {name}")

    def work(_):
        table.select(expressions)
        return len(table)

    ratio = compare(in_process(work), one.kernels.side("--float64", "--only", ",".join(names)), rounds)
    report.section(
        "Beside polars-talib",
        f'The same {len(names)} indicators as above (without stoch_rsi) in one `select` with `.over("ticker")` on '
        f"{tickers} tickers of {one.rows:,} rows, polars on one thread; ours in one pass.",
    )
    report.ratios("polars-talib", "ours", [("shared subset", ratio, None)])


def pandas_table(markets: dict[int, Market], rounds: int, report: Report):
    one = markets[5000]
    frames = [frame(bars) for bars in one.bars[:16]]

    def bands(f):
        mean, deviation = f["close"].rolling(20).mean(), f["close"].rolling(20).std(ddof=0)
        return mean, mean + 2 * deviation, mean - 2 * deviation

    def exponential(f, span):
        return f["close"].ewm(span=span, min_periods=span, adjust=False).mean()

    cases = {
        "sma": (lambda f: [f["close"].rolling(12).mean(), f["close"].rolling(26).mean()], ["_fast", "_slow"]),
        "ema": (lambda f: [exponential(f, 12), exponential(f, 26)], ["_fast", "_slow"]),
        "bb": (bands, ["m", "h", "l"]),
        "dc": (lambda f: [f["high"].rolling(20).max(), f["low"].rolling(20).min()], ["h", "l"]),
    }
    prefixes = {"sma": "trend_sma", "ema": "trend_ema", "bb": "volatility_bb", "dc": "volatility_dc"}
    rows = []
    for name, (compute, suffixes) in cases.items():
        kernels = Kernels(one.path, one.rows, "--float64", "--only", name)
        columns = kernels.run("--passes", "1")["columns"]
        ours = np.fromfile(kernels.dump(one.path.with_name("ours")))[: len(columns) * one.rows].reshape(-1, one.rows)
        for theirs, suffix in zip(compute(frames[0]), suffixes, strict=True):
            if not same_bits(theirs.to_numpy(), ours[columns.index(prefixes[name] + suffix)]):
                raise SystemExit(f"bench: pandas and the engine differ in {prefixes[name]}{suffix}")

        def work(_, compute=compute):
            for each in frames:
                compute(each)
            return len(frames) * one.rows

        rows.append((name, compare(in_process(work, passes=3), kernels.side(), rounds), None))
    report.section(
        "Beside pandas",
        "`rolling` and `ewm` themselves, without `ta` around them, one ticker after another; float64, N = 5,000, "
        "checked bit for bit.",
    )
    report.ratios("pandas", "ours", rows)


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
        columns = one.kernels.run("--passes", "1")["columns"]
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

        one_thread = in_process(lambda turn, through=through: through(turn, threads=1))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            slow, single, all_threads = interleave([in_process(theirs), one_thread, in_process(through)], rounds)
        rows.append((f"one thread, N = {count:,}", Ratio(slow, single), goals[count]))
        rows.append((f"all threads, N = {count:,}", Ratio(slow, all_threads), None))
    report.ratios("`ta`", "ns.transform", rows)
