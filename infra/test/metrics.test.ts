// Metric filters against what the program says: test/lines has the summaries of a run over a simulated market
// (tools/record_lines.sh), which are the "summary" of the last line of the JSON log.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LINE_METRICS } from "../lib/metrics";
import { TASK_NAMES } from "../lib/tasks";

const COMMANDS = ["resolve", "load", "transform", "publish", "status", "ready"] as const;
const summary = (command: string) => JSON.parse(readFileSync(join(__dirname, "lines", `${command}.json`), "utf8"));
const line = (command: string, more: object = {}): any => ({
  time: "2022-10-22T13:00:00Z",
  level: "info",
  event: `signals.${command}`,
  outcome: "done",
  exit_code: 0,
  seconds: 12.345,
  summary: summary(command),
  error: null,
  ...more,
});

const field = (path: string, of: any): any =>
  path.replace(/^\$\./, "").split(".").reduce((value, name) => value?.[name], of);

/** CloudWatch's filter patterns over JSON, as far as ours go: { $.a = "x*" && $.b != 1 }. */
function passes(pattern: string, of: any): boolean {
  const inner = /^\{ (.+) \}$/.exec(pattern)?.[1];
  assert.ok(inner, pattern);
  return inner.split(" && ").every((term) => {
    const found = /^(\$[\w.]+) (=|!=) ("([^"]*)"|-?\d+)$/.exec(term);
    assert.ok(found, term);
    const [, path, operator, literal, text] = found;
    const value = field(path!, of);
    if (value === undefined) return false;
    const wanted = text === undefined ? Number(literal) : text;
    const same = typeof wanted === "string" && wanted.endsWith("*") ? String(value).startsWith(wanted.slice(0, -1)) : value === wanted;
    return same === (operator === "=");
  });
}

describe("metric filters", () => {
  it("of values find a number in the line of their command, and of no other", () => {
    const ofValues = LINE_METRICS.filter(({ value }) => value.startsWith("$."));
    assert.ok(ofValues.length >= 10);
    for (const { name, pattern, value } of ofValues) {
      const matching = COMMANDS.filter((command) => passes(pattern, line(command)));
      assert.equal(matching.length, 1, name);
      assert.equal(typeof field(value, line(matching[0]!)), "number", `${name}: ${value}`);
    }
  });

  it("of errors count exits 1 and 2, and not what is tried again or done in part", () => {
    for (const task of TASK_NAMES) {
      const one = LINE_METRICS.find(({ name, task: of }) => of === task && name.endsWith("Errors"));
      assert.ok(one, task);
      for (const [exit, counts] of [[0, false], [1, true], [2, true], [3, false], [4, false]] as const) {
        assert.equal(passes(one.pattern, line("load", { exit_code: exit })), counts, String(exit));
      }
      assert.equal(passes(one.pattern, { level: "warning", message: "not the last line" }), false);
    }
  });

  it("of refusal counts refusals", () => {
    const { pattern } = LINE_METRICS.find(({ name }) => name === "LoadRefused")!;
    assert.equal(passes(pattern, line("load", { outcome: "refused", exit_code: 4 })), true);
    assert.equal(passes(pattern, line("load", { outcome: "unreachable", exit_code: 4 })), false);
  });

  it("read a publish that changed nothing as no news of names", () => {
    const { newest: _, ...rest } = summary("publish");
    const silent = line("publish", { summary: rest });
    const { value } = LINE_METRICS.find(({ name }) => name === "NewestFresh")!;
    assert.equal(field(value, silent), undefined);
  });
});

describe("what the machines read", () => {
  it("is in the lines of status and ready", () => {
    assert.match(summary("status").last_load.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(["done", "partly"].includes(summary("status").last_load.outcome));
    assert.match(summary("ready").live, /^\d{4}-\d\d-\d\d$/);
  });
});
