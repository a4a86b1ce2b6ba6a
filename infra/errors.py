"""Everything that can go wrong where the service is built, deployed, operated or run locally.

Each is defined beside what raises it, and stands in this tree; the message of each says what to
do::

    InfraError
    ├── DeploymentSettingsError      a setting of an environment is missing or cannot be right
    ├── BundleError                  the functions' asset could not be made
    ├── LicenceError                 nobody knows under which licence a package may be used
    │   └── NotInstalledError        the package is for other platforms than this one
    ├── NotFromSesError              a mail has no head as SES writes it
    ├── FailedAgainError             what had failed was given again, and failed again
    ├── CannotStartError             the local service cannot start
    ├── PortTakenError               another program listens on the port of the local AWS
    ├── FrontPortTakenError          … of the pages
    ├── ProviderPortTakenError       … of the sign-in provider
    ├── SmtpPortTakenError           … for mail
    ├── DataError                    what was kept on this machine cannot be read
    │   └── JournalError             the journal of the table's writes cannot be repeated
    ├── DiskError                    the disk did not take something
    ├── FunctionError                a function raised: names its error
    ├── ClockBackwardsError          the local clock only moves forward
    ├── ClockStuckError              an execution goes on and on, or a function hangs
    ├── StoryError                   a story of the demonstration cannot be played
    ├── UnwantedMoveError            the local clock cannot be moved as was asked
    ├── _NotStartedError             the emulator is not started yet
    ├── _AnotherRunsError            another emulator runs in this process
    └── _UnreadableError             a request to the local service cannot be read
"""

from __future__ import annotations

__all__ = ["InfraError"]


class InfraError(Exception):
    """The root of the tree."""
