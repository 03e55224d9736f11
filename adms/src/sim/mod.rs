//! A simulated pushing terminal, for tests without hardware.
