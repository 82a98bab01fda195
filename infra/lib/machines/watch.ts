// Once a day, weekends included: how many sessions the published data set is behind. The metric is there every day,
// so that its absence alarms too; and it counts sessions, so that a weekend or a holiday does not.
import { QUIET_DATES } from "../calendar";
import { ending, endingOfError, jsonata, putMetric, readEvent, runTask, type Machine, type Surroundings } from "./asl";

export const BEHIND = "SessionsBehind";
/** What is put when nothing is published, or it cannot be told. */
export const UNKNOWN_BEHIND = 99;

const DAY = 86_400_000;

export function watchMachine(at: Surroundings): Machine {
  const ran = "Ready said";
  return {
    Comment: `signals ${at.stage}: how stale what is published is`,
    QueryLanguage: "JSONata",
    StartAt: "Begin",
    TimeoutSeconds: 3600,
    States: {
      Begin: {
        Type: "Pass",
        Assign: {
          at: jsonata("$exists($states.input.scheduled) ? $toMillis($states.input.scheduled) : $millis()"),
          task: jsonata(`""`),
          said: null,
        },
        Next: "Ready",
      },
      Ready: {
        ...runTask(at, "report", ["ready", "--offline"], "FARGATE"),
        Assign: ending("$states.result"),
        Retry: [{ ErrorEquals: ["ECS.ThrottlingException", "ECS.ServerException"], IntervalSeconds: 30, MaxAttempts: 5 }],
        Catch: [{ ErrorEquals: ["States.ALL"], Assign: endingOfError(), Next: ran }],
        Next: ran,
      },
      ...readEvent(at, "report", ran, "Behind"),
      Behind: {
        Type: "Pass",
        Assign: {
          published: jsonata(`$exists($said.summary.live) and $type($said.summary.live) = "string" ? $said.summary.live : ""`),
        },
        Next: "Count",
      },
      Count: { Type: "Pass", Assign: { behind: jsonata(sessionsBehind("$published", "$at")) }, Next: "Put" },
      Put: putMetric(at, BEHIND, jsonata("$behind"), "Told"),
      Told: {
        Type: "Succeed",
        Output: { event: "watch.done", published: jsonata("$published"), behind: jsonata("$behind") },
      },
    },
  };
}

// The sessions after `published` up to the newest one whose round has been open for two hours (14:00 UTC of the day
// after): weekdays that are not quiet.
export function sessionsBehind(published: string, at: string): string {
  return (
    `(${published} = "" ? ${UNKNOWN_BEHIND} : (` +
    `$from := $toMillis(${published} & "T00:00:00Z") / ${DAY}; $to := $floor((${at} - 38 * 3600000) / ${DAY}); ` +
    `$to <= $from ? 0 : $to - $from > 60 ? ${UNKNOWN_BEHIND} : ` +
    `$count([($from + 1)..$to][($ + 3) % 7 < 5 and ` +
    `$not($substring($fromMillis($ * ${DAY}), 0, 10) in ${JSON.stringify(QUIET_DATES)})])))`
  );
}
