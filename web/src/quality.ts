// Quality: odd bars, restatements, staleness.
import type { Counts, Exchange, Figures, Quality, Restatements } from "./figures";
import { count, el, figure, minute, notice, number } from "./dom";
import { DataTable } from "./table";

const MEANING: Record<string, string> = {
  ohlc_violation: "open or close outside low to high, or low above high",
  jump: "the close is 100 times the one before, or a hundredth",
  minor_units: "pence and pounds (cents, agorot) seem to be mixed",
  no_trade: "flat, without volume, at the close before",
  holiday_copy: "the same for most names of the exchange on that day",
  gap: "there is no bar, on a session of the exchange",
  suspect_dividend: "half the last close or more, or on the day of a split: not applied",
  foreign_dividend: "a dividend in another currency than the price",
  split: "the whole history on a new scale",
  rescaled: "the same, without a split to explain it",
  corrected: "settled bars changed",
  late_bar: "a bar before known ones came",
  reused: "another company took the ticker",
};

interface CountRow {
  name: string;
  counts: Counts;
  total: number;
}

const rowOf = (name: string, counts: Counts): CountRow => ({
  name,
  counts,
  total: Object.values(counts).reduce((all, one) => all + one, 0),
});

// Counts with a shade behind them: the darker, the more of the largest in the table.
function shaded(label: string, first: string, rows: CountRow[], keys: string[], options: { sortBy?: number } = {}): HTMLElement {
  const greatest = Math.max(1, ...rows.flatMap((row) => Object.values(row.counts)));
  const cell = (value: number): Node => {
    const shade = el("span", { class: "shade" }, value === 0 ? "·" : count(value));
    shade.style.setProperty("--share", String(value === 0 ? 0 : 0.12 + 0.5 * Math.sqrt(value / greatest)));
    return shade;
  };
  return new DataTable<CountRow>({
    label,
    rows,
    tall: rows.length > 12,
    ...options,
    columns: [
      { title: first, cell: (row) => el("span", { title: MEANING[row.name] }, row.name || "(files)"), sort: (row) => row.name },
      ...keys.map((key) => ({
        title: key || "(files)",
        kind: "number" as const,
        explains: MEANING[key],
        cell: (row: CountRow) => cell(row.counts[key] ?? 0),
        sort: (row: CountRow) => row.counts[key] ?? 0,
      })),
      { title: "All", kind: "number", cell: (row) => count(row.total), sort: (row) => row.total },
    ],
  }).element;
}

export function flags(figures: Figures): HTMLElement {
  const title = "Flags by kind and exchange";
  const explanation = "Bars that are odd in some way. They are stored as the source gave them; features leave out only holiday copies.";
  const section: Quality = figures.quality;
  if (section.state !== "ok") return figure("flags", title, explanation, notice(section));
  const names = [...new Set(Object.values(section.flags).flatMap((counts) => Object.keys(counts)))].sort();
  const kinds = section.kinds.filter((kind) => section.flags[kind]);
  const rows = names.map((name) => rowOf(name, Object.fromEntries(kinds.map((kind) => [kind, section.flags[kind]?.[name] ?? 0]))));
  const years = Object.entries(section.years).map(([year, counts]) => rowOf(year, counts));
  const meanings = el("dl", { class: "meanings" });
  for (const kind of kinds) meanings.append(el("dt", {}, kind), el("dd", {}, MEANING[kind] ?? ""));
  const newest = new DataTable<Quality["newest"][number]>({
    label: "The newest flags",
    rows: section.newest,
    page: 60,
    tall: true,
    columns: [
      { title: "Ticker", cell: (row) => row[0], sort: (row) => row[0] },
      { title: "Date", cell: (row) => row[1], sort: (row) => row[1] },
      { title: "Flag", cell: (row) => row[2], sort: (row) => row[2] },
      { title: "How far off", kind: "number", cell: (row) => number(row[3]), sort: (row) => row[3] },
    ],
  });
  return figure(
    "flags",
    title,
    explanation,
    el("p", { class: "sum" }, `${count(section.total)} flags.`),
    shaded(title, "Exchange", rows, kinds),
    el("details", {}, el("summary", {}, "What they mean"), meanings),
    el("details", {}, el("summary", {}, "By year"), shaded("Flags by year", "Year", years, kinds)),
    el("details", {}, el("summary", {}, `The newest ${count(section.newest.length)}`), newest.element),
  );
}

export function restatements(figures: Figures): HTMLElement {
  const title = "Restatements";
  const explanation =
    "Stored history that the source gave anew with other values. Published rows stay as they were until `publish --rebuild`.";
  const section: Restatements = figures.restatements;
  if (section.state !== "ok") return figure("restatements", title, explanation, notice(section));
  const reasons = Object.keys(section.reasons).sort();
  const months = Object.entries(section.months).map(([month, counts]) => rowOf(month, counts));
  const newest = new DataTable<Restatements["newest"][number]>({
    label: "The newest restatements",
    rows: section.newest,
    page: 60,
    tall: true,
    columns: [
      { title: "Ticker", cell: (row) => row[0], sort: (row) => row[0] },
      { title: "Seen (UTC)", cell: (row) => minute(row[1]), sort: (row) => row[1] },
      { title: "From", cell: (row) => row[2], sort: (row) => row[2] },
      { title: "Reason", cell: (row) => el("span", { title: MEANING[row[3]] }, row[3]), sort: (row) => row[3] },
      { title: "Factor", kind: "number", cell: (row) => number(row[4]), sort: (row) => row[4], explains: "new close / old close" },
    ],
  });
  return figure(
    "restatements",
    title,
    explanation,
    el("p", { class: "sum" }, `${count(section.total)} in all: ${reasons.map((reason) => `${count(section.reasons[reason] ?? 0)} ${reason}`).join(", ")}.`),
    shaded("Restatements by month", "Month seen", months.reverse(), reasons),
    el("details", {}, el("summary", {}, `The newest ${count(section.newest.length)}`), newest.element),
  );
}

export function staleness(figures: Figures): HTMLElement {
  const title = "Staleness";
  const explanation =
    "How many sessions of its exchange each name lacks after its newest bar. A name that lacks more than five has no row in the data set.";
  const section = figures.exchanges;
  if (section.state !== "ok") return figure("staleness", title, explanation, notice(section));
  const keys = section.behind.map((from, i) => {
    const to = section.behind[i + 1];
    if (to === undefined) return `${from} or more`;
    return to === from + 1 ? (from === 0 ? "none" : String(from)) : `${from} to ${to - 1}`;
  });
  const rows = section.exchanges.map((one: Exchange) =>
    rowOf(one.exchange, Object.fromEntries(keys.map((key, i) => [key, one.behind[i] ?? 0]))),
  );
  return figure("staleness", title, explanation, shaded(title, "Exchange", rows, keys));
}
