"""`signals transform` through the real program: its tables against `ta` on the stored prices."""

import os
import pathlib
import shutil
import subprocess

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from conftest import BUILD, clean_environment, run_measured
from test_load import tickers
from test_ta_oracle import CATEGORIES, oracle

MODES = {"causal": False, "ta": False, "fillna": True}


@pytest.fixture
def loaded(signals, simulator):
    """A lake with five years of eleven tickers."""
    signals.run("load", "--start", "2018-01-01", *tickers(simulator)[:11], *simulator.load_options())
    return signals


def expected_features(prices: pd.DataFrame, lags, fillna: bool, categories=("volume",)) -> pd.DataFrame:
    """ticker, date and every feature column, as doubles with infinities and NaN null."""
    parts = []
    for ticker, one in prices.groupby("ticker", sort=True):
        one = one.sort_values("date", ignore_index=True)
        base = oracle(one, fillna, categories)
        columns = {"ticker": ticker, "date": one["date"]}
        for name in base.columns:
            columns[f"feature_{name}"] = base[name]
            for lag in lags:
                columns[f"feature_{name}_lag{lag}"] = base[name].shift(lag)
        parts.append(pd.DataFrame(columns))
    frame = pd.concat(parts, ignore_index=True)
    return frame.replace([np.inf, -np.inf], np.nan)


def assert_equal(table: pd.DataFrame, expected: pd.DataFrame):
    assert list(table.columns) == list(expected.columns)
    assert len(table) == len(expected)
    assert (table["ticker"].to_numpy() == expected["ticker"].to_numpy()).all()
    assert (table["date"].to_numpy() == expected["date"].to_numpy()).all()
    for name in table.columns[2:]:
        a, b = table[name].to_numpy(), expected[name].to_numpy()
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        assert same.all(), f"{name}: {(~same).sum()} cells differ"


@pytest.mark.parametrize("mode", MODES)
def test_features_are_ta_bit_for_bit(loaded, mode):
    loaded.run("transform", "--cmd", "volume", "--mode", mode, "--dtype", "float64", "--na", "keep", "--lags", "2,7")
    expected = expected_features(loaded.read("prices"), [2, 7], MODES[mode])
    assert_equal(loaded.read("features_volume"), expected)


@pytest.mark.parametrize("mode", ["ta", "fillna"])
def test_all_columns_are_ta_bit_for_bit(loaded, mode):
    loaded.run("transform", "--cmd", "all", "--mode", mode, "--dtype", "float64", "--na", "keep")
    table = loaded.read("features")
    assert table.shape[1] == 2 + 86
    assert_equal(table, expected_features(loaded.read("prices"), [], MODES[mode], CATEGORIES))


def test_categories_are_parts_of_all(loaded):
    loaded.run("transform", "--cmd", "all", "--na", "keep")
    whole = loaded.read("features")
    parts = []
    for cmd in ("volume", "volatility", "trend", "momentum", "other"):
        loaded.run("transform", "--cmd", cmd, "--na", "keep")
        parts.append(loaded.read(f"features_{cmd}"))
    names = [name for part in parts for name in part.columns[2:]]
    assert names == list(whole.columns[2:])
    for part in parts:
        assert_equal(part, whole[list(part.columns)])


def test_drop_any_does_not_count_what_excludes_each_other(loaded):
    loaded.run("transform", "--cmd", "all", "--na", "drop-any")
    table = loaded.read("features")
    assert len(table) > 0
    sparse = ["feature_trend_psar_up", "feature_trend_psar_down"]
    assert not table.drop(columns=sparse).isna().any().any()
    assert (table[sparse].isna().sum(axis=1) == 1).all()


def test_the_original_command_works_as_written(loaded):
    before = loaded.read("prices").groupby("ticker").size()
    loaded.run("transform", "--cmd", "volume", "--lags", "5", "--reload")
    table = loaded.read("features_volume")
    assert (before - table.groupby("ticker").size() == 5).all()
    assert table.shape[1] == 2 + 10 * 6
    assert {str(t) for t in table.dtypes[2:]} == {"float32"}
    expected = expected_features(loaded.read("prices"), range(1, 6), False)
    expected = expected[expected.groupby("ticker").cumcount() >= 5].reset_index(drop=True)
    with np.errstate(over="ignore"):
        narrow = expected.iloc[:, 2:].astype(np.float32).replace([np.inf, -np.inf], np.nan)
    assert_equal(table, pd.concat([expected.iloc[:, :2], narrow], axis=1))


def test_na_policies(loaded):
    rows = {}
    for na in ("keep", "drop", "drop-any"):
        loaded.run(
            "transform",
            "--cmd",
            "volume",
            "--lags",
            "3",
            "--na",
            na,
            "--table",
            f"features_{na.replace('-', '_')}",
        )
        rows[na] = loaded.read(f"features_{na.replace('-', '_')}")
    assert len(rows["keep"]) == len(loaded.read("prices"))
    assert len(rows["keep"]) - len(rows["drop"]) == 3 * 11
    assert not rows["drop-any"].isna().any().any()
    complete = rows["keep"].dropna().reset_index(drop=True)
    assert_equal(rows["drop-any"], complete)


def file_bytes(signals, table: str) -> dict[str, bytes]:
    """The contents of a table's files by year and bucket; their names are drawn by chance."""
    return {str(pathlib.Path(path).parent)[-7:]: pathlib.Path(path).read_bytes() for path in signals.files(table)}


def test_the_number_of_threads_does_not_matter(loaded):
    for threads in (1, 2, 5):
        loaded.run("transform", "--cmd", "all", "--lags", "3", "--threads", threads, "--table", f"features_{threads}")
    one = file_bytes(loaded, "features_1")
    assert len(one) > 5
    assert file_bytes(loaded, "features_2") == one
    assert file_bytes(loaded, "features_5") == one


def chunks(signals, table: str) -> dict[str, pq.ColumnChunkMetaData]:
    group = pq.ParquetFile(signals.files(table)[0]).metadata.row_group(0)
    return {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}


def test_codec_and_encoding_belong_to_the_files(loaded):
    loaded.run("transform", "--cmd", "volatility")
    values = loaded.read("features_volatility")
    flags = {f"feature_volatility_{name}" for name in ("bbhi", "bbli", "kchi", "kcli")}
    for name, chunk in chunks(loaded, "features_volatility").items():
        assert chunk.compression == "ZSTD"
        assert chunk.is_stats_set
        if name.startswith("feature_"):
            assert chunk.has_dictionary_page == (name in flags)
            assert ("BYTE_STREAM_SPLIT" in chunk.encodings) == (name not in flags)
    names = {"none": "UNCOMPRESSED", "lz4": "LZ4", "snappy": "SNAPPY", "zstd": "ZSTD"}
    for codec, name in names.items():
        again = loaded.json("transform", "--cmd", "volatility", "--codec", codec)
        assert not again["changed"]  # it is no other configuration
        loaded.run("transform", "--cmd", "volatility", "--codec", codec, "--encoding", "plain", "--reload")
        found = chunks(loaded, "features_volatility").values()
        assert {chunk.compression for chunk in found} == {name}
        assert not any("BYTE_STREAM_SPLIT" in chunk.encodings for chunk in found)
        assert loaded.read("features_volatility").equals(values)


def test_total_return_scales_prices_by_the_dividend_factor(loaded):
    command = ["transform", "--cmd", "volume", "--dtype", "float64", "--na", "keep"]
    loaded.run(*command, "--prices", "total-return")
    prices = loaded.read("prices")
    assert (prices["dividend_factor"] > 1).any()
    for name in ("open", "high", "low", "close"):
        prices[name] *= prices["dividend_factor"]
    assert_equal(loaded.read("features_volume"), expected_features(prices, [], False))
    refused = loaded.run(*command, "--quiet", expect=1)
    assert "prices is total-return there, served here" in refused.stderr


def test_prices_made_anew_count_as_other_prices(loaded, simulator):
    """A table that was deleted and loaded again has the snapshot numbers of the old one."""
    loaded.run("transform", "--cmd", "volume")
    shutil.rmtree(loaded.lake / "prices")
    loaded.run("load", "--start", "2019-06-01", *tickers(simulator)[:3], *simulator.load_options())
    loaded.run("transform", "--cmd", "volume")
    incremental = loaded.read("features_volume")
    assert len(incremental) == len(loaded.read("prices"))
    loaded.run("transform", "--cmd", "volume", "--reload")
    assert loaded.read("features_volume").equals(incremental)


def peak_memory(signals, *arguments) -> float:
    """The most MiB that a command had in memory."""
    command = [BUILD / "signals", *map(str, arguments), "--quiet", "--lake", str(signals)]
    environment = clean_environment(SIGNALS_NOW="2024-01-01")
    code, memory = run_measured(command, signals.parent, env=environment, stdout=subprocess.DEVNULL)
    assert code == 0
    return memory / 2**20


@pytest.mark.skipif(not os.environ.get("SIGNALS_SOAK"), reason="minutes of work: SIGNALS_SOAK=1")
def test_memory_grows_neither_with_tickers_nor_with_lags(tmp_path):
    peaks = {}
    for number, lags in [(300, 0), (1200, 0), (300, 5), (1200, 5), (300, 20)]:
        lake = tmp_path / str(number)
        if not lake.exists():
            subprocess.run([BUILD / "synthetic_lake", lake, str(number), "1500"], check=True)
        command = ["transform", "--cmd", "all", "--lags", lags, "--table", f"features_{lags}", "--threads", "2"]
        peaks[number, lags] = peak_memory(lake, *command)
        shutil.rmtree(lake / f"features_{lags}")
    # Room for the footers of the open files, and for a last group that is fuller.
    assert max(peaks.values()) < peaks[300, 0] + 160, peaks
    assert max(peaks.values()) < 1024, peaks


def test_again_does_nothing_and_a_new_day_rewrites_its_year_only(loaded, start_simulator):
    command = ["transform", "--cmd", "volume", "--lags", "5"]
    loaded.run(*command)
    before = set(loaded.files("features_volume"))
    again = loaded.json(*command)
    assert not again["changed"]
    assert loaded.versions("features_volume") == 1

    later = start_simulator(now="2022-10-25T23:00:00Z", tickers=11)
    loaded.run("load", "--start", "2022-10-20", *tickers(later), *later.load_options(), now="2022-10-25T23:00:00Z")
    report = loaded.json(*command)
    after = set(loaded.files("features_volume"))
    assert report["changed"]
    assert all("/data/2022/" in path for path in before ^ after)
    assert before & after
    incremental = loaded.read("features_volume")
    loaded.run(*command, "--reload")
    assert loaded.read("features_volume").equals(incremental)


def test_a_changed_bar_in_the_past_reaches_all_later_years(signals, tmp_path):
    folder = tmp_path / "csv"
    folder.mkdir()
    days = pd.bdate_range("2019-01-01", "2022-06-30")
    random = np.random.default_rng(1)
    bars = pd.DataFrame({"Date": days.strftime("%Y-%m-%d"), "High": 12.0, "Low": 9.0})
    bars["Close"] = 9.5 + 2 * random.random(len(days))
    bars["Volume"] = random.integers(100, 1000, len(days))
    for change in (None, ("2020-03-03", 9.75)):
        if change:
            bars.loc[bars["Date"] == change[0], "Close"] = change[1]
        bars.to_csv(folder / "A.csv", index=False)
        signals.run("load", "--source", f"files:{folder}")
        signals.run("transform", "--cmd", "volume", "--dtype", "float64", "--na", "keep")
    expected = expected_features(signals.read("prices"), [], False)
    assert_equal(signals.read("features_volume"), expected)
    years = sorted({path.split("/data/")[1][:4] for path in signals.files("features_volume")})
    assert years == ["2019", "2020", "2021", "2022"]


def test_another_configuration_needs_a_word(loaded):
    loaded.run("transform", "--cmd", "volume", "--lags", "5")
    refused = loaded.run("transform", "--cmd", "volume", "--lags", "10", "--quiet", expect=1)
    assert "lags is 1,2,3,4,5 there, 1,2,3,4,5,6,7,8,9,10 here" in refused.stderr
    assert "--reload" in refused.stderr
    assert "--table" in refused.stderr
    assert loaded.read("features_volume").shape[1] == 62
    loaded.run("transform", "--cmd", "volume", "--lags", "10", "--reload")
    assert loaded.read("features_volume").shape[1] == 112


def test_short_histories_give_nulls_not_errors(signals, tmp_path):
    folder = tmp_path / "csv"
    folder.mkdir()
    for rows in (1, 2, 6):
        lines = [f"2022-01-{3 + i:02},2,1,2,10" for i in range(rows)]
        (folder / f"T{rows}.csv").write_text("date,high,low,close,volume\n" + "\n".join(lines) + "\n")
    signals.run("load", "--source", f"files:{folder}")
    signals.run("transform", "--cmd", "volume", "--lags", "5")
    assert list(signals.read("features_volume")["ticker"]) == ["T6"]
