//! The API key, kept out of every text this crate produces.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use crate::error::Error;
use crate::failure::ErrorKind;

/// An Odoo API key. Cheap to clone and never shown by `Debug`. Its memory is wiped when the last clone is dropped; the
/// copy that the HTTP library keeps for its header is only marked as sensitive.
///
/// ```
/// use punchclock_odoo::ApiKey;
///
/// let key = ApiKey::new("0123456789abcdef0123456789abcdef01234567\n")?;
/// assert_eq!(format!("{key:?}"), "ApiKey([redacted])");
/// # Ok::<(), punchclock_odoo::Error>(())
/// ```
#[derive(Clone)]
pub struct ApiKey(Arc<SecretString>);

impl ApiKey {
    /// Takes a key as it was typed or read from a file; blanks and line ends around it are dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] if nothing is left, or if a character cannot stand in an HTTP header.
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        let given = SecretString::from(key.into());
        let key = given.expose_secret().trim();
        if key.is_empty() {
            return Err(Error::new(ErrorKind::InvalidConfig)
                .detail("the API key is empty: make one in Odoo under Preferences, Account Security"));
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::new(ErrorKind::InvalidConfig).detail(
                "the API key holds a blank, a control or a non-ASCII character: copy it again, alone on one line",
            ));
        }
        Ok(Self(Arc::new(SecretString::from(key))))
    }

    /// The key in clear, to be stored where the program keeps its secrets.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Makes text from outside fit to be shown: this key taken out, control characters replaced, length limited.
    pub(crate) fn scrub(&self, text: &str, max_chars: usize) -> String {
        clean(&text.replace(self.expose(), "[redacted]"), max_chars)
    }
}

/// Makes text from outside fit to be shown: control characters replaced, length limited.
pub(crate) fn clean(text: &str, max_chars: usize) -> String {
    let mut clean: String = text
        .trim()
        .chars()
        .take(max_chars)
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect();
    if text.trim().chars().nth(max_chars).is_some() {
        clean.push('…');
    }
    clean
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_are_dropped_and_inside_refused() {
        assert_eq!(ApiKey::new(" abc\r\n").unwrap().expose(), "abc");
        for bad in ["", " \n", "ab cd", "ab\ncd", "clé"] {
            let error = ApiKey::new(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            let text = format!("{error} {error:?}");
            assert!(!text.contains("ab cd") && !text.contains("clé"), "{text}");
        }
    }

    #[test]
    fn scrub_removes_the_key_and_control_characters_and_cuts() {
        let key = ApiKey::new("s3cr3t").unwrap();
        assert_eq!(key.scrub("a s3cr3t\u{1b}[31m b", 100), "a [redacted] [31m b");
        assert_eq!(key.scrub("äöü", 2), "äö…");
        assert_eq!(key.scrub("äö", 2), "äö");
    }
}
