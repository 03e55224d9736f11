//! The variants of an `ATTLOG` line.

use chrono::NaiveDateTime;

/// A record in the terminal's log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the four things that every model records"
)]
pub struct Record {
    /// The person's number.
    pub pin: String,
    /// The terminal's wall clock.
    pub time: NaiveDateTime,
    /// In, out, …
    pub status: u8,
    /// How the person was recognised.
    pub verify: u8,
}

/// The columns that a model sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Columns {
    /// PIN and time.
    Two,
    /// The clocks of 2008: up to the verify mode.
    Four,
    /// Most fingerprint clocks.
    #[default]
    Seven,
    /// Seven with an empty work code, a TAB at the end, lines ending CRLF.
    SevenCrLf,
    /// Visible-light faces: ten, and a TAB at the end.
    Ten,
    /// Ten, and a running record number.
    Numbered,
    /// Seven, six job codes and three tip codes.
    JobCodes,
}

impl Columns {
    /// All variants.
    pub const ALL: [Self; 7] = [
        Self::Two,
        Self::Four,
        Self::Seven,
        Self::SevenCrLf,
        Self::Ten,
        Self::Numbered,
        Self::JobCodes,
    ];

    /// The line of `record`, with its end. `number` is the running number, for the variant that has one.
    #[must_use]
    pub fn encode(self, record: &Record, number: usize) -> String {
        let Record {
            pin,
            time,
            status,
            verify,
        } = record;
        let time = time.format("%Y-%m-%d %H:%M:%S");
        match self {
            Self::Two => format!("{pin}\t{time}\n"),
            Self::Four => format!("{pin}\t{time}\t{status}\t{verify}\n"),
            Self::Seven => format!("{pin}\t{time}\t{status}\t{verify}\t0\t0\t0\n"),
            Self::SevenCrLf => format!("{pin}\t{time}\t{status}\t{verify}\t\t0\t0\t\r\n"),
            Self::Ten => format!("{pin}\t{time}\t{status}\t{verify}\t0\t0\t0\t0\t0\t0\t\n"),
            Self::Numbered => format!("{pin}\t{time}\t{status}\t{verify}\t0\t0\t0\t0\t0\t0\t{number}\n"),
            Self::JobCodes => {
                format!("{pin}\t{time}\t{status}\t{verify}\t9001\t0\t0\t1\t2\t3\t4\t5\t6\t1.0\t2.0\t3.0\n")
            }
        }
    }
}

/// The line of `record` as a terminal of the dialect "acc" sends it when it happens.
pub(super) fn event_line(record: &Record, number: usize) -> String {
    let Record {
        pin,
        time,
        status,
        verify,
    } = record;
    let time = time.format("%Y-%m-%d %H:%M:%S");
    format!(
        "time={time}\tpin={pin}\tcardno=0\teventaddr=1\tevent=0\tinoutstatus={status}\tverifytype={verify}\tindex={number}\r\n"
    )
}

/// The same as an answer to a query.
pub(super) fn event_row(record: &Record, number: usize) -> String {
    let Record {
        pin,
        time,
        status,
        verify,
    } = record;
    // A record outside of what the terminal's clock can show is none that a terminal could have made.
    let time = crate::time::pack_time(*time).unwrap_or_default();
    format!(
        "transaction cardno=0\tpin={pin}\tverified={verify}\tdoorid=1\teventtype=0\tinoutstate={status}\ttime_second={time}\tindex={number}\r\n"
    )
}
