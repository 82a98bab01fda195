// Rules against events in the shapes that the services send (test/events), by a matcher of our own: arrays of
// objects are flattened, which emulators do not do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { deployedPipeline, deployedStage, type Deployed } from "./deployed";

interface Sample {
  readonly what: string;
  /** The rules that match it; all others must not. */
  readonly rules: readonly string[];
  readonly event: any;
}

/** Whether an event matches a pattern, as EventBridge says. */
export function matches(pattern: any, event: any): boolean {
  return Object.entries<any>(pattern).every(([key, wanted]) => {
    if (key === "$or") return wanted.some((one: any) => matches(one, event));
    const values = (Array.isArray(event) ? event : [event]).map((one) => one?.[key]);
    if (Array.isArray(wanted)) {
      const found = values.flat();
      return wanted.some((one) => found.some((value) => accepts(one, value)));
    }
    return values.flat().some((value) => value !== null && typeof value === "object" && matches(wanted, value));
  });
}

function accepts(wanted: any, value: unknown): boolean {
  if (wanted === null || typeof wanted !== "object") return wanted === value;
  if ("prefix" in wanted) return typeof value === "string" && value.startsWith(wanted.prefix);
  if ("anything-but" in wanted) return value !== undefined && ![wanted["anything-but"]].flat().includes(value);
  throw new Error(`the matcher does not know ${JSON.stringify(wanted)}`);
}

const dev = deployedStage("dev");
const github = deployedPipeline();
const codecommit = deployedPipeline({ connectionArn: "", repository: "signals" });

function samples(file: string, replaced: Record<string, string>): Sample[] {
  let text = readFileSync(join(__dirname, "events", file), "utf8");
  for (const [name, value] of Object.entries(replaced)) text = text.replaceAll(name, value);
  return JSON.parse(text) as Sample[];
}

function check(of: Deployed, all: Sample[], names: readonly string[]): void {
  const rules = of.of("AWS::Events::Rule");
  assert.deepEqual(rules.map(({ id }) => id.replace(/[0-9A-F]{8}$/, "")).sort(), [...names].sort());
  for (const { what, rules: expected, event } of all) {
    const found = rules.filter(({ properties }) => matches(properties.EventPattern, event)).map(({ id }) => id.replace(/[0-9A-F]{8}$/, ""));
    assert.deepEqual(found.sort(), [...expected].sort(), what);
  }
  for (const name of names) {
    assert.ok(all.some(({ rules: expected }) => expected.includes(name)), `no event for ${name}`);
  }
}

describe("rules", () => {
  it("of the stage match what nobody else tells, and nothing else", () => {
    const cluster = `arn:aws:ecs:eu-west-1:222222222222:cluster/${dev.of("AWS::ECS::Cluster")[0]!.id}`;
    check(dev, samples("stage.json", { CLUSTER_ARN: cluster }), ["MachineRule", "TaskRule"]);
  });

  it("of the pipeline match the push and its failure", () => {
    const arn = `arn:aws:codepipeline:eu-west-1:111111111111:${github.one("AWS::CodePipeline::Pipeline", "Pipeline").id}`;
    check(github, samples("pipeline-git.json", { PIPELINE_ARN: arn }), ["Push", "Failed"]);
    check(codecommit, samples("pipeline-codecommit.json", { PIPELINE_ARN: arn }), ["Push", "Failed"]);
  });

  it("write text that a human reads", () => {
    for (const { properties } of dev.of("AWS::Events::Rule")) {
      for (const { InputTransformer } of properties.Targets) {
        assert.match(InputTransformer.InputTemplate, /^"signals dev: /);
        assert.match(InputTransformer.InputTemplate, /What to do: docs\/operations\.md/);
        for (const path of Object.values<string>(InputTransformer.InputPathsMap)) assert.match(path, /^\$\.detail\./);
      }
    }
  });
});
