// What tells a human: metrics of the log lines, alarms, rules, a dashboard, a budget; all to one topic.
import * as cdk from "aws-cdk-lib";
import {
  aws_budgets as budgets,
  aws_cloudwatch as cloudwatch,
  aws_cloudwatch_actions as actions,
  aws_events as events,
  aws_events_targets as targets,
  aws_logs as logs,
  aws_sns as sns,
  type aws_sqs as sqs,
  type aws_stepfunctions as sfn,
} from "aws-cdk-lib";
import type { Construct } from "constructs";
import { LINE_ALARMS } from "./alarms";
import { deadLetters, delivery } from "./dead-letters";
import { BEHIND } from "./machines/watch";
import { LINE_METRICS, metricNamespace } from "./metrics";
import { failedTaskPattern, failedMachinePattern } from "./patterns";
import type { StageSettings } from "./settings";
import type { SignalsComputeStack } from "./signals-compute-stack";

export interface ObservabilityProps {
  readonly settings: StageSettings;
  readonly compute: SignalsComputeStack;
  readonly topic: sns.ITopic;
}

const DOCS = "See docs/operations.md";

export class SignalsObservabilityStack extends cdk.NestedStack {
  readonly ruleQueue: sqs.Queue;

  private readonly settings: StageSettings;
  private readonly namespace: string;

  constructor(scope: Construct, id: string, private readonly props: ObservabilityProps) {
    super(scope, id, { description: `signals ${props.settings.name}: metrics, alarms, rules, dashboard, budget` });
    this.settings = props.settings;
    this.namespace = metricNamespace(this.settings.name);
    this.ruleQueue = deadLetters(this, "RuleDeadLetters");
    this.filters();
    this.lineAlarms();
    this.machineAlarms();
    this.rules();
    this.dashboard();
    if (!this.settings.emulator) this.budget();
  }

  private filters(): void {
    for (const one of LINE_METRICS) {
      new logs.MetricFilter(this, `${one.name}Filter`, {
        logGroup: this.props.compute.taskLogs[one.task],
        filterPattern: logs.FilterPattern.literal(one.pattern),
        metricNamespace: this.namespace,
        metricName: one.name,
        metricValue: one.value,
        unit: one.unit === "Bytes" ? cloudwatch.Unit.BYTES : one.unit === "Seconds" ? cloudwatch.Unit.SECONDS : cloudwatch.Unit.COUNT,
      });
    }
    new logs.MetricFilter(this, "SkippedFilter", {
      logGroup: this.props.compute.machineLogs,
      filterPattern: logs.FilterPattern.literal('{ $.type = "ExecutionSucceeded" && $.details.output = "*run.skipped*" }'),
      metricNamespace: this.namespace,
      metricName: "RunsSkipped",
      metricValue: "1",
    });
  }

  private lineMetric(name: string): cloudwatch.Metric {
    const one = LINE_METRICS.find((metric) => metric.name === name);
    if (!one) throw new Error(`there is no metric ${name}`);
    return new cloudwatch.Metric({
      namespace: this.namespace,
      metricName: name,
      statistic: one.statistic,
      period: cdk.Duration.minutes(5),
    });
  }

  private alarm(
    name: string,
    says: string,
    metric: cloudwatch.IMetric,
    when: "above" | "below",
    threshold: number,
    options: { evaluationPeriods?: number; missing?: cloudwatch.TreatMissingData } = {},
  ): void {
    // An emulator has no alarms over sums and quotients of metrics.
    if (this.settings.emulator && metric instanceof cloudwatch.MathExpression) return;
    const alarm = new cloudwatch.Alarm(this, `${name}Alarm`, {
      alarmName: `signals-${this.settings.name}-${name}`,
      alarmDescription: `${says} ${DOCS}, '${name}'.`,
      metric,
      threshold,
      evaluationPeriods: options.evaluationPeriods ?? 1,
      comparisonOperator:
        when === "above"
          ? cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
          : cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: options.missing ?? cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new actions.SnsAction(this.props.topic));
  }

  private lineAlarms(): void {
    for (const one of LINE_ALARMS) {
      const using = Object.fromEntries(Object.entries(one.metrics).map(([id, name]) => [id, this.lineMetric(name)]));
      const metric = one.expression
        ? new cloudwatch.MathExpression({
            expression: one.expression,
            usingMetrics: using,
            label: one.name,
            period: cdk.Duration.minutes(5),
          })
        : Object.values(using)[0]!;
      this.alarm(one.name, one.says, metric, one.when, one.threshold(this.settings));
    }
    const errors = LINE_METRICS.filter((one) => one.name.endsWith("Errors"));
    const using = Object.fromEntries(errors.map((one, i) => [`e${i}`, this.lineMetric(one.name)]));
    this.alarm(
      "Errors",
      "A command ended with an error (exit 1 or 2).",
      new cloudwatch.MathExpression({
        expression: Object.keys(using).map((id) => `FILL(${id}, 0)`).join(" + "),
        usingMetrics: using,
        label: "Errors",
        period: cdk.Duration.minutes(5),
      }),
      "above",
      0,
    );
  }

  private machineAlarms(): void {
    const { machines, scheduleQueue } = this.props.compute;
    const failures = (machine: sfn.StateMachine) =>
      new cloudwatch.MathExpression({
        expression: "FILL(failed, 0) + FILL(timedOut, 0) + FILL(aborted, 0)",
        usingMetrics: {
          failed: machine.metricFailed({ period: cdk.Duration.minutes(5) }),
          timedOut: machine.metricTimedOut({ period: cdk.Duration.minutes(5) }),
          aborted: machine.metricAborted({ period: cdk.Duration.minutes(5) }),
        },
        label: "Failures",
        period: cdk.Duration.minutes(5),
      });
    for (const [name, machine, says] of [
      ["DailyFailed", machines.daily, "A run of the daily job failed; a message of its own says why."],
      ["StartFailed", machines.start, "A scheduled run could not be started."],
      ["WatchFailed", machines.watch, "The watch over staleness does not work."],
      ["BackfillFailed", machines.backfill, "A back-fill failed."],
    ] as const) {
      this.alarm(name, says, failures(machine), "above", 0);
    }
    this.alarm(
      "Stale",
      "What is published is a session or more behind, or the watch no longer says.",
      new cloudwatch.Metric({
        namespace: this.namespace,
        metricName: BEHIND,
        statistic: "Maximum",
        period: cdk.Duration.hours(1),
      }),
      "above",
      0,
      // The watch speaks once a day: the newest word counts, and its absence for a day and an hour.
      { evaluationPeriods: 25, missing: cloudwatch.TreatMissingData.BREACHING },
    );
    for (const [name, queue, says] of [
      ["ScheduleDeadLetters", scheduleQueue, "A schedule could not start its machine."],
      ["RuleDeadLetters", this.ruleQueue, "A message about a failure could not be delivered."],
    ] as const) {
      this.alarm(name, says, queue.metricApproximateNumberOfMessagesVisible({ period: cdk.Duration.minutes(5) }), "above", 0);
    }
  }

  private rules(): void {
    const { compute, topic } = this.props;
    const region = this.region;
    const console = `https://${region}.console.aws.amazon.com`;
    const { machines } = compute;
    const others = [machines.start, machines.watch, machines.backfill];
    const field = events.EventField.fromPath;
    const told = (lines: readonly string[]) =>
      new targets.SnsTopic(topic, {
        ...delivery(this.ruleQueue),
        message: events.RuleTargetInput.fromMultilineText(lines.join("\n")),
      });
    const machineRule = new events.Rule(this, "MachineRule", {
      description: "A run was aborted or took too long, or a machine other than the daily one failed",
      eventPattern: failedMachinePattern(
        machines.daily.stateMachineArn,
        others.map((machine) => machine.stateMachineArn),
      ) as events.EventPattern,
      targets: [
        told([
          `signals ${this.settings.name}: the run ${field("$.detail.name")} ended as ${field("$.detail.status")}.`,
          `The run: ${console}/states/home?region=${region}#/v2/executions/details/${field("$.detail.executionArn")}`,
          "What to do: docs/operations.md, 'A run failed'.",
        ]),
      ],
    });
    const taskRule = new events.Rule(this, "TaskRule", {
      description: "A task could not start, or was killed for its memory",
      eventPattern: failedTaskPattern(compute.cluster.clusterArn) as events.EventPattern,
      targets: [
        told([
          `signals ${this.settings.name}: a task of ${field("$.detail.group")} stopped: ${field("$.detail.stoppedReason")}`,
          `(${field("$.detail.stopCode")}, task ${field("$.detail.taskArn")})`,
          `Its cluster: ${console}/ecs/v2/clusters?region=${region}`,
          "What to do: docs/operations.md, 'A task does not start'.",
        ]),
      ],
    });
    for (const rule of [machineRule, taskRule]) {
      cdk.Validations.of(rule).acknowledge({
        id: "Annotation::@aws-cdk/aws-events:ruleUnresolvedEnvironment",
        reason: "Rule and topic are of the same deployment",
      });
    }
  }

  private dashboard(): void {
    const graph = (title: string, names: readonly string[]) =>
      new cloudwatch.GraphWidget({ title, width: 12, left: names.map((name) => this.lineMetric(name)) });
    const { machines } = this.props.compute;
    new cloudwatch.Dashboard(this, "Dashboard", {
      dashboardName: `signals-${this.settings.name}`,
      defaultInterval: cdk.Duration.days(14),
      widgets: [
        [
          new cloudwatch.GraphWidget({
            title: "Sessions behind",
            width: 12,
            left: [new cloudwatch.Metric({ namespace: this.namespace, metricName: BEHIND, statistic: "Maximum", period: cdk.Duration.hours(1) })],
          }),
          new cloudwatch.GraphWidget({
            title: "Runs",
            width: 12,
            left: [machines.daily.metricSucceeded(), machines.daily.metricFailed(), new cloudwatch.Metric({ namespace: this.namespace, metricName: "RunsSkipped", statistic: "Sum" })],
          }),
        ],
        [graph("Names of the newest date", ["NewestMapped", "NewestFresh", "NewestRows"]), graph("Tickers", ["TickersLoaded", "TickersFailed"])],
        [graph("Seconds", ["LoadSeconds", "TransformSeconds", "PublishSeconds"]), graph("Bytes", ["FeatureBytes", "DatasetBytes"])],
      ],
    });
  }

  private budget(): void {
    const notify = (notificationType: "FORECASTED" | "ACTUAL", threshold: number) => ({
      notification: { notificationType, comparisonOperator: "GREATER_THAN", threshold, thresholdType: "PERCENTAGE" },
      subscribers: [{ subscriptionType: "SNS", address: this.props.topic.topicArn }],
    });
    new budgets.CfnBudget(this, "Budget", {
      budget: {
        budgetType: "COST",
        timeUnit: "MONTHLY",
        budgetLimit: { amount: this.settings.budgetUsd, unit: "USD" },
      },
      notificationsWithSubscribers: [notify("FORECASTED", 100), notify("ACTUAL", 80)],
    });
  }
}
