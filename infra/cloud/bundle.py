"""The assets the functions run from: locked packages and ``functions/``, made without Docker.

All functions share one, but for the one that makes documents: only its asset has the packages of
``requirements-documents.lock``, and the templates and fonts of ``functions/documents``.

Nothing for one machine (``infra/local``) or for development can get in: an asset is made only of
its lock, ``functions/`` and the council's procedure.
"""

from __future__ import annotations

import hashlib
import logging
import platform
import py_compile
import shutil
import subprocess
import sys
from compileall import compile_dir
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from infra.blueprint import DOCUMENTS, FUNCTIONS_DIR, ROOT
from infra.cloud.settings import DeploymentSettingsError
from infra.errors import InfraError

if TYPE_CHECKING:
    from constructs import Node

    from infra.blueprint import Function

#: Where the asset holds the procedure and the functions look for it, whatever the council calls its
#: file.
DEPLOYED_PROCEDURE = "procedure.toml"

#: Files among our modules that only tools need: caches, lint rules, the style sheet's sources.
_FOR_TOOLS = ("__pycache__", ".*", "*.pyc", "ruff.toml", "*.scss")
#: What some packages install beside themselves: console scripts and their own tests.
_NOT_NEEDED = ("bin", "tests")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """What an asset is made of: the packages of a lock, and ``functions/`` ``without`` a folder."""

    lock: Path
    without: str = ""


COMMON = Parts(ROOT / "requirements.lock", without="documents")
FOR_DOCUMENTS = Parts(ROOT / "requirements-documents.lock")
ASSETS = (COMMON, FOR_DOCUMENTS)


def parts_of(function: Function) -> Parts:
    """Return what the asset of a function is made of."""
    return FOR_DOCUMENTS if function == DOCUMENTS else COMMON


class BundleError(InfraError):
    """The asset could not be made. The message says why and what to do."""


@dataclass(frozen=True)
class Target:
    """The platform the functions run on, in Lambda's words, and the options uv gets for it."""

    python: str
    architecture: str
    platform: tuple[str, ...] = ()

    @property
    def runtime(self) -> lambda_.Runtime:
        """Return Lambda's runtime for this Python version."""
        return lambda_.Runtime(f"python{self.python}", lambda_.RuntimeFamily.PYTHON)

    @property
    def processor(self) -> lambda_.Architecture:
        """Return Lambda's processor of this name."""
        return lambda_.Architecture.custom(self.architecture)


_PYTHON_HERE = "{}.{}".format(*sys.version_info[:2])
_PYTHON_ON_LAMBDA = "3.13"

#: AWS: Lambda's Amazon Linux 2023 on arm64, as uv calls it.
LAMBDA = Target(
    _PYTHON_ON_LAMBDA,
    "arm64",
    ("--python-platform", "aarch64-manylinux2014", "--python-version", _PYTHON_ON_LAMBDA),
)
#: This machine and this Python, on which an emulator or a test runs the functions.
HERE = Target(
    _PYTHON_HERE,
    {"aarch64": "arm64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine()),
)


def target(node: Node) -> Target:
    """Return ``HERE`` if the context says ``functions_run=here``, ``LAMBDA`` if it says nothing.

    Raise ``DeploymentSettingsError`` for anything else.
    """
    said = node.try_get_context("functions_run")
    if said not in (None, "here"):
        msg = f"functions_run is {said!r}: write here for an emulator, or leave it out for AWS."
        raise DeploymentSettingsError(msg)
    return HERE if said else LAMBDA


def code(
    procedure: Path, target: Target, *, live: bool = False, parts: Parts = COMMON
) -> lambda_.Code:
    """Describe an asset. Bind the one result to all its functions, so that it is bundled once.

    ``procedure`` is the council's own file, deployed in place of ``functions/procedure.toml``.

    Raise ``BundleError`` if the asset is for a ``live`` environment but would hold no compiled
    code.
    """
    if live and not _compiles(target):
        msg = (
            f"This is Python {_PYTHON_HERE}, and the functions run on {target.python}: the "
            "asset would hold no compiled code, and every function of a live environment "
            f"would start slowly. Deploy from Python {target.python}: make setup "
            f"PYTHON=python{target.python}"
        )
        raise BundleError(msg)
    return lambda_.Code.from_asset(
        str(FUNCTIONS_DIR),
        # CDK's default hash covers functions/ only, so a newer lock would not be deployed.
        asset_hash_type=AssetHashType.CUSTOM,
        asset_hash=_fingerprint(procedure, target, parts),
        bundling=BundlingOptions(
            # CDK requires an image but never pulls it: the local bundling makes the asset or
            # raises.
            image=DockerImage.from_registry("not-used"),
            local=_Bundle(procedure, target, parts),
        ),
    )


def make(folder: Path, procedure: Path, target: Target = LAMBDA, parts: Parts = COMMON) -> None:
    """Fill ``folder`` with an asset for ``target``.

    Raise ``BundleError`` if uv is missing or failed, or if one of our modules has a package's name.
    """
    _install_packages(folder, target.platform, parts.lock)
    packages = {path.name for path in folder.iterdir()}
    for source in _ours(parts):
        place = source.relative_to(FUNCTIONS_DIR)
        if place.parts[0] in packages:
            msg = f"functions/{place.parts[0]} has the name of an installed package: rename it."
            raise BundleError(msg)
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, folder / place)
    shutil.copy2(procedure, folder / DEPLOYED_PROCEDURE)
    if _compiles(target):
        compile_all(folder)
    else:
        _log.warning(
            "Bundled without compiled code: this is Python %s and the functions run on %s."
            " Deploy from Python %s for faster cold starts.",
            _PYTHON_HERE,
            target.python,
            target.python,
        )


@jsii.implements(ILocalBundling)
class _Bundle:
    """The object through which CDK asks for the asset."""

    def __init__(self, procedure: Path, target: Target, parts: Parts) -> None:
        self._procedure = procedure
        self._target = target
        self._parts = parts

    def try_bundle(
        self,
        output_dir: str,
        *,
        image: DockerImage,  # noqa: ARG002 - jsii passes the options only to who names one
        **_options: object,
    ) -> bool:
        make(Path(output_dir), self._procedure, self._target, self._parts)
        return True


def _ours(parts: Parts) -> list[Path]:
    """Return the files of ``functions/`` that are shipped, in a stable order."""
    return sorted(
        path
        for path in FUNCTIONS_DIR.rglob("*")
        if path.is_file()
        and path.relative_to(FUNCTIONS_DIR).parts[0] != parts.without
        and not any(
            fnmatch(part, pattern)
            for part in path.relative_to(FUNCTIONS_DIR).parts
            for pattern in _FOR_TOOLS
        )
    )


def _install_packages(folder: Path, platform: tuple[str, ...], lock: Path) -> None:
    uv = Path(sys.executable).parent / "uv"
    if not uv.exists():
        msg = f"There is no uv beside {sys.executable}. Run make setup, then try again."
        raise BundleError(msg)
    done = subprocess.run(
        [
            str(uv), "pip", "install", "--quiet",
            "--python", sys.executable,
            *platform,
            "--only-binary", ":all:",
            "--require-hashes",
            # Linked files would share their bytes with uv's cache.
            "--link-mode", "copy",
            "--requirement", str(lock),
            "--target", str(folder),
        ],
        check=False,
        capture_output=True,
        text=True,
    )  # fmt: skip
    if done.returncode:
        msg = f"uv could not install {lock.name} ({' '.join(platform)}):\n{done.stderr}"
        raise BundleError(msg)
    for name in _NOT_NEEDED:
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / ".lock").unlink(missing_ok=True)  # uv's own


def _compiles(target: Target) -> bool:
    """Whether this Python compiles code for the target: the minor version decides."""
    return target.python == _PYTHON_HERE


def compile_all(folder: Path) -> None:
    """Compile every module in ``folder``, so that a cold start need not.

    CDK's zip resets every file's time, so code checked against its source's time would look stale
    and be compiled again at each cold start. This code is never checked.
    """
    compile_dir(
        folder,
        quiet=1,
        stripdir=str(folder),
        prependdir="/var/task",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def _fingerprint(procedure: Path, target: Target, parts: Parts) -> str:
    """Return a name for an asset, made from all its inputs, so that any change is deployed."""
    digest = hashlib.sha256(f"{target} {_compiles(target)}".encode())
    files = {path.relative_to(ROOT).as_posix(): path for path in (parts.lock, *_ours(parts))}
    for name, path in {**files, "bundle": Path(__file__), "procedure": procedure}.items():
        content = path.read_bytes()
        digest.update(f"\n{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
