"""Every readable log driver takes the exam."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from logs import LogDriverExam


class TestJsonFile(LogDriverExam):
    driver = "json-file"


class TestLocal(LogDriverExam):
    driver = "local"
