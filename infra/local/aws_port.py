"""moto's AWS on a port of this machine, so that the AWS CLI can look at executions and items.

Only this machine can reach it, and it shows what the functions in this process see. Its answers
carry the time of the service's clock, so that a caller knows what time it is there.
"""

from __future__ import annotations

import errno
import socket
import threading
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.http import http_date
from werkzeug.serving import make_server

from infra.errors import InfraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["HOST", "AwsPort", "PortTakenError"]

HOST = "127.0.0.1"


class PortTakenError(InfraError, OSError):
    """Another program listens on the port."""

    def __init__(self, port: int, variable: str) -> None:
        super().__init__(
            errno.EADDRINUSE,
            f"Port {port} of this machine is in use, perhaps by another run of the service. "
            f"Stop that, or choose another port with the environment variable {variable}, as "
            f"in {variable}={port + 1}",
        )
        self.port = port


class _QuietHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: the executions would fill the terminal."""


class AwsPort:
    """The open port, from construction until ``close``."""

    def __init__(self, port: int, now: Callable[[], datetime]) -> None:
        """Open ``port``, 0 for any; date answers by ``now``. Raise ``PortTakenError``."""

        class Dated(_QuietHandler):
            def date_time_string(self, _timestamp: float | None = None) -> str:
                return http_date(now())

        # werkzeug ends the process if the port is in use, so we bind the socket ourselves.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((HOST, port))
            self._socket.listen()
        except OSError as error:
            self._socket.close()
            if error.errno == errno.EADDRINUSE:
                raise PortTakenError(port, "AWS_PORT") from error
            raise
        self.port: int = self._socket.getsockname()[1]
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(
            HOST,
            self.port,
            self._application,
            threaded=True,
            request_handler=Dated,
            fd=self._socket.fileno(),
        )
        # A short poll, so that closing is quick.
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="aws-port", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Close the port after answering requests under way."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._socket.close()

    def _application(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        # moto's own pages could empty the tables, and any web page could make a browser call them.
        if environ["PATH_INFO"].startswith("/moto-api"):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"The local service does not open moto's own pages.\n"]

        def dated(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:  # noqa: ANN401 (WSGI's own)
            own = [(name, value) for name, value in headers if name.lower() != "date"]
            return start_response(status, own, *more)

        answer: Iterable[bytes] = self._moto(environ, dated)
        return answer
