import os

import pytest

from hutch.linux import numa


def test_a_policy_is_in_force_in_a_child() -> None:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            numa.set_memory_policy(numa.MODES["MPOL_BIND"] | numa.FLAGS["MPOL_F_STATIC_NODES"], [0])
            with open("/proc/self/numa_maps", "rb") as maps:
                os.write(write, maps.readline().split()[1])
        except FileNotFoundError:
            os.write(write, b"no numa")
        except OSError as err:
            os.write(write, str(err).encode())
        os._exit(0)
    os.close(write)
    said = os.read(read, 200).decode()
    os.close(read)
    os.waitpid(pid, 0)
    if said == "no numa" or "not implemented" in said:
        pytest.skip("a kernel without memory policies")
    assert said.startswith("bind=static:0"), said


def test_nodes_that_no_kernel_can_have_are_refused() -> None:
    with pytest.raises(OSError, match="node 1024"):
        numa.set_memory_policy(2, [1024])
