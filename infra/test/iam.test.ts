import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runSimulation, type Simulation } from "@cloud-copilot/iam-simulate";
import { deployedPipeline, deployedStage, type Deployed } from "./deployed";

const dev = deployedStage("dev");
const pipeline = deployedPipeline();
const ACCOUNT = "222222222222";
const AT = `eu-west-1:${ACCOUNT}`;
const LAKE = `arn:aws:s3:::${dev.one("AWS::S3::Bucket", "Lake").id.toLowerCase()}`;
const RESULTS = `arn:aws:s3:::${dev.one("AWS::S3::Bucket", "Results").id.toLowerCase()}`;
const GLUE = `arn:aws:glue:${AT}`;
const CLUSTER = `arn:aws:ecs:${AT}:cluster/${dev.of("AWS::ECS::Cluster")[0]!.id}`;
const TOPIC = `arn:aws:sns:${AT}:${dev.of("AWS::SNS::Topic")[0]!.id}`;
const machine = (name: string) => `arn:aws:states:${AT}:stateMachine:signals-dev-${name}`;
const logGroup = (name: string) => `arn:aws:logs:${AT}:log-group:${dev.one("AWS::Logs::LogGroup", `${name}Log`).id}`;
const queue = (name: string) => `arn:aws:sqs:${AT}:${dev.one("AWS::SQS::Queue", name).id}`;
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${dev.one("AWS::IAM::Role", name).id}`;
const task = (name: string) => `arn:aws:ecs:${AT}:task-definition/signals-dev-${name}:1`;
const IMAGES = "arn:aws:ecr:eu-west-1:111111111111:repository/signals";

async function allows(of: Deployed, name: string, action: string, resource: string, context: Record<string, string> = {}): Promise<boolean> {
  const identityPolicies = of
    .of("AWS::IAM::Policy")
    .filter(({ properties }) => properties.Roles.some((one: string) => one.startsWith(name)))
    .map(({ id, properties }) => ({ name: id, policy: properties.PolicyDocument }));
  assert.ok(identityPolicies.length > 0, `no policy of ${name}`);
  const simulation = {
    request: {
      principal: `arn:aws:iam::${ACCOUNT}:role/${name}`,
      action,
      resource: { resource, accountId: ACCOUNT },
      contextVariables: context,
    },
    identityPolicies,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  } as unknown as Simulation;
  const result = (await runSimulation(simulation, {})) as any;
  assert.ok(!result.errors, JSON.stringify(result.errors));
  return (result.overallResult ?? result.analysis?.result ?? result.resultType) === "Allowed";
}

type Row = readonly [action: string, resource: string, context?: Record<string, string>];
interface Rights {
  readonly may: readonly Row[];
  readonly mayNot: readonly Row[];
}

const list = (prefix: string): Row => ["s3:ListBucket", LAKE, { "s3:prefix": prefix }];
const object = (action: string, key: string): Row => [`s3:${action}`, `${LAKE}/lake/${key}`];
const never: Row[] = [
  object("PutObjectAcl", "prices/data/x"),
  ["s3:PutObject", `${LAKE}/elsewhere/x`],
  ["s3:PutObject", `${RESULTS}/athena/x`],
  ["s3:GetObject", `${RESULTS}/athena/x`],
  ["s3:GetObject", "arn:aws:s3:::another/lake/x"],
  ["s3:PutBucketPolicy", LAKE],
  ["s3:DeleteBucket", LAKE],
  ["s3:DeleteObjectVersion", `${LAKE}/lake/prices/data/x`],
  ["iam:CreateUser", `arn:aws:iam::${ACCOUNT}:user/x`],
  ["iam:PassRole", role("loadRole")],
  ["sts:AssumeRole", role("publishRole")],
  ["ecs:RunTask", task("load")],
  ["sns:Publish", TOPIC],
  ["states:StartExecution", machine("daily")],
  ["logs:DeleteLogGroup", logGroup("load")],
  list("elsewhere/"),
];
// Without a prefix: what S3 asks before it says 404 of an object that is not there.
const read: Row[] = [list("lake/prices/"), list("lake"), ["s3:ListBucket", LAKE], object("GetObject", "prices/metadata/v1.metadata.json")];
const noCatalog: Row[] = [
  ["glue:UpdateTable", `${GLUE}:table/signals_dev/prices`],
  ["glue:GetTable", `${GLUE}:table/signals_dev/prices`],
];

const RUN: Row[] = ["load", "transform", "publish", "report"].map((name) => ["ecs:RunTask", task(name), { "ecs:cluster": CLUSTER }]);
const PASS: Record<string, string> = { "iam:PassedToService": "ecs-tasks.amazonaws.com" };

const MATRIX: Record<string, Rights> = {
  loadRole: {
    may: [...read, object("PutObject", "prices/data/x.parquet"), object("PutObject", "mapping/metadata/v2.metadata.json"),
      object("AbortMultipartUpload", "prices/data/x.parquet"), object("PutObject", "cache/numerai/v2.1/live.parquet"),
      object("DeleteObject", "prices/data/x.parquet"), object("PutObject", "runs/data/x.parquet")],
    mayNot: [...never, ...noCatalog, object("PutObject", "features/data/x"), object("PutObject", "dataset/data/x"),
      object("DeleteObject", "prices/metadata/v1.metadata.json"), object("DeleteObject", "features/data/x")],
  },
  transformRole: {
    may: [...read, object("PutObject", "features/data/x"), object("PutObject", "features_volume/data/x"), object("PutObject", "runs/metadata/v3.metadata.json")],
    mayNot: [...never, ...noCatalog, object("PutObject", "prices/data/x"), object("PutObject", "dataset/data/x"),
      object("DeleteObject", "prices/data/x"), object("DeleteObject", "features/metadata/v1.metadata.json")],
  },
  publishRole: {
    may: [...read, object("PutObject", "dataset/data/x"), object("PutObject", "dataset/live_features.parquet"), object("DeleteObject", "dataset/live_features.parquet"),
      ["glue:GetTable", `${GLUE}:table/signals_dev/dataset`], ["glue:UpdateTable", `${GLUE}:table/signals_dev/dataset`],
      ["glue:CreateTable", `${GLUE}:table/signals_dev/features_volume`], ["glue:UpdateTable", `${GLUE}:catalog`], ["glue:UpdateTable", `${GLUE}:database/signals_dev`]],
    mayNot: [...never, object("PutObject", "prices/data/x"), object("PutObject", "features/data/x"), object("DeleteObject", "dataset/metadata/v1.metadata.json"),
      ["glue:UpdateTable", `${GLUE}:table/signals_prod/dataset`], ["glue:DeleteTable", `${GLUE}:table/signals_dev/dataset`], ["glue:DeleteDatabase", `${GLUE}:database/signals_dev`]],
  },
  reportRole: {
    may: [...read, object("PutObject", "prices/metadata/v9.metadata.json"), object("DeleteObject", "prices/data/x"), object("DeleteObject", "prices/metadata/v1.metadata.json"),
      object("PutObject", "report.html")],
    mayNot: [...never, ...noCatalog, object("PutObject", "prices/data/x"), object("PutObject", "dataset/live_features.parquet"), object("DeleteObject", "dataset/live_features.parquet")],
  },
  loadExecutionRole: {
    may: [["logs:PutLogEvents", `${logGroup("load")}:log-stream:load/load/1`], ["ecr:BatchGetImage", IMAGES], ["ecr:GetAuthorizationToken", "*"]],
    mayNot: [object("GetObject", "prices/data/x"), ["logs:PutLogEvents", `${logGroup("publish")}:log-stream:x`], ["logs:DeleteLogGroup", logGroup("load")],
      ["ecr:PutImage", IMAGES], ["ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:111111111111:repository/other"], ["ssm:GetParameter", `arn:aws:ssm:${AT}:parameter/x`]],
  },
  DailyRole: {
    may: [...RUN, ["iam:PassRole", role("loadRole"), PASS], ["iam:PassRole", role("publishExecutionRole"), PASS], ["logs:GetLogEvents", `${logGroup("load")}:log-stream:load/load/1`],
      ["sns:Publish", TOPIC], ["ecs:StopTask", `arn:aws:ecs:${AT}:task/${CLUSTER.split("/")[1]}/1`, { "ecs:cluster": CLUSTER }],
      ["events:PutRule", `arn:aws:events:${AT}:rule/StepFunctionsGetEventsForECSTaskRule`]],
    mayNot: [["ecs:RunTask", task("load"), { "ecs:cluster": `arn:aws:ecs:${AT}:cluster/other` }], ["ecs:RunTask", `arn:aws:ecs:${AT}:task-definition/other:1`, { "ecs:cluster": CLUSTER }],
      ["iam:PassRole", role("loadRole"), { "iam:PassedToService": "lambda.amazonaws.com" }], ["iam:PassRole", role("DailyRole"), PASS], ["iam:PassRole", `arn:aws:iam::${ACCOUNT}:role/admin`, PASS],
      ["s3:GetObject", `${LAKE}/lake/x`], ["states:StartExecution", machine("daily")], ["events:PutRule", `arn:aws:events:${AT}:rule/other`]],
  },
  StartRole: {
    may: [["states:StartExecution", machine("daily")], ["states:ListExecutions", machine("daily")]],
    mayNot: [["states:StartExecution", machine("watch")], ["states:StopExecution", `arn:aws:states:${AT}:execution:signals-dev-daily:x`], ...RUN, ["sns:Publish", TOPIC]],
  },
  WatchRole: {
    may: [RUN[3]!, ["cloudwatch:PutMetricData", "*", { "cloudwatch:namespace": "Signals/dev" }], ["logs:GetLogEvents", `${logGroup("report")}:log-stream:x`]],
    mayNot: [RUN[0]!, RUN[2]!, ["cloudwatch:PutMetricData", "*", { "cloudwatch:namespace": "Signals/prod" }], ["sns:Publish", TOPIC], ["logs:GetLogEvents", `${logGroup("load")}:log-stream:x`]],
  },
  BackfillRole: {
    may: [RUN[1]!, ["states:StartExecution", machine("backfill")], ["states:StopExecution", `arn:aws:states:${AT}:execution:signals-dev-backfill/Shards:x`]],
    mayNot: [RUN[0]!, RUN[2]!, ["states:StartExecution", machine("daily")], ["states:StopExecution", `arn:aws:states:${AT}:execution:signals-dev-daily:x`], ["sns:Publish", TOPIC]],
  },
  ScheduleRole: {
    may: [["states:StartExecution", machine("start")], ["states:StartExecution", machine("watch")], ["sqs:SendMessage", queue("ScheduleDeadLetters")]],
    mayNot: [["states:StartExecution", machine("daily")], ["sqs:ReceiveMessage", queue("ScheduleDeadLetters")], ["sqs:SendMessage", queue("RuleDeadLetters")], ["lambda:InvokeFunction", `arn:aws:lambda:${AT}:function:x`]],
  },
};

describe("least privilege", () => {
  for (const [name, rights] of Object.entries(MATRIX)) {
    it(`${name}: ${rights.may.length} allowed, ${rights.mayNot.length} denied`, async () => {
      for (const [expected, rows] of [[true, rights.may], [false, rights.mayNot]] as const) {
        for (const [action, resource, context] of rows) {
          assert.equal(await allows(dev, name, action, resource, context), expected, `${action} ${resource} ${JSON.stringify(context ?? {})}`);
        }
      }
    });
  }

  it("knows every role of the tasks and machines", () => {
    const known = dev.of("AWS::IAM::Role").map(({ id }) => id.replace(/[0-9A-F]{8}$/, ""));
    const same = /^(transform|publish|report)ExecutionRole$/;  // as the load task's, each with its own log
    const others = /^(FlowLogRole|AWS[0-9a-f]+ServiceRole)$/;
    for (const one of known) assert.ok(one in MATRIX || same.test(one) || others.test(one), `${one} is in no row`);
  });
});

describe("trust", () => {
  const SERVICES: Record<string, string> = {
    "(load|transform|publish|report)(Execution)?Role": "ecs-tasks.amazonaws.com",
    "(Daily|Start|Watch|Backfill)Role": "states.amazonaws.com",
    ScheduleRole: "scheduler.amazonaws.com",
    FlowLogRole: "vpc-flow-logs.amazonaws.com",
    "AWS[0-9a-f]+ServiceRole": "lambda.amazonaws.com",
  };

  it("is each service's alone, and but for the CDK's own function only for this account", () => {
    for (const { id, properties } of dev.of("AWS::IAM::Role")) {
      const found = Object.entries(SERVICES).find(([pattern]) => new RegExp(`^${pattern}[0-9A-F]{8}$`).test(id));
      assert.ok(found, id);
      const statements = properties.AssumeRolePolicyDocument.Statement;
      assert.equal(statements.length, 1, id);
      const [{ Effect, Action, Principal, Condition }] = statements;
      assert.deepEqual({ Effect, Action, Principal }, { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: found[1] } }, id);
      if (found[1] === "lambda.amazonaws.com") continue;
      assert.equal(Condition.StringEquals["aws:SourceAccount"], ACCOUNT, id);
      if (found[1] === "ecs-tasks.amazonaws.com") assert.equal(Condition.ArnLike["aws:SourceArn"], `arn:aws:ecs:${AT}:*`);
      if (found[1] === "scheduler.amazonaws.com") assert.match(Condition.ArnLike["aws:SourceArn"], /schedule-group\/signals-dev$/);
    }
  });

  it("of GitHub's role is two environments of one repository's, and it may take the bootstrap's roles alone", async () => {
    const deployed = deployedPipeline({ github: "example/signals" });
    const { properties } = deployed.one("AWS::IAM::Role", "GithubRole");
    const [{ Principal, Action, Condition }] = properties.AssumeRolePolicyDocument.Statement;
    assert.equal(Action, "sts:AssumeRoleWithWebIdentity");
    assert.match(Principal.Federated, /Provider/);
    assert.deepEqual(Condition, {
      StringEquals: {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": ["repo:example/signals:environment:dev", "repo:example/signals:environment:prod"],
      },
    });
    const bootstrap = (account: string, name: string) => `arn:aws:iam::${account}:role/cdk-hnb659fds-${name}-role-${account}-eu-west-1`;
    for (const account of ["222222222222", "333333333333"]) {
      assert.ok(await allows(deployed, "GithubRole", "sts:AssumeRole", bootstrap(account, "deploy")));
      assert.ok(!(await allows(deployed, "GithubRole", "sts:AssumeRole", `arn:aws:iam::${account}:role/admin`)));
    }
    assert.ok(!(await allows(deployed, "GithubRole", "sts:AssumeRole", bootstrap("999999999999", "deploy"))));
    assert.ok(!(await allows(deployed, "GithubRole", "s3:GetObject", "arn:aws:s3:::x/y")));
    assert.equal(pipeline.of("AWS::IAM::OIDCProvider").length, 0, "only where it is asked for");
  });

  it("of the loader's role is the account's, or that of the principals named", () => {
    const account = deployedStage("dev", { load: "external" }).one("AWS::IAM::Role", "LoaderRole").properties;
    assert.deepEqual(account.AssumeRolePolicyDocument.Statement[0].Principal, { AWS: `arn:aws:iam::${ACCOUNT}:root` });
    const named = `arn:aws:iam::${ACCOUNT}:user/home`;
    const narrow = deployedStage("dev", { load: "external", loaderPrincipals: [named] }).one("AWS::IAM::Role", "LoaderRole").properties;
    assert.deepEqual(narrow.AssumeRolePolicyDocument.Statement[0].Principal, { AWS: named });
  });
});

describe("what reaches a human", () => {
  const publishes = async (of: Deployed, account: string, service: string, context: Record<string, string>) => {
    const topic = of.of("AWS::SNS::Topic")[0]!;
    const resource = `arn:aws:sns:eu-west-1:${account}:${topic.id}`;
    const [policy] = of.of("AWS::SNS::TopicPolicy");
    assert.equal(of.of("AWS::SNS::TopicPolicy").length, 1, "one policy for one topic");
    const simulation = {
      request: { principal: service, action: "sns:Publish", resource: { resource, accountId: account }, contextVariables: context },
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: policy!.properties.PolicyDocument,
    } as unknown as Simulation;
    const result = (await runSimulation(simulation, {})) as any;
    assert.ok(!result.errors, JSON.stringify(result.errors));
    return (result.overallResult ?? result.resultType) === "Allowed";
  };
  const SOURCES: [string, string][] = [
    ["cloudwatch.amazonaws.com", "arn:aws:cloudwatch:eu-west-1:ACCOUNT:alarm:signals-dev-Stale"],
    ["events.amazonaws.com", "arn:aws:events:eu-west-1:ACCOUNT:rule/signals-dev-TaskRule"],
    ["budgets.amazonaws.com", "arn:aws:budgets::ACCOUNT:budget/x"],
  ];

  for (const [name, of, account] of [["dev", dev, ACCOUNT], ["pipeline", pipeline, "111111111111"]] as const) {
    it(`${name}: alarms, rules and the budget get through the topic's policy, others' do not`, async () => {
      for (const [service, arn] of SOURCES) {
        if (name === "pipeline" && service.startsWith("budgets")) continue;
        const context = (of_: string, secure = "true") => ({
          "aws:SecureTransport": secure,
          "aws:SourceAccount": of_,
          "aws:SourceArn": arn.replace("ACCOUNT", of_),
        });
        assert.equal(await publishes(of, account, service, context(account)), true, service);
        assert.equal(await publishes(of, account, service, context("999999999999")), false, `${service} of another account`);
        assert.equal(await publishes(of, account, service, context(account, "false")), false, `${service} without TLS`);
      }
      const other = { "aws:SecureTransport": "true", "aws:SourceAccount": account, "aws:SourceArn": "arn:aws:s3:::x" };
      assert.equal(await publishes(of, account, "s3.amazonaws.com", other), false);
    });
  }

  it("the topic has no key that would have to let them in too", () => {
    assert.equal(dev.of("AWS::SNS::Topic")[0]!.properties.KmsMasterKeyId, undefined);
  });

  it("rules reach their dead-letter queue, by its one policy", () => {
    const queue = dev.one("AWS::SQS::Queue", "RuleDeadLetters");
    const policies = dev.of("AWS::SQS::QueuePolicy").filter(({ properties }) => properties.Queues.some((one: string) => one.startsWith(queue.id)));
    assert.equal(policies.length, 1);
    const statements = policies[0]!.properties.PolicyDocument.Statement.filter((one: any) => one.Effect === "Allow");
    assert.equal(statements.length, 2);
    for (const one of statements) {
      assert.deepEqual(one.Principal, { Service: "events.amazonaws.com" });
      assert.match(one.Condition.ArnEquals["aws:SourceArn"], /^arn:aws:events:/);
    }
  });
});
