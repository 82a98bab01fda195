// Charts on uPlot: lines over dates, and the candles of the explorer.
import uPlot from "uplot";

const drawn: { plot: uPlot; box: HTMLElement }[] = [];

export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// After the colours have changed.
export function redrawAll(): void {
  for (const { plot } of drawn) plot.redraw(false);
}

const observer = new ResizeObserver((entries) => {
  for (const entry of entries) {
    const found = drawn.find(({ box }) => box === entry.target);
    const width = Math.floor(entry.contentRect.width);
    if (found && width > 0 && width !== found.plot.width) found.plot.setSize({ width, height: found.plot.height });
  }
});

export function draw(box: HTMLElement, options: Omit<uPlot.Options, "width">, data: uPlot.AlignedData): uPlot {
  // The same room at the right of all: what stands below another lines up with it.
  const plot = new uPlot({ padding: [8, 16, 0, 0], ...options, width: Math.max(box.clientWidth, 240) }, data, box);
  drawn.push({ plot, box });
  observer.observe(box);
  return plot;
}

export function remove(plot: uPlot): void {
  const index = drawn.findIndex((one) => one.plot === plot);
  if (index >= 0) {
    observer.unobserve(drawn[index]!.box);
    drawn.splice(index, 1);
  }
  plot.destroy();
}

const font = '12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif';

export const axis = (more: Partial<uPlot.Axis> = {}): uPlot.Axis => ({
  stroke: () => colour("muted"),
  grid: { stroke: () => colour("line"), width: 1 },
  ticks: { stroke: () => colour("line"), width: 1, size: 4 },
  font,
  ...more,
});

// The rows of a chart are numbered, so that weekends leave no gap; these are the dates under them.
export function dateAxis(dates: string[], shown: boolean): uPlot.Axis {
  return axis({
    show: shown,
    size: 32,
    splits: (plot, _axis, low, high) => {
      const few = Math.max(2, Math.floor(plot.width / 110));
      const step = Math.max(1, Math.ceil((high - low) / few));
      const places: number[] = [];
      for (let i = Math.ceil(Math.max(low, 0)); i <= Math.min(high, dates.length - 1); i += step) places.push(i);
      return places;
    },
    values: (_plot, splits) => splits.map((i) => dates[i] ?? ""),
  });
}

export const short = (value: number | null): string => {
  if (value === null) return "";
  const size = Math.abs(value);
  if (size >= 1e9) return `${+(value / 1e9).toPrecision(3)} G`;
  if (size >= 1e6) return `${+(value / 1e6).toPrecision(3)} M`;
  if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)} k`;
  return String(+value.toPrecision(5));
};

export const valueAxis = (): uPlot.Axis => axis({ size: 62, values: (_plot, splits) => splits.map(short) });

// Hollow candles rise, filled ones fall: the colour is not needed to tell them apart.
export function candles(plot: uPlot): void {
  const [low, high] = [plot.scales["x"]?.min ?? 0, plot.scales["x"]?.max ?? 0];
  const data = plot.data as (number | null)[][];
  const context = plot.ctx;
  const y = (value: number): number => Math.round(plot.valToPos(value, "y", true));
  const step = plot.bbox.width / Math.max(high - low, 1);
  const half = Math.max(1, Math.floor(step * 0.32));
  context.save();
  context.beginPath();
  context.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  context.clip();
  context.lineWidth = Math.max(1, Math.round(devicePixelRatio));
  for (let i = Math.max(0, Math.ceil(low)); i <= Math.min(high, (data[0]?.length ?? 0) - 1); ++i) {
    const [open, top, bottom, close] = [data[1]?.[i] ?? data[4]?.[i], data[2]?.[i], data[3]?.[i], data[4]?.[i]];
    if (open == null || top == null || bottom == null || close == null) continue;
    const x = Math.round(plot.valToPos(i, "x", true));
    const rises = close >= open;
    context.strokeStyle = context.fillStyle = colour(rises ? "up" : "down");
    const [upper, lower] = [y(Math.max(open, close)), y(Math.min(open, close))];
    context.beginPath();
    context.moveTo(x, y(top));
    context.lineTo(x, upper);
    context.moveTo(x, lower);
    context.lineTo(x, y(bottom));
    context.stroke();
    if (rises) context.strokeRect(x - half, upper, 2 * half, Math.max(1, lower - upper));
    else context.fillRect(x - half, upper, 2 * half, Math.max(1, lower - upper));
  }
  context.restore();
}
