"""The firewall (AWS WAF): what is refused before any of our functions is called.

It must refuse no honest form and no honest address, and must store nothing of what it sees. So it
does not judge what people type (``COUNTED``), it expects a whole council behind a single address
(``LIMITS``), and it logs refusals only.
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
    "People type what they need to say, including web addresses, paths or angle brackets. It "
    "is kept as text and escaped on every page; nothing is fetched, opened or run because of "
    "it."
)

#: AWS's rule groups and, in each, the rules that only count matches, with the reason. (A name that
#: AWS does not know counts nothing, without any error.)
COUNTED: dict[str, dict[str, str]] = {
    # Addresses known to AWS as attackers.
    "AWSManagedRulesAmazonIpReputationList": {},
    "AWSManagedRulesKnownBadInputsRuleSet": {
        "JavaDeserializationRCE_BODY": _WORDS,
        "Log4JRCE_BODY": _WORDS,
        "ReactJSRCE_BODY": _WORDS,
    },
    "AWSManagedRulesCommonRuleSet": {
        "SizeRestrictions_BODY": (
            "It refuses more than 8 kB; a form may hold far more, and the functions check the "
            "size themselves."
        ),
        "CrossSiteScripting_BODY": _WORDS,
        "EC2MetaDataSSRF_BODY": _WORDS,
        "GenericLFI_BODY": _WORDS,
        "GenericRFI_BODY": _WORDS,
        "SizeRestrictions_QUERYSTRING": (
            "It refuses more than 2 kB; an OpenID provider may come back with a longer code."
        ),
        "RestrictedExtensions_QUERYARGUMENTS": (
            "A provider's code contains dots and can look like a file name; no file is opened "
            "because of a query."
        ),
        "NoUserAgent_HEADER": "A forms platform need not name itself: it has a token.",
    },
}


@dataclass(frozen=True)
class Limit:
    """A number of requests in five minutes for each sender; any beyond it are refused.

    A sender is an address, or an address with the value of a ``cookie``, or the value of a
    ``header`` from any address; a request without that cookie or header is not counted. ``below``
    limits it to paths that begin in one of these ways. ``shown`` lets AWS keep some refused
    requests for operators to look at, because their paths can hold no token.
    """

    name: str
    requests: int
    below: tuple[str, ...] = ()
    cookie: str = ""
    header: str = ""
    shown: bool = False


#: A whole council often shares one address. A page is one or two requests, so five thousand are
#: hundreds of people working without a pause; anything more expensive, or worth guessing at, gets
#: fewer. (Nobody can guess a token of 256 bits, but nobody needs to try.)
LIMITS = (
    Limit("Address", 5_000),
    # Two requests a person, each of which also calls the council's provider.
    Limit("SignIn", 1_000, below=("/sign-in",), shown=True),
    # Six: to open one, check the answer and send it, two each (a redirect, then the page).
    # A calendar asks every few hours, so five hundred are those of a whole council.
    Limit("ReplyLinks", 500, below=("/reply/", "/action/", "/calendar/")),
    # One runaway browser does not hold up others at the same address.
    Limit("Session", 600, cookie="__Host-session"),
    # A platform whose retries run wild, from any addresses: two a second.
    Limit("Programs", 600, below=(API_PATH,), header="authorization", shown=True),
)

#: All that a lean environment has, where each rule costs a dollar a month: one limit for each
#: address on any path. The gateway's own limit, shared by everyone, is behind it.
LIMITS_IF_LEAN = LIMITS[:1]

#: Never kept in a log or a sample, not even where a rule reports what it matched.
_HEADERS_HIDDEN = ("authorization", "cookie")


class Firewall(Construct):
    """The web ACL in front of an API's stage."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: apigateway.Stage,
        log: logs.ILogGroup,
        lean: bool,
    ) -> None:
        """Make the rules, attach them to the stage, and log refusals to ``log``."""
        super().__init__(scope, name)
        stack = Stack.of(self)
        acl = _Acl(
            self,
            "Rules",
            # Its metrics use this name, so each environment has its own.
            name=stack.stack_name,
            scope="REGIONAL",
            default_action=_Acl.DefaultActionProperty(allow={}),
            # A sample of admitted requests would hold tokens of reply links.
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
        #: How many requests any rule refused.
        self.refused = cloudwatch.Metric(
            namespace="AWS/WAFV2",
            metric_name="BlockedRequests",
            dimensions_map={"WebACL": stack.stack_name, "Region": stack.region, "Rule": "ALL"},
            statistic="Sum",
            period=FIVE_MINUTES,
        )

    def _tell(self, acl: wafv2.CfnWebACL, log: logs.ILogGroup) -> None:
        """Log who was refused and by which rule, but not what they asked for."""
        stack = Stack.of(self)
        wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=acl.attr_arn,
            # The log's own ARN ends with a wildcard, which WAF does not accept.
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
    """Return the limits, then AWS's groups. A request that is only counted goes on to the next."""
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
            # Keep the group's own actions.
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


def _below(paths: tuple[str, ...]) -> wafv2.CfnWebACL.StatementProperty:
    """Match paths that begin in one of these ways, however escaped and with any slashes."""
    if len(paths) > 1:
        either = _Acl.OrStatementProperty(statements=[_below((path,)) for path in paths])
        return _Acl.StatementProperty(or_statement=either)
    (path,) = paths
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
            custom_response_body_key="Problem" if API_PATH in limit.below else "Page",
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
