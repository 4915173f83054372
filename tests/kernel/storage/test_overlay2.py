from __future__ import annotations

import pytest

from hutch.storage.overlay2 import Overlay2
from suites.storage import StorageExam


@pytest.mark.kernel
class TestOverlay2(StorageExam):
    make = Overlay2
