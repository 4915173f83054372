from hutch.runtime.cgroups.v1 import freezer


def test_freeze_and_thaw_write_the_state_file(tmp_path):
    (tmp_path / "freezer.state").write_text("THAWED\n")
    assert not freezer.is_frozen(str(tmp_path))
    freezer.freeze(str(tmp_path))
    assert freezer.is_frozen(str(tmp_path))
    (tmp_path / "freezer.state").write_text("")
    freezer.thaw(str(tmp_path))
    assert (tmp_path / "freezer.state").read_text() == "THAWED"
