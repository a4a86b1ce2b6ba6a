"""The OpenID provider of ``make run``: one click on a sample officer signs in as them.

It is `oidc-provider-mock`_ with our own pages: the mock's own load a style sheet from the internet
and ask for a "sub". It checks neither PKCE nor passwords, and anyone may be anyone, so it listens
only on 127.0.0.1 and is not in the deployed asset.

.. _oidc-provider-mock: https://oidc-provider-mock.readthedocs.io
"""

from __future__ import annotations

import errno
import secrets
import socket
import threading
import time
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, DictLoader

from adapters import identity
from infra.errors import InfraError
from infra.local.rebinding import rebind

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator, Sequence

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

__all__ = [
    "CASE_SYSTEM",
    "HOST",
    "PROGRAM",
    "Program",
    "Provider",
    "ProviderPortTakenError",
    "SampleOfficer",
    "running_provider",
]

HOST = "127.0.0.1"

#: The mock's own address for tokens, and the seconds a program's token lasts.
_TOKEN_PATH = "/oauth2/token"  # noqa: S105 (an address)
_TOKEN_SECONDS = 3600

#: Seconds the functions of this process wait for each answer. On AWS five are enough, because the
#: function's own time would be over; here that is not enforced, and the provider shares the machine
#: with them: a busy machine makes a sign-in slow, not impossible.
_ANSWERS_WITHIN = 600

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="icon" href="data:,">
  <title>{% block title %}Local sign-in: Positive Challenge{% endblock %}</title>
  <style>
    body { font: 1.1875rem/1.4 Arial, sans-serif; color: #0b0c0c; max-width: 40rem;
           margin: 2rem auto; padding: 0 1rem; }
    li { margin: 0 0 .5rem; }
    ul { list-style: none; padding: 0; }
    button { font: inherit; color: inherit; text-align: left; width: 100%; padding: .5rem .75rem;
             overflow-wrap: anywhere; background: #f3f2f1; cursor: pointer;
             border: 2px solid #505a5f; }
    button:hover { background: #dbdad9; }
    button:focus { outline: 3px solid #fd0; outline-offset: 0; border-color: #0b0c0c; }
  </style>
</head>
<body><main>{% block content %}{% endblock %}</main></body>
</html>
"""

_CHOOSE_OFFICER = """\
{% extends "_base.html" %}
{% block content %}
<h1>Who do you want to be?</h1>
<p>These are made-up officers of a made-up council. Choose one to sign in as them.</p>
<form method="post">
  <ul>
  {% for officer in officers %}
    <li><button name="sub" value="{{ officer.email }}">
      <strong>{{ officer.name }}</strong>{% if officer.role %}, {{ officer.role }}{% endif %}<br>
      {{ officer.email }}
    </button></li>
  {% endfor %}
  </ul>
</form>
{% endblock %}
"""

_ERROR = """\
{% extends "_base.html" %}
{% block content %}
<h1>You cannot sign in</h1>
<p>{{ description }} ({{ name }}). Go back to the service and sign in from there.</p>
{% endblock %}
"""


@dataclass(frozen=True)
class SampleOfficer:
    """Someone to sign in as. ``role`` is only shown beside the name, and may be empty."""

    email: str
    name: str
    role: str = ""


@dataclass(frozen=True)
class Program:
    """A program that gets tokens by client credentials, for ``audience``."""

    client_id: str
    client_secret: str
    audience: str


#: The council's forms platform, as ``make run`` knows it.
PROGRAM = Program(
    "forms-platform", "local", "positive-challenge-api"
)  # no secret: it opens nothing else
#: Its case system: a client of its own, as on AWS.
CASE_SYSTEM = Program("case-system", "local", PROGRAM.audience)


@dataclass(frozen=True)
class Provider:
    """A running provider: its issuer, for the functions' OIDC_ISSUER."""

    issuer: str

    @property
    def token_endpoint(self) -> str:
        """Return where programs get their tokens."""
        return f"{self.issuer}{_TOKEN_PATH}"


class ProviderPortTakenError(InfraError):
    """Another program listens on the provider's port."""


@contextmanager
def running_provider(
    officers: Sequence[SampleOfficer],
    port: int = 0,
    programs: Sequence[Program] = (),
    tls: ssl.SSLContext | None = None,
) -> Iterator[Provider]:
    """Run the provider on 127.0.0.1 in a thread until the context ends.

    ``port`` 0 takes any free one; ``tls`` serves it over HTTPS. It listens before this returns. Its
    keys are new each time; ``adapters.identity`` reads them again when needed. Raise
    ProviderPortTakenError.
    """
    # Flask and its server are only needed while the provider runs.
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415

    class Quiet(WSGIRequestHandler):
        """Keeps requests out of the terminal of ``make run``."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...

    # Bound here, because werkzeug would end the whole process if the port is in use.
    try:
        listening = socket.create_server((HOST, port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        message = f"Port {port} on {HOST} is in use. Stop what uses it, or choose another port."
        raise ProviderPortTakenError(message) from error
    with listening:
        port = listening.getsockname()[1]
        server = make_server(
            HOST,
            port,
            _without_warnings(_app(officers, programs)),
            threaded=True,
            request_handler=Quiet,
            ssl_context=tls,
            fd=listening.fileno(),  # werkzeug keeps a duplicate of its own
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="openid-provider")
    thread.start()
    until_end = ExitStack()
    rebind(until_end, identity, "HTTP_TIMEOUT", _ANSWERS_WITHIN)
    try:
        yield Provider(issuer=f"{'https' if tls else 'http'}://{HOST}:{port}")
    finally:
        until_end.close()
        server.shutdown()
        thread.join()
        server.server_close()


def _without_warnings(app: WSGIApplication) -> WSGIApplication:
    """Silence warnings about the mock's calls of deprecated authlib code, which we cannot change.

    Where warnings are errors, as in our tests, each would break a sign-in.
    """
    # Warning filters belong to the process: threads that changed them at once would leave each
    # other's behind. The server itself needs threads, because a browser holds connections open.
    one_at_a_time = threading.Lock()

    def quiet(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with one_at_a_time, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            # Built here, because the mock does its work while its answer is read.
            return list(app(environ, start_response))

    return quiet


def _app(officers: Sequence[SampleOfficer], programs: Sequence[Program]) -> Flask:
    with warnings.catch_warnings():
        # The mock imports authlib.jose, also deprecated; and authlib.deprecate, when imported,
        # turns its own warnings on, so it must be imported before they are silenced.
        import authlib.deprecate  # noqa: PLC0415

        warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
        import oidc_provider_mock  # noqa: PLC0415

    app: Flask = oidc_provider_mock.app(
        require_nonce=True,
        issue_refresh_token=False,
        user_claims=[
            oidc_provider_mock.User(
                sub=officer.email,
                claims={"email": officer.email, "name": officer.name, "email_verified": True},
            )
            for officer in officers
        ],
    )
    # Cookies ignore ports: under its own name, Flask's would overwrite the service's session.
    app.config["SESSION_COOKIE_NAME"] = "openid-provider"
    ours = {
        "_base.html": _PAGE,
        "authorization_form.html": _CHOOSE_OFFICER,
        "error.html": _ERROR,
    }
    theirs = app.jinja_loader
    app.jinja_loader = ChoiceLoader([DictLoader(ours), *([theirs] if theirs else [])])
    app.jinja_env.globals["officers"] = tuple(officers)
    _give_programs_tokens(app, programs)
    return app


def _give_programs_tokens(app: Flask, programs: Sequence[Program]) -> None:
    """Support client credentials (RFC 6749, 4.4), which the mock does not know.

    The token follows RFC 9068: ``typ`` and ``sub`` say that a program got it.
    """
    import flask  # noqa: PLC0415
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.jwk import RSAKey  # noqa: PLC0415

    def give() -> flask.Response | None:
        asked = flask.request
        if asked.path != _TOKEN_PATH or asked.form.get("grant_type") != "client_credentials":
            return None
        basic = asked.authorization
        named = (
            (basic.username, basic.password)
            if basic
            else (
                asked.form.get("client_id"),
                asked.form.get("client_secret"),
            )
        )
        known = {(one.client_id, one.client_secret): one for one in programs}
        program = known.get((str(named[0]), str(named[1])))
        if program is None:
            refused = flask.jsonify({"error": "invalid_client"})
            refused.status_code = 401
            return refused
        now = int(time.time())
        claims = {
            "iss": asked.host_url.rstrip("/"),
            "sub": program.client_id,
            "client_id": program.client_id,
            "aud": program.audience,
            "iat": now,
            "exp": now + _TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(16),
        }
        jwk = flask.g.oidc_provider_mock_storage.jwk.as_dict(is_private=True)
        header = {"alg": "RS256", "typ": "at+jwt"}
        token = jwt.encode(header, claims, RSAKey.import_key(jwk))
        return flask.jsonify(
            {"access_token": token, "token_type": "Bearer", "expires_in": _TOKEN_SECONDS}
        )

    app.before_request(give)
