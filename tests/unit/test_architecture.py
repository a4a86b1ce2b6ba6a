"""The arrows run one way: ``infra → handlers → adapters → domain``; the lint's bans prove it.

Each snippet below is linted as if it were in the file named, so that a ban that was lost
(a misspelt name, a layer's file that no longer extends the one above) fails here.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
import ruff

ROOT = Path(__file__).parents[2]
FUNCTIONS = ROOT / "functions"

OUTWARD = {
    "functions/domain/ladder.py": ("adapters", "handlers", "infra", "tests"),
    "functions/domain/rules/holds.py": ("adapters", "handlers", "infra", "tests"),
    "functions/adapters/casebook.py": ("handlers", "infra", "tests"),
    "functions/adapters/record/chain.py": ("handlers", "infra", "tests"),
    "functions/adapters/operating/desk.py": ("handlers", "infra", "tests"),
    "functions/data/verify_export.py": ("domain", "adapters", "handlers", "infra", "tests"),
    "functions/handlers/decide.py": ("infra", "tests"),
    "functions/handlers/api/document.py": ("infra", "tests"),
    "functions/handlers/documents/report.py": ("infra", "tests"),
    "functions/handlers/intake/mail.py": ("infra", "tests"),
    "functions/handlers/pages/acts/page.py": ("infra", "tests"),
    "functions/handlers/pages/web.py": ("infra", "tests"),
}
INWARD = {
    "functions/adapters/casebook.py": ("domain",),
    "functions/adapters/record/chain.py": ("domain", "adapters"),
    "functions/adapters/operating/desk.py": ("domain", "adapters"),
    "functions/handlers/api/document.py": ("domain", "adapters"),
    "functions/handlers/intake/mail.py": ("domain", "adapters"),
    "functions/handlers/decide.py": ("domain", "adapters"),
    "functions/handlers/pages/web.py": ("domain", "adapters"),
    "infra/local/service.py": ("domain", "adapters", "handlers"),
}
IMPURE = (
    "authlib",
    "aws_lambda_powertools",
    "boto3",
    "botocore",
    "govuk_frontend_jinja",
    "http",
    "icalendar",
    "io",
    "jinja2",
    "logging",
    "os",
    "pathlib",
    "pydantic",
    "random",
    "requests",
    "secrets",
    "socket",
    "subprocess",
    "sys",
    "threading",
    "time",
    "urllib.request",
    "uuid",
)
DEVELOPMENT_TOOLS = ("aws_cdk", "bs4", "holidays", "moto", "numpy", "oidc_provider_mock")
CLOCK_READINGS = (
    "import datetime\nDAY = datetime.date.today()\n",
    "from datetime import date\nDAY = date.today()\n",
    "from datetime import UTC, datetime\nNOW = datetime.now(UTC)\n",
    "from datetime import datetime as moment\nNOW = moment.now()\n",
    "from datetime import datetime\nNOW = datetime.today()\n",
    "from datetime import datetime\nNOW = datetime.utcnow()\n",
    "import time\nNOW = time.time()\n",
    "from time import time_ns\nNOW = time_ns()\n",
    "import time\nNOW = time.gmtime()\n",
    "import time\nNOW = time.localtime()\n",
)
LAYERS = tuple(OUTWARD)
MAY_READ_THE_CLOCK = {"adapters/clock.py", "adapters/identity.py"}


def lint(code: str, path: str, rule: str = "TID251") -> list[str]:
    """Return ruff's findings for ``code`` if it were at ``path``."""
    run = subprocess.run(
        [
            ruff.find_ruff_bin(),
            "check",
            f"--select={rule}",
            "--no-cache",
            "--output-format=json",
            f"--stdin-filename={path}",
            "-",
        ],
        input=code,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert run.returncode in {0, 1}, run.stderr
    findings = json.loads(run.stdout)
    assert all(finding["code"] == rule for finding in findings), findings
    return [finding["message"] for finding in findings]


def imports_of(modules: tuple[str, ...]) -> str:
    """Return two lines for each module: the two ways of importing it."""
    return "".join(f"import {module}\nfrom {module} import anything\n" for module in modules)


def banned(messages: list[str]) -> dict[str, int]:
    """Return how often each name was found to be banned."""
    names = [message.split("`")[1] for message in messages]
    return {name: names.count(name) for name in names}


@pytest.mark.parametrize("path", OUTWARD)
def test_no_layer_imports_one_further_out(path: str) -> None:
    modules = OUTWARD[path]
    assert banned(lint(imports_of(modules), path)) == dict.fromkeys(modules, 2)


@pytest.mark.parametrize("path", INWARD)
def test_each_layer_may_import_those_further_in(path: str) -> None:
    assert lint(imports_of(INWARD[path]), path) == []


@pytest.mark.parametrize("path", [path for path in LAYERS if path.startswith("functions/domain/")])
def test_the_domain_is_pure(path: str) -> None:
    found = banned(lint(imports_of(IMPURE), path))
    assert found == dict.fromkeys(IMPURE, 2)


def test_the_domain_reads_no_files() -> None:
    # `pathlib` is banned above; the other way to a file is the builtin, which needs no import.
    assert lint("TEXT = open('a').read()\n", "functions/domain/ladder.py", rule="PTH123")


def test_the_domain_may_speak_of_times_of_day() -> None:
    assert lint("from datetime import time\n", "functions/domain/ladder.py") == []


@pytest.mark.parametrize("path", LAYERS)
def test_what_is_deployed_imports_no_development_tool(path: str) -> None:
    found = banned(lint(imports_of(DEVELOPMENT_TOOLS), path))
    assert found == dict.fromkeys(DEVELOPMENT_TOOLS, 2)


@pytest.mark.parametrize("path", LAYERS)
def test_a_moment_is_passed_in_and_never_read(path: str) -> None:
    unseen = [code for code in CLOCK_READINGS if not lint(code, path)]
    assert unseen == []


def test_only_the_clock_and_the_sessions_are_excused() -> None:
    excuse = re.compile(r"#\s*(?:ruff:\s*)?noqa(?::[^#\n]*\bTID251\b|\s*(?:$|[^:]))", re.MULTILINE)
    excused = {
        path.relative_to(FUNCTIONS).as_posix()
        for path in FUNCTIONS.rglob("*.py")
        if excuse.search(path.read_text())
    }
    assert excused <= MAY_READ_THE_CLOCK


def test_imports_are_absolute() -> None:
    assert lint("from . import ladder\n", "functions/domain/decide.py", rule="TID252")


def test_every_folder_of_code_that_is_deployed_is_a_layer_known_here() -> None:
    folders = {path.parent.relative_to(ROOT).as_posix() for path in FUNCTIONS.rglob("*.py")}
    assert folders == {path.rpartition("/")[0] for path in LAYERS}


# Circles -----------------------------------------------------------------------------------------


def circle(folder: Path) -> list[str]:
    """Return modules under ``folder`` that import each other in a circle, also only for types."""
    files = {
        ".".join(file.relative_to(folder).with_suffix("").parts): file
        for file in folder.rglob("*.py")
    }
    imports = {name: imported_by(file) & files.keys() for name, file in files.items()}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def imported_by(file: Path) -> set[str]:
    """Return the modules that ``file`` imports anywhere, and names that could be modules."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_nothing_that_is_deployed_has_a_circle_of_imports() -> None:
    """Imports only for types count: two modules that need each other are one module."""
    assert circle(FUNCTIONS) == []


def test_a_circle_of_imports_for_types_is_found(tmp_path: Path) -> None:
    within = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    "
    (tmp_path / "one.py").write_text("import two\n")
    (tmp_path / "two.py").write_text(f"{within}from three import Three\n")
    (tmp_path / "three.py").write_text("THREE = 3\n")
    assert circle(tmp_path) == []
    (tmp_path / "three.py").write_text(f"{within}from one import One\n")
    assert set(circle(tmp_path)) == {"one", "two", "three"}


# One way out -------------------------------------------------------------------------------------

#: The one module that hands emails to ``Mail``, and the one that hands them to Amazon SES.
SENDS, HANDS_OVER = "adapters/outgoing.py", "adapters/mail.py"
#: Who makes ``Mail``, for the one module that sends.
MAKES = "adapters/wiring.py"
#: What reaches an attribute by its name.
_BY_NAME = {"attrgetter", "getattr", "methodcaller"}


def leaks(folder: Path) -> set[str]:
    """Return the places under ``folder`` that could send an email other than by the one way.

    Only the two modules that pass emails on, and those that make ``Mail``, may name it. Only one of
    the two may call ``send``, and only the other SES's ``send_email``.
    """
    found = set()
    for file in folder.rglob("*.py"):
        path = file.relative_to(folder).as_posix()
        tree = ast.parse(file.read_text())
        named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id in _BY_NAME:
                named |= {str(one.value) for one in call.args if isinstance(one, ast.Constant)}
        if "send" in named and path != SENDS:
            found.add(f"{path}: send")
        if {"send_email", "send_bulk_email"} & named and path != HANDS_OVER:
            found.add(f"{path}: send_email")
        if "adapters.mail.Mail" in imported_by(file) and path not in {SENDS, MAKES}:
            found.add(f"{path}: Mail")
    return found


def test_no_email_leaves_but_by_the_one_way() -> None:
    assert leaks(FUNCTIONS) == set()
    assert {"adapters.mail.Mail"} <= imported_by(FUNCTIONS / SENDS)


@pytest.mark.parametrize(
    ("code", "leak"),
    [
        ("def tell(mail):\n    mail.send('a@b.example')\n", "send"),
        ("def tell(mail):\n    do = mail.send\n    do('a@b.example')\n", "send"),
        ("def tell(mail):\n    getattr(mail, 'send')('a@b.example')\n", "send"),
        ("def tell(ses):\n    ses.send_email(Content={})\n", "send_email"),
        ("def tell(ses):\n    ses.send_bulk_email()\n", "send_email"),
        ("from adapters.mail import Mail\n", "Mail"),
        ("if TYPE_CHECKING:\n    from adapters.mail import Mail\n", "Mail"),
    ],
)
def test_another_way_out_is_found(tmp_path: Path, code: str, leak: str) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "aside.py").write_text(code)
    assert leaks(tmp_path) == {f"handlers/aside.py: {leak}"}
