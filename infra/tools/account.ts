// tools/account.ts STAGE: checks that the credentials are of the stage's account and that it is bootstrapped; prints
// "ACCOUNT REGION". Else it says what is missing, exit 1. With "bootstrap" behind it, a missing bootstrap is fine.
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { places } from "../lib/settings";

const VERSION = "/cdk-bootstrap/hnb659fds/version";
/** Of the bootstrap stack: older ones lack the roles that the app's deployment takes. */
const LEAST = 21;

class Missing extends Error {}

async function check(stage: "dev" | "prod" | "pipeline", bootstrapping: boolean): Promise<string> {
  const { account, region } = places()[stage];
  let found: string | undefined;
  try {
    found = (await new STSClient({ region }).send(new GetCallerIdentityCommand({}))).Account;
  } catch (error) {
    throw new Missing(
      `no credentials that AWS accepts: ${(error as Error).message}\n` +
        "  Set AWS_PROFILE, or sign in (aws sso login), then run this again.",
    );
  }
  if (found !== account) {
    throw new Missing(
      `the credentials are of account ${found}, stage ${stage} is account ${account} (infra/stages.local.json)\n` +
        "  Set AWS_PROFILE to a profile of that account, or correct the file.",
    );
  }
  if (!bootstrapping) {
    let version: number;
    try {
      const { Parameter } = await new SSMClient({ region }).send(new GetParameterCommand({ Name: VERSION }));
      version = Number(Parameter?.Value);
    } catch (error) {
      if ((error as Error).name !== "ParameterNotFound") {
        throw new Missing(`the bootstrap of account ${account} in ${region} cannot be looked up: ${(error as Error).message}`);
      }
      version = 0;
    }
    if (version < LEAST) {
      throw new Missing(
        `account ${account} is ${version === 0 ? "not bootstrapped" : `bootstrapped by an old CDK (${version})`} in ${region}\n` +
          `  Once, by an administrator: make bootstrap STAGE=${stage} (docs/operations.md, 'First deployment').`,
      );
    }
  }
  return `${account} ${region}`;
}

const [stage, what] = process.argv.slice(2);
check(stage as "dev", what === "bootstrap").then(console.log, (error: Error) => {
  console.error(`deploy: ${error.message}`);
  process.exitCode = 1;
});
