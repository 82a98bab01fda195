// Coverage: names by country and over time, and what is missing.
import uPlot from "uplot";
import type { Coverage, Figures, Missing } from "./figures";
import { colour, dateAxis, draw, valueAxis } from "./charts";
import { count, el, figure, notice, percent } from "./dom";
import { controls, DataTable } from "./table";

type Country = Coverage["countries"][number];

function bar(row: Country): HTMLElement {
  const parts = el("span", { class: "bar", "aria-hidden": "true" });
  for (const [name, value] of [
    ["fresh", row.fresh],
    ["old", row.mapped - row.fresh],
    ["none", row.ids - row.mapped],
  ] as const) {
    if (value <= 0) continue;
    const part = el("span", { class: name });
    part.style.flexGrow = String(value);
    parts.append(part);
  }
  return parts;
}

export function countries(figures: Figures): HTMLElement {
  const section = figures.coverage;
  const by = section.by === "exchange" ? "exchange" : "country";
  const title = by === "country" ? "Names by country" : "Tickers by exchange";
  const explanation = `Fresh: the source has answered since the sessions of ${figures.d} ended. Old: it has a symbol but no new answer or bar. None: no symbol.`;
  if (section.state !== "ok") return figure("countries", title, explanation, notice(section));
  const sum = (of: (row: Country) => number): number => section.countries.reduce((all, row) => all + of(row), 0);
  const [ids, mapped, fresh] = [sum((row) => row.ids), sum((row) => row.mapped), sum((row) => row.fresh)];
  const table = new DataTable<Country>({
    label: title,
    rows: section.countries,
    sortBy: 1,
    descending: true,
    tall: true,
    columns: [
      { title: by === "country" ? "Country" : "Exchange", cell: (row) => row.country || "(files)", sort: (row) => row.country },
      { title: "Names", kind: "number", cell: (row) => count(row.ids), sort: (row) => row.ids },
      { title: "With symbol", kind: "number", cell: (row) => count(row.mapped), sort: (row) => row.mapped },
      { title: "Fresh", kind: "number", cell: (row) => count(row.fresh), sort: (row) => row.fresh },
      { title: "Share fresh", kind: "number", cell: (row) => percent(row.fresh, row.ids), sort: (row) => row.fresh / row.ids },
      { title: "Fresh, old, none", kind: "wide", cell: bar },
    ],
  });
  return figure(
    "countries",
    title,
    explanation,
    el("p", { class: "sum" }, `${count(ids)} names, ${count(mapped)} with a symbol, ${count(fresh)} fresh.`),
    el(
      "p",
      { class: "legend" },
      el("span", { class: "key fresh" }),
      "fresh ",
      el("span", { class: "key old" }),
      "old ",
      el("span", { class: "key none" }),
      "none",
    ),
    table.element,
  );
}

const LINES = [
  ["members", "Members", "muted", [2, 4]],
  ["mapped", "With a symbol", "series1", [8, 4]],
  ["rows", "Rows", "series2", []],
  ["traded", "Traded that day", "series3", [3, 3]],
] as const;

export function overTime(figures: Figures): { element: HTMLElement; show: () => void } {
  const title = "Coverage over time";
  const explanation =
    "For each date of the data set: names in the universe, those with a symbol, those with a row, and rows whose session is that very day.";
  const series = figures.coverage.state === "ok" ? figures.coverage.over_time : null;
  if (!series || series.date.length === 0) {
    const why = figures.coverage.state === "ok" ? "No data set was published yet." : figures.coverage.why;
    const state = figures.coverage.state === "error" ? "error" : "empty";
    return { element: figure("over-time", title, explanation, notice({ state, why })), show: () => {} };
  }
  const n = series.date.length;
  const box = el("div", { class: "chart", role: "img", "aria-label": `${title}: ${n} dates from ${series.date[0]} to ${series.date[n - 1]}; the newest has ${series.members[n - 1]} members, ${series.mapped[n - 1]} with a symbol, ${series.rows[n - 1]} rows, ${series.traded[n - 1]} of them traded that day` });
  const readout = el("output", { class: "readout" });
  const tell = (i: number): void => {
    readout.textContent = `${series.date[i]}: ${LINES.map(([key, name]) => `${name.toLowerCase()} ${count(series[key][i] ?? 0)}`).join(", ")}`;
  };
  tell(n - 1);
  const legend = el("p", { class: "legend" });
  for (const [key, name] of LINES) legend.append(el("span", { class: `line ${key}` }), `${name} `);
  const show = (): void => {
    const options: Omit<uPlot.Options, "width"> = {
      height: 240,
      legend: { show: false },
      cursor: { y: false, drag: { x: true, y: false } },
      scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, high * 1.05 || 1] } },
      axes: [dateAxis(series.date, true), valueAxis()],
      series: [
        {},
        ...LINES.map(([, , tone, dash]) => ({
          stroke: () => colour(tone),
          width: 2,
          dash: [...dash],
          points: { show: n === 1 },
        })),
      ],
      hooks: {
        setCursor: [(plot) => tell(plot.cursor.idx ?? n - 1)],
      },
    };
    draw(box, options, [series.date.map((_, i) => i), ...LINES.map(([key]) => series[key])]);
  };
  return { element: figure("over-time", title, explanation, legend, box, readout), show };
}

export function missing(figures: Figures): HTMLElement {
  const title = "What is missing, and why";
  const explanation = "Every name of today's universe that is not fresh, or is and has nothing new. Search by name, symbol, company or reason.";
  const section = figures.coverage;
  if (section.state !== "ok") return figure("missing", title, explanation, notice(section));
  if (section.missing.length === 0) {
    return figure("missing", title, explanation, el("p", { class: "notice" }, "Nothing: every name is fresh and has a new bar."));
  }
  const reasons = new Map<string, number>();
  for (const row of section.missing) reasons.set(row[4], (reasons.get(row[4]) ?? 0) + 1);
  const table = new DataTable<Missing>({
    label: title,
    rows: section.missing,
    page: 50,
    tall: true,
    columns: [
      { title: "Name", cell: (row) => row[0], sort: (row) => row[0] },
      { title: "Symbol", cell: (row) => row[1] || "–", sort: (row) => row[1] || null },
      { title: section.by === "exchange" ? "Exchange" : "Country", cell: (row) => row[2], sort: (row) => row[2] },
      { title: "Company", cell: (row) => row[3] || "–", sort: (row) => row[3] || null },
      { title: "Why", cell: (row) => row[4], sort: (row) => row[4] },
      { title: "More", kind: "wide", cell: (row) => row[5] || "–", sort: (row) => row[5] || null },
    ],
  });
  const options: [string, string][] = [["", "every reason"]];
  for (const [reason, rows] of [...reasons].sort((a, b) => b[1] - a[1])) options.push([reason, `${reason} (${count(rows)})`]);
  const search = controls(table, "missing", (row) => row.join(" "), {
    label: "Reason",
    options,
    of: (row, chosen) => chosen === "" || row[4] === chosen,
  });
  return figure("missing", title, explanation, search, table.element);
}

