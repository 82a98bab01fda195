// Starts the daily job under the name of its D and slot, so that a second start is refused, and one at a time:
// two loads at once would ask Yahoo at twice the pace.
//
// Input: {slot, scheduled}, or {slot, d} by hand. D is the last weekday before `scheduled` - 15 h, which is the clock's
// D both after New York's close (the same day) and at Numerai's round (the day before).
import type { StageSettings } from "../settings";
import { jsonata, type Machine } from "./asl";

const HOUR = 3_600_000;

export interface Starting {
  readonly stage: string;
  readonly dailyArn: string;
  readonly patience: StageSettings["patience"];
}

export function startMachine(at: Starting): Machine {
  return {
    Comment: `signals ${at.stage}: starts the daily job of a D`,
    QueryLanguage: "JSONata",
    StartAt: "D",
    TimeoutSeconds: 2 * 3600,
    States: {
      D: {
        Type: "Pass",
        Assign: {
          slot: jsonata("$states.input.slot"),
          d: jsonata(`$exists($states.input.d) ? $states.input.d : ${clockDate("$states.input.scheduled")}`),
          deadline: jsonata(
            `$fromMillis(${now("$states.input.scheduled")} + ` +
              `$lookup(${JSON.stringify(at.patience)}, $states.input.slot) * 60000)`,
          ),
          options: jsonata("$exists($states.input.options) ? $states.input.options : {}"),
        },
        Next: "Others",
      },
      Others: {
        Type: "Task",
        Resource: "arn:aws:states:::aws-sdk:sfn:listExecutions",
        Arguments: { StateMachineArn: at.dailyArn, StatusFilter: "RUNNING", MaxResults: 1 },
        Assign: { running: jsonata("$count($states.result.Executions)") },
        Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 5, MaxAttempts: 4, BackoffRate: 2 }],
        Next: "Free?",
      },
      "Free?": {
        Type: "Choice",
        Choices: [
          { Condition: jsonata("$running = 0"), Next: "Start" },
          { Condition: jsonata("$millis() > $toMillis($deadline)"), Next: "Never free" },
        ],
        Default: "Wait",
      },
      Wait: { Type: "Wait", Seconds: 60, Next: "Others" },
      "Never free": {
        Type: "Fail",
        Error: "signals.busy",
        Cause: jsonata(`"another run was still under way at " & $deadline`),
      },
      Start: {
        Type: "Task",
        Resource: "arn:aws:states:::aws-sdk:sfn:startExecution",
        Arguments: {
          StateMachineArn: at.dailyArn,
          Name: jsonata(`$d & "-" & $slot`),
          Input: jsonata(`$string({"d": $d, "slot": $slot, "deadline": $deadline, "options": $options})`),
        },
        Output: { event: "run.started", d: jsonata("$d"), slot: jsonata("$slot") },
        Retry: [
          {
            ErrorEquals: ["Sfn.SdkClientException", "Sfn.SfnException"],
            IntervalSeconds: 5,
            MaxAttempts: 3,
            BackoffRate: 2,
          },
        ],
        Catch: [{ ErrorEquals: ["Sfn.ExecutionAlreadyExistsException", "Sfn.ExecutionAlreadyExists"], Next: "Started before" }],
        End: true,
      },
      "Started before": {
        Type: "Succeed",
        Comment: "A second start of the same D and slot is refused",
        Output: {
          event: "run.skipped",
          d: jsonata("$d"),
          slot: jsonata("$slot"),
          why: jsonata(`$d & "-" & $slot & " was started before"`),
        },
      },
    },
  };
}

function now(scheduled: string): string {
  return `($exists(${scheduled}) ? $toMillis(${scheduled}) : $millis())`;
}

/** The clock's D at a time, in JSONata. */
export function clockDate(scheduled: string): string {
  const day = 24 * HOUR;
  // Day 0 of the epoch was a Thursday, so that Saturday and Sunday are 5 and 6 here.
  return (
    `($at := ${now(scheduled)} - ${15 * HOUR}; $weekday := ($floor($at / ${day}) + 3) % 7; ` +
    `$back := $weekday = 5 ? 1 : $weekday = 6 ? 2 : 0; ` +
    `$substring($fromMillis($at - $back * ${day}), 0, 10))`
  );
}
