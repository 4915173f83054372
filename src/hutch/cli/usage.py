"""Help and usage errors in the layout of Docker's CLI, from the same tables that the parser reads."""

from __future__ import annotations

import os
import sys

from hutch.cli.errors import ArgumentError, CommandError
from hutch.cli.flags import Flag, read_table
from hutch.cli.table import COMMANDS, GROUPS, MISSING, MISSING_IN, spellings, summary
from hutch.cli.variables import pinned_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from hutch.cli.command import Command

_SHOWN = {"env": "list"}
_COMMON = ("run", "exec", "ps", "pull", "images", "version", "info")


def usage_line(name: str, module: ModuleType | Command) -> str:
    """``Usage:  hutch run [OPTIONS] IMAGE ...``"""
    return f"Usage:  hutch {name} {module.USAGE}".rstrip()


def _plural(count: int) -> str:
    return f"{count} argument{'' if count == 1 else 's'}"


def argument_error(name: str, least: int, most: int | None) -> ArgumentError:
    """The error for a wrong number of arguments, in Docker's words."""
    if most == 0:
        rule = "accepts no arguments"
    elif most is None:
        rule = f"requires at least {_plural(least)}"
    elif least == most:
        rule = f"requires {_plural(least)}"
    elif least == 0:
        rule = f"requires at most {_plural(most)}"
    else:
        rule = f"requires at least {least} and at most {_plural(most)}"
    return ArgumentError(f"hutch: 'hutch {name}' {rule}")


def _distance(one: str, other: str) -> int:
    """How many letters must change (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b)))
    return row[-1]


def nearest(word: str, known: list[str]) -> list[str]:
    """The known words that ``word`` was probably meant to be."""
    return sorted(
        k for k in known if _distance(word, k) <= (2 if len(word) > 3 else 1) or (len(word) > 2 and k.startswith(word))
    )


def unknown_command(name: str) -> CommandError:
    """The error for a word that is no command, with the nearest ones."""
    group, blank, word = name.partition(" ")
    if f" {word or name} " in (MISSING_IN.get(group, "") if blank else MISSING):
        return CommandError(f"hutch: 'hutch {name}' is not supported by hutch yet")
    if not blank:
        known, parent = [spelling for spelling in [*COMMANDS, *GROUPS] if " " not in spelling], "hutch"
    else:
        known, parent = [s.split(" ")[1] for s in COMMANDS if s.startswith(f"{group} ")], f"hutch {group}"
    close = nearest(word or name, known)
    hint = "\n\nDid you mean this?\n" + "\n".join(f"  {parent} {k}" for k in close) if close else ""
    usage = f"\n\nUsage:  {parent}" if blank else ""
    return CommandError(
        f"hutch: unknown command: hutch {name}{hint}{usage}\n\nRun '{parent} --help' for more information"
    )


def _wrap(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines


def flag_rows(table: str, module: str = "") -> str:
    """The flags of a table, sorted, in two columns: those of the command ``module`` that the API version has."""
    shown = sorted((f for f in read_table(table).values() if not (f.hidden or f.refused)), key=lambda f: f.long)
    if module and (pinned := pinned_version()):
        from hutch.cli import gates

        shown = gates.shown(module, shown, pinned)
    heads = [_head(flag) for flag in shown]
    margin = max((len(head) for head in heads), default=0) + 3
    try:
        width = max(os.get_terminal_size(1).columns, 80)
    except OSError:
        width = 80
    out = []
    for flag, head in zip(shown, heads, strict=True):
        default = ""
        if flag.default and flag.kind not in ("bool",):
            default = f' (default "{flag.default}")' if flag.kind == "string" else f" (default {flag.default})"
        elif flag.default == "true":
            default = " (default true)"
        text = flag.help[:1].upper() + flag.help[1:] + default
        lines = _wrap(text, max(width - margin, 24))
        out.append(f"{head:<{margin}}{lines[0]}")
        out += [" " * margin + line for line in lines[1:]]
    return "\n".join(out)


def _head(flag: Flag) -> str:
    short = f"  -{flag.short}, " if flag.short else "      "
    return f"{short}--{flag.long}" + ("" if flag.kind == "bool" else f" {_SHOWN.get(flag.kind, flag.kind)}")


def _known(module: str) -> bool:
    pinned = pinned_version()
    if not pinned:
        return True
    from hutch.cli import gates

    return gates.has(module, pinned)


def print_help(name: str, module: ModuleType | Command) -> None:
    """``hutch COMMAND --help``."""
    out = [usage_line(name, module), "", summary(COMMANDS[name]), ""]
    names = spellings(COMMANDS[name])
    if len(names) > 1:
        out += ["Aliases:", "  " + ", ".join(f"hutch {spelling}" for spelling in sorted(names, reverse=True)), ""]
    if module.FLAGS:
        out += ["Options:", flag_rows(module.FLAGS, COMMANDS[name]), ""]
    sys.stdout.write("\n".join(out).rstrip("\n") + "\n")


def print_group(group: str) -> None:
    """``hutch container``."""
    rows = []
    for module in dict.fromkeys(COMMANDS.values()):
        mine = [spelling for spelling in spellings(module) if spelling.startswith(f"{group} ")]
        if mine and _known(module):
            rows.append(f"  {mine[0].split(' ')[1]:<11} {summary(module)}")
    out = [f"Usage:  hutch {group} COMMAND", "", GROUPS[group], "", "Commands:", *sorted(rows), ""]
    sys.stdout.write("\n".join([*out, f"Run 'hutch {group} COMMAND --help' for more information on a command."]) + "\n")


def print_overview(global_flags: str) -> None:
    """``hutch``."""
    top = {name: module for name, module in COMMANDS.items() if " " not in name}
    out = ["Usage:  hutch [OPTIONS] COMMAND", "", "Containers for Linux", "", "Common Commands:"]
    out += [f"  {name:<11} {summary(top[name])}" for name in _COMMON]
    out += ["", "Management Commands:", *[f"  {name:<11} {text}" for name, text in GROUPS.items()], "", "Commands:"]
    out += [f"  {name:<11} {summary(module)}" for name, module in sorted(top.items()) if name not in _COMMON]
    out += ["", "Global Options:", flag_rows(global_flags), ""]
    sys.stdout.write("\n".join([*out, "Run 'hutch COMMAND --help' for more information on a command."]) + "\n")
