"""``cp``, ``diff``, ``commit``, ``export`` and what ``import`` makes of it."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from support.client import Client

pytestmark = pytest.mark.compat
NAME = f"e2e-files-{os.getpid()}"


def box(cli: Client, *words: str, script: str = "") -> str:
    """A container that has run ``script`` and runs on."""
    name = cli.name()
    script = f"{script}\n touch /ready; sleep 1000"
    cli("run", "-d", "--name", name, "--network", "none", *words, cli.engine.image, "sh", "-c", script).ok()
    for _ in range(200):
        if cli("exec", name, "test", "-e", "/ready").code == 0:
            return name
    raise AssertionError("it did not get ready")


def members(data: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {member.name: member for member in archive}


@pytest.mark.parametrize("running", [True, False])
def test_out_and_in(cli: Client, tmp_path: Path, running: bool) -> None:
    script = "mkdir -p /a/b; echo hi > /a/f; chown 1000:1000 /a/f; ln -s f /a/l; ln -s /a /la; echo v > /vol/v"
    name = box(cli, "-v", "/vol", script=script)
    if not running:
        cli("stop", "-t", "0", name).ok()
    assert members(cli("cp", f"{name}:/a", "-").raw)["a/f"].uid == 1000
    cli("cp", f"{name}:/a", str(tmp_path / "out")).ok()
    assert (tmp_path / "out/f").read_text() == "hi\n" and (tmp_path / "out/l").readlink() == Path("f")
    cli("cp", "-L", f"{name}:/a/l", str(tmp_path / "l")).ok()
    assert (tmp_path / "l").read_text() == "hi\n" and not (tmp_path / "l").is_symlink()
    cli("cp", f"{name}:/vol/.", str(tmp_path / "vol")).ok()
    assert os.listdir(tmp_path / "vol") == ["v"]
    cli("cp", f"{tmp_path}/out", f"{name}:/la/in").ok()
    cli("cp", f"{tmp_path}/out/f", f"{name}:/vol/new").ok()
    cli("cp", f"{name}:/a/in/f", str(tmp_path / "again")).ok()
    assert (tmp_path / "again").read_text() == "hi\n"
    assert "vol/new" in members(cli("cp", f"{name}:/vol", "-").raw)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("from-stdin"))
    cli("cp", "-", f"{name}:/a", text=packed.getvalue()).ok()
    assert "a/from-stdin" in members(cli("cp", f"{name}:/a", "-").raw)


def test_what_cannot_be_copied(cli: Client, tmp_path: Path) -> None:
    cli.needs(23)
    name = box(cli, script="mkdir /a; echo hi > /a/f")
    (tmp_path / "d").mkdir()
    (tmp_path / "f").touch()
    here = str(tmp_path)
    cli("cp", f"{name}:/none", here).fails(1, f"Error response from daemon: Could not find the file /none in .*{name}")
    cli("cp", f"{name}:/a/f/x", here).fails(1, "lstat /a/f/x: not a directory")
    cli("cp", f"{name}:/a", f"{here}/f").fails(1, "cannot copy directory")
    cli("cp", f"{here}/d", f"{name}:/a/f").fails(1, "cannot copy directory")
    cli("cp", f"{here}/f", f"{name}:/no/").fails(1, "no such directory")
    cli("cp", f"{here}/f", f"{name}:/no/x").fails(1, "Could not find the file /no in container")
    cli("cp", f"{here}/f", "none-at-all:/x").fails(1, "No such container: none-at-all")
    cli("cp", f"{name}:/a", f"{name}:/b").fails(1, "copying between containers is not supported")
    cli("cp", f"{here}/f", f"{name}:/etc/hosts").fails(1, "device or resource busy")
    assert "localhost" in cli("exec", name, "cat", "/etc/hosts").ok(), "it is still mounted"


def test_read_only(cli: Client, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    (tmp_path / "bound").mkdir()
    name = cli.name()
    words = ("--read-only", "-v", "/rw", "-v", f"{tmp_path}/bound:/ro:ro")
    cli("run", "-d", "--name", name, "--network", "none", *words, cli.engine.image, "sleep", "1000").ok()
    for _ in ("running", "stopped"):
        cli("cp", f"{tmp_path}/f", f"{name}:/x").fails(1, "container rootfs is marked read-only")
        cli("cp", f"{tmp_path}/f", f"{name}:/ro/x").fails(1, "mounted volume is marked read-only")
        cli("cp", f"{tmp_path}/f", f"{name}:/rw/x").ok()
        cli("stop", "-t", "0", name).ok()
    assert os.listdir(tmp_path / "bound") == []


def test_before_the_first_start(cli: Client, tmp_path: Path) -> None:
    """Mount points and volumes are there already; a start finds what was copied."""
    (tmp_path / "f").write_text("copied\n")
    name = cli.name()
    words = ("-v", "/new/volume", "-v", "/etc")
    cli("create", "--name", name, "--network", "none", *words, cli.engine.image, "cat", "/new/volume/f", "/etc/passwd")
    cli("cp", f"{tmp_path}/f", f"{name}:/new/volume/").ok()
    cli("cp", f"{tmp_path}/f", f"{name}:/etc/more").ok()
    assert "etc/passwd" in members(cli("cp", f"{name}:/etc", "-").raw)
    said = cli("start", "-a", name).ok()
    assert said.startswith("copied") and "root:" in said


def test_diff(cli: Client) -> None:
    name = box(cli, script="rm /bin/ls; mkdir /new; echo x > /new/f; rm -r /var; mkdir /var; chmod 700 /root")
    lines = cli("diff", name).ok().splitlines()
    assert set(lines) >= {"C /bin", "D /bin/ls", "A /new", "A /new/f", "C /root", "D /var/www", "A /ready"}
    assert not [line for line in lines if "/etc" in line or "/dev" in line or "/proc" in line]
    fresh = cli.name()
    cli("create", "--name", fresh, cli.engine.image).ok()
    assert cli("diff", fresh).ok() == ""
    cli("diff", "none-at-all").fails(1, "No such container: none-at-all")


def test_commit(cli: Client) -> None:
    name = box(cli, "-e", "FROM=box", script="rm /bin/ls; echo new > /new; ln /new /again")
    reference = f"{NAME}:commit"
    try:
        made = cli("commit", "-a", "me", "-m", "why", "-c", 'CMD ["cat", "/again"]', name, reference).ok()
        assert cli("inspect", "-f", "{{.State.Status}}", name).ok() == "running"
        asked = "{{.Id}} {{.Author}} {{.Comment}} {{json .Config.Cmd}} {{.Config.Env}}"
        assert cli("image", "inspect", "-f", asked, reference).ok().startswith(f'{made} me why ["cat","/again"] [FROM=')
        assert cli("run", "--rm", "--network", "none", reference).ok() == "new"
        cli("run", "--rm", "--network", "none", reference, "/bin/ls").fails(127)
        cli("commit", "-c", "RUN x", name).fails(1, "RUN is not a valid change command")
        cli("commit", "none-at-all").fails(1, "No such container: none-at-all")
        cli("commit", name, "UPPER").fails(1, "must be lowercase")
    finally:
        cli.engine.api("DELETE", f"/images/{reference}?force=1")


def test_export_and_import(cli: Client, tmp_path: Path) -> None:
    name = box(cli, "-v", "/vol", script="echo new > /new; rm /bin/ls; echo v > /vol/v")
    running = cli("export", name).raw
    cli("stop", "-t", "0", name).ok()
    cli("export", "-o", str(tmp_path / "x.tar"), name).ok()
    assert (tmp_path / "x.tar").read_bytes() == running, "the same bytes, running or not"
    found = members(running)
    assert "new" in found and "bin/ls" not in found and "vol/v" not in found and "vol" in found
    cli("export", "-o", str(tmp_path), name).fails(
        1, "failed to export container: .*directory" if cli.since(25) else ""
    )
    reference = f"{NAME}:import"
    try:
        cli("import", "-c", 'CMD ["cat", "/new"]', str(tmp_path / "x.tar"), reference).ok()
        assert cli("run", "--rm", "--network", "none", reference).ok() == "new"
    finally:
        cli.engine.api("DELETE", f"/images/{reference}?force=1")
