"""The deployed stack on an emulator of AWS, by the real CDK: its chain runs our image as real containers."""

import datetime
import json
import os
import subprocess

import pytest
from conftest import ROOT, Simulator
from containers import IMAGE, docker_service, needs_containers
from emulator import REGION, Emulator, until
from test_resolve import market
from test_run import Numerai

pytestmark = needs_containers
D = "2022-10-21"
NOW = "2022-10-22T12:10:00Z"
TOOLKIT = "CDKToolkit"
STACK = "signals-local"


class Cloud:
    """The stage `local` of infra/, deployed; a market and Numerai answer its tasks."""

    def __init__(self, folder, emulator: Emulator, variables: dict[str, str]):
        self.folder, self.emulator = folder, emulator
        self.client = emulator.client
        self.app = str(folder / "cdk.out")
        context = ["-c", "stage=local", "-c", f"image={IMAGE}", "-c", f"variables={json.dumps(variables)}"]
        self.cdk("synth", "--quiet", "--output", self.app, *context, app=False)
        self.cdk("bootstrap", f"aws://000000000000/{REGION}", app=False)
        self.cdk("deploy", "--require-approval", "never")
        [stack] = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def cdk(self, *arguments: str, app=True, expect=0) -> str:
        program = [ROOT / ".venv/bin/node", ROOT / "infra/node_modules/aws-cdk/bin/cdk"]
        place = ["--app", self.app] if app else []
        environment = os.environ | self.emulator.environment() | {"PATH": f"{ROOT}/.venv/bin:{os.environ['PATH']}"}
        done = subprocess.run(
            [*program, *arguments, *place, "--ci"],
            cwd=ROOT / "infra",
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == expect, f"{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def start(self, machine: str, given: dict, name: str | None = None) -> str:
        arguments = {"stateMachineArn": self.outputs[machine], "input": json.dumps(given)}
        return self.client("stepfunctions").start_execution(**arguments, **({"name": name} if name else {}))[
            "executionArn"
        ]

    def end(self, execution: str, seconds=300) -> dict:
        ask = self.client("stepfunctions")

        def ended():
            described = ask.describe_execution(executionArn=execution)
            return described if described["status"] != "RUNNING" else None

        return until(execution, ended, seconds)

    def visited(self, execution: str) -> list[str]:
        """The states that it went through."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
        events = [event for page in pages for event in page["events"]]
        return [one["stateEnteredEventDetails"]["name"] for one in events if "stateEnteredEventDetails" in one]

    def daily(self, slot: str, options: dict | None = None) -> dict:
        deadline = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        given = {"d": D, "slot": slot, "deadline": deadline} | ({"options": options} if options else {})
        return self.end(self.start("DailyMachine", given))

    def events(self) -> list[dict]:
        """The last lines of all tasks, in the order of time."""
        logs = self.client("logs")
        found = []
        for group in logs.describe_log_groups()["logGroups"]:
            name = group["logGroupName"]
            for stream in logs.describe_log_streams(logGroupName=name)["logStreams"]:
                lines = logs.get_log_events(logGroupName=name, logStreamName=stream["logStreamName"])["events"]
                for line in lines:
                    if line["message"].startswith('{"time"') and '"event"' in line["message"]:
                        found.append(json.loads(line["message"]))
        return sorted(found, key=lambda one: one["time"])

    def query(self, sql: str) -> list[list[str]]:
        athena = self.client("athena")
        context = {
            "WorkGroup": self.outputs["Workgroup"],
            "QueryExecutionContext": {"Database": self.outputs["Database"]},
        }
        number = athena.start_query_execution(QueryString=sql, **context)["QueryExecutionId"]

        def ended():
            status = athena.get_query_execution(QueryExecutionId=number)["QueryExecution"]["Status"]
            return status if status["State"] not in ("QUEUED", "RUNNING") else None

        status = until(sql, ended)
        assert status["State"] == "SUCCEEDED", status
        rows = athena.get_query_results(QueryExecutionId=number)["ResultSet"]["Rows"]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows[1:]]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    from conftest import serving

    folder = tmp_path_factory.mktemp("cloud")
    simulator = Simulator(now=NOW, tickers=22)
    names = market(simulator)
    numerai = Numerai(names[["numerai_ticker", "composite_figi"]])
    numerai.now = datetime.datetime.fromisoformat(NOW.rstrip("Z"))
    with serving(numerai.answer) as url, docker_service(folder) as docker:
        numerai.url = url
        emulator = Emulator(folder / "ministack", docker)
        variables = {
            "SIGNALS_NOW": NOW,
            "SIGNALS_YAHOO_URL": simulator.url,
            "SIGNALS_NUMERAI_URL": url,
            "SIGNALS_RATE": "0",
            "SIGNALS_SINCE": "2021-11-01",
            "SIGNALS_DAILY_SINCE": "2022-10-03",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        try:
            yield Cloud(folder, emulator, variables)
        finally:
            emulator.close()
            simulator.close()


@pytest.fixture(scope="module")
def done(cloud):
    """The daily job, started as a schedule starts it; gives its end."""
    first = cloud.end(cloud.start("StartMachine", {"slot": "round", "d": D}))
    assert first["status"] == "SUCCEEDED", first
    daily = cloud.outputs["DailyMachine"].replace(":stateMachine:", ":execution:")
    return cloud.end(f"{daily}:{D}-round")


def test_what_is_deployed_does_not_differ(cloud):
    assert "no differences" in cloud.cdk("diff", "--fail").lower()


def test_the_chain_loads_computes_and_publishes(cloud, done):
    """Each stage is a container of our image, with the keys that the task's endpoint lends it."""
    assert done["status"] == "SUCCEEDED", f"{done.get('error')}: {done.get('cause')}"
    events = {one["event"]: one for one in cloud.events()}
    stages = ["resolve", "load", "transform", "publish", "report", "vacuum"]
    assert list(events) == [f"signals.{stage}" for stage in stages]
    assert {one["outcome"] for one in events.values()} == {"done"}
    summary = events["signals.publish"]["summary"]
    assert summary["live"] == D
    assert summary["glue"]["database"] == cloud.outputs["Database"]
    assert summary["rows"] > 0


def test_athena_reads_what_was_published(cloud, done):
    published = next(one["summary"] for one in cloud.events() if one["event"] == "signals.publish")
    sql = "select count(*), count(distinct numerai_ticker), max(date) from dataset"
    [[rows, names, newest]] = cloud.query(sql)
    assert int(rows) == published["rows"]
    assert int(names) >= published["newest"]["rows"] > 0
    assert newest == D
    [[fresh]] = cloud.query(f"select count(*) from dataset where date = '{D}' and staleness = 0")
    assert int(fresh) == published["newest"]["fresh"]
    [[bars]] = cloud.query(f"select count(*) from prices where date <= date '{D}'")
    loaded = next(one["summary"] for one in cloud.events() if one["event"] == "signals.load")
    assert int(bars) == loaded["bars"]["new"]


def test_a_second_start_of_the_same_day_is_refused(cloud, done):
    execution = cloud.start("StartMachine", {"slot": "round", "d": D})
    again = cloud.end(execution)
    assert again["status"] == "SUCCEEDED", again
    assert cloud.visited(execution)[-1] == "Started before"
    machine = cloud.outputs["DailyMachine"]
    runs = cloud.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    assert [run["name"] for run in runs].count(f"{D}-round") == 1


def messages(cloud, queue: str) -> list[dict]:
    sqs = cloud.client("sqs")
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for one in received:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
    return [json.loads(one["Body"]) for one in received]


@pytest.fixture
def queue(cloud):
    """A queue that hears what the topic says."""
    sqs, sns = cloud.client("sqs"), cloud.client("sns")
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = sns.subscribe(TopicArn=cloud.outputs["TopicArn"], Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    yield url
    sns.unsubscribe(SubscriptionArn=subscription)
    sqs.delete_queue(QueueUrl=url)


def test_a_failing_task_ends_the_chain_and_tells_why(cloud, queue):
    """The exit code of the container, and what the program said last, reach the message."""
    end = cloud.daily("close", {"resolve": ["--nonsense"]})
    assert end["status"] == "FAILED"
    assert end["error"] == "signals.resolve"
    told = until("a message", lambda: [one for one in messages(cloud, queue) if "resolve" in one.get("Subject", "")])
    assert "Exit code:   2 (usage)" in told[0]["Message"]
    assert "resolve has no option --nonsense" in told[0]["Message"]
    ecs = cloud.client("ecs")
    stopped = ecs.list_tasks(cluster=cloud.outputs["ClusterName"], desiredStatus="STOPPED")["taskArns"]
    tasks = ecs.describe_tasks(cluster=cloud.outputs["ClusterName"], tasks=stopped)["tasks"]
    assert 2 in {task["containers"][0]["exitCode"] for task in tasks}


def test_an_alarm_reaches_who_listens(cloud, queue):
    watch = cloud.client("cloudwatch")
    alarm = next(
        one
        for one in watch.describe_alarms()["MetricAlarms"]
        if one["AlarmName"].endswith("LoadDuration") and cloud.outputs["TopicArn"] in one["AlarmActions"]
    )
    datum = {"MetricName": alarm["MetricName"], "Value": alarm["Threshold"] + 1, "Unit": "Seconds"}
    watch.put_metric_data(Namespace=alarm["Namespace"], MetricData=[datum])
    told = until(
        "the alarm", lambda: [one for one in messages(cloud, queue) if alarm["AlarmName"] in one.get("Message", "")]
    )
    assert json.loads(told[0]["Message"])["NewStateValue"] == "ALARM"


def test_a_schedule_starts_its_machine(cloud, done):
    """The deployed schedule itself, moved to now."""
    scheduler = cloud.client("scheduler")
    before = len(
        cloud.client("stepfunctions").list_executions(stateMachineArn=cloud.outputs["WatchMachine"])["executions"]
    )
    names = {"GroupName": STACK, "Name": f"{STACK}-watch"}
    deployed = scheduler.get_schedule(**names)
    kept = {name: deployed[name] for name in ("FlexibleTimeWindow", "Target", "Description")}
    scheduler.update_schedule(**names, **kept, ScheduleExpression="rate(1 minute)", State="ENABLED")

    def fired():
        found = cloud.client("stepfunctions").list_executions(stateMachineArn=cloud.outputs["WatchMachine"])[
            "executions"
        ]
        return found if len(found) > before else None

    [execution, *_] = until("the schedule", fired, 150)
    scheduler.update_schedule(**names, **kept, ScheduleExpression=deployed["ScheduleExpression"], State="DISABLED")
    started = cloud.end(execution["executionArn"])
    assert set(json.loads(started["input"])) == {"scheduled"}, "with the schedule's own input"


def test_the_smoke_test_of_a_stage(cloud, done):
    """scripts/aws-smoke.sh, which is meant for an account, against the emulator."""
    environment = os.environ | cloud.emulator.environment()
    run = subprocess.run(
        [ROOT / "scripts/aws-smoke.sh", "local"], env=environment, capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    assert "FAIL" not in run.stdout
    assert run.stdout.count("ok ") >= 6, run.stdout


def test_destroyed_it_is_gone(cloud, done):
    """Last: afterwards nothing of it is there."""
    cloud.cdk("destroy", "--force")
    formation = cloud.client("cloudformation")
    statuses = {
        one["StackStatus"] for one in formation.list_stacks()["StackSummaries"] if one["StackName"].startswith(STACK)
    }
    assert statuses == {"DELETE_COMPLETE"}
    assert not cloud.client("stepfunctions").list_state_machines()["stateMachines"]
