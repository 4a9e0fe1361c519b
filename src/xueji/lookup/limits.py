"""How often the public may ask. Limits never lock a name: anybody could then lock every 张伟."""

from __future__ import annotations

from datetime import timedelta

PER_ADDRESS = 20  # answers to one address within ADDRESS_SPAN; a school's whole office sits behind one address
ADDRESS_SPAN = timedelta(minutes=10)
FAILED_PER_TARGET = 5  # wrong names for one number within TARGET_SPAN, from wherever they come
TARGET_SPAN = timedelta(days=1)
PER_MINUTE = 2_000  # answers to everybody together within GLOBAL_SPAN
GLOBAL_SPAN = timedelta(minutes=1)
