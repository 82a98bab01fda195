"""The examples, run as scripts on a small market, against what `ta`, Numerai's own checks and pandas say."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import BUILD, ROOT, Signals, Simulator, clean_environment
from numerai_tools.submissions import validate_submission_signals
from test_publish import write_universe

import numerai_signals as ns
import ta

pytestmark = [pytest.mark.pages, pytest.mark.long]
NOW = "2022-11-04T23:00:00Z"


def example(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def python(folder, *arguments, expect=0, **environment):
    path = f"{BUILD}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=200,
        env=clean_environment(**{"PATH": path, "OMP_NUM_THREADS": "1", "SIGNALS_NOW": NOW} | environment),
    )  # fmt: skip
    assert done.returncode == expect, done.stdout + done.stderr
    return done


def script(folder, name, *arguments, **options):
    return python(folder, ROOT / "examples" / f"{name}.py", *arguments, **options)


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """Two years of 132 tickers, their momentum, and the data set of Fridays."""
    signals = Signals(tmp_path_factory.mktemp("market"), now=NOW)
    simulator = Simulator(now=NOW, tickers=132)
    tickers = simulator.tickers()
    signals.run("load", "--start", "2021-01-01", *[f"--ticker={t}" for t in tickers], *simulator.load_options())
    (signals.folder / "bars.csv").write_text(simulator.ask("truth", "--start", "2022-01-01"))
    simulator.close()
    signals.run("transform", "--cmd", "momentum", "--table", "features")
    write_universe(signals, tickers, ["2022-11-04"])
    signals.run("publish", "--universe", "universe.csv", "--calendar", "weekly")
    return signals


def test_a_frame_of_ones_own(market):
    script(market.folder, "frame_to_features", "bars.csv", "features.parquet")
    bars = pd.read_csv(market.folder / "bars.csv")
    found = pd.read_parquet(market.folder / "features.parquet")
    assert list(found["ticker"]) == list(bars["ticker"])
    ticker = bars["ticker"].iloc[0]
    mine, closes = found[found["ticker"] == ticker], bars.loc[bars["ticker"] == ticker, "close"].reset_index(drop=True)
    for window, column in {14: "feature_momentum_rsi", 60: "feature_momentum_rsi_window60"}.items():
        oracle = ta.momentum.RSIIndicator(closes, window=window).rsi().astype("float32")
        np.testing.assert_array_equal(mine[column].to_numpy(), oracle.to_numpy())
        np.testing.assert_array_equal(mine[f"{column}_lag20"].to_numpy(), oracle.shift(20).to_numpy())
    assert "feature_volatility_bbm" not in found, "a column in prices"
    ranks = found.groupby("date")["feature_momentum_rsi"].rank(pct=True)
    np.testing.assert_allclose(found["feature_momentum_rsi_rank"], ranks, rtol=1e-6)


@pytest.fixture(scope="module")
def numerai(market):
    """Files as Numerai's, whose target is half a feature of ours and half noise; the last weeks have none yet."""
    rows = ns.open_lake(market.lake).dataset(columns=["feature_momentum_rsi"])
    share = rows.groupby("date")["feature_momentum_rsi"].rank(pct=True)
    mixed = (share + np.random.default_rng(3).random(len(rows))).groupby(rows["date"]).rank(pct=True)
    rows["target"] = (mixed * 4).round() / 4
    rows.loc[rows["date"] > "2022-09-30", "target"] = np.nan
    rows = rows[["numerai_ticker", "date", "target"]].assign(feature_country="x")
    for name, part in {"train": rows["date"] < "2022-03-01", "validation": rows["date"] >= "2022-03-01"}.items():
        rows[part].to_parquet(market.folder / f"{name}.parquet", index=False)
    return ["--train", "train.parquet", "--validation", "validation.parquet", "--trees", "10"]


def test_from_the_lake_to_a_submission_that_numerai_takes(market, numerai):
    done = script(market.folder, "lake_to_submission", *numerai)
    live = ns.open_lake(market.lake).live(columns=["session_date"])
    rows = pd.read_csv(market.folder / "submission.csv")
    assert (market.folder / "submission.csv").read_text().startswith("numerai_ticker,signal\n")
    assert len(rows) == live["session_date"].notna().sum() > 100
    assert rows["signal"].between(0, 1, inclusive="neither").all()
    *_, kept, strange = validate_submission_signals(live, rows.copy())
    assert len(kept) == len(rows)
    assert not strange
    correlation = float(done.stdout.split("correlation by era ")[1].split(",")[0])
    assert correlation > 0.3, "what is half of the target was not learnt: the join is wrong"


@pytest.mark.parametrize("horizon", [20, 60])
@pytest.mark.parametrize("frequency", ["W-FRI", "B"])
def test_no_target_of_training_reaches_into_what_is_judged(horizon, frequency):
    """With sessions counted one by one, on a market with a holiday in every week of five."""
    dates = pd.bdate_range("2019-01-01", "2022-12-30")
    sessions = dates[~((dates.dayofweek == 2) & (dates.isocalendar().week.to_numpy() % 5 == 0))]
    era = pd.Series(dates[dates.dayofweek == 4] if frequency == "W-FRI" else dates).dt.strftime("%Y-%m-%d")
    checked = 0
    for learn, judge in example("lake_to_submission").folds(era, horizon):
        last, first = pd.Timestamp(era[learn].max()), pd.Timestamp(era[judge].min())
        ends = sessions[sessions.searchsorted(last, "right") - 1 + 2 + horizon]
        assert ends < first, f"a target of {last:%Y-%m-%d} ends on {ends:%Y-%m-%d}, judged from {first:%Y-%m-%d}"
        assert (first - last).days <= 7 * (horizon + 2) / 5 + 21, "more is left out than has to be"
        assert not (learn & judge).any()
        checked += 1
    assert checked >= 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.rename(columns={"signal": "value"}).assign(signal=rows["signal"]), "the columns are not"),
        (lambda rows: pd.concat([rows, rows.head(1)]), "a name is there twice"),
        (lambda rows: rows.assign(numerai_ticker=rows["numerai_ticker"] + "X"), "not in the live universe"),
        (lambda rows: rows.head(99), "fewer than 100"),
        (lambda rows: rows.assign(signal=rows["signal"].where(rows.index > 0)), "a signal is missing"),
        (lambda rows: rows.assign(signal=rows["signal"].where(rows.index > 0, 1.0)), "not between 0 and 1"),
        (lambda rows: rows.assign(signal=0.5), "all signals are the same"),
    ],
)
def test_what_numerai_would_refuse_is_not_written(change, said):
    names = pd.Series([f"S{i} US" for i in range(120)])
    rows = pd.DataFrame({"numerai_ticker": names, "signal": (np.arange(120) + 0.5) / 120})
    check = example("lake_to_submission").check
    check(rows, names)
    with pytest.raises(SystemExit, match=said):
        check(change(rows), names)


def test_sql_over_the_lake(market):
    said = script(market.folder, "sql_over_the_lake", "lake").stdout
    tables = [
        [[cell.strip() for cell in line.split("│")[1:-1]] for line in part.splitlines() if line.startswith("│")]
        for part in said.split("-- ")[1:]
    ]
    by_exchange, best, oversold, by_date, flags = tables
    prices = ns.open_lake(market.lake).prices(adjusted=True).sort_values(["ticker", "date"])
    assert {row[0]: row[2] for row in by_exchange[2:]} == prices["exchange"].value_counts().astype(str).to_dict()
    growth = prices.groupby("ticker")["close"].agg(lambda closes: closes.iloc[-1] / closes.iloc[-21] - 1)
    growth = growth.sort_values(ascending=False).head(5)
    assert [row[0] for row in best[2:]] == list(growth.index)
    assert [float(row[3]) for row in best[2:]] == pytest.approx(list(growth), rel=1e-9)
    assert len(oversold) > 2
    assert by_date[2][0] == "2022-11-04"
    assert flags[2][0] == "gap"


def old_computation(bars: pd.DataFrame, lags: int) -> pd.DataFrame:
    """transform.csv of the old project, by `ta` and pandas: filled, shifted, rounded, Fridays."""
    parts = []
    for _, rows in bars.groupby("ticker"):
        rows = rows.sort_values("timestamp", ignore_index=True)
        rows = ta.add_volume_ta(rows, high="high", low="low", close="close", volume="volume", fillna=True)
        columns = {c: rows[c] for c in ("ticker", "timestamp", "currency")}
        for name in rows.columns[3:]:
            columns |= {f"FEATURE_{name}_shift{i}": rows[name].shift(i) for i in range(lags)}
        parts.append(pd.DataFrame(columns))
    rows = pd.concat(parts)
    rows[rows.columns[3:]] = rows[rows.columns[3:]].round(4).astype("float32")
    return rows[rows["timestamp"].dt.weekday == 4].reset_index(drop=True)


def test_the_old_projects_columns(market):
    options = ["--mode", "fillna", "--dtype", "float64", "--skip", "none", "--na", "keep", "--lags", "4"]
    market.run("transform", "--cmd", "volume", *options, "--table", "features_old")
    script(market.folder, "old_columns", "lake", "features_old", "transform.csv")
    found = pd.read_csv(market.folder / "transform.csv", parse_dates=["timestamp"])
    bars = market.read("prices")[["ticker", "date", "currency", "open", "high", "low", "close", "volume"]]
    bars["date"] = pd.to_datetime(bars["date"])
    whole = bars.groupby("ticker").filter(lambda rows: rows["volume"].notna().all() and rows["open"].notna().all())
    whole = whole[whole["ticker"].isin(whole["ticker"].unique()[:20])]
    assert whole["ticker"].nunique() == 20
    expected = old_computation(whole.rename(columns={"date": "timestamp"}), lags=5)
    found = found[found["ticker"].isin(whole["ticker"])]
    assert set(found.columns) == set(expected.columns)
    both = found.merge(expected, on=["ticker", "timestamp"], suffixes=("", "_old"))
    assert len(both) == len(found) == len(expected) > 1500
    for name in expected.columns[3:]:
        a, b = both[name].astype("float32"), both[f"{name}_old"]
        assert ((a == b) | (a.isna() & b.isna())).all(), name


OLD = ["numerai_signals.load", "--start", "221014", "--end", "221022", "--ticker", "SAAA", "--local"]


def test_the_old_commands_take_the_old_arguments(tmp_path):
    simulator = Simulator(now=NOW)
    try:
        done = python(tmp_path, "-m", *OLD, SIGNALS_YAHOO_URL=simulator.url, SIGNALS_RATE="0")
        assert "--local does nothing any more" in done.stderr
        python(tmp_path, "-m", "numerai_signals.transform", "--cmd", "volume", "--lags", "5", "--reload", "--local")
    finally:
        simulator.close()
    lake = ns.open_lake(tmp_path / "lake")
    dates = lake.prices()["date"].astype(str)
    assert (dates.min(), dates.max()) == ("2022-10-14", "2022-10-21")
    columns = list(lake.features(table="features_volume").columns)
    assert columns[2:8] == ["feature_volume_adi", *(f"feature_volume_adi_lag{i}" for i in range(1, 6))]


def test_the_old_commands_without_a_program(tmp_path):
    (tmp_path / "signals").write_text("not a program")
    done = python(tmp_path, "-m", *OLD, SIGNALS_PROGRAM=str(tmp_path / "signals"), expect=1)
    assert f"SIGNALS_PROGRAM names {tmp_path / 'signals'}, which is not a program" in done.stderr
    named = python(
        tmp_path, "-m", "numerai_signals.load", "--version", SIGNALS_PROGRAM=str(BUILD / "signals"), PATH="/nowhere"
    )
    assert named.stdout.startswith("signals ")
    if not (ROOT / ".venv" / "bin" / "signals").exists():
        nowhere = python(tmp_path, "-m", *OLD, PATH="/nowhere", expect=1)
        assert "name it with SIGNALS_PROGRAM" in nowhere.stderr
    wrong = python(tmp_path, "-m", "numerai_signals.load", "--start", "22-1", expect=2)
    assert "--start" in wrong.stderr


def test_the_function_stays_what_it_is():
    with pytest.raises(ImportError, match="is a function"):
        importlib.import_module("numerai_signals.transform")
    with pytest.raises(ImportError, match="only for `python -m`"):
        importlib.import_module("numerai_signals.load")
    assert callable(ns.transform)
