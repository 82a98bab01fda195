"""`signals publish` through the real program: rows as of each date against an independent oracle in pandas."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from statistics import NormalDist

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from conftest import BUILD, Signals
from markets import walk

NOW = "2022-11-04T23:00:00Z"
START = "2021-09-01"
KEYS = ["date", "numerai_ticker", "composite_figi", "weekly", "session_date", "staleness"]
SUFFIX_COUNTRY = {"": "US", "L": "GB", "T": "JP", "HK": "HK", "KS": "KR", "AX": "AU", "TA": "IL"}
FORMS = ["rank", "ranknorm", "country_rank", "country_ranknorm"]


def folder_of(dataset, snapshot: int):
    """The folder that a snapshot's files were published to."""
    [folder] = (dataset / "published").glob(f"{snapshot}-*")
    return folder


def names_of(tickers) -> pd.DataFrame:
    """numerai_ticker, composite_figi and yahoo of each ticker."""
    rows = []
    for i, ticker in enumerate(tickers):
        symbol, _, suffix = ticker.partition(".")
        country = SUFFIX_COUNTRY.get(suffix, "XX")
        rows.append((f"{symbol}{'' if country != 'XX' else suffix} {country}", f"BBG{i:09}", ticker))
    return pd.DataFrame(rows, columns=["numerai_ticker", "composite_figi", "yahoo"])


def write_universe(signals, tickers, dates, leave_out=lambda date, i: False) -> pd.DataFrame:
    """A dated universe file; returns its rows."""
    names = names_of(tickers)
    parts = []
    for date in dates:
        kept = [i for i in range(len(names)) if not leave_out(date, i)]
        parts.append(names.iloc[kept].assign(date=str(date)[:10]))
    rows = pd.concat(parts, ignore_index=True)
    rows.to_csv(signals.folder / "universe.csv", index=False)
    return rows


def fridays(start=START, end=NOW[:10]):
    return pd.date_range(start, end, freq="W-FRI")


def dataset(signals) -> pd.DataFrame:
    """The table as its files stand, one behind the other."""
    return pq.ParquetDataset(signals.files("dataset"), partitioning=None).read().to_pandas()


def manifest(signals) -> dict:
    return json.loads((signals.lake / "dataset" / "manifest.json").read_text())


@pytest.fixture(scope="module")
def market(tmp_path_factory, start):
    """A lake with a year of the market, features in both widths, and a universe of Fridays and the last days."""
    signals = Signals(tmp_path_factory.mktemp("market"), now=NOW)
    simulator = start(now=NOW, tickers=132)
    tickers = simulator.tickers()
    signals.tickers = tickers
    signals.run("load", "--start", START, *[f"--ticker={t}" for t in tickers], *simulator.load_options())
    signals.run("transform", "--cmd", "all", "--lags", "1,3")
    signals.run("transform", "--cmd", "all", "--dtype", "float64", "--na", "keep", "--table", "features_wide")
    # A name in seven is no member in every other week.
    dates = [*fridays(), *pd.bdate_range("2022-10-25", NOW[:10])]
    signals.rows = write_universe(signals, tickers, sorted(set(dates)), lambda d, i: i % 7 == 0 and d.week % 2 == 0)
    return signals


@pytest.fixture(scope="module")
def start():
    from conftest import Simulator

    running = []

    def begin(**options):
        running.append(Simulator(**options))
        return running[-1]

    yield begin
    for one in running:
        one.close()


@pytest.fixture(scope="module")
def published(market):
    market.run("publish", "--universe", "universe.csv", "--forms", ",".join(FORMS), "--levels")
    return dataset(market)


def copy_of(signals, folder) -> Signals:
    other = Signals(folder, now=signals.now)
    leave_out = shutil.ignore_patterns("features_wide", "dataset")
    shutil.copytree(signals.folder, folder, dirs_exist_ok=True, ignore=leave_out)
    return other


# The oracle


def sessions_of(prices: pd.DataFrame) -> dict[str, pd.DatetimeIndex]:
    """By exchange, the days on which a fifth of the names traded that had a bar in the 15 days before."""
    found = {}
    for exchange, bars in prices.groupby("exchange"):
        there = bars.assign(one=1.0).pivot(index="date", columns="ticker", values="one").asfreq("D")
        active = there.rolling(16, min_periods=1).max()
        traded, names = there.sum(axis=1), active.sum(axis=1)
        found[exchange] = there.index[(traded > 0) & (5 * traded >= names)]
    return found


def scale_free(column: str, unit: str, x: pd.Series, bars: pd.DataFrame) -> pd.Series:
    close, volume = bars["close"], bars["volume"]
    money = close * volume
    return {
        "none": lambda: x,
        "price": lambda: x / close - 1,
        "price difference": lambda: x / close,
        "volume": lambda: (x - x.shift(20)) / volume.rolling(20).sum(),
        "money": lambda: x / money.rolling(20).mean(),
        "price^2 per volume": lambda: x / 1e8 * volume.rolling(20).mean() / close**2,
        "first bar": lambda: x / x.shift(20) - 1,
        "first bar, per cent": lambda: (100 + x) / (100 + x.shift(20)) - 1,
    }[unit]()


def expected_rows(signals, lags) -> pd.DataFrame:
    """All rows of the data set without forms, from the tables `prices`, `quality` and `features_wide`."""
    prices = signals.read("prices")
    prices["date"] = pd.to_datetime(prices["date"])
    quality = signals.read("quality")
    copies = quality.loc[quality["flag"] == "holiday_copy", ["ticker", "date"]]
    copies["date"] = pd.to_datetime(copies["date"])
    prices = prices.merge(copies, how="left", indicator=True).query("_merge == 'left_only'")
    wide = signals.read("features_wide")
    wide["date"] = pd.to_datetime(wide["date"])
    units = {c["column"]: c["unit"] for c in signals.json("columns")}
    sessions = sessions_of(prices)
    members = signals.rows
    parts = []
    for ticker, bars in prices.groupby("ticker"):
        bars = bars.sort_values("date", ignore_index=True)
        raw = wide[wide["ticker"] == ticker].sort_values("date", ignore_index=True)
        assert list(raw["date"]) == list(bars["date"])
        columns = {}
        for name, unit in units.items():
            forms = {name: raw[name]}
            if unit != "none":
                forms[f"{name}_rel"] = scale_free(name, unit, raw[name], bars)
            for form, values in forms.items():
                columns[form] = values
                for lag in lags:
                    columns[f"{form}_lag{lag}"] = values.shift(lag)
        values = pd.DataFrame(columns).iloc[max(lags) :]
        values.insert(0, "session", bars["date"])
        mine = members[members["yahoo"] == ticker].copy()
        mine["at"] = pd.to_datetime(mine["date"])
        mine = pd.merge_asof(mine.sort_values("at"), values, left_on="at", right_on="session")
        held = sessions[bars["exchange"].iloc[-1]]
        mine["staleness"] = held.searchsorted(mine["at"], "right") - held.searchsorted(mine["session"], "right")
        fresh = mine["session"].notna() & (mine["at"] - mine["session"] <= pd.Timedelta(days=15))
        parts.append(mine[fresh & (mine["staleness"] <= 5)])
    rows = pd.concat(parts).sort_values(["date", "numerai_ticker"], ignore_index=True)
    rows["weekly"] = rows["at"].dt.dayofweek == 4
    rows["session_date"] = rows["session"].dt.strftime("%Y-%m-%d")
    return rows


def close_to(a: pd.Series, b: pd.Series, tolerance: float) -> bool:
    a, b = a.to_numpy(float), b.to_numpy(float)
    b = np.where(np.isfinite(b), b, np.nan)
    with np.errstate(invalid="ignore"):
        near = np.abs(a - b) <= tolerance * np.maximum(1, np.abs(b))
    return bool((near | (np.isnan(a) & np.isnan(b))).all())


def test_every_cell_is_the_oracles(market, published):
    expected = expected_rows(market, [1, 3])
    assert len(published) == len(expected) > 5000
    for key in KEYS:
        assert list(published[key]) == list(expected[key]), key
    checked = 0
    for name in published.columns[len(KEYS) :]:
        if name.endswith(tuple(f"_{form}" for form in FORMS)):
            continue
        assert close_to(published[name], expected[name], 1e-6), name
        checked += 1
    price_like = sum(c["unit"] != "none" for c in market.json("columns"))
    assert checked == 3 * (86 + price_like)
    assert published["staleness"].gt(0).any()


def test_cells_without_a_unit_are_the_feature_tables_own(market, published):
    features = market.read("features")
    features["session_date"] = features["date"].astype(str)
    features = features.drop(columns="date").rename(columns={"ticker": "yahoo"})
    named = published[KEYS].merge(names_of(market.tickers), on=["numerai_ticker", "composite_figi"])
    assert len(named) == len(published)
    found = named.merge(features, on=["yahoo", "session_date"]).sort_values(["date", "numerai_ticker"])
    assert len(found) == len(published)
    for name in features.columns:
        if name.startswith("feature_"):
            a, b = found[name].to_numpy(), published[name].to_numpy()
            assert ((a == b) | (np.isnan(a) & np.isnan(b))).all(), name


def test_forms_are_the_oracles(market, published):
    rows = published.assign(country=published["numerai_ticker"].str.split().str[-1])
    quantile = NormalDist().inv_cdf

    def normal(share):
        return share.map(lambda p: quantile(p) if p == p else p)

    for name in ("feature_momentum_rsi", "feature_volume_obv_rel", "feature_trend_psar_up_rel_lag3"):
        by_date = rows.groupby("date")[name]
        share = (by_date.rank() - 0.5) / by_date.transform("count")
        by_country = rows.groupby(["date", "country"])[name]
        country = (by_country.rank() - 0.5) / by_country.transform("count")
        country = country.where(by_country.transform("count") >= 10)
        assert share.notna().any()
        assert country.notna().any()
        assert country.isna().sum() > share.isna().sum()
        assert close_to(published[f"{name}_rank"], share, 1e-6)
        assert close_to(published[f"{name}_ranknorm"], normal(share), 1e-6)
        assert close_to(published[f"{name}_country_rank"], country, 1e-6)
        assert close_to(published[f"{name}_country_ranknorm"], normal(country), 1e-6)


def test_the_table_is_sorted_unique_and_plain(market, published):
    keys = published[["date", "numerai_ticker"]]
    assert not keys.duplicated().any()
    assert keys.sort_values(["date", "numerai_ticker"]).index.equals(keys.index)
    for path in market.files("dataset"):
        file = pq.ParquetFile(path)
        schema = file.schema_arrow
        assert [str(schema.field(name).type) for name in KEYS] == [
            "string", "string", "string", "bool", "string", "int16",
        ]  # fmt: skip
        assert {str(field.type) for field in schema if field.name.startswith("feature_")} == {"float"}
        last = ""
        for i in range(file.num_row_groups):
            dates = file.read_row_group(i, columns=["date"])["date"].to_pylist()
            assert min(dates) > last, "a date is in one row group only"
            last = max(dates)
            assert {date[:4] for date in dates} == {path.split("/data/")[1][:4]}
    assert "feature_volume_obv" in published
    assert not any(c.startswith("feature_volume_obv_rank") for c in published)


def test_dates_are_fridays_and_of_late_every_weekday(published):
    dates = pd.to_datetime(pd.Series(published["date"].unique()))
    expected = sorted({*fridays("2021-09-10"), *pd.bdate_range("2022-10-25", NOW[:10])})
    assert list(dates) == expected
    assert (published["weekly"] == (pd.to_datetime(published["date"]).dt.dayofweek == 4)).all()
    assert (published["session_date"] <= published["date"]).all()


def test_numerais_files_join_without_a_cast(market, published, tmp_path):
    there = published[["date", "numerai_ticker"]]
    train = pd.concat(
        [there, pd.DataFrame({"date": ["2022-10-28"] * 2, "numerai_ticker": ["NONE US", "NEVER JP"]})],
        ignore_index=True,
    ).assign(era="0001", target=0.5, feature_country="x")
    train = train.sample(frac=1, random_state=1).reset_index(drop=True)
    path = tmp_path / "train.parquet"
    train.to_parquet(path)
    files = market.files("dataset")
    on = ["date", "numerai_ticker"]
    joined = pd.read_parquet(path).merge(dataset(market), on=on)
    assert len(joined) == len(there)
    assert joined["feature_momentum_rsi"].notna().any()
    assert pl.read_parquet(path).join(pl.read_parquet(files), on=on).height == len(there)
    script = (
        "import duckdb, json, sys\n"
        "train, files = sys.argv[1], json.loads(sys.argv[2])\n"
        "print(duckdb.sql('select count(*) from read_parquet($t) join read_parquet($f) using (date, numerai_ticker)', "
        "params={'t': train, 'f': files}).fetchone()[0])"
    )
    command = [sys.executable, "-c", script, path, json.dumps(files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) == len(there)


def test_published_files(market, published):
    folder = market.lake / "dataset"
    said = manifest(market)
    assert said["d"] == said["expected_d"] == said["live"]["date"] == NOW[:10]
    assert not said["degraded"]
    kept = folder_of(folder, said["snapshot"])
    for name in ("live_features.parquet", "mapping.parquet", "coverage.csv", "manifest.json"):
        assert (folder / name).read_bytes() == (kept / name).read_bytes()
    for name, file in said["files"].items():
        assert file["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    assert said["sources"]["prices"]["snapshot"] > 0
    live = pd.read_parquet(folder / "live_features.parquet")
    members = market.rows[market.rows["date"] == NOW[:10]]
    assert list(live["numerai_ticker"]) == sorted(members["numerai_ticker"])
    same = live[live["session_date"].notna()].reset_index(drop=True)
    assert same.equals(published[published["date"] == NOW[:10]].reset_index(drop=True))
    absent = live[live["session_date"].isna()]
    assert absent.drop(columns=KEYS).isna().all(axis=None)
    assert absent["staleness"].isna().all()

    coverage = pd.read_csv(folder / "coverage.csv")
    assert coverage["rows"].sum() == len(published)
    assert coverage["members"].sum() == len(market.rows[market.rows["date"] >= coverage["date"].min()])


# Day after day


class Days:
    """A market that lives on in one lake; each day loads, transforms and publishes."""

    def __init__(self, signals, start, **options):
        self.signals, self.start, self.options = signals, start, options

    def at(self, now, *arguments, expect=0):
        self.signals.now = now
        simulator = self.start(now=now, **self.options)
        tickers = simulator.tickers()
        some = [f"--ticker={t}" for t in tickers] if not self.signals.lake.exists() else []
        names_of(tickers).to_csv(self.signals.folder / "live.csv", index=False)
        self.signals.run("load", "--since", "2022-01-01", *some, *simulator.load_options())
        simulator.close()
        self.signals.run("transform", "--cmd", "all", "--lags", "2")
        return self.publish(*arguments, expect=expect)

    def publish(self, *arguments, expect=0):
        command = ["publish", "--universe", "live.csv", *arguments]
        return self.signals.json(*command) if expect == 0 else self.signals.run(*command, expect=expect)


def test_a_day_more_changes_no_earlier_row_and_a_split_only_with_rebuild(signals, start_simulator):
    days = Days(signals, start_simulator, seed=3, events=["--split", "SAAA:2022-10-27:4"])
    days.at("2022-10-26T23:00:00Z", "--levels")
    before = dataset(signals)
    files = set(signals.files("dataset"))
    first_live = (signals.lake / "dataset" / "live_features.parquet").read_bytes()
    days.at("2022-10-27T23:00:00Z", "--levels")
    after = dataset(signals)
    assert files < set(signals.files("dataset"))
    assert after.iloc[: len(before)].equals(before)
    assert set(after["date"][len(before) :]) == {"2022-10-27"}
    assert (folder_of(signals.lake / "dataset", 1) / "live_features.parquet").read_bytes() == first_live
    assert (signals.lake / "dataset" / "live_features.parquet").read_bytes() != first_live
    assert "SAAA" in set(signals.read_table("restatements")["ticker"])

    again = days.publish("--levels")
    assert not again["changed"]
    assert signals.versions("dataset") == 2

    days.publish("--levels", "--rebuild")
    rebuilt = dataset(signals)
    assert rebuilt[KEYS].equals(after[KEYS])
    # Not the newest bars: their volumes are served anew for some days.
    split = (rebuilt["numerai_ticker"] == "SAAA US") & (rebuilt["date"] < "2022-10-15")
    level = "feature_volatility_kcc"
    assert np.allclose(rebuilt.loc[split, level] * 4, after.loc[split, level], rtol=1e-5, equal_nan=True)
    assert rebuilt.loc[split, level].notna().sum() > 20
    # What the split restated is levels only: nobody can tell from the other columns.
    for name in rebuilt.columns[len(KEYS) :]:
        if name.endswith("_rel") or "_rel_lag" in name:
            assert close_to(rebuilt.loc[split, name], after.loc[split, name], 1e-5), name


def test_no_bar_of_the_next_day_is_in_a_row(signals, start_simulator):
    """Friday in New York is Saturday in Tokyo, but on a Thursday evening Tokyo's Friday may be over: D is given."""
    simulator = start_simulator(now="2022-10-28T08:00:00Z", seed=3)
    names_of(simulator.tickers()).to_csv(signals.folder / "live.csv", index=False)
    some = [f"--ticker={t}" for t in simulator.tickers()]
    signals.now = "2022-10-28T08:00:00Z"
    signals.run("load", "--start", "2022-01-01", *some, *simulator.load_options())
    signals.run("transform", "--cmd", "all")
    prices = signals.read("prices")
    assert str(prices["date"].max()) == "2022-10-28", "Asia's Friday is there"
    report = signals.json("publish", "--universe", "live.csv")
    assert report["d"] == "2022-10-27"
    rows = dataset(signals)
    assert rows["date"].max() == "2022-10-27"
    assert (rows["session_date"] <= rows["date"]).all()
    asia = rows[(rows["date"] == "2022-10-27") & rows["numerai_ticker"].str.endswith(" JP")]
    assert len(asia) > 0
    assert set(asia["session_date"]) == {"2022-10-27"}
    assert set(asia["staleness"]) == {0}


def test_a_date_that_is_not_the_rounds_has_no_live_file(market, tmp_path):
    signals = copy_of(market, tmp_path)
    universe = ["--universe", "universe.csv"]
    early = signals.run("publish", *universe, "--date", "2022-11-02", "--require-live", expect=1)
    assert "E5004" in early.stderr
    said = manifest(signals)
    assert said["d"] == "2022-11-02"
    assert said["expected_d"] == NOW[:10]
    assert said["live"] is None
    assert "2022-11-02" in said["no_live_because"]
    assert not (signals.lake / "dataset" / "live_features.parquet").exists()
    report = signals.json("publish", *universe, "--require-live")
    assert report["live"] == NOW[:10]
    assert report["dates"] == 2
    assert "E1004" in signals.run("publish", *universe, "--date", "2022-11-07", expect=2).stderr
    # A live file of a day is not left beside a manifest of a later one that has none.
    late = {"now": "2022-11-08T23:00:00Z"}
    signals.run("publish", *universe, "--date", "2022-11-07", **late)
    assert not (signals.lake / "dataset" / "live_features.parquet").exists()
    assert (folder_of(signals.lake / "dataset", 2) / "live_features.parquet").exists()
    assert manifest(signals)["degraded"], "no bar is of that day"
    signals.run("publish", *universe, "--require-live", expect=0, **late)


def test_another_configuration_needs_a_rebuild(market, tmp_path):
    signals = copy_of(market, tmp_path)
    universe = ["--universe", "universe.csv"]
    signals.run("publish", *universe)
    done = signals.run("publish", *universe, "--levels", expect=1)
    assert "E5002" in done.stderr
    assert "levels is no there, yes here" in done.stderr
    signals.run("publish", *universe, "--levels", "--rebuild")
    assert "feature_volume_obv" in dataset(signals)
    signals.run("transform", "--cmd", "all", "--lags", "2", "--reload")
    assert "features.lags" in signals.run("publish", *universe, "--levels", expect=1, now="2022-11-08T23:00:00Z").stderr


def test_buckets_that_no_machine_has_computed_are_not_published(market, tmp_path):
    signals = copy_of(market, tmp_path)
    transform = ["transform", "--cmd", "volume", "--table", "features_shared"]
    publish = ["publish", "--universe", "universe.csv", "--features", "features_shared"]
    signals.run(*transform, "--buckets", "0-7,9")
    done = signals.run(*publish, expect=4)
    assert "E5005" in done.stderr
    assert "in buckets 8, 10, 11, 12, 13, 14, 15 (`signals transform`" in done.stderr
    signals.run(*transform, "--buckets", "8,10-15")
    signals.run(*publish)
    assert manifest(signals)["live"]
    assert "--buckets 16: it is a list of numbers" in signals.run(*transform, "--buckets", "16", expect=2).stderr


def test_forms_need_members_by_date(market, tmp_path):
    signals = copy_of(market, tmp_path)
    names_of(signals.__dict__.get("tickers") or market.tickers).to_csv(signals.folder / "live.csv", index=False)
    done = signals.run("publish", "--universe", "live.csv", "--forms", "rank", expect=1)
    assert "E5003" in done.stderr
    assert not (signals.lake / "dataset" / "metadata").exists()
    signals.run("publish", "--universe", "live.csv", "--forms", "rank", "--survivors")
    assert manifest(signals)["survivors"]
    assert manifest(signals)["dates_with_live_names"] > 0
    assert "E1001" in signals.run("publish", "--forms", "best", expect=2).stderr


def test_a_mapping_holds_from_its_first_bar_and_by_figi(signals, simulator):
    """A renamed company keeps its symbol under both names; the live names' lists reach no further than they say."""
    (signals.folder / "u.csv").write_text(
        "numerai_ticker,composite_figi,date\n"
        "SOLD US,F1,2022-10-07\nSAAB US,F2,2022-10-07\n"
        "SAAA US,F1,2022-10-21\nSAAB US,F2,2022-10-21\n"
    )
    signals.run("resolve", "--universe", "u.csv", *simulator.load_options())
    signals.run("load", "--start", "2022-01-03", *simulator.load_options())
    signals.run("transform", "--cmd", "volume")
    report = signals.json("publish", "--features", "features_volume")
    assert report["live"] == "2022-10-21"
    rows = dataset(signals)
    assert list(rows.loc[rows["date"] == "2022-10-07", "numerai_ticker"]) == ["SAAB US", "SOLD US"]
    assert list(rows.loc[rows["date"] == "2022-10-14", "numerai_ticker"]) == ["SAAB US", "SOLD US"]
    assert list(rows.loc[rows["date"] == "2022-10-21", "numerai_ticker"]) == ["SAAA US", "SAAB US"]
    assert list(rows.loc[rows["date"] == "2022-09-30", "numerai_ticker"]) == ["SAAA US", "SAAB US"]
    old = rows[(rows["numerai_ticker"] == "SOLD US") & (rows["date"] == "2022-10-07")]
    features = signals.read("features_volume")
    truth = features[(features["ticker"] == "SAAA") & (features["date"].astype(str) == "2022-10-07")]
    assert old["feature_volume_mfi"].item() == truth["feature_volume_mfi"].item()


def test_prices_by_a_tenth_and_volumes_by_ten_change_no_cell(tmp_path):
    tables = []
    for name, factor in (("as_it_is", 1.0), ("split", 0.1)):
        signals = Signals(tmp_path / name, now="2022-10-21T23:00:00Z")
        bars = signals.folder / "bars"
        bars.mkdir(parents=True)
        lines = ["numerai_ticker,yahoo"]
        for seed in range(12):
            frame = walk(900, seed=seed)
            frame[["open", "high", "low", "close"]] *= factor
            frame["volume"] = (frame["volume"] / factor).round()
            frame.insert(0, "date", pd.bdate_range(end="2022-10-21", periods=900).strftime("%Y-%m-%d"))
            frame.to_csv(bars / f"T{seed}.csv", index=False)
            lines.append(f"T{seed} US,T{seed}")
        (signals.folder / "u.csv").write_text("\n".join(lines) + "\n")
        signals.run("load", "--source", f"files:{bars}")
        signals.run("transform", "--cmd", "all", "--lags", "3,20")
        signals.run("publish", "--universe", "u.csv", "--calendar", "daily")
        tables.append(dataset(signals))
    before, after = tables
    assert len(before) == len(after) > 10_000
    assert before[KEYS].equals(after[KEYS])
    assert len(before.columns) == len(KEYS) + 3 * 86
    for name in before.columns[len(KEYS) :]:
        assert before[name].notna().mean() > 0.3, name
        assert close_to(after[name], before[name], 1e-6), name


# Failures


@pytest.mark.preload
def test_killed_anywhere_a_reader_sees_nothing_or_all(signals, simulator, tmp_path):
    """Readers see the rows of before or of after; what a killed run left beside the table the next one makes good."""
    tickers = simulator.tickers()[:4]
    names_of(tickers).to_csv(tmp_path / "live.csv", index=False)
    some = [f"--ticker={ticker}" for ticker in tickers]
    signals.run("load", "--start", "2022-06-01", *some, *simulator.load_options())
    signals.run("transform", "--cmd", "other")
    universe = ["--universe", str(tmp_path / "live.csv")]
    command = ["publish", "--features", "features_other", *universe, "--threads", "1", "--quiet"]
    signals.run(*command, "--date", "2022-10-14")
    old = dataset(signals)

    def fresh(name):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
        shutil.copytree(signals.lake, tmp_path / name / "lake")
        return Signals(tmp_path / name)

    shim = {"LD_PRELOAD": str(BUILD / "libfault_shim.so")}
    whole = fresh("whole")
    whole.run(*command, env={**shim, "FAULT_REPORT": str(tmp_path / "steps")})
    new = dataset(whole)
    assert len(new) > len(old)
    steps = int((tmp_path / "steps").read_text().split()[0])
    assert steps > 20
    for step in range(1, steps + 1, 1 if os.environ.get("SIGNALS_SOAK") else 5):
        one = fresh("one")
        one.run(*command, env={**shim, "FAULT_KILL": str(step)}, expect=-signal.SIGKILL)
        seen = dataset(one)
        assert seen.equals(old) or seen.equals(new), f"killed at step {step} of {steps}"
        if seen.equals(old):
            assert manifest(one)["snapshot"] == 1
        one.run(*command)
        assert dataset(one).equals(new)
        said = manifest(one)
        assert said["snapshot"] == 2
        for name, file in said["files"].items():
            assert file["sha256"] == hashlib.sha256((one.lake / "dataset" / name).read_bytes()).hexdigest()


def test_what_is_missing_is_said(signals, simulator):
    signals.run("load", "--start", "2022-06-01", "--ticker", "SAAA", *simulator.load_options())
    assert "signals transform" in signals.run("publish", expect=1).stderr
    signals.run("transform", "--cmd", "all")
    assert "signals resolve" in signals.run("publish", expect=1).stderr
    (signals.folder / "bare.txt").write_text("SAAA\n")
    assert "numerai_ticker" in signals.run("publish", "--universe", "bare.txt", expect=1).stderr
    assert not (signals.lake / "dataset").exists()
