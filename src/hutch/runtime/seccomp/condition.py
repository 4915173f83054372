"""Conditions on system call arguments, compiled. Arguments are 64 bits wide, the machine of BPF is 32 bits wide."""

from __future__ import annotations

from hutch.model.errors import Invalid
from hutch.runtime.seccomp.instruction import AND, AT_LEAST, EQUAL, GREATER, Code, high, low

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FAIL, _MATCH = -1, -2  # jump targets, put in once the length is known

OPERATORS = frozenset("SCMP_CMP_" + op for op in ("NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"))


def parse(entry: dict[str, Any]) -> tuple[int, str, int, int]:
    """(argument index, operator, value, second value) of an ``args`` element. Raises Invalid."""
    index, op = entry.get("index", 0), entry.get("op")
    value, second = entry.get("value", 0), entry.get("valueTwo", 0)
    if not isinstance(index, int) or not 0 <= index <= 5:
        raise Invalid(f"invalid seccomp argument index: {index}")
    if op not in OPERATORS:
        raise Invalid(f"invalid seccomp comparison operator: {op}")
    for number in (value, second):
        if not isinstance(number, int) or not 0 <= number < 1 << 64:
            raise Invalid(f"invalid seccomp argument value: {number}")
    return index, op, value, second


def compile_all(conditions: list[tuple[int, str, int, int]], *, wide: bool, then: Code) -> Code:
    """``then`` when all conditions hold; execution goes on behind it when one does not."""
    code: Code = []
    for condition in conditions:
        part = _wide(*condition) if wide else _narrow(*condition)
        end = len(code) + len(part)
        for position, (op, jt, jf, k) in enumerate(part, len(code)):
            # A match goes on with the next condition; a failure is known when everything is there.
            jt, jf = (end - position - 1 if j == _MATCH else j for j in (jt, jf))
            code.append((op, jt, jf, k))
    end = len(code) + len(then)
    resolved = []
    for position, (op, jt, jf, k) in enumerate(code):
        jt, jf = (end - position - 1 if j == _FAIL else j for j in (jt, jf))
        resolved.append((op, jt, jf, k))
    return resolved + then


def _wide(index: int, op: str, value: int, second: int) -> Code:
    top, bottom = value >> 32, value & 0xFFFFFFFF
    if op == "SCMP_CMP_MASKED_EQ":
        return _masked(index, value, second & value, wide=True)
    if op == "SCMP_CMP_EQ":
        return [high(index), (EQUAL, 0, _FAIL, top), low(index), (EQUAL, 0, _FAIL, bottom)]
    if op == "SCMP_CMP_NE":
        return [high(index), (EQUAL, 0, _MATCH, top), low(index), (EQUAL, _FAIL, 0, bottom)]
    if op in ("SCMP_CMP_GT", "SCMP_CMP_GE"):
        last = GREATER if op == "SCMP_CMP_GT" else AT_LEAST
        upper = [high(index), (GREATER, _MATCH, 0, top), (EQUAL, 0, _FAIL, top)]
        return [*upper, low(index), (last, 0, _FAIL, bottom)]
    last = AT_LEAST if op == "SCMP_CMP_LT" else GREATER
    upper = [high(index), (GREATER, _FAIL, 0, top), (EQUAL, 0, _MATCH, top)]
    return [*upper, low(index), (last, _FAIL, 0, bottom)]


def _narrow(index: int, op: str, value: int, second: int) -> Code:
    """32-bit architectures: only the lower half is what the program passed."""
    bottom = value & 0xFFFFFFFF
    if op == "SCMP_CMP_MASKED_EQ":
        return _masked(index, bottom, second & bottom, wide=False)
    test, yes, no = {
        "SCMP_CMP_EQ": (EQUAL, 0, _FAIL),
        "SCMP_CMP_NE": (EQUAL, _FAIL, 0),
        "SCMP_CMP_GT": (GREATER, 0, _FAIL),
        "SCMP_CMP_GE": (AT_LEAST, 0, _FAIL),
        "SCMP_CMP_LT": (AT_LEAST, _FAIL, 0),
        "SCMP_CMP_LE": (GREATER, _FAIL, 0),
    }[op]
    return [low(index), (test, yes, no, bottom)]


def _masked(index: int, mask: int, wanted: int, *, wide: bool) -> Code:
    code: Code = []
    if wide and mask >> 32:
        code += [high(index), (AND, 0, 0, mask >> 32), (EQUAL, 0, _FAIL, wanted >> 32)]
    return [*code, low(index), (AND, 0, 0, mask & 0xFFFFFFFF), (EQUAL, 0, _FAIL, wanted & 0xFFFFFFFF)]
