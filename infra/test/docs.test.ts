import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { QUERIES } from "../lib/queries";
import { SCHEDULES } from "../lib/schedules";
import { stageSettings } from "../lib/settings";
import { TASKS } from "../lib/tasks";
import { deployedPipeline, deployedStage } from "./deployed";

const text = readFileSync(join(__dirname, "..", "..", "docs", "operations.md"), "utf8");
const headings = new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading));
const stages = [deployedStage("prod"), deployedPipeline()];

it("docs/operations.md has a section for each alarm, and for all that messages refer to", () => {
  let found = 0;
  for (const deployed of stages) {
    for (const [, heading] of JSON.stringify(deployed.templates).matchAll(/docs\/operations\.md, '([^']+)'/g)) {
      assert.ok(headings.has(heading), heading);
      found += 1;
    }
  }
  assert.ok(found > 15);
});

it("docs/operations.md knows the schedules, tasks, queries and limits", () => {
  for (const { name, slot } of SCHEDULES) assert.match(text, new RegExp(`${slot ?? name}: `), name);
  const sizes = stageSettings("prod").sizes;
  for (const [name, { cpu, memory }] of Object.entries(sizes)) {
    const row = text.split("\n").find((line) => line.startsWith(`| ${name} |`)) ?? "";
    assert.ok(row.endsWith(`| ${cpu / 1024}, ${memory / 1024} |`), `${name}: ${row}`);
  }
  assert.deepEqual(Object.keys(sizes), Object.keys(TASKS));
  assert.match(text, new RegExp(`scan more than ${stageSettings("prod").athenaGiBPerQuery} GiB`));
  for (const name of [...text.matchAll(/\(`(newest-date)`, `([a-z-]+)`, `([a-z-]+)`/g)].flatMap((found) => found.slice(1))) {
    assert.ok(name! in QUERIES, name);
  }
  const { coverage, minutes } = stageSettings("prod").alarms;
  assert.match(text, new RegExp(`Less than ${coverage * 100} % of the names`));
  assert.equal(minutes.load, 4 * 60 + 20);
  assert.match(text, /more than 4 hours and 20 minutes/);
  assert.match(text, new RegExp(`### TransformDuration\nMore than ${minutes.transform} minutes`));
});

it("docs/operations.md names every kind of resource that costs, in its table", () => {
  const paid: Record<string, RegExp> = {
    "AWS::S3::Bucket": /S3, lake/,
    "AWS::ECS::TaskDefinition": /Fargate, load/,
    "AWS::CloudWatch::Alarm": /CloudWatch alarms \| \d+/,
    "AWS::CloudWatch::Dashboard": /CloudWatch dashboard/,
    "AWS::Logs::LogGroup": /CloudWatch logs/,
    "AWS::Logs::MetricFilter": /CloudWatch metrics/,
    "AWS::StepFunctions::StateMachine": /Step Functions/,
    "AWS::Scheduler::Schedule": /EventBridge, Scheduler/,
    "AWS::Athena::WorkGroup": /Athena/,
    "AWS::Glue::Database": /Glue catalog/,
    "AWS::KMS::Key": /KMS key of the pipeline/,
    "AWS::CodePipeline::Pipeline": /CodePipeline/,
    "AWS::ECR::Repository": /ECR/,
  };
  const table = text.slice(text.indexOf("## Cost"), text.indexOf("## The original's names"));
  for (const [type, row] of Object.entries(paid)) {
    assert.ok(stages.some((one) => one.of(type).length > 0), type);
    assert.match(table, row, type);
  }
  const alarms = deployedStage("prod").of("AWS::CloudWatch::Alarm").length;
  assert.match(table, new RegExp(`CloudWatch alarms \\| ${alarms};`));
});
