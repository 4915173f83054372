"""The exam of every log driver whose records can be read back: the keeper's writer and the room's reader together."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

from hutch.logs.drivers import validate
from hutch.logs.read import ReadOptions, read
from hutch.logs.record import Record
from hutch.runtime.keeper.log import Log, open_log


class LogDriverExam:
    """Subclass in a test file, name the driver, and every test below is taken."""

    driver = ""

    def writer(self, path: Path, **options: str) -> Log:
        named = {name.replace("_", "-"): value for name, value in options.items()}
        validate(self.driver, named)
        return open_log({"driver": self.driver, "path": str(path), "options": named, "attrs": {"k": "v"}})

    def read(self, path: Path, options: ReadOptions | None = None) -> list[Record]:
        async def collect() -> list[Record]:
            return [record async for record in read(self.driver, str(path), options or ReadOptions())]

        return asyncio.run(collect())

    def reap(self) -> None:
        """Wait for the processes that compress."""
        with suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)

    def test_what_was_written_comes_back(self, tmp_path: Path) -> None:
        log = self.writer(tmp_path / "log")
        before = time.time()
        log.write("stdout", b'one\ntwo\r\n\n"quoted" \\n \t\x1b[0m \xc3\xa9\n')
        log.write("stderr", b"bad")
        log.finish("stdout")
        log.finish("stderr")
        log.close()
        records = self.read(tmp_path / "log")
        assert [(r.stream, r.line) for r in records] == [
            ("stdout", b"one\n"),
            ("stdout", b"two\r\n"),
            ("stdout", b"\n"),
            ("stdout", b'"quoted" \\n \t\x1b[0m \xc3\xa9\n'),
            ("stderr", b"bad"),
        ]
        assert all(r.attrs == {"k": "v"} for r in records)
        assert records[0].time[:17] in (time.strftime("%Y-%m-%dT%H:%M:", time.gmtime(t)) for t in (before, time.time()))

    def test_long_lines_come_back_in_parts(self, tmp_path: Path) -> None:
        log = self.writer(tmp_path / "log")
        line = b"x" * 100_000 + b"\n"
        for start in range(0, len(line), 65536):
            log.write("stdout", line[start : start + 65536])
        log.close()
        records = self.read(tmp_path / "log")
        assert [len(r.line) for r in records] == [16384] * 6 + [1697]
        assert b"".join(r.line for r in records) == line
        assert len({r.time for r in records}) == 1

    def test_rotated_and_compressed_files_are_read_in_order_within_the_bound(self, tmp_path: Path) -> None:
        log = self.writer(tmp_path / "log", max_size="8k", max_file="3", compress="true")
        for number in range(3000):
            log.write("stdout", b"line number %05d of the log\n" % number)
            self.reap()
        log.close()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1.gz", "log.2.gz"]
        numbers = [int(r.line.split()[2]) for r in self.read(tmp_path / "log")]
        assert numbers == list(range(numbers[0], 3000))
        for tail in (1, 10, 100, len(numbers), len(numbers) + 1):
            tailed = self.read(tmp_path / "log", ReadOptions(tail=tail))
            assert [int(r.line.split()[2]) for r in tailed] == numbers[-tail:]
            assert all(r.attrs == {"k": "v"} for r in tailed)

    def test_a_second_run_goes_on_in_the_same_log(self, tmp_path: Path) -> None:
        for text in (b"first\n", b"second\n"):
            log = self.writer(tmp_path / "log")
            log.write("stdout", text)
            log.close()
        assert [r.line for r in self.read(tmp_path / "log")] == [b"first\n", b"second\n"]

    def test_a_crash_in_the_middle_of_a_write_costs_one_record_at_most(self, tmp_path: Path) -> None:
        log = self.writer(tmp_path / "log")
        log.write("stdout", b"first\n")
        log.write("stdout", b"second\n")
        log.close()
        with (tmp_path / "log").open("r+b") as file:
            file.truncate((tmp_path / "log").stat().st_size - 3)
        log = self.writer(tmp_path / "log")
        log.write("stdout", b"third\n")
        log.close()
        assert [r.line for r in self.read(tmp_path / "log")] == [b"first\n", b"third\n"]

    def test_following_a_busy_log_loses_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "log"
        log = self.writer(path, max_size="256k", max_file="50", compress="false")

        async def scenario() -> list[Record]:
            ended = asyncio.Event()

            async def follow() -> list[Record]:
                options = ReadOptions(follow=True, ended=ended)
                return [record async for record in read(self.driver, str(path), options)]

            task = asyncio.ensure_future(follow())
            for number in range(300):
                log.write(
                    "stdout", b"".join(b"%06d padding padding padding\n" % (number * 100 + n) for n in range(100))
                )
                if number % 10 == 0:
                    await asyncio.sleep(0.001)
            log.close()
            ended.set()
            return await asyncio.wait_for(task, 60)

        assert [int(r.line.split()[0]) for r in asyncio.run(scenario())] == list(range(30000))
