"""``python -m infra.operate``."""

from __future__ import annotations

import sys

from infra.operate import main

sys.exit(main())
