"""Single values of flags of ``run`` and ``create``, checked as the ``pflag`` values of Docker's command check them."""

from __future__ import annotations

from hutch.cli.errors import FlagError

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ALNUM = _LETTERS | frozenset("0123456789")


def wrong(word: str, flag: str, why: str) -> FlagError:
    """The error for a flag's value; ``flag`` as messages show it, such as ``-e, --env``."""
    from hutch.model import json_text

    shown = json_text.encode(word)[1:-1] if '"' in word or "\\" in word else word
    return FlagError(f'invalid argument "{shown}" for "{flag}" flag: {why}')


def extra_host(word: str) -> str:
    """``--add-host NAME=ADDRESS`` (or ``NAME:ADDRESS``, ``[ADDRESS]``) as the engine takes it, ``NAME:ADDRESS``.

    Raises :class:`FlagError`.
    """
    from hutch.model.ports import is_address  # late: most commands name no address

    name, equals, address = word.partition("=")
    if not equals:
        name, equals, address = word.partition(":")
    if not equals or not name or ":" in name:
        raise wrong(word, "--add-host", f'bad format for add-host: "{word}"')
    if len(address) > 2 and address[0] == "[" and address[-1] == "]":
        address = address[1:-1]
    if address != "host-gateway" and not is_address(address.strip()):
        raise wrong(word, "--add-host", f'invalid IP address in add-host: "{address}"')
    return f"{name}:{address}"


def address(word: str, flag: str) -> str:
    """An IP address in its shortest form. Raises :class:`FlagError`."""
    from hutch.model.ports import is_address  # late: most commands name no address

    text = word.strip()
    if not is_address(text):
        raise wrong(word, flag, f"IP address is not correctly formatted: {word}")
    if ":" not in text:
        return text
    import ipaddress

    return str(ipaddress.ip_address(text))


def _is_domain(text: str) -> bool:
    labels = text.removesuffix(".").split(".")
    return (
        len(text) < 255
        and any(char in _LETTERS for char in text)
        and all(
            label and _ALNUM.issuperset(label.replace("-", "")) and label[0] != "-" and label[-1] != "-"
            for label in labels
        )
    )


def search_domain(word: str) -> str:
    """A ``--dns-search`` domain without the dot at its end; ``.`` alone means none. Raises :class:`FlagError`."""
    text = word.strip()
    if text == ".":
        return text
    if not _is_domain(text):
        raise wrong(word, "--dns-search", f"{text} is not a valid domain")
    return text.removesuffix(".")


def label(word: str) -> str:
    """A ``--label``. Raises :class:`FlagError` for a name that is empty or has blanks."""
    name = word.partition("=")[0]
    if not name.strip():
        raise wrong(word, "-l, --label", f"invalid label '{word}': empty name")
    if " " in name or "\t" in name:
        raise wrong(word, "-l, --label", f"label '{name}' contains whitespaces")
    return word


def link(word: str) -> str:
    """A ``--link CONTAINER[:ALIAS]``. Raises :class:`FlagError`."""
    if not word:
        raise wrong(word, "--link", "empty string specified for links")
    if word.count(":") > 1:
        raise wrong(word, "--link", f"bad format for links: {word}")
    return word


_SYSCTLS = ("msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced")


def sysctl(word: str) -> str:
    """A ``--sysctl NAME=VALUE`` of those that a namespace has of its own. Raises :class:`FlagError`."""
    name, equals, _ = word.partition("=")
    alone = name.startswith(("net.", "fs.mqueue.")) or name.removeprefix("kernel.") in _SYSCTLS
    if not equals or not alone or name in _SYSCTLS:
        raise wrong(word, "--sysctl", f"sysctl '{word}' is not allowed")
    return word
