// What runs: network, cluster, tasks, and the machines and schedules that start them.
import * as cdk from "aws-cdk-lib";
import {
  aws_ec2 as ec2,
  aws_ecs as ecs,
  aws_iam as iam,
  aws_logs as logs,
  aws_scheduler as scheduler,
  aws_sns as sns,
  type aws_sqs as sqs,
  aws_stepfunctions as sfn,
} from "aws-cdk-lib";
import type { Construct } from "constructs";
import { deadLetters } from "./dead-letters";
import type { Image } from "./image";
import type { Surroundings } from "./machines/asl";
import { backfillMachine } from "./machines/backfill";
import { dailyMachine } from "./machines/daily";
import { startMachine } from "./machines/start";
import { watchMachine } from "./machines/watch";
import { LAKE_PREFIX, type SignalsDataStack } from "./signals-data-stack";
import { SCHEDULES } from "./schedules";
import type { StageSettings } from "./settings";
import { TASK_NAMES, TASKS, type TaskName } from "./tasks";
import { lakeStatements, catalogStatements } from "./permissions";
import { serviceRole } from "./trust";

export interface ComputeProps {
  readonly settings: StageSettings;
  readonly data: SignalsDataStack;
  readonly topic: sns.ITopic;
  readonly image: Image;
}

export interface Machines {
  readonly daily: sfn.StateMachine;
  readonly start: sfn.StateMachine;
  readonly watch: sfn.StateMachine;
  readonly backfill: sfn.StateMachine;
}

/** Who the containers run as: nobody in particular. */
const USER = "65532:65532";
const PROGRAM = "/usr/bin/signals";
/** The only place that a task can write to; the image keeps it for that user. */
const SCRATCH = "/lake";

export class SignalsComputeStack extends cdk.NestedStack {
  readonly cluster: ecs.Cluster;
  readonly machines: Machines;
  readonly scheduleQueue: sqs.Queue;
  readonly taskLogs: Readonly<Record<TaskName, logs.LogGroup>>;
  readonly machineLogs: logs.LogGroup;

  private readonly settings: StageSettings;
  private readonly roles: iam.Role[] = [];

  constructor(scope: Construct, id: string, private readonly props: ComputeProps) {
    super(scope, id, { description: `signals ${props.settings.name}: network, tasks, machines, schedules` });
    this.settings = props.settings;
    const vpc = this.network();
    this.cluster = new ecs.Cluster(this, "Cluster", {
      vpc,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
      enableFargateCapacityProviders: !this.settings.emulator,
    });
    const group = new ec2.SecurityGroup(this, "TaskGroup", {
      vpc,
      description: "Tasks: nothing comes in, HTTPS goes out",
      allowAllOutbound: false,
    });
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), "HTTPS");
    if (this.settings.emulator) group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(80), "the emulator");
    this.taskLogs = mapTasks((name) => this.logGroup(`${name}Log`));
    this.machineLogs = this.logGroup("MachineLog");
    const definitions = mapTasks((name) => this.taskDefinition(name));
    this.machines = this.makeMachines({
      stage: this.settings.name,
      region: this.region,
      cluster: this.cluster.clusterArn,
      subnets: vpc.publicSubnets.map((subnet) => subnet.subnetId),
      securityGroups: [group.securityGroupId],
      definitions: mapTasks((name) => definitions[name].taskDefinitionArn),
      logGroups: mapTasks((name) => this.taskLogs[name].logGroupName),
      topic: props.topic.topicArn,
      spot: this.settings.spot,
      settle: this.settings.emulator ? 1 : 5,
      lake: props.data.lakeUri,
    });
    this.scheduleQueue = deadLetters(this, "ScheduleDeadLetters");
    this.schedules();
    if (this.settings.load === "external") this.loaderRole();
  }

  // No look-up of zones in the account: the template takes the first two that there are.
  override get availabilityZones(): string[] {
    return [0, 1].map((i) => cdk.Fn.select(i, cdk.Fn.getAzs()));
  }

  private get removal(): cdk.RemovalPolicy {
    return this.settings.retain ? cdk.RemovalPolicy.RETAIN : cdk.RemovalPolicy.DESTROY;
  }

  private logGroup(id: string): logs.LogGroup {
    return new logs.LogGroup(this, id, { retention: this.settings.logDays, removalPolicy: this.removal });
  }

  private network(): ec2.Vpc {
    const vpc = new ec2.Vpc(this, "Vpc", {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [
        { name: "public", subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
      ],
      // Its custom resource is a Lambda; no task uses the default group.
      restrictDefaultSecurityGroup: false,
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    });
    if (!this.settings.emulator) {
      const group = new logs.LogGroup(this, "FlowLog", {
        retention: logs.RetentionDays.ONE_MONTH,
        removalPolicy: cdk.RemovalPolicy.DESTROY,
      });
      const role = serviceRole(this, "FlowLogRole", "vpc-flow-logs.amazonaws.com");
      vpc.addFlowLog("Flow", {
        destination: ec2.FlowLogDestination.toCloudWatchLogs(group, role),
        trafficType: ec2.FlowLogTrafficType.REJECT,
      });
    }
    return vpc;
  }

  private taskDefinition(name: TaskName): ecs.FargateTaskDefinition {
    const { data, image } = this.props;
    const size = this.settings.sizes[name];
    const source = this.formatArn({ service: "ecs", resource: "*" });
    const executionRole = serviceRole(this, `${name}ExecutionRole`, "ecs-tasks.amazonaws.com", source);
    const taskRole = serviceRole(this, `${name}Role`, "ecs-tasks.amazonaws.com", source);
    this.roles.push(executionRole, taskRole);
    executionRole.addToPolicy(
      new iam.PolicyStatement({
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [this.taskLogs[name].logGroupArn],
      }),
    );
    for (const statement of [
      ...lakeStatements(data.lake, LAKE_PREFIX, TASKS[name]),
      ...(name === "publish" ? catalogStatements(this, data.database) : []),
    ]) {
      taskRole.addToPolicy(statement);
    }
    const definition = new ecs.FargateTaskDefinition(this, `${name}Task`, {
      family: `signals-${this.settings.name}-${name}`,
      cpu: size.cpu,
      memoryLimitMiB: size.memory,
      ...(size.disk === undefined ? {} : { ephemeralStorageGiB: size.disk }),
      executionRole: executionRole.withoutPolicyUpdates({}) as iam.IRole,
      taskRole: taskRole.withoutPolicyUpdates({}) as iam.IRole,
      runtimePlatform: {
        cpuArchitecture: this.settings.cpu === "ARM64" ? ecs.CpuArchitecture.ARM64 : ecs.CpuArchitecture.X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      volumes: [{ name: "scratch" }],
    });
    image.allowPull(executionRole);
    const container = definition.addContainer(TASKS[name].container, {
      image: image.container(this),
      entryPoint: [PROGRAM],
      command: ["--help"],
      user: USER,
      readonlyRootFilesystem: true,
      stopTimeout: cdk.Duration.seconds(110),
      logging: ecs.LogDrivers.awsLogs({
        streamPrefix: name,
        logGroup: this.taskLogs[name],
        // The default may lose the last line, which is the one that is counted.
        mode: ecs.AwsLogDriverMode.BLOCKING,
      }),
      environment: {
        SIGNALS_LAKE: data.lakeUri,
        SIGNALS_LOG_FORMAT: "json",
        AWS_REGION: this.region,
        TMPDIR: SCRATCH,
        ...(name === "publish" ? { SIGNALS_GLUE: data.database } : {}),
        ...image.environment(name),
      },
    });
    cdk.Validations.of(container).acknowledge({
      id: "Annotation::@aws-cdk/aws-ecs:ecrImageRequiresPolicy",
      reason: "The execution role may pull from the image's repository: lib/image.ts",
    });
    container.addMountPoints({ sourceVolume: "scratch", containerPath: SCRATCH, readOnly: false });
    return definition;
  }

  private makeMachines(at: Surroundings): Machines {
    const daily = this.machine("Daily", dailyMachine(at, this.settings), [
      ...this.runStatements(at),
      new iam.PolicyStatement({ actions: ["sns:Publish"], resources: [at.topic] }),
    ]);
    const start = this.machine(
      "Start",
      startMachine({ stage: at.stage, dailyArn: daily.stateMachineArn, patience: this.settings.patience }),
      [
        new iam.PolicyStatement({
          actions: ["states:StartExecution", "states:ListExecutions"],
          resources: [daily.stateMachineArn],
        }),
      ],
    );
    const watch = this.machine("Watch", watchMachine(at), [
      ...this.runStatements(at, ["report"]),
      new iam.PolicyStatement({
        actions: ["cloudwatch:PutMetricData"],
        resources: ["*"],
        conditions: { StringEquals: { "cloudwatch:namespace": `Signals/${at.stage}` } },
      }),
    ]);
    const backfill = this.machine("Backfill", backfillMachine(at, this.settings.options.transform), [
      ...this.runStatements(at, ["transform"]),
      ...this.shardStatements("Backfill"),
    ]);
    return { daily, start, watch, backfill };
  }

  // What a distributed map takes: it runs its shards as executions of its own machine.
  private shardStatements(id: string): iam.PolicyStatement[] {
    const name = this.machineName(id);
    const arn = (resource: string, resourceName: string) =>
      this.formatArn({ service: "states", resource, resourceName, arnFormat: cdk.ArnFormat.COLON_RESOURCE_NAME });
    return [
      new iam.PolicyStatement({ actions: ["states:StartExecution"], resources: [arn("stateMachine", name)] }),
      new iam.PolicyStatement({
        actions: ["states:DescribeExecution", "states:StopExecution"],
        resources: [arn("execution", `${name}/*`)],
      }),
    ];
  }

  private machineName(id: string): string {
    return `signals-${this.settings.name}-${id.toLowerCase()}`;
  }

  private machine(id: string, definition: object, statements: iam.PolicyStatement[]): sfn.StateMachine {
    const role = serviceRole(this, `${id}Role`, "states.amazonaws.com");
    for (const statement of statements) role.addToPolicy(statement);
    return new sfn.StateMachine(this, id, {
      stateMachineName: this.machineName(id),
      definitionBody: sfn.DefinitionBody.fromString(this.toJsonString(definition)),
      role,
      tracingEnabled: true,
      logs: { destination: this.machineLogs, level: sfn.LogLevel.ALL, includeExecutionData: true },
    });
  }

  // What running tasks and waiting for their end takes, and reading what they said.
  private runStatements(at: Surroundings, names: readonly TaskName[] = TASK_NAMES): iam.PolicyStatement[] {
    const inCluster = { ArnEquals: { "ecs:cluster": at.cluster } };
    const rule = this.formatArn({
      service: "events",
      resource: "rule",
      resourceName: "StepFunctionsGetEventsForECSTaskRule",
    });
    return [
      new iam.PolicyStatement({
        actions: ["ecs:RunTask"],
        resources: names.map((name) => at.definitions[name]),
        conditions: inCluster,
      }),
      new iam.PolicyStatement({
        actions: ["ecs:StopTask", "ecs:DescribeTasks"],
        resources: [
          this.formatArn({ service: "ecs", resource: "task", resourceName: `${this.cluster.clusterName}/*` }),
        ],
        conditions: inCluster,
      }),
      new iam.PolicyStatement({
        actions: ["iam:PassRole"],
        resources: this.roles.map((role) => role.roleArn),
        conditions: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      }),
      new iam.PolicyStatement({
        actions: ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
        resources: [rule],
      }),
      new iam.PolicyStatement({
        actions: ["logs:GetLogEvents"],
        resources: names.map((name) => this.taskLogs[name].logGroupArn),
      }),
    ];
  }

  private schedules(): void {
    const name = `signals-${this.settings.name}`;
    const group = new scheduler.CfnScheduleGroup(this, "Schedules", { name });
    const source = this.formatArn({ service: "scheduler", resource: "schedule-group", resourceName: name });
    const role = serviceRole(this, "ScheduleRole", "scheduler.amazonaws.com", source);
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ["states:StartExecution"],
        resources: [this.machines.start.stateMachineArn, this.machines.watch.stateMachineArn],
      }),
    );
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ["sqs:SendMessage"], resources: [this.scheduleQueue.queueArn] }),
    );
    for (const one of SCHEDULES) {
      const schedule = new scheduler.CfnSchedule(this, `${one.name}Schedule`, {
        name: `${name}-${one.name}`,
        groupName: group.name,
        description: one.description,
        scheduleExpression: one.cron,
        scheduleExpressionTimezone: one.zone,
        flexibleTimeWindow: { mode: "OFF" },
        state: this.settings.schedulesOn ? "ENABLED" : "DISABLED",
        target: {
          arn: this.machines[one.machine].stateMachineArn,
          roleArn: role.roleArn,
          input: JSON.stringify({
            ...(one.slot === undefined ? {} : { slot: one.slot }),
            scheduled: "<aws.scheduler.scheduled-time>",
          }),
          retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
          deadLetterConfig: { arn: this.scheduleQueue.queueArn },
        },
      });
      schedule.addResourceDependency(group);
      schedule.node.addDependency(role.node.findChild("DefaultPolicy"));
    }
  }

  // For a `signals load` that runs where Yahoo answers: what the load task may do, and nothing more.
  private loaderRole(): void {
    const { loaderPrincipals } = this.settings;
    const role = new iam.Role(this, "LoaderRole", {
      roleName: `signals-${this.settings.name}-loader`,
      description: "For signals load outside AWS",
      maxSessionDuration: cdk.Duration.hours(12),
      assumedBy:
        loaderPrincipals.length === 0
          ? new iam.AccountPrincipal(this.account)
          : new iam.CompositePrincipal(...loaderPrincipals.map((arn) => new iam.ArnPrincipal(arn))),
    });
    for (const statement of lakeStatements(this.props.data.lake, LAKE_PREFIX, TASKS.load)) {
      role.addToPolicy(statement);
    }
    new cdk.CfnOutput(this, "LoaderRoleArn", { value: role.roleArn });
  }
}

function mapTasks<T>(of: (name: TaskName) => T): Record<TaskName, T> {
  return Object.fromEntries(TASK_NAMES.map((name) => [name, of(name)])) as Record<TaskName, T>;
}
