from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hutch.linux import quota
from hutch.model.errors import Invalid, Unsupported
from hutch.storage import projects
from hutch.storage.vfs import Vfs
from suites.storage import StorageExam
from support.space import until

pytestmark = pytest.mark.kernel


class TestVfs(StorageExam):
    make = Vfs


def test_a_size_needs_project_quotas(tmp_path: Path) -> None:
    if quota.enforced(str(tmp_path)):
        pytest.skip("this file system has project quotas")
    driver = Vfs(str(tmp_path))
    with pytest.raises(Unsupported, match="Filesystem does not support, or has not enabled quotas"):
        driver.prepare("c", None, {"size": "1g"})
    with pytest.raises(Invalid, match="Storage opt sise not supported"):
        driver.prepare("c", None, {"sise": "1g"})
    assert driver.keys() == []
    driver.close()
    with pytest.raises(Unsupported, match="has not enabled quotas"):
        Vfs(str(tmp_path), {"size": "1g"})


def test_a_container_is_full_at_its_size(tmp_path: Path) -> None:
    if not quota.enforced(str(tmp_path)):
        assert "HUTCH_EXAM_QUOTA" not in os.environ
        pytest.skip("this file system has no project quotas")
    driver = Vfs(str(tmp_path), {"size": "8m"})
    for key, options in (("a", None), ("b", {"size": "16m"})):
        driver.prepare(key, None, options)
        # As a container's root is: with this capability ext4 lets root write on, and no overlayfs is there to drop it.
        less = ("setpriv", "--bounding-set=-sys_resource", "dd", "if=/dev/zero", "bs=1M", "count=17")
        done = subprocess.run([*less, f"of={driver.layer_dir(key)}/big"], capture_output=True, text=True)
        assert done.returncode and ("No space left" in done.stderr or "quota exceeded" in done.stderr), done.stderr
        size = 8 if key == "a" else 16
        assert (size - 2) << 20 <= driver.usage(key).size <= size << 20
    driver.prepare("staging-c", None)
    (Path(driver.layer_dir("staging-c")) / "big").write_bytes(b"x" * (17 << 20))
    number, other = quota.project(f"{driver.home}/a"), f"{driver.home}/.making-x"
    os.mkdir(other)
    projects.confine(other, 8 << 20)
    half = quota.project(other)
    driver.remove("a")
    driver.close()
    Vfs(str(tmp_path)).close()
    for each in (number, half):
        assert each and until(lambda each=each: quota.usage(driver.home, each) == (0, 0), 60)
