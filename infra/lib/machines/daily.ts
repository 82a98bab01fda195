// The daily job: resolve -> load -> transform -> publish -> report, of one D.
//
// Input: {d, slot, deadline, options?: {resolve, load, transform, publish}}. A stage that did a part (exit 3), or that
// waited for a source in vain (exit 4 of resolve and load), does not keep the others from what can be done, as in
// `signals run`; the names of D that Numerai has not given out yet are waited for.
import type { StageSettings } from "../settings";
import type { TaskName } from "../tasks";
import { ending, endingOfError, jsonata, logLink, readEvent, runTask, type Machine, type State, type States,
  type Surroundings } from "./asl";

export type Slot = "close" | "before" | "round";

interface Stage {
  /** The command's name, and that of its states. */
  readonly name: string;
  readonly task: TaskName;
  readonly command: readonly string[] | string;
  /** Seconds until it is tried again after exit 4. */
  readonly pause: number;
  /** When the deadline passes with exit 4: whether the chain goes on without it. */
  readonly goesOn: boolean;
  readonly next: string;
}

export function dailyMachine(at: Surroundings, settings: StageSettings): Machine {
  const first = settings.load === "external" ? "Bars" : "Resolve";
  const { options, pause } = settings;
  const loading: States =
    settings.load === "external"
      ? externalBars(at, settings)
      : {
          ...stage(at, {
            name: "Resolve",
            task: "load",
            command: commandWith("resolve", options.resolve),
            pause: pause.load,
            goesOn: true,
            next: "Load",
          }),
          ...stage(at, {
            name: "Load",
            task: "load",
            command: commandWith("load", options.load),
            pause: pause.load,
            goesOn: true,
            next: "Transform",
          }),
        };
  return {
    Comment: `signals ${at.stage}: the daily job of one D`,
    QueryLanguage: "JSONata",
    StartAt: "Begin",
    TimeoutSeconds: 12 * 3600,
    States: {
      Begin: {
        Type: "Pass",
        Assign: {
          d: jsonata("$states.input.d"),
          slot: jsonata("$states.input.slot"),
          deadline: jsonata("$toMillis($states.input.deadline)"),
          options: jsonata("$exists($states.input.options) ? $states.input.options : {}"),
          attempt: 0,
          partly: jsonata("[]"),
          task: jsonata(`""`),
          said: null,
        },
        Next: first,
      },
      ...loading,
      ...stage(at, {
        name: "Transform",
        task: "transform",
        command: commandWith("transform", options.transform),
        pause: pause.publish,
        goesOn: false,
        next: "Round open?",
      }),
      "Round open?": {
        Type: "Choice",
        Comment: "The rows of a date wait for its names: once published they stay",
        Choices: [{ Condition: jsonata(`$slot in ["close", "before"]`), Next: "Report" }],
        Default: "Publish",
      },
      ...stage(at, {
        name: "Publish",
        task: "publish",
        command: commandWith("publish", options.publish, `["--date", $d, "--round", $d]`),
        pause: pause.publish,
        goesOn: false,
        next: "Report",
      }),
      ...stage(at, {
        name: "Report",
        task: "report",
        command: commandWith("report", [], `["--date", $d]`),
        pause: pause.publish,
        goesOn: true,
        next: "Vacuum",
      }),
      ...stage(at, {
        name: "Vacuum",
        task: "report",
        command: commandWith("vacuum", ["--keep", "7"]),
        pause: pause.publish,
        goesOn: true,
        next: "Done",
      }),
      Done: {
        Type: "Succeed",
        Output: {
          event: "run.done",
          d: jsonata("$d"),
          slot: jsonata("$slot"),
          outcome: jsonata(`$count($partly) > 0 ? "partly" : "done"`),
          partly: jsonata("$partly"),
        },
      },
      ...failure(at),
    },
  };
}

/** JSONata that gives a command with its options, those of the execution's input last. */
function commandWith(command: string, options: readonly string[], more = "[]"): string {
  const given = ["vacuum", "report"].includes(command) ? "[]" : `($exists($options.${command}) ? $options.${command} : [])`;
  return jsonata(
    `$append($append(${JSON.stringify([command, ...options])}, ${more}), ${given})`,
  );
}

// One command: on Spot first, on demand when that is taken away or not to be had; then what its exit code says.
function stage(at: Surroundings, one: Stage): States {
  const { name, task, command } = one;
  const ran = `${name} ended`;
  const run = (capacity: "FARGATE_SPOT" | "FARGATE"): State => ({
    ...runTask(at, task, command, capacity),
    Assign: ending("$states.result"),
    // Not started at all, and not for want of Spot: the service was busy.
    Retry: [
      {
        ErrorEquals: ["ECS.ThrottlingException", "ECS.ServerException"],
        IntervalSeconds: 5,
        MaxAttempts: 4,
        BackoffRate: 2,
        JitterStrategy: "FULL",
      },
    ],
    Catch: [{ ErrorEquals: ["States.ALL"], Assign: endingOfError(), Next: ran }],
    Next: ran,
  });
  const onDemand = `${name} on demand`;
  const again = at.spot ? `${name} on demand` : name;
  return {
    [name]: run("FARGATE_SPOT"),
    ...(at.spot ? { [onDemand]: run("FARGATE") } : {}),
    [ran]: {
      Type: "Choice",
      Comment: "A task that never ran, or whose place was taken, said nothing of use",
      Choices: [
        {
          Condition: jsonata(`($exit = null or $contains($stopped, /Spot/i)) and $attempt < 2`),
          Assign: { attempt: jsonata("$attempt + 1") },
          Next: again,
        },
        { Condition: jsonata("$exit in [0, 3]"), Next: `${name} verdict` },
      ],
      Default: `${name} said`,
    },
    ...readEvent(at, task, `${name} said`, `${name} verdict`),
    [`${name} verdict`]: {
      Type: "Choice",
      Choices: [
        { Condition: jsonata("$exit = 0"), Assign: { attempt: 0 }, Next: one.next },
        {
          Condition: jsonata("$exit = 3"),
          Assign: { attempt: 0, partly: partlyWith(name, "partly") },
          Next: one.next,
        },
        {
          Condition: jsonata(`$exit = 4 and $millis() + ${one.pause * 1000} < $deadline`),
          Next: `${name} later`,
        },
        ...(one.goesOn
          ? [
              {
                Condition: jsonata("$exit = 4"),
                Assign: { attempt: 0, partly: partlyWith(name, "gave up") },
                Next: one.next,
              },
            ]
          : []),
      ],
      Default: `${name} failed`,
    },
    [`${name} later`]: { Type: "Wait", Seconds: one.pause, Next: again },
    [`${name} failed`]: failed(at, name, task),
  };
}

function partlyWith(name: string, what: string): string {
  return jsonata(`$append($partly, [{"stage": "${name.toLowerCase()}", "outcome": "${what}", "exit": $exit}])`);
}

// What a human reads: what failed, what the program said of it, and where the rest stands.
function failed(at: Surroundings, name: string, task: TaskName): State {
  const error = `($type($said.error) = "string" ? $said.error : "")`;
  return {
    Type: "Pass",
    Assign: {
      failure: {
        stage: name.toLowerCase(),
        exit: jsonata("$exit"),
        outcome: jsonata(`$exists($said.outcome) ? $said.outcome : "unknown"`),
        error: jsonata(`${error} != "" ? ${error} : $stopped != "" ? $stopped : "it said nothing that can be read"`),
        log: jsonata(`$task = "" ? "no task ran" : ${logLink(at, task)}`),
      },
    },
    Next: "Tell",
  };
}

function failure(at: Surroundings): States {
  const code = `($failure.exit = null ? "none: it never ran" : $string($failure.exit))`;
  return {
    Tell: {
      Type: "Task",
      Resource: "arn:aws:states:::sns:publish",
      Arguments: {
        TopicArn: at.topic,
        Subject: jsonata(`$substring("signals ${at.stage}: " & $failure.stage & " failed, D " & $d & " (" & $slot & ")", 0, 99)`),
        Message: jsonata(
          `$join(["What failed: " & $failure.stage & " of D " & $d & " (" & $slot & "), stage ${at.stage}", ` +
            `"Exit code:   " & ${code} & " (" & $failure.outcome & ")", "", "What it said:", $failure.error, "", ` +
            `"Its log:", $failure.log, "", "The run:", "https://${at.region}.console.aws.amazon.com/states/home?region=` +
            `${at.region}#/v2/executions/details/" & $states.context.Execution.Id, "", ` +
            `"What to do: docs/operations.md, 'A run failed'."], "\\n")`,
        ),
      },
      Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 5, MaxAttempts: 3, BackoffRate: 2 }],
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "Failed" }],
      Next: "Failed",
    },
    Failed: {
      Type: "Fail",
      Error: jsonata(`"signals." & $failure.stage`),
      Cause: jsonata(`$substring($failure.error, 0, 1000)`),
    },
  };
}

// Bars come from elsewhere: wait until a load that began after D's close is done, as `signals status` tells.
function externalBars(at: Surroundings, settings: StageSettings): States {
  const ran = "Bars ended";
  return {
    Bars: {
      ...runTask(at, "report", ["status"], "FARGATE"),
      Assign: ending("$states.result"),
      Catch: [{ ErrorEquals: ["States.ALL"], Assign: endingOfError(), Next: ran }],
      Next: ran,
    },
    ...readEvent(at, "report", ran, "Bars there?"),
    "Bars there?": {
      Type: "Choice",
      Choices: [
        {
          Condition: jsonata(
            `$exit = 0 and $exists($said.summary.last_load.at) and $said.summary.last_load.at >= $d & "T21:00:00Z" ` +
              `and $said.summary.last_load.outcome in ["done", "partly"]`,
          ),
          Assign: { attempt: 0 },
          Next: "Transform",
        },
        {
          Condition: jsonata(`$millis() + ${settings.pause.external * 1000} < $deadline`),
          Next: "Bars later",
        },
      ],
      Default: "Bars missing",
    },
    "Bars later": { Type: "Wait", Seconds: settings.pause.external, Next: "Bars" },
    "Bars missing": {
      Type: "Pass",
      Assign: {
        failure: {
          stage: "load",
          exit: jsonata("$exit"),
          outcome: "missing",
          error: jsonata(
            `"no load that began after the close of " & $d & " is done: the last one was " & ` +
              `($exists($said.summary.last_load.at) ? $said.summary.last_load.at & " (" & $said.summary.last_load.outcome & ")" : "never")`,
          ),
          log: jsonata(`$task = "" ? "no task ran" : ${logLink(at, "report")}`),
        },
      },
      Next: "Tell",
    },
  };
}
