import assert from "node:assert/strict";
import { describe, it } from "node:test";
import validate from "asl-validator";
import { deployedStage } from "./deployed";
import { ended, endedInEmulator, lastLine, run, type Answer } from "./interpreter";

const deployed = deployedStage("prod");
const external = deployedStage("prod", { load: "external" });
const local = deployedStage("local");
const MACHINES = { Daily: deployed, Start: deployed, Watch: deployed, Backfill: deployed };

const INPUT = { d: "2026-11-23", slot: "round", deadline: "2026-11-24T13:17:00Z" };

/** Answers tasks by exit codes, one list for each command; then success. */
function answers(exits: Record<string, (number | "spot" | "never")[]>, said: (command: string, exit: number) => object = () => ({})): Answer {
  const left = structuredClone(exits);
  let last = 0;
  let command = "";
  return (state, args) => {
    if (state === "Tell") return { result: {} };
    if (state.endsWith(": read")) return lastLine({ event: `signals.${command}`, exit_code: last, ...said(command, last) });
    command = args.Overrides.ContainerOverrides[0].Command[0];
    const next = left[command]?.shift() ?? 0;
    last = typeof next === "number" ? next : 137;
    if (next === "spot") return ended(137, { StopCode: "SpotInterruption", StoppedReason: "Your Spot Task was interrupted." });
    if (next === "never") return { error: "ECS.AmazonECSException", cause: "Capacity is unavailable at this time." };
    return ended(next);
  };
}

const commands = (outcome: Awaited<ReturnType<typeof run>>): string[] =>
  outcome.calls.flatMap(({ args }) => (args.Overrides ? [args.Overrides.ContainerOverrides[0].Command[0]] : []));
const capacities = (outcome: Awaited<ReturnType<typeof run>>): string[] =>
  outcome.calls.flatMap(({ args }) => (args.Overrides ? [args.CapacityProviderStrategy?.[0].CapacityProvider ?? args.LaunchType] : []));

describe("definitions", () => {
  for (const [name, of] of Object.entries(MACHINES)) {
    it(`${name} is valid, and no longer so with a state missing`, () => {
      const definition = of.machine(name);
      const { isValid, errors } = validate(definition);
      assert.ok(isValid, JSON.stringify(errors));
      const [first] = Object.keys(definition.States);
      const broken = structuredClone(definition);
      delete broken.States[first!];
      assert.ok(!validate(broken).isValid);
    });
  }

  it("of the other settings are valid too", () => {
    for (const definition of [external.machine("Daily"), local.machine("Daily"), local.machine("Watch"), local.machine("Start")]) {
      assert.ok(validate(definition).isValid, JSON.stringify(validate(definition).errors));
    }
  });

  it("fan out transform alone", () => {
    const map = deployed.machine("Backfill").States.Shards;
    assert.equal(map.ItemProcessor.ProcessorConfig.Mode, "DISTRIBUTED");
    assert.match(JSON.stringify(map), /'transform', '--encoding', 'plain', '--buckets', \$\.bucket/);
    assert.doesNotMatch(JSON.stringify(map), /'load'/);
    assert.equal(deployed.machine("Backfill").States.Buckets.Result.length, 16);
    assert.doesNotMatch(JSON.stringify(deployed.machine("Daily")), /DISTRIBUTED/);
  });
});

describe("daily", () => {
  const machine = deployed.machine("Daily");

  it("runs the chain at the round, of D alone, on Spot", async () => {
    const outcome = await run(machine, INPUT, answers({}));
    assert.equal(outcome.status, "SUCCEEDED");
    assert.deepEqual(commands(outcome), ["resolve", "load", "transform", "publish", "report", "vacuum"]);
    assert.ok(capacities(outcome).every((one) => one === "FARGATE_SPOT"));
    assert.deepEqual(outcome.output, { event: "run.done", d: "2026-11-23", slot: "round", outcome: "done", partly: [] });
    const publish = outcome.calls.find(({ state }) => state === "Publish")!;
    assert.deepEqual(publish.args.Overrides.ContainerOverrides[0].Command, [
      "publish", "--universe", "numerai", "--min-fresh", "0.5", "--require-live", "--date", "2026-11-23", "--round", "2026-11-23",
    ]);
    const transform = outcome.calls.find(({ state }) => state === "Transform")!;
    assert.deepEqual(transform.args.Overrides.ContainerOverrides[0].Command, ["transform", "--encoding", "plain"]);
  });

  it("publishes nothing before the round", async () => {
    for (const slot of ["close", "before"]) {
      const outcome = await run(machine, { ...INPUT, slot }, answers({}));
      assert.equal(outcome.status, "SUCCEEDED");
      assert.deepEqual(commands(outcome), ["resolve", "load", "transform", "report", "vacuum"]);
    }
  });

  it("writes the page of the report whatever the slot", async () => {
    for (const slot of ["close", "round"]) {
      const outcome = await run(machine, { ...INPUT, slot }, answers({}));
      assert.deepEqual(commands(outcome).slice(-2), ["report", "vacuum"]);
      const report = outcome.calls.find(({ state }) => state === "Report")!;
      assert.deepEqual(report.args.Overrides.ContainerOverrides[0].Command, ["report", "--date", "2026-11-23"]);
    }
  });

  it("passes options of the execution on", async () => {
    const outcome = await run(machine, { ...INPUT, options: { load: ["--start", "150101"] } }, answers({}));
    const load = outcome.calls.find(({ state }) => state === "Load")!;
    assert.deepEqual(load.args.Overrides.ContainerOverrides[0].Command, ["load", "--max-minutes", "240", "--start", "150101"]);
  });

  it("goes on after exit 3 and says so", async () => {
    const outcome = await run(machine, INPUT, answers({ load: [3] }));
    assert.equal(outcome.status, "SUCCEEDED");
    assert.equal(outcome.output.outcome, "partly");
    assert.deepEqual(outcome.output.partly, [{ stage: "load", outcome: "partly", exit: 3 }]);
    assert.equal(commands(outcome).length, 6);
  });

  it("tries again after exit 4 until the deadline; then publish fails", async () => {
    const outcome = await run(machine, INPUT, answers({ publish: Array(50).fill(4) }, (command, exit) =>
      command === "publish" && exit === 4 ? { outcome: "no_live_universe", error: "D is 2026-11-23, Numerai's names are of 2026-11-20" } : {}));
    assert.equal(outcome.status, "FAILED");
    assert.equal(outcome.error, "signals.publish");
    assert.match(outcome.cause!, /Numerai's names are of 2026-11-20/);
    const tries = commands(outcome).filter((one) => one === "publish").length;
    assert.ok(tries >= 5 && tries <= 9, String(tries));
    assert.equal(outcome.waited, (tries - 1) * 420 + tries * 5);
    const again = await run(machine, INPUT, answers({ publish: [4, 4] }));
    assert.equal(again.status, "SUCCEEDED");
  });

  it("does what can be done when Yahoo refuses until the deadline", async () => {
    const outcome = await run(machine, INPUT, answers({ load: Array(50).fill(4) }));
    assert.equal(outcome.status, "SUCCEEDED");
    assert.deepEqual(outcome.output.partly, [{ stage: "load", outcome: "gave up", exit: 4 }]);
    assert.equal(commands(outcome).at(-3), "publish");
  });

  it("goes on on demand when Spot is taken away, or cannot be had", async () => {
    for (const fault of ["spot", "never"] as const) {
      const outcome = await run(machine, INPUT, answers({ transform: [fault] }));
      assert.equal(outcome.status, "SUCCEEDED", fault);
      assert.deepEqual(capacities(outcome), ["FARGATE_SPOT", "FARGATE_SPOT", "FARGATE_SPOT", "FARGATE", "FARGATE_SPOT", "FARGATE_SPOT", "FARGATE_SPOT"]);
      assert.equal(outcome.waited, 0);
    }
  });

  it("tells what failed, in the program's own words, with a link to the log; and stops", async () => {
    const outcome = await run(machine, INPUT, answers({ transform: [1] }, (command) =>
      command === "transform" ? { outcome: "store_refused", error: "the object store does not let us" } : {}));
    assert.equal(outcome.status, "FAILED");
    assert.deepEqual(commands(outcome), ["resolve", "load", "transform"]);
    const { TopicArn, Subject, Message } = outcome.calls.find(({ state }) => state === "Tell")!.args;
    assert.match(TopicArn, /^arn:aws:sns:/);
    assert.equal(Subject, "signals prod: transform failed, D 2026-11-23 (round)");
    assert.ok(Subject.length < 100);
    assert.match(Message, /What failed: transform of D 2026-11-23 \(round\), stage prod\nExit code: {3}1 \(store_refused\)/);
    assert.match(Message, /What it said:\nthe object store does not let us\n/);
    assert.match(Message, /console\.aws\.amazon\.com\/cloudwatch\/.*transform\$252Ftransform\$252F0123456789abcdef/);
    assert.match(Message, /docs\/operations\.md, 'A run failed'/);
  });

  it("tells of a task that never ran, after three tries", async () => {
    const outcome = await run(machine, INPUT, answers({ resolve: ["never", "never", "never"] }));
    assert.equal(outcome.status, "FAILED");
    assert.deepEqual(capacities(outcome), ["FARGATE_SPOT", "FARGATE", "FARGATE"]);
    const { Message } = outcome.calls.find(({ state }) => state === "Tell")!.args;
    assert.match(Message, /Exit code: {3}none: it never ran/);
    assert.match(Message, /Capacity is unavailable/);
  });

  it("fails even if the message cannot be sent, or the log not be read", async () => {
    const inner = answers({ load: [1] });
    const outcome = await run(machine, INPUT, (state, args, seen) => {
      const said = inner(state, args, seen);
      return state === "Tell" || state.endsWith(": read") ? { error: "Sns.NotFound" } : said;
    });
    assert.equal(outcome.status, "FAILED");
    assert.equal(outcome.error, "signals.load");
  });

  it("reads exit codes of an emulator too, which takes every end for success", async () => {
    const daily = local.machine("Daily");
    for (const [exit, status] of [[0, "SUCCEEDED"], [3, "SUCCEEDED"], [1, "FAILED"]] as const) {
      let command = "";
      const outcome = await run(daily, INPUT, (state, args) => {
        if (state === "Tell") return { result: {} };
        if (state.endsWith(": read")) return lastLine({ event: "signals.load" });
        command = args.Overrides.ContainerOverrides[0].Command[0];
        return endedInEmulator(command === "load" ? exit : 0);
      });
      assert.equal(outcome.status, status, String(exit));
      assert.deepEqual(new Set(capacities(outcome)), new Set(["FARGATE"]));
    }
  });
});

describe("external bars", () => {
  const machine = external.machine("Daily");
  const close = { d: "2026-11-23", slot: "close", deadline: "2026-11-24T06:30:00Z" };
  const status = (at: string, outcome = "done") => lastLine({ event: "signals.status", summary: { last_load: { at, outcome } } });

  it("are waited for, and loaded by nobody here", async () => {
    const outcome = await run(machine, close, (state, _args, seen) => {
      if (state === "Bars ended: read") return status(seen < 4 ? "2026-11-23T12:30:00Z" : "2026-11-23T23:10:00Z");
      return state.endsWith(": read") ? lastLine({}) : ended(0);
    }, "2026-11-23T22:30:00Z");
    assert.equal(outcome.status, "SUCCEEDED");
    assert.deepEqual(commands(outcome), ["status", "status", "status", "status", "transform", "report", "vacuum"]);
    assert.equal(outcome.waited, 3 * 600 + 4 * 5);
  });

  it("alarm when the deadline passes, or when the load was none", async () => {
    const outcome = await run(machine, close, (state) => {
      if (state === "Tell") return { result: {} };
      return state === "Bars ended: read" ? status("2026-11-23T23:10:00Z", "failed") : ended(0);
    }, "2026-11-23T22:30:00Z");
    assert.equal(outcome.status, "FAILED");
    assert.equal(outcome.error, "signals.load");
    assert.match(outcome.cause!, /no load that began after the close of 2026-11-23 is done: the last one was 2026-11-23T23:10:00Z \(failed\)/);
    const empty = await run(machine, close, (state) => {
      if (state === "Tell") return { result: {} };
      return state === "Bars ended: read" ? lastLine({ event: "signals.status" }) : ended(1);
    }, "2026-11-23T22:30:00Z");
    assert.match(empty.cause!, /the last one was never/);
  });
});

describe("start", () => {
  const machine = deployed.machine("Start");
  const free: Answer = (state) => ({ result: state === "Others" ? { Executions: [] } : { ExecutionArn: "x" } });

  it("names the run by D, which is the clock's", async () => {
    for (const [slot, scheduled, name, deadline] of [
      ["close", "2026-11-23T22:30:00Z", "2026-11-23-close", "2026-11-24T06:30:00.000Z"],
      ["close", "2026-07-06T21:30:00Z", "2026-07-06-close", "2026-07-07T05:30:00.000Z"],
      ["before", "2026-11-24T11:00:00Z", "2026-11-23-before", "2026-11-24T11:50:00.000Z"],
      ["round", "2026-11-24T12:02:00Z", "2026-11-23-round", "2026-11-24T13:17:00.000Z"],
      ["round", "2026-11-28T12:02:00Z", "2026-11-27-round", "2026-11-28T13:17:00.000Z"],
      // By hand on a Sunday, and on a Monday before the close of the night: Friday's.
      ["round", "2026-11-29T20:00:00Z", "2026-11-27-round", "2026-11-29T21:15:00.000Z"],
      ["round", "2026-11-30T09:00:00Z", "2026-11-27-round", "2026-11-30T10:15:00.000Z"],
    ] as const) {
      const outcome = await run(machine, { slot, scheduled }, free);
      assert.equal(outcome.status, "SUCCEEDED");
      const { args } = outcome.calls.find(({ state }) => state === "Start")!;
      assert.equal(args.Name, name);
      assert.deepEqual(JSON.parse(args.Input), { d: name.slice(0, 10), slot, deadline, options: {} });
    }
  });

  it("refuses a second start of the same D and slot", async () => {
    const outcome = await run(machine, { slot: "round", scheduled: "2026-11-24T12:02:00Z" }, (state) =>
      state === "Others" ? { result: { Executions: [] } } : { error: "Sfn.ExecutionAlreadyExistsException" });
    assert.equal(outcome.status, "SUCCEEDED");
    assert.deepEqual(outcome.output, { event: "run.skipped", d: "2026-11-23", slot: "round", why: "2026-11-23-round was started before" });
  });

  it("waits for a run under way, and fails when that never ends", async () => {
    const input = { slot: "round", scheduled: "2026-11-24T12:02:00Z" };
    const busy = (until: number): Answer => (state, _args, seen) => ({
      result: state === "Others" ? { Executions: seen < until ? [{}] : [] } : {},
    });
    const once = await run(machine, input, busy(3));
    assert.equal(once.status, "SUCCEEDED");
    assert.equal(once.waited, 120);
    const never = await run(machine, input, busy(1e9));
    assert.equal(never.error, "signals.busy");
  });
});

describe("watch", () => {
  const machine = deployed.machine("Watch");
  const behind = async (scheduled: string, live: string | null): Promise<number> => {
    const outcome = await run(machine, { scheduled }, (state) =>
      state === "Ready said: read" ? lastLine({ event: "signals.ready", summary: { live } }) : state === "Put" ? { result: {} } : ended(4));
    assert.equal(outcome.status, "SUCCEEDED");
    const { args } = outcome.calls.find(({ state }) => state === "Put")!;
    assert.equal(args.Namespace, "Signals/prod");
    assert.equal(args.MetricData[0].MetricName, "SessionsBehind");
    assert.equal(args.MetricData[0].Value, outcome.output.behind);
    return outcome.output.behind;
  };

  it("counts sessions, not days", async () => {
    // Tuesday: Monday's is expected.
    assert.equal(await behind("2026-11-24T14:15:00Z", "2026-11-23"), 0);
    assert.equal(await behind("2026-11-24T14:15:00Z", "2026-11-20"), 1);
    assert.equal(await behind("2026-11-24T14:15:00Z", "2026-11-16"), 5);
    // Saturday, Sunday, Monday: Friday's.
    for (const day of ["28", "29", "30"]) assert.equal(await behind(`2026-11-${day}T14:15:00Z`, "2026-11-27"), 0);
    // Thanksgiving is Thursday, the 26th: on Friday nobody expects it, and one who has it is ahead.
    assert.equal(await behind("2026-11-27T14:15:00Z", "2026-11-25"), 0);
    assert.equal(await behind("2026-11-27T14:15:00Z", "2026-11-26"), 0);
    assert.equal(await behind("2026-11-28T14:15:00Z", "2026-11-25"), 1);
  });

  it("says 99 of what is not there, or too old to count", async () => {
    assert.equal(await behind("2026-11-24T14:15:00Z", null), 99);
    assert.equal(await behind("2026-11-24T14:15:00Z", "2026-01-02"), 99);
    const silent = await run(machine, { scheduled: "2026-11-24T14:15:00Z" }, (state) =>
      state === "Put" ? { result: {} } : { error: "States.TaskFailed", cause: "it did not start" });
    assert.equal(silent.output.behind, 99);
  });
});
