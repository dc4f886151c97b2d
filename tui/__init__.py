"""Screens, widgets and the command line."""

import sys
from pathlib import Path


def _find_own_packages_first() -> None:
    """A folder on PYTHONPATH (often `.`) may contain another `engine`, `targets` or `presets`, which would be
    imported instead of abreast's: then abreast's root goes before it."""
    root = Path(__file__).resolve().parents[1]
    if str(root) not in sys.path:
        return
    before = sys.path[: sys.path.index(str(root))]
    names = [f"{name}{end}" for name in ("engine", "targets", "presets") for end in ("", ".py")]
    if any((Path(folder) / name).exists() for folder in before for name in names):
        sys.path.insert(0, str(root))


_find_own_packages_first()
