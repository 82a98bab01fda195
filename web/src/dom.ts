// Elements, and numbers as people read them.

type Child = Node | string | number | null | undefined;
type Attributes = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined) element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag: string, attributes: Record<string, string | number>, ...children: Node[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const count = (value: number): string => whole.format(value);

export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return "–";
  if (value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-4)) return value.toExponential(2);
  return new Intl.NumberFormat("en", { maximumSignificantDigits: Math.max(digits, 1) }).format(value);
}

export function percent(part: number, all: number): string {
  if (all === 0) return "–";
  const share = (100 * part) / all;
  // What is not all of it is never shown as 100 %.
  const shown = share > 99.9 && part < all ? 99.9 : share;
  return `${shown.toFixed(shown === 100 || shown === 0 ? 0 : 1)} %`;
}

export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit + 1 < units.length) {
    value /= 1024;
    ++unit;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

export function seconds(value: number): string {
  if (value < 60) return `${value} s`;
  const minutes = Math.floor(value / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(value % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const minute = (at: string): string => at.slice(0, 16).replace("T", " ");

// Text with commands in backticks.
export function prose(text: string): (Node | string)[] {
  return text.split("`").map((part, i) => (i % 2 === 1 ? el("code", {}, part) : part));
}

// A figure with a title and the line that explains it.
export function figure(id: string, title: string, explanation: string, ...children: Child[]): HTMLElement {
  return el(
    "figure",
    { id, "aria-labelledby": `${id}-title` },
    el("figcaption", {}, el("h3", { id: `${id}-title` }, title), el("p", { class: "explains" }, ...prose(explanation))),
    ...children,
  );
}

// What stands in the place of a figure that has nothing to show or could not be made.
export function notice(section: { state: string; why?: string }): HTMLElement {
  const error = section.state === "error";
  return el(
    "p",
    { class: error ? "notice error" : "notice" },
    el("strong", {}, error ? "Could not be read. " : "Nothing to show. "),
    ...prose(section.why ?? ""),
  );
}
