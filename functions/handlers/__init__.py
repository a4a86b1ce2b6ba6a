"""The functions of the service, one a module or package. AWS imports this before any of them.

A start makes a hundred thousand objects that live as long as their container. Searching them for
garbage each time some hundreds are new would take a fifth of the start.
"""

from __future__ import annotations

import gc

#: The number of new objects that makes Python search: more than a start leaves.
_LOOK_AFTER = 200_000

gc.set_threshold(_LOOK_AFTER)
