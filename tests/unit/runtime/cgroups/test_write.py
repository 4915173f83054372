import pytest

from hutch.model.errors import System, Unsupported
from hutch.runtime.cgroups.write import Write, execute, put, read, read_or


def test_writes_reach_the_folder_of_their_controller(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.max").write_text("")
    execute([Write("b", "x.max", 5)], {"a": str(tmp_path / "a"), "b": str(tmp_path / "b")})
    assert (tmp_path / "b/x.max").read_text() == "5" and (tmp_path / "a/x.max").read_text() == ""


def test_the_other_name_is_used_when_the_first_is_missing(tmp_path):
    (tmp_path / "old").write_text("")
    execute([Write("c", "new", 1, instead=("old", 2))], {"c": str(tmp_path)})
    assert (tmp_path / "old").read_text() == "2" and not (tmp_path / "new").exists()


def test_a_missing_file_is_never_made_and_named(tmp_path):
    with pytest.raises(Unsupported, match=r"'9' to .*/memory\.max"):
        execute([Write("c", "memory.max", 9)], {"c": str(tmp_path)})
    execute([Write("c", "memory.max", 9, optional=True)], {"c": str(tmp_path)})
    assert not (tmp_path / "memory.max").exists()


def test_a_missing_controller_is_named():
    with pytest.raises(Unsupported, match="controller net_cls"):
        execute([Write("net_cls", "net_cls.classid", 9)], {})


def test_a_missing_cgroup_is_told_apart(tmp_path):
    with pytest.raises(System, match="does not exist"):
        execute([Write("c", "memory.max", 9)], {"c": str(tmp_path / "gone")})


def test_read_or(tmp_path):
    assert read_or(str(tmp_path / "none"), "default") == "default"
    (tmp_path / "f").write_text("")
    put(str(tmp_path / "f"), "v")
    assert read(str(tmp_path / "f")) == "v"
