// The columns of all tables as the program itself says them: `npm run columns` writes columns.json.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export const BUILD = process.env.SIGNALS_BUILD ?? join(__dirname, "..", "..", "build", "release");

interface Spec {
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

function ask(program: string, ...options: string[]): unknown {
  return JSON.parse(execFileSync(join(BUILD, program), options, { encoding: "utf8", maxBuffer: 1 << 24 }));
}

/** As columns.json: the columns of each table, features as `signals transform` and `publish` make them by default. */
export function columnsOfTheProgram(): { tables: Record<string, { name: string; type: string }[]> } {
  const features = ask("signals", "columns", "--json") as { column: string; unit: string }[];
  const tables: Record<string, { name: string; type: string }[]> = {};
  for (const { table, columns } of ask("table_schemas") as Spec[]) {
    // What is written there about features is a pattern; here are the columns themselves.
    tables[table] = columns.filter(({ name }) => /^[a-z_]+$/.test(name)).map(({ name, type }) => ({ name, type }));
  }
  tables.features!.push(...features.map(({ column }) => ({ name: column, type: "float" })));
  tables.dataset!.push(
    ...features.map(({ column, unit }) => ({ name: unit === "none" ? column : `${column}_rel`, type: "float" })),
  );
  return { tables };
}

if (require.main === module) {
  writeFileSync(join(__dirname, "..", "columns.json"), `${JSON.stringify(columnsOfTheProgram(), null, 1)}\n`);
}
