// What there is: tables, exchanges, runs.
import type { Exchange, Figures, Run, TableRow } from "./figures";
import { bytes, count, el, figure, minute, notice, seconds } from "./dom";
import { DataTable } from "./table";

export function tables(figures: Figures): HTMLElement {
  const title = "Tables";
  const explanation = "Rows and bytes of the current snapshot of each table, and how many snapshots can be read.";
  const section = figures.tables;
  if (section.state !== "ok") return figure("tables", title, explanation, notice(section));
  const table = new DataTable<TableRow>({
    label: title,
    rows: section.tables,
    highlight: (row) => (row.why ? "bad" : undefined),
    columns: [
      {
        title: "Table",
        cell: (row) => el("span", {}, row.name, row.why ? el("small", { class: "why" }, ` ${row.why}`) : null),
        sort: (row) => row.name,
      },
      { title: "Rows", kind: "number", cell: (row) => (row.why ? "–" : count(row.rows)), sort: (row) => row.rows ?? null },
      { title: "Bytes", kind: "number", cell: (row) => (row.why ? "–" : bytes(row.bytes)), sort: (row) => row.bytes ?? null },
      { title: "Columns", kind: "number", cell: (row) => (row.why ? "–" : count(row.columns)), sort: (row) => row.columns ?? null },
      { title: "Files", kind: "number", cell: (row) => (row.why ? "–" : count(row.files)), sort: (row) => row.files ?? null },
      { title: "Snapshots", kind: "number", cell: (row) => (row.why ? "–" : count(row.snapshots)), sort: (row) => row.snapshots ?? null },
      { title: "Dates", cell: (row) => (row.dates ? row.dates.join(" to ") : "–"), sort: (row) => row.dates?.[1] ?? null },
      { title: "Committed (UTC)", cell: (row) => (row.committed_at ? minute(row.committed_at) : "–"), sort: (row) => row.committed_at ?? null },
    ],
  });
  return figure("tables", title, explanation, table.element);
}

export function exchanges(figures: Figures): HTMLElement {
  const title = "Newest session of each exchange";
  const explanation = "The last date with a bar, and how many tickers and bars there are.";
  const section = figures.exchanges;
  if (section.state !== "ok") return figure("exchanges", title, explanation, notice(section));
  const table = new DataTable<Exchange>({
    label: title,
    rows: section.exchanges,
    tall: true,
    columns: [
      { title: "Exchange", cell: (row) => row.exchange || "(files)", sort: (row) => row.exchange },
      { title: "Newest", cell: (row) => row.newest, sort: (row) => row.newest },
      { title: "Tickers", kind: "number", cell: (row) => count(row.tickers), sort: (row) => row.tickers },
      { title: "Bars", kind: "number", cell: (row) => count(row.bars), sort: (row) => row.bars },
    ],
  });
  const sum = `${count(section.tickers)} tickers, ${count(section.bars)} bars, ${section.first} to ${section.last}; ${count(section.unsettled)} bars wait for a later run to confirm them.`;
  return figure("exchanges", title, explanation, el("p", { class: "sum" }, sum), table.element);
}

const kind = (outcome: string): "good" | "some" | "bad" =>
  outcome === "done" ? "good" : outcome === "partly" ? "some" : "bad";
const sign = { good: "✓", some: "◐", bad: "✕" };

// A row for each command, a column for each day, with the worst outcome of the day.
function calendar(runs: Run[], made: string, days: number): HTMLElement {
  const last = Date.parse(`${made.slice(0, 10)}T00:00:00Z`);
  const dates = Array.from({ length: days }, (_, i) =>
    new Date(last - (days - 1 - i) * 86_400_000).toISOString().slice(0, 10),
  );
  const worst = new Map<string, "good" | "some" | "bad">();
  const rank = { good: 0, some: 1, bad: 2 };
  for (const run of runs) {
    const key = `${run.command} ${run.at.slice(0, 10)}`;
    const now = kind(run.outcome);
    const before = worst.get(key);
    if (!before || rank[now] > rank[before]) worst.set(key, now);
  }
  const order = ["run", "resolve", "load", "transform", "publish"];
  const commands = [...new Set(runs.map((run) => run.command))].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const head = el("tr", {}, el("th", { scope: "col" }, "Command"));
  for (const date of dates) {
    head.append(
      el("th", { scope: "col", title: date }, el("span", { "aria-hidden": "true" }, date.slice(8)), el("span", { class: "hidden" }, date)),
    );
  }
  const body = el("tbody");
  for (const command of commands) {
    const row = el("tr", {}, el("th", { scope: "row" }, command));
    for (const date of dates) {
      const outcome = worst.get(`${command} ${date}`);
      const words = { good: "done", some: "partly", bad: "not done" };
      row.append(
        outcome
          ? el("td", { class: outcome, title: `${command}, ${date}: ${words[outcome]}` }, el("span", { "aria-hidden": "true" }, sign[outcome]), el("span", { class: "hidden" }, words[outcome]))
          : el("td", {}, el("span", { class: "hidden" }, "no run")),
      );
    }
    body.append(row);
  }
  return el(
    "div",
    { class: "scroll", role: "region", tabindex: 0, "aria-label": "Runs by day" },
    el("table", { class: "calendar" }, el("thead", {}, head), body),
  );
}

export function runs(figures: Figures): HTMLElement {
  const title = "Runs of the last thirty days";
  const explanation =
    "The worst outcome of each command on each day (UTC). A run before Numerai's universe is out ends with no_live_universe, and is made good by the next.";
  const section = figures.runs;
  if (section.state !== "ok") return figure("runs", title, explanation, notice(section));
  const table = new DataTable<Run>({
    label: title,
    rows: section.runs,
    page: 50,
    tall: true,
    highlight: (run) => (kind(run.outcome) === "bad" ? "bad" : undefined),
    columns: [
      { title: "At (UTC)", cell: (run) => minute(run.at), sort: (run) => run.at },
      { title: "Command", cell: (run) => run.command, sort: (run) => run.command },
      { title: "D", cell: (run) => run.d ?? "–", sort: (run) => run.d },
      { title: "Outcome", cell: (run) => `${sign[kind(run.outcome)]} ${run.outcome}`, sort: (run) => run.outcome },
      { title: "Took", kind: "number", cell: (run) => seconds(run.seconds), sort: (run) => run.seconds },
      { title: "Version", cell: (run) => run.version, sort: (run) => run.version },
    ],
  });
  const legend = el("p", { class: "legend" }, `${sign.good} done   ${sign.some} partly   ${sign.bad} not done`);
  return figure(
    "runs",
    title,
    explanation,
    calendar(section.runs, figures.made_at, section.days),
    legend,
    el("details", {}, el("summary", {}, `All ${count(section.runs.length)} runs`), table.element),
  );
}
