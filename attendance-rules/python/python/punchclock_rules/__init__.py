"""Attendance rules: punches, shifts and a policy in; days, overtime and the reason for every second out.

The engine is the Rust crate ``punchclock-rules``; this package only carries bytes to it and back. It reads no clock, no file and no
network; zone data is inside the wheel and its release is :func:`tzdb_version`.
"""

from ._native import (
    PunchclockRulesError,
    __version__,
    compute_bank,
    compute_days,
    preset,
    presets,
    resolve,
    tzdb_version,
    zones,
)

__all__ = [
    "PunchclockRulesError",
    "__version__",
    "compute_bank",
    "compute_days",
    "preset",
    "presets",
    "resolve",
    "tzdb_version",
    "zones",
]
