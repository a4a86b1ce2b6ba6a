"""The tests of this folder need cosmic-ray, which is in `.venv-mutate` alone (`make mutate`)."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("cosmic_ray") else ["test_*.py"]
