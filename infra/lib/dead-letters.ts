// Queues for what could not be delivered; each has an alarm where it is used.
import * as cdk from "aws-cdk-lib";
import { aws_sqs as sqs } from "aws-cdk-lib";
import type { Construct } from "constructs";

export function deadLetters(scope: Construct, id: string): sqs.Queue {
  const queue = new sqs.Queue(scope, id, {
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: cdk.Duration.days(14),
  });
  cdk.Validations.of(queue).acknowledge({
    id: "AwsSolutions-SQS3",
    reason: "It is itself a dead-letter queue, with an alarm",
  });
  return queue;
}

/** How a rule's message is delivered: again for an hour, then into the queue. */
export function delivery(queue: sqs.IQueue) {
  return { deadLetterQueue: queue, retryAttempts: 10, maxEventAge: cdk.Duration.hours(1) };
}
