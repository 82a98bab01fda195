// When what starts. One schedule's failure to start anything ends in a queue with an alarm.
export interface DailySchedule {
  readonly name: string;
  readonly description: string;
  readonly cron: string;
  readonly zone: string;
  readonly machine: "start" | "watch";
  readonly slot?: "close" | "before" | "round";
}

export const SCHEDULES: readonly DailySchedule[] = [
  {
    name: "close",
    description: "After New York's close: the day's bars and features",
    cron: "cron(30 17 ? * MON-FRI *)",
    zone: "America/New_York",
    machine: "start",
    slot: "close",
  },
  {
    name: "before",
    description: "Before Numerai's round: bars that came late",
    cron: "cron(0 11 ? * TUE-SAT *)",
    zone: "UTC",
    machine: "start",
    slot: "before",
  },
  {
    name: "round",
    description: "At Numerai's round: publishes D with its live names",
    cron: "cron(2 12 ? * TUE-SAT *)",
    zone: "UTC",
    machine: "start",
    slot: "round",
  },
  {
    name: "watch",
    description: "Every day: how many sessions the published data set is behind",
    cron: "cron(15 14 * * ? *)",
    zone: "UTC",
    machine: "watch",
  },
];
