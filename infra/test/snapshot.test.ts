// The templates as a whole: what a change of the app or of a library does to them is seen in review.
// `npm run snapshot` writes them anew.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { deployedPipeline, deployedStage, type Deployed } from "./deployed";

// One line a resource, so that a difference is a line.
function lines(deployed: Deployed): string {
  const text = Object.entries(deployed.templates).flatMap(([stack, template]) => [
    `== ${stack}`,
    ...Object.entries(template.Resources)
      .filter(([, { Type }]) => Type !== "AWS::CDK::Metadata")
      .map(([id, { Metadata: _, ...resource }]) => `${id}: ${JSON.stringify(resource)}`),
  ]);
  // Addresses of assets, and of function code that comes with the library.
  return `${text.join("\n").replace(/[0-9a-f]{64}(?!")/g, "<asset>")}\n`;
}

describe("snapshot", () => {
  for (const [name, make] of [["prod", () => deployedStage("prod")], ["pipeline", () => deployedPipeline()]] as const) {
    it(name, () => {
      const file = join(__dirname, "snapshots", `${name}.txt`);
      const now = lines(make());
      if (process.env.UPDATE_SNAPSHOTS) writeFileSync(file, now);
      const before = readFileSync(file, "utf8");
      const changed = now.split("\n").filter((line) => !before.includes(line));
      assert.ok(now === before, `npm run snapshot, if this is meant:\n${changed.map((line) => line.slice(0, 300)).join("\n")}`);
    });
  }
});
