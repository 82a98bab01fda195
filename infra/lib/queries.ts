// Named queries of the Athena workgroup.
export interface NamedQuery {
  readonly description: string;
  readonly sql: string;
}

export const QUERIES: Record<string, NamedQuery> = {
  "newest-date": {
    description: "How many names the newest date of the data set has, and how stale they are",
    sql: `SELECT date, count(*) AS names, sum(CASE WHEN staleness = 0 THEN 1 ELSE 0 END) AS traded
FROM dataset
WHERE date = (SELECT max(date) FROM dataset)
GROUP BY date`,
  },
  "bars-by-exchange": {
    description: "Newest session and bars of each exchange",
    sql: `SELECT exchange, max(date) AS newest, count(DISTINCT ticker) AS tickers, count(*) AS bars
FROM prices
GROUP BY exchange
ORDER BY exchange`,
  },
  "one-ticker": {
    description: "The last bars of one ticker",
    sql: `SELECT date, open, high, low, close, volume, dividend, split_ratio, settled
FROM prices
WHERE ticker = 'AAPL' AND date > current_date - INTERVAL '60' DAY
ORDER BY date DESC`,
  },
  "names-without-bars": {
    description: "Numerai's names that have no symbol, or one that does not answer",
    sql: `SELECT status, country, count(*) AS names
FROM mapping
WHERE valid_to IS NULL
GROUP BY status, country
ORDER BY names DESC`,
  },
  "restated-lately": {
    description: "History that was changed after it was seen first",
    sql: `SELECT ticker, seen_on, from_date, reason, factor
FROM restatements
WHERE seen_on > current_timestamp - INTERVAL '30' DAY
ORDER BY seen_on DESC`,
  },
  "last-runs": {
    description: "What the last runs did",
    sql: `SELECT at, command, d, outcome, seconds, version
FROM runs
ORDER BY at DESC
LIMIT 50`,
  },
  "as-of-yesterday": {
    description: "The data set as it was a day ago: how time travel is written",
    sql: `SELECT date, count(*) AS names
FROM dataset FOR TIMESTAMP AS OF (current_timestamp - INTERVAL '1' DAY)
GROUP BY date
ORDER BY date DESC
LIMIT 5`,
  },
};
