// The lake's tables as Glue sees them. columns.json is what the program writes; test/columns.test.ts holds it
// against the program itself.
import columns from "../columns.json";

export interface Column {
  readonly name: string;
  /** Of Iceberg: string, date, double, … */
  readonly type: string;
}

const GLUE_TYPES: Record<string, string> = {
  string: "string",
  date: "date",
  double: "double",
  float: "float",
  long: "bigint",
  int: "int",
  boolean: "boolean",
  timestamptz: "timestamp",
};

export const TABLES: Record<string, readonly Column[]> = columns.tables;

/** What Glue's CreateTable takes. It has no metadata_location: that is the publishing task's. */
export function tableInput(name: string, lake: string): Record<string, unknown> {
  const table = TABLES[name];
  if (!table) throw new Error(`columns.json has no table ${name}`);
  return {
    Name: name,
    TableType: "EXTERNAL_TABLE",
    Parameters: { table_type: "ICEBERG" },
    StorageDescriptor: {
      Location: `${lake}/${name}`,
      Columns: table.map((column) => ({ Name: column.name, Type: glueType(column) })),
    },
  };
}

function glueType(column: Column): string {
  const type = GLUE_TYPES[column.type];
  if (!type) throw new Error(`columns.json: ${column.name} has the type ${column.type}, which Glue has no name for`);
  return type;
}
