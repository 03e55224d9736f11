//! Which layout a log has: decided from the terminal's count and the content together, never because a width happens to divide.

use std::cmp::Ordering;

use chrono::{Datelike, NaiveDateTime};

use super::RecordDecoder;
use super::codes::PunchState;
use super::layout::AttendanceLayout;
use super::record::{RecordRef, UserIdRef};

/// Strides of records longer than any known that a count can vouch for.
const LONG_STRIDES: std::ops::RangeInclusive<u64> = 50..=255;

/// The highest verify number of any platform that is no mask: 25 is a palm.
const MOST_VERIFY: u8 = 25;

/// How far a clock may run ahead of what is known of the time, in years.
const YEARS_AHEAD: i32 = 1;

/// What is known when the layout of a log has to be told.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Evidence<'a> {
    /// Bytes of all records.
    pub total: u64,
    /// The records, or the first of them: the last one may be cut.
    pub sample: &'a [u8],
    /// How many records the terminal says it holds. Not the count of a windowed read, which has none.
    pub count: Option<u32>,
    /// Whether the terminal said the same count before and after: then it counts more than odd content.
    pub insisted: bool,
    /// About what time it is on the terminal: punches long after it are no punches.
    pub now: Option<NaiveDateTime>,
}

impl<'a> Evidence<'a> {
    /// Evidence from a whole log and a count.
    #[must_use]
    pub fn new(sample: &'a [u8], count: Option<u32>) -> Self {
        Self {
            total: sample.len() as u64,
            sample,
            count,
            insisted: false,
            now: None,
        }
    }

    /// The terminal insists on its count.
    #[must_use]
    pub fn insisted(mut self, insisted: bool) -> Self {
        self.insisted = insisted;
        self
    }

    /// The layout the count tells, if it comes out exactly and the content agrees; `None` when the terminal should be asked again.
    #[must_use]
    pub fn settled(&self) -> Option<AttendanceLayout> {
        let good = |layout: AttendanceLayout| {
            let score = self.score(layout);
            score.is_good().then_some((layout, score))
        };
        match self.by_count().map(|layout| layout.and_then(good)) {
            [Some((a, in_a)), Some((b, in_b))] => match in_a.order(&in_b) {
                Ordering::Greater => Some(a),
                Ordering::Less => Some(b),
                Ordering::Equal => None,
            },
            [Some((only, _)), None] | [None, Some((only, _))] => Some(only),
            [None, None] => None,
        }
    }

    /// The layout, with everything there is to know.
    ///
    /// A count that comes out exactly and agrees with the content decides; then the one layout in which the content makes sense; then
    /// a count the terminal insists on, because odd content is the records' own matter.
    ///
    /// # Errors
    /// The layouts it could be: none or several.
    pub fn decide(&self) -> Result<AttendanceLayout, Vec<AttendanceLayout>> {
        if let Some(layout) = self.settled() {
            return Ok(layout);
        }
        let mut good: Vec<(AttendanceLayout, Score)> = AttendanceLayout::ALL
            .into_iter()
            .filter(|layout| self.fits(*layout))
            .map(|layout| (layout, self.score(layout)))
            .filter(|(_, score)| score.is_good())
            .collect();
        good.sort_by(|(_, a), (_, b)| b.order(a));
        match good.as_slice() {
            [(layout, _)] => return Ok(*layout),
            [(first, best), (_, next), ..] if best.clearly_beats(next) => return Ok(*first),
            [] if self.insisted => {}
            _ => return Err(good.into_iter().map(|(layout, _)| layout).collect()),
        }
        match self.by_count() {
            [Some(layout), None] => Ok(layout),
            // The two dialects of eight bytes, and no word from the content.
            [Some(a), Some(b)] => match self.score(a).order(&self.score(b)) {
                Ordering::Greater => Ok(a),
                Ordering::Less => Ok(b),
                Ordering::Equal => Err(vec![a, b]),
            },
            _ => self.long().ok_or(Vec::new()),
        }
    }

    /// The width the count tells, known or not, when it comes out exactly.
    #[must_use]
    pub fn width(&self) -> Option<u64> {
        let count = self.count.filter(|count| *count > 0)?;
        let width = self.total.checked_div(count.into())?;
        (width * u64::from(count) == self.total && width > 0).then_some(width)
    }

    /// The layouts of the width the count tells.
    fn by_count(&self) -> [Option<AttendanceLayout>; 2] {
        let Some(width) = self.width() else {
            return [None, None];
        };
        if width == 8 {
            return [Some(AttendanceLayout::W8A), Some(AttendanceLayout::W8B)];
        }
        let known = AttendanceLayout::ALL
            .into_iter()
            .find(|layout| layout.bytes() as u64 == width);
        [known, None]
    }

    /// A record longer than any known, where the terminal insists on the count and the beginnings make sense.
    fn long(&self) -> Option<AttendanceLayout> {
        let stride = self.width().filter(|width| LONG_STRIDES.contains(width))?;
        let layout = AttendanceLayout::Long(u8::try_from(stride).ok()?);
        self.score(layout).is_good().then_some(layout)
    }

    /// Whether the bytes can be cut into records of this layout.
    fn fits(&self, layout: AttendanceLayout) -> bool {
        let unit = match layout {
            AttendanceLayout::W8B => 4,
            other => other.bytes() as u64,
        };
        self.total.is_multiple_of(unit)
    }

    fn score(&self, layout: AttendanceLayout) -> Score {
        let mut score = Score::default();
        let mut before = None;
        RecordDecoder::new(layout).push(self.sample, |_, record| {
            score.records += 1;
            if !self.is_sane(&record) {
                return;
            }
            score.sane += 1;
            if before.is_none_or(|before| before <= record.time) {
                score.in_order += 1;
            }
            before = Some(record.time);
        });
        score
    }

    /// Whether a record makes sense: a date of the calendar that can have been, someone's id, and the constant bytes of its layout.
    fn is_sane(&self, record: &RecordRef<'_>) -> bool {
        let Ok(time) = record.check() else {
            return false;
        };
        let latest = self.now.map_or(2099, |now| now.year() + YEARS_AHEAD);
        let someone = match record.user_id {
            UserIdRef::Text(_) => record
                .user_id
                .as_text()
                .is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_graphic())),
            UserIdRef::Number(number) => number != 0,
            // 0 for someone who was deleted.
            UserIdRef::Uid(_) => true,
        };
        let known_state = !matches!(PunchState::from(record.punch), PunchState::Unknown(_));
        let shape = match record.layout {
            AttendanceLayout::W22 => {
                matches!(record.raw.get(8..12), Some([0, 0, 0, 0]))
                    && record.tail.iter().all(|byte| *byte == 0)
            }
            AttendanceLayout::W16 => {
                matches!(record.raw.get(10..12), Some([0, 0])) && verified(record.verify)
            }
            AttendanceLayout::W8A => verified(record.verify),
            // The byte between flags and time is zero in a long record; the states are six.
            AttendanceLayout::W8B => {
                record.raw.len() == 4 || matches!(record.raw.get(2..4), Some([flags, 0]) if flags & 0b11 == 0)
            }
            _ => true,
        };
        // A text and a date are telling enough; a few numbers are not.
        let telling = known_state || matches!(record.user_id, UserIdRef::Text(_));
        someone && shape && telling && time.year() <= latest
    }
}

fn verified(verify: u8) -> bool {
    verify <= MOST_VERIFY || verify == u8::MAX
}

/// How well a log reads in one layout.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    records: usize,
    sane: usize,
    /// Sane records that are not earlier than the sane one before.
    in_order: usize,
}

impl Score {
    /// Three of four records make sense.
    fn is_good(&self) -> bool {
        self.sane > 0 && self.sane * 4 >= self.records * 3
    }

    /// By the share of sane records, then by the share in order.
    fn order(&self, other: &Self) -> Ordering {
        let share =
            |part: usize, whole: usize, by: usize| part as u128 * by.max(1) as u128 / whole.max(1) as u128;
        let common = self.records * other.records;
        share(self.sane, self.records, common)
            .cmp(&share(other.sane, other.records, common))
            .then(share(self.in_order, self.records, common).cmp(&share(
                other.in_order,
                other.records,
                common,
            )))
    }

    /// Both make sense, but the other one runs back and forth in time, as misread bytes do and logs do not.
    fn clearly_beats(&self, other: &Self) -> bool {
        let disorder = |score: &Self| score.sane.saturating_sub(score.in_order) * 4 >= score.sane;
        self.records >= 4 && !disorder(self) && disorder(other)
    }
}
