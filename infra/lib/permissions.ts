// What the tasks may do: actions by name, resources by folder of the lake.
import * as cdk from "aws-cdk-lib";
import { aws_iam as iam, type aws_s3 as s3 } from "aws-cdk-lib";
import type { TaskKind } from "./tasks";

export function lakeStatements(bucket: s3.IBucket, prefix: string, task: TaskKind): iam.PolicyStatement[] {
  const under = (keys: readonly string[]) => keys.map((key) => bucket.arnForObjects(`${prefix}/${key}`));
  return [
    // A request for an object that is not there has no prefix; without this right it would be told 403, not 404.
    new iam.PolicyStatement({
      sid: "List",
      actions: ["s3:ListBucket"],
      resources: [bucket.bucketArn],
      conditions: { StringLikeIfExists: { "s3:prefix": [prefix, `${prefix}/*`] } },
    }),
    new iam.PolicyStatement({ sid: "Read", actions: ["s3:GetObject"], resources: under(task.reads) }),
    new iam.PolicyStatement({
      sid: "Write",
      actions: ["s3:PutObject", "s3:AbortMultipartUpload"],
      resources: under(task.writes),
    }),
    new iam.PolicyStatement({ sid: "Remove", actions: ["s3:DeleteObject"], resources: under(task.removes) }),
  ];
}

/** Saying to Glue which metadata file is a table's current one. */
export function catalogStatements(scope: cdk.Stack, database: string): iam.PolicyStatement[] {
  const arn = (resource: string) => scope.formatArn({ service: "glue", resource });
  return [
    new iam.PolicyStatement({
      sid: "Catalog",
      actions: ["glue:GetTable", "glue:CreateTable", "glue:UpdateTable"],
      resources: [arn("catalog"), arn(`database/${database}`), arn(`table/${database}/*`)],
    }),
  ];
}
