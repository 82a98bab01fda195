"""`open_lake` and `training_frame` against the tables of a lake as their own files have them."""

import datetime
import shutil

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Signals
from iceberg import history, ours
from pandas.testing import assert_frame_equal

import numerai_signals as ns


@pytest.fixture(scope="module")
def opened(lake) -> ns.Lake:
    return ns.open_lake(lake.lake)


def stored(lake, table, keys, snapshot=None) -> pd.DataFrame:
    return ours(lake, table, snapshot).to_pandas().sort_values(keys, ignore_index=True)


def in_order(frame: pd.DataFrame, keys) -> pd.DataFrame:
    return frame.sort_values(keys, ignore_index=True)


@pytest.mark.parametrize(
    ("method", "table", "keys"),
    [
        ("prices", "prices", ["ticker", "date"]),
        ("features", "features_volume", ["ticker", "date"]),
        ("dataset", "dataset", ["date", "numerai_ticker"]),
    ],
)
def test_a_whole_table(lake, opened, method, table, keys):
    options = {"table": table} if method == "features" else {}
    found = getattr(opened, method)(**options)
    assert_frame_equal(in_order(found, keys), stored(lake, table, keys), check_dtype=method != "dataset")
    for snapshot in [one["snapshot"] for one in history(lake, table)]:
        then = getattr(opened, method)(snapshot=snapshot, **options)
        assert_frame_equal(in_order(then, keys), stored(lake, table, keys, snapshot), check_dtype=method != "dataset")


def test_what_is_asked_for_is_all_there_is(lake, opened):
    whole = stored(lake, "prices", ["ticker", "date"])
    some = sorted(whole["ticker"].unique())[2:5]
    found = opened.prices(columns=["ticker", "date", "close"], tickers=some, start="2022-03-01", end="2022-10-20")
    dates = pd.to_datetime(whole["date"])
    wanted = whole[whole["ticker"].isin(some) & (dates >= "2022-03-01") & (dates < "2022-10-20")]
    assert_frame_equal(in_order(found, ["ticker", "date"]), wanted[["ticker", "date", "close"]].reset_index(drop=True))
    features = opened.features(
        columns=["feature_volume_obv"], tickers=some, start=datetime.date(2022, 10, 3), table="features_volume"
    )
    assert list(features.columns) == ["ticker", "date", "feature_volume_obv"]
    assert set(features["ticker"]) == set(some)
    assert min(features["date"]) >= datetime.date(2022, 10, 3)
    weekly = opened.dataset(columns=[], start="2022-10-01", calendar="weekly")
    assert list(weekly.columns) == ["date", "numerai_ticker"]
    assert sorted(weekly["date"].unique()) == ["2022-10-07", "2022-10-14", "2022-10-21"]
    every = opened.dataset(columns=[], start="2022-10-01", calendar="daily")
    assert len(every["date"].unique()) > len(weekly["date"].unique())


def test_filters_are_pushed_down(opened):
    every = len(list(opened.scan("prices").plan_files()))
    one = opened.scan("prices", columns=["close"], where="ticker = 'SAAA' and date >= '2022-01-01'")
    assert len(list(one.plan_files())) == 1 < every
    assert one.to_arrow().column_names == ["close"]


def test_kinds_of_frames(lake, opened):
    folder = str(lake.lake)
    columns = ["ticker", "date", "close"]
    assert isinstance(ns.open_lake(folder, "polars").prices(columns=columns), pl.DataFrame)
    table = ns.open_lake("file:" + folder, "pyarrow").prices(columns=columns)
    assert isinstance(table, pa.Table)
    assert table.num_rows == len(opened.prices(columns=columns))


def test_adjusted_prices(opened):
    raw = opened.prices()
    adjusted = opened.prices(adjusted=True)
    narrow = opened.prices(columns=["close", "ticker"], adjusted=True)
    assert list(narrow.columns) == ["close", "ticker"]
    paid = 0
    for ticker, bars in raw.groupby("ticker"):
        bars = bars.sort_values("date")
        mine = adjusted[adjusted["ticker"] == ticker].sort_values("date")
        factor = bars["dividend_factor"].to_numpy()
        for name in ("open", "high", "low", "close"):
            np.testing.assert_array_equal(mine[name].to_numpy(), bars[name].to_numpy() * factor / factor[-1])
        paid += (bars["dividend"] > 0).any()
        assert mine["volume"].equals(bars["volume"])
    assert paid, "the market pays no dividend"


def test_the_live_file(lake, opened):
    live = opened.live()
    assert set(live["date"]) == {"2022-10-21"}
    assert_frame_equal(live, pq.read_table(lake.lake / "dataset" / "live_features.parquet").to_pandas())
    assert list(opened.live(columns=["feature_volume_cmf"]).columns) == [
        "date",
        "numerai_ticker",
        "feature_volume_cmf",
    ]


def test_snapshots_by_date_and_tag(lake, opened):
    snapshots = history(lake, "dataset")
    assert len(opened.dataset(columns=[], snapshot="live-2022-10-20")) == len(
        opened.dataset(columns=[], snapshot=snapshots[-2]["snapshot"])
    )
    by_date = opened.dataset(columns=[], snapshot=datetime.date(2022, 10, 20))
    assert max(by_date["date"]) == "2022-10-20"
    with pytest.raises(ns.ArgumentError, match="live-2022-10-21"):
        opened.dataset(snapshot="yesterday")
    with pytest.raises(ns.LakeError, match="no snapshot 99"):
        opened.dataset(snapshot=99)
    with pytest.raises(ns.LakeError, match="2019-01-01"):
        opened.dataset(snapshot="2019-01-01")


def test_what_is_wrong_is_said(lake, opened, tmp_path):
    with pytest.raises(ns.LakeError, match="there is no table prices"):
        ns.open_lake(tmp_path).prices()
    with pytest.raises(ns.ArgumentError, match="no column klose"):
        opened.prices(columns=["klose"])
    with pytest.raises(ns.ArgumentError, match="give a list"):
        opened.prices(tickers="SAAA")
    with pytest.raises(ns.ArgumentError, match="columns is the text 'close'"):
        opened.prices(columns="close")
    with pytest.raises(ns.ArgumentError, match="no column nope"):
        opened.live(columns=["nope"])
    with pytest.raises(ns.ArgumentError, match="start is 'soon'"):
        opened.prices(start="soon")
    with pytest.raises(ns.ArgumentError, match="calendar"):
        opened.dataset(calendar="monthly")
    with pytest.raises(ns.ArgumentError, match="pandas, polars, pyarrow"):
        ns.open_lake(lake.lake, "spark")
    shutil.copytree(lake.lake, tmp_path / "moved")
    with pytest.raises(ns.LakeError, match="signals relocate"):
        ns.open_lake(tmp_path / "moved").prices()
    Signals(tmp_path).run("relocate", "--lake", tmp_path / "moved")
    assert len(ns.open_lake(tmp_path / "moved").prices()) == len(opened.prices())


def numerais(opened, tmp_path, frames=2):
    """Files shaped as Numerai's: a target for most rows, and rows of names that nobody else has."""
    rows = opened.dataset(columns=[]).sort_values(["date", "numerai_ticker"], ignore_index=True)
    generator = np.random.default_rng(7)
    rows["target"] = generator.uniform(size=len(rows))
    rows.loc[generator.uniform(size=len(rows)) < 0.1, "target"] = np.nan
    rows["target_other"] = 0.5
    strange = rows.head(5).assign(numerai_ticker=[f"STRANGE{i} US" for i in range(5)], target=0.25)
    middle = rows["date"].iloc[len(rows) // 2]
    paths = [tmp_path / "train.parquet", tmp_path / "validation.parquet"]
    pd.concat([rows[rows["date"] < middle], strange]).to_parquet(paths[0], index=False)
    rows[rows["date"] >= middle].to_parquet(paths[1], index=False)
    return rows, paths


def test_training_frame(opened, tmp_path):
    rows, (train, validation) = numerais(opened, tmp_path)
    X, y, era, weights = ns.training_frame(train, validation, opened)
    wanted = rows[rows["target"].notna()]
    assert list(X.index) == list(zip(wanted["date"], wanted["numerai_ticker"], strict=True))
    assert y.to_numpy().tolist() == wanted["target"].tolist()
    assert era.tolist() == wanted["date"].tolist()
    whole = opened.dataset().set_index(["date", "numerai_ticker"])
    features = [name for name in whole.columns if name.startswith("feature_")]
    assert list(X.columns) == features
    assert (X.dtypes == "float32").all()
    assert_frame_equal(X, whole.loc[X.index, features])
    assert weights.mean() == pytest.approx(1)
    by_era = weights.groupby(era.to_numpy()).sum()
    assert by_era.max() == pytest.approx(by_era.min())


def test_training_frame_of_some_columns_and_dates(opened, tmp_path):
    rows, (train, _) = numerais(opened, tmp_path)
    last = rows["date"].iloc[len(rows) // 4]
    column = "feature_volume_cmf"
    some = ns.training_frame(train, None, opened, target="target_other", columns=[column], start="2022-02-01", end=last)
    assert list(some.X.columns) == [column]
    assert some.y.unique().tolist() == [0.5]
    assert min(some.era) >= "2022-02-01"
    assert max(some.era) < last
    frame = pd.read_parquet(train)
    stamps = pd.to_datetime(frame["date"])
    for dates in (stamps, stamps.dt.strftime("%Y%m%d").astype(int), stamps.astype(str), stamps.dt.date):
        frame["date"] = dates
        same = ns.training_frame(
            frame, None, opened, target="target_other", columns=[column], start=datetime.date(2022, 2, 1), end=last
        )
        assert_frame_equal(same.X, some.X)
    pd.read_parquet(train).set_index(["date", "numerai_ticker"]).to_parquet(train)
    again = ns.training_frame(
        train, None, opened, target="target_other", columns=[column], start="2022-02-01", end=last
    )
    assert_frame_equal(again.X, some.X)


def test_training_frames_errors(opened, tmp_path):
    _, (train, validation) = numerais(opened, tmp_path)
    with pytest.raises(ns.MissingColumnError, match="no column aim; their targets: target, target_other"):
        ns.training_frame(train, None, opened, target="aim")
    with pytest.raises(ns.ArgumentError, match="is there twice on"):
        ns.training_frame(train, train, opened)
    with pytest.raises(ns.ArgumentError, match="lake is missing"):
        ns.training_frame(train, validation)
    with pytest.raises(ns.ArgumentError, match="give a path or a pandas frame"):
        ns.training_frame(pl.read_parquet(train), None, opened)
    with pytest.raises(ns.ArgumentError, match="give a list of features"):
        ns.training_frame(train, None, opened, columns=["session_date"])
    with pytest.raises(ns.ArgumentError, match="no row of Numerai's"):
        ns.training_frame(
            pd.read_parquet(train).assign(date="1999-01-01").drop_duplicates("numerai_ticker"), None, opened
        )
    with pytest.raises(ns.ArgumentError, match="a date of Numerai's rows cannot be read"):
        ns.training_frame(pd.read_parquet(train).assign(date="Friday"), None, opened)
    none = ns.training_frame(train, None, opened, start="2030-01-01")
    assert len(none.X) == len(none.weights) == 0
