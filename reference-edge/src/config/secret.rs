//! Secrets come from files, never from arguments or the environment, and never show in logs.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::error::EdgeError;

/// A secret read from a file, redacted in `Debug`.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a text that is a secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// Reads a secret: the file's text without white space around it.
    ///
    /// # Errors
    /// The file is missing, empty, or may be read by other users of the machine.
    pub fn read(path: &Path, purpose: &'static str) -> Result<Self, EdgeError> {
        let fault = |fault: String| EdgeError::Secret {
            path: path.to_owned(),
            purpose,
            fault,
        };
        let metadata = std::fs::metadata(path)
            .map_err(|source| fault(format!("cannot be read: {source}; create it with mode 0600")))?;
        if open_to_others(&metadata) {
            return Err(fault(
                "may be read by other users; run `chmod 600` on it".to_owned(),
            ));
        }
        let text =
            std::fs::read_to_string(path).map_err(|source| fault(format!("cannot be read: {source}")))?;
        let text = text.trim();
        if text.is_empty() {
            return Err(fault("is empty; write the secret into it".to_owned()));
        }
        Ok(Self(SecretString::from(text.to_owned())))
    }

    /// The secret itself, for the one place that sends or compares it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(unix)]
fn open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn open_to_others(_metadata: &std::fs::Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file(text: &str, mode: u32) -> std::io::Result<tempfile::NamedTempFile> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), text)?;
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode))?;
        Ok(file)
    }

    #[test]
    fn a_secret_is_trimmed_and_never_shown() {
        let secret = Secret::read(file("  s3cret\n", 0o600).unwrap().path(), "test").unwrap();
        assert_eq!(secret.expose(), "s3cret");
        assert!(!format!("{secret:?}").contains("s3cret"));
    }

    #[test]
    fn a_file_open_to_others_or_empty_or_missing_is_refused() {
        for (file, expected) in [
            (file("s3cret", 0o644).unwrap(), "chmod 600"),
            (file("  \n", 0o600).unwrap(), "is empty"),
        ] {
            let error = Secret::read(file.path(), "the API key").unwrap_err().to_string();
            assert!(
                error.contains(expected) && error.contains("the API key"),
                "{error}"
            );
            assert!(!error.contains("s3cret"));
        }
        let error = Secret::read(Path::new("/nonexistent/key"), "the API key").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("/nonexistent/key"));
    }
}
