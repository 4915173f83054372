"""The file of compiled modules: what is in it, when it is used, when it is made anew."""

from __future__ import annotations

import marshal
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hutch.cli import startup
from unit.cli.conftest import ScriptedEngine

SOURCE = Path(startup.__file__).parents[2]
COMMAND = SOURCE.parent / "bin" / "hutch"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation of the command of its own: ``bin`` and ``src`` beside each other."""
    for room in ("cli", "model"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(SOURCE / "hutch" / room, tmp_path / "src" / "hutch" / room, ignore=ignore)
    shutil.copy(SOURCE / "hutch" / "__init__.py", tmp_path / "src" / "hutch")
    (tmp_path / "src" / "hutch" / "cli" / "__pycache__").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(COMMAND, tmp_path / "bin")
    return tmp_path


def version(home: Path, *flags: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-S", *flags, str(home / "bin" / "hutch"), "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def file_of(home: Path) -> Path:
    return Path(startup.path(str(home / "src")))


def test_first_command_makes_the_file_and_the_next_uses_it(home: Path) -> None:
    said = version(home)
    made = file_of(home).stat()
    code, entries = marshal.loads(file_of(home).read_bytes())
    assert isinstance(code, bytes)
    assert sorted(entries) == sorted(startup.COMMON)
    main = home / "src" / "hutch" / "cli" / "main.py"
    times = main.stat()
    text = main.read_text()
    # Another text of the same time and size is not noticed, as with the interpreter's own files: so this was from it.
    main.write_text(text.replace("hutch version {", "other version {"))
    os.utime(main, ns=(times.st_atime_ns, times.st_mtime_ns))
    for compiled in home.rglob("*.pyc"):
        compiled.unlink()
    assert version(home) == said
    assert file_of(home).stat().st_ino == made.st_ino


def test_changed_source_is_taken_and_the_file_made_anew(home: Path) -> None:
    version(home)
    made = file_of(home).stat()
    main = home / "src" / "hutch" / "cli" / "main.py"
    main.write_text(main.read_text().replace("hutch version {", "changed version {"))
    assert version(home).startswith("changed version ")
    assert file_of(home).stat().st_ino != made.st_ino
    assert version(home).startswith("changed version ")


def test_no_file_where_it_cannot_be_written(home: Path) -> None:
    assert version(home, "-B").startswith("hutch version ")  # no compiled files are wanted at all
    shutil.rmtree(home / "src" / "hutch" / "cli" / "__pycache__")
    assert not startup.write(str(home / "src"))
    assert not list(home.rglob("startup.*.bin*"))


def test_a_module_that_is_gone_is_not_in_it(home: Path) -> None:
    _, entries = marshal.loads(_written(home))
    archive = startup.Archive(str(home / "src"), entries)
    spec = archive.find_spec("hutch.cli")
    assert spec is not None
    assert spec.submodule_search_locations == [str(home / "src" / "hutch" / "cli")]
    (home / "src" / "hutch" / "cli" / "each.py").unlink()
    assert archive.find_spec("hutch.cli.each") is None
    assert archive.stale
    assert archive.find_spec("hutch.nothing") is None


def _written(home: Path) -> bytes:
    assert startup.write(str(home / "src"))
    return file_of(home).read_bytes()


@pytest.mark.parametrize(
    "words",
    [["ps"], ["run", "-d", "-v", "/a:/b", "x"], ["create", "x"], ["exec", "c", "true"], ["rm", "c"], ["stop", "c"],
     ["start", "c"], ["logs", "c"], ["inspect", "c"]],
)  # fmt: skip
def test_everyday_commands_need_little_else(engine: ScriptedEngine, words: list[str]) -> None:
    engine.on("GET /containers/json", [])
    engine.on("POST /containers/create", {"Id": "c" * 64, "Warnings": []}, 201)
    engine.on("POST /containers/c/stop", None, 204)
    engine.on("POST /containers/c/start", None, 204)
    engine.on("DELETE /containers/c", None, 204)
    engine.on("GET /containers/c/json", {"Id": "c", "Config": {"Tty": False}})
    engine.on("GET /containers/c/logs", b"")
    code = (
        f"import sys; sys.path.insert(0, {str(SOURCE)!r}); from hutch.cli.main import main; "
        f"main({['-H', engine.address, *words]!r}); sys.stderr.write('MODULES ' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stderr.rpartition("MODULES ")[2].split() if name.startswith("hutch")}
    assert f"hutch.cli.commands.{'life' if words[0] == 'stop' else words[0]}" in loaded
    assert loaded <= {*startup.COMMON}, loaded - {*startup.COMMON}
