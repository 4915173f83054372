from typing import ClassVar

import msgspec
import pytest

from hutch.model.errors import Invalid
from hutch.model.wire import StrSlice, decode, encode


class Inner(msgspec.Struct, rename="pascal"):
    count: int = 0


class Outer(msgspec.Struct, rename="pascal"):
    omitempty: ClassVar[frozenset[str]] = frozenset({"note", "limit", "tags", "inner"})
    name: str = ""
    ratio: float = 0.0
    note: str = ""
    limit: int | None = None
    on: bool = False
    tags: list[str] | None = None
    names: list[str] | None = None
    inner: Inner | None = None
    inners: dict[str, list[Inner] | None] | None = None
    cmd: StrSlice = None


def test_keys_match_without_regard_to_case_and_unknown_ones_are_ignored():
    assert decode(Outer, {"NAME": "a", "nAmEs": ["b"], "Later": 1}) == Outer(name="a", names=["b"])


def test_null_is_not_given_whatever_the_type():
    nulls = dict.fromkeys(["Name", "On", "Tags", "Inner", "Limit", "Cmd"])
    assert decode(Outer, nulls) == Outer()


def test_nested():
    value = {"Inners": {"x": [{"count": 1}, {}], "y": None}, "Ratio": 1}
    assert decode(Outer, value) == Outer(ratio=1.0, inners={"x": [Inner(1), Inner()], "y": None})


def test_maps_are_sorted_as_go_writes_them():
    assert list(encode(Outer(inners={"b": None, "a": None}))["Inners"]) == ["a", "b"]


def test_a_command_may_be_one_string():
    assert decode(Outer, {"Cmd": "ls"}).cmd == ["ls"]
    assert decode(Outer, {"Cmd": []}).cmd == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Name": 5}, "cannot unmarshal number into Go struct field Outer.Name of type string"),
        ({"On": "x"}, "cannot unmarshal string into Go struct field Outer.On of type bool"),
        ({"Limit": 1.5}, "cannot unmarshal number 1.5 into Go struct field Outer.Limit of type int64"),
        ({"Limit": True}, "cannot unmarshal bool into Go struct field Outer.Limit of type int64"),
        (
            {"Limit": 1 << 63},
            "cannot unmarshal number 9223372036854775808 into Go struct field Outer.Limit of type int64",
        ),
        ({"Names": "x"}, "cannot unmarshal string into Go struct field Outer.Names of type []string"),
        ({"Names": [{}]}, "cannot unmarshal object into Go struct field Outer.Names of type string"),
        (
            {"Inners": {"x": [{"Count": "1"}]}},
            "cannot unmarshal string into Go struct field Outer.Inners.Count of type int64",
        ),
        ({"Cmd": [1]}, "cannot unmarshal number into Go struct field Outer.Cmd of type string"),
        ([], "cannot unmarshal array into Go value of type Outer"),
    ],
)
def test_wrong_types_are_refused_in_gos_words(value, message):
    with pytest.raises(Invalid) as caught:
        decode(Outer, value)
    assert str(caught.value) == f"invalid JSON: json: {message}"


def test_empty_fields_are_shown_or_left_out_as_go_does():
    assert encode(Outer()) == {"Name": "", "Ratio": 0.0, "On": False, "Names": None, "Inners": None, "Cmd": None}
    shown = encode(Outer(limit=0, tags=[], inner=Inner(), note="n"))
    assert shown["Limit"] == 0 and "Tags" not in shown and shown["Inner"] == {"Count": 0} and shown["Note"] == "n"
