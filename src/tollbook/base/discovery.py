"""Finds what is installed: every room of Tollbook, one folder a vertical or gateway, and outside packages.

Adding `verticals/<name>/` or `gateways/<name>/`, or a distribution with an entry point in the group
`tollbook.extensions`, is enough: settings take the apps from here and the shells take their modules.
"""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from django.apps import apps

_FAMILIES = ("verticals", "gateways")
_GROUP = "tollbook.extensions"


def extension_apps() -> list[str]:
    """Dotted names of the verticals, gateways and outside extensions, in a stable order."""
    root = Path(__file__).resolve().parent.parent
    found = [
        f"tollbook.{family}.{folder.name}"
        for family in _FAMILIES
        for folder in sorted((root / family).iterdir())
        if (folder / "apps.py").exists()
    ]
    return found + sorted(point.value for point in entry_points(group=_GROUP))


@cache
def _has(package: str, name: str) -> bool:
    return find_spec(f"{package}.{name}") is not None


def modules(name: str) -> Iterator[tuple[str, ModuleType]]:
    """`(app label, module)` for each installed app that has a module called `name`; import errors are not
    hidden.
    """
    for config in apps.get_app_configs():
        if _has(config.name, name):
            yield config.label, import_module(f"{config.name}.{name}")
