//! Limits of what one call accepts, so that no input can overflow arithmetic or allocate without bound.
//!
//! They are generous for a payroll and small for a machine: a year of one employee is about 400 shifts and 2,000 punches.

/// First instant that is accepted: 1970-01-01T00:00:00Z.
pub const MIN_AT: i64 = 0;
/// First instant that is refused: 2100-01-01T00:00:00Z. Zone tables built by this crate know the rules up to here.
pub const MAX_AT: i64 = 4_102_444_800;
/// Longest shift, margin or group span, in seconds (48 hours).
pub const MAX_SPAN_S: i64 = 172_800;
/// Longest dedup window, in seconds (one hour).
pub const MAX_DEDUP_S: i64 = 3_600;
/// Punches in one evaluation.
pub const MAX_PUNCHES: usize = 50_000;
/// Shift instances in one evaluation.
pub const MAX_SHIFTS: usize = 2_000;
/// Break windows in one shift.
pub const MAX_BREAKS: usize = 32;
/// Bytes in an id, a zone name or a version.
pub const MAX_NAME_BYTES: usize = 128;
/// Bytes of one TZif file; the largest real one has about 4 KiB.
pub const MAX_TZIF_BYTES: usize = 65_536;
/// Transitions in one zone table.
pub const MAX_TRANSITIONS: usize = 4_096;
