from __future__ import annotations

import pytest
from suites.storage import StorageExam

from hutch.storage.overlay2 import Overlay2


@pytest.mark.kernel
class TestOverlay2(StorageExam):
    make = Overlay2
