// Roles of services, each with the condition that keeps others from using the service to get at them.
import * as cdk from "aws-cdk-lib";
import { aws_iam as iam } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** A role that `service` may take on behalf of this account alone, for sources like `source` if given. */
export function serviceRole(scope: Construct, id: string, service: string, source?: string): iam.Role {
  const account = cdk.Stack.of(scope).account;
  return new iam.Role(scope, id, { assumedBy: trusted(service, account, source) });
}

export function trusted(service: string, account: string, source?: string): iam.PrincipalWithConditions {
  return new iam.PrincipalWithConditions(new iam.ServicePrincipal(service), {
    StringEquals: { "aws:SourceAccount": account },
    ...(source === undefined ? {} : { ArnLike: { "aws:SourceArn": source } }),
  });
}
