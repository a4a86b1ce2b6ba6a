"""The way in over HTTP, as deployed: who gets in, what is refused, and what is kept of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from adapters.identity import CALLBACK_PATH, Identity
from handlers.api import ROUTES, app
from handlers.pages import app as pages_app
from infra import refusals
from infra.blueprint import (
    ADVICE,
    ADVICE_PATH,
    API,
    API_PATH,
    COMPRESSED_FROM,
    DOCUMENTS,
    DOCUMENTS_PATH,
    METHODS,
    PAGES,
)
from tests.infra.template import sample_settings, synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from infra.blueprint import Function
    from infra.refusals import Refusal
    from tests.infra.template import Properties, Synthesized


# The gateway -------------------------------------------------------------------------------------


def test_each_address_leads_to_its_function_and_all_others_to_the_pages(
    stack: Synthesized,
) -> None:
    resources = stack.of_type("AWS::ApiGateway::Resource")
    led = {}
    for method in stack.of_type("AWS::ApiGateway::Method").values():
        assert method["Integration"]["Type"] == "AWS_PROXY"
        function = method["Integration"]["Uri"]["Fn::Join"][1][-2]["Fn::GetAtt"][0]
        led[_path(method["ResourceId"], resources), method["HttpMethod"]] = function
    places = {"/": PAGES, "/{proxy+}": PAGES, API_PATH: API, f"{API_PATH}/{{proxy+}}": API}
    places |= {f"{ADVICE_PATH}/{{proxy+}}": ADVICE, f"{DOCUMENTS_PATH}/{{proxy+}}": DOCUMENTS}
    assert led == {
        (path, method): stack.id_of(function)
        for path, function in places.items()
        for method in METHODS
    }


def _path(resource: dict[str, Any], resources: dict[str, Properties]) -> str:
    if "Fn::GetAtt" in resource:
        return "/"
    found = resources[resource["Ref"]]
    above = _path(found["ParentId"], resources).rstrip("/")
    return f"{above}/{found['PathPart']}"


@pytest.mark.parametrize(
    "function", [PAGES, API, ADVICE, DOCUMENTS], ids=lambda function: function.name
)
def test_a_request_is_answered_before_the_gateway_gives_up(function: Function) -> None:
    """A REST API waits 29 seconds: a longer page could act after the person saw an error."""
    assert function.timeout_seconds < 29


def test_bodies_come_and_go_as_bytes(stack: Synthesized) -> None:
    assert stack.only("AWS::ApiGateway::RestApi")["BinaryMediaTypes"] == ["*/*"]


def test_the_gateway_compresses_what_is_worth_it(stack: Synthesized) -> None:
    assert stack.only("AWS::ApiGateway::RestApi")["MinimumCompressionSize"] == COMPRESSED_FROM


def test_there_is_no_way_in_but_by_the_council_s_own_address(stack: Synthesized) -> None:
    api = stack.only("AWS::ApiGateway::RestApi")
    assert api["DisableExecuteApiEndpoint"] is True
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    domain = stack.only("AWS::ApiGateway::DomainName")
    assert domain["DomainName"] == urlsplit(sample_settings()["public_url"]).hostname
    assert "execute-api" not in str(stack.outputs)


def test_both_the_address_and_the_api_take_tls_1_2_and_later_alone(stack: Synthesized) -> None:
    for kind in ("RestApi", "DomainName"):
        found = stack.only(f"AWS::ApiGateway::{kind}")
        assert found["SecurityPolicy"] == "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
        assert found["EndpointAccessMode"] == "STRICT"


def test_the_address_shows_no_stage_and_leads_nowhere_before_the_firewall_stands(
    stack: Synthesized,
) -> None:
    (mapping,) = (
        resource
        for resource in stack.resources.values()
        if resource["Type"] == "AWS::ApiGateway::BasePathMapping"
    )
    assert "BasePath" not in mapping["Properties"]
    (association,) = stack.of_type("AWS::WAFv2::WebACLAssociation")
    (logging,) = stack.of_type("AWS::WAFv2::LoggingConfiguration")
    assert {association, logging} <= set(mapping["DependsOn"])


def test_the_certificate_is_proved_by_a_record_in_the_council_s_dns(stack: Synthesized) -> None:
    certificate = stack.only("AWS::CertificateManager::Certificate")
    assert certificate["ValidationMethod"] == "DNS"
    assert "DomainValidationOptions" not in certificate, "the zone is not ours"


def test_mail_is_taken_in_only_when_the_certificate_is_there(stack: Synthesized) -> None:
    """The first deployment waits for a person for hours, in which SES would take emails."""
    (certificate,) = stack.of_type("AWS::CertificateManager::Certificate")
    (rule,) = (one for one in stack.resources.values() if one["Type"] == "AWS::SES::ReceiptRule")
    assert certificate in rule["DependsOn"]


def test_a_certificate_that_is_there_is_taken_and_none_is_asked_for(tmp_path: Path) -> None:
    here = "arn:aws:acm:eu-west-2:111122223333:certificate/"
    given = f"{here}8a4e1f6c-0b3d-4f6e-9a57-2c1d7e9b4f10"
    stack = synthesize(tmp_path, certificate_arn=given)
    assert not stack.of_type("AWS::CertificateManager::Certificate")
    assert stack.only("AWS::ApiGateway::DomainName")["RegionalCertificateArn"] == given


def test_operators_are_told_where_the_address_has_to_point(stack: Synthesized) -> None:
    outputs = stack.outputs
    (domain,) = stack.of_type("AWS::ApiGateway::DomainName")
    assert outputs["CnameTarget"]["Value"] == {"Fn::GetAtt": [domain, "RegionalDomainName"]}


def _limits(stack: Synthesized) -> dict[tuple[str, str], tuple[float, int]]:
    """Return how many requests are let in, per second and at once: (path, method) → both."""
    return {
        (one["ResourcePath"].replace("/~1", "/").replace("~1", "/"), one["HttpMethod"]): (
            one["ThrottlingRateLimit"],
            one["ThrottlingBurstLimit"],
        )
        for one in stack.only("AWS::ApiGateway::Stage")["MethodSettings"]
    }


def test_each_method_of_each_resource_lets_in_what_the_account_can_run(stack: Synthesized) -> None:
    """API Gateway limits each of them separately: none falls back to a limit for all."""
    assert _limits(stack) == {
        ("/{proxy+}", "GET"): (27.0, 54),
        ("/{proxy+}", "POST"): (11.25, 22),
        ("/", "GET"): (11.25, 22),
        ("/api/{proxy+}", "GET"): (7.5, 15),
        ("/api/{proxy+}", "POST"): (7.5, 15),
        ("/advice/{proxy+}", "GET"): (3.0, 6),
        ("/advice/{proxy+}", "POST"): (1.5, 3),
        **dict.fromkeys([("/advice/{proxy+}", "HEAD"), ("/advice/{proxy+}", "OPTIONS")], (0.1, 1)),
        ("/documents/{proxy+}", "GET"): (3.0, 6),
        ("/documents/{proxy+}", "POST"): (1.5, 3),
        **{("/documents/{proxy+}", method): (0.1, 1) for method in ("HEAD", "OPTIONS")},
        **dict.fromkeys([("/", "POST"), ("/api", "GET"), ("/api", "POST")], (1, 2)),
        **{
            (path, method): (1, 2)
            for path in ("/", "/{proxy+}", "/api", "/api/{proxy+}")
            for method in ("HEAD", "OPTIONS")
        },
        # Used by no method: each has its own.
        ("/*", "*"): (27.0, 54),
    }
    resources = stack.of_type("AWS::ApiGateway::Resource")
    there = {
        (_path(method["ResourceId"], resources), method["HttpMethod"])
        for method in stack.of_type("AWS::ApiGateway::Method").values()
    }
    assert _limits(stack).keys() - {("/*", "*")} == there, "a limit of nothing limits nothing"


def test_an_account_that_can_run_less_lets_in_less(stack: Synthesized, tmp_path: Path) -> None:
    small = _limits(synthesize(tmp_path, lambda_quota="100"))
    assert small.keys() == _limits(stack).keys()
    assert [small["/{proxy+}", "GET"], small["/api/{proxy+}", "POST"]] == [(3.6, 7), (1, 2)]


# What is kept of a request -----------------------------------------------------------------------

#: What a line of the access log may take from a request: nothing that was typed, and no address.
LOGGED = {
    "$context.requestTime",
    "$context.requestId",
    "$context.integration.requestId",
    "$context.identity.sourceIp",
    "$context.httpMethod",
    "$context.resourcePath",  # the pattern: /{proxy+}
    "$context.status",
    "$context.responseLength",
    "$context.responseLatency",
    "$context.integration.integrationStatus",
    "$context.integration.latency",
    "$context.integration.error",
    "$context.error.responseType",
    "$context.wafResponseCode",
    "$context.tlsVersion",
}


def test_a_line_of_the_access_log_holds_nothing_of_what_was_asked(stack: Synthesized) -> None:
    log = stack.only("AWS::ApiGateway::Stage")["AccessLogSetting"]
    line = json.loads(log["Format"])
    assert set(line.values()) <= LOGGED
    assert {"requestId", "status", "latency", "method"} <= line.keys()


def test_the_gateway_s_own_log_ends_as_the_others_do(stack: Synthesized) -> None:
    (api,) = stack.of_type("AWS::ApiGateway::RestApi")
    stage = stack.only("AWS::ApiGateway::Stage")["StageName"]
    name = {"Fn::Join": ["", ["API-Gateway-Execution-Logs_", {"Ref": api}, f"/{stage}"]]}
    (log,) = (
        log
        for log, properties in stack.of_type("AWS::Logs::LogGroup").items()
        if properties.get("LogGroupName") == name
    )
    (of_stage,) = (r for r in stack.resources.values() if r["Type"] == "AWS::ApiGateway::Stage")
    assert log in of_stage["DependsOn"], "else API Gateway makes it, without an end"


def test_the_role_that_writes_every_api_s_log_outlives_the_environment(stack: Synthesized) -> None:
    """One role per account and region: without it, other environments would lose their logs."""
    account = stack.only("AWS::ApiGateway::Account")
    role = account["CloudWatchRoleArn"]["Fn::GetAtt"][0]
    kept = [role, *stack.of_type("AWS::ApiGateway::Account")]
    for name in kept:
        assert stack.resources[name]["DeletionPolicy"] == "Retain"


def test_the_firewall_s_log_holds_refusals_alone_and_no_secret(stack: Synthesized) -> None:
    logging = stack.only("AWS::WAFv2::LoggingConfiguration")
    (destination,) = logging["LogDestinationConfigs"]
    *_, before, log = destination["Fn::Join"][1]
    assert before.endswith(":log-group:")
    name = stack.of_type("AWS::Logs::LogGroup")[log["Ref"]]["LogGroupName"]
    assert name.startswith("aws-waf-logs-"), "WAF writes to no log of another name"
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"
    (kept,) = logging["LoggingFilter"]["Filters"]
    assert kept["Behavior"] == "KEEP"
    assert kept["Conditions"] == [{"ActionCondition": {"Action": "BLOCK"}}]
    redacted = logging["RedactedFields"]
    assert {"UriPath": {}} in redacted
    assert {"QueryString": {}} in redacted
    for header in ("authorization", "cookie"):
        assert {"SingleHeader": {"Name": header}} in redacted


def test_what_the_firewall_says_of_a_match_shows_no_secret_and_no_word_that_was_typed(
    stack: Synthesized,
) -> None:
    """A limit by cookie or token names the value in the log; a rule quotes what it matched."""
    protected = stack.only("AWS::WAFv2::WebACL")["DataProtectionConfig"]["DataProtections"]
    for one in protected:
        assert one["ExcludeRateBasedDetails"] is False
        assert one["ExcludeRuleMatchDetails"] is False
    fields = {one["Field"]["FieldType"]: one["Field"].get("FieldKeys") for one in protected}
    assert fields == {
        "SINGLE_HEADER": ["authorization", "cookie"],
        "SINGLE_COOKIE": None,
        "QUERY_STRING": None,
        "BODY": None,
    }


def test_no_sample_is_kept_where_a_path_may_hold_a_token(stack: Synthesized) -> None:
    acl = stack.only("AWS::WAFv2::WebACL")
    assert acl["VisibilityConfig"]["SampledRequestsEnabled"] is False
    shown = [
        rule for rule in acl["Rules"] if rule["VisibilityConfig"]["SampledRequestsEnabled"] is True
    ]
    assert shown
    for rule in shown:
        scopes = _scopes(_limit(rule))
        assert scopes
        assert all(one["SearchString"].startswith(("/sign-in", API_PATH)) for one in scopes)


# The firewall ------------------------------------------------------------------------------------


def _rules(stack: Synthesized) -> dict[str, Properties]:
    acl = stack.only("AWS::WAFv2::WebACL")
    assert acl["Scope"] == "REGIONAL"
    assert acl["DefaultAction"] == {"Allow": {}}
    return {rule["Name"]: rule for rule in acl["Rules"]}


def _limit(rule: Properties) -> Properties:
    found: Properties = rule["Statement"]["RateBasedStatement"]
    return found


def test_the_firewall_stands_before_the_one_stage(stack: Synthesized) -> None:
    association = stack.only("AWS::WAFv2::WebACLAssociation")
    (acl,) = stack.of_type("AWS::WAFv2::WebACL")
    (stage,) = stack.of_type("AWS::ApiGateway::Stage")
    assert association["WebACLArn"] == {"Fn::GetAtt": [acl, "Arn"]}
    assert association["ResourceArn"]["Fn::Join"][1][-1] == {"Ref": stage}


def test_aws_s_rules_refuse_as_they_come_but_never_for_what_somebody_typed(
    stack: Synthesized,
) -> None:
    groups = {
        statement["Name"]: statement["RuleActionOverrides"]
        for rule in _rules(stack).values()
        if (statement := rule["Statement"].get("ManagedRuleGroupStatement"))
    }
    counted = {
        name: {one["Name"] for one in overrides if one["ActionToUse"] == {"Count": {}}}
        for name, overrides in groups.items()
    }
    assert counted == {
        "AWSManagedRulesAmazonIpReputationList": set(),
        "AWSManagedRulesKnownBadInputsRuleSet": {
            "JavaDeserializationRCE_BODY",
            "Log4JRCE_BODY",
            "ReactJSRCE_BODY",
        },
        "AWSManagedRulesCommonRuleSet": {
            # Every rule of the group that reads a body.
            "SizeRestrictions_BODY",
            "CrossSiteScripting_BODY",
            "EC2MetaDataSSRF_BODY",
            "GenericLFI_BODY",
            "GenericRFI_BODY",
            # What an OpenID provider sends people back with, and programs without a name.
            "SizeRestrictions_QUERYSTRING",
            "RestrictedExtensions_QUERYARGUMENTS",
            "NoUserAgent_HEADER",
        },
    }
    for rule in _rules(stack).values():
        if "ManagedRuleGroupStatement" in rule["Statement"]:
            assert rule["OverrideAction"] == {"None": {}}


def test_what_is_only_counted_has_its_reason() -> None:
    from infra.cloud.firewall import COUNTED  # noqa: PLC0415 - starts Node

    for reasons in COUNTED.values():
        assert all(len(reason.split()) > 5 for reason in reasons.values())


def test_an_address_may_be_a_whole_council(stack: Synthesized) -> None:
    limit = _limit(_rules(stack)["Address"])
    assert limit["AggregateKeyType"] == "IP"
    assert limit["Limit"] == 5_000
    assert "ScopeDownStatement" not in limit


@pytest.mark.parametrize(
    ("name", "requests", "keys", "begins"),
    [
        ("SignIn", 1_000, None, ["/sign-in"]),
        ("ReplyLinks", 500, None, ["/reply/", "/action/", "/calendar/"]),
        ("Session", 600, ["IP", "Cookie"], []),
        ("Programs", 600, ["Header"], [API_PATH]),
    ],
)
def test_a_sender_is_more_than_an_address_where_less_is_enough(
    stack: Synthesized, name: str, requests: int, keys: list[str] | None, begins: list[str]
) -> None:
    limit = _limit(_rules(stack)[name])
    assert limit["Limit"] == requests
    assert limit["EvaluationWindowSec"] == 300
    found = [key for one in limit.get("CustomKeys", []) for key in one] or None
    assert found == keys
    scopes = _scopes(limit)
    assert [scope["SearchString"] for scope in scopes] == begins
    for scope in scopes:
        assert scope["PositionalConstraint"] == "STARTS_WITH"
        kinds = [one["Type"] for one in scope["TextTransformations"]]
        assert kinds == ["URL_DECODE", "NORMALIZE_PATH"], "an escaped path is the same path to us"


def _scopes(limit: Properties) -> list[Properties]:
    """Return the paths that a limit is for; none if it is for all."""
    scope = limit.get("ScopeDownStatement", {})
    statements = scope.get("OrStatement", {}).get("Statements", [scope] if scope else [])
    return [one["ByteMatchStatement"] for one in statements]


def test_the_limits_are_of_paths_and_names_that_there_are(stack: Synthesized) -> None:
    rules = _rules(stack)
    paths = {route.path for one in (app, pages_app) for route in _routes(one)}
    for name in ("SignIn", "ReplyLinks", "Programs"):
        for scope in _scopes(_limit(rules[name])):
            begins = scope["SearchString"]
            assert any(path.startswith(begins) for path in paths), begins
    assert CALLBACK_PATH.startswith("/sign-in")
    assert all(path.startswith(f"{API_PATH}/") for path in ROUTES)
    public_url = sample_settings()["public_url"]
    secrets: Any = None  # a cookie's name is known without any
    identity = Identity("https://login.example.org", "client", secrets, public_url)
    cookie = _limit(rules["Session"])["CustomKeys"][1]["Cookie"]["Name"]
    assert cookie == identity.session_cookie


def _routes(resolver: Any) -> list[Any]:  # noqa: ANN401 - Powertools' own
    return [*resolver._static_routes, *resolver._dynamic_routes]


def test_who_sent_too_much_is_told_so_and_when_to_come_again(stack: Synthesized) -> None:
    acl = stack.only("AWS::WAFv2::WebACL")
    limits = [rule for rule in acl["Rules"] if "RateBasedStatement" in rule["Statement"]]
    assert limits
    for rule in limits:
        answer = rule["Action"]["Block"]["CustomResponse"]
        assert answer["ResponseCode"] == 429
        headers = {one["Name"]: one["Value"] for one in answer["ResponseHeaders"]}
        assert headers == {**refusals.HEADERS, "Retry-After": "300"}
        body = acl["CustomResponseBodies"][answer["CustomResponseBodyKey"]]
        kind = "APPLICATION_JSON" if rule["Name"] == "Programs" else "TEXT_HTML"
        assert body["ContentType"] == kind
        assert refusals.TOO_MANY.title in body["Content"]


# What the gateway answers itself -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "refusal"),
    [
        ("DEFAULT_4XX", None, refusals.NOT_UNDERSTOOD),
        ("REQUEST_TOO_LARGE", "413", refusals.TOO_LARGE),
        ("THROTTLED", "429", refusals.BUSY),
        ("WAF_FILTERED", "403", refusals.FIREWALL),
        ("DEFAULT_5XX", None, refusals.FAULT),
    ],
)
def test_the_gateway_s_own_answers_have_our_words_and_headers(
    stack: Synthesized, kind: str, status: str | None, refusal: Refusal
) -> None:
    (answer,) = (
        one
        for one in stack.of_type("AWS::ApiGateway::GatewayResponse").values()
        if one["ResponseType"] == kind
    )
    assert answer.get("StatusCode") == status
    assert answer["ResponseTemplates"] == {
        "text/html": refusal.page,
        "application/json": refusal.problem,
    }
    headers = answer["ResponseParameters"]
    for name, value in refusals.HEADERS.items():
        assert headers[f"gatewayresponse.header.{name}"] == f"'{value}'"
    later = "'30'" if status == "429" else None
    assert headers.get("gatewayresponse.header.Retry-After") == later


@pytest.mark.parametrize(
    "refusal", [one for one in vars(refusals).values() if isinstance(one, refusals.Refusal)]
)
def test_an_answer_of_the_gateway_says_what_to_do_and_shows_nothing_that_was_sent(
    refusal: Refusal,
) -> None:
    assert refusal.page.isascii(), "no character set is said of it"
    assert not re.search(r"[$#]", refusal.page + refusal.problem), "API Gateway fills in variables"
    assert "<script" not in refusal.page
    assert len(refusal.page) < 4_096, "WAF takes no more"
    assert "go back: your browser may still have what you typed" in refusal.page.lower()
    assert all("'" not in value for value in refusals.HEADERS.values())
    assert json.loads(refusal.problem)["detail"]
