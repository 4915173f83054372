"""Every advisory's test fails when its guard is removed: shown on a copy of the source, one test at a time."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import FunctionType
from xml.etree import ElementTree

import pytest

from suites.guards import Guard

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
ROUNDS = 5
"""Runs in which a test has to fail at least once: one that races with a neighbour may lose in all of a run's starts."""
CONTROL = "tests/kernel/runtime/test_lifecycle.py::test_run_gives_output_and_exit_code"


def guarded_tests() -> list[tuple[str, tuple[Guard, ...]]]:
    """(node id, guards) of every test here, of the keeper and of images and copies that names guards."""
    found = []
    others = [path for name in ("keeper", "images") for path in (ROOT / "tests" / "kernel" / name).glob("test_*.py")]
    for path in sorted((*HERE.glob("test_*.py"), *others)):
        if path == Path(__file__).resolve():
            continue
        spec = importlib.util.spec_from_file_location(f"guards_of_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, value in vars(module).items():
            if isinstance(value, FunctionType) and hasattr(value, "guards"):
                found.append((f"{path.relative_to(ROOT)}::{name}", value.guards))
    return found


def outcomes(tree: Path, node: str) -> dict[str, list[bool]]:
    """Whether the runs of each test function passed, after running ``node`` and the control in ``tree``."""
    report = tree / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", node, CONTROL]
    env = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, cwd=tree, env=env, capture_output=True, timeout=200, check=False)
    result: dict[str, list[bool]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        assert case.find("skipped") is None, case.get("name")
        passed = case.find("failure") is None and case.find("error") is None
        result.setdefault(str(case.get("name")).partition("[")[0], []).append(passed)
    return result


def fails(tree: Path, node: str) -> bool:
    """Whether the test fails in ``tree``, where containers run all the same."""
    result = outcomes(tree, node)
    assert result.pop(CONTROL.rpartition("::")[2]) == [True], "without the guard, no container runs at all"
    (passed,) = result.values()
    return not all(passed)


@pytest.mark.parametrize(
    ("node", "guards"), [pytest.param(*each, id=each[0].rpartition("::")[2]) for each in guarded_tests()]
)
def test_the_test_fails_without_its_guard(tmp_path: Path, node: str, guards: tuple[Guard, ...]) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    tree = tmp_path / "tree"
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("src", "bin", "tests/kernel/runtime", "tests/kernel/keeper", "tests/kernel/images", "tests/suites"):
        shutil.copytree(ROOT / name, tree / name, symlinks=True, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tree)
    for guard in guards:
        guard.remove(tree)
    assert any(fails(tree, node) for _ in range(ROUNDS)), "the test passes without its guard"
