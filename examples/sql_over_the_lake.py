"""SQL over the lake in DuckDB: its extension `iceberg` reads a table's folder; no catalog, no service, no copy.

    pip install duckdb==1.5.5 duckdb-extension-avro==1.5.5 duckdb-extension-iceberg==1.5.5
    python examples/sql_over_the_lake.py [LAKE]

The wheels bring the extensions; without them `install iceberg` fetches them from DuckDB's own server.
"""

import importlib.util
import sys
from pathlib import Path

import duckdb


def connect() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    for name in ("avro", "iceberg"):  # in this order
        wheel = importlib.util.find_spec(f"duckdb_extension_{name}")
        if wheel is None:
            database.execute(f"install {name}; load {name}")
        else:
            [file] = Path(wheel.origin).parent.glob(f"extensions/*/{name}.duckdb_extension")
            database.execute(f"load '{file}'")
    return database


QUERIES = {
    "What there is, by exchange": """
        select exchange, count(distinct ticker) as tickers, count(*) as bars, max(date) as newest
        from prices group by exchange order by exchange
    """,
    "Return of the last 20 sessions with dividends: only ratios of close * dividend_factor mean anything": """
        select ticker, date, close,
               close * dividend_factor / lag(close * dividend_factor, 20) over (partition by ticker order by date) - 1
                 as total_return
        from prices
        qualify row_number() over (partition by ticker order by date desc) = 1
        order by total_return desc limit 5
    """,
    "The most oversold names of each exchange's newest session, above their average of 200 days": """
        with averages as (
          select ticker, date, exchange, close,
                 avg(close) over (partition by ticker order by date rows 199 preceding) as average_200
          from prices
        )
        select exchange, ticker, date, round(feature_momentum_rsi, 1) as rsi
        from averages join features using (ticker, date)
        where close > average_200
        qualify date = max(date) over (partition by exchange)
            and row_number() over (partition by exchange order by date desc, feature_momentum_rsi) = 1
        order by exchange
    """,
    "Rows of the data set, and how many of them are of that very day": """
        select date, count(*) as rows, count(*) filter (staleness = 0) as of_the_day
        from dataset group by date order by date desc limit 5
    """,
    "What is odd about bars, by kind": """
        select flag, count(*) as bars, count(distinct ticker) as tickers from quality group by flag order by flag
    """,
}


def main(lake: str) -> None:
    database = connect()
    for table in ("prices", "features", "dataset", "quality"):
        # A view reads the newest snapshot when it is asked; `snapshot_from_id = 3` in the brackets reads an old one.
        database.execute(f"create view {table} as select * from iceberg_scan('{Path(lake).resolve() / table}')")
    for title, query in QUERIES.items():
        print(f"-- {title}")
        print(database.sql(query))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "lake")
