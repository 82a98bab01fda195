// The topic that tells a human, and who may write to it.
import * as cdk from "aws-cdk-lib";
import { aws_iam as iam, aws_sns as sns } from "aws-cdk-lib";
import { Construct } from "constructs";
import { trusted } from "./trust";

/** Services that write to the topic, with what of theirs may. */
export type AlertSource = "alarms" | "rules" | "budgets";

export class Alerts extends Construct {
  readonly topic: sns.Topic;
  /** For rules and alarms: those constructs would write to the policy themselves, for all accounts. */
  readonly target: sns.ITopic;

  /** `name`: what the messages are about; `email`: the parameter AlarmEmail's default. */
  constructor(scope: Construct, id: string, name: string, email: string, who: readonly AlertSource[]) {
    super(scope, id);
    const stack = cdk.Stack.of(this);
    this.topic = new sns.Topic(this, "Topic", { displayName: `signals ${name}`, enforceSSL: true });
    this.target = sns.Topic.fromTopicArn(this, "Target", this.topic.topicArn);
    // A policy of one's own replaces the default one, so each service that has to get through is named.
    const services: Record<AlertSource, readonly [string, string | undefined]> = {
      alarms: [
        "cloudwatch.amazonaws.com",
        stack.formatArn({
          service: "cloudwatch",
          resource: "alarm",
          resourceName: "*",
          arnFormat: cdk.ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      rules: ["events.amazonaws.com", stack.formatArn({ service: "events", resource: "rule", resourceName: "*" })],
      budgets: ["budgets.amazonaws.com", undefined],
    };
    for (const one of who) {
      const [service, source] = services[one];
      this.topic.addToResourcePolicy(
        new iam.PolicyStatement({
          sid: one,
          principals: [trusted(service, stack.account, source)],
          actions: ["sns:Publish"],
          resources: [this.topic.topicArn],
        }),
      );
    }
    const address = new cdk.CfnParameter(stack, "AlarmEmail", {
      type: "String",
      default: email,
      description: "Who is told by e-mail when something fails; empty: nobody",
    });
    const given = new cdk.CfnCondition(stack, "AlarmEmailGiven", {
      expression: cdk.Fn.conditionNot(cdk.Fn.conditionEquals(address, "")),
    });
    const subscription = new sns.CfnSubscription(this, "Email", {
      topicArn: this.topic.topicArn,
      protocol: "email",
      endpoint: address.valueAsString,
    });
    subscription.cfnOptions.condition = given;
  }
}
