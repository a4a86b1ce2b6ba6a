"""What of the templates the emulator gets, and what it does not show.

Three tables, each with its reasons, printed with every rehearsal and explained in
``docs/rehearsal.md``. They are checked against the emulator and the template. It is an error if a
type of resource is unknown to the emulator and not listed, if a listed one is known by now, or if
one is in no template any more.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from string import punctuation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

__all__ = ["LACKING", "NOT_SHOWN", "Fitted", "FittingError", "fit"]

Template = dict[str, Any]

#: Types of resources that the emulator does not know: what is not rehearsed without them.
LACKING = {
    "AWS::Backup::BackupSelection": "nothing is chosen to be backed up",
    "AWS::CloudTrail::Trail": "calls are not recorded, so deleting a key rings no alarm",
    "AWS::Events::Archive": "no event is kept to be sent again",
    "AWS::SES::ReceiptRule": (
        "SES accepts no mail. A scene puts the email into the bucket, and calls the function with"
        " the event that SES would make of it"
    ),
    "AWS::SES::ReceiptRuleSet": "the same",
    "AWS::WAFv2::LoggingConfiguration": "nothing is refused, so nothing is logged",
    "AWS::WAFv2::WebACLAssociation": "the firewall is in front of nothing",
}

#: Types that are deployed, and of which the emulator shows less than AWS does.
NOT_SHOWN = {
    "AWS::ApiGateway::RestApi": "the address that AWS gives it is not turned off",
    "AWS::ApiGateway::Stage": "no access log",
    "AWS::Backup::BackupPlan": "nothing is backed up",
    "AWS::CertificateManager::Certificate": "nobody has to prove that they own the name",
    "AWS::CloudWatch::Alarm": "our metrics are log lines, which the emulator does not count",
    "AWS::DynamoDB::Table": (
        "no encryption, no older states, and no policy of its own: anyone with rights can write"
    ),
    "AWS::Events::Rule": "it does not hear that a role was taken on, so no alarm rings",
    "AWS::IAM::Policy": (
        "checked for functions and people, but not for AWS's own services: the state machine, the"
        " schedule, the pipe and the gateway"
    ),
    "AWS::IAM::Role": "taking one on needs no second factor",
    "AWS::KMS::Key": (
        "encrypts nothing, and refuses nothing by its own policy to a role that has the right"
    ),
    "AWS::Lambda::Function": "this machine's Python and processor, no limit of memory, no X-Ray",
    "AWS::Pipes::Pipe": "reads the events, and passes none to the bus",
    "AWS::S3::Bucket": (
        "no encryption, and nothing expires; object locks are set after the deployment, by S3's"
        " own interface"
    ),
    "AWS::SES::ConfigurationSetEventDestination": "SES does not report what happened to an email",
    "AWS::SES::EmailIdentity": "no DKIM, and no mail leaves",
    "AWS::Scheduler::Schedule": "the scenes call what is due, and do not wait until then",
    "AWS::StepFunctions::StateMachine": "no log, no X-Ray",
    "AWS::WAFv2::WebACL": "kept, and does nothing",
}

#: Policy conditions on these keys, or keys that begin this way, which the emulator cannot judge.
UNTOLD = (
    "aws:MultiFactorAuth",
    "dynamodb:LeadingKeys",
    "s3:RequestObjectTag/",
    "s3:object-lock-mode",
    "s3:object-lock-remaining-retention-days",
    "ses:FromAddress",
)


class FittingError(Exception):
    """The template cannot be fitted to the emulator. The message says what to declare."""


@dataclass(frozen=True)
class Fitted:
    """The templates for the emulator, what was left out and why, and what was changed."""

    templates: tuple[Template, ...]
    left_out: Mapping[str, str]
    changes: tuple[str, ...]

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the resources of all templates, by their logical ids."""
        return {
            name: resource
            for template in self.templates
            for name, resource in template["Resources"].items()
        }


def fit(templates: Sequence[Template], known: Collection[str]) -> Fitted:
    """Leave out what the emulator lacks, and change what it reads differently from AWS.

    ``known`` are the types of resources that it can make. Raise ``FittingError``.
    """
    types = {
        resource["Type"] for template in templates for resource in template["Resources"].values()
    }
    _check_declared(types, known)
    fitted = tuple(copy.deepcopy(template) for template in templates)
    for template in fitted:
        resources = template["Resources"]
        _leave_out(template, {name for name in resources if resources[name]["Type"] in LACKING})
    changes = tuple(
        f"{mend.__doc__} ({count} times)"
        for mend in _MENDS
        if (count := sum(1 for template in fitted for _ in mend(template)))
    )
    left_out = {kind: LACKING[kind] for kind in types if kind in LACKING}
    return Fitted(fitted, left_out, changes)


def _check_declared(types: Collection[str], known: Collection[str]) -> None:
    wrong = [
        *(
            f"The emulator cannot make {kind}: list it in LACKING, and say what is not rehearsed."
            for kind in sorted(set(types) - set(known) - set(LACKING))
        ),
        *(
            f"The emulator has learnt to make {kind}: take it off LACKING."
            for kind in sorted(set(LACKING) & set(known))
        ),
        *(
            f"There is no {kind} in the template any more: take it off the tables."
            for kind in sorted((set(LACKING) | set(NOT_SHOWN)) - set(types))
        ),
    ]
    if wrong:
        raise FittingError("\n".join(wrong))


def _leave_out(template: Template, gone: Collection[str]) -> None:
    resources = template["Resources"]
    for name in gone:
        del resources[name]
    outputs = template.get("Outputs", {})
    for name in [name for name, output in outputs.items() if set(_named(output)) & set(gone)]:
        del outputs[name]
    for resource in resources.values():
        if "DependsOn" in resource:
            resource["DependsOn"] = [
                one for one in _listed(resource["DependsOn"]) if one not in gone
            ]
    wrong = [
        f"{name} ({resource['Type']}) needs {', '.join(sorted(needed))}, which the emulator lacks."
        for name, resource in resources.items()
        if (needed := set(_named(resource)) & set(gone))
    ]
    if wrong:
        raise FittingError("\n".join(wrong))


def _named(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Return the logical ids that a part of a template refers to."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::GetAtt": str(name)}:
            yield name.partition(".")[0]
        case {"Fn::Sub": text, **_rest}:
            written = text if isinstance(text, str) else text[0]
            yield from (part.partition("}")[0].partition(".")[0] for part in written.split("${"))
        case dict():
            for one in value.values():
                yield from _named(one)
        case list():
            for one in value:
                yield from _named(one)
        case _:
            return


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


# What is changed: each changes the template in place, and yields once for each place.


def _name_secrets_by_arn(template: Template) -> Iterator[None]:
    """Use a secret's ARN for Ref: on AWS it is the ARN, in the emulator the name."""
    secrets = {
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::SecretsManager::Secret"
    }

    def mended(value: Any) -> Any:  # noqa: ANN401 - any JSON
        match value:
            case {"Ref": str(name)} if name in secrets:
                places.append(None)
                return {"Fn::GetAtt": [name, "Id"]}
            case dict():
                return {key: mended(one) for key, one in value.items()}
            case list():
                return [mended(one) for one in value]
            case _:
                return value

    places: list[None] = []
    for part in ("Resources", "Outputs"):
        template[part] = mended(template.get(part, {}))
    yield from places


def _make_secrets_without_punctuation(template: Template) -> Iterator[None]:
    """List the signs to exclude: the emulator ignores ExcludePunctuation of a new secret."""
    for resource in template["Resources"].values():
        made = resource.get("Properties", {}).get("GenerateSecretString", {})
        if made.pop("ExcludePunctuation", None):
            made["ExcludeCharacters"] = punctuation
            yield


def _let_letters_go_from_any_identity(template: Template) -> Iterator[None]:
    """Widen the right for one identity: the emulator asks for ses:SendEmail on "*"."""
    for statement in _statements(template):
        if all(action.startswith("ses:Send") for action in _listed(statement["Action"])):
            statement["Resource"] = "*"
            yield


def _drop_refusals_by_what_is_untold(template: Template) -> Iterator[None]:
    """Leave out refusals that depend only on what the emulator cannot judge."""
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::IAM::Policy":
            continue
        document = resource["Properties"]["PolicyDocument"]
        for statement in [*document["Statement"]]:
            keys = [key for keys in statement.get("Condition", {}).values() for key in keys]
            untold = keys and all(key.startswith(UNTOLD) for key in keys)
            if statement.get("Effect") == "Deny" and untold:
                document["Statement"].remove(statement)
                yield


def _drop_refusals_of_keys_to_others(template: Template) -> Iterator[None]:
    """Leave out what a key refuses by role: the emulator names a session where AWS names a role."""
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::KMS::Key":
            continue
        document = resource["Properties"]["KeyPolicy"]
        for statement in [*document["Statement"]]:
            keys = [key for keys in statement.get("Condition", {}).values() for key in keys]
            if statement.get("Effect") == "Deny" and keys == ["aws:PrincipalArn"]:
                document["Statement"].remove(statement)
                yield


def _drop_conditions_on_what_is_untold(template: Template) -> Iterator[None]:
    """Leave out conditions that the emulator cannot judge and treats as not met."""
    for statement in _statements(template):
        for operator, keys in list(statement.get("Condition", {}).items()):
            for key in [key for key in keys if key.startswith(UNTOLD)]:
                del keys[key]
                yield
            if not keys:
                del statement["Condition"][operator]


def _statements(template: Template) -> Iterator[dict[str, Any]]:
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Policy":
            yield from properties["PolicyDocument"]["Statement"]
        if resource["Type"] == "AWS::IAM::Role":
            yield from properties["AssumeRolePolicyDocument"]["Statement"]


def _name_logs_as_aws_does(template: Template) -> Iterator[None]:
    """Name unnamed logs as AWS does, after the stack: the emulator names them differently."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Logs::LogGroup":
            properties = resource.setdefault("Properties", {})
            if "LogGroupName" not in properties:
                properties["LogGroupName"] = {"Fn::Sub": f"${{AWS::StackName}}-{name}-Rehearsal"}
                yield


def _tell_no_dkim_records(template: Template) -> Iterator[None]:
    """Leave out the outputs with DKIM records: the emulator has none."""
    outputs = template.get("Outputs", {})
    for name in [name for name, one in outputs.items() if "DkimDNSToken" in json.dumps(one)]:
        del outputs[name]
        yield


def _name_methods_plainly(template: Template) -> Iterator[None]:
    """Unescape the paths of method limits: AWS wants them escaped (~1), the emulator does not."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::ApiGateway::Stage":
            for settings in resource["Properties"].get("MethodSettings", ()):
                if "~1" in settings["ResourcePath"]:
                    settings["ResourcePath"] = settings["ResourcePath"][1:].replace("~1", "/")
                    yield


_MENDS: tuple[Callable[[Template], Iterator[None]], ...] = (
    _name_secrets_by_arn,
    _make_secrets_without_punctuation,
    _let_letters_go_from_any_identity,
    _drop_refusals_by_what_is_untold,
    _drop_refusals_of_keys_to_others,
    _drop_conditions_on_what_is_untold,
    _name_logs_as_aws_does,
    _tell_no_dkim_records,
    _name_methods_plainly,
)
