// cdk-nag's AwsSolutions rules, and each finding that stands all the same, with its reason. A row says where (the end
// of the construct's path) and what (the finding): a new wildcard anywhere else fails the synthesis.
import type { IConstruct } from "constructs";
import { AwsSolutionsChecks } from "cdk-nag";
import { TASK_NAMES, TASKS } from "./tasks";

export interface Acknowledged {
  readonly path: RegExp;
  readonly finding: RegExp;
  readonly reason: string;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

const TASK_ROWS: Acknowledged[] = TASK_NAMES.flatMap((name) => [
  ...[...new Set([...TASKS[name].reads, ...TASKS[name].writes, ...TASKS[name].removes])]
    .filter((key) => key.includes("*"))
    .map((key) => ({
      path: new RegExp(`/Compute/${name}Role/DefaultPolicy/Resource$`),
      finding: new RegExp(`^IAM5\\[Resource::<[^>]*Lake[^>]*>\\/lake\\/${escaped(key)}\\]$`),
      reason: `Objects of the ${name} task's own folders of the lake: their names are made at run time`,
    })),
  {
    path: new RegExp(`/Compute/${name}ExecutionRole/DefaultPolicy/Resource$`),
    finding: /^IAM5\[Resource::\*\]$/,
    reason: "ecr:GetAuthorizationToken takes no resource",
  },
  {
    path: new RegExp(`/Compute/${name}Task/Resource$`),
    finding: /^ECS2$/,
    reason: "The variables are names of resources and options of the program, no secret is among them",
  },
]);

const MACHINE_ROWS: Acknowledged[] = [
  ...["Daily", "Start", "Watch", "Backfill"].map((name) => ({
    path: new RegExp(`/Compute/${name}Role/DefaultPolicy/Resource$`),
    finding: /^IAM5\[Resource::\*\]$/,
    reason:
      "Delivery of logs (logs:CreateLogDelivery and its kin), X-Ray and cloudwatch:PutMetricData take no resource; the last " +
      "is held to the stage's namespace by a condition",
  })),
  ...["Daily", "Watch", "Backfill"].map((name) => ({
    path: new RegExp(`/Compute/${name}Role/DefaultPolicy/Resource$`),
    finding: /^IAM5\[Resource::arn:aws:ecs:[^:]*:[^:]*:task\/<Cluster[^>]*>\/\*\]$/,
    reason: "A task has its number only once it runs; tasks of the stage's own cluster alone",
  })),
  {
    path: /\/Compute\/BackfillRole\/DefaultPolicy\/Resource$/,
    finding: /^IAM5\[Resource::arn:aws:states:[^:]*:[^:]*:execution:signals-[a-z]+-backfill\/\*\]$/,
    reason: "A shard has its name only once it runs; shards of this machine alone",
  },
];

const PIPELINE = "/Pipeline/(Pipeline|UpdatePipeline|Assets)/(.+/)?(Role|FileRole|CodePipelineActionRole)/DefaultPolicy/Resource$";

// What the construct for pipelines writes itself; none of it is ours to narrow.
const PIPELINE_ROWS: Acknowledged[] = [
  ...["s3:Abort*", "s3:DeleteObject*", "s3:GetBucket*", "s3:GetObject*", "s3:List*", "kms:GenerateDataKey*", "kms:ReEncrypt*"].map(
    (action) => ({
      path: new RegExp(`^signals-pipeline${PIPELINE}`),
      finding: new RegExp(`^IAM5\\[Action::${escaped(action)}\\]$`),
      reason: "Emitted by aws-cdk-lib/pipelines: its actions on the artifact bucket and its key",
    }),
  ),
  {
    path: new RegExp(`^signals-pipeline${PIPELINE}`),
    finding: /^IAM5\[Resource::<Artifacts[^>]*\.Arn>\/\*\]$/,
    reason: "Emitted by aws-cdk-lib/pipelines: artifacts have names of their own in each run",
  },
  {
    path: new RegExp(`^signals-pipeline${PIPELINE}`),
    finding: /^IAM5\[Resource::arn:aws:codebuild:[^:]*:[^:]*:report-group\/(<[^>]*>-)?\*\]$/,
    reason: "Emitted by aws-cdk-lib/pipelines: report groups of the project",
  },
  {
    path: new RegExp(`^signals-pipeline${PIPELINE}`),
    finding: /^IAM5\[Resource::arn:aws:logs:[^:]*:[^:]*:log-group:\/aws\/codebuild\/(<[^>]*>:)?\*\]$/,
    reason: "Emitted by aws-cdk-lib/pipelines: log streams of the project",
  },
  {
    path: /\/Pipeline\/Pipeline\/Build\/Image\/Image\/Role\/DefaultPolicy\/Resource$/,
    finding: /^IAM5\[Resource::\*\]$/,
    reason: "ecr:GetAuthorizationToken takes no resource",
  },
  {
    path: /\/Pipeline\/(UpdatePipeline\/SelfMutation\/Role|Assets\/FileRole)\/DefaultPolicy\/Resource$/,
    finding: /^IAM5\[Resource::(\*|arn:\*:iam::\d{12}:role\/\*)\]$/,
    reason: "Emitted by aws-cdk-lib/pipelines: it may take the bootstrap's roles, by a condition on their tag",
  },
];

export const ACKNOWLEDGED: readonly Acknowledged[] = [
  ...TASK_ROWS,
  ...MACHINE_ROWS,
  ...PIPELINE_ROWS,
  {
    path: /\/Compute\/publishRole\/DefaultPolicy\/Resource$/,
    finding: /^IAM5\[Resource::arn:aws:glue:[^:]*:[^:]*:table\/signals_[a-z]+\/\*\]$/,
    reason: "Tables of the stage's own database: there may be more than the template knows (transform --table)",
  },
  {
    path: /\/Compute\/LoaderRole\/DefaultPolicy\/Resource$/,
    finding: /^IAM5\[Resource::<[^>]*Lake[^>]*>\/lake\/[^\]]+\]$/,
    reason: "As the load task's: folders of the lake, whose objects get their names at run time",
  },
  {
    path: /\/Data\/AWS[0-9a-f]+\/ServiceRole\/Resource$/,
    finding: /^IAM4\[Policy::.*AWSLambdaBasicExecutionRole\]$/,
    reason: "The CDK's own function that makes each Glue table once; the policy lets it write its log",
  },
  {
    path: /^signals-pipeline\/Github\/Role\/DefaultPolicy\/Resource$/,
    finding: /^IAM5\[Resource::arn:aws:iam::\d{12}:role\/cdk-hnb659fds-\*-role-\d{12}-[a-z0-9-]+\]$/,
    reason: "The five roles of the CDK's bootstrap in one account and region",
  },
  {
    path: /\/Data\/Crawler$/,
    finding: /^GL1$/,
    reason: "Its log holds names of tables and columns; a key for that alone would cost more than the crawler",
  },
  {
    path: /\/Pipeline\/dev\/Test\/Test\/Resource$/,
    finding: /^CB5$/,
    reason: "The tests run on Debian, where the project is built; AWS has no image of it",
  },
  {
    path: /\/Data\/CrawlerRole\/DefaultPolicy\/Resource$/,
    finding: /^IAM5\[Resource::(<Lake[^>]*>\/lake\/\*|arn:aws:glue:[^:]*:[^:]*:table\/signals_[a-z]+\/\*|arn:aws:logs:[^:]*:[^:]*:log-group:\/aws-glue\/crawlers:\*)\]$/,
    reason: "The crawler reads the lake and writes tables of its database, and its own log",
  },
];

export const acknowledgedBy = (path: string, finding: string): Acknowledged | undefined =>
  ACKNOWLEDGED.find((one) => one.path.test(path) && one.finding.test(finding));

/** AwsSolutions without what is acknowledged; `seen` collects all findings, for the test of the list itself. */
export class Checks extends AwsSolutionsChecks {
  readonly seen: { path: string; finding: string }[] = [];

  override validateScope(scope: IConstruct): ReturnType<AwsSolutionsChecks["validateScope"]> {
    const report = super.validateScope(scope);
    const violations = report.violations
      .map((violation) => ({
        ...violation,
        violatingResources: violation.violatingResources.filter(({ constructPath }) => {
          const finding = violation.ruleName.replace(/^AwsSolutions-/, "");
          this.seen.push({ path: constructPath ?? "", finding });
          return acknowledgedBy(constructPath ?? "", finding) === undefined;
        }),
      }))
      .filter(({ violatingResources }) => violatingResources.length > 0);
    return { ...report, violations, success: violations.length === 0 };
  }
}
