"""How mounts of the container and of the host see each other, in every mode, with the host side in a namespace too."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kernel

CAPABILITIES = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE", "CAP_MKNOD"]

# The host side: a shared tmpfs with a bundle's source in it. $1: the runtime and its options, $2: state, $3: bundle
SCRIPT = r"""
mount --make-rprivate /
mkdir -p "$2/x"
mount -t tmpfs host "$2/x"
mount --make-shared "$2/x"
mkdir "$2/x/in" "$2/x/out"
$1 create -b "$3" "$4" </dev/null >"$2/output" 2>&1 || { cat "$2/output"; exit 1; }
mount -t tmpfs late "$2/x/in"
$1 start "$4"
for i in $(seq 200); do grep -q done "$2/output" && break; sleep 0.05; done
cat "$2/output"
grep -q " $2/x/out " /proc/self/mountinfo && echo host-sees
echo leaked=$(grep -c "/rootfs\| /x" /proc/self/mountinfo)
$1 delete --force "$4"
"""

INSIDE = (
    "mount -t tmpfs inner /x/out; grep -q ' /x/in ' /proc/self/mountinfo && echo box-sees; "
    "grep ' /x ' /proc/self/mountinfo | grep -o 'shared:\\|master:' | sort; echo done; sleep 100"
)


def _prepare(folder: Path, box: Any, root_mode: str, mode: str) -> None:
    config = box.config
    for key in ("bounding", "effective", "permitted"):
        config["process"]["capabilities"][key] = CAPABILITIES
    options = ["rbind", mode] if mode else ["rbind"]
    config["mounts"].append({"destination": "/x", "type": "bind", "source": f"{folder}/x", "options": options})
    config["linux"].pop("rootfsPropagation", None)
    if root_mode:
        config["linux"]["rootfsPropagation"] = root_mode
    box.write("sh", "-c", INSIDE)


def _outcome(folder: Path, runtime: str, name: str) -> set[str]:
    words = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", SCRIPT, "sh"]
    done = subprocess.run(
        [*words, runtime, str(folder), str(folder / "bundle"), name], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0 and "done" in done.stdout, (done.stdout, done.stderr)
    return set(done.stdout.split())


# Root's mode, mount's mode, and what is seen: "host-sees" the mount made in the container, "box-sees" the host's.
CASES = [
    ("", "rprivate", set()),
    ("", "rslave", {"box-sees", "master:"}),
    ("", "rshared", {"box-sees", "master:", "shared:"}),
    ("", "", {"box-sees", "master:"}),
    ("slave", "rslave", {"box-sees", "master:"}),
    ("slave", "slave", {"box-sees", "master:"}),
    ("slave", "rprivate", set()),
    ("shared", "rshared", {"box-sees", "host-sees", "shared:"}),
    ("shared", "shared", {"box-sees", "host-sees", "shared:"}),
    ("shared", "rslave", {"box-sees", "master:"}),
    ("shared", "private", set()),
    ("shared", "", {"box-sees", "host-sees", "shared:"}),
    ("rshared", "rshared", {"box-sees", "host-sees", "shared:"}),
    ("rslave", "rshared", {"box-sees", "master:", "shared:"}),
    ("private", "rshared", {"box-sees", "host-sees", "shared:"}),
    ("rprivate", "rshared", {"shared:"}),
]


@pytest.mark.parametrize(("root_mode", "mode", "seen"), CASES)
def test_who_sees_whose_mounts(box: Any, tmp_path: Path, root_mode: str, mode: str, seen: set[str]) -> None:
    _prepare(tmp_path, box, root_mode, mode)
    runtime = " ".join([*box.runtime, "--root", str(tmp_path / "state")])
    got = _outcome(tmp_path, runtime, box.name)
    assert got - {"done"} == seen | {"leaked=0"}


@pytest.mark.parametrize(("root_mode", "mode", "seen"), CASES)
def test_runc_says_the_same(box: Any, tmp_path: Path, root_mode: str, mode: str, seen: set[str]) -> None:
    runc = os.environ.get("HUTCH_TEST_RUNC") or shutil.which("runc")
    if not runc:
        pytest.skip("no runc here to compare with")
    _prepare(tmp_path, box, root_mode, mode)
    got = _outcome(tmp_path, f"{runc} --root {tmp_path}/runc", box.name)
    assert got - {"done"} == seen | {"leaked=0"}
