"""Asks a deployed stage what only it can answer; scripts/aws-smoke.sh says how it is run."""

import contextlib
import json
import sys
import time

import boto3
from botocore.exceptions import BotoCoreError, ClientError

TABLE = "features_smoke"
MINUTES = 15


class Failed(Exception):
    """A check did not hold; says why."""


class Stage:
    """A deployed stage, by the outputs of its stack."""

    def __init__(self, name: str):
        self.name = name
        [stack] = boto3.client("cloudformation").describe_stacks(StackName=f"signals-{name}")["Stacks"]
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
        self.cluster = self.outputs["ClusterName"]
        self.database = self.outputs["Database"]
        self.bucket, self.prefix = self.outputs["LakeUri"].removeprefix("s3://").split("/", 1)

    def network(self) -> dict:
        """Where the daily job runs its tasks."""
        machine = boto3.client("stepfunctions").describe_state_machine(stateMachineArn=self.outputs["DailyMachine"])
        found: list[dict] = []

        def look(value):
            if isinstance(value, dict):
                if "AwsvpcConfiguration" in value:
                    found.append(value["AwsvpcConfiguration"])
                for one in value.values():
                    look(one)

        look(json.loads(machine["definition"]))
        one = found[0]
        return {
            "awsvpcConfiguration": {
                "assignPublicIp": one["AssignPublicIp"],
                "subnets": one["Subnets"],
                "securityGroups": one["SecurityGroups"],
            }
        }

    def run(self, task: str, *command: str) -> tuple[int, dict, str]:
        """Runs a command as this task; its exit code, its last log line as an object, and all of its log."""
        ecs = boto3.client("ecs")
        definition = f"signals-{self.name}-{task}"
        described = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
        [container] = described["containerDefinitions"]
        override = {"containerOverrides": [{"name": container["name"], "command": list(command)}]}
        started = ecs.run_task(
            cluster=self.cluster,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self.network(),
            overrides=override,
        )
        if started.get("failures"):
            raise Failed(f"{definition} cannot start: {started['failures']}")
        arn = started["tasks"][0]["taskArn"]
        end = time.monotonic() + MINUTES * 60
        while True:
            task_now = ecs.describe_tasks(cluster=self.cluster, tasks=[arn])["tasks"][0]
            if task_now["lastStatus"] == "STOPPED":
                break
            if time.monotonic() > end:
                ecs.stop_task(cluster=self.cluster, task=arn, reason="aws-smoke")
                raise Failed(f"{definition} ran for more than {MINUTES} minutes")
            time.sleep(2)
        code = task_now["containers"][0].get("exitCode")
        if code is None:
            raise Failed(f"{definition} did not run: {task_now.get('stoppedReason')}")
        options = container["logConfiguration"]["options"]
        stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{arn.rsplit('/', 1)[1]}"
        lines = self.log(options["awslogs-group"], stream)
        try:
            last = json.loads(lines[-1])
        except (IndexError, ValueError):
            raise Failed(f"the log {stream} does not end with a line of JSON") from None
        return code, last, "\n".join(lines)

    @staticmethod
    def log(group: str, stream: str) -> list[str]:
        logs = boto3.client("logs")
        for _ in range(30):  # lines come a little after the task
            try:
                events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
            except logs.exceptions.ResourceNotFoundException:
                events = []
            lines = [event["message"] for event in events]
            if lines and '"event"' in lines[-1]:
                break
            time.sleep(2)
        return lines

    @staticmethod
    def metadata(location: str) -> dict:
        """A table's metadata file."""
        bucket, key = location.removeprefix("s3://").split("/", 1)
        return json.loads(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    def query(self, sql: str) -> list[str]:
        """The first row that Athena answers."""
        athena = boto3.client("athena")
        started = athena.start_query_execution(
            QueryString=sql,
            WorkGroup=self.outputs["Workgroup"],
            QueryExecutionContext={"Database": self.database},
        )
        number = started["QueryExecutionId"]
        while True:
            status = athena.get_query_execution(QueryExecutionId=number)["QueryExecution"]["Status"]
            if status["State"] not in ("QUEUED", "RUNNING"):
                break
            time.sleep(1)
        if status["State"] != "SUCCEEDED":
            raise Failed(f"{sql}: {status.get('StateChangeReason')}")
        rows = athena.get_query_results(QueryExecutionId=number)["ResultSet"]["Rows"]
        return [cell.get("VarCharValue", "") for cell in rows[1]["Data"]]


def check_doctor(stage: Stage) -> str:
    """A task starts, reads and writes the lake with its role, and its last log line is the one that is counted."""
    code, last, log = stage.run("load", "doctor")
    if last.get("event") != "signals.doctor":
        raise Failed(f"its last log line is {last}")
    found = {one["check"]: one for one in last["summary"] or []}
    if found.get("lake", {}).get("verdict") != "ok":
        raise Failed(log)
    source = found.get("source", {})
    if code == 0:
        return f"Yahoo answers this address: {source.get('found')}"
    return f"LOOK: exit {code}, {source.get('found')}: if Yahoo refuses it, load from elsewhere (load: external)"


def check_tables(stage: Stage) -> str:
    """Athena reads every table as the lake has it."""
    entries = boto3.client("glue").get_paginator("get_tables").paginate(DatabaseName=stage.database)
    names = {
        table["Name"]: table["Parameters"]["metadata_location"]
        for page in entries
        for table in page["TableList"]
        if "metadata_location" in table.get("Parameters", {})
    }
    if not names:
        raise Failed("no table is entered yet: run the daily job once, then this again")
    wrong, total = [], 0
    for name, location in names.items():
        metadata = stage.metadata(location)
        current = metadata.get("current-snapshot-id")
        snapshot = next((one for one in metadata["snapshots"] if one["snapshot-id"] == current), None)
        rows = int(snapshot["summary"]["total-records"]) if snapshot else 0
        [count] = stage.query(f'select count(*) from "{name}"')
        if int(count) != rows:
            wrong.append(f"{name}: {count} rows by Athena, {rows} by {location}")
        total += rows
    if wrong:
        raise Failed("; ".join(wrong))
    return f"{len(names)} tables, {total:,} rows"


def enter(stage: Stage, location: str, columns: list[dict]) -> None:
    glue = boto3.client("glue")
    glue.create_table(
        DatabaseName=stage.database,
        TableInput={
            "Name": TABLE,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"table_type": "ICEBERG", "metadata_location": location},
            "StorageDescriptor": {"Location": location.rsplit("/metadata/", 1)[0], "Columns": columns},
        },
    )


def check_encoding(stage: Stage) -> str:
    """Athena reads floats that are encoded byte-stream-split: then the stages need not write plain."""
    options = ["--cmd", "volume", "--table", TABLE, "--encoding", "byte-stream-split", "--reload"]
    code, last, log = stage.run("transform", "transform", *options)
    if code != 0:
        raise Failed(log)
    s3 = boto3.client("s3")
    folder = f"{stage.prefix}/{TABLE}"
    hint = s3.get_object(Bucket=stage.bucket, Key=f"{folder}/metadata/version-hint.text")["Body"].read().decode()
    location = f"s3://{stage.bucket}/{folder}/metadata/v{hint}.metadata.json"
    metadata = stage.metadata(location)
    schema = next(one for one in metadata["schemas"] if one["schema-id"] == metadata["current-schema-id"])
    columns = [{"Name": one["name"], "Type": one["type"]} for one in schema["fields"]]
    enter(stage, location, columns)
    feature = next(one["name"] for one in schema["fields"] if one["type"] == "float")
    rows, total = stage.query(f'select count(*), sum("{feature}") from {TABLE}')
    if int(rows) != last["summary"]["rows"] or not total:
        raise Failed(f"{rows} rows by Athena, {last['summary']['rows']} by signals; sum {total}")
    return f"{rows} rows; settings.ts may drop --encoding plain"


def check_lock(stage: Stage) -> str:
    """Glue refuses an update that was made of an older version of its entry."""
    glue = boto3.client("glue")
    table = glue.get_table(DatabaseName=stage.database, Name=TABLE)["Table"]
    taken = ("Name", "TableType", "Parameters", "StorageDescriptor")
    request = {
        "DatabaseName": stage.database,
        "TableInput": {name: table[name] for name in taken},
        "VersionId": table["VersionId"],
        "SkipArchive": True,
    }
    glue.update_table(**request)
    try:
        glue.update_table(**request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("ConcurrentModificationException", "VersionMismatchException"):
            return code
        raise
    raise Failed("the second update of the same version was accepted")


def check_commits(stage: Stage) -> str:
    """Nobody, not even who asks this, writes over a table's metadata file."""
    key = f"{stage.prefix}/{TABLE}/metadata/v1.metadata.json"
    s3 = boto3.client("s3")
    body = s3.get_object(Bucket=stage.bucket, Key=key)["Body"].read()
    try:
        s3.put_object(Bucket=stage.bucket, Key=key, Body=body)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("AccessDenied", "403"):
            return "refused by the bucket's policy"
        raise
    if stage.name == "local":
        return "not refused: an emulator's bucket has no such policy"
    raise Failed("it was written over: the bucket's policy does not hold")


def check_topic(stage: Stage) -> str:
    """The alarms' topic takes a message; whether it arrives, a human must see."""
    sns = boto3.client("sns")
    topic = stage.outputs["TopicArn"]
    subscriptions = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    confirmed = [one["Endpoint"] for one in subscriptions if one["SubscriptionArn"].startswith("arn:")]
    sns.publish(TopicArn=topic, Subject=f"signals {stage.name}: a test", Message="aws-smoke.sh asks: does this arrive?")
    if not confirmed:
        return f"LOOK: nobody has confirmed a subscription ({len(subscriptions)} asked)"
    return f"LOOK: a message should arrive at {', '.join(confirmed)}"


def clean_up(stage: Stage) -> str:
    """What this made is removed."""
    glue, s3 = boto3.client("glue"), boto3.client("s3")
    with contextlib.suppress(glue.exceptions.EntityNotFoundException):
        glue.delete_table(DatabaseName=stage.database, Name=TABLE)
    removed = 0
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=stage.bucket, Prefix=f"{stage.prefix}/{TABLE}/")
    for page in pages:
        for one in page.get("Contents", []):
            s3.delete_object(Bucket=stage.bucket, Key=one["Key"])
            removed += 1
    return f"{removed} objects of {TABLE}"


CHECKS = [check_doctor, check_tables, check_encoding, check_lock, check_commits, check_topic, clean_up]


def main() -> int:
    name = sys.argv[1]
    try:
        stage = Stage(name)
    except (BotoCoreError, ClientError) as error:
        print(f"FAIL  the stage {name}: {error}")
        return 1
    failed = 0
    for check in CHECKS:
        title = (check.__doc__ or "").rstrip(".")
        try:
            print(f"ok    {title}\n      {check(stage)}", flush=True)
        except (Failed, BotoCoreError, ClientError, KeyError, StopIteration, ValueError) as error:
            failed += 1
            print(f"FAIL  {title}\n      {type(error).__name__}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
