from hutch.spec.machine import ABILITIES, Machine


def test_facts_are_a_value():
    assert Machine() == Machine() and Machine().abilities == ABILITIES
    assert Machine(cpus=frozenset({0, 1})) != Machine()
