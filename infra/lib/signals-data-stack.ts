// Where data stands: the lake's bucket, Athena's results, access logs; the catalog; how it is queried.
import * as cdk from "aws-cdk-lib";
import {
  aws_athena as athena,
  aws_glue as glue,
  aws_iam as iam,
  aws_logs as logs,
  aws_s3 as s3,
  custom_resources as custom,
} from "aws-cdk-lib";
import type { Construct } from "constructs";
import { QUERIES } from "./queries";
import type { StageSettings } from "./settings";
import { tableInput, TABLES } from "./tables";
import { serviceRole } from "./trust";

/** The lake's folder in its bucket. */
export const LAKE_PREFIX = "lake";

export class SignalsDataStack extends cdk.NestedStack {
  readonly lake: s3.Bucket;
  readonly lakeUri: string;
  readonly database: string;

  constructor(scope: Construct, id: string, private readonly settings: StageSettings) {
    super(scope, id, { description: `signals ${settings.name}: buckets, catalog, queries` });
    this.database = `signals_${settings.name}`;
    const accessLogs = this.accessLogs();
    this.lake = this.lakeBucket(accessLogs);
    this.lakeUri = `s3://${this.lake.bucketName}/${LAKE_PREFIX}`;
    const database = new glue.CfnDatabase(this, "Database", {
      catalogId: this.account,
      databaseInput: { name: this.database, description: "The tables of the lake", locationUri: this.lakeUri },
    });
    if (settings.retain) database.applyRemovalPolicy(cdk.RemovalPolicy.RETAIN);
    this.tables(database);
    this.workgroup(this.resultsBucket(accessLogs));
    if (settings.crawler) this.crawler(database);
  }

  private get removal(): cdk.RemovalPolicy {
    return this.settings.retain ? cdk.RemovalPolicy.RETAIN : cdk.RemovalPolicy.DESTROY;
  }

  private accessLogs(): s3.Bucket {
    const bucket = new s3.Bucket(this, "AccessLogs", {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [{ expiration: cdk.Duration.days(90), abortIncompleteMultipartUploadAfter: cdk.Duration.days(2) }],
      removalPolicy: this.removal,
    });
    cdk.Validations.of(bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason: "It holds the access logs of the other buckets; logs of the logs would feed themselves",
    });
    return bucket;
  }

  private lakeBucket(accessLogs: s3.Bucket): s3.Bucket {
    const bucket = new s3.Bucket(this, "Lake", {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: "lake/",
      lifecycleRules: [
        { id: "uploads", abortIncompleteMultipartUploadAfter: cdk.Duration.days(2) },
        {
          id: "old-versions",
          noncurrentVersionExpiration: cdk.Duration.days(30),
          expiredObjectDeleteMarker: true,
        },
      ],
      removalPolicy: this.removal,
    });
    if (!this.settings.emulator) this.onlyNewMetadata(bucket);
    return bucket;
  }

  // A commit is a metadata file that was not there before: nobody may write one over another. Parts of
  // multipart uploads cannot carry the condition; the request that completes them must.
  private onlyNewMetadata(bucket: s3.Bucket): void {
    bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: "CommitsReplaceNothing",
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ["s3:PutObject"],
        resources: [bucket.arnForObjects(`${LAKE_PREFIX}/*/metadata/v*.metadata.json`)],
        conditions: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
      }),
    );
  }

  private resultsBucket(accessLogs: s3.Bucket): s3.Bucket {
    return new s3.Bucket(this, "Results", {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: "results/",
      lifecycleRules: [{ expiration: cdk.Duration.days(14), abortIncompleteMultipartUploadAfter: cdk.Duration.days(2) }],
      removalPolicy: this.removal,
    });
  }

  // Made once, if not there, and never touched again: a table that CloudFormation owns would lose its
  // metadata_location with the next change of its columns.
  private tables(database: glue.CfnDatabase): void {
    if (this.settings.emulator) {
      for (const name of Object.keys(TABLES)) {
        const { Name, TableType, Parameters, StorageDescriptor } = tableInput(name, this.lakeUri) as any;
        const table = new glue.CfnTable(this, `Table-${name}`, {
          catalogId: this.account,
          databaseName: this.database,
          tableInput: {
            name: Name,
            tableType: TableType,
            parameters: Parameters,
            storageDescriptor: {
              location: StorageDescriptor.Location,
              columns: StorageDescriptor.Columns.map((c: any) => ({ name: c.Name, type: c.Type })),
            },
          },
        });
        table.addResourceDependency(database);
      }
      return;
    }
    const arn = (resource: string) => this.formatArn({ service: "glue", resource });
    const logGroup = new logs.LogGroup(this, "TablesLog", {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
    });
    for (const name of Object.keys(TABLES)) {
      const table = new custom.AwsCustomResource(this, `Table-${name}`, {
        onCreate: {
          service: "Glue",
          action: "createTable",
          parameters: { DatabaseName: this.database, TableInput: tableInput(name, this.lakeUri) },
          physicalResourceId: custom.PhysicalResourceId.of(`${this.database}.${name}`),
          ignoreErrorCodesMatching: "AlreadyExistsException",
        },
        policy: custom.AwsCustomResourcePolicy.fromStatements([
          new iam.PolicyStatement({
            actions: ["glue:CreateTable"],
            resources: [arn("catalog"), arn(`database/${this.database}`), arn(`table/${this.database}/${name}`)],
          }),
        ]),
        logGroup,
        installLatestAwsSdk: false,
      });
      table.node.addDependency(database);
    }
  }

  private workgroup(results: s3.Bucket): void {
    const workgroup = new athena.CfnWorkGroup(this, "Workgroup", {
      name: `signals-${this.settings.name}`,
      description: "Queries of the lake, with a limit to what one may scan",
      recursiveDeleteOption: !this.settings.retain,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: this.settings.athenaGiBPerQuery * 1024 ** 3,
        engineVersion: { selectedEngineVersion: "Athena engine version 3" },
        resultConfiguration: {
          outputLocation: results.s3UrlForObject("athena/"),
          encryptionConfiguration: { encryptionOption: "SSE_S3" },
        },
      },
    });
    if (this.settings.emulator) return;
    for (const [name, query] of Object.entries(QUERIES)) {
      const named = new athena.CfnNamedQuery(this, `Query-${name}`, {
        name,
        description: query.description,
        database: this.database,
        workGroup: workgroup.name,
        queryString: query.sql,
      });
      named.addResourceDependency(workgroup);
    }
  }

  // As the original's: it asks the lake what tables there are. Nothing needs it, since publishing says so.
  private crawler(database: glue.CfnDatabase): void {
    const role = serviceRole(this, "CrawlerRole", "glue.amazonaws.com");
    const objects = this.lake.arnForObjects(`${LAKE_PREFIX}/*`);
    const glueArn = (resource: string) => this.formatArn({ service: "glue", resource });
    for (const statement of [
      new iam.PolicyStatement({ actions: ["s3:GetObject"], resources: [objects] }),
      new iam.PolicyStatement({
        actions: ["s3:ListBucket"],
        resources: [this.lake.bucketArn],
        conditions: { StringLike: { "s3:prefix": [`${LAKE_PREFIX}/*`] } },
      }),
      new iam.PolicyStatement({
        actions: ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable"],
        resources: [
          glueArn("catalog"),
          glueArn(`database/${this.database}`),
          glueArn(`table/${this.database}/*`),
        ],
      }),
      new iam.PolicyStatement({
        actions: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [
          this.formatArn({
            service: "logs",
            resource: "log-group",
            arnFormat: cdk.ArnFormat.COLON_RESOURCE_NAME,
            resourceName: "/aws-glue/crawlers:*",
          }),
        ],
      }),
    ]) {
      role.addToPolicy(statement);
    }
    const security = new glue.CfnSecurityConfiguration(this, "CrawlerSecurity", {
      name: `signals-${this.settings.name}-crawler`,
      encryptionConfiguration: { s3Encryptions: [{ s3EncryptionMode: "SSE-S3" }] },
    });
    const crawler = new glue.CfnCrawler(this, "Crawler", {
      name: `signals-${this.settings.name}`,
      role: role.roleArn,
      databaseName: this.database,
      targets: { icebergTargets: [{ paths: [`${this.lakeUri}/`], maximumTraversalDepth: 2 }] },
      schemaChangePolicy: { deleteBehavior: "LOG", updateBehavior: "UPDATE_IN_DATABASE" },
      recrawlPolicy: { recrawlBehavior: "CRAWL_EVERYTHING" },
      schedule: { scheduleExpression: "cron(0 16 ? * SUN *)" },
      crawlerSecurityConfiguration: security.name,
    });
    crawler.addResourceDependency(database);
    crawler.addResourceDependency(security);
  }
}
