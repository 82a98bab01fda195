// The explorer: candles, volume, events, and an indicator of one ticker.
import uPlot from "uplot";
import type { Explorer, Figures, Ticker } from "./figures";
import { dates, unpack } from "./figures";
import { candles, colour, dateAxis, draw, remove, valueAxis } from "./charts";
import { count, el, figure, notice, number } from "./dom";
import { DataTable } from "./table";

type Values = (number | null)[];

interface View {
  ticker: Ticker;
  days: string[];
  indicator: Values;
  name: string;
}

const plain = (name: string): string => name.replace(/^feature_/, "");

function titleOf(ticker: Ticker): string {
  const more = [ticker.name, ticker.numerai].filter(Boolean).join(", ");
  return more ? `${ticker.ticker} (${more})` : ticker.ticker;
}

class Charts {
  readonly element: HTMLElement;
  private plots: uPlot[] = [];
  private view: View | null = null;
  private readonly boxes = ["candles", "volume", "indicator"].map((name) =>
    el("div", { class: `chart ${name}`, role: "img" }),
  );
  private readonly names = ["Price", "Volume", "Indicator"].map((name) => el("h4", {}, name));
  private readonly readout = el("output", { class: "readout", for: "explorer-session" });
  private readonly slider = el("input", { type: "range", id: "explorer-session", min: 0, step: 1, input: () => this.point(Number(this.slider.value)) });

  constructor() {
    this.element = el("div", { class: "charts" }, this.readout);
    this.boxes.forEach((box, i) => this.element.append(this.names[i]!, box));
    this.element.append(
      el("label", { for: "explorer-session", class: "slider" }, "Session (arrow keys move it) ", this.slider),
    );
  }

  show(view: View, sessions: number): void {
    for (const plot of this.plots) remove(plot);
    this.view = view;
    const { ticker, days } = view;
    const n = days.length;
    const first = Math.max(0, n - sessions);
    this.slider.min = String(first);
    this.slider.max = String(n - 1);
    this.slider.value = String(n - 1);
    const x = days.map((_, i) => i);
    const range = (): [number, number] => [first - 0.7, n - 0.3];
    const options = (height: number, withDates: boolean, y: uPlot.Scale.Range, series: uPlot.Series[], paint?: (plot: uPlot) => void): Omit<uPlot.Options, "width"> => ({
      height,
      legend: { show: false },
      padding: [8, 16, withDates ? 0 : 8, 0],
      cursor: { sync: { key: "explorer" }, drag: { x: false, y: false }, y: false, points: { show: false } },
      scales: { x: { time: false, range }, y: { range: y } },
      axes: [dateAxis(days, withDates), valueAxis()],
      series: [{}, ...series],
      hooks: {
        draw: paint ? [paint] : [],
        setCursor: [(plot) => this.tell(plot.cursor.idx ?? null)],
      },
    });
    const invisible: uPlot.Series = { paths: () => null, points: { show: false } };
    const visible = (values: Values): number[] => values.slice(first).filter((value): value is number => value !== null);
    const around = (values: number[]): [number, number] => {
      if (values.length === 0) return [0, 1];
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const margin = (high - low) * 0.06 || Math.abs(high) * 0.01 || 1;
      return [low - margin, high + margin];
    };
    const prices = around([...visible(ticker.low), ...visible(ticker.high)]);
    const volumes = visible(ticker.volume);
    const most = volumes.length === 0 ? 1 : Math.max(...volumes) * 1.05 || 1;
    const values = around(visible(view.indicator));
    const bars = uPlot.paths.bars!({ size: [0.64, 40] });
    this.names[0]!.textContent = `Price${ticker.currency ? `, ${ticker.currency}` : ""} (hollow: up, filled: down; marks: events)`;
    this.names[2]!.textContent = view.name || "No indicator";
    this.boxes[0]!.setAttribute("aria-label", `Candles of ${titleOf(ticker)}, ${n - first} sessions from ${days[first]} to ${days[n - 1]}`);
    this.boxes[1]!.setAttribute("aria-label", `Volume of ${titleOf(ticker)}`);
    this.boxes[2]!.setAttribute("aria-label", `${view.name} of ${titleOf(ticker)}`);
    this.boxes[2]!.hidden = this.names[2]!.hidden = view.name === "";
    this.plots = [
      draw(
        this.boxes[0]!,
        options(300, false, () => prices, [invisible, invisible, invisible, invisible], (plot) => {
          candles(plot);
          this.marks(plot);
        }),
        [x, ticker.open, ticker.high, ticker.low, ticker.close],
      ),
      draw(
        this.boxes[1]!,
        options(90, view.name === "", () => [0, most], [{ paths: bars, fill: () => colour("series1"), stroke: () => colour("series1"), width: 0, points: { show: false } }]),
        [x, ticker.volume],
      ),
    ];
    if (view.name !== "") {
      this.plots.push(
        draw(
          this.boxes[2]!,
          options(160, true, () => values, [{ stroke: () => colour("accent"), width: 2, points: { show: false }, spanGaps: false }]),
          [x, view.indicator],
        ),
      );
    }
    this.tell(null);
  }

  private marks(plot: uPlot): void {
    const { ticker, days } = this.view!;
    const context = plot.ctx;
    context.save();
    context.fillStyle = colour("accent");
    const size = 4 * devicePixelRatio;
    for (const [date] of ticker.events) {
      const i = days.indexOf(date);
      if (i < (plot.scales["x"]?.min ?? 0)) continue;
      const x = plot.valToPos(i, "x", true);
      const y = plot.bbox.top + plot.bbox.height;
      context.beginPath();
      context.moveTo(x, y - 2 * size);
      context.lineTo(x + size, y);
      context.lineTo(x - size, y);
      context.fill();
    }
    context.restore();
  }

  private point(i: number): void {
    for (const plot of this.plots.slice(0, 1)) {
      plot.setCursor({ left: plot.valToPos(i, "x"), top: 10 });
    }
    this.tell(i);
  }

  private tell(at: number | null): void {
    const view = this.view;
    if (!view) return;
    const i = at ?? view.days.length - 1;
    const { ticker } = view;
    if (at !== null) this.slider.value = String(i);
    this.slider.setAttribute("aria-valuetext", view.days[i] ?? "");
    const happened = ticker.events.filter(([date]) => date === view.days[i]).map(([, kind, value]) => `${kind}${value === null ? "" : ` ${number(value)}`}`);
    const parts = [
      `open ${number(ticker.open[i], 6)}`,
      `high ${number(ticker.high[i], 6)}`,
      `low ${number(ticker.low[i], 6)}`,
      `close ${number(ticker.close[i], 6)}`,
      `volume ${ticker.volume[i] == null ? "–" : count(ticker.volume[i] ?? 0)}`,
    ];
    if (view.name !== "") parts.push(`${view.name} ${number(view.indicator[i], 5)}`);
    this.readout.replaceChildren(
      el("strong", {}, view.days[i] ?? ""),
      ...parts.map((part) => el("span", {}, part)),
      ...happened.map((event) => el("em", {}, event)),
    );
  }
}

function barsTable(view: View, sessions: number): HTMLElement {
  const { ticker, days } = view;
  const rows = days.map((_, i) => i).slice(-sessions).reverse();
  return new DataTable<number>({
    label: `Bars of ${ticker.ticker}`,
    rows,
    page: 20,
    tall: true,
    columns: [
      { title: "Date", cell: (i) => days[i] ?? "", sort: (i) => days[i] ?? "" },
      { title: "Open", kind: "number", cell: (i) => number(ticker.open[i], 6), sort: (i) => ticker.open[i] ?? null },
      { title: "High", kind: "number", cell: (i) => number(ticker.high[i], 6), sort: (i) => ticker.high[i] ?? null },
      { title: "Low", kind: "number", cell: (i) => number(ticker.low[i], 6), sort: (i) => ticker.low[i] ?? null },
      { title: "Close", kind: "number", cell: (i) => number(ticker.close[i], 6), sort: (i) => ticker.close[i] ?? null },
      { title: "Volume", kind: "number", cell: (i) => (ticker.volume[i] == null ? "–" : count(ticker.volume[i] ?? 0)), sort: (i) => ticker.volume[i] ?? null },
      { title: view.name || "–", kind: "number", cell: (i) => number(view.indicator[i], 5), sort: (i) => view.indicator[i] ?? null },
    ],
  }).element;
}

function eventsTable(view: View): HTMLElement {
  if (view.ticker.events.length === 0) return el("p", { class: "notice" }, "No dividend, split, flag or restatement in these sessions.");
  return new DataTable<Ticker["events"][number]>({
    label: `Events of ${view.ticker.ticker}`,
    rows: [...view.ticker.events].sort((a, b) => (a[0] < b[0] ? 1 : -1)),
    page: 20,
    tall: true,
    columns: [
      { title: "Date", cell: (row) => row[0], sort: (row) => row[0] },
      { title: "Event", cell: (row) => row[1], sort: (row) => row[1] },
      { title: "Value", kind: "number", cell: (row) => number(row[2]), sort: (row) => row[2] },
    ],
  }).element;
}

export function explorer(figures: Figures): { element: HTMLElement; show: () => void } {
  const title = "Ticker explorer";
  const section: Explorer = figures.explorer;
  const explanation =
    "Bars as they are stored (adjusted for splits, not for dividends), what happened to them, and an indicator of the feature table.";
  if (section.state !== "ok") return { element: figure("explorer-figure", title, explanation, notice(section)), show: () => {} };

  const tickers = el("select", { id: "explorer-ticker", change: () => show() });
  const groups = new Map<string, HTMLOptGroupElement>();
  section.tickers.forEach((ticker, i) => {
    if (ticker.days.length === 0) return;
    let group = groups.get(ticker.country);
    if (!group) {
      group = el("optgroup", { label: ticker.country || "(files)" });
      groups.set(ticker.country, group);
      tickers.append(group);
    }
    group.append(el("option", { value: i }, titleOf(ticker)));
  });
  const absent = section.tickers.filter((ticker) => ticker.days.length === 0).map((ticker) => ticker.ticker);
  const indicators = el("select", { id: "explorer-indicator", change: () => show() });
  indicators.append(el("option", { value: -1 }, "none"));
  section.columns.forEach((column, i) => indicators.append(el("option", { value: i }, plain(column))));
  const first = section.columns.findIndex((column) => plain(column) === "momentum_rsi");
  indicators.value = String(first >= 0 ? first : section.columns.length > 0 ? 0 : -1);
  const spans = el("select", { id: "explorer-span", change: () => show() });
  for (const [sessions, name] of [
    [63, "3 months"],
    [126, "6 months"],
    [section.sessions, `all ${section.sessions} sessions`],
  ] as const) {
    if (sessions <= section.sessions) spans.append(el("option", { value: sessions }, name));
  }
  const fitting = innerWidth < 560 ? 63 : 126;
  spans.value = String(Math.min(fitting, section.sessions));

  const charts = new Charts();
  const events = el("div");
  const bars = el("div");
  const show = (): void => {
    const ticker = section.tickers[Number(tickers.value)];
    if (!ticker) return;
    const chosen = Number(indicators.value);
    const packed = chosen >= 0 ? ticker.indicators[chosen] : undefined;
    const days = dates(ticker.days);
    const view: View = {
      ticker,
      days,
      indicator: packed ? unpack(packed) : days.map(() => null),
      name: packed ? plain(section.columns[chosen] ?? "") : "",
    };
    charts.show(view, Number(spans.value));
    events.replaceChildren(eventsTable(view));
    bars.replaceChildren(barsTable(view, Number(spans.value)));
  };
  const control = (text: string, select: HTMLSelectElement): HTMLElement => el("label", { for: select.id }, `${text} `, select);
  const notes: string[] = [];
  if (absent.length > 0) notes.push(`No bars of ${absent.join(", ")}.`);
  if (section.left_out > 0) notes.push(`${count(section.left_out)} names are left out: the page would be too large. Name some with --tickers.`);
  return {
    element: figure(
      "explorer-figure",
      title,
      explanation,
      el("div", { class: "controls" }, control("Ticker", tickers), control("Indicator", indicators), control("Show", spans)),
      notes.length > 0 ? el("p", { class: "notice" }, notes.join(" ")) : null,
      charts.element,
      el("details", { open: true }, el("summary", {}, "Events"), events),
      el("details", {}, el("summary", {}, "Bars"), bars),
    ),
    show,
  };
}
