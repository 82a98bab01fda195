// Tables: sortable by their headings, searchable, a part of the rows at a time.
import { count, el } from "./dom";

export interface Column<Row> {
  title: string;
  cell: (row: Row) => Node | string | number;
  sort?: (row: Row) => string | number | null; // none: the column cannot be sorted by
  kind?: "number" | "text" | "wide";
  explains?: string; // shown when the heading is hovered
}

export interface Options<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  sortBy?: number;
  descending?: boolean;
  page?: number; // rows at first, and by which more are shown
  tall?: boolean; // scrolls in itself
  highlight?: (row: Row) => string | undefined; // a class
}

export class DataTable<Row> {
  readonly element: HTMLElement;
  private readonly body = el("tbody");
  private readonly more: HTMLButtonElement;
  private readonly headings: HTMLTableCellElement[] = [];
  private shown: Row[];
  private sortBy: number;
  private descending: boolean;
  private limit: number;

  constructor(private readonly options: Options<Row>) {
    this.shown = options.rows;
    this.sortBy = options.sortBy ?? -1;
    this.descending = options.descending ?? false;
    this.limit = options.page ?? 100;
    const head = el("tr");
    options.columns.forEach((column, index) => {
      const heading = el("th", { scope: "col", class: column.kind ?? "text", title: column.explains });
      if (column.sort) {
        heading.append(el("button", { type: "button", class: "sort", click: () => this.sort(index) }, column.title));
      } else {
        heading.append(column.title);
      }
      this.headings.push(heading);
      head.append(heading);
    });
    this.more = el("button", { type: "button", class: "more", click: () => this.showMore() });
    this.element = el(
      "div",
      { class: "table" },
      el(
        "div",
        { class: options.tall ? "scroll tall" : "scroll", role: "region", "aria-label": options.label, tabindex: 0 },
        el("table", {}, el("thead", {}, head), this.body),
      ),
      this.more,
    );
    this.render();
  }

  filter(keep: (row: Row) => boolean): number {
    this.shown = this.options.rows.filter(keep);
    this.limit = this.options.page ?? 100;
    this.render();
    return this.shown.length;
  }

  private sort(index: number): void {
    this.descending = this.sortBy === index ? !this.descending : this.options.columns[index]?.kind === "number";
    this.sortBy = index;
    this.render();
  }

  private showMore(): void {
    this.limit += 5 * (this.options.page ?? 100);
    this.render();
  }

  private render(): void {
    const by = this.options.columns[this.sortBy]?.sort;
    const rows = [...this.shown];
    if (by) {
      const sign = this.descending ? -1 : 1;
      rows.sort((a, b) => {
        const x = by(a);
        const y = by(b);
        if (x === y) return 0;
        if (x === null) return 1; // what is unknown comes last either way
        if (y === null) return -1;
        return x < y ? -sign : sign;
      });
    }
    this.headings.forEach((heading, index) => {
      const order = index !== this.sortBy ? "none" : this.descending ? "descending" : "ascending";
      if (this.options.columns[index]?.sort) heading.setAttribute("aria-sort", order);
    });
    this.body.replaceChildren(
      ...rows.slice(0, this.limit).map((row) =>
        el(
          "tr",
          { class: this.options.highlight?.(row) },
          ...this.options.columns.map((column, index) =>
            index === 0
              ? el("th", { scope: "row", class: column.kind ?? "text" }, column.cell(row))
              : el("td", { class: column.kind ?? "text" }, column.cell(row)),
          ),
        ),
      ),
    );
    if (rows.length === 0) {
      this.body.append(el("tr", {}, el("td", { colspan: this.options.columns.length, class: "none" }, "no row")));
    }
    const left = rows.length - this.limit;
    this.more.hidden = left <= 0;
    this.more.textContent = `Show more (${count(Math.max(left, 0))} left)`;
  }
}

// A box to search in and a list to choose from, above a table.
export function controls<Row>(
  table: DataTable<Row>,
  id: string,
  text: (row: Row) => string,
  choice: { label: string; options: [string, string][]; of: (row: Row, chosen: string) => boolean } | null,
): HTMLElement {
  const found = el("output", { class: "found", for: `${id}-search` });
  const search = el("input", { type: "search", id: `${id}-search`, autocomplete: "off", input: () => update() });
  const select = el("select", { id: `${id}-choice`, change: () => update() });
  for (const [value, title] of choice?.options ?? []) select.append(el("option", { value }, title));
  const update = (): void => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = table.filter((row) => {
      const all = text(row).toLowerCase();
      return words.every((word) => all.includes(word)) && (choice === null || choice.of(row, select.value));
    });
    found.textContent = `${count(rows)} found`;
  };
  update();
  return el(
    "div",
    { class: "controls" },
    el("label", { for: `${id}-search` }, "Search ", search),
    choice ? el("label", { for: `${id}-choice` }, `${choice.label} `, select) : null,
    found,
  );
}
