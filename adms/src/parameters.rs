//! The parameters of a request's query.

use std::borrow::Cow;
use std::fmt;

/// Parameters whose value opens something; they are never shown by `Debug`.
const SECRET: [&str; 4] = ["pushcommkey", "comkey", "authkey", "token"];

/// The parameters of a request, read from the target in place: names regardless of case, values percent-decoded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Parameters<'a> {
    query: &'a str,
}

impl<'a> Parameters<'a> {
    /// The parameters of `query`, the part of a target after `?`.
    pub(crate) const fn new(query: &'a str) -> Self {
        Self { query }
    }

    /// The value of the first parameter called `name`, whatever its case, percent-decoded.
    ///
    /// Bytes that are not UTF-8 become U+FFFD. A `+` stays a `+`: terminals write a space as `%20`, and time zones
    /// hold a plus.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.raw(name).map(percent_decode)
    }

    /// The value of the first parameter called `name` as it was sent, percent signs and all.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        self.pairs()
            .find(|(found, _)| percent_decode(found).eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Whether there is a parameter called `name`, with or without a value.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// All parameters in the order sent, names and values percent-decoded.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        self.pairs()
            .map(|(name, value)| (percent_decode(name), percent_decode(value)))
    }

    fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }
}

impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iter().map(|(name, value)| {
            let secret = SECRET.iter().any(|known| name.eq_ignore_ascii_case(known));
            (name, if secret { Cow::Borrowed("…") } else { value })
        });
        formatter.debug_map().entries(shown).finish()
    }
}

fn percent_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'%'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
        {
            decoded.push(high << 4 | low);
            rest = after;
        } else {
            // A stray percent sign is kept: the value is a device's text, not a URL we could refuse.
            decoded.push(byte);
            rest = tail;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case_and_values_decoded() {
        let parameters = Parameters::new("sn=A1&&DeviceType=middle%20east&TimeZone=+08:00&flag&x=%zz%4");
        assert_eq!(parameters.get("SN").as_deref(), Some("A1"));
        assert_eq!(parameters.get("devicetype").as_deref(), Some("middle east"));
        assert_eq!(parameters.get("TimeZone").as_deref(), Some("+08:00"));
        assert_eq!(parameters.get("flag").as_deref(), Some(""));
        assert_eq!(parameters.get("x").as_deref(), Some("%zz%4"));
        assert_eq!(parameters.get("missing"), None);
        assert_eq!(parameters.iter().count(), 5);
    }

    #[test]
    fn keys_are_not_shown() {
        let shown = format!("{:?}", Parameters::new("SN=A1&pushcommkey=4a9594af"));
        assert!(shown.contains("A1") && !shown.contains("4a9594af"), "{shown}");
    }
}
