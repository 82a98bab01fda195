// A back-fill of features: `transform` over the sixteen buckets of the tables side by side. `load` is never fanned
// out: it asks from one address at one pace. Each shard commits its bucket, and the store settles who comes first.
import { runTask, type Surroundings } from "./asl";

export const BUCKETS = 16;

/** `options` are those of the daily `transform`. */
export function backfillMachine(at: Surroundings, options: readonly string[]): Record<string, unknown> {
  const shard = {
    ...runTask(at, "transform", [], at.spot ? "FARGATE_SPOT" : "FARGATE"),
  } as Record<string, any>;
  const { Arguments, ...rest } = shard;
  // Inside a distributed map: JSONPath, which every implementation takes there.
  const { Overrides, ...parameters } = Arguments;
  const words = ["transform", ...options].map((word) => `'${word}'`).join(", ");
  return {
    Comment: `signals ${at.stage}: features of all history, bucket by bucket`,
    StartAt: "Buckets",
    TimeoutSeconds: 12 * 3600,
    States: {
      Buckets: {
        Type: "Pass",
        Result: Array.from({ length: BUCKETS }, (_, bucket) => ({ bucket: String(bucket) })),
        ResultPath: "$.buckets",
        Next: "Shards",
      },
      Shards: {
        Type: "Map",
        ItemsPath: "$.buckets",
        MaxConcurrency: 8,
        ToleratedFailurePercentage: 0,
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
          StartAt: "Shard",
          States: {
            Shard: {
              ...rest,
              Parameters: {
                ...parameters,
                Overrides: {
                  ContainerOverrides: [
                    {
                      Name: Overrides.ContainerOverrides[0].Name,
                      "Command.$": `States.Array(${words}, '--buckets', $.bucket)`,
                    },
                  ],
                },
              },
              ResultPath: null,
              Retry: [
                {
                  ErrorEquals: ["States.TaskFailed", "ECS.ThrottlingException"],
                  IntervalSeconds: 30,
                  MaxAttempts: 3,
                  BackoffRate: 2,
                  JitterStrategy: "FULL",
                },
              ],
              End: true,
            },
          },
        },
        ResultPath: null,
        End: true,
      },
    },
  };
}
