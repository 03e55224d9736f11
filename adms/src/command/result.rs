//! Results of commands, which terminals send to `devicecmd`.
//!
//! Record them, then acknowledge with [`Receipt::recorded`](crate::Receipt::recorded), whatever they say and however often
//! they come: a terminal repeats a result until it is acknowledged. Match them by serial and id only, never by order.

use crate::parameters::Parameters;
use crate::table::settings::{self, Settings};
use crate::text::Text;

use super::action::Action;

/// The result of one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandResult<'a> {
    /// The id that the command was sent with.
    pub id: &'a str,
    /// What became of it; `None` when missing or no number.
    pub code: Option<ReturnCode>,
    /// What the terminal calls the command, for example `DATA`.
    pub command: Text<'a>,
    /// What follows until the next result: the settings of `INFO`, the keys of a result of several lines.
    details: &'a [u8],
    /// What stands behind `Content=`, to the end of the body.
    pub content: Option<&'a [u8]>,
}

impl<'a> CommandResult<'a> {
    /// The settings that came with it, as of `INFO` and `GET OPTION`.
    #[must_use]
    pub const fn settings(&self) -> Settings<'a> {
        settings::pairs(self.details)
    }
}

/// The results of a `devicecmd` request: in the body, one a line or one over several lines; or, with an empty body, one
/// in the parameters.
///
/// ```
/// use punchclock_adms::{Incoming, command};
/// let body = b"ID=7&Return=0&CMD=INFO\n~DeviceName=SA40\nID=8&Return=-1002&CMD=CHECK\n";
/// let target = "/iclock/devicecmd?SN=A1";
/// let whole = punchclock_adms::parse(&Incoming { method: "POST", target, headers: &[], body })?;
/// let results: Vec<_> = command::results(&whole.body, &whole.request.parameters).collect();
/// assert_eq!(results[0].settings().count(), 1);
/// assert_eq!(results[1].code.map(|code| code.number()), Some(-1002));
/// # Ok::<(), punchclock_adms::RequestError>(())
/// ```
pub fn results<'a>(
    body: &'a [u8],
    parameters: &Parameters<'a>,
) -> impl Iterator<Item = CommandResult<'a>> + use<'a> {
    let in_query = parameters
        .raw("ID")
        .filter(|id| body.trim_ascii().is_empty() && !id.is_empty())
        .map(|id| CommandResult {
            id,
            code: parameters.raw("Return").and_then(ReturnCode::read),
            command: Text::new(parameters.raw("CMD").unwrap_or_default().as_bytes()),
            details: &[],
            content: None,
        });
    in_query.into_iter().chain(InBody(body))
}

/// The results in a body.
struct InBody<'a>(&'a [u8]);

impl<'a> Iterator for InBody<'a> {
    type Item = CommandResult<'a>;

    fn next(&mut self) -> Option<CommandResult<'a>> {
        loop {
            let (line, rest) = split_line(self.0)?;
            self.0 = rest;
            // Lines before the first id belong to nothing.
            let Some(mut result) = first_line(line) else {
                continue;
            };
            self.read_more(&mut result);
            return Some(result);
        }
    }
}

impl<'a> InBody<'a> {
    /// The lines up to the next id.
    fn read_more(&mut self, result: &mut CommandResult<'a>) {
        let start = self.0;
        while let Some((line, rest)) = split_line(self.0) {
            if starts_with(line, b"ID=") {
                break;
            }
            if starts_with(line, b"Content=") {
                // It may hold anything, line ends and `ID=` too, and ends with the body.
                let from = start.len().saturating_sub(self.0.len());
                result.details = start.get(..from).unwrap_or_default();
                result.content = self.0.get(b"Content=".len()..);
                self.0 = &[];
                return;
            }
            if let Some(code) = after(line, b"Return=")
                && result.code.is_none()
            {
                result.code = std::str::from_utf8(code).ok().and_then(ReturnCode::read);
            }
            if let Some(command) = after(line, b"CMD=")
                && result.command.as_bytes().is_empty()
            {
                result.command = Text::new(command);
            }
            self.0 = rest;
        }
        let end = start.len().saturating_sub(self.0.len());
        result.details = start.get(..end).unwrap_or_default();
    }
}

/// `ID=…&Return=…&CMD=…`, or `ID=…` alone; `CMD` runs to the end of the line, since it may hold the whole command.
fn first_line(line: &[u8]) -> Option<CommandResult<'_>> {
    let rest = after(line, b"ID=")?;
    let (id, rest) = match memchr::memchr(b'&', rest).and_then(|at| rest.split_at_checked(at)) {
        Some((id, [_, rest @ ..])) => (id, rest),
        _ => (rest, &[][..]),
    };
    let id = std::str::from_utf8(id).ok()?.trim();
    if id.is_empty() || id.chars().any(char::is_control) {
        return None;
    }
    let (pairs, command) = match memchr::memmem::find(rest, b"CMD=").and_then(|at| rest.split_at_checked(at))
    {
        Some((pairs, command)) => (pairs, command.get(4..).unwrap_or_default()),
        None => (rest, &[][..]),
    };
    let code = pairs
        .split(|&byte| byte == b'&')
        .find_map(|pair| after(pair, b"Return="))
        .and_then(|code| std::str::from_utf8(code).ok())
        .and_then(ReturnCode::read);
    Some(CommandResult {
        id,
        code,
        command: Text::new(command),
        details: &[],
        content: None,
    })
}

fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.is_empty() {
        return None;
    }
    let (line, rest) = match memchr::memchr(b'\n', bytes).and_then(|at| bytes.split_at_checked(at)) {
        Some((line, [_, rest @ ..])) => (line, rest),
        _ => (bytes, &[][..]),
    };
    Some((line.strip_suffix(b"\r").unwrap_or(line), rest))
}

fn starts_with(line: &[u8], key: &[u8]) -> bool {
    after(line, key).is_some()
}

fn after<'a>(line: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(key.len())?;
    start.eq_ignore_ascii_case(key).then_some(rest)
}

/// What a terminal says of a command that it was given. The numbers are not stable between firmware: store them as they
/// are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReturnCode(i64);

/// What a code means for whoever gave the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Done; of a query the number is a count.
    Done,
    /// Accepted, the end is to come.
    Accepted,
    /// Not done, and another time may be better: busy, out of time, out of memory.
    Temporary,
    /// Not done, and it would not be another time.
    Permanent,
}

impl ReturnCode {
    pub(crate) fn read(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Self)
    }

    /// A code.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// What it means for whoever gave `action`.
    #[must_use]
    pub const fn class(self, action: &Action) -> Class {
        match self.0 {
            7 if action.enrols() => Class::Temporary,
            1..=9 if action.enrols() => Class::Permanent,
            0.. => Class::Done,
            -5000 => Class::Accepted,
            -1003 | -1005 | -1007 | -1008 | -3 => Class::Temporary,
            _ => Class::Permanent,
        }
    }

    /// What it means in words, as far as the documents agree.
    #[must_use]
    pub const fn meaning(self, action: &Action) -> &'static str {
        match self.0 {
            2 if action.enrols() => "the template exists already",
            4 if action.enrols() => "the quality was poor",
            5 if action.enrols() => "the template is in the library of another user",
            6 if action.enrols() => "it was cancelled at the terminal",
            7 if action.enrols() => "the terminal was busy",
            1..=9 if action.enrols() => "the enrolment failed",
            0 => "done",
            1.. => "done; the number counts records or bytes",
            -1 => "a wrong parameter, or nothing to be done",
            -2 => "the size does not match",
            -3 => "reading or writing failed at the terminal",
            -9 => "the size of the template does not match",
            -10 => "no such user",
            -11 | -12 => "a bad template",
            -22 => "an unknown command",
            -30 => "another version of the algorithm",
            -1001 => "the terminal is full",
            -1002 => "not supported, or not understood",
            -1003 => "it took too long",
            -1004 => "table or settings do not match: perhaps the wrong dialect",
            -1005 => "the terminal is busy",
            -1006 => "too long",
            -1007 => "out of memory",
            -1008 => "the download failed",
            -5000 => "accepted, not yet done",
            _ => "a failure that the documents do not name",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        let class = |number| ReturnCode::new(number).class(&Action::Info);
        assert_eq!(class(0), Class::Done);
        assert_eq!(class(94_652), Class::Done);
        assert_eq!(class(-5000), Class::Accepted);
        assert_eq!(class(-1005), Class::Temporary);
        assert_eq!(class(-1002), Class::Permanent);
        assert_eq!(class(i64::MIN), Class::Permanent);
        let enrol = Action::EnrollFingerprint {
            pin: "7".parse().unwrap(),
            finger: 1,
            retries: 3,
            overwrite: true,
        };
        assert_eq!(ReturnCode::new(4).class(&enrol), Class::Permanent);
        assert_eq!(ReturnCode::new(7).class(&enrol), Class::Temporary);
        assert_eq!(ReturnCode::new(0).class(&enrol), Class::Done);
    }

    #[test]
    fn lines_in_any_order_and_content_with_anything() {
        let body = b"noise\r\nID=1&SN=A1&CMD=DATA QUERY a&Return=9&b\r\nID=2&SN=A1&Return=3&CMD=DATA QUERY a&b\r\nID=32\r\nReturn=0\r\nCMD=Shell\r\nContent=ID=9&Return=1\nx\0";
        let results: Vec<_> = InBody(body).collect();
        assert_eq!(results.len(), 3);
        // Behind `CMD=` everything belongs to the command.
        assert_eq!(results[0].code, None);
        assert_eq!(results[0].command.to_str(), "DATA QUERY a&Return=9&b");
        assert_eq!(results[1].code, Some(ReturnCode::new(3)));
        assert_eq!((results[2].id, results[2].code), ("32", Some(ReturnCode::new(0))));
        assert_eq!(results[2].content, Some(&b"ID=9&Return=1\nx\0"[..]));
    }
}
