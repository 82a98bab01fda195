// tools/deploy.sh and deploy.sh as a human meets them: what is missing, and what to do. AWS is a server of the test's own.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { deployedPipeline, deployedStage, PLACES } from "../deployed";

const ROOT = join(__dirname, "..", "..", "..");

interface Answers {
  account?: string;
  bootstrap?: string;
}

let server: Server;
let answers: Answers = {};

before(async () => {
  server = createServer((request, response) => {
    request.resume();
    if (request.headers["x-amz-target"] === "AmazonSSM.GetParameter") {
      response.statusCode = answers.bootstrap === undefined ? 400 : 200;
      response.setHeader("Content-Type", "application/x-amz-json-1.1");
      response.end(
        JSON.stringify(answers.bootstrap === undefined ? { __type: "ParameterNotFound" } : { Parameter: { Value: answers.bootstrap } }),
      );
      return;
    }
    response.setHeader("Content-Type", "text/xml");
    response.end(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>x</Arn>` +
        `<UserId>x</UserId><Account>${answers.account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
after(() => server.close());

function say(script: string, args: string[], given: Answers & { keys?: boolean; input?: string } = {}): Promise<{ code: number; text: string }> {
  answers = given;
  const environment = {
    PATH: process.env.PATH,
    HOME: "/nonexistent",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    SIGNALS_STAGES: JSON.stringify(PLACES),
    CDK_DOCKER: "/nonexistent/docker",
    ...(given.keys === false ? {} : { AWS_ACCESS_KEY_ID: "AKTEST", AWS_SECRET_ACCESS_KEY: "secret" }),
  };
  return new Promise((resolve) => {
    const child = execFile(join(ROOT, script), args, { env: environment, cwd: "/" }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, text: stdout + stderr }),
    );
    // A script that ends without reading has closed its end: no fault of either.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(given.input ?? "");
  });
}

describe("tools/deploy.sh", () => {
  const dev = PLACES.dev.account;

  it("says how it is used", async () => {
    for (const args of [[], ["deploy"], ["explode", "dev"], ["deploy", "staging"], ["deploy", ""]]) {
      const { code, text } = await say("tools/deploy.sh", args);
      assert.equal(code, 2, text);
    }
    assert.match((await say("tools/deploy.sh", ["deploy", "staging"])).text, /STAGE=staging: it is dev, prod or pipeline/);
  });

  it("says that there are no credentials, or those of another account", async () => {
    const none = await say("tools/deploy.sh", ["diff", "dev"], { keys: false });
    assert.equal(none.code, 1);
    assert.match(none.text, /no credentials that AWS accepts.*\n {2}Set AWS_PROFILE/);
    const other = await say("tools/deploy.sh", ["diff", "dev"], { account: "999999999999" });
    assert.equal(other.code, 1);
    assert.match(other.text, /the credentials are of account 999999999999, stage dev is account 222222222222/);
  });

  it("says that the account is not bootstrapped, or by an old CDK", async () => {
    const none = await say("tools/deploy.sh", ["deploy", "dev"], { account: dev });
    assert.equal(none.code, 1);
    assert.match(none.text, /account 222222222222 is not bootstrapped in eu-west-1\n.*make bootstrap STAGE=dev/);
    const old = await say("tools/deploy.sh", ["deploy", "dev"], { account: dev, bootstrap: "6" });
    assert.match(old.text, /bootstrapped by an old CDK \(6\)/);
  });

  it("says that there is no container engine, before anything is built", async () => {
    const { code, text } = await say("tools/deploy.sh", ["deploy", "dev"], { account: dev, bootstrap: "30" });
    assert.equal(code, 1);
    assert.match(text, /no container engine: `\/nonexistent\/docker info` fails\n {2}Start Docker; or name another engine/);
  });

  it("does not take prod down", async () => {
    const { code, text } = await say("tools/deploy.sh", ["destroy", "prod"], { account: PLACES.prod.account, bootstrap: "30" });
    assert.equal(code, 1);
    assert.match(text, /prod is protected/);
  });
});

describe("deploy.sh", () => {
  it("asks once, and deploys nothing without a yes", async () => {
    for (const input of ["n\n", "\n", ""]) {
      const { code, text } = await say("deploy.sh", [], { input });
      assert.equal(code, 1);
      assert.match(text, /to prod\? \[y\/N\] nothing was deployed/);
    }
    const { code, text } = await say("deploy.sh", [], { input: "y\n", account: PLACES.dev.account });
    assert.equal(code, 1);
    assert.match(text, /stage prod is account 333333333333/);
  });
});

describe("deployment-policy.json", () => {
  const { Statement: statements } = JSON.parse(readFileSync(join(ROOT, "infra", "deployment-policy.json"), "utf8"));

  it("names the services of all resources, and no role but ours", () => {
    const services = new Set(statements[0].Action.map((action: string) => action.split(":")[0]));
    const types = [deployedStage("prod", { crawler: true }), deployedPipeline()].flatMap((of) => of.resources.map(({ type }) => type));
    const prefix: Record<string, string> = { StepFunctions: "states" };
    for (const type of new Set(types)) {
      const [vendor, service] = type.split("::") as [string, string];
      if (vendor === "Custom" || ["CDK", "IAM"].includes(service)) continue;
      assert.ok(services.has(prefix[service] ?? service.toLowerCase()), type);
    }
    assert.equal(statements[1].Resource, "arn:aws:iam::*:role/signals-*");
    assert.ok(JSON.stringify(statements).length < 6144, "longer than a managed policy may be");
  });
});
