"""The one asset every function runs from: the locked packages and ``functions/``, without Docker.

What is only for one machine (``infra/local``) or for development cannot get in: the asset is made
of ``requirements.lock``, ``functions/`` and the council's procedure, and of nothing else.
"""

from __future__ import annotations

import hashlib
import logging
import py_compile
import shutil
import subprocess
import sys
from compileall import compile_dir
from fnmatch import fnmatch
from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from infra.shape import FUNCTIONS_DIR, ROOT

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64
PYTHON_VERSION = RUNTIME.name.removeprefix("python")
#: uv's name for Lambda's Amazon Linux 2023 on arm64.
PLATFORM = "aarch64-manylinux2014"

_FOR_RUNTIME = ("--python-platform", PLATFORM, "--python-version", PYTHON_VERSION)

LOCK_FILE = ROOT / "requirements.lock"
#: Where the procedure stands in the asset, whatever the council calls its file.
DEPLOYED_PROCEDURE = "procedure.toml"

#: What lies among our modules for the tools alone: caches, lint rules, the style sheet's sources.
_FOR_TOOLS = ("__pycache__", ".*", "*.pyc", "ruff.toml", "*.scss")
#: What some packages put beside themselves: console scripts, and their own tests.
_NOT_NEEDED = ("bin", "tests")

_log = logging.getLogger(__name__)


class BundleError(RuntimeError):
    """The asset could not be made. The message says why and what to do."""


def code(procedure: Path) -> lambda_.Code:
    """Describe the asset. Bind the one result to every function, so that it is bundled once.

    ``procedure`` is the council's own file, deployed in the place of ``functions/procedure.toml``.
    """
    return lambda_.Code.from_asset(
        str(FUNCTIONS_DIR),
        # The default hash is of functions/ alone: a newer lock would then deploy nothing.
        asset_hash_type=AssetHashType.CUSTOM,
        asset_hash=_fingerprint(procedure),
        bundling=BundlingOptions(
            # Required by CDK, and never pulled: the local bundling makes the asset or raises.
            image=DockerImage.from_registry("not-used"),
            local=_Bundle(procedure),
        ),
    )


def make(target: Path, procedure: Path, *, here: bool = False) -> None:
    """Fill the folder ``target`` with the asset.

    ``here``: the same for this machine and this Python, to be run and measured.

    Raises:
        BundleError: uv is missing or failed, or a module of ours has the name of a package.

    """
    _install_packages(target, () if here else _FOR_RUNTIME)
    packages = {path.name for path in target.iterdir()}
    for source in _ours():
        place = source.relative_to(FUNCTIONS_DIR)
        if place.parts[0] in packages:
            msg = f"functions/{place.parts[0]} has the name of an installed package: rename it."
            raise BundleError(msg)
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target / place)
    shutil.copy2(procedure, target / DEPLOYED_PROCEDURE)
    if here or _compiles():
        compile_all(target)
    else:
        _log.warning(
            "Bundled without compiled code: this is Python %d.%d and the functions run on %s."
            " Deploy from Python %s for faster cold starts.",
            *sys.version_info[:2],
            PYTHON_VERSION,
            PYTHON_VERSION,
        )


@jsii.implements(ILocalBundling)
class _Bundle:
    """CDK's way to ask for the asset."""

    def __init__(self, procedure: Path) -> None:
        self._procedure = procedure

    def try_bundle(
        self,
        output_dir: str,
        *,
        image: DockerImage,  # noqa: ARG002 - jsii passes the options only to who names one
        **_options: object,
    ) -> bool:
        make(Path(output_dir), self._procedure)
        return True


def _ours() -> list[Path]:
    """Find the files of ``functions/`` that are shipped, in a lasting order."""
    return sorted(
        path
        for path in FUNCTIONS_DIR.rglob("*")
        if path.is_file()
        and not any(
            fnmatch(part, pattern)
            for part in path.relative_to(FUNCTIONS_DIR).parts
            for pattern in _FOR_TOOLS
        )
    )


def _install_packages(target: Path, platform: tuple[str, ...]) -> None:
    uv = Path(sys.executable).parent / "uv"
    if not uv.exists():
        msg = f"There is no uv beside {sys.executable}: run make setup, then try again."
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
            "--requirement", str(LOCK_FILE),
            "--target", str(target),
        ],
        check=False,
        capture_output=True,
        text=True,
    )  # fmt: skip
    if done.returncode:
        msg = f"uv could not install {LOCK_FILE.name} ({' '.join(platform)}):\n{done.stderr}"
        raise BundleError(msg)
    for name in _NOT_NEEDED:
        shutil.rmtree(target / name, ignore_errors=True)
    (target / ".lock").unlink(missing_ok=True)  # uv's own


def _compiles() -> bool:
    """Tell whether this Python's compiled code is the runtime's: the minor version decides."""
    return "{}.{}".format(*sys.version_info[:2]) == PYTHON_VERSION


def compile_all(target: Path) -> None:
    """Compile every module in ``target``, so that a cold start need not.

    CDK's zip resets every file's time: code that is checked against its source's time would be
    thought stale and compiled anew at each cold start. This code is never checked.
    """
    compile_dir(
        target,
        quiet=1,
        stripdir=str(target),
        prependdir="/var/task",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def _fingerprint(procedure: Path) -> str:
    """Name the asset by all that goes into it, so that any change of it is deployed."""
    digest = hashlib.sha256(f"{RUNTIME.name} {PLATFORM} {_compiles()}".encode())
    parts = {path.relative_to(ROOT).as_posix(): path for path in (LOCK_FILE, *_ours())}
    for name, path in {**parts, "bundle": Path(__file__), "procedure": procedure}.items():
        content = path.read_bytes()
        digest.update(f"\n{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
