from hutch.runtime.stages import id_maps


def test_maps_as_the_kernel_reads_them() -> None:
    assert id_maps.text(((0, 100000, 65536), (70000, 1, 1))) == "0 100000 65536\n70000 1 1\n"
