"""AppArmor labels, on a kernel that has AppArmor (the lab's)."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(
        not Path("/sys/kernel/security/apparmor/profiles").exists(), reason="this kernel runs without AppArmor"
    ),
]


def test_a_profile_that_is_loaded_is_entered(box: Any) -> None:
    box.config["process"]["apparmorProfile"] = "unconfined"
    assert box.run("cat", "/proc/self/attr/current").stdout.strip() == "unconfined"


def test_a_profile_that_is_not_loaded_is_an_error(box: Any) -> None:
    box.config["process"]["apparmorProfile"] = "hutch-nosuch"
    result = box.run("true")
    assert "unable to apply apparmor profile: hutch-nosuch: no such file or directory" in result.stderr
    assert result.returncode != 0
