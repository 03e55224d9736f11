//! `key=value` pairs between TABs, in place.

use std::fmt;

use crate::text::Text;

/// Keys whose value must not be stored or shown: passwords, cards, templates, pictures, keys, identity data.
const SECRET: [&str; 23] = [
    "passwd",
    "password",
    "card",
    "vicecard",
    "cardno",
    "tmp",
    "template",
    "content",
    "fptemplate",
    "photo",
    "url",
    "idnum",
    "snnum",
    "dnnum",
    "compwd",
    "commkey",
    "comkey",
    "authkey",
    "pushcommkey",
    "registrycode",
    "sessionid",
    "token",
    "idcard",
];

/// Whether the value under `key` must not be stored or shown. A `~` in front of it makes no difference.
#[must_use]
pub fn is_secret_key(key: &str) -> bool {
    let key = key.trim().trim_start_matches('~');
    SECRET.iter().any(|secret| key.eq_ignore_ascii_case(secret))
        || key
            .to_ascii_lowercase()
            .split(|character: char| !character.is_ascii_alphanumeric())
            .any(|word| word.ends_with("password") || word.ends_with("pwd"))
}

/// The `key=value` pairs of a line, in the order sent, unknown ones included.
///
/// A key counts whatever its case: "acc" terminals write `pin` where others write `PIN`. A piece without `=` has no key
/// and is passed over by [`get`](Self::get); it stays in [`as_bytes`](Self::as_bytes).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pairs<'a>(&'a [u8]);

impl<'a> Pairs<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// All pairs. A key that is not UTF-8 is not shown.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Text<'a>)> + use<'a> {
        self.0.split(|&byte| byte == b'\t').filter_map(|piece| {
            let at = memchr::memchr(b'=', piece)?;
            let (key, value) = piece.split_at_checked(at)?;
            let key = std::str::from_utf8(key).ok()?.trim();
            (!key.is_empty()).then_some((key, Text::new(value.get(1..).unwrap_or_default())))
        })
    }

    /// The value of the first pair with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Text<'a>> {
        self.iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(key))
            .map(|(_, value)| value)
    }

    /// The pairs as sent.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The bytes under `key`.
    pub(super) fn bytes(&self, key: &str) -> Option<&'a [u8]> {
        self.get(key).map(|value| value.as_bytes())
    }

    /// The number under `key`; `None` also for what is no number.
    pub(super) fn number<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        let text = std::str::from_utf8(self.bytes(key)?).ok()?;
        text.trim().parse().ok()
    }

    /// The text under `key`, if it is UTF-8.
    pub(super) fn str(&self, key: &str) -> Option<&'a str> {
        std::str::from_utf8(self.bytes(key)?).ok()
    }

    /// The pairs that may be stored, `key=value` with TABs between, without control characters.
    pub(crate) fn redacted(&self, out: &mut String) {
        for (key, value) in self.iter() {
            let value = value.to_str();
            let shown = |text: &str| !text.chars().any(char::is_control);
            if !is_secret_key(key) && shown(key) && shown(&value) {
                out.push('\t');
                out.push_str(key);
                out.push('=');
                out.push_str(&value);
            }
        }
    }
}

impl fmt::Debug for Pairs<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iter().map(|(key, value)| {
            (
                key,
                if is_secret_key(key) {
                    Text::new("…".as_bytes())
                } else {
                    value
                },
            )
        });
        formatter.debug_map().entries(shown).finish()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Pairs<'_> {
    /// As a map, without the values that must not be shown.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().filter(|(key, _)| !is_secret_key(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_any_case_and_unknown_ones_kept() {
        let pairs = Pairs::new(b"PIN=7\tname= a=b \tNew Key=x\tjunk\t=y\tpin=8\t");
        assert_eq!(pairs.str("pin"), Some("7"));
        assert_eq!(pairs.get("NAME").unwrap().to_str(), " a=b ");
        assert_eq!(pairs.get("new key").unwrap().to_str(), "x");
        assert_eq!(pairs.iter().count(), 4);
        assert_eq!(pairs.number::<u8>("name"), None);
    }

    #[test]
    fn secrets_under_any_spelling() {
        for key in [
            "Passwd",
            "~ComPwd",
            "AUTHKEY",
            "userPassword",
            "Tmp",
            "Web_Pwd",
            "CardNo",
        ] {
            assert!(is_secret_key(key), "{key}");
        }
        for key in ["PIN", "Name", "Grp", "UserCount", "Template version", "CardFunOn"] {
            assert!(!is_secret_key(key), "{key}");
        }
        let pairs = Pairs::new(b"PIN=7\tPasswd=hunter2\tName=A");
        assert!(!format!("{pairs:?}").contains("hunter2"));
        let mut kept = String::new();
        pairs.redacted(&mut kept);
        assert_eq!(kept, "\tPIN=7\tName=A");
    }
}
