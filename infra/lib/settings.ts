// What differs between stages, in one place. Account ids, e-mail addresses and the connection's ARN are not
// here: they stand in stages.local.json (not committed), or in the committed stages.example.json without it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const STAGES = ["dev", "prod", "local"] as const;
export type StageName = (typeof STAGES)[number];

/** vCPU in units of 1/1024, memory in MiB, disk in GiB: pairs that Fargate offers. */
export interface TaskSize {
  readonly cpu: number;
  readonly memory: number;
  readonly disk?: number;
}

export interface StageSettings {
  readonly name: StageName;
  /** Where bars come from: a task of this stage, or a `signals load` that runs elsewhere. */
  readonly load: "fargate" | "external";
  /** Principals that may take the loader's role when `load` is external; none: those of the account itself. */
  readonly loaderPrincipals: readonly string[];
  /** Whether everything is kept when the stack goes, and the stack is protected from that. */
  readonly retain: boolean;
  /** An emulator of AWS: what it lacks is left out. */
  readonly emulator: boolean;
  readonly cpu: "ARM64" | "X86_64";
  readonly spot: boolean;
  readonly sizes: {
    readonly load: TaskSize;
    readonly transform: TaskSize;
    readonly publish: TaskSize;
    readonly report: TaskSize;
  };
  /** Further options of the commands, as on the command line. */
  readonly options: {
    readonly resolve: readonly string[];
    readonly load: readonly string[];
    readonly transform: readonly string[];
    readonly publish: readonly string[];
  };
  /** Minutes after its schedule until a run gives up waiting (for Yahoo, for bars, for Numerai's names). */
  readonly patience: { readonly close: number; readonly before: number; readonly round: number };
  /** Seconds before a stage that said "try later" (exit 4) is tried again. */
  readonly pause: { readonly load: number; readonly publish: number; readonly external: number };
  readonly schedulesOn: boolean;
  /** The original's crawler, over the Iceberg tables; once a week. */
  readonly crawler: boolean;
  readonly alarms: {
    /** Least share of the names with a symbol whose bars are known up to D. */
    readonly coverage: number;
    /** Least rows of the newest date. */
    readonly rows: number;
    /** Most minutes of a command. */
    readonly minutes: { readonly load: number; readonly transform: number; readonly publish: number };
    /** Most GiB of the data set. */
    readonly datasetGiB: number;
  };
  readonly athenaGiBPerQuery: number;
  readonly budgetUsd: number;
  readonly logDays: number;
}

const shared: Omit<StageSettings, "name"> = {
  load: "fargate",
  loaderPrincipals: [],
  retain: true,
  emulator: false,
  cpu: "ARM64",
  spot: true,
  sizes: {
    load: { cpu: 512, memory: 2048 },
    transform: { cpu: 4096, memory: 8192, disk: 40 },
    publish: { cpu: 2048, memory: 8192, disk: 40 },
    report: { cpu: 256, memory: 1024 },
  },
  options: {
    resolve: ["--universe", "numerai"],
    load: ["--max-minutes", "240"],
    // Plain until scripts/aws-smoke.sh has seen Athena read byte-stream-split.
    transform: ["--encoding", "plain"],
    publish: ["--universe", "numerai", "--min-fresh", "0.5", "--require-live"],
  },
  patience: { close: 480, before: 50, round: 75 },
  pause: { load: 1800, publish: 420, external: 600 },
  schedulesOn: true,
  crawler: false,
  alarms: {
    coverage: 0.9,
    rows: 3000,
    minutes: { load: 260, transform: 45, publish: 45 },
    datasetGiB: 60,
  },
  athenaGiBPerQuery: 20,
  budgetUsd: 20,
  logDays: 90,
};

const stages: Record<StageName, StageSettings> = {
  dev: { ...shared, name: "dev", retain: false, logDays: 30 },
  prod: { ...shared, name: "prod" },
  // For an emulator of AWS: small tasks of this machine's kind, started by hand.
  local: {
    ...shared,
    name: "local",
    retain: false,
    emulator: true,
    cpu: "X86_64",
    spot: false,
    sizes: {
      load: { cpu: 256, memory: 512 },
      transform: { cpu: 256, memory: 1024 },
      publish: { cpu: 256, memory: 1024 },
      report: { cpu: 256, memory: 512 },
    },
    pause: { load: 2, publish: 2, external: 2 },
  },
};

export function stageSettings(name: StageName): StageSettings {
  return stages[name];
}

export function isStage(name: string): name is StageName {
  return (STAGES as readonly string[]).includes(name);
}

export interface Place {
  readonly account: string;
  readonly region: string;
  readonly email?: string;
}

export interface Places {
  readonly pipeline: Place;
  readonly dev: Place;
  readonly prod: Place;
  /** owner/name at a git host (with the connection's ARN), or the name of a CodeCommit repository (without). */
  readonly repository: string;
  /** The branch whose pushes are deployed. */
  readonly branch: string;
  readonly connectionArn?: string;
  /** owner/name at GitHub whose workflows may deploy, by OIDC, from the environments dev and prod. */
  readonly github?: string;
}

/** The places as JSON: in the pipeline's own build, which has no stages.local.json. */
export const PLACES_VARIABLE = "SIGNALS_STAGES";

const ROOT = join(__dirname, "..");

/** The accounts: SIGNALS_STAGES, else stages.local.json, else the example. Throws when something is missing. */
export function places(folder: string = ROOT, given: string | undefined = process.env[PLACES_VARIABLE]): Places {
  const local = join(folder, "stages.local.json");
  const file = existsSync(local) ? local : join(ROOT, "stages.example.json");
  const where = given ? PLACES_VARIABLE : file;
  let read: Partial<Places>;
  try {
    read = JSON.parse(given ? given : readFileSync(file, "utf8")) as Partial<Places>;
  } catch (error) {
    throw new Error(`${where}: it is not JSON: ${(error as Error).message}`);
  }
  for (const name of ["pipeline", "dev", "prod"] as const) {
    const place = read[name];
    if (!place || !/^\d{12}$/.test(place.account) || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(place.region)) {
      throw new Error(`${where}: "${name}" needs an account of 12 digits and a region; see infra/stages.example.json`);
    }
  }
  for (const name of ["repository", "branch"] as const) {
    if (!read[name]) throw new Error(`${where}: "${name}" is missing; see infra/stages.example.json`);
  }
  return read as Places;
}
