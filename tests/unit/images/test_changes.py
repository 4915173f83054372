from __future__ import annotations

import pytest

from hutch.images.changes import apply
from hutch.model.errors import Invalid


def test_every_instruction() -> None:
    settings = {"Env": ["A=1", "PATH=/bin"], "WorkingDir": "/a"}
    result = apply(
        settings,
        ["ENV A=2 B='x y'", "env OLD the rest", "CMD echo $A", 'ENTRYPOINT ["/e", "x"]', "EXPOSE 80 1000-1002/udp",
         'LABEL a=b "c d"="e f"', "USER u:g", "VOLUME /v /w", 'VOLUME ["/x y"]', "WORKDIR b", "STOPSIGNAL SIGINT",
         "ONBUILD RUN x", "HEALTHCHECK --interval=5s --timeout=1m30s --retries=3 CMD curl x", "# nothing\n"],
    )  # fmt: skip
    assert result["Env"] == ["A=2", "PATH=/bin", "B=x y", "OLD=the rest"]
    assert result["Cmd"] == ["/bin/sh", "-c", "echo $A"] and result["Entrypoint"] == ["/e", "x"]
    assert list(result["ExposedPorts"]) == ["1000/udp", "1001/udp", "1002/udp", "80/tcp"]
    assert result["Labels"] == {"a": "b", "c d": "e f"} and result["User"] == "u:g"
    assert result["Volumes"] == {"/v": {}, "/w": {}, "/x y": {}} and result["WorkingDir"] == "/a/b"
    assert result["OnBuild"] == ["RUN x"] and result["StopSignal"] == "SIGINT"
    assert result["Healthcheck"] == {
        "Interval": 5 * 10**9, "Timeout": 90 * 10**9, "Retries": 3, "Test": ["CMD-SHELL", "curl x"],
    }  # fmt: skip
    assert settings["Env"] == ["A=1", "PATH=/bin"]
    assert apply({}, ["HEALTHCHECK NONE"])["Healthcheck"] == {"Test": ["NONE"]}


@pytest.mark.parametrize(
    "change",
    ["RUN x", "FROM x", "USER", "EXPOSE 0", "EXPOSE 70000", "EXPOSE 9-8", "EXPOSE 1/icmp", "ENV A", "ENV =x",
     "STOPSIGNAL NONE", "VOLUME []",
     "ONBUILD FROM x", "ONBUILD ONBUILD x", "HEALTHCHECK x", "HEALTHCHECK --colour=red CMD x", "LABEL a='b",
     "HEALTHCHECK --interval=1us CMD x", "HEALTHCHECK --retries=-1 CMD x", "COPY a b"],
)  # fmt: skip
def test_refused(change: str) -> None:
    with pytest.raises(Invalid):
        apply({}, [change])


def test_an_empty_entrypoint_takes_the_former_one_away() -> None:
    assert apply({"Entrypoint": ["x"]}, ["ENTRYPOINT []"]) == {}
    assert apply({"Entrypoint": ["x"]}, ["ENTRYPOINT"]) == {}
    assert apply({}, ["CMD"]) == {"Cmd": ["/bin/sh", "-c"]}


def test_an_empty_command_is_no_change() -> None:
    assert apply({}, ["CMD []"]) == {}
    assert apply({"Cmd": ["x"]}, ["CMD []"]) == {"Cmd": ["x"]}


def test_a_flag_that_is_none_is_told_as_it_was_written() -> None:
    with pytest.raises(Invalid, match=r"^unknown flag: --nonsense$"):
        apply({}, ["HEALTHCHECK --nonsense=1 CMD x"])


def test_zero_leaves_the_default() -> None:
    assert apply({}, ["HEALTHCHECK --retries=0 --interval=0 CMD x"]) == {"Healthcheck": {"Test": ["CMD-SHELL", "x"]}}
