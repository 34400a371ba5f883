"""What other distributions add by entry point: readers, packs, questions, views (docs/plugins.md).

An entry point is found by its group; what it names is imported when it is used. A plugin adds and never replaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, TypeAlias

from .errors import ConfigurationError

Group: TypeAlias = Literal["jiqun.readers", "jiqun.packs", "jiqun.questions", "jiqun.views"]


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point.

    Attributes:
        group: What it adds.
        name: The suffix, pack, set of questions or set of views that it adds.
        target: `module:function` of a reader, else the package whose files are meant.
        distribution: Who brings it, for messages.
    """

    group: Group
    name: str
    target: str
    distribution: str

    def load(self) -> Any:
        """Import and return the object of `module:name`.

        Raises:
            ConfigurationError: It cannot be imported.
        """
        return load_object(self.target, asked_by=f"{self.group} {self.name!r} of {self.distribution}")

    def folder(self) -> Traversable:
        """Return the files of its package.

        Raises:
            ConfigurationError: It cannot be imported.
        """
        try:
            return files(self.target)
        except Exception as error:  # whatever a package of others raises on import
            raise _broken(f"{self.group} {self.name!r} of {self.distribution}", self.target, error) from error


@cache
def find_plugins(group: Group) -> Mapping[str, Plugin]:
    """Return the plugins of a group by name, sorted.

    Raises:
        ConfigurationError: Two distributions bring one of the same name.
    """
    from importlib.metadata import entry_points

    found: dict[str, Plugin] = {}
    for entry in sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value)):
        owner = entry.dist.name if entry.dist else "a distribution without a name"
        plugin = Plugin(group, entry.name, entry.value, owner)
        other = found.setdefault(entry.name, plugin)
        if other != plugin:
            raise ConfigurationError(
                f"{other.distribution} and {owner} both bring {group} {entry.name!r}.",
                hint=f"uninstall one of them: pip uninstall {owner}",
            )
    return found


def refuse_known(group: Group, plugin: Plugin, known: Iterable[str]) -> None:
    """Make sure that a plugin replaces nothing.

    Raises:
        ConfigurationError: There is something of its name already.
    """
    if plugin.name in known:
        raise ConfigurationError(
            f"{plugin.distribution} brings {group} {plugin.name!r}, which comes with jiqun.",
            hint=f"a plugin adds, and replaces nothing: pip uninstall {plugin.distribution}",
        )


def load_object(target: str, *, asked_by: str) -> Any:
    """Import and return the object of `module:name`.

    Raises:
        ConfigurationError: It cannot be imported.
    """
    module, _, name = target.partition(":")
    try:
        return getattr(import_module(module), name)
    except Exception as error:  # whatever a module of others raises on import
        raise _broken(asked_by, target, error) from error


def _broken(asked_by: str, target: str, error: Exception) -> ConfigurationError:
    what = f"{type(error).__name__}: {error}"
    return ConfigurationError(f"{asked_by} cannot be used: {target}: {what}", hint="update or uninstall it")
