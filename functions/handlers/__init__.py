"""The functions of the service, one a module or package: AWS imports this before any of them.

A start makes a hundred thousand objects that live as long as their container. To look among them
for garbage each time that some hundreds are new would be a fifth of the start.
"""

from __future__ import annotations

import gc

#: New objects after which Python looks for garbage: more than a start leaves.
_LOOK_AFTER = 200_000

gc.set_threshold(_LOOK_AFTER)
