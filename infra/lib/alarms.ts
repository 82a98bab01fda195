// Every alarm: what it says, and what the reader should do; docs/operations.md has a section of the same name.
import type { StageSettings } from "./settings";

export interface LineAlarm {
  readonly name: string;
  readonly says: string;
  /** Metrics of lib/metrics.ts by the letters of the expression, or one metric without an expression. */
  readonly metrics: Readonly<Record<string, string>>;
  readonly expression?: string;
  readonly when: "above" | "below";
  readonly threshold: (settings: StageSettings) => number;
}

function duration(command: "Load" | "Transform" | "Publish", doing: string, why: string): LineAlarm {
  return {
    name: `${command}Duration`,
    says: `${doing} took too long: ${why}`,
    metrics: { seconds: `${command}Seconds` },
    when: "above",
    threshold: ({ alarms }) => alarms.minutes[command.toLowerCase() as "load" | "transform" | "publish"] * 60,
  };
}

export const LINE_ALARMS: readonly LineAlarm[] = [
  {
    name: "Coverage",
    says: "Too few names of the newest date are known up to it: look at what load left out.",
    metrics: { fresh: "NewestFresh", mapped: "NewestMapped" },
    expression: "fresh / mapped",
    when: "below",
    threshold: (settings) => settings.alarms.coverage,
  },
  {
    name: "Rows",
    says: "The newest date has too few rows: compare the universe and the mapping with the day before.",
    metrics: { rows: "NewestRows" },
    when: "below",
    threshold: (settings) => settings.alarms.rows,
  },
  duration("Load", "Loading", "Yahoo slows down, or the history of many names was asked for anew."),
  duration("Transform", "Transforming", "many years were rewritten, or the task is too small."),
  duration("Publish", "Publishing", "many dates at once, or the task is too small."),
  {
    name: "DatasetBytes",
    says: "The data set is larger than planned: see what was added to its columns, and the cost table.",
    metrics: { bytes: "DatasetBytes" },
    when: "above",
    threshold: (settings) => settings.alarms.datasetGiB * 1024 ** 3,
  },
  {
    name: "LoadRefused",
    says: "Yahoo refuses this address: if it stays so, load from elsewhere (stage setting load: external).",
    metrics: { refused: "LoadRefused" },
    when: "above",
    threshold: () => 0,
  },
];
