// Features: what is known of each column, how its values lie, how fast their order changes.
import type { Feature, Features, Figures } from "./figures";
import { count, el, figure, notice, number, svg } from "./dom";
import { controls, DataTable } from "./table";

const CATEGORIES = ["volume", "volatility", "trend", "momentum", "others"];

const plain = (name: string): string => name.replace(/^feature_/, "");
const isLag = (name: string): boolean => /_lag\d+$/.test(name);
const share = (value: number | null): string => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);

function histogram(feature: Feature, width: number, height: number): SVGElement | string {
  const shape = feature.histogram;
  if (!shape) return "–";
  const most = Math.max(1, ...shape.bins);
  const step = width / shape.bins.length;
  const bars = shape.bins.map((bin, i) => {
    const tall = bin === 0 ? 0 : Math.max(1, (bin / most) * height);
    return svg("rect", { x: i * step, y: height - tall, width: Math.max(step - 1, 1), height: tall });
  });
  const label = `${feature.known} values; most between ${number(feature.quantiles?.[3])} and ${number(feature.quantiles?.[5])}`;
  return svg("svg", { class: "histogram", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label }, ...bars);
}

function detail(section: Features, feature: Feature): HTMLElement {
  const values = el("tr");
  const heads = el("tr");
  section.quantiles.forEach((one, i) => {
    heads.append(el("th", { scope: "col" }, one === 0 ? "least" : one === 1 ? "greatest" : `${100 * one} %`));
    values.append(el("td", { class: "number" }, number(feature.quantiles?.[i])));
  });
  const churnHeads = el("tr");
  const churns = el("tr");
  feature.churns.forEach((one, i) => {
    churnHeads.append(el("th", { scope: "col" }, section.dates[section.dates.length - 2 - i] ?? ""));
    churns.append(el("td", { class: "number" }, share(one)));
  });
  const newest = section.dates[section.dates.length - 1] ?? "";
  return el(
    "div",
    { class: "detail" },
    el("h4", {}, plain(feature.name)),
    el("p", {}, `Values of ${count(feature.known)} of ${count(section.names[section.names.length - 1] ?? 0)} names on ${newest}. Bars reach from the first to the last hundredth; what lies outside is in the outer ones.`),
    histogram(feature, 480, 120),
    el("p", { class: "ends" }, el("span", {}, number(feature.histogram?.low)), el("span", {}, number(feature.histogram?.high))),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Quantiles" }, el("table", {}, el("caption", {}, "Quantiles"), el("thead", {}, heads), el("tbody", {}, values))),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Churn against each date before" }, el("table", {}, el("caption", {}, `Churn of ${newest} against`), el("thead", {}, churnHeads), el("tbody", {}, churns))),
  );
}

export function features(figures: Figures): HTMLElement {
  const title = "Columns";
  const section = figures.features;
  const explanation =
    "Nulls: share of the whole table. Values: across the names of the newest date. Churn, as Numerai reckons it: the greatest 1 − Spearman against each of the five dates before, over the whole universe, unknown values in the middle.";
  if (section.state !== "ok") return figure("columns", title, explanation, notice(section));
  const panel = el("div", { id: "column-detail", "aria-live": "polite" });
  const pick = (feature: Feature): void => {
    panel.replaceChildren(detail(section, feature));
    panel.scrollIntoView({ block: "nearest" });
  };
  const table = new DataTable<Feature>({
    label: "Feature columns",
    rows: section.columns,
    page: 60,
    tall: true,
    columns: [
      {
        title: "Column",
        cell: (row) => el("button", { type: "button", class: "link", click: () => pick(row) }, plain(row.name)),
        sort: (row) => row.name,
      },
      { title: "Nulls", kind: "number", cell: (row) => share(row.nulls), sort: (row) => row.nulls },
      { title: "5 %", kind: "number", cell: (row) => number(row.quantiles?.[2], 3), sort: (row) => row.quantiles?.[2] ?? null },
      { title: "Median", kind: "number", cell: (row) => number(row.quantiles?.[4], 3), sort: (row) => row.quantiles?.[4] ?? null },
      { title: "95 %", kind: "number", cell: (row) => number(row.quantiles?.[6], 3), sort: (row) => row.quantiles?.[6] ?? null },
      { title: "Values", cell: (row) => histogram(row, 96, 22) },
      {
        title: "Churn",
        kind: "number",
        sort: (row) => row.churn,
        cell: (row) => {
          const high = row.churn !== null && row.churn >= section.most_churn;
          return el("span", { class: high ? "high" : "", title: high ? "as a submission it would lose its stake" : undefined }, share(row.churn), high ? " ▲" : "");
        },
      },
    ],
  });
  const options: [string, string][] = [["", "all but lags"], ["lags", "lags too"]];
  for (const one of CATEGORIES) {
    const columns = section.columns.filter((row) => plain(row.name).startsWith(`${one}_`)).length;
    if (columns > 0) options.push([one, `${one} (${columns})`]);
  }
  const search = controls(table, "columns", (row) => plain(row.name), {
    label: "Show",
    options,
    of: (row, chosen) => {
      if (chosen === "lags") return true;
      if (chosen === "") return !isLag(row.name);
      return plain(row.name).startsWith(`${chosen}_`);
    },
  });
  const high = section.columns.filter((row) => row.churn !== null && row.churn >= section.most_churn).length;
  const newest = section.dates.length - 1;
  const sum = `${count(section.columns.length)} columns of ${section.table}; ${count(section.rows[newest] ?? 0)} of ${count(section.names[newest] ?? 0)} names have a row on ${section.dates[newest]}. ${count(high)} columns churn ${100 * section.most_churn} % or more (▲): Numerai pays nothing for a submission that does.`;
  return figure("columns", title, explanation, el("p", { class: "sum" }, sum), search, table.element, panel);
}
