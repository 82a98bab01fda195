// cdk-nag's AwsSolutions over every stage and setting: clean but for what lib/acknowledged.ts names; and that names nothing
// that is not there.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as cdk from "aws-cdk-lib";
import { aws_iam as iam, aws_s3 as s3 } from "aws-cdk-lib";
import { ACKNOWLEDGED } from "../lib/acknowledged";
import { pipelineApp, stageApp } from "./deployed";

const everything = { crawler: true, load: "external" } as const;

describe("cdk-nag", () => {
  const found: { path: string; finding: string }[] = [];

  for (const [name, make] of [
    ["dev", () => stageApp("dev")],
    ["prod, with all options", () => stageApp("prod", everything)],
    ["pipeline", () => pipelineApp()],
    ["pipeline from CodeCommit", () => pipelineApp({ connectionArn: "", repository: "signals", github: "example/signals" })],
  ] as const) {
    it(`finds nothing in ${name} that is not acknowledged`, () => {
      const { app, checks } = make();
      const { violations } = checks.validateScope(app);
      assert.deepEqual(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources[0]?.constructPath]), []);
      assert.ok(checks.seen.length > 0);
      found.push(...checks.seen);
    });
  }

  it("each acknowledgement is of a finding that there is", () => {
    for (const { path, finding, reason } of ACKNOWLEDGED) {
      assert.ok(found.some((one) => path.test(one.path) && finding.test(one.finding)), `${path} ${finding}`);
      assert.ok(reason.length > 20, reason);
    }
  });

  it("finds a wildcard, and an open bucket, that somebody adds", () => {
    const { app, stack, checks } = stageApp("dev");
    const role = stack.compute.node.findChild("loadRole") as iam.Role;
    role.addToPolicy(new iam.PolicyStatement({ actions: ["s3:*"], resources: ["*"] }));
    new s3.Bucket(stack, "Open");
    const { violations } = checks.validateScope(app);
    const rules = violations.map(({ ruleName }) => ruleName);
    assert.ok(rules.includes("AwsSolutions-IAM5[Action::s3:*]") && rules.includes("AwsSolutions-IAM5[Resource::*]"), rules.join());
    assert.ok(rules.includes("AwsSolutions-S1") && rules.includes("AwsSolutions-S10"));
    assert.ok(cdk.App.isApp(app));
  });
});
