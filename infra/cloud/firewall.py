"""The firewall before the way in (AWS WAF): what is refused before a function of ours is asked.

It must refuse no honest form and no honest address, and must keep none of what it sees. So it does
not judge words that people type (``COUNTED``), it takes a council that comes from a single address
for the many people it is (``LIMITS``), and its log tells of refusals alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra import refusals
from infra.blueprint import API_PATH
from infra.cloud.measured import FIVE_MINUTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aws_cdk import aws_apigateway as apigateway
    from aws_cdk import aws_logs as logs

_Acl = wafv2.CfnWebACL

_WORDS = (
    "People type what they have to say, also the address of a page, a path, or angle brackets. It "
    "is kept as words, escaped on every page, and nothing is fetched, opened or run by it."
)

#: AWS's groups of rules, and of each the rules that only count what they match, with the reason.
#: (A name that AWS does not know counts nothing, and nobody says so.)
COUNTED: dict[str, dict[str, str]] = {
    # Addresses that AWS knows to attack others.
    "AWSManagedRulesAmazonIpReputationList": {},
    "AWSManagedRulesKnownBadInputsRuleSet": {
        "JavaDeserializationRCE_BODY": _WORDS,
        "Log4JRCE_BODY": _WORDS,
        "ReactJSRCE_BODY": _WORDS,
    },
    "AWSManagedRulesCommonRuleSet": {
        "SizeRestrictions_BODY": (
            "It refuses more than 8 kB; a form may hold far more, and the functions say "
            "themselves what is too much."
        ),
        "CrossSiteScripting_BODY": _WORDS,
        "EC2MetaDataSSRF_BODY": _WORDS,
        "GenericLFI_BODY": _WORDS,
        "GenericRFI_BODY": _WORDS,
        "SizeRestrictions_QUERYSTRING": (
            "It refuses more than 2 kB; an OpenID provider may come back with a longer code."
        ),
        "RestrictedExtensions_QUERYARGUMENTS": (
            "A provider's code has dots in it and can look like a file's name; no file is opened "
            "by a query."
        ),
        "NoUserAgent_HEADER": "A forms platform need not say what it is: it has a token.",
    },
}


@dataclass(frozen=True)
class Limit:
    """So many requests in five minutes for each sender, and those beyond are refused.

    A sender is an address, or an address with the value of a ``cookie``, or the value of a
    ``header`` wherever it comes from; whoever sends no such cookie or header is not counted here.
    ``below``: only requests to paths that begin so. ``shown``: AWS may keep some of the refused
    requests for operators to look at, because their paths can hold no token.
    """

    name: str
    requests: int
    below: str = ""
    cookie: str = ""
    header: str = ""
    shown: bool = False


#: A whole council often comes from one address. A page is one request or two, so five thousand
#: are hundreds of people who work without a pause; of what is dearer or more worth guessing at,
#: fewer are enough. (A token of 256 bits is not found by guessing; but nobody needs to try.)
LIMITS = (
    Limit("Address", 5_000),
    # Two requests a person, each of which also asks the council's provider.
    Limit("SignIn", 1_000, below="/sign-in", shown=True),
    # To open one, to check the answer and to send it are three or four.
    Limit("ReplyLinks", 500, below="/reply/"),
    # One browser that runs wild does not hold up its neighbours at the same address.
    Limit("Session", 600, cookie="__Host-session"),
    # A platform whose retries run wild, from whatever addresses: two a second.
    Limit("Programs", 600, below=API_PATH, header="authorization", shown=True),
)

#: All that a lean environment has, each rule of which costs a dollar a month: one limit for each
#: address, wherever it goes. The gateway's own limit, for everybody together, stands behind it.
LIMITS_IF_LEAN = LIMITS[:1]

#: Never kept, neither in a log nor in a sample, also where a rule says what it matched or counted.
_HEADERS_HIDDEN = ("authorization", "cookie")


class Firewall(Construct):
    """The web ACL before a stage of an API."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: apigateway.Stage,
        log: logs.ILogGroup,
        lean: bool,
    ) -> None:
        """Make the rules, put them before the stage, and tell ``log`` whom they refused."""
        super().__init__(scope, name)
        stack = Stack.of(self)
        acl = _Acl(
            self,
            "Rules",
            # Its metrics go by this name: each environment has its own.
            name=stack.stack_name,
            scope="REGIONAL",
            default_action=_Acl.DefaultActionProperty(allow={}),
            # A sample of what was let in would hold tokens of reply links.
            visibility_config=_seen(stack.stack_name, shown=False),
            rules=[*(_rules(LIMITS_IF_LEAN, ()) if lean else _rules(LIMITS, COUNTED))],
            custom_response_bodies={
                "Page": _Acl.CustomResponseBodyProperty(
                    content_type="TEXT_HTML", content=refusals.TOO_MANY.page
                ),
                "Problem": _Acl.CustomResponseBodyProperty(
                    content_type="APPLICATION_JSON", content=refusals.TOO_MANY.problem
                ),
            },
            data_protection_config=_Acl.DataProtectionConfigProperty(data_protections=_hidden()),
        )
        wafv2.CfnWebACLAssociation(
            self, "BeforeTheStage", resource_arn=stage.stage_arn, web_acl_arn=acl.attr_arn
        )
        self._tell(acl, log)
        #: How many requests were refused, by whichever rule.
        self.refused = cloudwatch.Metric(
            namespace="AWS/WAFV2",
            metric_name="BlockedRequests",
            dimensions_map={"WebACL": stack.stack_name, "Region": stack.region, "Rule": "ALL"},
            statistic="Sum",
            period=FIVE_MINUTES,
        )

    def _tell(self, acl: wafv2.CfnWebACL, log: logs.ILogGroup) -> None:
        """Log who was refused and by which rule; not what they asked for."""
        stack = Stack.of(self)
        wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=acl.attr_arn,
            # The log's own ARN ends with a wildcard, which WAF does not take.
            log_destination_configs=[
                stack.format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=log.log_group_name,
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
                    }
                ],
            },
            redacted_fields=[
                wafv2.CfnLoggingConfiguration.FieldToMatchProperty(uri_path={}),
                wafv2.CfnLoggingConfiguration.FieldToMatchProperty(query_string={}),
                *(
                    wafv2.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": one})
                    for one in _HEADERS_HIDDEN
                ),
            ],
        )


def _rules(
    limits: Sequence[Limit], groups: Iterable[str]
) -> Iterator[wafv2.CfnWebACL.RuleProperty]:
    """The limits, then AWS's groups. What is only counted goes on to the next."""
    for priority, limit in enumerate(limits):
        yield _Acl.RuleProperty(
            name=limit.name,
            priority=priority,
            statement=_Acl.StatementProperty(rate_based_statement=_counted(limit)),
            action=_Acl.RuleActionProperty(block=_too_many(limit)),
            visibility_config=_seen(limit.name, shown=limit.shown),
        )
    for priority, group in enumerate(groups, start=len(limits)):
        name = group.removeprefix("AWSManagedRules")
        count = _Acl.RuleActionProperty(count={})
        yield _Acl.RuleProperty(
            name=name,
            priority=priority,
            statement=_Acl.StatementProperty(
                managed_rule_group_statement=_Acl.ManagedRuleGroupStatementProperty(
                    vendor_name="AWS",
                    name=group,
                    rule_action_overrides=[
                        _Acl.RuleActionOverrideProperty(name=rule, action_to_use=count)
                        for rule in COUNTED[group]
                    ],
                )
            ),
            # The group's own actions stand.
            override_action=_Acl.OverrideActionProperty(none={}),
            visibility_config=_seen(name, shown=False),
        )


def _counted(limit: Limit) -> wafv2.CfnWebACL.RateBasedStatementProperty:
    keys: list[wafv2.CfnWebACL.RateBasedStatementCustomKeyProperty] = []
    as_it_is = [_Acl.TextTransformationProperty(priority=0, type="NONE")]
    if limit.cookie:
        named = _Acl.RateLimitCookieProperty(name=limit.cookie, text_transformations=as_it_is)
        keys = [
            _Acl.RateBasedStatementCustomKeyProperty(ip={}),
            _Acl.RateBasedStatementCustomKeyProperty(cookie=named),
        ]
    if limit.header:
        header = _Acl.RateLimitHeaderProperty(name=limit.header, text_transformations=as_it_is)
        keys = [_Acl.RateBasedStatementCustomKeyProperty(header=header)]
    return _Acl.RateBasedStatementProperty(
        limit=limit.requests,
        evaluation_window_sec=refusals.RETRY_AFTER,
        aggregate_key_type="CUSTOM_KEYS" if keys else "IP",
        custom_keys=keys or None,
        scope_down_statement=_below(limit.below) if limit.below else None,
    )


def _below(path: str) -> wafv2.CfnWebACL.StatementProperty:
    """Requests to paths that begin so, however they are escaped, and with whatever slashes."""
    transformations = [
        _Acl.TextTransformationProperty(priority=priority, type=kind)
        for priority, kind in enumerate(("URL_DECODE", "NORMALIZE_PATH"))
    ]
    return _Acl.StatementProperty(
        byte_match_statement=_Acl.ByteMatchStatementProperty(
            field_to_match=_Acl.FieldToMatchProperty(uri_path={}),
            positional_constraint="STARTS_WITH",
            search_string=path,
            text_transformations=transformations,
        )
    )


def _too_many(limit: Limit) -> wafv2.CfnWebACL.BlockActionProperty:
    headers = {**refusals.HEADERS, "Retry-After": str(refusals.RETRY_AFTER)}
    return _Acl.BlockActionProperty(
        custom_response=_Acl.CustomResponseProperty(
            response_code=429,
            custom_response_body_key="Problem" if limit.below == API_PATH else "Page",
            response_headers=[
                _Acl.CustomHTTPHeaderProperty(name=name, value=value)
                for name, value in headers.items()
            ],
        )
    )


def _hidden() -> list[wafv2.CfnWebACL.DataProtectProperty]:
    fields: dict[str, dict[str, Any]] = {
        "SINGLE_HEADER": {"field_keys": [*_HEADERS_HIDDEN]},
        "SINGLE_COOKIE": {},
        "QUERY_STRING": {},
        "BODY": {},
    }
    return [
        _Acl.DataProtectProperty(
            action="SUBSTITUTION",
            field=_Acl.FieldToProtectProperty(field_type=kind, **keys),
            exclude_rate_based_details=False,
            exclude_rule_match_details=False,
        )
        for kind, keys in fields.items()
    ]


def _seen(name: str, *, shown: bool) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return _Acl.VisibilityConfigProperty(
        metric_name=name, cloud_watch_metrics_enabled=True, sampled_requests_enabled=shown
    )
