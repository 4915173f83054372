import subprocess
import sys
from pathlib import Path

import pytest

from hutch.model.undo import ExitStack, suppress


def test_the_last_is_undone_first_and_all_of_it() -> None:
    done: list[int] = []

    def fail() -> None:
        raise OSError("undo")

    with pytest.raises(OSError, match="undo") as caught, ExitStack() as undo:
        undo.callback(done.append, 1)
        undo.callback(fail)
        undo.callback(done.append, 2)
        raise ValueError("first")
    assert done == [2, 1]
    assert isinstance(caught.value.__context__, ValueError)


def test_nothing_is_undone_after_pop_all(tmp_path: Path) -> None:
    done: list[int] = []
    with ExitStack() as undo:
        file = undo.enter_context((tmp_path / "x").open("w"))
        undo.callback(done.append, 1)
        kept = undo.pop_all()
    assert (done, file.closed) == ([], False)
    kept.close()
    assert (done, file.closed) == ([1], True)


def test_suppress() -> None:
    with suppress(OSError, KeyError):
        raise FileNotFoundError
    with pytest.raises(ValueError), suppress(OSError):
        raise ValueError


def test_the_runtime_starts_without_contextlib() -> None:
    source = str(Path(__file__).resolve().parents[3] / "src")
    code = (
        f"import sys; sys.path.append({source!r}); import hutch.runtime.main, hutch.runtime.commands.run\n"
        "import hutch.runtime.commands.exec\n"
        "print([m for m in ('contextlib', 'functools', 'collections', 're', 'enum', 'socket') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "[]\n"
