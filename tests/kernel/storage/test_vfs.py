from __future__ import annotations

import pytest
from suites.storage import StorageExam

from hutch.storage.vfs import Vfs


@pytest.mark.kernel
class TestVfs(StorageExam):
    make = Vfs
