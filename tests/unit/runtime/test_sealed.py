import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "src"
SCRIPT = (
    f"import sys; sys.path.append({str(SOURCE)!r})\n"
    "from hutch.runtime import sealed\n"
    "sealed.ensure()\n"
    "import os\n"
    "assert sealed.is_sealed()\n"
    "print(sys.argv[1:])\n"
    "try:\n    os.open('/proc/self/exe', os.O_WRONLY)\n"
    "except OSError as err:\n    print(os.strerror(err.errno))\n"
)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_the_program_runs_on_with_its_arguments_and_cannot_be_written() -> None:
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SCRIPT, "a", "b c"], capture_output=True, text=True, check=True
    )
    arguments, error = result.stdout.splitlines()
    assert arguments == "['a', 'b c']"
    assert error in ("Read-only file system", "Text file busy", "Operation not permitted")
