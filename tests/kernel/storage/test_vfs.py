from __future__ import annotations

import pytest

from hutch.storage.vfs import Vfs
from suites.storage import StorageExam


@pytest.mark.kernel
class TestVfs(StorageExam):
    make = Vfs
