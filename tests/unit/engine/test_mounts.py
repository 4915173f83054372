"""What a request says about mounts."""

from __future__ import annotations

import pytest

from hutch.engine import mounts
from hutch.engine.record import Mounted
from hutch.model.container import Config
from hutch.model.errors import HutchError, Invalid, Unsupported
from hutch.model.host_config import HostConfig
from hutch.model.mount_request import BindOptions, MountRequest, TmpfsOptions, VolumeOptions


def nobody(ref: str) -> list[Mounted]:
    raise Invalid(f"No such container: {ref}")


def test_binds() -> None:
    point = mounts.parse_bind("/a//b:/c/:ro,rshared")
    assert (point.kind, point.source, point.destination, point.rw) == ("bind", "/a/b", "/c", False)
    assert point.propagation == "rshared"
    assert mounts.parse_bind("/a:/c").propagation == "rprivate"


def test_volumes() -> None:
    named = mounts.parse_bind("data:/c:nocopy")
    assert (named.kind, named.name, named.no_copy, named.anonymous) == ("volume", "data", True, False)
    assert mounts.parse_bind("/c").anonymous


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:b", 'invalid volume specification: \'a:b\': invalid mount config for type "volume": invalid mount path: '
                "'b' mount path must be absolute"),
        ("a:/", "invalid volume specification: 'a:/': invalid mount config for type \"volume\": invalid "
                "specification: destination can't be '/'"),
        ("/n:/b:zz", "invalid mode: zz"),
        ("a:/b:rshared", "invalid volume specification: 'a:/b:rshared': invalid mount config for type \"volume\": "
         "field BindOptions must not be specified"),
        ("/a:/b:nocopy", "invalid volume specification: '/a:/b:nocopy': invalid mount config for type \"bind\": "
         "field VolumeOptions must not be specified"),
        ("/a:/b:ro,rw", "invalid mode: ro,rw"),
        ("/a:/b:ro:x", "invalid volume specification: '/a:/b:ro:x'"),
    ],
)  # fmt: skip
def test_binds_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(HutchError) as caught:
        mounts.parse_bind(text)
    assert caught.value.message == message


@pytest.mark.parametrize("target", ["/proc", "/proc/self", "/sys", "//proc", "/a/../proc", "/../../proc"])
def test_the_kernels_places_are_out_of_bounds(target: str) -> None:
    for asked in (f"v:{target}", target):
        with pytest.raises(HutchError, match="destination can't be in"):
            mounts.parse_bind(asked)
    with pytest.raises(Invalid, match="destination can't be in"):
        mounts.parse_mount(MountRequest(type="volume", target=target))


def test_mount_requests() -> None:
    bind = mounts.parse_mount(
        MountRequest(
            type="bind", source="/a", target="/b", read_only=True, bind_options=BindOptions(non_recursive=True)
        )
    )
    assert (bind.must_exist, bind.rw, bind.options) == (True, False, ("bind",))
    volume = mounts.parse_mount(
        MountRequest(type="volume", target="/b", volume_options=VolumeOptions(no_copy=True, labels={"a": "b"}))
    )
    assert (volume.anonymous, volume.no_copy, volume.labels) == (True, True, {"a": "b"})
    tmpfs = mounts.parse_mount(
        MountRequest(type="tmpfs", target="/b", tmpfs_options=TmpfsOptions(size_bytes=4096, mode=0o700))
    )
    assert tmpfs.options == ("size=4096", "mode=700")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (MountRequest(type="zz", source="/n", target="/x"), 'invalid mount config for type "zz": mount type unknown'),
        (MountRequest(type="volume", source="a", target="x"),
         "invalid mount config for type \"volume\": invalid mount path: 'x' mount path must be absolute"),
        (MountRequest(type="bind", target="/x"),
         'invalid mount config for type "bind": field Source must not be empty'),
        (MountRequest(type="tmpfs", target="/x", source="a"),
         'invalid mount config for type "tmpfs": field Source must not be specified'),
        (MountRequest(type="bind", source="/a", target="/x", tmpfs_options=TmpfsOptions()),
         'invalid mount config for type "bind": field TmpfsOptions must not be specified'),
    ],
)  # fmt: skip
def test_mount_requests_that_cannot_be(asked: MountRequest, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        mounts.parse_mount(asked)
    assert caught.value.message == message


def test_the_request_wins_over_the_image() -> None:
    points = mounts.collect(
        Config(volumes={"/data": {}, "/b": {}}), HostConfig(binds=["/host:/data", "/h2:/b/deep"]), nobody
    )
    assert [(p.kind, p.destination) for p in points] == [("volume", "/b"), ("bind", "/data"), ("bind", "/b/deep")]


def test_no_two_on_one_place() -> None:
    with pytest.raises(Invalid, match=r"^Duplicate mount point: /x$"):
        mounts.collect(Config(), HostConfig(binds=["aa:/x", "bb:/x/"]), nobody)


def test_volumes_of_others() -> None:
    theirs = [
        Mounted(kind="volume", name="v", destination="/v", anonymous=True),
        Mounted(kind="tmpfs", destination="/t"),
    ]
    points = mounts.collect(Config(), HostConfig(volumes_from=["other:ro"]), lambda _: theirs)
    assert [(p.name, p.rw, p.anonymous) for p in points] == [("v", False, False)]
    with pytest.raises(Invalid, match="No such container: nope"):
        mounts.collect(Config(), HostConfig(volumes_from=["nope"]), nobody)


def test_what_holds_the_data_root_follows_the_hosts_mounts_unless_something_else_is_said() -> None:
    def propagation(*binds: str, **fields: object) -> list[str]:
        host = HostConfig(binds=list(binds), **fields)  # type: ignore[arg-type]
        return [point.propagation for point in mounts.collect(Config(), host, nobody, "/var/lib/hutch")]

    assert propagation("/:/a", "/var/lib/hutch:/b", "/var/lib:/c:ro") == ["rslave"] * 3
    assert propagation("/var/lib/hutch2:/a", "/home:/b", "/:/c:rprivate") == ["rprivate"] * 3
    asked = MountRequest(type="bind", source="/", target="/a")
    assert propagation(mounts=[asked]) == ["rslave"]
    private = MountRequest(type="bind", source="/", target="/a", bind_options=BindOptions(propagation="rprivate"))
    assert propagation(mounts=[private]) == ["rprivate"]


def test_what_is_taken_over_has_no_mode_of_its_own() -> None:
    theirs = [mounts.parse_bind("vol:/v")]
    (point,) = mounts.collect(Config(), HostConfig(volumes_from=["other"]), lambda _: theirs)
    assert (theirs[0].mode, point.mode) == ("z", "")
    with pytest.raises(Invalid, match="volumes-from specification cannot be an empty string"):
        mounts.collect(Config(), HostConfig(volumes_from=[""]), nobody)


def test_images_are_not_mounted() -> None:
    with pytest.raises(Unsupported, match="mounts of images"):
        mounts.parse_mount(MountRequest(type="image", source="x", target="/x"))
