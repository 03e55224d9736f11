//! The binary protocol of ZKTeco attendance terminals.
