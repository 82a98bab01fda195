// One account's stage, as the pipeline deploys it.
import * as cdk from "aws-cdk-lib";
import type { Construct } from "constructs";
import { stageSettings, type Place, type StageName } from "./settings";
import { SignalsStack } from "./signals-stack";

export interface SignalsPipelineStageProps {
  readonly stage: StageName;
  readonly place: Place;
  readonly image?: string;
}

export class SignalsPipelineStage extends cdk.Stage {
  readonly stack: SignalsStack;

  constructor(scope: Construct, id: string, props: SignalsPipelineStageProps) {
    const { stage, place, image } = props;
    super(scope, id, { env: { account: place.account, region: place.region } });
    this.stack = new SignalsStack(this, "signals", {
      settings: stageSettings(stage),
      ...(place.email === undefined ? {} : { email: place.email }),
      ...(image === undefined ? {} : { image }),
    });
  }
}
