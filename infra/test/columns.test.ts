import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import columns from "../columns.json";
import { tableInput, TABLES } from "../lib/tables";
import { BUILD, columnsOfTheProgram } from "../tools/columns";

const built = existsSync(join(BUILD, "signals")) && existsSync(join(BUILD, "table_schemas"));

describe("columns.json", () => {
  it("is what the program writes (npm run columns)", { skip: built ? false : `no program in ${BUILD}` }, () => {
    assert.deepEqual(columns, columnsOfTheProgram());
  });

  it("names each column once, and each type that Glue has", () => {
    for (const [name, table] of Object.entries(TABLES)) {
      assert.equal(new Set(table.map((column) => column.name)).size, table.length, name);
      const input = tableInput(name, "s3://bucket/lake") as any;
      assert.equal(input.StorageDescriptor.Location, `s3://bucket/lake/${name}`);
      assert.equal(input.StorageDescriptor.Columns.length, table.length);
    }
    assert.ok(TABLES.features!.length > 80);
    assert.throws(() => tableInput("nothing", "s3://bucket/lake"), /columns\.json has no table nothing/);
  });
});
