// Pieces of Amazon States Language in JSONata that the machines are put together from.
import { TASKS, type TaskName } from "../tasks";

export type State = Readonly<Record<string, unknown>>;
export type States = Record<string, State>;

export interface Machine {
  readonly Comment: string;
  readonly QueryLanguage: "JSONata";
  readonly StartAt: string;
  readonly TimeoutSeconds: number;
  readonly States: States;
}

/** What the machines need to know of the stack: ARNs and names, which may be tokens. */
export interface Surroundings {
  readonly stage: string;
  readonly region: string;
  readonly cluster: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** By task: the ARN of its definition, with the revision, and the name of its log group. */
  readonly definitions: Readonly<Record<TaskName, string>>;
  readonly logGroups: Readonly<Record<TaskName, string>>;
  readonly topic: string;
  readonly spot: boolean;
  /** Seconds until a task's last line is in its log. */
  readonly settle: number;
  readonly lake: string;
}

/** A JSONata expression as a field's value. */
export const jsonata = (expression: string): string => `{% ${expression} %}`;

export type Capacity = "FARGATE_SPOT" | "FARGATE";

/** Runs a task and waits for its end; `command` is a list, or JSONata that gives one. */
export function runTask(
  at: Surroundings,
  task: TaskName,
  command: readonly string[] | string,
  capacity: Capacity,
): State {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::ecs:runTask.sync",
    Arguments: {
      Cluster: at.cluster,
      TaskDefinition: at.definitions[task],
      ...(at.spot
        ? { CapacityProviderStrategy: [{ CapacityProvider: capacity, Weight: 1 }] }
        : { LaunchType: "FARGATE" }),
      ...(at.spot ? { PlatformVersion: "LATEST" } : {}),
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          AssignPublicIp: "ENABLED",
          Subnets: at.subnets,
          SecurityGroups: at.securityGroups,
        },
      },
      Overrides: { ContainerOverrides: [{ Name: TASKS[task].container, Command: command }] },
    },
    TimeoutSeconds: TASKS[task].hours * 3600,
  };
}

/** Of a task's description, in either spelling of its keys, the first value of a field anywhere in it; else null. */
export function first(description: string, field: string): string {
  const camel = field.charAt(0).toLowerCase() + field.slice(1);
  return `($found := $append([${description}.**.${field}], [${description}.**.${camel}]); $count($found) > 0 ? $found[0] : null)`;
}

/** Variables of how a task ended: its exit code (null if it never ran), its number, why it stopped. */
export function ending(description: string): Record<string, string> {
  return {
    exit: jsonata(first(description, "ExitCode")),
    stopped: jsonata(
      `($code := ${first(description, "StopCode")}; $why := ${first(description, "StoppedReason")}; ` +
        `$join([$code, $why][$type($) = "string"], ": "))`,
    ),
    task: jsonata(`($arn := ${first(description, "TaskArn")}; $arn = null ? "" : $split($arn, "/")[-1])`),
  };
}

/** Variables when a task failed by Step Functions' account: its description is the cause, if it ever ran. */
export function endingOfError(): Record<string, string> {
  const cause = `$states.errorOutput.Cause`;
  const parsed = `($substring(${cause}, 0, 1) = "{" ? $parse(${cause}) : {})`;
  return {
    exit: jsonata(`($described := ${parsed}; ${first("$described", "ExitCode")})`),
    stopped: jsonata(
      `($described := ${parsed}; $why := ${first("$described", "StoppedReason")}; ` +
        `$why = null ? $states.errorOutput.Error & ": " & $substring(${cause}, 0, 500) : $why)`,
    ),
    task: jsonata(
      `($described := ${parsed}; $arn := ${first("$described", "TaskArn")}; $arn = null ? "" : $split($arn, "/")[-1])`,
    ),
  };
}

/**
 * States that read the last line that a task said: one object, the command's event. What cannot be read, or is
 * larger than what a state may hold, is null.
 */
export function readEvent(at: Surroundings, task: TaskName, name: string, next: string): States {
  const message = `$states.result.Events[-1].Message`;
  return {
    // The line arrives a little after the task's end.
    [name]: { Type: "Wait", Seconds: at.settle, Next: `${name}: read` },
    [`${name}: read`]: {
    Type: "Task",
    Resource: "arn:aws:states:::aws-sdk:cloudwatchlogs:getLogEvents",
    Arguments: {
      LogGroupName: at.logGroups[task],
      LogStreamName: jsonata(`"${task}/${TASKS[task].container}/" & $task`),
      Limit: 1,
      StartFromHead: false,
    },
    Assign: {
      said: jsonata(
        `$count($states.result.Events) > 0 and $contains(${message}, /^\\{.*\\}\\s*$/) ? $parse(${message}) : null`,
      ),
    },
    Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 2, MaxAttempts: 2, BackoffRate: 2 }],
    Catch: ["States.DataLimitExceeded", "States.ALL"].map((error) => ({
      ErrorEquals: [error],
      Assign: { said: null },
      Next: next,
    })),
    Next: next,
    },
  };
}

/** In JSONata: the page of the console that shows what the last task of this kind said. */
export function logLink(at: Surroundings, task: TaskName): string {
  return (
    `"https://${at.region}.console.aws.amazon.com/cloudwatch/home?region=${at.region}` +
    `#logsV2:log-groups/log-group/" & $replace($encodeUrlComponent("${at.logGroups[task]}"), "%", "$25") & ` +
    `"/log-events/" & $replace($encodeUrlComponent("${task}/${TASKS[task].container}/" & $task), "%", "$25")`
  );
}

/** Puts one metric of the stage. */
export function putMetric(at: Surroundings, name: string, value: string, next: string): State {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::aws-sdk:cloudwatch:putMetricData",
    Arguments: {
      Namespace: metricNamespace(at.stage),
      MetricData: [{ MetricName: name, Value: value, Unit: "Count" }],
    },
    Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 2 }],
    Next: next,
  };
}

export const metricNamespace = (stage: string): string => `Signals/${stage}`;
