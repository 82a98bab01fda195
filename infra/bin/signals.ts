// The app. `-c stage=dev` (the default), prod, local or pipeline says what is synthesized: one stack each, so that a
// plain `cdk deploy` knows what is meant.
//   -c image=URI   the image of all tasks (or SIGNALS_IMAGE); without it this checkout's is built at deployment
//   -c variables='{"NAME":"value"}'   further variables of the containers, for an emulator
import * as cdk from "aws-cdk-lib";
import flags from "aws-cdk-lib/recommended-feature-flags.json";
import { Checks } from "../lib/acknowledged";
import { isStage, places, STAGES, stageSettings } from "../lib/settings";
import { IMAGE_VARIABLE, SignalsPipelineStack } from "../lib/signals-pipeline-stack";
import { SignalsStack } from "../lib/signals-stack";

const app = new cdk.App({ context: flags });
const stage: string = app.node.tryGetContext("stage") ?? "dev";
const image: string | undefined = app.node.tryGetContext("image") ?? process.env[IMAGE_VARIABLE];
const shared = image ? { image } : {};

if (stage === "pipeline") {
  const found = places();
  const { account, region } = found.pipeline;
  new SignalsPipelineStack(app, "signals-pipeline", { env: { account, region }, places: found, ...shared });
} else if (stage === "local") {
  const variables: string | undefined = app.node.tryGetContext("variables");
  new SignalsStack(app, "signals-local", {
    settings: stageSettings("local"),
    ...shared,
    ...(variables ? { variables: JSON.parse(variables) as Record<string, string> } : {}),
  });
} else if (isStage(stage)) {
  const { account, region, email } = places()[stage as "dev" | "prod"];
  new SignalsStack(app, `signals-${stage}`, {
    env: { account, region },
    settings: stageSettings(stage),
    ...(email ? { email } : {}),
    ...shared,
  });
} else {
  throw new Error(`-c stage=${stage}: it is ${STAGES.join(", ")} or pipeline`);
}
if (stage !== "local") cdk.Validations.of(app).addPlugins(new Checks(app));
