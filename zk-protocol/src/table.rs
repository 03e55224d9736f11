//! Tables out of bodies: which layout the records have, decided from the terminal's count and the content together.
//!
//! A body says how many bytes its records have, not how wide one is. The terminal's count gives the width where it comes out exactly,
//! but counts lie, and a punch that lands during the read makes them late: six records of 40 bytes are as long as five of 48. So the
//! content must agree, or the terminal must say the same count before and after the read.

use crate::error::{Error, Interruption};
use crate::wire::attendance::{AttendanceLayout, AttendanceLog, Evidence};
use crate::wire::{User, UserWidth, bulk, user};

/// The records of a body, if they are exactly as long as the body says. An empty body has none.
///
/// # Errors
/// [`Error::ShortTransfer`] and [`Error::LongTransfer`] when they are not.
pub fn records(body: &[u8]) -> Result<&[u8], Error> {
    if body.is_empty() {
        return Ok(body);
    }
    let (at, _) = head(body, body.len() as u64)?;
    Ok(body.get(at..).unwrap_or_default())
}

/// A constant some terminals put before a section of a table (AK3750; protocol notes §1.9).
const SECTION_MARK: u32 = 0x9FB0;

/// Where the records begin in a body of which only the beginning is known, and how many bytes they have. The terminal announced
/// `announced` bytes for all of it.
///
/// # Errors
/// As [`records`].
pub fn head(beginning: &[u8], announced: u64) -> Result<(usize, u64), Error> {
    let short = |expected| Error::ShortTransfer {
        expected,
        got: announced,
        cause: Interruption::EndedEarly,
    };
    let Some((size, rest)) = bulk::split_body(beginning) else {
        return Err(short(4));
    };
    let expected = u64::from(size) + 4;
    match announced.cmp(&expected) {
        std::cmp::Ordering::Less => return Err(short(expected)),
        std::cmp::Ordering::Greater => {
            return Err(Error::LongTransfer {
                expected,
                got: announced,
            });
        }
        std::cmp::Ordering::Equal => {}
    }
    if let Some((SECTION_MARK, rest)) = bulk::split_body(rest)
        && let Some((section, _)) = bulk::split_body(rest)
        && u64::from(section) + 12 == announced
    {
        return Ok((12, section.into()));
    }
    Ok((4, size.into()))
}

/// The users of a body in a width that is known.
///
/// # Errors
/// Those of [`records`], and [`Error::UnknownRecordWidth`] when the bytes do not have it.
pub fn users_as(body: &[u8], width: UserWidth) -> Result<Vec<User>, Error> {
    let records = records(body)?;
    if records.len().is_multiple_of(width.bytes()) {
        return Ok(user::decode_table(width, records));
    }
    Err(Error::UnknownRecordWidth {
        table: "user table",
        total: records.len(),
        count: None,
    })
}

/// Whether a count of users explains the body exactly and the content does not speak against it, so that asking for it again is not
/// needed.
#[must_use]
pub fn users_settled(body: &[u8], count: Option<u32>) -> bool {
    records(body).is_ok_and(|records| records.is_empty() || user_width(records, count).is_some())
}

/// The users of a body, with the count the terminal tells. Where bytes and count allow for both widths, the content must agree with the
/// count, or tell the width by itself.
///
/// # Errors
/// [`Error::UnknownRecordWidth`] when neither the count nor the content tells 28 from 72 bytes, and those of [`records`].
pub fn users(body: &[u8], count: Option<u32>) -> Result<Vec<User>, Error> {
    Ok(match user_width_of(body, count)? {
        Some(width) => user::decode_table(width, records(body)?),
        None => Vec::new(),
    })
}

/// Whether the body surely holds attendance records of one layout: the count says so and the content agrees. If not, ask the terminal for
/// its count once more before deciding.
#[must_use]
pub fn attendance_settled(body: &[u8], count: Option<u32>) -> bool {
    records(body).is_ok_and(|records| records.is_empty() || Evidence::new(records, count).settled().is_some())
}

/// The attendance log of a body, with the counts the terminal told before and after the read.
///
/// # Errors
/// [`Error::UnsupportedRecordWidth`] for a width nobody has described, [`Error::AmbiguousRecordWidth`] when the content allows for
/// several, [`Error::UnknownRecordWidth`] when it allows for none, and those of [`records`].
pub fn attendance(body: &[u8], before: Option<u32>, after: Option<u32>) -> Result<AttendanceLog, Error> {
    let records = records(body)?;
    if records.is_empty() {
        return Ok(AttendanceLog::empty(length(body), after));
    }
    let evidence = Evidence::new(records, after).insisted(before.is_some() && before == after);
    let layout = layout(&evidence)?;
    Ok(AttendanceLog::decode(layout, records, length(body), after))
}

/// The attendance log of a body in a layout that is known.
///
/// # Errors
/// Those of [`records`].
pub fn attendance_as(
    body: &[u8],
    layout: AttendanceLayout,
    count: Option<u32>,
) -> Result<AttendanceLog, Error> {
    let records = records(body)?;
    Ok(AttendanceLog::decode(layout, records, length(body), count))
}

/// The layout that evidence tells.
///
/// # Errors
/// Those of [`attendance`] about widths.
pub fn layout(evidence: &Evidence<'_>) -> Result<AttendanceLayout, Error> {
    let total = usize::try_from(evidence.total).unwrap_or(usize::MAX);
    evidence.decide().map_err(|candidates| match evidence.width() {
        _ if !candidates.is_empty() => Error::AmbiguousRecordWidth { total, candidates },
        Some(width)
            if !AttendanceLayout::ALL
                .iter()
                .any(|known| known.bytes() as u64 == width) =>
        {
            Error::UnsupportedRecordWidth {
                width: u32::try_from(width).unwrap_or(u32::MAX),
                total,
                count: evidence.count.unwrap_or_default(),
            }
        }
        _ => Error::UnknownRecordWidth {
            table: "attendance log",
            total,
            count: evidence.count,
        },
    })
}

/// Below 4 GiB, because a body says its length in 32 bits.
fn length(body: &[u8]) -> u32 {
    u32::try_from(body.len()).unwrap_or(u32::MAX)
}

/// The width of the users of a body; `None` for an empty one.
///
/// # Errors
/// As [`users`].
pub fn user_width_of(body: &[u8], count: Option<u32>) -> Result<Option<UserWidth>, Error> {
    let records = records(body)?;
    if records.is_empty() {
        return Ok(None);
    }
    let width = user_width(records, count).or_else(|| UserWidth::by_content(records));
    let unknown = Error::UnknownRecordWidth {
        table: "user table",
        total: records.len(),
        count,
    };
    width.map(Some).ok_or(unknown)
}

fn user_width(records: &[u8], count: Option<u32>) -> Option<UserWidth> {
    UserWidth::by_count(records.len(), count?).filter(|width| width.agrees_with(records))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;
    use crate::wire::AttendanceRecord;

    fn body(records: &[u8]) -> Vec<u8> {
        let size = u32::try_from(records.len()).unwrap();
        [&size.to_le_bytes(), records].concat()
    }

    fn log(count: u16) -> Vec<u8> {
        let time: NaiveDateTime = "2026-03-02T08:00:00".parse().unwrap();
        let record = |n: u16| AttendanceRecord::new(n, &n.to_string(), time, 1, 0).unwrap().raw;
        (1..=count).flat_map(record).collect()
    }

    #[test]
    fn a_punch_that_lands_during_the_read_does_not_change_the_width() {
        // Six records of 40 bytes are as long as five of 48, nine of 40 as ten of 36.
        for (count, before) in [(6, 5), (9, 10), (2, 5), (101, 100)] {
            let body = body(&log(count));
            assert!(!attendance_settled(&body, Some(before)));
            let read = attendance(&body, Some(before), Some(u32::from(count))).unwrap();
            assert_eq!(read.good().count(), usize::from(count));
        }
    }

    #[test]
    fn a_count_that_happens_to_fit_is_checked_against_the_content() {
        // Ten records of 36 bytes, counted as nine before the read: 9 × 40, but they do not read so.
        let cut: Vec<u8> = log(10)
            .chunks(40)
            .flat_map(|record| record[..36].to_vec())
            .collect();
        let body = body(&cut);
        assert!(!attendance_settled(&body, Some(9)));
        for after in [9, 10] {
            let read = attendance(&body, Some(9), Some(after)).unwrap();
            assert_eq!(
                (read.layout, read.good().count()),
                (Some(AttendanceLayout::W36), 10)
            );
        }
    }

    #[test]
    fn nonsense_the_terminal_insists_on_is_read_record_by_record() {
        let body = body(&[0xEE; 400]);
        assert!(!attendance_settled(&body, Some(10)));
        assert_eq!(attendance(&body, Some(10), Some(10)).unwrap().bad().count(), 10);
        assert!(attendance(&body, None, None).is_err());
        assert!(attendance(&body, Some(9), Some(9)).is_err());
    }

    #[test]
    fn users_of_both_widths_without_a_count() {
        let user = User::new(1, "1001", "Ada");
        for width in [UserWidth::Short, UserWidth::Long] {
            let mut records = Vec::new();
            for uid in 1..=126 {
                let user = User { uid, ..user.clone() };
                records.extend(user.encode(width));
                // A wrong count and none: the content tells.
                assert_eq!(
                    users(&body(&records), None).unwrap().len(),
                    usize::from(uid),
                    "{width:?}"
                );
                assert_eq!(
                    users(&body(&records), Some(1000)).unwrap().len(),
                    usize::from(uid),
                    "{width:?}"
                );
            }
        }
        let unknown = users(&body(&[0xEE; 504]), None);
        assert!(matches!(
            unknown,
            Err(Error::UnknownRecordWidth { total: 504, .. })
        ));
    }

    #[test]
    fn a_count_of_users_that_happens_to_fit_is_checked_against_the_content() {
        // 18 records of 28 bytes are as long as 7 of 72.
        let table = |width, count: u16| {
            let user = |uid: u16| User::new(uid, &(1000 + uid).to_string(), "Ada").encode(width);
            body(&(1..=count).flat_map(user).collect::<Vec<u8>>())
        };
        for (width, truth, lie) in [(UserWidth::Long, 7, 18), (UserWidth::Short, 18, 7)] {
            let body = table(width, truth);
            assert!(!users_settled(&body, Some(lie)), "{width:?}");
            assert!(users_settled(&body, Some(u32::from(truth))));
            for count in [lie, u32::from(truth)] {
                let read = users(&body, Some(count)).unwrap();
                assert_eq!(read.len(), usize::from(truth), "{width:?}");
                assert_eq!(read[0].user_id, "1001");
            }
        }
        // Nothing that reads as users in either width: a count alone does not decide.
        for count in [18, 7] {
            let nonsense = users(&body(&[0xEE; 504]), Some(count));
            assert!(matches!(nonsense, Err(Error::UnknownRecordWidth { .. })));
        }
        // Where the bytes allow for one width only, the count is enough: odd privileges are no reason to lose the table.
        let odd = User {
            privilege: 0x31,
            ..User::new(1, "1001", "Ada")
        };
        for width in [UserWidth::Short, UserWidth::Long] {
            let body = body(&odd.encode(width).repeat(5));
            assert_eq!(users(&body, Some(5)).unwrap().len(), 5);
        }
    }

    #[test]
    fn a_body_is_exactly_as_long_as_it_says() {
        assert_eq!(records(&[]).unwrap(), b"");
        assert_eq!(records(&[2, 0, 0, 0, 7, 8]).unwrap(), [7, 8]);
        assert!(matches!(
            records(&[3, 0, 0, 0, 7, 8]),
            Err(Error::ShortTransfer {
                expected: 7,
                got: 6,
                ..
            })
        ));
        assert!(matches!(
            records(&[1, 0, 0, 0, 7, 8]),
            Err(Error::LongTransfer { expected: 5, got: 6 })
        ));
        assert!(matches!(
            records(&[1, 0]),
            Err(Error::ShortTransfer {
                expected: 4,
                got: 2,
                ..
            })
        ));
    }
}
