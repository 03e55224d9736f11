//! The terminal's own settings: the table `options`, the body of `registry`, the answer to `INFO`.

use super::bad::{BadLine, BadLineReason};
use super::pairs::is_secret_key;
use crate::text::Text;

/// The settings of a body: `key=value`, separated by commas or line ends.
///
/// Values hold commas themselves (`~OEMVendor=ZKTECO CO., LTD.`): a piece after a comma that has no `=` goes on with the
/// value before it. A piece without `=` that has no value before it is a [`BadLine`].
///
/// ```
/// use punchclock_adms::settings;
/// let found: Vec<_> = settings::pairs(b"MAC=00:17,~OEMVendor=ZKTECO CO., LTD.,UserCount=264").map(Result::unwrap).collect();
/// assert_eq!(found.len(), 3);
/// assert_eq!((found[1].name(), &*found[1].value.to_str()), ("OEMVendor", "ZKTECO CO., LTD."));
/// ```
#[must_use]
pub const fn pairs(body: &[u8]) -> Settings<'_> {
    Settings(body)
}

/// The iterator of [`pairs`].
#[derive(Debug, Clone)]
pub struct Settings<'a>(&'a [u8]);

/// One setting of a terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting<'a> {
    /// The key as sent, `~` included.
    pub key: &'a str,
    /// Its value, possibly empty.
    pub value: Text<'a>,
}

impl<'a> Setting<'a> {
    /// The key without the `~` that marks what cannot be changed.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.key.trim_start_matches('~')
    }

    /// Whether the value must not be stored or shown: keys and passwords of the terminal.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        is_secret_key(self.key)
    }
}

impl std::fmt::Debug for Setting<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = if self.is_secret() {
            Text::new("…".as_bytes())
        } else {
            self.value
        };
        write!(formatter, "Setting({}={value})", self.key)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Setting<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = if self.is_secret() {
            Text::new("…".as_bytes())
        } else {
            self.value
        };
        serializer.collect_map([("key", Text::new(self.key.as_bytes())), ("value", value)])
    }
}

impl<'a> Iterator for Settings<'a> {
    type Item = Result<Setting<'a>, BadLine<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.0.is_empty() {
            let (line, after_line) = cut(self.0, memchr::memchr(b'\n', self.0));
            // The value goes on to the first comma behind which another key stands.
            let mut end = line.len();
            for comma in memchr::memchr_iter(b',', line) {
                let piece = line.get(comma.saturating_add(1)..).unwrap_or_default();
                let piece = cut(piece, memchr::memchr(b',', piece)).0;
                if piece.is_empty() || piece.contains(&b'=') {
                    end = comma;
                    break;
                }
            }
            let piece = line.get(..end).unwrap_or_default();
            self.0 = if end < line.len() {
                self.0.get(end.saturating_add(1)..).unwrap_or_default()
            } else {
                after_line
            };
            let piece = match piece {
                [piece @ .., b'\r'] => piece,
                _ => piece,
            };
            if !piece.trim_ascii().is_empty() {
                return Some(Setting::read(piece));
            }
        }
        None
    }
}

impl<'a> Setting<'a> {
    fn read(piece: &'a [u8]) -> Result<Self, BadLine<'a>> {
        let bad = || BadLine::new(piece, BadLineReason::NoPairs);
        let at = memchr::memchr(b'=', piece).ok_or_else(bad)?;
        let (key, value) = cut(piece, Some(at));
        let key = std::str::from_utf8(key).map_err(|_| bad())?.trim();
        if key.is_empty() || key.chars().any(char::is_control) {
            return Err(bad());
        }
        Ok(Self {
            key,
            value: Text::new(value),
        })
    }
}

/// What stands before `at` and after it; everything and nothing without one.
fn cut(bytes: &[u8], at: Option<usize>) -> (&[u8], &[u8]) {
    match at.and_then(|at| bytes.split_at_checked(at)) {
        Some((before, [_, after @ ..])) => (before, after),
        _ => (bytes, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces() {
        let body = b"junk,a=1,,b=x, y,z\r\nc=2\nmore,d=3,=4,e=";
        let read: Vec<String> = pairs(body)
            .map(|item| match item {
                Ok(setting) => format!("{}={}", setting.key, setting.value),
                Err(bad) => format!("bad {}", Text::new(bad.raw)),
            })
            .collect();
        assert_eq!(
            read,
            [
                "bad junk", "a=1", "b=x, y,z", "c=2", "bad more", "d=3", "bad =4", "e="
            ]
        );
    }

    #[test]
    fn keys_are_not_shown() {
        let shown = format!("{:?}", pairs(b"authKey=dassas,UserCount=1").collect::<Vec<_>>());
        assert!(
            !shown.contains("dassas") && shown.contains("UserCount=1"),
            "{shown}"
        );
    }
}
