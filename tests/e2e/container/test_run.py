"""``run``: every group of flags, seen from inside the container or in its document."""

# ruff: noqa: E501 - one case a line
from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from support.client import Client
from support.space import until

pytestmark = pytest.mark.compat

SH = ("sh", "-c")


def case(name: str, flags: str, command: str, shows: str, code: int = 0) -> object:
    """``flags`` and the shell ``command``; ``shows`` is a regular expression for the whole output."""
    return pytest.param(flags, command, shows, code, id=name)


SEEN_INSIDE = [
    case("nothing", "", "echo out", "out\n"),
    case("exit-code", "", "exit 7", "", 7),
    case("killed", "", "sh -c 'kill -9 $$'; exit $?", "", 137),
    case("terminated", "--init", "kill -TERM $$", "", 143),
    case("env", "-e A=1 -e B= --env C=x=y", 'echo "$A|$B|$C|$HOME|$PATH"', r"1\|\|x=y\|/root\|/usr/local/sbin:.*:/bin\n"),
    case("env-of-the-client", "-e TERM", "echo $TERM", "xterm\n"),
    case("workdir", "-w /new/folder", "pwd", "/new/folder\n"),
    case("user-name", "-u user", "id", r"uid=1000\(user\) gid=1000\(user\) groups=(1000\(user\),)?10\(wheel\).*\n"),
    case("user-number", "-u 1234", "id -u; id -g", "1234\n0\n"),
    case("user-and-group", "-u 1000:staff", "id -u; id -g; echo $HOME", "1000\n50\n/home/user\n"),
    case("group-add", "-u user --group-add 77 --group-add staff", "id -G", "1000 .*(77.*50|50.*77).*\n"),
    case("hostname", "--hostname shelf", "hostname; cat /etc/hostname; grep -c shelf /etc/hosts || true", "shelf\nshelf\n[01]\n"),
    case("hostname-default", "", "hostname", "[0-9a-f]{12}\n"),
    case("domainname", "--hostname a --domainname b.example", "cat /proc/sys/kernel/domainname", "b.example\n"),
    case("entrypoint", "--entrypoint echo", "said", "-c said\n"),
    case("the-hosts-whole-tree", "-v /:/host:ro", f"test -f /host{Path(__file__).resolve()} && echo host", "host\n"),
    case("tmpfs", "--tmpfs /t:size=1m,mode=700", "stat -c %a /t; grep ' /t ' /proc/mounts", "700\n.*tmpfs.*size=1024k.*\n"),
    case("mount-tmpfs", "--mount type=tmpfs,dst=/t,tmpfs-size=2m", "grep ' /t ' /proc/mounts", ".*size=2048k.*\n"),
    case("read-only", "--read-only --tmpfs /tmp", "touch /tmp/a && touch /b", "", 1),
    case("init", "--init", "cat /proc/1/comm", ".*init\n"),
    case("no-init", "", "cat /proc/1/comm; true", "sh\n"),
    case("pids-are-our-own", "", "echo $$", "1\n"),
    case("pid-host", "--pid host", 'test "$(cat /proc/1/comm)" != sh && echo host', "host\n"),
    case("ipc-private", "", "ls /dev/shm | wc -l; df -k /dev/shm | tail -1 | awk '{print $2}'", "0\n65536\n"),
    case("shm-size", "--shm-size 8m", "df -k /dev/shm | tail -1 | awk '{print $2}'", "8192\n"),
    case("uts-host", "--uts host", "hostname", re.escape(Path("/proc/sys/kernel/hostname").read_text())),
    case("capabilities", "", "grep Cap /proc/self/status | tr -d '\\t'", "CapInh:0{16}\nCapPrm:00000000a80425fb\nCapEff:00000000a80425fb\nCapBnd:00000000a80425fb\nCapAmb:0{16}\n"),
    case("cap-drop", "--cap-drop ALL", "grep CapBnd /proc/self/status | tr -d '\\t'", "CapBnd:0{16}\n"),
    case("cap-add", "--cap-drop all --cap-add net_admin --cap-add CAP_CHOWN", "grep CapEff /proc/self/status | tr -d '\\t'", "CapEff:0000000000001001\n"),
    case("cap-of-a-user", "-u user", "grep CapEff /proc/self/status | tr -d '\\t'", "CapEff:0{16}\n"),
    case("seccomp", "", "grep Seccomp: /proc/self/status | tr -d '\\t'", "Seccomp:2\n"),
    case("seccomp-blocks", "", "unshare -U true 2>&1; mount -t tmpfs x /tmp 2>&1 | grep -ci denied", r"unshare: .*Operation not permitted\n\d\n", 0),
    case("seccomp-off", "--security-opt seccomp=unconfined", "grep Seccomp: /proc/self/status | tr -d '\\t'", "Seccomp:0\n"),
    case("no-new-privileges", "--security-opt no-new-privileges", "grep NoNewPrivs /proc/self/status | tr -d '\\t'", "NoNewPrivs:1\n"),
    case("new-privileges", "", "grep NoNewPrivs /proc/self/status | tr -d '\\t'", "NoNewPrivs:0\n"),
    case("masked", "", "cat /proc/kcore | wc -c; ls /proc/acpi /sys/firmware 2>/dev/null | grep -v : | grep -c . || true; touch /proc/sys/kernel/domainname 2>&1 | grep -c Read-only", "0\n0\n1\n"),
    case("privileged", "--privileged", "mkdir /t && mount -t tmpfs x /t && echo mounted; test -c /dev/fuse -o -c /dev/kmsg && echo devices; grep Seccomp: /proc/self/status | tr -d '\\t'", "mounted\ndevices\nSeccomp:0\n"),
    case("device", "--device /dev/null:/dev/nothing:rw", "echo x > /dev/nothing; stat -c '%F %t %T' /dev/nothing", "character special file 1 3\n"),
    case("devices", "", "ls /dev | tr '\\n' ' '", "(?=.*full)(?=.*null)(?=.*ptmx)(?=.*random)(?=.*tty)(?=.*zero)(?!.*sd)(?!.*kmsg).*"),
    case("ulimit", "--ulimit nofile=100:200 --ulimit core=0", "ulimit -n; ulimit -Hn; ulimit -c", "100\n200\n0\n"),
    case("sysctl", "--sysctl net.ipv4.ip_forward=1", "cat /proc/sys/net/ipv4/ip_forward", "1\n"),
    case("network-none", "--network none", "ls /sys/class/net", "lo\n"),
    case("add-host", "--add-host far:10.9.8.7", "grep far /etc/hosts", "10.9.8.7\tfar\n"),
    case("dns", "--dns 10.1.2.3 --dns-search example.org --dns-option ndots:2", "grep -v '#' /etc/resolv.conf | grep .", "(?s)(?=.*nameserver 10.1.2.3\n)(?=.*search example.org\n)(?=.*options ndots:2\n).*"),
    case("oom-score", "--oom-score-adj 500", "cat /proc/self/oom_score_adj", "500\n"),
    case("stdin-closed", "", "cat | wc -c", "0\n"),
    case("both-streams", "", "echo a; echo b >&2", "a\n"),
    case("umask", "", "umask", "0022\n"),
    case("descriptors", "", "ls /proc/self/fd | wc -l", "[34]\n"),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "command", "shows", "code"), SEEN_INSIDE)
def test_seen_inside(cli: Client, flags: str, command: str, shows: str, code: int) -> None:
    words = flags.split()
    network = [] if any(w in ("--network", "--sysctl", "--dns", "--add-host") for w in words) else ["--network", "none"]
    result = cli(
        "run", "--rm", *network, *words, cli.engine.image, *(SH if "--entrypoint" not in words else ("-c",)), command
    )
    assert result.code == code, result
    assert re.fullmatch(shows, result.out), result


CGROUPS = "/proc/self/cgroup"
SET = [
    ("--memory 64m", "{{.Memory}} {{.MemorySwap}}", "67108864 134217728"),
    ("--memory 64m --memory-swap 64m --memory-reservation 32m", "{{.MemorySwap}} {{.MemoryReservation}}", "67108864 33554432"),
    ("--cpus 1.5", "{{.NanoCpus}}", "1500000000"),
    ("--cpu-shares 512 --cpuset-cpus 0", "{{.CpuShares}} {{.CpusetCpus}}", "512 0"),
    ("--cpu-period 50000 --cpu-quota 25000", "{{.CpuPeriod}} {{.CpuQuota}}", "50000 25000"),
    ("--pids-limit 20", "{{.PidsLimit}}", "20"),
    ("--restart on-failure:3", "{{.RestartPolicy.Name}} {{.RestartPolicy.MaximumRetryCount}}", "on-failure 3"),
    ("--log-driver json-file --log-opt max-size=1m --log-opt max-file=2", "{{.LogConfig.Type}} {{index .LogConfig.Config \"max-size\"}}", "json-file 1m"),
    ("--log-driver none", "{{.LogConfig.Type}}", "none"),
    ("--privileged", "{{.Privileged}}", "true"),
    ("--cap-add SYS_TIME --cap-drop MKNOD", "{{.CapAdd}} {{.CapDrop}}", r"\[(CAP_)?SYS_TIME\] \[(CAP_)?MKNOD\]"),
    ("--read-only --init", "{{.ReadonlyRootfs}} {{.Init}}", "true true"),
    ("--ulimit nofile=10:20", "{{range .Ulimits}}{{.Name}} {{.Soft}} {{.Hard}}{{end}}", "nofile 10 20"),
    ("--pid host --ipc host --uts host", "{{.PidMode}} {{.IpcMode}} {{.UTSMode}}", "host host host"),
    ("--network none", "{{.NetworkMode}}", "none"),
    ("--security-opt no-new-privileges", "{{.SecurityOpt}}", r"\[no-new-privileges\]"),
    ("--stop-signal USR1 --stop-timeout 3", "", ""),
    ("--tmpfs /x:size=1m", "{{index .Tmpfs \"/x\"}}", "size=1m"),
    ("--dns 1.2.3.4 --add-host a:1.1.1.1", "{{.Dns}} {{.ExtraHosts}}", r"\[1.2.3.4\] \[a:1.1.1.1\]"),
    ("--blkio-weight 0 --oom-score-adj 10 --shm-size 1m", "{{.OomScoreAdj}} {{.ShmSize}}", "10 1048576"),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "template", "shows"), [pytest.param(*row, id=row[0]) for row in SET])
def test_set_in_the_document(cli: Client, flags: str, template: str, shows: str) -> None:
    name = cli.name()
    cli("create", "--name", name, *flags.split(), cli.engine.image, "true").ok()
    if template:
        said = cli.field(name, "{{with .HostConfig}}" + template + "{{end}}")
        assert re.fullmatch(shows, said), said
    else:
        assert cli.field(name, "{{.Config.StopSignal}} {{.Config.StopTimeout}}") == "USR1 3"


LIMITS = [
    ("--memory 64m", "memory", "memory.limit_in_bytes", "67108864"),
    ("--memory 64m --memory-swap 80m", "memory", "memory.memsw.limit_in_bytes", "83886080"),
    ("--memory-reservation 32m", "memory", "memory.soft_limit_in_bytes", "33554432"),
    ("--cpus 0.5", "cpu", "cpu.cfs_quota_us", "50000"),
    ("--cpu-shares 300", "cpu", "cpu.shares", "300"),
    ("--cpu-period 50000 --cpu-quota 20000", "cpu", "cpu.cfs_period_us", "50000"),
    ("--cpuset-cpus 1", "cpuset", "cpuset.cpus", "1"),
    ("--pids-limit 33", "pids", "pids.max", "33"),
]


@pytest.mark.parametrize(("flags", "controller", "file", "value"), [pytest.param(*row, id=row[0]) for row in LIMITS])
def test_limits_are_the_kernels(cli: Client, flags: str, controller: str, file: str, value: str) -> None:
    if not Path(f"/sys/fs/cgroup/{controller}/tasks").exists():
        pytest.skip(f"no cgroup v1 controller {controller} here")
    if not list(Path(f"/sys/fs/cgroup/{controller}").glob(file)) and "memsw" in file:
        pytest.skip("no swap accounting here")
    pid = cli.field(cli.running(*flags.split()), "{{.State.Pid}}")
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            assert Path(f"/sys/fs/cgroup/{controller}{path}/{file}").read_text().strip() == value
            return
    raise AssertionError(f"not in a cgroup of {controller}")


def test_pids_limit_holds(cli: Client) -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9; do sleep 1 & done; wait"
    result = cli("run", "--rm", "--network", "none", "--pids-limit", "4", cli.engine.image, *SH, script)
    assert "can't fork" in result.err


def test_out_of_memory_is_told(cli: Client) -> None:
    name = cli.name()
    flags = ("--network", "none", "--memory", "16m", "--memory-swap", "16m")
    result = cli("run", "--name", name, *flags, cli.engine.image, *SH, "tail -c 100m /dev/zero >/dev/null; exit $?")
    assert result.code == 137
    assert cli.field(name, "{{.State.OOMKilled}}") == "true"


def test_env_file_and_label_file(cli: Client, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("# comment\nA=from file\nEMPTY=\nTERM\n\n")
    (tmp_path / "labels").write_text("one=1\n# no\ntwo=\n")
    name = cli.name()
    files = ("--env-file", str(tmp_path / "env"), "--label-file", str(tmp_path / "labels"), "-l", "three=3")
    said = cli("run", "--name", name, "--network", "none", *files, cli.engine.image, *SH, 'echo "$A|${EMPTY-no}|$TERM"')
    assert said.ok() == "from file||xterm"
    assert cli.inspect(name)["Config"]["Labels"] == {"one": "1", "two": "", "three": "3"}


def test_streams_are_apart_and_input_arrives(cli: Client) -> None:
    script = "cat; echo err >&2; exit 3"
    result = cli("run", "-i", "--rm", "--network", "none", cli.engine.image, *SH, script, text="typed\n" * 1000)
    assert (result.code, result.out, result.err) == (3, "typed\n" * 1000, "err\n")


def test_binary_and_much(cli: Client) -> None:
    script = "head -c 3000000 /dev/zero | tr '\\0' x"
    result = cli("run", "--rm", "--network", "none", cli.engine.image, *SH, script)
    assert (result.code, len(result.out), set(result.out)) == (0, 3000000, {"x"})


def test_only_wanted_streams_are_attached(cli: Client) -> None:
    words = ("run", "--rm", "--network", "none", "-a", "stderr", cli.engine.image, *SH, "echo out; echo err >&2")
    result = cli(*words)
    assert (result.code, result.out, result.err) == (0, "", "err\n")


def test_binds_volumes_and_mounts(cli: Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("of the host\n")
    name = cli.name()
    volume = f"{name}-volume"
    flags = [
        "-v",
        f"{tmp_path}:/bound",
        "-v",
        f"{tmp_path}/file:/one:ro",
        "-v",
        f"{volume}:/var/www",
        "-v",
        "/anonymous",
    ]
    flags += ["--mount", f"type=bind,source={tmp_path},target=/again,readonly", "-v", f"{tmp_path}/made:/made"]
    script = (
        "cat /one /bound/file /var/www/index.html; echo new > /bound/new; echo x > /one; echo x > /again/x; ls -d /made"
    )
    result = cli("run", "--name", name, "--network", "none", *flags, cli.engine.image, *SH, script)
    assert result.ok() == "of the host\nof the host\nfrom the image\n/made"
    assert result.err.count("Read-only file system") == 2
    assert (tmp_path / "new").read_text() == "new\n"
    assert (tmp_path / "made").is_dir()
    mounts = {m["Destination"]: m for m in cli.inspect(name)["Mounts"]}
    assert mounts["/var/www"]["Name"] == volume and mounts["/var/www"]["Driver"] == "local"
    assert (mounts["/one"]["RW"], mounts["/again"]["RW"], mounts["/bound"]["RW"]) == (False, False, True)
    assert re.fullmatch("[0-9a-f]{64}", mounts["/anonymous"]["Name"])
    again = cli(
        "run",
        "--rm",
        "--network",
        "none",
        "--volumes-from",
        f"{name}:ro",
        cli.engine.image,
        *SH,
        "ls /var/www; touch /var/www/x",
    )
    assert again.out == "index.html\n" and "Read-only" in again.err
    cli("rm", "-f", "-v", name).ok()
    cli("volume", "rm", volume).ok()


def test_mount_of_a_missing_folder_is_refused(cli: Client) -> None:
    words = ("--mount", "type=bind,src=/no/such/folder,dst=/x", cli.engine.image, "true")
    cli("run", "--rm", *words).fails(125, "bind source path does not exist: /no/such/folder")


def test_container_joins_another(cli: Client) -> None:
    first = cli.running("--ipc", "shareable", "--hostname", "first")
    flags = [f"--network=container:{first}", f"--pid=container:{first}", f"--ipc=container:{first}"]
    script = "for k in net pid ipc; do readlink /proc/self/ns/$k; done; ps | grep -c 'sleep 1000'"
    said = cli("run", "--rm", *flags, cli.engine.image, *SH, script).ok().split("\n")
    pid = cli.field(first, "{{.State.Pid}}")
    assert said[:3] == [str(Path(f"/proc/{pid}/ns/{kind}").readlink()) for kind in ("net", "pid", "ipc")]
    assert int(said[3]) >= 1


def test_detached_prints_the_id(cli: Client) -> None:
    name = cli.name()
    said = cli("run", "-d", "--network", "none", "--name", name, cli.engine.image, "sleep", "1000")
    assert re.fullmatch("[0-9a-f]{64}\n", said.out)
    document = cli.inspect(name)
    assert document["Id"] == said.ok()
    assert document["State"]["Running"] and document["Name"] == f"/{name}"


def test_cidfile_is_written_and_not_overwritten(cli: Client, tmp_path: Path) -> None:
    file, name = tmp_path / "cid", cli.name()
    words = ("--network", "none", "--cidfile", str(file), cli.engine.image, "true")
    cli("run", "--name", name, *words).ok()
    assert file.read_text() == cli.field(name, "{{.Id}}")
    cli("run", "--rm", *words).fails(125, "container ID file found")


def test_rm_removes_with_its_anonymous_volumes(cli: Client) -> None:
    name = cli.name()
    before = set(cli("volume", "ls", "-q").ok().split())
    cli("run", "--rm", "--name", name, "--network", "none", "-v", "/x", cli.engine.image, "true").ok()
    cli("inspect", name).fails(1, "No such object")
    assert set(cli("volume", "ls", "-q").ok().split()) == before


def test_restart_policy_counts(cli: Client) -> None:
    name = cli.name()
    script = "echo again; exit 3"
    cli(
        "run", "-d", "--restart", "on-failure:2", "--name", name, "--network", "none", cli.engine.image, *SH, script
    ).ok()
    for _ in range(3):  # each wait ends with one of the runs
        cli("wait", name)
        if cli.field(name, "{{.RestartCount}} {{.State.Status}}") == "2 exited":
            break
    assert until(lambda: cli.field(name, "{{.RestartCount}} {{.State.Status}}") == "2 exited", 20)
    assert cli("logs", name).ok() == "again\nagain\nagain"
    assert cli.field(name, "{{.State.ExitCode}}") == "3"


REFUSED = [
    ("no-such-command", [], ["nosuch"], 127, r'runc create failed: unable to start container process: error during container init: exec: "nosuch": executable file not found in \$PATH\n'),
    ("not-executable", [], ["/etc/passwd"], 126, r'error during container init: exec: "/etc/passwd": permission denied\n'),
    ("a-folder", [], ["/etc"], 126, r'exec: "/etc": (is a directory|permission denied)'),
    ("no-such-path", [], ["/no/such"], 127, r'exec: "/no/such": .*no such file or directory'),
    ("no-such-user", ["-u", "who"], ["true"], 125, "unable to find user who: no matching entries in passwd file"),
    ("no-such-further-group", ["--group-add", "what"], ["true"], 125, "[Uu]nable to find group what: no matching entries in group file"),
    ("no-such-group", ["-u", "root:what"], ["true"], 125, "unable to find group what: no matching entries in group file"),
    ("relative-workdir", ["-w", "rel"], ["true"], 125, "the working directory 'rel' is invalid, it needs to be an absolute path"),
    ("little-memory", ["-m", "1m"], ["true"], 125, "Minimum memory limit allowed is 6MB"),
    ("swap-below-memory", ["-m", "64m", "--memory-swap", "32m"], ["true"], 125, "Minimum memoryswap limit should be larger than memory limit"),
    ("many-cpus", ["--cpus", "1000"], ["true"], 125, "[Rr]ange of CPUs is from 0.01 to"),
    ("unknown-capability", ["--cap-add", "nonsense"], ["true"], 125, "invalid CapAdd: unknown capability: .*NONSENSE"),
    ("unknown-log-driver", ["--log-driver", "nonsense"], ["true"], 125, "no log driver named 'nonsense'|error looking up logging plugin nonsense"),
    ("unknown-network", ["--network", "nonsense"], ["true"], 125, "network nonsense not found"),
    ("unknown-runtime", ["--runtime", "nonsense"], ["true"], 125, "unknown or invalid runtime name: nonsense"),
    ("bad-name", ["--name", "a b"], ["true"], 125, r"Invalid container name \(a b\), only \[a-zA-Z0-9\]\[a-zA-Z0-9_.-\] are allowed"),
    ("missing-device", ["--device", "/dev/nonsense"], ["true"], 127, 'error gathering device information while adding custom device "/dev/nonsense": no such file or directory'),
    ("rm-and-restart", ["--restart", "always"], ["true"], 125, "[Cc]onflicting options: "),
    ("bad-stop-signal", ["--stop-signal", "NONSENSE"], ["true"], 125, "invalid signal: NONSENSE"),
    ("duplicate-mount", ["-v", "/a:/x", "-v", "/b:/x"], ["true"], 125, "Duplicate mount point: /x"),
    ("host-port-and-none", ["--network", "container:nosuch"], ["true"], 125, "No such container: nosuch"),
    ("unknown-flag", ["--nonsense"], ["true"], 125, "unknown flag: --nonsense"),
    ("no-container", ["--network", "container:"], ["true"], 125, "invalid container format container:<name|id>"),
    ("no-container-with-pids", ["--pid", "container:nosuch"], ["true"], 125, "No such container: nosuch"),
    ("workdir-is-a-file", ["-w", "/etc/passwd"], ["true"], 125, "Cannot mkdir: /etc/passwd is not a directory"),
    ("folder-on-a-file", ["-v", "/tmp:/etc/passwd"], ["true"], 125, "Are you trying to mount a directory onto a file"),
    ("file-on-a-folder", ["-v", "/etc/passwd:/tmp"], ["true"], 125, "Are you trying to mount a directory onto a file"),
    ("no-device-node", ["--device", "/etc/passwd"], ["true"], 125, 'custom device "/etc/passwd": not a device node'),
    ("bad-uid", ["-u", "4294967295"], ["true"], 125, "daemon: uids and gids must be in range 0-2147483647"),
    ("address-of-the-host", ["--network", "host", "--ip", "10.0.0.9"], ["true"], 125, "supported on user defined networks only"),
    ("bad-bind", ["-v", "rel/path:/x:rw:z:z"], ["true"], 125, "invalid (volume specification|spec)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "command", "code", "message"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_refused(cli: Client, flags: list[str], command: list[str], code: int, message: str) -> None:
    if "nonsense" in flags and flags[0] in ("--log-driver", "--network"):
        cli.needs(23)  # an older one takes any "not found" for the image's, and pulls
    if not cli.since(28):  # that of Debian 12 ends what the daemon says with a full stop of its own
        message = re.sub(r"\\n$", r"\.\\n", message)
    network = [] if "--network" in flags else ["--network", "none"]
    cli("run", "--rm", *network, *flags, cli.engine.image, *command).fails(code, message)


def test_containers_that_lend_namespaces_are_kept_by_id(cli: Client) -> None:
    lender, name = cli.running("--ipc", "shareable"), cli.name()
    modes = [f"{flag}=container:{lender}" for flag in ("--pid", "--ipc", "--network")]
    cli("create", "--name", name, *modes, cli.engine.image, "true").ok()
    kept = cli.field(name, "{{.HostConfig.PidMode}} {{.HostConfig.IpcMode}} {{.HostConfig.NetworkMode}}").split()
    assert kept == [f"container:{cli.field(lender, '{{.Id}}')}"] * 3
    cli("rename", lender, f"{lender}-else").ok()
    cli("start", "-a", name).ok()
    cli("rename", f"{lender}-else", lender).ok()


def test_ipc_that_is_not_shared_cannot_be_joined(cli: Client) -> None:
    name = cli.running()
    mode = f"container:{name}"
    cli("run", "--rm", "--ipc", mode, cli.engine.image, "true").fails(125, "non-shareable IPC")


def test_a_program_of_another_kind_ends_with_255(cli: Client, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/no/such/interpreter\n")
    program.chmod(0o755)
    words = ("--network", "none", "-v", f"{program}:/program:ro")
    name = cli.name()
    said = cli("run", "--name", name, *words, cli.engine.image, "/program").fails(255)
    assert "exec /program: no such file or directory" in said
    assert cli.field(name, "{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}") == "exited 255 "


def test_absent_image_with_pull_never(cli: Client) -> None:
    cli("run", "--rm", "--pull", "never", "no-such-image:1", "true").fails(125, "No such image: no-such-image:1")


def test_a_name_in_use(cli: Client) -> None:
    name = cli.running()
    said = cli("run", "--name", name, cli.engine.image, "true").fails(125)
    identifier = cli.field(name, "{{.Id}}")
    text = f'Conflict. The container name "/{name}" is already in use by container "{identifier}". '
    assert text + "You have to remove (or rename) that container to be able to reuse that name." in said


def test_interactive_on_a_terminal(cli: Client) -> None:
    words = ("run", "--rm", "-it", "--network", "none", "--name", cli.name(), cli.engine.image, "sh")
    terminal = cli.terminal(*words, rows=30, columns=100)
    terminal.expect("# ")
    terminal.type("tty; stty size\n")
    terminal.expect(r"/dev/pts/0\s+30 100\s+")
    terminal.expect("# ")
    terminal.resize(41, 133)

    def resized() -> bool:
        terminal.type("stty size\n")
        return "41 133" in terminal.expect(r"\d\d+ \d\d+\s").group()

    assert until(resized)
    terminal.type("exit 5\n")
    assert terminal.wait() == 5


def test_terminal_needs_one(cli: Client) -> None:
    cli("run", "--rm", "-it", cli.engine.image, "true").fails(1, "input device is not a TTY")


def test_terminal_without_input(cli: Client) -> None:
    said = cli("run", "--rm", "-t", "--network", "none", cli.engine.image, *SH, "test -t 1 && echo yes; echo err >&2")
    assert (said.out, said.err) == ("yes\r\nerr\r\n", "")


def test_signals_are_passed_on(cli: Client) -> None:
    script = "trap 'echo got it; exit 9' USR1; echo ready; while :; do sleep 0.05; done"
    process = cli.spawn("run", "--rm", "--network", "none", "--name", cli.name(), cli.engine.image, *SH, script)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGUSR1)
    assert process.communicate(timeout=20)[0] == "got it\n"
    assert process.returncode == 9


def test_the_document_has_dockers_fields(cli: Client) -> None:
    name = cli.running("-e", "A=b", "-l", "x=y")
    document = json.loads(cli("inspect", name).ok())[0]
    for key in ("Id", "Created", "Path", "Args", "State", "Image", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath",
                "Name", "RestartCount", "Driver", "Platform", "MountLabel", "ProcessLabel", "AppArmorProfile", "ExecIDs",
                "HostConfig", "GraphDriver", "Mounts", "Config", "NetworkSettings"):  # fmt: skip
        assert key in document, key
    for key in (
        "Status",
        "Running",
        "Paused",
        "Restarting",
        "OOMKilled",
        "Dead",
        "Pid",
        "ExitCode",
        "Error",
        "StartedAt",
        "FinishedAt",
    ):
        assert key in document["State"], key
    assert Path(f"/proc/{document['State']['Pid']}").is_dir()
    assert document["State"]["FinishedAt"] == "0001-01-01T00:00:00Z"
    assert "A=b" in document["Config"]["Env"]
