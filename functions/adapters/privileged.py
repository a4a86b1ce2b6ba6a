"""The compartment of rule 11: the words of legal advice, encrypted apart from all else.

``PK=PRIVILEGED#<reference> SK=WORDS#0001``: one piece of words, never changed and never deleted.
Each is encrypted with AES-256-GCM under a data key of its own, which KMS made and encrypted for the
compartment. Only the function ``advice`` may ask KMS to open a data key
(``infra.cloud.privileged``), and besides it only those who verify records may read the items
(``infra.cloud.record``).

What is encrypted is bound to its challenge and number, twice: KMS opens the data key only for the
same challenge, and the words only open at the same place. So no piece can be moved to another.

The words are written before the event that names them. If the event is then refused, they stay
where they are: nobody can find them, and the same form sent again uses them.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.errors import AdapterError
from domain.privileged import Sealed, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from adapters.record.beside import Beside

__all__ = [
    "CONTEXT",
    "PARTITION",
    "ChangedWordsError",
    "Compartment",
    "LostWordsError",
    "differences",
]

#: The encryption context of every data key. The key's policy refuses calls with it to everybody but
#: one function, and KMS opens none of these data keys for a call without it.
CONTEXT = {"compartment": "legal-advice"}

#: How the partition keys of the compartment begin.
PARTITION = "PRIVILEGED#"

_SALT_BYTES = 16
#: What AES-GCM takes as its nonce. Each data key encrypts once, so a nonce can never come again.
_NONCE_BYTES = 12


class LostWordsError(AdapterError):
    """The record names words that are not in the compartment."""

    def __init__(self, reference: str, sealed: Sealed) -> None:
        """Take where the words should be."""
        super().__init__(
            f"Piece {sealed.number} of the legal advice on {reference} is missing. The record "
            "itself is complete. Ask your IT service desk to restore it from a backup."
        )


class ChangedWordsError(AdapterError):
    """Words in the compartment are not those that the record names."""

    def __init__(self, reference: str, sealed: Sealed) -> None:
        """Take where the words are."""
        super().__init__(
            f"Piece {sealed.number} of the legal advice on {reference} was changed after it was "
            "written, so we do not show it. Ask your IT service desk to restore it from a backup."
        )


@dataclass(frozen=True)
class _Kept:
    """One piece as it is stored, each part as bytes. ``ciphertext`` begins with the nonce."""

    number: int
    command: str
    data_key: bytes
    salt: bytes
    ciphertext: bytes

    @property
    def sealed(self) -> Sealed:
        """Return what an event says of it."""
        return Sealed(self.number, digest_of(self.salt, self.ciphertext))

    def item(self) -> dict[str, str]:
        """Return it as the attributes of an item."""
        parts = {"data_key": self.data_key, "salt": self.salt, "ciphertext": self.ciphertext}
        texts = {name: b64encode(part).decode() for name, part in parts.items()}
        return {"command": self.command, **texts}


def _kept(item: Mapping[str, Any]) -> _Kept:
    """Return the piece of an item. Raise ``ValueError`` or ``KeyError`` if it is damaged."""
    data_key, salt, ciphertext = (
        b64decode(str(item[name]), validate=True) for name in ("data_key", "salt", "ciphertext")
    )
    return _Kept(_number(item), str(item["command"]), data_key, salt, ciphertext)


class Compartment:
    """Encrypts the words of legal advice and keeps them; reads them again."""

    def __init__(self, beside: Beside, kms: Callable[[], Any], key: Callable[[], str]) -> None:
        """Take where items are kept, a function that returns KMS's client, and the key's id."""
        self._beside = beside
        self._kms = kms
        self._key = key

    def keep(self, reference: str, command: str, words: Mapping[str, str]) -> Sealed:
        """Encrypt and keep ``words`` (field → text), for the command with this id.

        Return what the command carries in their place. For a command whose words are here already
        these are not written again: the id of a form contains its words.
        """
        while True:
            before = self._beside.all_kept(_partition(reference))
            for item in before:
                if item.get("command") == command:
                    return _kept(item).sealed
            number = max(map(_number, before), default=0) + 1
            new = self._encrypted(reference, number, command, words)
            if self._beside.keep_new(_partition(reference), _sort(number), new.item()):
                return new.sealed

    def read(self, reference: str, sealed: Sealed) -> dict[str, str]:
        """Return the words that an event names: field → text.

        Raise ``LostWordsError`` or ``ChangedWordsError``.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        item = self._beside.kept(_partition(reference), _sort(sealed.number))
        if item is None:
            raise LostWordsError(reference, sealed)
        if not _is_as_named(item, sealed):
            raise ChangedWordsError(reference, sealed)
        kept = _kept(item)
        nonce, ciphertext = kept.ciphertext[:_NONCE_BYTES], kept.ciphertext[_NONCE_BYTES:]
        opened = self._opened(reference, sealed, kept.data_key)
        try:
            text = AESGCM(opened).decrypt(nonce, ciphertext, _place(reference, sealed.number))
        except InvalidTag as error:  # the data key is another piece's
            raise ChangedWordsError(reference, sealed) from error
        words: dict[str, str] = json.loads(text)
        return words

    def _encrypted(
        self, reference: str, number: int, command: str, words: Mapping[str, str]
    ) -> _Kept:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        made = self._kms().generate_data_key(
            KeyId=self._key(), KeySpec="AES_256", EncryptionContext=_context(reference)
        )
        nonce = os.urandom(_NONCE_BYTES)
        text = json.dumps(dict(words), ensure_ascii=False).encode()
        ciphertext = AESGCM(made["Plaintext"]).encrypt(nonce, text, _place(reference, number))
        salt = os.urandom(_SALT_BYTES)
        return _Kept(number, command, made["CiphertextBlob"], salt, nonce + ciphertext)

    def _opened(self, reference: str, sealed: Sealed, data_key: bytes) -> bytes:
        from botocore.exceptions import ClientError

        try:
            answer = self._kms().decrypt(
                KeyId=self._key(),
                CiphertextBlob=data_key,
                EncryptionContext=_context(reference),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOT_ITS_KEY:
                raise ChangedWordsError(reference, sealed) from error
            raise
        opened: bytes = answer["Plaintext"]
        return opened


#: How KMS says that an encrypted data key was damaged, or is another challenge's or key's.
_NOT_ITS_KEY = ("InvalidCiphertextException", "IncorrectKeyException")


def differences(beside: Beside, reference: str, named: Sequence[Sealed]) -> Iterator[str]:
    """Yield a sentence for each piece that events name and that is missing or was changed.

    This needs no key. Nothing is read for a challenge without legal advice.
    """
    found = beside.all_kept(_partition(reference)) if named else []
    items = {str(item["SK"]): item for item in found}
    for sealed in named:
        item = items.get(_sort(sealed.number))
        if item is None:
            yield f"Piece {sealed.number} of its legal advice is missing."
        elif not _is_as_named(item, sealed):
            yield f"Piece {sealed.number} of its legal advice is not what was written."


def _is_as_named(item: Mapping[str, Any], sealed: Sealed) -> bool:
    try:
        return _kept(item).sealed == sealed
    except (ValueError, KeyError):
        return False


def _partition(reference: str) -> str:
    return f"{PARTITION}{reference}"


def _sort(number: int) -> str:
    return f"WORDS#{number:04d}"


def _number(item: Mapping[str, Any]) -> int:
    return int(str(item["SK"]).partition("#")[2])


def _context(reference: str) -> dict[str, str]:
    return {**CONTEXT, "reference": reference}


def _place(reference: str, number: int) -> bytes:
    return f"{reference} {number}".encode()
