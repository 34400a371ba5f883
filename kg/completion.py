"""Completion in a shell: the script that a shell sources, and the words that it then asks for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_BASH = """\
_kg() {
  local IFS=$'\\n'
  COMPREPLY=($(kg completion --words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _kg kg
"""
SCRIPTS = {
    "bash": _BASH,
    "zsh": "autoload -U +X bashcompinit && bashcompinit\n" + _BASH,
    "fish": """\
function __kg_words
  kg completion --words (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null
  __fish_complete_path (commandline -ct)
end
complete -c kg -f -a '(__kg_words)'
""",
}
"""What to put into the start file of each shell, as `source <(kg completion bash)`."""


def complete(
    words: Sequence[str], commands: Sequence[str], parser_of: Callable[[str], argparse.ArgumentParser]
) -> list[str]:
    """Return what the last word can become.

    Args:
        words: What stands behind `kg`, the last one unfinished and maybe empty.
        commands: Names of the commands.
        parser_of: Returns the parser of a command.
    """
    before, last = list(words[:-1]), words[-1] if words else ""
    if not before:
        return _starting(last, commands)
    if before[0] not in commands:
        return []
    parser = parser_of(before[0])
    actions = [action for action in parser._actions if action.help is not argparse.SUPPRESS]
    option = next((a for a in actions if before[-1] in a.option_strings and a.nargs != 0), None)
    if option is not None:
        return _starting(last, [str(choice) for choice in option.choices or ()])
    offered = [name for action in actions for name in action.option_strings if name.startswith("--")]
    if before[0] == "ask":
        from queries.catalog import load_catalog

        catalog = load_catalog()
        if len(before) == 1 and not last.startswith("-"):
            return _starting(last, list(catalog))
        if len(before) > 1 and before[1] in catalog:
            offered += [f"--{parameter.name}" for parameter in catalog[before[1]].parameters]
    if not last.startswith("-"):
        offered = [str(c) for a in actions if not a.option_strings for c in a.choices or ()]
    return _starting(last, offered)


def _starting(word: str, offered: Sequence[str]) -> list[str]:
    return sorted({name for name in offered if name.startswith(word)})
