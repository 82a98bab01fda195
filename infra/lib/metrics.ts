// Metrics read off the commands' last line of log: {"event": "signals.load", "outcome": …, "summary": {…}}.
import { metricNamespace } from "./machines/asl";
import type { TaskName } from "./tasks";

export interface LineMetric {
  readonly name: string;
  readonly task: TaskName;
  /** What a line must be to count, as CloudWatch's filter patterns are written. */
  readonly pattern: string;
  /** A number, or the field of the line that is one. */
  readonly value: string;
  readonly unit: "Count" | "Seconds" | "Bytes";
  readonly statistic: "Maximum" | "Minimum" | "Sum";
}

const of = (command: string) => `{ $.event = "signals.${command}" }`;

export const LINE_METRICS: readonly LineMetric[] = [
  { name: "LoadSeconds", task: "load", pattern: of("load"), value: "$.seconds", unit: "Seconds", statistic: "Maximum" },
  { name: "TickersLoaded", task: "load", pattern: of("load"), value: "$.summary.tickers.loaded", unit: "Count", statistic: "Sum" },
  { name: "TickersFailed", task: "load", pattern: of("load"), value: "$.summary.tickers.failed", unit: "Count", statistic: "Maximum" },
  { name: "BarsNew", task: "load", pattern: of("load"), value: "$.summary.bars.new", unit: "Count", statistic: "Sum" },
  { name: "LoadRefused", task: "load", pattern: `{ $.event = "signals.load" && $.outcome = "refused" }`, value: "1", unit: "Count", statistic: "Sum" },
  { name: "TransformSeconds", task: "transform", pattern: of("transform"), value: "$.seconds", unit: "Seconds", statistic: "Maximum" },
  { name: "FeatureRows", task: "transform", pattern: of("transform"), value: "$.summary.rows", unit: "Count", statistic: "Maximum" },
  { name: "FeatureBytes", task: "transform", pattern: of("transform"), value: "$.summary.bytes", unit: "Bytes", statistic: "Maximum" },
  { name: "PublishSeconds", task: "publish", pattern: of("publish"), value: "$.seconds", unit: "Seconds", statistic: "Maximum" },
  { name: "DatasetBytes", task: "publish", pattern: of("publish"), value: "$.summary.bytes", unit: "Bytes", statistic: "Maximum" },
  { name: "NewestRows", task: "publish", pattern: of("publish"), value: "$.summary.newest.rows", unit: "Count", statistic: "Minimum" },
  { name: "NewestMapped", task: "publish", pattern: of("publish"), value: "$.summary.newest.mapped", unit: "Count", statistic: "Minimum" },
  { name: "NewestFresh", task: "publish", pattern: of("publish"), value: "$.summary.newest.fresh", unit: "Count", statistic: "Minimum" },
  ...(["load", "transform", "publish", "report"] as const).map(
    (task): LineMetric => ({
      name: `${task.charAt(0).toUpperCase()}${task.slice(1)}Errors`,
      task,
      pattern: `{ $.event = "signals.*" && $.exit_code != 0 && $.exit_code != 3 && $.exit_code != 4 }`,
      value: "1",
      unit: "Count",
      statistic: "Sum",
    }),
  ),
];

export { metricNamespace };
