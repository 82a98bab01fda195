// The tasks: containers of the one image, each with a size, a role and commands of its own.
export const TASK_NAMES = ["load", "transform", "publish", "report"] as const;
export type TaskName = (typeof TASK_NAMES)[number];

export interface TaskKind {
  readonly container: string;
  /** A task that takes longer is stopped. */
  readonly hours: number;
  /** What it may read and write of the lake, by key below the lake's folder. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly removes: readonly string[];
}

const LOADED = ["prices", "symbols", "quality", "restatements", "mapping", "universe", "runs", "cache"];

export const TASKS: Record<TaskName, TaskKind> = {
  // resolve and load
  load: {
    container: "load",
    hours: 6,
    reads: ["*"],
    writes: LOADED.map((table) => `${table}/*`),
    removes: LOADED.map((table) => `${table}/data/*`),
  },
  transform: {
    container: "transform",
    hours: 3,
    reads: ["*"],
    writes: ["features/*", "features_*", "runs/*"],
    removes: ["features/data/*", "features_*/data/*", "runs/data/*"],
  },
  publish: {
    container: "publish",
    hours: 3,
    reads: ["*"],
    writes: ["dataset/*", "runs/*", "cache/*"],
    removes: ["dataset/data/*", "dataset/published/*", "dataset/live_features.parquet", "dataset/mapping.parquet",
      "dataset/coverage.csv", "runs/data/*"],
  },
  // ready, status, report and vacuum
  report: {
    container: "report",
    hours: 2,
    reads: ["*"],
    writes: ["*/metadata/*", "report.html"],
    removes: ["*/data/*", "*/metadata/*", "dataset/published/*"],
  },
};
