//! Pure attendance rules.
