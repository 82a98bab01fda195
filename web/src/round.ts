// Today's round: GO or NO-GO, and whether what was served live is what training sees.
import type { Figures, SkewFile } from "./figures";
import { count, el, figure, notice, number, percent } from "./dom";
import { DataTable } from "./table";

function tile(title: string, value: string, explanation: string): HTMLElement {
  return el("div", { class: "tile" }, el("dt", {}, title), el("dd", {}, value, el("small", {}, explanation)));
}

export function verdict(figures: Figures): HTMLElement {
  const round = figures.round;
  if (round.state !== "ok") {
    return el(
      "div",
      { class: "verdict nogo" },
      el("p", { class: "word" }, "NO-GO"),
      el("div", {}, el("p", { class: "reason" }, `Round of ${figures.d}`), notice(round)),
    );
  }
  const reason = round.go
    ? `The live file of ${round.live} is in place and is the one that the manifest names.`
    : `${(round.why_not ?? "").replace(/^./, (letter) => letter.toUpperCase())}.`;
  return el(
    "div",
    { class: round.go ? "verdict go" : "verdict nogo" },
    el("p", { class: "word" }, round.go ? "GO" : "NO-GO"),
    el(
      "div",
      {},
      el("p", { class: "reason" }, `Round of ${figures.d}`),
      el("p", {}, reason, round.degraded ? " Degraded: fewer than 90 % of its names were fresh." : ""),
    ),
  );
}

export function published(figures: Figures): HTMLElement {
  const round = figures.round;
  if (round.state !== "ok" || round.published === "") {
    return notice({ state: "empty", why: "Nothing was published yet: `signals publish` makes the data set." });
  }
  return el(
    "dl",
    { class: "tiles" },
    tile("Published", round.published, "the newest date of the data set"),
    tile("Names", count(round.ids), "in the universe of that date"),
    tile("With a symbol", percent(round.mapped, round.ids), `${count(round.mapped)} names`),
    tile("Rows", percent(round.rows, round.ids), `${count(round.rows)} names with a new enough bar`),
    tile("Fresh", percent(round.fresh, round.mapped), `${count(round.fresh)} names answered since the close`),
    tile("Unsettled", count(round.unsettled), "newest bars that no later load has confirmed"),
  );
}

const same = (file: SkewFile): boolean =>
  !file.why && file.differ + file.rows_not_served + file.rows_gone + file.columns_gone === 0;

function what(file: SkewFile): string {
  if (file.why) return file.why;
  if (same(file)) return "the same";
  const parts: string[] = [];
  if (file.differ > 0) parts.push(`greatest in ${file.column}`);
  if (file.rows_not_served > 0) parts.push(`${count(file.rows_not_served)} rows were not served`);
  if (file.rows_gone > 0) parts.push(`${count(file.rows_gone)} rows are gone`);
  if (file.columns_gone > 0) parts.push(`${count(file.columns_gone)} columns are gone`);
  return parts.join("; ");
}

export function skew(figures: Figures): HTMLElement {
  const title = "Skew of the last thirty live files";
  const explanation =
    "Each live file that was served, compared cell by cell with the rows of its date now: what was served is what training should see.";
  if (figures.skew.state !== "ok") return figure("skew", title, explanation, notice(figures.skew));
  const files = figures.skew.files;
  const good = files.filter(same).length;
  const strip = el("ol", { class: "strip", "aria-label": "Live files, oldest first" });
  for (const file of files) {
    strip.append(
      el(
        "li",
        { class: same(file) ? "good" : "bad", title: `${file.date}: ${what(file)}` },
        el("span", { "aria-hidden": "true" }, same(file) ? "=" : "≠"),
        el("span", { class: "hidden" }, `${file.date}: ${what(file)}`),
      ),
    );
  }
  const table = new DataTable<SkewFile>({
    label: "Skew of each live file",
    rows: [...files].reverse(),
    tall: true,
    highlight: (file) => (same(file) ? undefined : "bad"),
    columns: [
      { title: "Live file", cell: (file) => file.date, sort: (file) => file.date },
      { title: "Snapshot", kind: "number", cell: (file) => file.snapshot, sort: (file) => file.snapshot },
      { title: "Rows", kind: "number", cell: (file) => (file.why ? "–" : count(file.rows)), sort: (file) => file.rows },
      { title: "Cells", kind: "number", cell: (file) => (file.why ? "–" : count(file.cells)), sort: (file) => file.cells },
      {
        title: "Differ",
        kind: "number",
        cell: (file) => (file.why ? "–" : count(file.differ)),
        sort: (file) => file.differ,
      },
      {
        title: "Greatest",
        kind: "number",
        cell: (file) => (file.why ? "–" : number(file.greatest, 3)),
        sort: (file) => file.greatest,
        explains: "the greatest difference, against the larger of 1 and the value that was served",
      },
      { title: "What", kind: "wide", cell: what },
    ],
  });
  return figure(
    "skew",
    title,
    explanation,
    el("p", { class: "sum" }, `${good} of ${files.length} are the same.`),
    strip,
    el("details", { open: good < files.length }, el("summary", {}, "File by file"), table.element),
  );
}
