// All of a stage in one deployment: data, compute and observability as nested stacks, the topic that they share.
import * as cdk from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Alerts } from "./alerts";
import { Image } from "./image";
import type { StageSettings } from "./settings";
import { SignalsComputeStack } from "./signals-compute-stack";
import { SignalsDataStack } from "./signals-data-stack";
import { SignalsObservabilityStack } from "./signals-observability-stack";

export interface SignalsStackProps extends cdk.StackProps {
  readonly settings: StageSettings;
  /** Who is told when something fails, unless the parameter AlarmEmail says otherwise. */
  readonly email?: string;
  /** The image of all tasks; without it, that of this checkout is built at deployment. */
  readonly image?: string;
  /** Further variables of all containers, for an emulator. */
  readonly variables?: Readonly<Record<string, string>>;
}

export class SignalsStack extends cdk.Stack {
  readonly alerts: Alerts;
  readonly data: SignalsDataStack;
  readonly compute: SignalsComputeStack;
  readonly observability: SignalsObservabilityStack;

  constructor(scope: Construct, id: string, props: SignalsStackProps) {
    const { settings } = props;
    super(scope, id, {
      ...props,
      stackName: `signals-${settings.name}`,
      description: `signals: the daily job, stage ${settings.name}`,
      terminationProtection: settings.retain,
    });
    cdk.Tags.of(this).add("project", "signals");
    cdk.Tags.of(this).add("stage", settings.name);
    this.alerts = new Alerts(this, "Alerts", settings.name, props.email ?? "", ["alarms", "rules", "budgets"]);
    this.data = new SignalsDataStack(this, "Data", settings);
    this.compute = new SignalsComputeStack(this, "Compute", {
      settings,
      data: this.data,
      topic: this.alerts.target,
      image: new Image(settings, props.image, props.variables),
    });
    this.observability = new SignalsObservabilityStack(this, "Observability", {
      settings,
      compute: this.compute,
      topic: this.alerts.target,
    });
    const { machines, taskLogs } = this.compute;
    for (const [name, value] of Object.entries({
      LakeUri: this.data.lakeUri,
      Database: this.data.database,
      Workgroup: `signals-${settings.name}`,
      ClusterName: this.compute.cluster.clusterName,
      DailyMachine: machines.daily.stateMachineArn,
      StartMachine: machines.start.stateMachineArn,
      WatchMachine: machines.watch.stateMachineArn,
      TopicArn: this.alerts.topic.topicArn,
      LoadLog: taskLogs.load.logGroupName,
      PublishLog: taskLogs.publish.logGroupName,
    })) {
      new cdk.CfnOutput(this, name, { value });
    }
  }
}
