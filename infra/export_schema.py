"""Write ``docs/export.schema.json``: the schema of an exported record, made from its classes.

``python -m infra.export_schema`` (``make tables``) writes it. The classes are in
``domain.export``; what each field holds is said below.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic import TypeAdapter

from domain import export
from domain.chain import START
from infra.blueprint import ROOT

__all__ = ["FILE", "main", "page", "schema"]

FILE = ROOT / "docs" / "export.schema.json"

_HASH = {"pattern": "^[0-9a-f]{64}$"}
_MOMENT = {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"}
_BASE64 = {"contentEncoding": "base64", "pattern": "^[A-Za-z0-9+/]+={0,2}$"}

_SIGNED = (
    "The signature of one line of UTF-8: “Record of ”, reference, “: SHA-256 ”, the SHA-256 in hex "
    "of the export in canonical JSON, and a line feed."
)

#: The text of an event, as ``adapters.codec.link_of`` writes it.
_TEXT = {
    "type": "object",
    "required": [
        *("schema", "number", "kind", "fact", "actor", "effective", "recorded", "command"),
    ],
    "additionalProperties": False,
    "properties": {
        "schema": {"type": "integer", "description": "The number of this shape: 1."},
        "number": {"type": "integer", "minimum": 1},
        "kind": {"type": "string", "description": "What happened: a class of domain/rules."},
        "fact": {"type": "object", "description": "The fields of that class."},
        "actor": {
            "type": "object",
            "description": "Who did it, in what capacity, by what way in; or the clock.",
            "properties": {
                name: {"type": "string"}
                for name in ("officer", "name", "capacity", "via", "typed_by")
            },
        },
        "effective": {"type": "string", "description": "When it took effect (UTC).", **_MOMENT},
        "recorded": {"type": "string", "description": "When it was written (UTC).", **_MOMENT},
        "command": {"type": "string", "description": "The id of what caused it."},
    },
}

#: Class and field → what it holds, and what else its values have to be.
_FIELDS: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("ExportFile", "export"): ("The record. This is what is signed.", {}),
    ("ExportFile", "signature"): ("The council’s signature.", {}),
    ("Export", "format"): ("The name and number of this format.", {"const": export.FORMAT}),
    ("Export", "council"): ("The name of the council.", {}),
    ("Export", "reference"): ("The reference of the challenge, such as PCE-7K3M-9QXT.", {}),
    ("Export", "made_by"): ("Who made the export.", {}),
    ("Export", "made_at"): ("When it was made (UTC).", _MOMENT),
    ("Export", "whole"): ("Whether it holds every event up to the last one in it.", {}),
    ("Export", "events"): ("The events, from the first on, in order.", {"minItems": 1}),
    ("Export", "looks"): ("Who looked at the challenge, oldest first. In no hash chain.", {}),
    ("Export", "emails"): ("The emails about its events. In no hash chain.", {}),
    ("ExportedEvent", "number"): ("Its number, from 1.", {"minimum": 1}),
    ("ExportedEvent", "text"): (
        "The event in canonical JSON (keys sorted, no spaces), exactly as it was hashed.",
        {"contentMediaType": "application/json", "contentSchema": _TEXT},
    ),
    ("ExportedEvent", "previous_hash"): (
        f"The hash of the event before it; for the first, {START[:4]}… (64 zeros).",
        _HASH,
    ),
    ("ExportedEvent", "hash"): (
        "SHA-256, in hex, of previous_hash, a line feed and text, in UTF-8.",
        _HASH,
    ),
    ("EventLeftOut", "number"): ("Its number, from 1.", {"minimum": 1}),
    ("EventLeftOut", "left_out"): ("Why its text is not in this copy.", {"minLength": 1}),
    ("EventLeftOut", "previous_hash"): ("The hash of the event before it.", _HASH),
    ("EventLeftOut", "hash"): ("Its own hash, as it is kept.", _HASH),
    ("Maker", "officer"): ("The id of the officer in the council’s directory.", {}),
    ("Maker", "name"): ("Their name.", {}),
    ("Maker", "capacity"): ("In what capacity they made it.", {}),
    ("NoticedLook", "officer"): ("Who looked: an id of the directory.", {}),
    ("NoticedLook", "at"): ("When (UTC).", _MOMENT),
    ("NoticedLook", "via"): ("By what way: a page, a link, a document or an export.", {}),
    ("NoticedEmail", "event"): ("The number of the event that it was about.", {"minimum": 1}),
    ("NoticedEmail", "officer"): ("To whom: an id of the directory.", {}),
    ("NoticedEmail", "sent_at"): ("When it was sent (UTC); empty if it was not.", {}),
    ("NoticedEmail", "fates"): ("What happened to it after that.", {}),
    ("Signature", "algorithm"): ("How it is signed (RFC 8017).", {"const": export.ALGORITHM}),
    ("Signature", "fingerprint"): (
        "SHA-256 of public_key in hex, as at the foot of the council’s documents.",
        {"pattern": "^([0-9a-f]{4} ){15}[0-9a-f]{4}$"},
    ),
    ("Signature", "public_key"): ("The key: a DER SubjectPublicKeyInfo.", _BASE64),
    ("Signature", "value"): (_SIGNED, _BASE64),
}


def schema() -> dict[str, Any]:
    """Return the schema, as JSON Schema 2020-12."""
    made = TypeAdapter(export.ExportFile).json_schema()
    for part in (made, *made["$defs"].values()):
        part["additionalProperties"] = False
        part["required"] = sorted(part["properties"])
        part["description"] = getattr(export, part["title"]).__doc__.split("\n\n")[0]
        for name, field in part["properties"].items():
            for noise in ("title", "default"):
                field.pop(noise, None)
            words, besides = _FIELDS[part["title"], name]
            field.update({"description": words, **besides})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "description": "The exported record of a challenge. verify_export.py checks it.",
    }


def page() -> str:
    """Return the content of the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file."""
    FILE.write_text(page(), encoding="utf-8")
    print(f"Wrote {FILE.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
