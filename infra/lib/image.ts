// The one image that all tasks run: given by its address (the pipeline's, by digest), or built from this checkout.
import * as cdk from "aws-cdk-lib";
import { aws_ecr_assets as assets, aws_ecs as ecs, aws_iam as iam } from "aws-cdk-lib";
import { join } from "node:path";
import type { StageSettings } from "./settings";
import type { TaskName } from "./tasks";

export class Image {
  private asset: assets.DockerImageAsset | undefined;

  /** `uri`: name@sha256:… or name:tag; empty: the Dockerfile of this checkout, built at deployment. */
  constructor(
    private readonly settings: StageSettings,
    private readonly uri: string | undefined,
    private readonly variables: Readonly<Record<string, string>> = {},
  ) {}

  container(scope: cdk.Stack): ecs.ContainerImage {
    return this.uri ? ecs.ContainerImage.fromRegistry(this.uri) : ecs.ContainerImage.fromDockerImageAsset(this.built(scope));
  }

  /** Further variables of a task's container, for an emulator. */
  environment(_task: TaskName): Record<string, string> {
    return this.variables;
  }

  allowPull(role: iam.Role): void {
    const repository = this.repository(cdk.Stack.of(role));
    if (repository === undefined) return;
    role.addToPolicy(new iam.PolicyStatement({ actions: ["ecr:GetAuthorizationToken"], resources: ["*"] }));
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
        resources: [repository],
      }),
    );
  }

  // The ARN of the registry's folder; none for other registries.
  private repository(scope: cdk.Stack): string | undefined {
    if (!this.uri) return this.built(scope).repository.repositoryArn;
    const found = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)/.exec(this.uri);
    if (!found) return undefined;
    const [, account, region, name] = found;
    return scope.formatArn({ service: "ecr", account, region, resource: "repository", resourceName: name });
  }

  private built(scope: cdk.Stack): assets.DockerImageAsset {
    this.asset ??= new assets.DockerImageAsset(scope, "Image", {
      directory: join(__dirname, "..", ".."),
      platform: this.settings.cpu === "ARM64" ? assets.Platform.LINUX_ARM64 : assets.Platform.LINUX_AMD64,
    });
    return this.asset;
  }
}
