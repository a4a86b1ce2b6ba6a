"""The OpenAPI document of the interface, made from the form itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.form_fields import IN_CONFIDENCE, SIGNED_IN
from handlers.forms import SentForm

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EXAMPLE", "document"]

_PROBLEMS = {
    "400": "The body is not a JSON object, a field is in it twice (each named in `errors`), or "
    "there is no Idempotency-Key",
    "401": "There is no token, or it does not open this door; the answer does not say why",
    "404": "No challenge has this reference, or the case system may not have it",
    "405": "This address takes other methods",
    "413": "The form is too large",
    "415": "The form is not sent as application/json",
    "422": "Fields have to be corrected, each named in `errors`; or the key is of another form",
    "500": "A fault of this service: send the same again later",
    "503": "Not just now: send the same again later",
}

#: A form as a program sends it.
EXAMPLE: dict[str, Any] = {
    "iro": "ira.sample@council.example",
    "case_id": "SAMPLE-12345",
    "initials": "A.B.",
    "name": "Alex Sample",
    "date_of_birth": "2015-03-27",
    "team": "North Team",
    "social_worker": "sam.sample@council.example",
    "stage": "1",
    "reason": "The placement ends next week.",
    "concerns": [
        {
            "theme": "placement",
            "what": "There is no placement for next month.",
            "outcome": "A placement near the school.",
            "by": "2027-03-24",
        }
    ],
    "tried": "Spoke with the social worker twice.",
    "views": "Wants to stay at the same school.",
    "rights_breached": "yes",
    "child_knows": "yes",
    "advocate_offered": "yes",
    "knows_complaints": "not yet",
    "wants_court": "no",
    "at_risk": "no",
    "too_late_after": "2027-03-31",
    "too_late_why": "The placement ends.",
}

#: The words about a matter that was resolved before the review.
_AFTERWARDS = ("resolution", "why_not", "how_told", "confirmed", "rights_why")

#: The fields that a form may leave out.
_OPTIONAL = frozenset(
    (
        *("reason", "rights_breached", "at_risk", "too_late_after", "too_late_why", "for_iro"),
        *("review_date", "decision_number", "next_hearing", "guardian"),
        *("way", "resolution", "file_checked", "documents_read", "child_consulted", "why_not"),
        *("child_told", "how_told", "actions", "confirmed"),
        *("child_knows", "advocate_offered", "knows_complaints", "rights_why"),
        *("wants_court", "legal_help"),
    )
)


def document(public_url: str, issuer: str, themes: Iterable[str]) -> dict[str, Any]:
    """Return the document (OpenAPI 3.1) of the service at ``public_url``, tokens by ``issuer``."""
    form = _schema(themes)
    schemas = {
        **form.pop("$defs"),
        "Form": form,
        "Raised": _RAISED,
        "Choices": _CHOICES,
        "Record": _RECORD,
        "PlacedUpTo": _PLACED_UP_TO,
        "Placed": _PLACED,
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Positive Challenge",
            "version": "1",
            "description": "Raises a challenge for a looked-after child, for an IRO who filled in "
            "the form on the council's own forms platform. Gives the council's case system what "
            "belongs on the child's file, and records up to which event it is there.",
        },
        "servers": [{"url": public_url}],
        "security": [{"token": []}],
        "paths": {
            "/api/challenges": {"post": _RAISE},
            "/api/challenges/{reference}": {"get": _TAKE},
            "/api/challenges/{reference}/placed": {"post": _PLACE},
            "/api/choices": {"get": _CHOOSE},
            "/api/openapi.json": {"get": _SHOW},
        },
        "components": {
            "schemas": {**schemas, "Problem": _PROBLEM},
            "securitySchemes": {
                "token": {
                    "type": "openIdConnect",
                    "openIdConnectUrl": f"{issuer.rstrip('/')}/.well-known/openid-configuration",
                    "description": "An access token by client credentials, for the audience that "
                    "this service's operators name, and no other. It has to prove that a program "
                    "got it; one that a person got is refused. Raising challenges needs a client "
                    "of the forms platform, and taking records one of the case system; with "
                    "Cognito the scope is `raise` or `file`.",
                }
            },
        },
    }


def _schema(themes: Iterable[str]) -> dict[str, Any]:
    """Return the form's schema, without defaults: these only let errors name missing fields."""
    schema = SentForm.model_json_schema(ref_template="#/components/schemas/{model}")
    concern = schema["$defs"]["ConcernForm"]
    action = schema["$defs"]["ActionForm"]
    for one in (schema, concern, action):
        for described in one["properties"].values():
            described.pop("default", None)
    schema["required"] = [name for name in schema["properties"] if name not in _OPTIONAL]
    schema["properties"]["rights_breached"]["description"] += (
        ". Ask it of every challenge. Where it is left out, the record says that it was not asked"
    )
    concern["required"] = list(concern["properties"])
    action["required"] = ["what", "by"]
    concern["properties"]["theme"]["examples"] = list(themes)
    for described in (
        *(schema["properties"][name] for name in ("case_id", "initials", "reason", "tried")),
        *(concern["properties"][name] for name in ("what", "outcome")),
        action["properties"]["what"],
    ):
        described["description"] += ". Anyone who opens a reply link can read it"
    for name in ("name", "date_of_birth", "views", "too_late_why", "guardian", *_AFTERWARDS):
        schema["properties"][name]["description"] += f". {SIGNED_IN.rstrip('.')}"
    for name in ("wants_court", "legal_help"):
        schema["properties"][name]["description"] += f". {IN_CONFIDENCE.rstrip('.')}"
    schema["examples"] = [EXAMPLE]
    return schema


def _content(name: str, kind: str = "application/json") -> dict[str, Any]:
    return {"content": {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def _refused(*statuses: str) -> dict[str, Any]:
    return {
        status: {
            "description": _PROBLEMS[status],
            **_content("Problem", "application/problem+json"),
        }
        for status in statuses
    }


_TEXT = {"type": "string"}
_REFERENCE = {"type": "string", "pattern": "^PCE-[0-9A-Z]{4}-[0-9A-Z]{4}$"}

_ROUTE = {
    "type": "string",
    "description": "Whom to contact now; only where the child may be at risk today. Show it to the "
    "person who filled in the form, at once.",
}

_RAISED = {
    "type": "object",
    "required": ["reference", "stage", "reply_due", "url", "warnings"],
    "properties": {
        "reference": _REFERENCE,
        "stage": {"type": "string", "enum": ["QAP", "1", "2", "3", "4"]},
        "reply_due": {
            "type": ["string", "null"],
            "format": "date",
            "description": "By the end of this day a reply is due; null where nobody is asked",
        },
        "url": {"type": "string", "format": "uri"},
        "at_risk_route": _ROUTE,
        "warnings": {
            "type": "array",
            "description": "What the writer has to know. The fields that seem to tell who the "
            "child is (a name, a date of birth, a school, an address) and that anyone with the "
            "reply link can read: the words are kept as they were sent, and not quoted here. A "
            "question that was not asked. A date before which there is not enough time for every "
            "stage.",
            "items": {
                "type": "object",
                "required": ["field", "pointer", "detail"],
                "properties": {
                    "field": {"type": "string", "examples": ["concerns.0.what"]},
                    "pointer": {"type": "string", "examples": ["#/concerns/0/what"]},
                    "detail": _TEXT,
                },
            },
        },
    },
}

_NAMED = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": _TEXT, "name": _TEXT},
}

_CHOICES = {
    "type": "object",
    "required": ["stages", "themes", "teams"],
    "properties": {
        "stages": {"type": "array", "items": _NAMED},
        "themes": {"type": "array", "items": _TEXT},
        "teams": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "social_workers"],
                "properties": {
                    "name": _TEXT,
                    "social_workers": {"type": "array", "items": _NAMED},
                },
            },
        },
    },
}

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `errors` name each field that has to be corrected.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "at_risk_route": _ROUTE,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "pointer", "detail", "allowed"],
                "properties": {
                    "field": {"type": "string", "examples": ["concerns.0.by"]},
                    "pointer": {"type": "string", "examples": ["#/concerns/0/by"]},
                    "detail": _TEXT,
                    "allowed": _TEXT,
                },
            },
        },
    },
}

_DAY: dict[str, Any] = {"type": "string", "format": "date"}
_DAY_OR_NULL: dict[str, Any] = {"type": ["string", "null"], "format": "date"}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
_NUMBER: dict[str, Any] = {"type": "integer", "minimum": 1}

#: Where the file is, as both addresses of the case system answer it.
_PLACES: dict[str, Any] = {
    "reference": _REFERENCE,
    "up_to": {**_NUMBER, "description": "The number of the last event on the record"},
    "placed_up_to": {
        "type": "integer",
        "minimum": 0,
        "description": "Everything up to the event of this number is on the child's file, whoever "
        "placed it there; 0 if nothing is",
    },
    "to_place": {
        "type": "boolean",
        "description": "Whether something has happened since that is not on the file. That "
        "something was placed there does not count",
    },
}


def _object(**properties: Any) -> dict[str, Any]:  # noqa: ANN401 - any schema
    return {"type": "object", "required": list(properties), "properties": properties}


def _list_of(**properties: Any) -> dict[str, Any]:  # noqa: ANN401 - any schema
    return {"type": "array", "items": _object(**properties)}


_WORDS = _list_of(label=_TEXT, text=_TEXT)

_EVENT = _object(
    number=_NUMBER,
    at={**_MOMENT, "description": "When it took effect, in UTC"},
    recorded=_MOMENT,
    automatic={"type": "boolean", "description": "Whether it followed from a deadline"},
    who={**_TEXT, "description": "Who did it; empty where it was automatic"},
    capacity=_TEXT,
    what={**_TEXT, "description": "What happened, in a sentence without a full stop"},
    words={**_WORDS, "description": "What people wrote, and how dates were counted"},
    kept_back={
        "type": "boolean",
        "description": "Whether it has words that only some people in the challenge may read. They "
        "are not given out. People place them where they belong",
    },
    corrected_by={
        "type": "array",
        "items": _NUMBER,
        "description": "The numbers of the events that correct this one",
    },
)

_RECORD = _object(
    **_PLACES,
    open={"type": "boolean"},
    stage={"type": "string", "enum": ["QAP", "1", "2", "3", "4"]},
    outcome={"type": ["string", "null"], "description": "How it ended; null while it is open"},
    raised=_DAY,
    ended=_DAY_OR_NULL,
    iro=_TEXT,
    child=_object(
        case_id={**_TEXT, "description": "The child's Case ID in the case system"},
        initials=_TEXT,
        name=_TEXT,
        date_of_birth=_DAY,
        team={**_TEXT, "description": "The child's team now"},
    ),
    concerns=_list_of(theme=_TEXT, what=_TEXT, outcome=_TEXT, by=_DAY),
    form={**_WORDS, "description": "What else the form says"},
    actions=_list_of(number=_NUMBER, what=_TEXT, owner=_TEXT, by=_DAY, state=_TEXT),
    stages={
        **_list_of(
            stage={
                "type": ["string", "null"],
                "enum": ["QAP", "1", "2", "3", "4", None],
                "description": "null for what came after the end",
            },
            title=_TEXT,
            events={"type": "array", "items": _EVENT},
        ),
        "description": "Every event, or those after event ``after``, in the record's order, under "
        "the stage at which it happened",
    },
    after={
        "type": "integer",
        "minimum": 0,
        "description": "The number that was asked for; 0: every event is here",
    },
)

_PLACED_UP_TO = {
    **_object(
        up_to={
            **_NUMBER,
            "description": "The number of the event up to which everything is on the child's file",
        }
    ),
    "additionalProperties": False,
    "examples": [{"up_to": 7}],
}

_PLACED = _object(**_PLACES)

_WHICH = {
    "name": "reference",
    "in": "path",
    "required": True,
    "schema": _REFERENCE,
}

_TAKE = {
    "operationId": "takeRecord",
    "summary": "What belongs on the child's file, for the case system",
    "description": "Each time it is taken, that goes on the list of who looked at the challenge. "
    "A correction is an event too: its text names what it corrects.",
    "parameters": [
        _WHICH,
        {
            "name": "after",
            "in": "query",
            "required": False,
            "description": "Only the events after the one of this number are wanted: up_to of the "
            "record that was taken last. Everything else is as it is now",
            "schema": {"type": "integer", "minimum": 0, "maximum": 999_999},
        },
    ],
    "responses": {
        "200": {"description": "The record, stage by stage", **_content("Record")},
        **_refused("400", "401", "404", "405", "500", "503"),
    },
}

_PLACE = {
    "operationId": "recordPlaced",
    "summary": "Record up to which event the challenge is on the child's file",
    "description": "The tasks of the IRO and the SRSM to place it there are settled, unless a "
    "stage has ended since. Send the same number as often as you like: it is recorded once.",
    "parameters": [_WHICH],
    "requestBody": {"required": True, **_content("PlacedUpTo")},
    "responses": {
        "200": {"description": "Recorded, now or before", **_content("Placed")},
        **_refused("400", "401", "404", "405", "413", "415", "422", "500", "503"),
    },
}

_RAISE = {
    "operationId": "raiseChallenge",
    "summary": "Raise a challenge",
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": "New for each form. The same key with the same form returns the "
            "challenge that was raised.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }
    ],
    "requestBody": {"required": True, **_content("Form")},
    "responses": {
        "201": {
            "description": "Raised, now or when the same form was sent before",
            "headers": {
                "Location": {"required": True, "schema": {"type": "string", "format": "uri"}},
                "Idempotency-Replayed": {"schema": {"type": "string", "enum": ["true"]}},
            },
            **_content("Raised"),
        },
        **_refused("400", "401", "405", "413", "415", "422", "500", "503"),
    },
}

_CHOOSE = {
    "operationId": "showChoices",
    "summary": "What can be chosen in the form",
    "responses": {
        "200": {
            "description": "Stages, themes, teams and their social workers",
            **_content("Choices"),
        },
        **_refused("401", "405", "500", "503"),
    },
}

_SHOW = {
    "operationId": "showDocument",
    "summary": "This document",
    "security": [],
    "responses": {
        "200": {
            "description": "OpenAPI 3.1",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        **_refused("405", "500", "503"),
    },
}
