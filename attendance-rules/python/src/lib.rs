//! Python binding of `punchclock-rules`.
