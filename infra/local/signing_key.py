"""The private half of the key that signs exports, for moto's KMS.

It is made when it is first used: that takes a second, and few who start the service export
anything. It is kept, so that the fingerprint in documents stays the same after a restart.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from moto.kms.utils import AbstractPrivateKey

from infra.local.disk import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.disk import Disk

__all__ = ["SigningKey"]

_ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"
_BITS = 3072


class SigningKey(AbstractPrivateKey):
    """Signs as a key of KMS of the kind RSA_3072 does."""

    def __init__(self, data_dir: Path | None, disk: Disk) -> None:
        """Take where it is kept (``None``: nowhere), and what writes it."""
        self._file = data_dir / "signing.pem" if data_dir else None
        self._disk = disk

    @cached_property
    def _private(self) -> RSAPrivateKey:

        if self._file and self._file.exists():
            try:
                kept = load_pem_private_key(self._file.read_bytes(), None)
            except ValueError as error:
                message = (
                    f"{self._file} is damaged. To sign with a new key, whose fingerprint differs "
                    "from that in earlier documents, move it away, or put back an undamaged copy."
                )
                raise DataError(message) from error
            if isinstance(kept, RSAPrivateKey):
                return kept
        made = generate_private_key(public_exponent=65537, key_size=_BITS)
        if self._file:
            pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            self._disk.replace(self._file, pem)
        return made

    def sign(self, message: bytes, signing_algorithm: str) -> bytes:
        """Return the signature of ``message``."""
        if signing_algorithm != _ALGORITHM:
            message_ = f"The service signs with {_ALGORITHM}, not with {signing_algorithm}."
            raise NotImplementedError(message_)
        return self._private.sign(message, PKCS1v15(), SHA256())

    def verify(self, message: bytes, signature: bytes, signing_algorithm: str) -> bool:
        """Whether this is its signature: there is only one of each message."""
        return signature == self.sign(message, signing_algorithm)

    def public_key(self) -> bytes:
        """Return the public half, as a DER SubjectPublicKeyInfo."""
        subject = PublicFormat.SubjectPublicKeyInfo
        return self._private.public_key().public_bytes(Encoding.DER, subject)
