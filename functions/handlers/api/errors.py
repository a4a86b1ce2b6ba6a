"""What every refusal of the interface has in common."""

from __future__ import annotations

from http import HTTPStatus

from handlers.errors import HandlerError

__all__ = ["ApiError"]


class ApiError(HandlerError):
    """Ends a program's request early: answered with ``status``, and the message as its detail."""

    status = HTTPStatus.BAD_REQUEST
