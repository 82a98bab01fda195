// The page: puts each section in its place.
import { readFigures } from "./figures";
import { el, minute } from "./dom";
import { redrawAll } from "./charts";
import { published, skew, verdict } from "./round";
import { exchanges, runs, tables } from "./inventory";
import { countries, missing, overTime } from "./coverage";
import { flags, restatements, staleness } from "./quality";
import { features } from "./features";
import { explorer } from "./explorer";

function put(id: string, ...elements: HTMLElement[]): void {
  document.getElementById(id)?.append(...elements);
}

function themes(): void {
  const button = document.getElementById("theme");
  if (!button) return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen: "light" | "dark" | null = null;
  const tell = (): void => {
    const now = chosen ?? (dark.matches ? "dark" : "light");
    document.documentElement.dataset["theme"] = now;
    button.textContent = now === "dark" ? "Light" : "Dark";
    redrawAll();
  };
  button.addEventListener("click", () => {
    chosen = document.documentElement.dataset["theme"] === "dark" ? "light" : "dark";
    tell();
  });
  dark.addEventListener("change", tell);
  tell();
}

const figures = readFigures();
document.title = `${figures.round.go ? "GO" : "NO-GO"} ${figures.d} · signals`;
put("made", el("span", {}, figures.lake), el("span", {}, `made ${minute(figures.made_at)} UTC by signals ${figures.version}`));
themes();
put("round", verdict(figures), published(figures), skew(figures));
put("inventory", tables(figures), exchanges(figures), runs(figures));
const timeline = overTime(figures);
put("coverage", countries(figures), timeline.element, missing(figures));
put("quality", flags(figures), restatements(figures), staleness(figures));
put("features", features(figures));
const charts = explorer(figures);
put("explorer", charts.element);
timeline.show();
charts.show();
document.documentElement.dataset["ready"] = "yes";
