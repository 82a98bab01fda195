// Runs a machine's definition in JSONata, with the tasks as the test says and a clock of its own: what
// Step Functions does, as far as our machines use it.
import jsonata from "jsonata";

export interface Failure {
  readonly error: string;
  readonly cause?: string;
}

/** Answers a task: its result, or the error it ends with. */
export type Answer = (state: string, args: any, seen: number) => { result: unknown } | Failure;

export interface Outcome {
  readonly status: "SUCCEEDED" | "FAILED";
  readonly output?: any;
  readonly error?: string;
  readonly cause?: string;
  /** States in the order in which they were entered, and the arguments of tasks. */
  readonly path: readonly string[];
  readonly calls: readonly { readonly state: string; readonly args: any }[];
  /** Seconds that passed while waiting. */
  readonly waited: number;
  readonly variables: Readonly<Record<string, any>>;
}

export async function run(machine: any, input: unknown, answer: Answer, begin = "2026-11-24T12:02:00Z"): Promise<Outcome> {
  const path: string[] = [];
  const calls: { state: string; args: any }[] = [];
  const variables: Record<string, any> = {};
  const times: Record<string, number> = {};
  let now = Date.parse(begin);
  let waited = 0;

  const evaluate = async (value: any, states: Record<string, unknown>): Promise<any> => {
    if (Array.isArray(value)) return Promise.all(value.map((one) => evaluate(one, states)));
    if (value !== null && typeof value === "object") {
      const entries = await Promise.all(Object.entries(value).map(async ([k, v]) => [k, await evaluate(v, states)] as const));
      return Object.fromEntries(entries.filter(([, v]) => v !== undefined));
    }
    if (typeof value !== "string" || !value.startsWith("{%")) return value;
    const expression = jsonata(value.slice(2, -2).trim());
    expression.registerFunction("parse", (text: string) => JSON.parse(text), "<s:x>");
    expression.registerFunction("millis", () => now, "<:n>");
    const result = await expression.evaluate(undefined, { ...variables, states });
    return result === undefined ? undefined : JSON.parse(JSON.stringify(result));
  };

  const context = { Execution: { Id: "arn:aws:states:eu-west-1:222222222222:execution:signals:one" } };
  let name: string = machine.StartAt;
  let data: any = input;
  for (let steps = 0; ; ++steps) {
    if (steps > 2000) throw new Error(`it does not end: ${path.slice(-8).join(", ")}`);
    const state = machine.States[name];
    if (!state) throw new Error(`there is no state ${name}`);
    path.push(name);
    const states = { input: data, context };
    const assign = async (fields: any, more: object) => {
      Object.assign(variables, await evaluate(fields ?? {}, { ...states, ...more }));
    };
    const leave = async (of: any, more: object, otherwise: unknown) => {
      const output = of.Output === undefined ? otherwise : await evaluate(of.Output, { ...states, ...more });
      await assign(of.Assign, more);
      return output;
    };
    switch (state.Type) {
      case "Pass":
        data = await leave(state, {}, data);
        break;
      case "Wait": {
        const seconds = await evaluate(state.Seconds, states);
        now += seconds * 1000;
        waited += seconds;
        break;
      }
      case "Choice": {
        let chosen: any;
        for (const choice of state.Choices) {
          const holds = await evaluate(choice.Condition, states);
          if (typeof holds !== "boolean") throw new Error(`${name}: ${choice.Condition} is ${JSON.stringify(holds)}`);
          if (holds) {
            chosen = choice;
            break;
          }
        }
        if (chosen) await assign(chosen.Assign, {});
        name = chosen ? chosen.Next : state.Default;
        continue;
      }
      case "Task": {
        const args = await evaluate(state.Arguments, states);
        times[name] = (times[name] ?? 0) + 1;
        calls.push({ state: name, args });
        const said = answer(name, args, times[name]!);
        now += 60_000;
        if ("error" in said) {
          const errorOutput = { Error: said.error, Cause: said.cause ?? "" };
          const caught = (state.Catch ?? []).find((one: any) => one.ErrorEquals.some((each: string) => each === "States.ALL" || each === said.error));
          if (!caught) return { status: "FAILED", error: said.error, cause: said.cause ?? "", path, calls, waited, variables };
          data = await leave(caught, { errorOutput }, errorOutput);
          name = caught.Next;
          continue;
        }
        data = await leave(state, { result: said.result }, said.result);
        break;
      }
      case "Succeed":
        return { status: "SUCCEEDED", output: await leave(state, {}, data), path, calls, waited, variables };
      case "Fail":
        return {
          status: "FAILED",
          error: await evaluate(state.Error, states),
          cause: await evaluate(state.Cause, states),
          path,
          calls,
          waited,
          variables,
        };
      default:
        throw new Error(`${name}: a ${state.Type}`);
    }
    if (state.End) return { status: "SUCCEEDED", output: data, path, calls, waited, variables };
    name = state.Next;
  }
}

/** What `ecs:runTask.sync` gives on AWS when the container ended so. */
export function ended(exit: number | undefined, more: Record<string, unknown> = {}): { result: unknown } | Failure {
  const task = {
    TaskArn: "arn:aws:ecs:eu-west-1:222222222222:task/cluster/0123456789abcdef",
    LastStatus: "STOPPED",
    StopCode: "EssentialContainerExited",
    StoppedReason: "Essential container in task exited",
    Containers: [{ Name: "main", ...(exit === undefined ? {} : { ExitCode: exit }) }],
    ...more,
  };
  return exit === 0 ? { result: task } : { error: "States.TaskFailed", cause: JSON.stringify(task) };
}

/** The same as an emulator answers: whole lists, keys in camel case, success whatever the exit code. */
export function endedInEmulator(exit: number): { result: unknown } {
  return {
    result: {
      tasks: [
        {
          taskArn: "arn:aws:ecs:eu-west-1:222222222222:task/cluster/0123456789abcdef",
          stopCode: "EssentialContainerExited",
          stoppedReason: "Essential container in task exited",
          containers: [{ name: "main", exitCode: exit }],
        },
      ],
      failures: [],
    },
  };
}

/** What GetLogEvents gives of a command's last line. */
export function lastLine(event: object): { result: unknown } {
  return { result: { Events: [{ Message: JSON.stringify(event), Timestamp: 1 }] } };
}
