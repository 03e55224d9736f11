//! Sums over an account's life.

/// Sums of all entries so far, in seconds of credit unless said otherwise. What came in is what went out and what is there:
/// `credited + adjusted_in = used + adjusted_out + forfeited + paid_out + balance`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Totals {
    /// Credited by work.
    pub credited_s: i64,
    /// Used, less what was cancelled; without what was overdrawn.
    pub used_s: i64,
    /// Forfeited: lapsed, or lost when the person left.
    pub forfeited_s: i64,
    /// Paid out: lapsed, or paid when the person left.
    pub paid_out_s: i64,
    /// Added by hand into lots.
    pub adjusted_in_s: i64,
    /// Taken away by hand from lots.
    pub adjusted_out_s: i64,
    /// Credit that a limit took away for good.
    pub uncredited_s: i64,
    /// Seconds of work due in cash.
    pub cash_work_s: i64,
    /// Seconds used or taken away that no lot held, and not made good since.
    pub overdrawn_s: i64,
}
