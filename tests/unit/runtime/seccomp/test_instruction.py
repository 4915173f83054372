from hutch.runtime.seccomp.instruction import EQUAL, answer, branch, encode, high, load, low


def test_encoding():
    assert encode([load(4)]) == bytes.fromhex("2000000004000000")
    assert encode([answer(0x7FFF0000)]) == bytes.fromhex("060000000000ff7f")
    assert low(1)[3] == 24 and high(1)[3] == 28


def test_branches_near_and_far():
    near, far = [answer(1)], [answer(0)] * 300
    assert branch(EQUAL, 7, near, far)[0] == (EQUAL, 0, 1, 7)
    assert branch(EQUAL, 7, far, near)[0] == (EQUAL, 1, 0, 7)
    both = branch(EQUAL, 7, far, far)
    assert both[0] == (EQUAL, 1, 0, 7) or both[0] == (EQUAL, 0, 1, 7)
    assert both[1][0] == 5 and both[1][3] == 300
