import pytest

from hutch.model.errors import Invalid
from hutch.runtime.seccomp.condition import compile_all, parse
from hutch.runtime.seccomp.instruction import answer, encode

OPS = {
    "NE": lambda a, v, w: a != v,
    "LT": lambda a, v, w: a < v,
    "LE": lambda a, v, w: a <= v,
    "EQ": lambda a, v, w: a == v,
    "GE": lambda a, v, w: a >= v,
    "GT": lambda a, v, w: a > v,
    "MASKED_EQ": lambda a, v, w: a & v == w & v,
}
EDGES = [0, 1, 0xFFFFFFFE, 0xFFFFFFFF, 1 << 32, (1 << 32) + 1, 5 << 32, (5 << 32) - 1, (1 << 64) - 1, 1 << 63]


@pytest.mark.parametrize("op", OPS)
def test_sixty_four_bits_are_compared_as_one_number(op, run):
    for value in EDGES:
        for second in (0, value, 1 << 32):
            code = compile_all([(2, f"SCMP_CMP_{op}", value, second)], wide=True, then=[answer(1)])
            program = encode([*code, answer(0)])
            for argument in EDGES:
                assert run(program, args=[9, 9, argument]) == OPS[op](argument, value, second)


@pytest.mark.parametrize("op", OPS)
def test_on_32_bit_architectures_the_upper_half_is_nothing(op, run):
    for value in EDGES:
        code = compile_all([(0, f"SCMP_CMP_{op}", value, value)], wide=False, then=[answer(1)])
        program = encode([*code, answer(0)])
        for argument in EDGES:
            lower = value & 0xFFFFFFFF
            assert run(program, args=[argument]) == OPS[op](argument & 0xFFFFFFFF, lower, lower)


def test_all_conditions_must_hold(run):
    both = [(0, "SCMP_CMP_GT", 5, 0), (1, "SCMP_CMP_LE", 1 << 40, 0), (2, "SCMP_CMP_NE", 3, 0)]
    program = encode([*compile_all(both, wide=True, then=[answer(1)]), answer(0)])
    assert run(program, args=[6, 1 << 40, 4]) == 1
    for args in ([5, 0, 4], [6, (1 << 40) + 1, 4], [6, 0, 3]):
        assert run(program, args=args) == 0


@pytest.mark.parametrize(
    "entry",
    [
        {"index": 6, "op": "SCMP_CMP_EQ"},
        {"index": -1, "op": "SCMP_CMP_EQ"},
        {"index": 0, "op": "EQ"},
        {"index": 0, "op": "SCMP_CMP_EQ", "value": 1 << 64},
        {"index": 0, "op": "SCMP_CMP_EQ", "value": -1},
        {"index": 0, "op": "SCMP_CMP_EQ", "value": "1"},
    ],
)
def test_bad_conditions_are_refused(entry):
    with pytest.raises(Invalid):
        parse(entry)
