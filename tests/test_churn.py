"""`signals churn` against numerai-tools, Numerai's own library: features of the data set, and files of predictions."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numerai_tools import signals as numerai
from numerai_tools.scoring import tie_kept_rank
from test_report import lake  # noqa: F401  a fixture

DATES = ["2022-10-13", "2022-10-14", "2022-10-17", "2022-10-18", "2022-10-19", "2022-10-20", "2022-10-21"]
NAMES = 400
COLUMNS = 12


def market(seed=5):
    """Predictions that drift, a universe of which some names come and go, Numerai-shaped neutralizers and weights."""
    random = np.random.default_rng(seed)
    names = np.array([f"T{i:03} {'US' if i % 3 else 'JP'}" for i in range(NAMES)])
    signal = random.normal(size=NAMES)
    factors = random.normal(size=(NAMES, COLUMNS))
    predictions, neutralizers, weights = [], [], []
    for step, date in enumerate(DATES):
        signal = 0.97 * signal + 0.2 * random.normal(size=NAMES)
        factors = factors + 0.02 * random.normal(size=factors.shape)
        member = random.random(NAMES) > 0.03
        predicted = member & (random.random(NAMES) > 0.05)
        # Ties, as a model of few leaves makes them.
        values = 1 / (1 + np.exp(-np.round(signal, 1)))
        frame = pd.DataFrame({"date": date, "numerai_ticker": names[predicted], "signal": values[predicted]})
        predictions.append(frame.sample(frac=1, random_state=step))
        weight = pd.Series(np.abs(random.normal(size=NAMES)) + 0.1)
        scaled = factors / np.sqrt((weight.to_numpy()[:, None] * factors**2).sum(axis=0))
        columns = {f"neutralizer_{i}": scaled[member, i] for i in range(COLUMNS)}
        # One that says what others say already: least squares must not fall for it.
        columns["neutralizer_double"] = scaled[member, 0] + scaled[member, 1]
        neutralizers.append(pd.DataFrame({"date": date, "numerai_ticker": names[member], **columns}))
        weights.append(
            pd.DataFrame({"date": date, "numerai_ticker": names[member], "sample_weights": weight[member].to_numpy()})
        )
    return [pd.concat(one, ignore_index=True) for one in (predictions, neutralizers, weights)]


@pytest.fixture(scope="module")
def frames():
    return market()


def by_date(frame: pd.DataFrame, date: str, column=None):
    rows = frame[frame["date"] == date].set_index("numerai_ticker").drop(columns="date").sort_index()
    return rows if column is None else rows[column]


def expected(frames, dates):
    """What numerai-tools says of the last of these dates against the others, newest first."""
    predictions, neutralizers, weights = frames
    newest, before = dates[-1], list(reversed(dates[:-1]))

    def arguments(some):
        return (
            by_date(predictions, newest, "signal"),
            by_date(neutralizers, newest),
            by_date(weights, newest, "sample_weights"),
            {date: by_date(predictions, date, "signal") for date in some},
            {date: by_date(neutralizers, date) for date in some},
            {date: by_date(weights, date, "sample_weights") for date in some},
        )

    each = [numerai.calculate_max_churn_and_turnover(*arguments([date])) for date in before]
    churn, turnover = numerai.calculate_max_churn_and_turnover(*arguments(before))
    mean = numerai.calculate_mean_neutral_churn(*arguments(before))
    return {
        "churn": churn,
        "each": [one[0] for one in each],
        "turnover": turnover,
        "turnover_each": [one[1] for one in each],
        "neutral_churn": mean,
        "neutral_each": [numerai.calculate_mean_neutral_churn(*arguments([date])) for date in before],
        "retained_payout": numerai.neutral_churn_penalty(mean),
    }


def write(frame: pd.DataFrame, path):
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        # Row groups of some rows, a category and single precision: as others write their files.
        table = pa.Table.from_pandas(frame.astype({"numerai_ticker": "category"}), preserve_index=False)
        pq.write_table(table, path, row_group_size=300)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_predictions_of_ones_own(signals, frames, kind):
    files = {}
    for name, frame in zip(("signals", "neutralizer", "weights"), frames, strict=True):
        files[name] = signals.folder / f"{name}.{kind}"
        write(frame, files[name])
    options = [word for name, path in files.items() for word in (f"--{name}", path)]
    found = signals.json("churn", *options)
    assert found["date"] == DATES[-1]
    assert found["before"] == list(reversed(DATES[1:-1]))
    of_newest = by_date(frames[2], DATES[-1])
    assert found["names"] == len(of_newest)
    assert found["predicted"] == len(by_date(frames[0], DATES[-1]).index.intersection(of_newest.index))
    for name, value in expected(frames, DATES[1:]).items():
        assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name
    assert 0.02 < found["churn"] < 1
    assert 0 < found["retained_payout"] < 1
    # As of an earlier date, and without the neutral figures.
    earlier = signals.json("churn", *options[:2], "--weights", files["weights"], "--date", DATES[-3])
    assert earlier["date"] == DATES[-3]
    assert earlier["each"] == pytest.approx(expected(frames, DATES[:-2])["each"], rel=1e-9)
    assert "turnover" not in earlier
    assert "greatest of 5, not below 0.15" in signals.run("churn", *options).stdout


def test_the_file_s_own_names_are_the_universe_without_another(signals, frames):
    predictions = frames[0]
    write(predictions, signals.folder / "mine.csv")
    found = signals.json("churn", "--signals", "mine.csv")
    now = tie_kept_rank(by_date(predictions, DATES[-1], "signal"))
    for date, value in zip(found["before"], found["each"], strict=True):
        assert value == pytest.approx(numerai.churn(now, tie_kept_rank(by_date(predictions, date, "signal"))), rel=1e-9)
    assert found["universe"] == "mine.csv"
    assert not signals.lake.exists()


def test_too_few_names_in_common(signals, frames):
    predictions = frames[0]
    few = predictions[(predictions["date"] != DATES[-2]) | predictions["numerai_ticker"].str.endswith("JP")]
    write(few, signals.folder / "mine.csv")
    found = signals.json("churn", "--signals", "mine.csv")
    assert found["each"][0] is None
    assert found["churn"] == max(value for value in found["each"] if value is not None)


@pytest.mark.long
def test_features_of_the_data_set(lake):  # noqa: F811
    found = lake.json("churn")
    dataset = pq.ParquetDataset(lake.files("dataset"), partitioning=None).read().to_pandas()
    universe = lake.read_table("universe")
    universe["date"] = universe["date"].astype(str)
    lists = sorted(universe["date"].unique())
    dates = [found["date"], *found["before"]]
    assert dates == sorted(dataset["date"].unique(), reverse=True)[:6]

    def cleaned(column, date):
        held = max((one for one in lists if one <= date), default=lists[-1])
        names = sorted(set(universe[universe["date"] == held]["numerai_ticker"]))
        rows = dataset[dataset["date"] == date].set_index("numerai_ticker")[column]
        return tie_kept_rank(rows.reindex(names).astype(float)).fillna(0.5)

    compared = 0
    for one in found["columns"][::7]:
        now = cleaned(one["column"], dates[0])
        for date, value in zip(dates[1:], one["each"], strict=True):
            try:
                expected = numerai.churn(now, cleaned(one["column"], date))
            except AssertionError:
                assert value is None
                continue
            assert value == pytest.approx(expected, rel=1e-9, abs=1e-12)
            compared += 1
    assert compared > 200
    text = lake.run("churn").stdout.splitlines()
    shown = [float(line.split()[1]) for line in text[2:] if line.split()[1] != "-"]
    assert shown == sorted(shown, reverse=True)
    assert len(text) == 2 + len(found["columns"])


def test_features_of_a_feature_table(lake):  # noqa: F811
    """Weekdays, each ticker's last row up to then, if it is at most 15 days old."""
    found = lake.json("churn", "--table", "features")
    features = lake.read("features")
    features["date"] = pd.to_datetime(features["date"])
    dates = pd.bdate_range(end=features["date"].max(), periods=6)[::-1]
    assert [found["date"], *found["before"]] == [str(date.date()) for date in dates]
    tickers = sorted(features[(features["date"] >= dates[-1] - pd.Timedelta(days=15))]["ticker"].unique())

    def as_of(column, date):
        rows = features[(features["date"] <= date) & (features["date"] >= date - pd.Timedelta(days=15))]
        return tie_kept_rank(
            rows.groupby("ticker").tail(1).set_index("ticker")[column].reindex(tickers).astype(float)
        ).fillna(0.5)

    for one in found["columns"][::29]:
        now = as_of(one["column"], dates[0])
        for date, value in zip(dates[1:], one["each"], strict=True):
            if value is not None:
                assert value == pytest.approx(numerai.churn(now, as_of(one["column"], date)), rel=1e-9, abs=1e-12)


def test_one_place_for_both(lake, tmp_path):  # noqa: F811
    """The page and the command say the same."""
    lake.run("report", "--out", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    figures = json.loads(page.split('id="figures">')[1].split("</script>")[0])
    shown = {one["name"]: one["churn"] for one in figures["features"]["columns"]}
    for one in lake.json("churn")["columns"]:
        value = shown[one["column"]]
        assert value == (None if one["churn"] is None else pytest.approx(one["churn"], rel=1e-5)), one["column"]
