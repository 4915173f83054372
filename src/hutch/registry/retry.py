"""When to try again, and how long to wait: pure decisions."""

from __future__ import annotations

import email.utils
import random
import time

RETRIED = frozenset((408, 429, 500, 502, 503, 504))
_FIRST = 0.5  # seconds
_LONGEST = 30.0
_PATIENCE = 300.0  # seconds that a server may ask us to wait


def delay(failures: int, retry_after: str = "") -> float:
    """Seconds to wait after that many failures in a row: what the server asks for, else doubling with jitter."""
    asked = seconds(retry_after)
    if asked is not None:
        return min(asked, _PATIENCE)
    return min(_FIRST * 2.0 ** (failures - 1), _LONGEST) * random.uniform(0.5, 1.0)


def seconds(retry_after: str) -> float | None:
    """What ``Retry-After`` says (RFC 9110, 10.2.3: seconds or a date), or None."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(email.utils.parsedate_to_datetime(text).timestamp() - time.time(), 0.0) if text else None
    except (ValueError, TypeError):
        return None
