"""What a bare runtime needs in place of an image."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from engine import Engine


def folder_of_this_run() -> Path:
    """Everything that the comparison writes; removed at its end."""
    return Path(tempfile.gettempdir()) / f"hutch-bench-{os.getpid()}"


def bundle(engine: Engine, what: str, args: list[str]) -> str:
    """An OCI bundle with busybox in it for a bare runtime; returns its folder."""
    folder = folder_of_this_run() / engine.name / what
    if (folder / "config.json").exists():
        return str(folder)
    root = folder / "rootfs"
    for name in ("bin", "proc", "dev", "sys", "etc", "tmp"):
        (root / name).mkdir(parents=True, exist_ok=True)
    shutil.copy("/bin/busybox", root / "bin/busybox")
    for applet in ("true", "sleep", "sh"):
        (root / "bin" / applet).symlink_to("busybox")
    here = engine.command("spec")
    subprocess.run(
        [*here[: len(here) - len(engine.cli) - 1], "sh", "-c", f'cd {folder} && exec "$@"', "sh", *engine.cli, "spec"],
        check=True,
    )
    config = json.loads((folder / "config.json").read_text())
    config["process"].update(terminal=False, args=args)
    (folder / "config.json").write_text(json.dumps(config))
    return str(folder)


def state(engine: Engine) -> list[str]:
    """The --root option of a bare runtime."""
    return ["--root", str(folder_of_this_run() / engine.name / "state")]
