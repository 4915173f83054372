from __future__ import annotations

from hutch.storage.thinpool import Fill, parse_status

BLOCK = 65536


def test_how_full_a_pool_is() -> None:
    line = "0 1657/16384 1044/32768 - rw discard_passdown queue_if_no_space - 1024 "
    assert parse_status(line, BLOCK) == Fill(1044 * BLOCK, 32768 * BLOCK, 1657 * 4096, 16384 * 4096, held=False)


def test_a_pool_that_takes_no_more() -> None:
    assert parse_status("0 16384/16384 1/2 - ro discard_passdown queue_if_no_space needs_check 1024", BLOCK).held
    assert parse_status("0 1/2 2/2 - out_of_data_space discard_passdown queue_if_no_space - 1024", BLOCK).held
    assert parse_status("Fail", BLOCK) == Fill(0, 0, 0, 0, held=True)
