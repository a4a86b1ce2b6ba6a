"""Write to disk before anything is acknowledged, and stop the service when the disk fails.

Everything that is kept goes through :class:`Disk`, which syncs it, so that it survives a power cut
and not only ``kill -9``.

A failed write ends the service. moto only finds out whether a write is allowed by doing it, so its
table is then ahead of the disk; and after a failed sync nobody knows what the disk holds. The next
start reads it, as after any other kill. The alternative, writing first and removing the line when
moto refuses, would need a working disk at the very moment it fails.
"""

from __future__ import annotations

import fcntl
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from infra.errors import InfraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["DataError", "Disk", "DiskError"]


class DataError(InfraError):
    """Saved data cannot be read. The message names the file and says what to do."""


class DiskError(InfraError, OSError):
    """The disk failed to write. The message names the file and says what to do."""

    def __str__(self) -> str:
        return f"{self.strerror}."


class Disk:
    """Writes what is kept; when one of its methods returns, the data is safely on disk.

    Each method raises ``DiskError`` if the disk fails. After that, every method does.
    """

    def __init__(self, failed: Callable[[DiskError], object] = lambda _: None) -> None:
        """``failed`` gets the first failure before it is raised, and may end the process."""
        self._failed = failed
        self._failure: DiskError | None = None

    def check(self) -> None:
        """Raise ``DiskError`` if a write has failed: what is in memory may be ahead of the disk."""
        if self._failure:
            raise self._failure

    def folder(self, folder: Path) -> None:
        """Make ``folder`` if it does not exist."""
        with self._writing(folder):
            missing = [one for one in (folder, *folder.parents) if not one.exists()]
            for one in reversed(missing):
                one.mkdir(0o700)
                _sync_folder(one.parent)

    def keep_names(self, *folders: Path) -> None:
        """Sync the new names in ``folders``."""
        for folder in folders:
            with self._writing(folder):
                _sync_folder(folder)

    def open_at_its_end(self, file: Path) -> int:
        """Open ``file`` for :meth:`append`, creating it if needed. Return its descriptor."""
        with self._writing(file):
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            _sync_folder(file.parent)
            return descriptor

    def append(self, file: Path, descriptor: int, line: bytes) -> None:
        """Write ``line`` at the end of the ``file`` open at ``descriptor``."""
        with self._writing(file):
            end = os.fstat(descriptor).st_size
            try:
                _write(descriptor, line)
                _sync(descriptor)
            except OSError:
                # The rest was never acknowledged: the next start sets it aside.
                with suppress(OSError):
                    os.ftruncate(descriptor, end)
                raise

    def cut(self, file: Path, descriptor: int, length: int) -> None:
        """Cut the ``file`` open at ``descriptor`` down to its first ``length`` bytes."""
        with self._writing(file):
            os.ftruncate(descriptor, length)
            _sync(descriptor)

    def replace(self, file: Path, content: bytes) -> None:
        """Replace ``file``: a reader sees all of the old content or all of the new."""
        unfinished = file.with_suffix(".unfinished")
        with self._writing(file):
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                _write(descriptor, content)
                _sync(descriptor)
            except OSError:
                with suppress(OSError):
                    unfinished.unlink()
                raise
            finally:
                os.close(descriptor)
            unfinished.replace(file)
            _sync_folder(file.parent)

    def rename(self, file: Path, to: Path) -> None:
        """Rename ``file`` to ``to``, in the same folder."""
        with self._writing(file):
            file.replace(to)
            _sync_folder(to.parent)

    @contextmanager
    def _writing(self, file: Path) -> Iterator[None]:
        self.check()
        try:
            yield
        except OSError as error:
            self._failure = DiskError(
                error.errno,
                f"{file} could not be written: {error.strerror}. Everything that was answered "
                "is on disk. Free some space, or find out what else is wrong with the disk, "
                "then start the service again",
            )
            self._failed(self._failure)
            raise self._failure from error


def _write(descriptor: int, content: bytes) -> None:
    """Write all of it: a nearly full disk may write less than it was asked to."""
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def _sync(descriptor: int) -> None:
    if sys.platform == "darwin":
        # On macOS, fsync leaves it in the cache of the drive.
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """Sync ``folder`` itself, so that a new name in it is on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)
