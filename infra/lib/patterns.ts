// Events that a human is told of. test/patterns.test.ts holds them against recorded events.
import type { Places } from "./settings";

/** A push to the branch: CodeCommit's own event; else the one that a git host's workflow sends by PutEvents. */
export function pushPattern(places: Places): object {
  if (places.connectionArn) {
    return {
      source: ["signals.git"],
      detailType: ["push"],
      detail: { repository: [places.repository], branch: [places.branch] },
    };
  }
  return {
    source: ["aws.codecommit"],
    detailType: ["CodeCommit Repository State Change"],
    detail: {
      event: ["referenceCreated", "referenceUpdated"],
      repositoryName: [places.repository],
      referenceType: ["branch"],
      referenceName: [places.branch],
    },
  };
}

/** Runs that told nobody themselves: aborted or timed out ones, and failures of the machines beside the daily one. */
export function failedMachinePattern(dailyArn: string, otherArns: readonly string[]): object {
  return {
    source: ["aws.states"],
    detailType: ["Step Functions Execution Status Change"],
    detail: {
      $or: [
        { stateMachineArn: [dailyArn], status: ["TIMED_OUT", "ABORTED"] },
        { stateMachineArn: otherArns, status: ["FAILED", "TIMED_OUT", "ABORTED"] },
      ],
    },
  };
}

/** Tasks whose image or place could not be had, and those killed for want of memory (exit 137). */
export function failedTaskPattern(clusterArn: string): object {
  return {
    source: ["aws.ecs"],
    detailType: ["ECS Task State Change"],
    detail: {
      clusterArn: [clusterArn],
      lastStatus: ["STOPPED"],
      $or: [{ stopCode: ["TaskFailedToStart"] }, { containers: { exitCode: [137] } }],
    },
  };
}
