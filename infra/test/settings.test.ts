import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isStage, places, stageSettings, STAGES } from "../lib/settings";

const CPU_MEMORY: Record<number, [number, number]> = { 256: [512, 2048], 512: [1024, 4096], 1024: [2048, 8192], 2048: [4096, 16384], 4096: [8192, 30720] };

describe("settings", () => {
  it("are of sizes that Fargate has", () => {
    for (const stage of STAGES) {
      for (const { cpu, memory, disk } of Object.values(stageSettings(stage).sizes)) {
        const [least, most] = CPU_MEMORY[cpu]!;
        assert.ok(memory >= least && memory <= most, `${stage}: ${cpu} with ${memory}`);
        assert.ok(disk === undefined || (disk >= 21 && disk <= 200));
      }
    }
  });

  it("keep prod and let dev go", () => {
    assert.equal(stageSettings("prod").retain, true);
    assert.equal(stageSettings("dev").retain, false);
    assert.ok(isStage("dev") && !isStage("pipeline"));
  });
});

describe("places", () => {
  const folder = (text: string) => {
    const path = mkdtempSync(join(tmpdir(), "places-"));
    writeFileSync(join(path, "stages.local.json"), text);
    return path;
  };

  it("are the example's without a file of one's own, and the variable's before both", () => {
    assert.equal(places("/nonexistent", "").dev.account, "222222222222");
    const ours = JSON.stringify({ ...places("/nonexistent", ""), branch: "live" });
    assert.equal(places(folder(ours), "").branch, "live");
    assert.equal(places("/nonexistent", ours).branch, "live");
  });

  it("say what is wrong with them", () => {
    assert.throws(() => places(folder("{"), ""), /stages\.local\.json: it is not JSON/);
    assert.throws(() => places(folder("{}"), ""), /stages\.local\.json: "pipeline" needs an account of 12 digits and a region/);
    const { branch: _, ...rest } = places("/nonexistent", "");
    assert.throws(() => places("/nonexistent", JSON.stringify(rest)), /SIGNALS_STAGES: "branch" is missing/);
  });
});
