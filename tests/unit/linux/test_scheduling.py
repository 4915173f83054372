import os

from hutch.linux import scheduling


def test_a_batch_process_that_is_nicer() -> None:
    pid = os.fork()
    if pid == 0:
        try:
            scheduling.set_scheduler(scheduling.POLICIES["SCHED_BATCH"], 0, 7, 0)
            scheduling.set_io_priority(scheduling.IO_CLASSES["IOPRIO_CLASS_BE"], 6)
            good = os.sched_getscheduler(0) == os.SCHED_BATCH and os.getpriority(os.PRIO_PROCESS, 0) == 7
            os._exit(0 if good else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
