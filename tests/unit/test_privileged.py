"""Rule 11: the compartment in which the words of legal advice are kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from adapters.privileged import ChangedWordsError, Compartment, LostWordsError, differences
from domain.privileged import Sealed, digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.record.beside import Beside

ONE, OTHER = "PCE-7K3M-9QXT", "PCE-2222-2222"
WORDS = {"question": "May the council move the child before the hearing? Zażółć 🦉"}
KEY = "arn:aws:kms:eu-west-2:111122223333:key/of-the-compartment"


@dataclass
class Shelf:
    """What the table holds beside the chains: (partition, sort) → item."""

    items: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def keep_new(self, partition: str, sort: str, item: dict[str, Any]) -> bool:
        if (partition, sort) in self.items:
            return False
        self.items[partition, sort] = {"PK": partition, "SK": sort, **item}
        return True

    def kept(self, partition: str, sort: str) -> dict[str, Any] | None:
        return self.items.get((partition, sort))

    def all_kept(self, partition: str) -> list[dict[str, Any]]:
        return [item for (of, _), item in sorted(self.items.items()) if of == partition]


class Vault:
    """Makes data keys, and opens each only under the same key and for the same challenge."""

    def __init__(self) -> None:
        self.made: dict[bytes, tuple[str, Mapping[str, str], bytes]] = {}

    def generate_data_key(self, **asked: Any) -> dict[str, bytes]:  # noqa: ANN401 - as boto3 has it
        assert asked["KeySpec"] == "AES_256"
        plain, blob = bytes([len(self.made) + 1]) * 32, f"blob {len(self.made)}".encode()
        self.made[blob] = (asked["KeyId"], asked["EncryptionContext"], plain)
        return {"Plaintext": plain, "CiphertextBlob": blob}

    def decrypt(self, **asked: Any) -> dict[str, bytes]:  # noqa: ANN401 - as boto3 has it
        key, context, plain = self.made[asked["CiphertextBlob"]]
        if (key, context) != (asked["KeyId"], asked["EncryptionContext"]):
            raise ClientError({"Error": {"Code": "InvalidCiphertextException"}}, "Decrypt")
        return {"Plaintext": plain}


def found_wrong(shelf: Shelf, *named: Sealed) -> list[str]:
    """Return what a check finds, without any key."""
    return [*differences(cast("Beside", shelf), ONE, named)]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def compartment(shelf: Shelf) -> Compartment:
    vault = Vault()
    return Compartment(cast("Beside", shelf), lambda: vault, lambda: KEY)


def test_words_are_read_as_they_were_kept(compartment: Compartment) -> None:
    first = compartment.keep(ONE, "a command", WORDS)
    second = compartment.keep(ONE, "another command", {"advice": "No."})
    assert (first.number, second.number) == (1, 2)
    assert compartment.read(ONE, first) == WORDS
    assert compartment.read(ONE, second) == {"advice": "No."}


def test_what_is_stored_shows_no_word_of_them(compartment: Compartment, shelf: Shelf) -> None:
    compartment.keep(ONE, "a command", WORDS)
    stored = json.dumps(list(shelf.items.values()))
    assert not any(word in stored for word in ("question", "council", "child", "hearing"))


def test_the_same_command_again_keeps_nothing_more(compartment: Compartment, shelf: Shelf) -> None:
    first = compartment.keep(ONE, "a command", WORDS)
    assert compartment.keep(ONE, "a command", WORDS) == first
    assert len(shelf.items) == 1


def test_the_same_words_twice_have_nothing_in_common(
    compartment: Compartment, shelf: Shelf
) -> None:
    """Otherwise whoever reads the chain could tell that two pieces of advice are the same."""
    assert compartment.keep(ONE, "one", WORDS).digest != compartment.keep(ONE, "two", WORDS).digest
    one, two = shelf.items.values()
    assert not {one[name] for name in ("ciphertext", "salt", "data_key")} & set(two.values())


def test_two_at_once_get_a_number_each(
    compartment: Compartment, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = compartment.keep(ONE, "one", WORDS)
    seen = [[], shelf.all_kept(f"PRIVILEGED#{ONE}")]  # the second was read before the first
    monkeypatch.setattr(shelf, "all_kept", lambda _partition: seen.pop(0))
    second = compartment.keep(ONE, "two", {"advice": "No."})
    assert second.number == 2
    assert compartment.read(ONE, first) == WORDS


def test_words_that_are_missing_are_said_to_be_missing(
    compartment: Compartment, shelf: Shelf
) -> None:
    sealed = compartment.keep(ONE, "one", WORDS)
    shelf.items.clear()
    with pytest.raises(LostWordsError, match=f"Piece 1 of the legal advice on {ONE} is missing"):
        compartment.read(ONE, sealed)
    assert found_wrong(shelf, sealed) == ["Piece 1 of its legal advice is missing."]


@pytest.mark.parametrize("name", ["ciphertext", "salt"])
@pytest.mark.parametrize("how", ["flipped", "gone", "damaged"])
def test_words_that_were_changed_are_not_shown(
    compartment: Compartment, shelf: Shelf, name: str, how: str
) -> None:
    sealed = compartment.keep(ONE, "one", WORDS)
    (item,) = shelf.items.values()
    assert found_wrong(shelf, sealed) == []
    if how == "gone":
        del item[name]
    else:
        first = "A" if item[name][0] != "A" else "B"
        item[name] = (first if how == "flipped" else "*") + item[name][1:]
    with pytest.raises(ChangedWordsError, match="was changed after it was written"):
        compartment.read(ONE, sealed)
    assert found_wrong(shelf, sealed) == ["Piece 1 of its legal advice is not what was written."]


def test_words_moved_to_another_challenge_do_not_open(
    compartment: Compartment, shelf: Shelf
) -> None:
    sealed = compartment.keep(ONE, "one", WORDS)
    (item,) = shelf.items.values()
    shelf.items[f"PRIVILEGED#{OTHER}", "WORDS#0001"] = item
    with pytest.raises(ChangedWordsError):
        compartment.read(OTHER, sealed)


def test_words_moved_to_another_number_do_not_open(compartment: Compartment, shelf: Shelf) -> None:
    sealed = compartment.keep(ONE, "one", WORDS)
    (item,) = shelf.items.values()
    moved = {**item, "SK": "WORDS#0002"}
    shelf.items[f"PRIVILEGED#{ONE}", "WORDS#0002"] = moved
    with pytest.raises(ChangedWordsError):
        compartment.read(ONE, Sealed(2, sealed.digest))


def test_with_another_pieces_data_key_words_do_not_open(
    compartment: Compartment, shelf: Shelf
) -> None:
    first = compartment.keep(ONE, "one", WORDS)
    compartment.keep(ONE, "two", WORDS)
    one, two = shelf.items.values()
    one["data_key"] = two["data_key"]
    with pytest.raises(ChangedWordsError):
        compartment.read(ONE, first)


def test_no_byte_can_move_between_salt_and_ciphertext() -> None:
    assert digest_of(b"ab", b"c") != digest_of(b"a", b"bc")
