"""transform: every kind of frame, against `ta` ticker by ticker."""

import datetime
import re
import threading

import glibc_log  # noqa: F401
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from markets import FIELDS, walk

import numerai_signals as ns

NAMES = [column.column for column in ns.columns()]


def market(tickers: int = 5, rows: int = 90) -> pd.DataFrame:
    """Tickers of different lengths, sorted by ticker and date."""
    parts = []
    for t in range(tickers):
        part = walk(rows + 7 * t, seed=t)
        part.insert(0, "ticker", f"T{t}")
        part.insert(1, "date", pd.date_range("2020-01-06", periods=len(part), freq="B"))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def expected(frame: pd.DataFrame, mode: str = "ta", dtype: str = "float64") -> pd.DataFrame:
    """By the drop-in, one ticker at a time; the drop-in itself is compared with `ta`."""
    parts = []
    for _, part in frame.sort_values("date").groupby("ticker", sort=False):
        done = ns.ta.add_all_ta_features(part.copy(), *FIELDS, fillna=mode == "fillna")
        parts.append(done.drop(columns=frame.columns).replace([np.inf, -np.inf], np.nan).astype(dtype))
    result = pd.concat(parts).loc[frame.index]
    result.columns = [f"feature_{name}" for name in result.columns]
    return pd.concat([frame[["ticker", "date"]], result], axis=1)


def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sample(frac=1, random_state=3)


@pytest.mark.parametrize("mode", ["ta", "fillna"])
@pytest.mark.parametrize("arrange", [lambda f: f, shuffled, lambda f: f.sort_values(["date", "ticker"])])
def test_pandas_in_any_order(mode, arrange):
    frame = arrange(market())
    for dtype in ("float32", "float64"):
        result = ns.transform(frame, lags=0, mode=mode, dtype=dtype)
        pd.testing.assert_frame_equal(result, expected(frame, mode, dtype), check_exact=True)


def test_lags_are_over_a_tickers_own_rows():
    frame = shuffled(market())
    result = ns.transform(frame, lags=[1, 4])
    assert list(result.columns[2:5]) == [NAMES[0], f"{NAMES[0]}_lag1", f"{NAMES[0]}_lag4"]
    for name in NAMES[::17]:
        by_ticker = result.sort_values("date").groupby("ticker")[name]
        for lag in (1, 4):
            pd.testing.assert_series_equal(
                result[f"{name}_lag{lag}"], by_ticker.shift(lag).loc[result.index], check_names=False, check_exact=True
            )
    assert len(ns.transform(frame).columns) == 2 + 86 * 6
    assert len(ns.transform(frame, lags=[3]).columns) == 2 + 86 * 2


def test_causal_is_the_default_and_looks_at_nothing_later():
    frame = market(2, 200)
    whole = ns.transform(frame, lags=0)
    head = ns.transform(frame[frame["date"] < "2020-06-01"], lags=0)
    pd.testing.assert_frame_equal(whole.loc[head.index], head, check_exact=True)


KINDS = {
    "polars": lambda f: pl.from_pandas(f),
    "table": lambda f: pa.Table.from_pandas(f, preserve_index=False),
    "chunks": lambda f: pa.concat_tables([pa.Table.from_pandas(p, preserve_index=False) for p in (f[:70], f[70:])]),
    "batch": lambda f: pa.RecordBatch.from_pandas(f, preserve_index=False),
    "reader": lambda f: pa.Table.from_pandas(f, preserve_index=False).to_reader(max_chunksize=50),
}


@pytest.mark.parametrize("na", ["keep", "drop", "drop-any"])
@pytest.mark.parametrize("kind", KINDS)
def test_other_kinds_hold_the_same_with_nulls(kind, na):
    frame = shuffled(market())
    given = KINDS[kind](frame)
    result = ns.transform(given, na=na)
    assert type(result) is type(given)
    wanted = ns.transform(frame, na=na)
    if kind == "polars":
        table = result.to_arrow()
    elif kind == "reader":
        table = result.read_all()
    else:
        table = pa.table(result)
    table.validate(full=True)
    assert table.column_names == list(wanted.columns)
    assert table["ticker"].to_pylist() == wanted["ticker"].tolist()
    for name in wanted.columns[2:]:
        column = table[name].combine_chunks()
        assert column.null_count == wanted[name].isna().sum(), name
        np.testing.assert_array_equal(column.to_numpy(zero_copy_only=False), wanted[name].to_numpy(), name)


class Stream:
    """Only what the protocol asks for."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


def test_any_arrow_stream_gives_a_table():
    table = pa.Table.from_pandas(market(), preserve_index=False)
    assert ns.transform(Stream(table), cmd="trend").equals(ns.transform(table, cmd="trend"))


def test_which_rows_are_dropped():
    frame = shuffled(market())
    position = frame.sort_values("date").groupby("ticker").cumcount().loc[frame.index]
    kept = ns.transform(frame, cmd="momentum")
    pd.testing.assert_frame_equal(ns.transform(frame, cmd="momentum", na="drop"), kept[position >= 5])
    pd.testing.assert_frame_equal(ns.transform(frame, cmd="momentum", na="drop-any"), kept.dropna())
    every = ns.transform(frame, na="drop-any", lags=0)  # psar up and down exclude each other and do not count
    assert 0 < len(every) < len(frame)


def test_names_in_any_case_and_adj_close_is_not_close():
    frame = market()
    loud = frame.rename(columns=str.title).assign(**{"Adj Close": -1.0, "note": "x"})
    pd.testing.assert_frame_equal(ns.transform(loud), ns.transform(frame))
    with pytest.raises(ns.ArgumentError, match="'close' and 'CLOSE' are both close"):
        ns.transform(frame.assign(CLOSE=1.0))
    with pytest.raises(ns.MissingColumnError, match="no column close, it has ticker, date, adj close"):
        ns.transform(frame[["ticker", "date", "close"]].rename(columns={"close": "adj close"}), cmd="other")


def test_only_the_columns_that_are_used_are_needed():
    frame = market()
    for cmd, used in (("other", ["close"]), ("trend", ["high", "low", "close"]), ("all", FIELDS[1:])):
        pd.testing.assert_frame_equal(ns.transform(frame[["ticker", "date", *used]], cmd), ns.transform(frame, cmd))


DATES = {
    "seconds": lambda d: d.astype("datetime64[s]"),
    "zoned": lambda d: d.dt.tz_localize("Asia/Tokyo"),  # midnight there is the day before in UTC
    "dates": lambda d: d.dt.date,
    "text": lambda d: d.dt.strftime("%Y-%m-%d"),
    "stamps as text": lambda d: d.dt.strftime("%Y-%m-%d 00:00:00"),
    "arrow": lambda d: d.astype("date32[day][pyarrow]"),
    "before 1970": lambda d: d - pd.Timedelta(days=20000),
}


@pytest.mark.parametrize("kind", DATES)
def test_dates_of_any_type(kind):
    frame = shuffled(market())
    wanted = ns.transform(frame).drop(columns="date")
    other = frame.assign(date=DATES[kind](frame["date"]))
    result = ns.transform(other)
    pd.testing.assert_series_equal(result["date"], other["date"])
    pd.testing.assert_frame_equal(result.drop(columns="date"), wanted)
    table = ns.transform(pa.Table.from_pandas(other, preserve_index=False))
    assert table.num_rows == len(frame)


def test_two_stamps_of_one_local_day_are_duplicates():
    frame = market(1).head(2)
    stamps = pd.DatetimeIndex(["2024-03-07 09:30", "2024-03-07 16:00"], tz="America/New_York")
    with pytest.raises(ns.ArgumentError, match="rows 0 and 1 are both of ticker 'T0' on 2024-03-07"):
        ns.transform(frame.assign(date=stamps))


TICKERS = {
    "category": lambda t: t.astype("category"),
    "arrow": lambda t: t.astype("string[pyarrow]"),
    "own objects": lambda t: pd.Series(["".join(list(x)) for x in t], index=t.index, dtype=object),
    "numbers": lambda t: t.str[1:].astype(int),
}


@pytest.mark.parametrize("kind", TICKERS)
def test_tickers_of_any_type(kind):
    frame = shuffled(market())
    other = frame.assign(ticker=TICKERS[kind](frame["ticker"]))
    result = ns.transform(other)
    pd.testing.assert_series_equal(result["ticker"], other["ticker"])
    pd.testing.assert_frame_equal(result.drop(columns="ticker"), ns.transform(frame).drop(columns="ticker"))


def test_a_dictionary_that_repeats_a_ticker():
    table = pa.table(market(1).drop(columns="ticker"))
    index = pa.array(np.arange(table.num_rows) % 2, pa.int32())
    twice = pa.DictionaryArray.from_arrays(index, pa.array(["A", "A"]))
    result = ns.transform(table.append_column("ticker", twice))
    assert result.drop_columns(["ticker"]).equals(ns.transform(table))


def test_keys_in_the_index():
    frame = market()
    pairs = frame.set_index(["ticker", "date"])
    result = ns.transform(pairs)
    assert result.index.equals(pairs.index)
    pd.testing.assert_frame_equal(result.reset_index(drop=True), ns.transform(frame))
    one = frame[frame["ticker"] == "T1"].drop(columns="ticker")
    alone = ns.transform(one.set_index("date").rename_axis(None))
    assert list(alone.columns[:2]) == ["date", NAMES[0]]
    np.testing.assert_array_equal(alone[NAMES].to_numpy(), ns.transform(one)[NAMES].to_numpy())


def test_columns_of_any_number_type():
    frame = market().round(2)
    frame["volume"] = frame["volume"].astype("int64")
    wanted = ns.transform(frame)
    pd.testing.assert_frame_equal(ns.transform(frame.astype({"volume": "Int64", "close": "Float64"})), wanted)
    pd.testing.assert_frame_equal(ns.transform(frame.convert_dtypes(dtype_backend="pyarrow"))[NAMES], wanted[NAMES])
    rows = pd.DataFrame(np.ascontiguousarray(frame[FIELDS].to_numpy(float)), columns=FIELDS)  # not contiguous columns
    pd.testing.assert_frame_equal(ns.transform(frame[["ticker", "date"]].join(rows)), wanted)
    gap = frame.astype({"volume": "Int64"})
    gap.loc[40, "volume"] = pd.NA
    pd.testing.assert_frame_equal(ns.transform(gap), ns.transform(gap.astype({"volume": float})))
    with pytest.raises(ns.ArgumentError, match="column 'close' holds object, not numbers"):
        ns.transform(frame.astype({"close": str}))


def test_total_return_prices():
    frame = market()
    factor = np.where(frame["date"] >= "2020-03-01", 1.02, 1.0)
    adjusted = frame.copy()
    adjusted[FIELDS[:4]] = frame[FIELDS[:4]].mul(factor, axis=0)
    result = ns.transform(frame.assign(Dividend_Factor=factor), prices="total-return")
    pd.testing.assert_frame_equal(result, ns.transform(adjusted))
    with pytest.raises(ns.MissingColumnError, match="no column dividend_factor"):
        ns.transform(frame, prices="total-return")


def test_parameters_make_columns():
    frame = market(1, 120)
    result = ns.transform(frame, cmd="momentum", lags=1, params={"rsi.window": [7, 14], "roc.window": 3})
    assert "feature_momentum_rsi_window7_lag1" in result
    assert "feature_momentum_roc_window3" in result
    assert "feature_momentum_roc" not in result
    plain = ns.transform(frame, cmd="momentum", lags=1)
    pd.testing.assert_series_equal(result["feature_momentum_rsi"], plain["feature_momentum_rsi"])


WRONG = {
    "cmd nothing: it is one of all, momentum": {"cmd": "nothing"},
    "mode best: it is one of causal": {"mode": "best"},
    "na 'some': it is one of keep": {"na": "some"},
    "dtype 'int8': it is one of float32": {"dtype": "int8"},
    "prices 'adjusted': it is one of served": {"prices": "adjusted"},
    "threads 0: it is a whole number": {"threads": 0},
    r"lags -1: it is a number \(5 means": {"lags": -1},
    r"lags \[0, 1\]: it is a number": {"lags": [0, 1]},
    "lags '5': it is a number": {"lags": "5"},
    "params rsi.windw=7.0: the parameters of rsi are window": {"params": {"rsi.windw": 7}},
    r"params nope.x=7.0: no indicator is named nope \(`numerai_signals.columns": {"params": {"nope.x": 7}},
    "window is a whole number from": {"params": {"rsi.window": 2.5}},
    "params rsi.window: it has no values": {"params": {"rsi.window": []}},
    "params rsi.window: 'x' is not a number": {"params": {"rsi.window": "x"}},
    "params rsi.window: not an indicator of cmd volume": {"cmd": "volume", "params": {"rsi.window": 7}},
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_arguments_are_explained(message):
    with pytest.raises(ns.ArgumentError, match=message) as raised:
        ns.transform(market(1), **WRONG[message])
    assert isinstance(raised.value, (ns.SignalsError, ValueError))
    assert "--" not in str(raised.value)


def test_wrong_frames_are_explained():
    frame = market(2)
    with pytest.raises(ns.ArgumentError, match="frame is of type list: give a pandas"):
        ns.transform([1, 2])
    with pytest.raises(ns.ArgumentError, match=r"LazyFrame: give frame.collect\(\)"):
        ns.transform(pl.from_pandas(frame).lazy())
    twice = pd.concat([frame, frame.iloc[[100]]], ignore_index=True)
    day = twice["date"][100].date()
    with pytest.raises(ns.ArgumentError, match=f"rows 100 and {len(frame)} are both of ticker 'T1' on {day}: keep one"):
        ns.transform(twice)
    for kind in KINDS.values():
        with pytest.raises(ns.ArgumentError, match=f"rows 100 and {len(frame)} are both of ticker 'T1' on {day}"):
            ns.transform(kind(twice))
    with pytest.raises(ns.ArgumentError, match="name them in a column `ticker`"):
        ns.transform(frame.drop(columns="ticker"))
    for name in ("ticker", "date"):
        gap = frame.copy()
        gap.loc[3, name] = None
        for kind in (lambda f: f, *KINDS.values()):
            with pytest.raises(ns.ArgumentError, match=f"row 3 has no {name}"):
                ns.transform(kind(gap))
    with pytest.raises(ns.ArgumentError, match="write dates as YYYY-MM-DD"):
        ns.transform(frame.assign(date="1/2/2024"))
    with pytest.raises(ns.ArgumentError, match="column 'date' holds double, not dates"):
        ns.transform(frame.assign(date=1.5))
    wide = pd.DataFrame(columns=pd.MultiIndex.from_product([["Close"], ["A", "B"]]))
    with pytest.raises(ns.MissingColumnError, match="one level of column names"):
        ns.transform(wide)


def test_empty_frames_and_the_input_stays_as_it_is():
    frame = market()
    for kind in (lambda f: f, *KINDS.values()):
        empty = ns.transform(kind(frame.head(0)))
        columns = empty.schema.names if isinstance(empty, pa.RecordBatchReader) else list(empty.columns)
        assert len(columns) == 2 + 86 * 6
    before = frame.copy()
    result = ns.transform(frame)
    result.loc[:, "ticker"] = "other"
    result.iloc[:, 2:] = 0.0
    pd.testing.assert_frame_equal(frame, before)


def test_threads_change_nothing_and_other_threads_run_meanwhile():
    frame = market(20, 400)
    wanted = ns.transform(frame, threads=1)
    pd.testing.assert_frame_equal(ns.transform(frame, threads=3), wanted, check_exact=True)
    results = [None] * 4

    def run(k):
        results[k] = ns.transform(frame, threads=2)

    workers = [threading.Thread(target=run, args=(k,)) for k in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for result in results:
        pd.testing.assert_frame_equal(result, wanted, check_exact=True)


def test_infinities_and_overflow_are_unknown():
    frame = market(1)
    frame.loc[50, "volume"] = 0.0
    drop_in = ns.ta.add_volume_ta(frame.copy(), "high", "low", "close", "volume")
    assert np.isinf(drop_in["volume_em"]).any()
    assert not np.isinf(ns.transform(frame, mode="ta", lags=0)[NAMES].to_numpy()).any()
    frame["volume"] = 1e300
    assert ns.transform(frame)["feature_volume_obv"].isna().sum() > 80  # too large for float32


def test_dates_in_errors_are_plain():
    table = pa.table({"date": [datetime.date(2024, 1, 2)] * 2, "close": [1.0, 2.0]})
    with pytest.raises(ns.ArgumentError, match="rows 0 and 1 are both on 2024-01-02"):
        ns.transform(table, cmd="other")


def stamped(zone: str | None) -> pd.DataFrame:
    """Bars of five minutes over a night in which clocks in New York go back, with a time there twice."""
    frame = market(tickers=2, rows=80)
    by_ticker = frame.groupby("ticker").cumcount()
    stamps = pd.Timestamp("2022-11-06 04:00", tz="UTC") + pd.to_timedelta(5 * by_ticker, unit="min")
    return frame.assign(date=stamps.dt.tz_convert(zone) if zone else stamps.dt.tz_localize(None))


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
@pytest.mark.parametrize("kind", [lambda f: f, pa.Table.from_pandas, pl.from_pandas])
def test_bars_of_minutes(zone, kind):
    frame = shuffled(stamped(zone))
    result = ns.transform(kind(frame.reset_index(drop=True)), lags=2, na="drop", bar="stamp")
    daily = ns.transform(market(tickers=2, rows=80).loc[frame.index].reset_index(drop=True), lags=2, na="drop")
    result = result if isinstance(result, pd.DataFrame) else result.to_pandas()
    result, daily = (one.drop(columns="date").reset_index(drop=True) for one in (result, daily))
    pd.testing.assert_frame_equal(result, daily, check_exact=True)
    with pytest.raises(ns.ArgumentError, match="keep one for each session date"):
        ns.transform(kind(frame.reset_index(drop=True)))


def test_two_bars_of_one_stamp():
    frame = stamped("America/New_York")
    twice = pd.concat([frame, frame.iloc[[100]]], ignore_index=True)
    ticker, stamp = frame.loc[100, ["ticker", "date"]]
    words = f"rows 100 and {len(frame)} are both of ticker '{ticker}' at {stamp}: keep one for each stamp"
    with pytest.raises(ns.ArgumentError, match=re.escape(words)):
        ns.transform(twice, bar="stamp")
    with pytest.raises(ns.ArgumentError, match="bar 'minute': it is one of day, stamp"):
        ns.transform(frame, bar="minute")
