//! A shift on a date, in civil time.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};

/// A break of a shift, in civil time of the shift's zone, half-open `[from, to)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakWindow {
    /// First second of the break.
    pub from: NaiveDateTime,
    /// First second after the break.
    pub to: NaiveDateTime,
    /// A paid break counts as worked, whether it is punched or not; an unpaid one is taken out of the time on the clock.
    pub paid: bool,
}

impl BreakWindow {
    /// A break that is taken out of worked time.
    #[must_use]
    pub const fn unpaid(from: NaiveDateTime, to: NaiveDateTime) -> Self {
        Self {
            from,
            to,
            paid: false,
        }
    }

    /// A break that counts as worked.
    #[must_use]
    pub const fn paid(from: NaiveDateTime, to: NaiveDateTime) -> Self {
        Self { from, to, paid: true }
    }
}

/// What one person was asked to work on one date.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShiftInstance {
    /// Unique name within the evaluation.
    pub id: Arc<str>,
    /// The date the work counts for: the date the shift starts on, within a day either side for companies that date differently.
    pub date: NaiveDate,
    /// First second of the shift, civil time of its zone.
    pub start: NaiveDateTime,
    /// First second after the shift. An overnight shift ends on the next date.
    pub end: NaiveDateTime,
    /// IANA zone name; `None` is the evaluation's default zone.
    pub zone: Option<String>,
    /// Breaks, inside the shift and not overlapping.
    pub breaks: Vec<BreakWindow>,
    /// Seconds of work asked for; `None` is the shift's length less its unpaid breaks, as the clock on the wall shows it that night.
    pub norm_s: Option<i64>,
    /// Core time of a flexible shift, civil and half-open: who is in by its start is not late, who leaves at its end or later is not early.
    /// Without it lateness is measured from the start and the end.
    pub core: Option<(NaiveDateTime, NaiveDateTime)>,
    /// How long before the start a punch may still belong to this shift; `None` is the policy's value.
    pub open_before_s: Option<i64>,
    /// How long after the end a punch may still belong to this shift; `None` is the policy's value.
    pub close_after_s: Option<i64>,
}

impl ShiftInstance {
    /// A shift without breaks that counts for the date it starts on.
    #[must_use]
    pub fn new(id: impl Into<Arc<str>>, start: NaiveDateTime, end: NaiveDateTime) -> Self {
        Self {
            id: id.into(),
            date: start.date(),
            start,
            end,
            zone: None,
            breaks: Vec::new(),
            norm_s: None,
            core: None,
            open_before_s: None,
            close_after_s: None,
        }
    }

    /// Adds a break.
    #[must_use]
    pub fn with_break(mut self, window: BreakWindow) -> Self {
        self.breaks.push(window);
        self
    }

    /// Sets the seconds of work asked for.
    #[must_use]
    pub fn with_norm(mut self, norm_s: i64) -> Self {
        self.norm_s = Some(norm_s);
        self
    }

    /// Makes the shift flexible around a core time.
    #[must_use]
    pub const fn with_core(mut self, from: NaiveDateTime, to: NaiveDateTime) -> Self {
        self.core = Some((from, to));
        self
    }

    /// Sets the zone of the civil times.
    #[must_use]
    pub fn in_zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// Sets the margins in which punches belong to this shift.
    #[must_use]
    pub fn with_margins(mut self, open_before_s: i64, close_after_s: i64) -> Self {
        self.open_before_s = Some(open_before_s);
        self.close_after_s = Some(close_after_s);
        self
    }
}
