import importlib

from hutch.runtime.arguments import parse

listing = importlib.import_module("hutch.runtime.commands.list")


def test_columns_are_aligned() -> None:
    text = listing.table([("ID", "PID"), ("a-rather-long-name", "1"), ("b", "22")])
    assert text == "ID                   PID\na-rather-long-name   1\nb                    22\n"


def test_no_containers(tmp_path: object, capsys: object) -> None:
    assert listing.run(f"{tmp_path}/none", parse(["-q"], listing.OPTIONS)) == 0
