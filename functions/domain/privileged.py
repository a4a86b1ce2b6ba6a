"""Rule 11: legal advice is privileged, so its words are on no chain.

A question to a lawyer and the lawyer's advice are kept beside the chain, encrypted so that only the
function ``advice`` can open them (``adapters.privileged``). An event holds a :class:`Sealed` in
their place. So everything that reads events can be shown, exported, emailed or searched without
ever touching the words, and the chain still proves that they are the words that were written.

The hash is salted and covers the ciphertext. It tells nothing of the words, and a record whose
words are no longer kept can still be verified.
"""

from __future__ import annotations

from hashlib import sha256

from domain.values import Value, value

__all__ = ["Sealed", "digest_of"]


@value
class Sealed(Value):
    """Words in the compartment of a challenge: their ``number`` there (from 1), and their digest.

    ``digest`` is what :func:`digest_of` returned when they were encrypted, in hex.
    """

    number: int
    digest: str


def digest_of(salt: bytes, ciphertext: bytes) -> str:
    """Return the SHA-256 of ``salt`` and ``ciphertext``, in hex. Nothing but both gives it again.

    The salt's length is part of it, so that no byte can move from one to the other.
    """
    return sha256(len(salt).to_bytes(2) + salt + ciphertext).hexdigest()
