"""`signals report` against figures that pandas computes from the same tables, and on lakes that are not whole. What a
browser makes of the page: web/test, in `make check`."""

import base64
import json
import pathlib
import re
import shutil

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from conftest import Signals
from report_lake import shared

D = "2022-10-21"


def figures_of(path: pathlib.Path) -> dict:
    """The JSON in a page."""
    text = path.read_text()
    [found] = re.findall(r'<script type="application/json" id="figures">(.*?)</script>', text, re.S)
    return json.loads(found)


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Signals:
    """Days of the daily job; the last run is that of the 21st's round."""
    return shared(tmp_path_factory)


@pytest.fixture(scope="module")
def figures(lake, tmp_path_factory) -> dict:
    """As `run` left the page, and as the command makes it."""
    made = figures_of(lake.lake / "report.html")
    assert made["d"] == D
    page = tmp_path_factory.mktemp("page") / "page.html"
    lake.run("report", "--out", page)
    found = figures_of(page)
    assert {name: found[name] for name in ("features", "coverage", "round")} == {
        name: made[name] for name in ("features", "coverage", "round")
    }, "the run's own page says the same of what later stages do not touch"
    return found


def test_all_is_there(figures):
    sections = {name: one["state"] for name, one in figures.items() if isinstance(one, dict)}
    assert sections == dict.fromkeys(sections, "ok")
    assert len(sections) == 10


def test_round_and_skew(lake, figures):
    ready = lake.json("ready", "--offline")
    assert figures["round"]["go"] is ready["go"] is True
    for name in ("published", "live", "ids", "mapped", "rows", "fresh", "unsettled", "degraded"):
        assert figures["round"][name] == ready[name], name
    for ours, theirs in zip(figures["skew"]["files"], lake.json("skew"), strict=True):
        for name in ("date", "snapshot", "names", "rows", "cells", "differ", "greatest", "rows_gone"):
            assert ours[name] == theirs[name], name


def test_tables(lake, figures):
    by_name = {one["name"]: one for one in figures["tables"]["tables"]}
    assert set(by_name) == {one["table"] for one in lake.json("tables")}
    for name, one in by_name.items():
        files = lake.files(name)
        assert one["rows"] == sum(pq.ParquetFile(path).metadata.num_rows for path in files)
        assert one["bytes"] == sum(pathlib.Path(path).stat().st_size for path in files)
        assert one["files"] == len(files)
        assert one["columns"] == len(pq.ParquetFile(files[0]).schema_arrow)
    prices = lake.read("prices")
    assert by_name["prices"]["dates"] == [str(prices["date"].min()), str(prices["date"].max())]


def test_exchanges_and_staleness(lake, figures):
    prices = lake.read("prices")
    prices["date"] = pd.to_datetime(prices["date"])
    prices["exchange"] = prices["exchange"].fillna("")
    newest = prices.sort_values("date").groupby("ticker").last()
    starts = figures["exchanges"]["behind"]
    assert figures["exchanges"]["bars"] == len(prices)
    assert figures["exchanges"]["unsettled"] == int((~prices["settled"]).sum())
    shown = {one["exchange"]: one for one in figures["exchanges"]["exchanges"]}
    assert set(shown) == set(prices["exchange"])
    for exchange, rows in prices.groupby("exchange"):
        one = shown[exchange]
        assert one["newest"] == str(rows["date"].max().date())
        assert one["bars"] == len(rows)
        names = newest[newest["exchange"] == exchange]
        assert one["tickers"] == len(names)
        traded = rows.groupby("date").size()
        sessions = traded[traded >= len(names) / 5].index
        behind = [int((sessions > last).sum()) for ticker, last in names["date"].items() if "~" not in ticker]
        counts = np.bincount(np.searchsorted(starts, behind, side="right") - 1, minlength=len(starts))
        assert one["behind"] == counts.tolist(), exchange


def test_runs(lake, figures):
    runs = lake.read_table("runs")
    shown = figures["runs"]["runs"]
    assert len(shown) == len(runs)
    assert [one["at"] for one in shown] == sorted((one["at"] for one in shown), reverse=True)
    assert (
        pd.Series([one["outcome"] for one in shown]).value_counts().to_dict()
        == runs["outcome"].value_counts().to_dict()
    )


def test_coverage(lake, figures):
    """Names by country: members of the newest list up to D, their symbols on D, and what `symbols` says of these."""
    universe = lake.read_table("universe")
    universe["date"] = universe["date"].astype(str)
    members = universe[universe["date"] == universe[universe["date"] <= D]["date"].max()]
    mapping = lake.read_table("mapping")
    holds = (mapping["valid_from"].astype(str).replace("None", "") <= D) & (
        mapping["valid_to"].isna() | (mapping["valid_to"].astype(str) > D)
    )
    symbols = mapping[holds & mapping["yahoo"].notna()].drop_duplicates("numerai_ticker").set_index("numerai_ticker")
    known = lake.read_table("symbols").set_index("ticker")
    end = pd.Timestamp(f"{D}T21:00:00Z")  # 17:00 in New York
    expected: dict[str, list[int]] = {}
    for name in members["numerai_ticker"]:
        counts = expected.setdefault(name.rsplit(" ", 1)[-1], [0, 0, 0])
        counts[0] += 1
        symbol = symbols["yahoo"].get(name)
        counts[1] += symbol is not None
        if symbol in known.index:
            row = known.loc[symbol]
            counts[2] += row["status"] == "ok" and row["failures"] == 0 and row["last_ok"] >= end
    shown = {one["country"]: [one["ids"], one["mapped"], one["fresh"]] for one in figures["coverage"]["countries"]}
    assert shown == expected
    missing = figures["coverage"]["missing"]
    told = [row for row in missing if row[4] not in ("no bars", "not traded")]  # these are known, and have nothing new
    assert len(told) == sum(ids - fresh for ids, _, fresh in expected.values())
    reasons = {row[0]: row[4] for row in missing}
    assert reasons["ZZTOP US"] == "no symbol"
    assert "quarantined" in reasons.values() or "missing" in reasons.values()
    csv = pd.read_csv(lake.lake / "dataset" / "coverage.csv")
    for column in ("date", "members", "mapped", "rows", "traded"):
        assert figures["coverage"]["over_time"][column] == csv[column].tolist()


def test_quality_and_restatements(lake, figures):
    quality = lake.read_table("quality")
    exchange = lake.read_table("symbols").set_index("ticker")["exchange"].fillna("")
    counts = quality.groupby(["flag", quality["ticker"].map(exchange)]).size()
    shown = {(flag, name): n for flag, by in figures["quality"]["flags"].items() for name, n in by.items()}
    assert shown == counts.to_dict()
    years = quality.groupby([quality["date"].astype(str).str[:4], "flag"]).size()
    shown = {(year, flag): n for year, by in figures["quality"]["years"].items() for flag, n in by.items()}
    assert shown == years.to_dict()
    newest = [row[1] for row in figures["quality"]["newest"]]
    assert newest == sorted(quality["date"].astype(str), reverse=True)[: len(newest)]
    restatements = lake.read_table("restatements")
    assert figures["restatements"]["total"] == len(restatements)
    assert figures["restatements"]["reasons"] == restatements["reason"].value_counts().to_dict()
    assert "split" in figures["restatements"]["reasons"]


def ranks(values: pd.Series) -> pd.Series:
    return ((values.rank(method="average") - 0.5) / values.count()).fillna(0.5)


@pytest.mark.long
def test_features(lake, figures):
    section = figures["features"]
    assert section["table"] == "dataset"
    dataset = pq.ParquetDataset(lake.files("dataset"), partitioning=None).read().to_pandas()
    dates = sorted(dataset["date"].unique())[-6:]
    assert section["dates"] == dates
    columns = [name for name in dataset.columns if name.startswith("feature_")]
    assert [one["name"] for one in section["columns"]] == columns
    universe = lake.read_table("universe")
    universe["date"] = universe["date"].astype(str)
    lists = sorted(universe["date"].unique())
    whole = []
    for date, names, rows in zip(dates, section["names"], section["rows"], strict=True):
        # Before the first list the live names stand in: those of the newest.
        held = max((one for one in lists if one <= date), default=lists[-1])
        index = sorted(set(universe[universe["date"] == held]["numerai_ticker"]))
        of_date = dataset[dataset["date"] == date].set_index("numerai_ticker")
        assert rows == len(of_date)
        assert names == len(index)
        whole.append(of_date.reindex(index))
    churned = 0
    for one in section["columns"]:
        name = one["name"]
        assert one["nulls"] == pytest.approx(dataset[name].isna().mean(), rel=1e-3)
        known = whole[-1][name].dropna().astype(float)
        assert one["known"] == len(known)
        if len(known) == 0:
            assert "quantiles" not in one
            continue
        assert one["quantiles"] == pytest.approx(known.quantile(section["quantiles"]).tolist(), rel=1e-5, abs=1e-300)
        low, high = known.quantile(0.01), known.quantile(0.99)
        if low == high:
            low, high = known.min(), known.max()
        assert sum(one["histogram"]["bins"]) == len(known)
        if low < high:
            bins = np.floor((known - low) / ((high - low) / 24)).clip(0, 23).astype(int)
            assert one["histogram"]["bins"] == np.bincount(bins, minlength=24).tolist(), name
        now = ranks(whole[-1][name].astype(float))
        for before, shown in zip(reversed(whole[:-1]), one["churns"], strict=True):
            then = ranks(before[name].astype(float))
            common = now.index.intersection(then.index)
            expected = 1 - now[common].corr(then[common], method="spearman")
            if np.isnan(expected):
                assert shown is None, name
            else:
                assert shown == pytest.approx(expected, rel=1e-3, abs=1e-6), name
                churned += 1
        told = [value for value in one["churns"] if value is not None]
        assert one["churn"] == (pytest.approx(max(told), rel=1e-3, abs=1e-6) if told else None)
    assert churned > 1000


def test_explorer(lake, figures):
    section = figures["explorer"]
    prices = lake.read("prices")
    features = lake.read("features")
    base = [name for name in features.columns if name.startswith("feature_") and "_lag" not in name]
    assert section["columns"] == base
    assert len(section["tickers"]) > 10
    kinds = set()
    for one in section["tickers"]:
        bars = prices[prices["ticker"] == one["ticker"]].tail(section["sessions"])
        dates = (pd.Timestamp("1970-01-01") + pd.to_timedelta(np.cumsum(one["days"]), unit="D")).date
        assert list(dates) == bars["date"].tolist()
        for name in ("open", "high", "low", "close"):
            shown = np.array(one[name], dtype=float)
            np.testing.assert_allclose(shown, bars[name], rtol=1e-6, equal_nan=True)
        assert [-1 if v is None else v for v in one["volume"]] == bars["volume"].fillna(-1).astype(int).tolist()
        rows = features[features["ticker"] == one["ticker"]].set_index("date").reindex(bars["date"])
        for name, (low, high, text) in zip(base, one["indicators"], strict=True):
            steps = np.frombuffer(base64.b64decode(text), dtype="<u2").astype(float)
            expected = rows[name].to_numpy(dtype=float)
            assert np.array_equal(steps == 65535, np.isnan(expected)), (one["ticker"], name)
            if low is not None:
                shown = np.where(steps == 65535, np.nan, low + (high - low) * steps / 65534)
                np.testing.assert_allclose(shown, expected, rtol=1e-7, atol=(high - low) * 1e-5, equal_nan=True)
        kinds |= {kind for _, kind, _ in one["events"]}
        dividends = bars[bars["dividend"] != 0]
        assert sorted(date for date, kind, _ in one["events"] if kind == "dividend") == sorted(
            dividends["date"].astype(str)
        )
    assert {"dividend", "split"} <= kinds


def test_chosen_tickers(lake, tmp_path):
    lake.run("report", "--out", tmp_path / "chosen.html", "--tickers", "SAAA,NOSUCH")
    chosen = figures_of(tmp_path / "chosen.html")["explorer"]["tickers"]
    assert [(one["ticker"], len(one["days"]) > 0) for one in chosen] == [("SAAA", True), ("NOSUCH", False)]


def test_no_go(lake, tmp_path):
    """D by the clock is Monday's when New York closes; the live file is still Friday's."""
    done = lake.json("report", "--out", tmp_path / "monday.html", now="2022-10-24T21:30:00Z")
    assert done["d"] == "2022-10-24"
    round_ = figures_of(tmp_path / "monday.html")["round"]
    assert round_["go"] is False
    assert round_["why_not"] == f"the live file is of {D}"


def test_the_page_is_closed(lake):
    """Nothing of a name can become an element or a script, and the page may ask for nothing."""
    text = (lake.lake / "report.html").read_text()
    assert "default-src 'none'" in text
    figures = text.split('id="figures">')[1].split("</script>")[0]
    assert "<" not in figures
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text)


def test_lakes_that_are_not_whole(tmp_path, lake, simulator):
    empty = Signals(tmp_path / "empty")
    empty.folder.mkdir()
    assert "the lake is empty" in empty.run("report").stdout
    found = figures_of(empty.lake / "report.html")
    assert found["tables"]["state"] == "empty"
    assert found["round"]["go"] is False
    assert "nothing is published" in found["round"]["why_not"]
    assert all(one["state"] == "empty" for name, one in found.items() if isinstance(one, dict) and name != "round")

    half = Signals(tmp_path / "half")
    half.folder.mkdir()
    half.run("load", "--start", "2022-01-01", "--ticker", "SAAA", "--ticker", "SAAA.L", *simulator.load_options())
    half.run("report")
    found = figures_of(half.lake / "report.html")
    assert found["exchanges"]["state"] == "ok"
    assert found["coverage"]["by"] == "exchange"
    assert found["features"]["state"] == "empty"
    assert [one["ticker"] for one in found["explorer"]["tickers"]] == ["SAAA.L", "SAAA"]
    assert found["explorer"]["tickers"][0]["indicators"] == []

    damaged = Signals(tmp_path / "damaged", now=lake.now)
    shutil.copytree(lake.lake, damaged.lake)
    for path in (damaged.lake / "quality" / "data").rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:80])
    for path in (damaged.lake / "symbols" / "metadata").glob("v*.metadata.json"):
        path.write_text("{")
    for path in (damaged.lake / "dataset" / "data").rglob("*.parquet"):
        whole = path.read_bytes()
        path.write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :])
    done = damaged.run("report", expect=3)
    found = figures_of(damaged.lake / "report.html")
    for name in ("coverage", "quality", "features"):
        assert found[name]["state"] == "error", name
        assert re.match(r"E\d{4} ", found[name]["why"])
        assert f"{name}: E" in done.stderr
    assert found["exchanges"]["state"] == found["restatements"]["state"] == "ok"
    assert [one["name"] for one in found["tables"]["tables"] if "why" in one] == ["symbols"]


def test_a_page_that_cannot_be_written(lake, tmp_path):
    (tmp_path / "file").write_text("a file")
    done = lake.run("report", "--out", tmp_path / "file" / "page.html", expect=1)
    assert "E4003" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
