// For deploying from GitHub's workflows without a key: they may take the bootstrap's roles, and nothing else; only from
// the environments dev and prod of the one repository, which GitHub can put reviewers before.
import * as cdk from "aws-cdk-lib";
import { aws_iam as iam } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Places } from "./settings";

const HOST = "token.actions.githubusercontent.com";

export class GithubDeploy extends Construct {
  constructor(scope: Construct, id: string, repository: string, places: Places) {
    super(scope, id);
    const provider = new iam.CfnOIDCProvider(this, "Provider", { url: `https://${HOST}`, clientIdList: ["sts.amazonaws.com"] });
    const role = new iam.Role(this, "Role", {
      roleName: "signals-github",
      description: "Workflows of GitHub: deployments of dev and prod",
      maxSessionDuration: cdk.Duration.hours(1),
      assumedBy: new iam.WebIdentityPrincipal(provider.attrArn, {
        StringEquals: {
          [`${HOST}:aud`]: "sts.amazonaws.com",
          [`${HOST}:sub`]: ["dev", "prod"].map((environment) => `repo:${repository}:environment:${environment}`),
        },
      }),
    });
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ["sts:AssumeRole"],
        resources: [places.dev, places.prod].map(
          ({ account, region }) => `arn:aws:iam::${account}:role/cdk-hnb659fds-*-role-${account}-${region}`,
        ),
      }),
    );
    new cdk.CfnOutput(this, "RoleArn", { value: role.roleArn });
  }
}
