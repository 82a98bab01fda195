"""Other engines' tables: TA-Lib's C code, polars-talib, and pandas itself."""

import market
import numpy as np
import polars as pl
import talib_subset
from engine_tables import Market, frame, same_bits
from measure import Goal, Kernels, Ratio, Report, compare, in_process, interleave


def talib_tables(markets: dict[int, Market], rounds: int, report: Report):
    one = markets[5000]
    columns = one.kernels.columns()
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
        columns = kernels.columns()
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
