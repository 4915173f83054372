import pytest

from hutch.model.container import Config
from hutch.model.errors import Invalid
from hutch.spec import process


def test_arguments():
    assert process.arguments(Config(entrypoint=["a"], cmd=["b"])) == ["a", "b"]
    assert process.arguments(Config(entrypoint=[""], cmd=["b"])) == ["b"]
    assert process.arguments(Config(cmd=["b"]), init=True) == ["/sbin/docker-init", "--", "b"]
    for config in (Config(), Config(entrypoint=[], cmd=[]), Config(entrypoint=[""])):
        with pytest.raises(Invalid, match="no command specified"):
            process.arguments(config)


def test_environment():
    config = Config(tty=True, env=["A=1", "A=2", "TERM", "PATH=/x", "B=a=b"])
    assert process.environment(config, "h", ["L=1"]) == ["PATH=/x", "HOSTNAME=h", "L=1", "A=2", "B=a=b"]
    assert process.environment(Config(), "h") == [f"PATH={process.PATH}", "HOSTNAME=h"]


@pytest.mark.parametrize("entry", ["", "=x", "A=\0"])
def test_bad_entries(entry):
    with pytest.raises(Invalid, match="invalid environment variable"):
        process.check_environment([entry])


def test_working_directory():
    assert process.working_directory(Config()) == "/"
    with pytest.raises(Invalid, match="the working directory 'foo' is invalid, it needs to be an absolute path"):
        process.working_directory(Config(working_dir="foo"))
