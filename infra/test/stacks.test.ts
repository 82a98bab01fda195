import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LINE_METRICS } from "../lib/metrics";
import { SCHEDULES } from "../lib/schedules";
import { TASK_NAMES } from "../lib/tasks";
import { deployedPipeline, deployedStage, IMAGE, type Deployed, type Resource } from "./deployed";

const dev = deployedStage("dev");
const prod = deployedStage("prod");
const pipeline = deployedPipeline();
const all: [string, Deployed][] = [
  ["dev", dev],
  ["prod", prod],
  ["pipeline", pipeline],
];
const list = (value: unknown): any[] => (Array.isArray(value) ? value : [value]);

/** Queues that somebody is told of: those of alarms whose action is a topic. */
function watchedQueues(of: Deployed): Set<string> {
  const topics = new Set(of.of("AWS::SNS::Topic").map(({ id }) => id));
  return new Set(
    of
      .of("AWS::CloudWatch::Alarm")
      .filter((alarm) => alarm.properties.AlarmActions.some((arn: string) => topics.has(arn.split(":").at(-1)!)))
      .flatMap((alarm) => alarm.properties.Dimensions ?? [])
      .filter(({ Name }: any) => Name === "QueueName")
      .map(({ Value }: any) => String(Value).split(".")[0]!),
  );
}

for (const [name, deployed] of all) {
  describe(name, () => {
    const buckets = deployed.of("AWS::S3::Bucket");
    const ofBucket = (bucket: Resource) =>
      deployed.of("AWS::S3::BucketPolicy").filter((policy) => policy.properties.Bucket === bucket.id.toLowerCase());

    it("every bucket is closed, encrypted, for TLS alone, and forgets", () => {
      assert.ok(buckets.length >= 1);
      for (const bucket of buckets) {
        const { PublicAccessBlockConfiguration, BucketEncryption, LifecycleConfiguration } = bucket.properties;
        assert.deepEqual(PublicAccessBlockConfiguration, {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        });
        assert.match(
          BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.SSEAlgorithm,
          /^(AES256|aws:kms)$/,
        );
        const denials = ofBucket(bucket).flatMap(({ properties }) => properties.PolicyDocument.Statement);
        assert.ok(
          denials.some((one: any) => one.Effect === "Deny" && one.Condition?.Bool?.["aws:SecureTransport"] === "false"),
          `${bucket.id}: plain HTTP is not denied`,
        );
        assert.ok(
          denials.some((one: any) => one.Effect === "Deny" && one.Condition?.NumericLessThan?.["s3:TlsVersion"] === 1.2),
          `${bucket.id}: old TLS is not denied`,
        );
        const rules = LifecycleConfiguration.Rules;
        assert.ok(rules.some((rule: any) => rule.AbortIncompleteMultipartUpload), `${bucket.id}: uploads stay for ever`);
        assert.ok(
          rules.some((rule: any) => rule.ExpirationInDays ?? rule.NoncurrentVersionExpiration),
          `${bucket.id}: nothing expires`,
        );
      }
    });

    it("every schedule and rule has a dead-letter queue, and each of those an alarm", () => {
      const schedules = deployed.of("AWS::Scheduler::Schedule");
      const rules = deployed.of("AWS::Events::Rule");
      assert.equal(schedules.length, name === "pipeline" ? 0 : SCHEDULES.length);
      assert.ok(rules.length >= 2);
      const targets = [
        ...schedules.map(({ id, properties }) => ({ id, arn: properties.Target.DeadLetterConfig?.Arn })),
        ...rules.flatMap(({ id, properties }) => properties.Targets.map((one: any) => ({ id, arn: one.DeadLetterConfig?.Arn }))),
      ];
      const watched = watchedQueues(deployed);
      for (const { id, arn } of targets) {
        assert.ok(arn, `${id} has no dead-letter queue`);
        assert.ok(watched.has(arn.split(":").at(-1)), `${id}: nobody is told of ${arn}`);
      }
      for (const { id } of deployed.of("AWS::SQS::Queue")) assert.ok(watched.has(id), `${id} has no alarm`);
    });

    it("every alarm tells somebody, and says where to read on", () => {
      for (const { id, properties } of deployed.of("AWS::CloudWatch::Alarm")) {
        assert.equal(properties.AlarmActions?.length, 1, id);
        assert.match(properties.AlarmDescription, /See docs\/operations\.md, '\w+'\.$/, id);
        assert.ok(properties.TreatMissingData, id);
      }
    });

    it("names hold no account, and nothing is undefined", () => {
      const text = JSON.stringify(deployed.templates);
      assert.doesNotMatch(text, /undefined|\[object Object\]|NaN/);
      assert.doesNotMatch(text, /AdministratorAccess|FullAccess/);
      for (const { id, properties } of deployed.resources) {
        for (const [key, value] of Object.entries(properties)) {
          if (/Name$/.test(key) && typeof value === "string") assert.doesNotMatch(value, /\d{12}/, `${id}.${key}`);
        }
      }
    });

    it("tags say project and stage", () => {
      for (const { id, properties } of [...buckets, ...deployed.of("AWS::SNS::Topic"), ...deployed.of("AWS::ECS::Cluster")]) {
        const tags = Object.fromEntries(properties.Tags.map(({ Key, Value }: any) => [Key, Value]));
        assert.equal(tags.project, "signals", id);
        assert.equal(tags.stage, name, id);
      }
    });
  });
}

describe("no wildcard", () => {
  const statements = (deployed: Deployed) =>
    deployed.resources.flatMap((one) =>
      [
        one.properties.PolicyDocument,
        one.properties.KeyPolicy,
        one.properties.AssumeRolePolicyDocument,
        ...(one.properties.Policies ?? []).map((policy: any) => policy.PolicyDocument),
      ]
        .filter(Boolean)
        .flatMap((document) => document.Statement.map((statement: any) => ({ id: one.id, type: one.type, statement }))),
    );

  it("action in the stages, but in denials", () => {
    for (const deployed of [dev, prod, deployedStage("dev", { crawler: true, load: "external" })]) {
      const found = statements(deployed);
      assert.ok(found.length > 30);
      for (const { id, statement } of found) {
        if (statement.Effect === "Deny") continue;
        for (const action of list(statement.Action)) assert.doesNotMatch(action, /\*/, id);
      }
    }
  });

  it("resource of all but actions that take none", () => {
    const without = /^(ecr:GetAuthorizationToken|logs:(\w+LogDeliver(y|ies)|\w+ResourcePolic(y|ies)|DescribeLogGroups)|xray:\w+|cloudwatch:PutMetricData)$/;
    for (const { id, statement } of statements(prod)) {
      if (statement.Effect === "Deny" || !list(statement.Resource).includes("*")) continue;
      for (const action of list(statement.Action)) assert.match(action, without, id);
    }
  });

  it("beyond what the pipeline's construct writes itself", () => {
    const found = new Set(
      statements(pipeline)
        .filter(({ statement }) => statement.Effect === "Allow")
        .flatMap(({ statement }) => list(statement.Action))
        .filter((action) => action.includes("*")),
    );
    // kms:* is the key's own policy: the account that owns it administers it.
    assert.deepEqual([...found].sort(), [
      "kms:*",
      "kms:GenerateDataKey*",
      "kms:ReEncrypt*",
      "s3:Abort*",
      "s3:DeleteObject*",
      "s3:GetBucket*",
      "s3:GetObject*",
      "s3:List*",
    ]);
  });
});

describe("data", () => {
  it("keeps prod's, lets dev's go, and protects prod", () => {
    for (const type of ["AWS::S3::Bucket", "AWS::Glue::Database"]) {
      for (const { id, deletionPolicy } of prod.of(type)) assert.equal(deletionPolicy, "Retain", id);
      for (const { id, deletionPolicy } of dev.of(type)) assert.notEqual(deletionPolicy, "Retain", id);
    }
    for (const { id, deletionPolicy } of prod.of("AWS::Logs::LogGroup")) {
      if (!/FlowLog|TablesLog/.test(id)) assert.equal(deletionPolicy, "Retain", id);
    }
  });

  it("demands of a metadata file that it is new, but not of parts of uploads", () => {
    const statement = prod
      .of("AWS::S3::BucketPolicy")
      .flatMap(({ properties }) => properties.PolicyDocument.Statement)
      .find((one: any) => one.Sid === "CommitsReplaceNothing");
    const bucket = prod.one("AWS::S3::Bucket", "Lake");
    assert.deepEqual(statement, {
      Sid: "CommitsReplaceNothing",
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: "s3:PutObject",
      Resource: `arn:aws:s3:::${bucket.id.toLowerCase()}/lake/*/metadata/v*.metadata.json`,
      Condition: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
    });
    assert.equal(bucket.properties.VersioningConfiguration.Status, "Enabled");
  });

  it("makes each table once and never says where its metadata is", () => {
    const tables = prod.of("Custom::AWS");
    assert.equal(tables.length, 9);
    assert.equal(prod.of("AWS::Glue::Table").length, 0);
    for (const { id, properties } of tables) {
      assert.equal(properties.Update, undefined, id);
      assert.equal(properties.Delete, undefined, id);
      const create = JSON.parse(properties.Create);
      assert.equal(create.action, "createTable");
      assert.equal(create.ignoreErrorCodesMatching, "AlreadyExistsException");
      assert.deepEqual(create.parameters.TableInput.Parameters, { table_type: "ICEBERG" });
    }
    assert.doesNotMatch(JSON.stringify(prod.templates), /metadata_location/);
  });

  it("limits what a query scans, and has queries to begin with", () => {
    const { WorkGroupConfiguration: group } = prod.one("AWS::Athena::WorkGroup", "Workgroup").properties;
    assert.equal(group.EnforceWorkGroupConfiguration, true);
    assert.equal(group.BytesScannedCutoffPerQuery, 20 * 1024 ** 3);
    assert.equal(group.ResultConfiguration.EncryptionConfiguration.EncryptionOption, "SSE_S3");
    assert.ok(prod.of("AWS::Athena::NamedQuery").length >= 5);
  });

  it("has the original's crawler as an option, over the Iceberg tables", () => {
    assert.equal(prod.of("AWS::Glue::Crawler").length, 0);
    const [crawler] = deployedStage("prod", { crawler: true }).of("AWS::Glue::Crawler");
    assert.match(crawler!.properties.Targets.IcebergTargets[0].Paths[0], /^s3:\/\/.*\/lake\/$/);
  });
});

describe("compute", () => {
  it("has no NAT, a free way to S3, and lets nothing in", () => {
    assert.equal(prod.of("AWS::EC2::NatGateway").length, 0);
    const [endpoint] = prod.of("AWS::EC2::VPCEndpoint");
    assert.equal(endpoint!.properties.VpcEndpointType, "Gateway");
    const [group] = prod.of("AWS::EC2::SecurityGroup");
    assert.equal(group!.properties.SecurityGroupIngress, undefined);
    assert.deepEqual(group!.properties.SecurityGroupEgress.map((rule: any) => rule.ToPort), [443]);
  });

  it("runs each task as nobody, on a read-only root, from the image by digest, on ARM64", () => {
    const tasks = prod.of("AWS::ECS::TaskDefinition");
    assert.deepEqual(tasks.map(({ properties }) => properties.Family).sort(), TASK_NAMES.map((one) => `signals-prod-${one}`).sort());
    const roles = new Set<string>();
    for (const { id, properties } of tasks) {
      assert.equal(properties.RuntimePlatform.CpuArchitecture, "ARM64");
      const [container] = properties.ContainerDefinitions;
      assert.equal(container.Image, IMAGE);
      assert.equal(container.User, "65532:65532");
      assert.equal(container.ReadonlyRootFilesystem, true);
      assert.deepEqual(container.MountPoints, [{ ContainerPath: "/lake", ReadOnly: false, SourceVolume: "scratch" }]);
      assert.equal(container.StopTimeout, 110);
      assert.equal(container.LogConfiguration.Options.mode, "blocking", id);
      const variables = Object.fromEntries(container.Environment.map(({ Name, Value }: any) => [Name, Value]));
      assert.match(variables.SIGNALS_LAKE, /^s3:\/\/[^/]+\/lake$/);
      assert.equal(variables.SIGNALS_LOG_FORMAT, "json");
      assert.equal(variables.SIGNALS_GLUE, properties.Family.endsWith("publish") ? "signals_prod" : undefined);
      roles.add(properties.TaskRoleArn).add(properties.ExecutionRoleArn);
    }
    assert.equal(roles.size, 2 * tasks.length, "two tasks share a role");
  });

  it("starts after New York's close, before and at the round, and watches every day", () => {
    const schedules = prod.of("AWS::Scheduler::Schedule").map(({ properties }) => properties);
    assert.deepEqual(
      schedules.map((one) => [one.Name, one.ScheduleExpression, one.ScheduleExpressionTimezone]),
      [
        ["signals-prod-close", "cron(30 17 ? * MON-FRI *)", "America/New_York"],
        ["signals-prod-before", "cron(0 11 ? * TUE-SAT *)", "UTC"],
        ["signals-prod-round", "cron(2 12 ? * TUE-SAT *)", "UTC"],
        ["signals-prod-watch", "cron(15 14 * * ? *)", "UTC"],
      ],
    );
    for (const { Target } of schedules) {
      assert.ok(Target.RetryPolicy.MaximumRetryAttempts > 0);
      assert.equal(JSON.parse(Target.Input).scheduled, "<aws.scheduler.scheduled-time>");
    }
  });

  it("lets the loader elsewhere do what the load task may, and no more", () => {
    const external = deployedStage("prod", { load: "external" });
    const statements = (role: string) =>
      external.of("AWS::IAM::Policy").filter(({ properties }) => properties.Roles.some((one: string) => one.startsWith(role)))
        .flatMap(({ properties }) => properties.PolicyDocument.Statement);
    assert.ok(statements("LoaderRole").length >= 4);
    assert.deepEqual(statements("LoaderRole"), statements("loadRole"));
    assert.equal(prod.of("AWS::IAM::Role").filter(({ id }) => id.startsWith("LoaderRole")).length, 0);
  });

  it("keeps logs for a while, not for ever", () => {
    for (const { id, properties } of prod.of("AWS::Logs::LogGroup")) assert.ok(properties.RetentionInDays <= 90, id);
  });
});

describe("observability", () => {
  it("alarms for failure, staleness, coverage, duration, bytes, dead letters", () => {
    const names = prod.of("AWS::CloudWatch::Alarm").map(({ properties }) => properties.AlarmName.replace("signals-prod-", ""));
    for (const one of ["DailyFailed", "StartFailed", "WatchFailed", "Stale", "Coverage", "Rows", "LoadDuration", "TransformDuration",
      "PublishDuration", "DatasetBytes", "Errors", "LoadRefused", "ScheduleDeadLetters", "RuleDeadLetters"]) {
      assert.ok(names.includes(one), one);
    }
  });

  it("says stale by the watch's sessions, and when the watch is silent", () => {
    const { properties } = prod.one("AWS::CloudWatch::Alarm", "StaleAlarm");
    assert.equal(properties.MetricName, "SessionsBehind");
    assert.equal(properties.TreatMissingData, "breaching");
    // CloudWatch looks back a week at most when periods are an hour or longer.
    assert.ok(properties.EvaluationPeriods * properties.Period > 86_400);
    assert.ok(properties.EvaluationPeriods * properties.Period <= 7 * 86_400);
  });

  it("counts no metric that no filter or machine puts", () => {
    const put = new Set([...LINE_METRICS.map((one) => one.name), "RunsSkipped", "SessionsBehind"]);
    const used = prod.of("AWS::CloudWatch::Alarm").flatMap(({ properties }) => [
      { namespace: properties.Namespace, name: properties.MetricName },
      ...(properties.Metrics ?? []).map((one: any) => ({
        namespace: one.MetricStat?.Metric.Namespace,
        name: one.MetricStat?.Metric.MetricName,
      })),
    ]);
    const ours = used.filter(({ namespace }) => namespace === "Signals/prod");
    assert.ok(ours.length >= 10);
    for (const { name } of ours) assert.ok(put.has(name), name);
  });

  it("warns of money spent", () => {
    const [budget] = prod.of("AWS::Budgets::Budget");
    assert.equal(budget!.properties.Budget.BudgetLimit.Amount, 20);
    for (const one of budget!.properties.NotificationsWithSubscribers) assert.equal(one.Subscribers[0].SubscriptionType, "SNS");
  });

  it("tells the address of the parameter, or nobody when it is empty", () => {
    const template = prod.templates["signals-prod"] as any;
    assert.equal(template.Parameters.AlarmEmail.Default, "ops@example.org");
    const [email] = Object.values<any>(template.Resources).filter(({ Type }) => Type === "AWS::SNS::Subscription");
    assert.equal(email.Condition, "AlarmEmailGiven");
    assert.deepEqual(email.Properties.Endpoint, { Ref: "AlarmEmail" });
  });
});

describe("pipeline", () => {
  const stages = pipeline.one("AWS::CodePipeline::Pipeline", "Pipeline").properties.Stages;

  it("builds, updates itself, then dev, then a human, then prod", () => {
    assert.deepEqual(stages.map((one: any) => one.Name), ["Source", "Build", "UpdatePipeline", "Assets", "dev", "prod"]);
    const prodActions = stages[5].Actions.toSorted((a: any, b: any) => a.RunOrder - b.RunOrder);
    assert.equal(prodActions[0].ActionTypeId.Category, "Approval");
    const devActions = stages[4].Actions.toSorted((a: any, b: any) => a.RunOrder - b.RunOrder);
    assert.equal(devActions[0].Name, "Test");
    const build = stages[1].Actions.toSorted((a: any, b: any) => a.RunOrder - b.RunOrder).map((one: any) => one.Name);
    assert.deepEqual(build, ["Image", "Synth"]);
  });

  it("takes the source by the connection, or from CodeCommit without one", () => {
    const source = stages[0].Actions[0];
    assert.equal(source.ActionTypeId.Provider, "CodeStarSourceConnection");
    assert.match(source.Configuration.ConnectionArn, /:connection\//);
    const { connectionArn: _, ...rest } = deployedPipelinePlaces();
    const other = deployedPipeline({ ...rest, connectionArn: "" });
    const [first] = other.one("AWS::CodePipeline::Pipeline", "Pipeline").properties.Stages[0].Actions;
    assert.equal(first.ActionTypeId.Provider, "CodeCommit");
    assert.equal(first.Configuration.PollForSourceChanges, false);
  });

  it("uses the command line that fits the library", () => {
    const specs = pipeline.of("AWS::CodeBuild::Project").map(({ properties }) => JSON.stringify(properties.Source.BuildSpec));
    assert.ok(specs.some((spec) => spec.includes("aws-cdk@2.1148.1")));
    assert.ok(specs.every((spec) => !spec.includes("@latest")));
  });

  it("keeps images that cannot be replaced, scanned, for both accounts to pull", () => {
    const { properties } = pipeline.one("AWS::ECR::Repository", "Images");
    assert.equal(properties.ImageTagMutability, "IMMUTABLE");
    assert.equal(properties.ImageScanningConfiguration.ScanOnPush, true);
    assert.ok(properties.LifecyclePolicy);
    const [statement] = properties.RepositoryPolicyText.Statement;
    assert.deepEqual(statement.Principal.AWS, ["arn:aws:iam::222222222222:root", "arn:aws:iam::333333333333:root"]);
  });

  it("deploys the same digest to both", () => {
    for (const deployed of [dev, prod]) {
      for (const { properties } of deployed.of("AWS::ECS::TaskDefinition")) assert.equal(properties.ContainerDefinitions[0].Image, IMAGE);
    }
  });
});

function deployedPipelinePlaces() {
  return { repository: "signals", branch: "main", connectionArn: "" };
}
