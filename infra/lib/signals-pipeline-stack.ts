// The pipeline: from a push to both accounts. It updates itself, tests, builds the image once, deploys it by its digest to
// dev and, after a human's word, the same image to prod.
import * as cdk from "aws-cdk-lib";
import {
  aws_cloudwatch as cloudwatch,
  aws_cloudwatch_actions as actions,
  aws_codebuild as codebuild,
  aws_codecommit as codecommit,
  aws_codepipeline as codepipeline,
  aws_ecr as ecr,
  aws_events as events,
  aws_events_targets as targets,
  aws_iam as iam,
  aws_kms as kms,
  aws_s3 as s3,
  pipelines,
} from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Alerts } from "./alerts";
import { deadLetters, delivery } from "./dead-letters";
import { GithubDeploy } from "./github-deploy";
import { pushPattern } from "./patterns";
import { PLACES_VARIABLE, type Places } from "./settings";
import { SignalsPipelineStage } from "./signals-pipeline-stage";

/** The CDK's command line: `latest` of the registry is a version that was published by accident. */
export const CDK_CLI = "2.1148.1";
export const IMAGE_VARIABLE = "SIGNALS_IMAGE";
const REPOSITORY = "signals";

export interface SignalsPipelineStackProps extends cdk.StackProps {
  readonly places: Places;
  /** The image that this synthesis deploys, by digest; none before the first build. */
  readonly image?: string;
}

export class SignalsPipelineStack extends cdk.Stack {
  readonly pipeline: pipelines.CodePipeline;

  private readonly places: Places;

  constructor(scope: Construct, id: string, props: SignalsPipelineStackProps) {
    super(scope, id, { ...props, stackName: "signals-pipeline", description: "signals: from a push to both accounts" });
    this.places = props.places;
    cdk.Tags.of(this).add("project", "signals");
    cdk.Tags.of(this).add("stage", "pipeline");
    const repository = this.images();
    const source = this.source();
    const image = this.imageStep(source, repository);
    this.pipeline = new pipelines.CodePipeline(this, "Pipeline", {
      pipelineName: "signals",
      pipelineType: codepipeline.PipelineType.V2,
      crossAccountKeys: true,
      artifactBucket: this.artifacts(),
      cliVersion: CDK_CLI,
      selfMutation: true,
      publishAssetsInParallel: false,
      codeBuildDefaults: {
        buildEnvironment: { buildImage: codebuild.LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0 },
      },
      synthCodeBuildDefaults: {
        partialBuildSpec: codebuild.BuildSpec.fromObject({
          phases: { install: { "runtime-versions": { nodejs: "22" } } },
        }),
      },
      synth: new pipelines.ShellStep("Synth", {
        input: source,
        env: {
          [PLACES_VARIABLE]: JSON.stringify(this.places),
          [IMAGE_VARIABLE]: image.exportedVariable(IMAGE_VARIABLE),
        },
        installCommands: ["cd infra", "npm ci"],
        commands: ["npm run typecheck", "npm test", "npx cdk synth --quiet -c stage=pipeline"],
        primaryOutputDirectory: "infra/cdk.out",
      }),
    });
    const { account: pipelineAccount, region: pipelineRegion } = this.places.pipeline;
    const stage = (name: "dev" | "prod") =>
      new SignalsPipelineStage(this, name, {
        stage: name,
        place: this.places[name],
        // Before the first build nothing is deployed by this: the pipeline synthesizes itself anew with a digest.
        image: props.image ?? `${pipelineAccount}.dkr.ecr.${pipelineRegion}.amazonaws.com/${REPOSITORY}:none`,
      });
    this.pipeline.addStage(stage("dev"), { pre: [this.testStep(source)] });
    this.pipeline.addStage(stage("prod"), {
      pre: [
        new pipelines.ManualApprovalStep("Promote", {
          comment: "dev runs this image. Look at its last round (docs/operations.md, 'Promotion') before prod does.",
        }),
      ],
    });
    this.pipeline.buildPipeline();
    if (this.places.github) new GithubDeploy(this, "Github", this.places.github, this.places);
    this.tell();
  }

  // Built once for all accounts; tags are commits and never move; what is old goes.
  private images(): ecr.Repository {
    const repository = new ecr.Repository(this, "Images", {
      repositoryName: REPOSITORY,
      imageTagMutability: ecr.TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      encryption: ecr.RepositoryEncryption.AES_256,
      lifecycleRules: [
        { description: "untagged", tagStatus: ecr.TagStatus.UNTAGGED, maxImageAge: cdk.Duration.days(7) },
        { description: "the last thirty", tagStatus: ecr.TagStatus.ANY, maxImageCount: 30 },
      ],
    });
    repository.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: "StagesPull",
        principals: [new iam.AccountPrincipal(this.places.dev.account), new iam.AccountPrincipal(this.places.prod.account)],
        actions: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
      }),
    );
    return repository;
  }

  private source(): pipelines.IFileSetProducer {
    const { repository, branch, connectionArn } = this.places;
    if (connectionArn) {
      return pipelines.CodePipelineSource.connection(repository, branch, { connectionArn, triggerOnPush: true });
    }
    return pipelines.CodePipelineSource.codeCommit(
      codecommit.Repository.fromRepositoryName(this, "Repository", repository),
      branch,
      // The rule below starts the pipeline, with a dead-letter queue.
      { trigger: cdk.aws_codepipeline_actions.CodeCommitTrigger.NONE },
    );
  }

  private imageStep(source: pipelines.IFileSetProducer, repository: ecr.Repository): pipelines.CodeBuildStep {
    return new pipelines.CodeBuildStep("Image", {
      input: source,
      env: { REPOSITORY: repository.repositoryUri },
      buildEnvironment: {
        buildImage: codebuild.LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0,
        computeType: codebuild.ComputeType.LARGE,
        privileged: true,
      },
      commands: [
        'aws ecr get-login-password | docker login --username AWS --password-stdin "${REPOSITORY%%/*}"',
        'tag=$CODEBUILD_RESOLVED_SOURCE_VERSION',
        // A commit that was built before keeps its image.
        'if ! docker manifest inspect "$REPOSITORY:$tag" >/dev/null 2>&1; then docker build --tag "$REPOSITORY:$tag" . && docker push "$REPOSITORY:$tag"; fi',
        'digest=$(aws ecr describe-images --repository-name ' + REPOSITORY +
          ' --image-ids imageTag=$tag --query "imageDetails[0].imageDigest" --output text)',
        'export SIGNALS_IMAGE="$REPOSITORY@$digest"',
        'echo "$SIGNALS_IMAGE"',
      ],
      rolePolicyStatements: [
        new iam.PolicyStatement({ actions: ["ecr:GetAuthorizationToken"], resources: ["*"] }),
        new iam.PolicyStatement({
          actions: [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:CompleteLayerUpload",
            "ecr:DescribeImages",
            "ecr:GetDownloadUrlForLayer",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
          ],
          resources: [repository.repositoryArn],
        }),
      ],
    });
  }

  // Every test of the project, where it is built: nothing is deployed that fails one.
  private testStep(source: pipelines.IFileSetProducer): pipelines.CodeBuildStep {
    return new pipelines.CodeBuildStep("Test", {
      input: source,
      buildEnvironment: {
        buildImage: codebuild.LinuxBuildImage.fromDockerRegistry("public.ecr.aws/docker/library/debian:bookworm-slim"),
        computeType: codebuild.ComputeType.LARGE,
      },
      commands: ["apt-get -q update", "apt-get -yq install --no-install-recommends make git", "make test"],
      timeout: cdk.Duration.hours(1),
    });
  }

  private artifacts(): s3.Bucket {
    const key = new kms.Key(this, "ArtifactKey", {
      description: "Artifacts of the signals pipeline",
      enableKeyRotation: true,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
    });
    const bucket = new s3.Bucket(this, "Artifacts", {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [{ expiration: cdk.Duration.days(30), abortIncompleteMultipartUploadAfter: cdk.Duration.days(2) }],
      removalPolicy: cdk.RemovalPolicy.DESTROY,
    });
    cdk.Validations.of(bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason: "Artifacts live for thirty days and hold nothing that is not in git; the pipeline's history says who read them",
    });
    return bucket;
  }

  // The push starts the pipeline; its failure, and that of the rules, reaches a human.
  private tell(): void {
    const { pipeline } = this.pipeline;
    const alerts = new Alerts(this, "Alerts", "pipeline", this.places.pipeline.email ?? "", ["alarms", "rules"]);
    const queue = deadLetters(this, "RuleDeadLetters");
    new events.Rule(this, "Push", {
      description: "A push to the branch starts the pipeline",
      eventPattern: pushPattern(this.places) as events.EventPattern,
      targets: [new targets.CodePipeline(pipeline, delivery(queue))],
    });
    const field = events.EventField.fromPath;
    const failed = new events.Rule(this, "Failed", {
      description: "The pipeline failed",
      eventPattern: {
        source: ["aws.codepipeline"],
        detailType: ["CodePipeline Pipeline Execution State Change"],
        resources: [pipeline.pipelineArn],
        detail: { state: ["FAILED"] },
      },
      targets: [
        new targets.SnsTopic(alerts.target, {
          ...delivery(queue),
          message: events.RuleTargetInput.fromMultilineText(
            [
              `signals: the pipeline failed (run ${field("$.detail.execution-id")}).`,
              `See https://${this.region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/signals/view?region=${this.region}`,
              "What to do: docs/operations.md, 'The pipeline failed'.",
            ].join("\n"),
          ),
        }),
      ],
    });
    cdk.Validations.of(failed).acknowledge({
      id: "Annotation::@aws-cdk/aws-events:ruleUnresolvedEnvironment",
      reason: "Rule and topic are of the same stack",
    });
    const alarm = new cloudwatch.Alarm(this, "RuleDeadLettersAlarm", {
      alarmName: "signals-pipeline-RuleDeadLetters",
      alarmDescription: "A push did not start the pipeline, or its failure could not be told. See docs/operations.md, 'RuleDeadLetters'.",
      metric: queue.metricApproximateNumberOfMessagesVisible({ period: cdk.Duration.minutes(5) }),
      threshold: 0,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new actions.SnsAction(alerts.target));
  }
}
