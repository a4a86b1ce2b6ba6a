"""What operators see and hear: alarms, the dashboard, dead letters, and news of emails."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from adapters.lookout import Kind, Noticed
from adapters.metrics import METRICS
from infra.blueprint import (
    AUDIT,
    DAILY,
    DELIVERY,
    DUTIES,
    FUNCTIONS,
    INDEXES,
    INTAKE,
    OPERATE,
    ROOT,
    SEAL,
    SWEEP,
)
from tests.infra.template import sample_settings, synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from infra.blueprint import Function
    from tests.infra.template import Properties, Synthesized

#: What AWS calls without waiting for an answer: SES, EventBridge, Scheduler.
UNATTENDED = (INTAKE, DELIVERY, SWEEP, SEAL, AUDIT, DAILY)
NAMESPACE = f"PositiveChallenge-{sample_settings()['environment']}"

#: Options that the AWS command line adds, or names differently from the service's parameters.
OF_THE_COMMAND_LINE = {"cli-read-timeout", "query", "output", "max-items", "notification-endpoint"}

#: A link from an alarm's description to its entry in the runbook.
ENTRY = re.compile(r"Runbook: (docs/[\w.-]+)#([\w-]+)$")


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - a policy's own
    """Return what a policy names as a list, whether it is one thing or several."""
    return value if isinstance(value, list) else [value]


def alarms(stack: Synthesized) -> dict[str, Properties]:
    """Return the alarms, by the end of their names."""
    found = stack.of_type("AWS::CloudWatch::Alarm").values()
    return {one["AlarmName"].removeprefix(f"{NAMESPACE}-"): one for one in found}


def anchors(page: str) -> set[str]:
    """Return the headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).strip().replace(" ", "-") for one in headings}


def _entries_of_alarms() -> str:
    """Return what the runbook says about alarms."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    _, _, section = text.partition("\n## Alarms\n")
    return section.partition("\n## ")[0]


# Alarms


@pytest.mark.parametrize(
    "name",
    [
        *("executions-failed", "executions-timed-out", "executions-throttled"),
        *("challenges-stuck", "sweep-not-run", "calendar-ends", "dead-letters", "server-errors"),
        *("requests-refused", "letters-barred", "functions-throttled"),
        *("letters-refused", "letters-returned", "letters-in-doubt", "complaint", "bounce-rate"),
        *("mail-is-out", "not-as-sealed", "seal-not-run", "events-not-published", "backup-failed"),
        *("backup-not-made", "not-as-recorded", "audit-not-run", "challenges-not-running"),
        *("certificate-ends", "slow-seal", "slow-audit", "slow-daily", "slow-sweep"),
        "break-glass-used",
        *(f"errors-{function.name}" for function in FUNCTIONS),
    ],
)
def test_an_alarm_rings_and_names_its_entry_in_the_runbook(stack: Synthesized, name: str) -> None:
    alarm = alarms(stack)[name]
    (topic,) = stack.of_type("AWS::SNS::Topic")
    assert alarm["AlarmActions"] == [{"Ref": topic}]
    found = ENTRY.search(alarm["AlarmDescription"])
    assert found
    page, anchor = found.groups()
    assert anchor in anchors(page)


OURS, AT_LEAST, BELOW = NAMESPACE, "GreaterThanOrEqualToThreshold", "LessThanThreshold"
#: What each alarm without a test of its own watches: namespace, metric, statistic and threshold.
LOOKS_AT = {
    "executions-failed": ("AWS/States", "ExecutionsFailed", "Sum", AT_LEAST, 1),
    "executions-timed-out": ("AWS/States", "ExecutionsTimedOut", "Sum", AT_LEAST, 1),
    "executions-throttled": ("AWS/States", "ExecutionThrottled", "Sum", AT_LEAST, 1),
    "challenges-stuck": (OURS, "ChallengesStuck", "Maximum", AT_LEAST, 1),
    "challenges-not-running": (OURS, "ChallengesNotRunning", "Maximum", AT_LEAST, 1),
    "calendar-ends": (OURS, "CalendarDaysLeft", "Minimum", BELOW, 400),
    "dead-letters": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", AT_LEAST, 1),
    "server-errors": ("AWS/ApiGateway", "5XXError", "Sum", AT_LEAST, 1),
    "requests-refused": ("AWS/WAFV2", "BlockedRequests", "Sum", AT_LEAST, 100),
    "letters-barred": (OURS, "LettersBarred", "Sum", AT_LEAST, 1),
    "letters-refused": (OURS, "LettersRefused", "Sum", AT_LEAST, 1),
    "letters-returned": (OURS, "LettersReturned", "Sum", AT_LEAST, 1),
    "letters-in-doubt": (OURS, "LettersInDoubt", "Sum", AT_LEAST, 1),
    "complaint": (OURS, "Complaints", "Sum", AT_LEAST, 1),
    "mail-is-out": (OURS, "LettersPutOff", "Sum", AT_LEAST, 1),
    "bounce-rate": ("AWS/SES", "Reputation.BounceRate", "Maximum", AT_LEAST, 0.05),
    "not-as-sealed": (OURS, "NotAsSealed", "Maximum", AT_LEAST, 1),
    "not-as-recorded": (OURS, "NotAsRecorded", "Maximum", AT_LEAST, 1),
    "events-not-published": (
        *("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        *("Maximum", AT_LEAST, 1),
    ),
    "backup-failed": ("AWS/Backup", "NumberOfBackupJobsFailed", "Sum", AT_LEAST, 1),
    "backup-not-made": ("AWS/Backup", "NumberOfBackupJobsCompleted", "Sum", BELOW, 3),
    "slow-seal": ("AWS/Lambda", "Duration", "Maximum", AT_LEAST, 720_000),
    "slow-audit": ("AWS/Lambda", "Duration", "Maximum", AT_LEAST, 720_000),
    "slow-daily": ("AWS/Lambda", "Duration", "Maximum", AT_LEAST, 240_000),
    "slow-sweep": ("AWS/Lambda", "Duration", "Maximum", AT_LEAST, 224_000),
    "break-glass-used": ("AWS/Events", "TriggeredRules", "Sum", AT_LEAST, 1),
    "errors-decide": ("AWS/Lambda", "Errors", "Sum", AT_LEAST, 3),
    **{
        f"errors-{function.name}": ("AWS/Lambda", "Errors", "Sum", AT_LEAST, 1)
        for function in FUNCTIONS
        if function.name != "decide"
    },
}


@pytest.mark.parametrize("name", LOOKS_AT)
def test_an_alarm_looks_at_what_it_is_called_after(stack: Synthesized, name: str) -> None:
    alarm = alarms(stack)[name]
    looks_at = (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"])
    assert (*looks_at, alarm["ComparisonOperator"], alarm["Threshold"]) == LOOKS_AT[name]
    assert alarm["Dimensions"], "of this environment alone"


def test_each_functions_errors_are_its_own(stack: Synthesized) -> None:
    for function in FUNCTIONS:
        (dimension,) = alarms(stack)[f"errors-{function.name}"]["Dimensions"]
        assert dimension == {"Name": "FunctionName", "Value": {"Ref": stack.id_of(function)}}


def test_every_alarm_is_known_here(stack: Synthesized) -> None:
    assert len(alarms(stack)) == 27 + len(SLOW) + len(FUNCTIONS)


#: Functions that run on a schedule, and take longer as more is kept.
SLOW = {f"slow-{duty.function.name}": duty.function for duty in DUTIES} | {"slow-sweep": SWEEP}


def test_what_runs_by_the_clock_rings_before_aws_ends_it(stack: Synthesized) -> None:
    """One for each: AWS charges for each metric of an alarm, so each names its function."""
    for name, function in SLOW.items():
        alarm = alarms(stack)[name]
        timeout = function.timeout_seconds * 1_000
        assert 0.5 * timeout < alarm["Threshold"] < 0.9 * timeout
        assert alarm["Dimensions"] == [
            {"Name": "FunctionName", "Value": {"Ref": stack.id_of(function)}}
        ]
    # A new directory takes Sweep one long run.
    assert alarms(stack)["slow-sweep"]["EvaluationPeriods"] == 3
    assert alarms(stack)["slow-seal"]["EvaluationPeriods"] == 1


def test_a_certificate_that_nobody_renewed_rings_and_one_that_ended_goes_on_ringing(
    stack: Synthesized, tmp_path: Path
) -> None:
    (made,) = stack.of_type("AWS::CertificateManager::Certificate")
    alarm = alarms(stack)["certificate-ends"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == (
        *("AWS/CertificateManager", "DaysToExpiry", "Minimum"),
        24 * 60 * 60,
    )
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == (BELOW, 14)
    assert alarm["Dimensions"] == [{"Name": "CertificateArn", "Value": {"Ref": made}}]
    assert alarm["TreatMissingData"] == "breaching", "of one that ended AWS says nothing any more"
    given = "arn:aws:acm:eu-west-2:111122223333:certificate/11111111-2222-3333-4444-555555555555"
    other = synthesize(tmp_path, certificate_arn=given)
    assert alarms(other)["certificate-ends"]["Dimensions"][0]["Value"] == given


# What rings when somebody does it: rules of EventBridge, which learn it from the trail


def _feared(stack: Synthesized) -> dict[str, Properties]:
    """Return the rules that lead to the topic, by the runbook entry that they name.

    Without the bell, which :mod:`tests.infra.test_people` tests.
    """
    (topic,) = stack.of_type("AWS::SNS::Topic")
    found = {}
    for rule in stack.of_type("AWS::Events::Rule").values():
        (target,) = rule["Targets"]
        if target["Arn"] == {"Ref": topic} and rule["EventPattern"]["source"] != ["aws.sts"]:
            words = json.loads(target["InputTransformer"]["InputTemplate"])
            entry = ENTRY.search(words)
            assert entry, words
            assert "<detail-userIdentity-arn>" in words, "who did it"
            found[entry[2]] = rule
    return found


def test_whoever_would_destroy_a_key_is_heard_of(stack: Synthesized) -> None:
    pattern = _feared(stack)["key-in-danger"]["EventPattern"]
    assert pattern["source"] == ["aws.kms"]
    assert pattern["detail-type"] == ["AWS API Call via CloudTrail"]
    assert pattern["detail"]["eventName"] == ["ScheduleKeyDeletion", "DisableKey"]
    keys = [{"Fn::GetAtt": [key, "Arn"]} for key in stack.of_type("AWS::KMS::Key")]
    assert len(keys) == 4
    assert sorted(map(str, pattern["detail"]["resources"]["ARN"])) == sorted(map(str, keys))


def test_whoever_would_open_legal_advice_to_others_is_heard_of(stack: Synthesized) -> None:
    """The key's policy refuses everybody but one function, so it would have to be changed first."""
    detail = _feared(stack)["advice-key-changed"]["EventPattern"]["detail"]
    assert detail["eventName"] == ["PutKeyPolicy"]
    arn = {"Fn::GetAtt": [stack.id_of_key("Record"), "Arn"]}
    assert detail["resources"] == {"ARN": [arn]}


def test_whoever_would_delete_the_table_is_heard_of_when_its_protection_goes(
    stack: Synthesized,
) -> None:
    detail = _feared(stack)["table-in-danger"]["EventPattern"]["detail"]
    assert set(detail["eventName"]) == {
        *("UpdateTable", "UpdateContinuousBackups", "DeleteTable"),
        # The table's own policy refuses every other writer.
        *("PutResourcePolicy", "DeleteResourcePolicy"),
    }
    (table,) = stack.of_type("AWS::DynamoDB::Table")
    # The caller may have written either.
    arn = {"Fn::GetAtt": [table, "Arn"]}
    assert detail["$or"] == [
        {"requestParameters": {"tableName": [{"Ref": table}, arn]}},
        {"requestParameters": {"resourceArn": [arn]}},
    ]


def test_whoever_would_stop_the_trail_is_heard_of(stack: Synthesized) -> None:
    detail = _feared(stack)["trail-stopped"]["EventPattern"]["detail"]
    assert {"StopLogging", "DeleteTrail"} <= set(detail["eventName"])
    trail = stack.only("AWS::CloudTrail::Trail")
    for one in detail["$or"]:
        ((_, named),) = one["requestParameters"].items()
        assert trail["TrailName"] in named


def test_the_acts_that_ring_have_entries_in_the_runbook_and_are_all_known_here(
    stack: Synthesized,
) -> None:
    feared = _feared(stack)
    known = {
        *("advice-key-changed", "key-in-danger", "signing-key-changed"),
        *("table-in-danger", "trail-stopped"),
    }
    assert feared.keys() == known
    assert feared.keys() <= anchors("docs/operations.md")


def test_rules_may_ring(stack: Synthesized) -> None:
    policy = stack.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    (rules,) = (one for one in policy if one["Principal"] == {"Service": "events.amazonaws.com"})
    assert rules["Action"] == "sns:Publish"
    assert "Condition" not in rules, "EventBridge names no rule when it publishes"


def test_every_entry_of_the_runbook_belongs_to_an_alarm(stack: Synthesized) -> None:
    entries = re.findall(r"^### (.+)$", _entries_of_alarms(), re.MULTILINE)
    assert {one.lower().replace(" ", "-") for one in entries} == {
        found[2]
        for alarm in alarms(stack).values()
        if (found := ENTRY.search(alarm["AlarmDescription"]))
    } | _feared(stack).keys()


def test_every_command_of_these_entries_is_one_that_aws_knows() -> None:
    """They need a deployed stack, so no test can run them."""
    from botocore import xform_name  # noqa: PLC0415 - only here
    from botocore.session import Session  # noqa: PLC0415 - only here

    text = _entries_of_alarms().replace("\\\n", " ")
    commands = re.findall(r"\baws ([a-z0-9-]+) ([a-z-]+)([^`\n|]*)", text)
    assert len(commands) > 10
    for service, command, rest in commands:
        model = Session().get_service_model(service)
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        assert command in operations, f"aws {service} {command}"
        asks = model.operation_model(operations[command]).input_shape
        assert asks
        known = {xform_name(name, "-") for name in asks.members} | OF_THE_COMMAND_LINE
        # Without the options of a command within the command.
        given = set(re.findall(r" --([a-z-]+)", re.sub(r"\$\(aws [^)]*\)", "", rest)))
        assert given <= known, f"aws {service} {command}: {given - known}"


def test_an_execution_that_was_stopped_rings_nothing(stack: Synthesized) -> None:
    """Whenever somebody acts, the leg before is stopped."""
    watched = {alarm.get("MetricName") for alarm in alarms(stack).values()}
    assert "ExecutionsAborted" not in watched
    assert {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled"} <= watched


def test_letters_that_only_somebody_can_set_free_ring_at_the_first(stack: Synthesized) -> None:
    """Until then nobody is asked for a reply, and no stage moves up by itself."""
    alarm = alarms(stack)["letters-barred"]
    assert (alarm["EvaluationPeriods"], alarm["Period"]) == (1, 5 * 60)


def test_a_sweep_that_is_not_heard_of_rings(stack: Synthesized) -> None:
    alarm = alarms(stack)["sweep-not-run"]
    assert alarm["TreatMissingData"] == "breaching"
    assert (alarm["MetricName"], alarm["Statistic"]) == ("ChallengesSwept", "SampleCount")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["Period"] >= 2 * 5 * 60, "one Sweep may be missed"


@pytest.mark.parametrize(("name", "function"), [("seal-not-run", SEAL), ("audit-not-run", AUDIT)])
def test_a_day_without_a_seal_or_an_audit_rings(
    stack: Synthesized, name: str, function: Function
) -> None:
    alarm = alarms(stack)[name]
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["MetricName"] == "Invocations"
    assert alarm["Dimensions"] == [
        {"Name": "FunctionName", "Value": {"Ref": stack.id_of(function)}}
    ]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    hours = alarm["Period"] * alarm["EvaluationPeriods"] / 3600
    assert 25 < hours < 48, "a day of 25 hours, when clocks are put back, is no fault"


def test_what_could_not_be_published_or_backed_up_rings(stack: Synthesized) -> None:
    sources = [
        pipe["SourceParameters"]["DynamoDBStreamParameters"]
        for pipe in stack.of_type("AWS::Pipes::Pipe").values()
    ]
    (queue,) = {source["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] for source in sources}
    (dimension,) = alarms(stack)["events-not-published"]["Dimensions"]
    assert dimension["Value"] == {"Fn::GetAtt": [queue, "QueueName"]}
    (vault,) = stack.of_type("AWS::Backup::BackupVault")
    (dimension,) = alarms(stack)["backup-failed"]["Dimensions"]
    assert dimension["Value"] == {"Fn::GetAtt": [vault, "BackupVaultName"]}


def test_throttles_ring_whoever_in_the_account_has_used_up_the_pool(stack: Synthesized) -> None:
    """All functions share it, so others' calls matter too; and it is one metric."""
    alarm = alarms(stack)["functions-throttled"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Throttles")
    assert "Dimensions" not in alarm
    assert "Metrics" not in alarm, "an expression is charged for each metric in it"
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 1)
    assert alarm["ComparisonOperator"] == AT_LEAST


def test_a_firewall_that_goes_on_refusing_rings(stack: Synthesized) -> None:
    alarm = alarms(stack)["requests-refused"]
    acl = stack.only("AWS::WAFv2::WebACL")
    assert acl["VisibilityConfig"]["MetricName"] == acl["Name"] == NAMESPACE
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/WAFV2", "BlockedRequests")
    assert {one["Name"]: one["Value"] for one in alarm["Dimensions"]} == {
        "Region": sample_settings()["region"],
        "Rule": "ALL",
        "WebACL": NAMESPACE,
    }


def test_silence_of_any_other_metric_rings_nothing(stack: Synthesized) -> None:
    heard = (
        *("sweep-not-run", "seal-not-run", "audit-not-run", "backup-not-made"),
        "certificate-ends",
    )
    others = {name: one for name, one in alarms(stack).items() if name not in heard}
    assert {one["TreatMissingData"] for one in others.values()} == {"notBreaching"}


def test_alarms_and_dashboard_know_no_metric_that_nobody_emits(stack: Synthesized) -> None:
    known = {(metric.name, value) for metric in METRICS for value in metric.values or ("",)}
    assert known == set(_ours_on_the_dashboard(stack))
    for alarm in alarms(stack).values():
        if alarm.get("Namespace") == NAMESPACE:
            assert (alarm["MetricName"], "") in known
            dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
            assert dimensions == {"service": "positive-challenge"}


def test_the_topic_is_encrypted_and_only_this_accounts_alarms_may_ring(stack: Synthesized) -> None:
    key = stack.id_of_key("Watch")
    assert stack.only("AWS::SNS::Topic")["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    policy = stack.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    of_the_key = stack.of_type("AWS::KMS::Key")[key]["KeyPolicy"]["Statement"]
    ringing = [
        one
        for one in (*policy, *of_the_key)
        if one["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    ]
    assert [one["Action"] for one in ringing] == [
        "sns:Publish",
        ["kms:Decrypt", "kms:GenerateDataKey"],
    ]
    for one in ringing:
        assert one["Condition"]["StringEquals"] == {
            "aws:SourceAccount": sample_settings()["account"]
        }


def test_alarms_go_to_the_address_that_the_council_gave(stack: Synthesized, tmp_path: Path) -> None:
    assert stack.of_type("AWS::SNS::Subscription") == {}
    told = synthesize(tmp_path, alarm_address="operations@council.example")
    subscription = told.only("AWS::SNS::Subscription")
    assert subscription["Protocol"] == "email"
    assert subscription["Endpoint"] == "operations@council.example"


# The dashboard


def _board(stack: Synthesized) -> dict[str, Any]:
    body = stack.only("AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"][1]
    board: dict[str, Any] = json.loads("".join(p if isinstance(p, str) else "…" for p in body))
    return board


def _ours_on_the_dashboard(stack: Synthesized) -> list[tuple[str, str]]:
    """Return our metrics that some widget shows: name, and value of the dimension."""
    shown = []
    for widget in _board(stack)["widgets"]:
        for one in widget["properties"].get("metrics", []):
            if one[0] == NAMESPACE:
                names, _options = one[:-1], one[-1]
                dimensions = dict(zip(names[2::2], names[3::2], strict=True))
                (value, *_) = [v for k, v in dimensions.items() if k != "service"] or [""]
                shown.append((names[1], value))
    return shown


def test_the_dashboard_says_first_what_to_do(stack: Synthesized) -> None:
    first, second, *_ = _board(stack)["widgets"]
    assert (first["x"], first["y"], first["type"]) == (0, 0, "text")
    assert "What to do first" in first["properties"]["markdown"]
    assert second["type"] == "alarm"
    assert len(second["properties"]["alarms"]) == len(alarms(stack))


def test_the_dashboard_names_each_challenge_that_sweep_has_named(stack: Synthesized) -> None:
    (widget,) = (one["properties"] for one in _board(stack)["widgets"] if one["type"] == "log")
    query = widget["query"]
    assert 'message in ["stuck", "not running"]' in query
    shown = set(re.findall(r"latest\((\w+)\)", query)) | {"reference"}
    told = Noticed(Kind.STUCK, "PCE-1", "STAGE_1", "", 2, "PCE-1_1", "failed").told()
    assert shown == set(told)
    assert query.endswith("limit 50")


def test_no_widget_lies_over_another(stack: Synthesized) -> None:
    taken: set[tuple[int, int]] = set()
    for one in _board(stack)["widgets"]:
        columns = range(one["x"], one["x"] + one["width"])
        rows = range(one["y"], one["y"] + one["height"])
        cells = {(x, y) for x in columns for y in rows}
        assert max(columns) < 24
        assert not taken & cells
        taken |= cells


def test_the_cost_of_a_challenge_counts_every_function_table_and_letter(
    stack: Synthesized,
) -> None:
    (widget,) = (
        one
        for one in _board(stack)["widgets"]
        if "Cost per challenge" in one["properties"].get("title", "")
    )
    metrics = widget["properties"]["metrics"]
    (expression,) = (one[0]["expression"] for one in metrics if isinstance(one[0], dict))
    spent, raised = expression.split(" / ")
    ids = {one[-1]["id"]: one[1] for one in metrics if not isinstance(one[0], dict)}
    used = [ids[name] for name in re.findall(r"\b([cr]\d+)\b", expression)]
    assert used.count("Duration") == len(FUNCTIONS)
    assert used.count("Invocations") == len(FUNCTIONS) + 1, "Decide's are transitions as well"
    units = [used.count(f"Consumed{kind}CapacityUnits") for kind in ("Write", "Read")]
    assert units == [1 + len(INDEXES)] * 2, "of the table, and of each index"
    assert [ids[name] for name in re.findall(r"r\d+", raised)] == ["ChallengesRaised"] * 3
    assert "Send" in used, "the emails, as SES counts them"
    # FILL(c0, 0) * 0.000075: each price comes from the list, or is computed from it.
    assert all(0 < float(price) < 0.001 for price in re.findall(r"\* ([\d.]+)", spent))
    assert "price" in _board(stack)["widgets"][-1]["properties"]["markdown"]


# Dead letters


def _queue(stack: Synthesized) -> str:
    """Find the one queue for events at which functions failed; the bus has its own."""
    (found,) = (name for name in stack.of_type("AWS::SQS::Queue") if name.startswith("Watch"))
    return found


def test_what_is_asked_of_a_function_while_nobody_waits_is_kept_if_it_fails(
    stack: Synthesized,
) -> None:
    queue = _queue(stack)
    kept = stack.of_type("AWS::Lambda::EventInvokeConfig").values()
    assert {one["FunctionName"]["Ref"] for one in kept} == {
        stack.id_of(function) for function in UNATTENDED
    }
    for one in kept:
        assert one["DestinationConfig"]["OnFailure"]["Destination"] == {
            "Fn::GetAtt": [queue, "Arn"]
        }
        assert one["MaximumRetryAttempts"] == 2


def test_whoever_calls_a_function_without_waiting_is_known_to_the_tests(
    stack: Synthesized,
) -> None:
    """So that the next one is not forgotten above. A bell calls a topic, not a function."""
    called = {
        rule["Arn"]["Fn::GetAtt"][0]
        for one in stack.of_type("AWS::Events::Rule").values()
        for rule in one["Targets"]
        if "Fn::GetAtt" in rule["Arn"]  # a topic calls nobody
    }
    called |= {
        one["Target"]["Arn"]["Fn::GetAtt"][0]
        for one in stack.of_type("AWS::Scheduler::Schedule").values()
    }
    called |= {
        action["LambdaAction"]["FunctionArn"]["Fn::GetAtt"][0]
        for one in stack.of_type("AWS::SES::ReceiptRule").values()
        for action in one["Rule"]["Actions"]
        if "LambdaAction" in action
    }
    assert called == {stack.id_of(function) for function in UNATTENDED}


def test_a_call_that_cannot_even_be_made_is_kept(stack: Synthesized) -> None:
    queue = _queue(stack)
    kept = {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    for rule in stack.of_type("AWS::Events::Rule").values():
        assert [target["DeadLetterConfig"] for target in rule["Targets"]] == [kept]
    for schedule in stack.of_type("AWS::Scheduler::Schedule").values():
        assert schedule["Target"]["DeadLetterConfig"] == kept


def test_dead_letters_are_kept_for_two_weeks_encrypted(stack: Synthesized) -> None:
    queue = stack.of_type("AWS::SQS::Queue")[_queue(stack)]
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60
    assert queue["KmsMasterKeyId"] == {"Fn::GetAtt": [stack.id_of_key("Watch"), "Arn"]}


def test_whoever_leaves_a_dead_letter_may_encrypt_it(stack: Synthesized) -> None:
    """Otherwise it would be lost without a trace."""
    key = {"Fn::GetAtt": [stack.id_of_key("Watch"), "Arn"]}
    schedules = stack.of_type("AWS::Scheduler::Schedule").values()
    roles = {schedule["Target"]["RoleArn"]["Fn::GetAtt"][0] for schedule in schedules}
    senders = [
        *(stack.allowed_to_function(function) for function in UNATTENDED),
        *(stack.allowed_to(role) for role in roles),
    ]
    for allowed in senders:
        (use,) = (one for one in allowed if key in listed(one["Resource"]))
        assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
        assert any("sqs:SendMessage" in listed(one["Action"]) for one in allowed)
    policy = stack.of_type("AWS::KMS::Key")[stack.id_of_key("Watch")]["KeyPolicy"]["Statement"]
    (events,) = (one for one in policy if one["Principal"] == {"Service": "events.amazonaws.com"})
    assert events["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    # EventBridge could not meet a condition on the key, so only the queue has one.
    assert "Condition" not in events
    (of_the_queue,) = (
        policy["PolicyDocument"]["Statement"]
        for policy in stack.of_type("AWS::SQS::QueuePolicy").values()
        if policy["Queues"] == [{"Ref": _queue(stack)}]
    )
    allowed = [one["Condition"] for one in of_the_queue if one["Effect"] == "Allow"]
    rules = [{"Fn::GetAtt": [rule, "Arn"]} for rule in stack.of_type("AWS::Events::Rule")]
    assert len(allowed) == len(rules)
    for rule in rules:
        assert {"ArnEquals": {"aws:SourceArn": rule}} in allowed


def test_no_function_may_use_the_operators_key_for_anything_else(stack: Synthesized) -> None:
    key = {"Fn::GetAtt": [stack.id_of_key("Watch"), "Arn"]}
    for function in FUNCTIONS:
        uses = [one for one in stack.allowed_to_function(function) if one["Resource"] == key]
        assert bool(uses) is (function in (*UNATTENDED, OPERATE))
        through = {one["Condition"]["StringEquals"]["kms:ViaService"] for one in uses}
        # Operate gives the alarms' topic what it did not get.
        services = {OPERATE: {"sqs", "sns"}}.get(function, {"sqs"} if uses else set())
        assert through == {f"{service}.eu-west-2.amazonaws.com" for service in services}


# Letters


def test_every_letter_is_sent_over_tls_and_its_fate_is_told(stack: Synthesized) -> None:
    (letters,) = stack.of_type("AWS::SES::ConfigurationSet")
    how = stack.only("AWS::SES::ConfigurationSet")
    assert how["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert how["ReputationOptions"] == {"ReputationMetricsEnabled": True}
    assert how["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE"]}, "no letter is no answer"
    told = stack.only("AWS::SES::ConfigurationSetEventDestination")["EventDestination"]
    assert sorted(told["MatchingEventTypes"]) == [
        *("bounce", "complaint", "deliveryDelay", "reject", "renderingFailure"),
    ]
    assert told["EventBridgeDestination"]["EventBusArn"].endswith(":event-bus/default")
    identity = stack.only("AWS::SES::EmailIdentity")
    assert identity["ConfigurationSetAttributes"] == {"ConfigurationSetName": {"Ref": letters}}


def test_news_of_these_letters_alone_goes_to_delivery(stack: Synthesized) -> None:
    (letters,) = stack.of_type("AWS::SES::ConfigurationSet")
    (rule,) = (
        one
        for one in stack.of_type("AWS::Events::Rule").values()
        if one["EventPattern"]["source"] == ["aws.ses"]
    )
    assert rule["EventPattern"] == {
        "source": ["aws.ses"],
        "detail": {"mail": {"tags": {"ses:configuration-set": [{"Ref": letters}]}}},
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [stack.id_of(DELIVERY), "Arn"]}
