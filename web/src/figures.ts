// What the program writes into the page: see docs/report.md.

export interface Section {
  state: "ok" | "empty" | "error";
  why?: string;
}

export interface Round extends Section {
  go: boolean;
  why_not: string | null;
  published: string;
  live: string;
  ids: number;
  mapped: number;
  rows: number;
  fresh: number;
  unsettled: number;
  degraded: boolean;
  min_fresh: number;
}

export interface SkewFile {
  date: string;
  snapshot: number;
  why?: string;
  names: number;
  rows: number;
  cells: number;
  differ: number;
  greatest: number;
  column: string;
  rows_not_served: number;
  rows_gone: number;
  columns_gone: number;
}

export interface TableRow {
  name: string;
  why?: string;
  rows: number;
  bytes: number;
  columns: number;
  files: number;
  snapshots: number;
  dates: [string, string] | null;
  committed_at: string | null;
}

export interface Exchange {
  exchange: string;
  newest: string;
  tickers: number;
  bars: number;
  behind: number[];
}

export interface Exchanges extends Section {
  tickers: number;
  bars: number;
  unsettled: number;
  first: string;
  last: string;
  behind: number[];
  exchanges: Exchange[];
}

export interface Run {
  at: string;
  command: string;
  d: string | null;
  outcome: string;
  seconds: number;
  version: string;
}

// name, symbol, country, company, reason, detail
export type Missing = [string, string, string, string, string, string];

export interface Coverage extends Section {
  by: "country" | "exchange";
  names: number;
  countries: { country: string; ids: number; mapped: number; fresh: number }[];
  over_time: {
    date: string[];
    members: number[];
    mapped: number[];
    rows: number[];
    traded: number[];
  } | null;
  missing: Missing[];
}

export type Counts = Record<string, number>;

export interface Quality extends Section {
  total: number;
  kinds: string[];
  flags: Record<string, Counts>;
  years: Record<string, Counts>;
  newest: [string, string, string, number | null][];
}

export interface Restatements extends Section {
  total: number;
  reasons: Counts;
  months: Record<string, Counts>;
  newest: [string, string, string, string, number | null][];
}

export interface Feature {
  name: string;
  nulls: number | null;
  known: number;
  quantiles?: number[];
  histogram?: { low: number; high: number; bins: number[] };
  churn: number | null;
  churns: (number | null)[];
}

export interface Features extends Section {
  table: string;
  dates: string[];
  names: number[];
  rows: number[];
  quantiles: number[];
  most_churn: number;
  columns: Feature[];
}

export interface Ticker {
  ticker: string;
  numerai: string;
  country: string;
  name: string;
  currency: string;
  exchange: string;
  days: number[];
  open: (number | null)[];
  high: number[];
  low: number[];
  close: number[];
  volume: (number | null)[];
  events: [string, string, number | null][];
  indicators: [number | null, number | null, string][];
}

export interface Explorer extends Section {
  table: string;
  sessions: number;
  left_out: number;
  columns: string[];
  tickers: Ticker[];
}

export interface Figures {
  lake: string;
  made_at: string;
  version: string;
  d: string;
  round: Round;
  skew: Section & { files: SkewFile[] };
  tables: Section & { tables: TableRow[] };
  exchanges: Exchanges;
  runs: Section & { days: number; older: number; runs: Run[] };
  coverage: Coverage;
  quality: Quality;
  restatements: Restatements;
  features: Features;
  explorer: Explorer;
}

export function readFigures(): Figures {
  const element = document.getElementById("figures");
  return JSON.parse(element?.textContent ?? "{}") as Figures;
}

// The values of a packed column; null where unknown.
export function unpack([low, high, text]: [number | null, number | null, string]): (number | null)[] {
  const bytes = atob(text);
  const values: (number | null)[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const step = bytes.charCodeAt(i) + 256 * bytes.charCodeAt(i + 1);
    values.push(step === 65535 || low === null || high === null ? null : low + ((high - low) * step) / 65534);
  }
  return values;
}

// Days since 1970 from the distances between them.
export function dates(days: number[]): string[] {
  let day = 0;
  return days.map((step) => new Date((day += step) * 86_400_000).toISOString().slice(0, 10));
}
