"""The rehearsal: the CDK itself deploys the stacks into an emulator, and challenges run in them.

    make rehearse             deploy, play every scene, and leave nothing behind
    make rehearse KEEP=1      stay up after the scenes, until Ctrl-C, to look around

It prints what it did and how long that took, and what of the template is not rehearsed and why. It
ends with 1 if anything was wrong. ``docs/rehearsal.md`` explains it.
"""

from __future__ import annotations

import os
import secrets
import signal
import ssl
import sys
import time
import traceback
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from adapters.directory_csv import from_csv
from infra.local.provider import CASE_SYSTEM, PROGRAM, SampleOfficer, running_provider
from tests.rehearsal import deployment, emulator
from tests.rehearsal.council import Council
from tests.rehearsal.fitting import NOT_SHOWN, FittingError
from tests.rehearsal.scenes import SCENES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rehearsal.deployment import Deployment

#: Bytes; twice what is needed.
_ROOM = 4 * 1024**3

KEEP = os.environ.get("KEEP", "") not in ("", "0")


def _say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def _timed(what: str) -> Iterator[list[str]]:
    """Print ``what`` was done, how long it took, and what was noted meanwhile."""
    notes: list[str] = []
    began = time.monotonic()
    try:
        yield notes
    except BaseException:
        _say(f"FAILED {time.monotonic() - began:6.1f} s  {what}")
        raise
    told = f": {'; '.join(notes)}" if notes else ""
    _say(f"       {time.monotonic() - began:6.1f} s  {what}{told}")


def main() -> int:
    """Rehearse once. Return 0 if all is well."""
    # So that ending it from outside ends the emulator too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began = time.monotonic()
    with TemporaryDirectory(prefix="rehearsal-", dir=_roomy_memory()) as folder:
        try:
            failed = _rehearse(Path(folder))
        except (deployment.CommandError, emulator.EmulatorError, FittingError) as error:
            _say(f"\n{error}")
            return 1
    verdict = f"{failed} of {len(SCENES)} scenes FAILED" if failed else f"{len(SCENES)} scenes"
    _say(f"\nRehearsed in {time.monotonic() - began:.0f} s: {verdict}.")
    return 1 if failed else 0


def _roomy_memory() -> str | None:
    """Work in memory if there is room: some disks take minutes to delete 60,000 files.

    The emulator unpacks the asset for each function, once for each copy running at the same time.
    """
    memory = Path("/dev/shm")  # noqa: S108 - made into a folder that is ours alone
    if not memory.is_dir():
        return None
    found = os.statvfs(memory)
    fits = found.f_bavail * found.f_frsize >= _ROOM and not found.f_flag & os.ST_NOEXEC
    return str(memory) if fits else None


def _rehearse(folder: Path) -> int:
    """Deploy into an emulator that lives as long as this, and play. Return the failures."""
    certificates = emulator.Certificates(folder, deployment.COUNCILS_HOST)
    tls = certificates.serve(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    directory = from_csv(deployment.SAMPLE_DIRECTORY)
    officers = [SampleOfficer(one.email, one.name) for one in directory.officers.values()]
    with ExitStack() as exits:
        programs = (PROGRAM, CASE_SYSTEM)
        provider = exits.enter_context(running_provider(officers, programs=programs, tls=tls))
        with _timed("the emulator starts"):
            running = exits.enter_context(emulator.running(folder, certificates))
        deployed = _deploy(running, folder, provider.issuer)
        _tell_what_is_not_rehearsed(deployed)
        failed = _play(Council(deployed, provider, folder / "desk"))
        if failed:
            _say(f"\nThe last lines of the emulator:\n{_tail(running.log)}")
        if KEEP:
            _stay(deployed)
    return failed


def _deploy(running: emulator.Emulator, folder: Path, issuer: str) -> Deployment:
    with _timed("cdk bootstrap"):
        deployment.bootstrap(running, folder)
    with _timed("cdk synth, with the assets for this machine") as notes:
        assembly = deployment.synthesize(running, folder, issuer)
        for asset in assembly.glob("asset.*"):
            size = sum(path.stat().st_size for path in asset.rglob("*") if path.is_file())
            notes.append(f"{size / 1024 / 1024:.0f} MB")
    fitted = deployment.fit_all(assembly)
    for stack in (deployment.DATA_STACK, deployment.STACK):
        with _timed(f"cdk deploy, in which {stack} fails and is taken back"):
            deployment.fail(running, folder, assembly, stack)
    bucket = deployment.set_up_mail(running)
    with _timed("cdk deploy once more") as notes:
        deployed = deployment.deploy(running, folder, assembly, fitted)
        notes.append(f"{len(deployed.resources)} resources")
    deployment.still_has_its_mail(deployed, bucket)
    with _timed("the operator loads the directory and puts in the provider's secret"):
        deployment.hand_over(deployed, secrets.token_urlsafe())
    return deployed


def _tell_what_is_not_rehearsed(deployed: Deployment) -> None:
    fitted = deployed.fitted
    _say("\nNot rehearsed, because the emulator lacks it:")
    for kind, lack in sorted(fitted.left_out.items()):
        _say(f"  {kind:36}  {lack}")
    _say("\nDeployed, but less than on AWS:")
    for kind, lack in sorted(NOT_SHOWN.items()):
        _say(f"  {kind:36}  {lack}")
    _say("\nChanged in the template:")
    for change in fitted.changes:
        _say(f"  {change}")
    _say()


def _play(council: Council) -> int:
    failed = 0
    for scene in SCENES:
        try:
            with _timed(scene.__name__.replace("_", " ")) as notes:
                council.notes = notes
                scene(council)
        except Exception:  # noqa: BLE001 - whatever it is, the other scenes are played too
            failed += 1
            _say(traceback.format_exc())
    return failed


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-40:])


def _stay(deployed: Deployment) -> None:
    running = deployed.emulator
    _say("\nIt stays up until Ctrl-C. In another terminal:\n")
    for name, value in running.environment.items():
        _say(f"export {name}={value}")
    _say(f"export TABLE_NAME={deployed.table} PYTHONPATH=functions\n")
    front, trusted = (
        f"{deployment.COUNCILS_HOST}:443:{emulator.HOST}:{running.port}",
        running.trusted,
    )
    _say(f"curl --cacert {trusted} --connect-to {front} {deployment.COUNCIL['public_url']}/")
    _say(f"curl --cacert {trusted} {running.url}/_ministack/ses/messages")
    with suppress(KeyboardInterrupt):
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
