// An app synthesized in this process, and its templates as they would be deployed: references resolved to plausible
// ARNs and names, across nested stacks.
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as cdk from "aws-cdk-lib";
import flags from "aws-cdk-lib/recommended-feature-flags.json";
import { Checks } from "../lib/acknowledged";
import { places, stageSettings, type StageName, type StageSettings } from "../lib/settings";
import { SignalsPipelineStack } from "../lib/signals-pipeline-stack";
import { SignalsStack } from "../lib/signals-stack";

export const IMAGE = `111111111111.dkr.ecr.eu-west-1.amazonaws.com/signals@sha256:${"a".repeat(64)}`;
export const PLACES = places("/nonexistent", "");

export interface Resource {
  readonly id: string;
  readonly stack: string;
  readonly type: string;
  readonly properties: any;
  readonly deletionPolicy: string | undefined;
  readonly updateReplacePolicy: string | undefined;
}

type Template = { Resources: Record<string, any>; Outputs?: Record<string, any>; Parameters?: Record<string, any> };

function newApp(): cdk.App {
  return new cdk.App({ context: { ...flags, "aws:cdk:enable-asset-metadata": true }, outdir: mkdtempSync(join(tmpdir(), "cdk-")) });
}

/** The stage's stack as `cdk deploy` has it, with settings changed as given. */
export function stageApp(stage: StageName, changed: Partial<StageSettings> = {}) {
  const app = newApp();
  const place = stage === "local" ? PLACES.dev : PLACES[stage];
  const checks = new Checks(app);
  const stack = new SignalsStack(app, `signals-${stage}`, {
    env: { account: place.account, region: place.region },
    settings: { ...stageSettings(stage), ...changed },
    email: place.email ?? "",
    image: IMAGE,
  });
  return { app, stack, checks, account: place.account };
}

export function pipelineApp(changed: Partial<typeof PLACES> = {}) {
  const app = newApp();
  const checks = new Checks(app);
  const { account, region } = PLACES.pipeline;
  const stack = new SignalsPipelineStack(app, "signals-pipeline", {
    env: { account, region },
    places: { ...PLACES, ...changed },
    image: IMAGE,
  });
  return { app, stack, checks, account };
}

export class Deployed {
  readonly resources: Resource[] = [];
  readonly templates: Record<string, Template> = {};

  private readonly folder: string;

  constructor(app: cdk.App, stack: cdk.Stack, private readonly account: string, private readonly region = "eu-west-1") {
    const assembly = app.synth();
    const artifact = assembly.getStackArtifact(stack.artifactId);
    this.folder = assembly.directory;
    this.read(stack.stackName, artifact.template as Template, {});
  }

  of(type: string): Resource[] {
    return this.resources.filter((one) => one.type === type);
  }

  /** The only resource of a type whose id begins so. */
  one(type: string, id: string): Resource {
    const found = this.of(type).filter((each) => each.id.startsWith(id));
    if (found.length !== 1) throw new Error(`${found.length} of ${type} begin with ${id}`);
    return found[0]!;
  }

  /** A machine's definition as Step Functions gets it. */
  machine(id: string): any {
    return JSON.parse(this.one("AWS::StepFunctions::StateMachine", id).properties.DefinitionString);
  }

  private read(name: string, template: Template, parameters: Record<string, unknown>): (attribute: string) => unknown {
    this.templates[name] = template;
    const nested: Record<string, (attribute: string) => unknown> = {};
    const resolve = (value: any): any => {
      if (Array.isArray(value)) return value.map(resolve);
      if (value === null || typeof value !== "object") return value;
      const [key, argument] = Object.entries<any>(value)[0] ?? [];
      if (Object.keys(value).length === 1) {
        if (key === "Ref") return this.reference(name, template, parameters, argument);
        if (key === "Fn::GetAtt") return attribute(argument[0], argument[1]);
        if (key === "Fn::Join") return resolve(argument[1]).join(argument[0]);
        if (key === "Fn::Select") return resolve(argument[1])[Number(argument[0])];
        if (key === "Fn::Split") return String(resolve(argument[1])).split(argument[0]);
        if (key === "Fn::GetAZs") return [`${this.region}a`, `${this.region}b`];
        if (key === "Fn::Sub") return String(argument).replace(/\$\{([^}]+)\}/g, (_, ref: string) =>
          String(this.reference(name, template, parameters, ref)),
        );
      }
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v)]));
    };
    const attribute = (id: string, what: string): unknown => {
      const resource = template.Resources[id];
      if (resource.Type === "AWS::CloudFormation::Stack") {
        const child = (nested[id] ??= this.child(id, resource, resolve));
        return child(what.replace(/^Outputs\./, ""));
      }
      return what === "Arn" ? this.arn(id, resource, resolve) : `${id}.${what}`;
    };
    for (const [id, resource] of Object.entries(template.Resources)) {
      if (resource.Type === "AWS::CloudFormation::Stack") {
        nested[id] ??= this.child(id, resource, resolve);
      } else {
        this.resources.push({
          id,
          stack: name,
          type: resource.Type,
          properties: resolve(resource.Properties ?? {}),
          deletionPolicy: resource.DeletionPolicy,
          updateReplacePolicy: resource.UpdateReplacePolicy,
        });
      }
    }
    return (output) => resolve(template.Outputs?.[output]?.Value);
  }

  private child(id: string, resource: any, resolve: (value: any) => any): (output: string) => unknown {
    const file = resource.Metadata["aws:asset:path"];
    const template = JSON.parse(readFileSync(join(this.folder, file), "utf8")) as Template;
    const name = /^(Data|Compute|Observability)/.exec(id)?.[1] ?? id;
    return this.read(name, template, resolve(resource.Properties.Parameters ?? {}));
  }

  private reference(stack: string, template: Template, parameters: Record<string, unknown>, id: string): unknown {
    const pseudo: Record<string, string> = {
      "AWS::Partition": "aws",
      "AWS::Region": this.region,
      "AWS::AccountId": this.account,
      "AWS::StackName": stack,
      "AWS::URLSuffix": "amazonaws.com",
      "AWS::StackId": `arn:aws:cloudformation:${this.region}:${this.account}:stack/${stack}/1`,
    };
    if (id in pseudo) return pseudo[id];
    if (id in parameters) return parameters[id];
    if (template.Parameters?.[id]) return template.Parameters[id].Default ?? id;
    const resource = template.Resources[id];
    const byArn = ["AWS::SNS::Topic", "AWS::StepFunctions::StateMachine", "AWS::ECS::TaskDefinition"];
    return byArn.includes(resource?.Type) ? this.arn(id, resource, (value) => value) : this.name(id, resource);
  }

  private name(id: string, resource: any): string {
    return resource?.Type === "AWS::S3::Bucket" ? id.toLowerCase() : id;
  }

  private arn(id: string, resource: any, resolve: (value: any) => any): string {
    const at = `${this.region}:${this.account}`;
    const name = this.name(id, resource);
    switch (resource.Type) {
      case "AWS::S3::Bucket":
        return `arn:aws:s3:::${name}`;
      case "AWS::IAM::Role":
        return `arn:aws:iam::${this.account}:role/${name}`;
      case "AWS::SNS::Topic":
        return `arn:aws:sns:${at}:${name}`;
      case "AWS::SQS::Queue":
        return `arn:aws:sqs:${at}:${name}`;
      case "AWS::Logs::LogGroup":
        return `arn:aws:logs:${at}:log-group:${name}:*`;
      case "AWS::ECS::Cluster":
        return `arn:aws:ecs:${at}:cluster/${name}`;
      case "AWS::ECS::TaskDefinition":
        return `arn:aws:ecs:${at}:task-definition/${resource.Properties.Family}:1`;
      case "AWS::StepFunctions::StateMachine":
        return `arn:aws:states:${at}:stateMachine:${resolve(resource.Properties.StateMachineName)}`;
      default:
        return `arn:aws:${resource.Type.split("::")[1].toLowerCase()}:${at}:${name}`;
    }
  }
}

/** Synthesized once for each test file. */
export function deployedStage(stage: StageName, changed: Partial<StageSettings> = {}): Deployed {
  const { app, stack, account } = stageApp(stage, changed);
  return new Deployed(app, stack, account);
}

export function deployedPipeline(changed: Partial<typeof PLACES> = {}): Deployed {
  const { app, stack, account } = pipelineApp(changed);
  return new Deployed(app, stack, account);
}
