//! What server this is.

use serde::Deserialize;

/// The version of an Odoo server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerVersion {
    /// The version as the server writes it, such as `19.0` or `saas~19.2`.
    pub text: String,
    /// The series' first number (19 for `19.0`), if the server says it in a known form.
    pub major: Option<u16>,
    /// The series' second number (0 for `19.0`), if the server says it in a known form.
    pub minor: Option<u16>,
}

#[derive(Deserialize)]
pub(crate) struct VersionBody {
    version: String,
    #[serde(default)]
    version_info: Vec<Part>,
}

/// `version_info` mixes numbers and words: `[19, 0, 0, "final", 0, ""]`, `["saas~19", 2, 0, "final", 0, ""]`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Number(u16),
    Word(String),
    Other(serde::de::IgnoredAny),
}

impl Part {
    fn number(&self) -> Option<u16> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Word(word) => word.trim_start_matches("saas~").parse().ok(),
            Self::Other(_) => None,
        }
    }
}

/// What `common.version` answers, in every series.
#[derive(Deserialize)]
pub(crate) struct CommonVersion {
    server_version: String,
    #[serde(default)]
    server_version_info: Vec<Part>,
}

impl From<CommonVersion> for ServerVersion {
    fn from(body: CommonVersion) -> Self {
        VersionBody {
            version: body.server_version,
            version_info: body.server_version_info,
        }
        .into()
    }
}

impl From<VersionBody> for ServerVersion {
    fn from(body: VersionBody) -> Self {
        let mut parts = body.version_info.iter();
        let major = parts.next().and_then(Part::number);
        let minor = parts.next().and_then(Part::number);
        Self {
            text: body
                .version
                .chars()
                .filter(|c| !c.is_control())
                .take(100)
                .collect(),
            major,
            minor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> ServerVersion {
        serde_json::from_str::<VersionBody>(json).unwrap().into()
    }

    #[test]
    fn release_saas_and_strange_forms() {
        let release = parse(r#"{"version_info":[19,0,0,"final",0,""],"version":"19.0"}"#);
        assert_eq!(
            (release.text.as_str(), release.major, release.minor),
            ("19.0", Some(19), Some(0))
        );
        let saas = parse(r#"{"version_info":["saas~19",2,0,"final",0,""],"version":"saas~19.2"}"#);
        assert_eq!((saas.major, saas.minor), (Some(19), Some(2)));
        let strange = parse(r#"{"version_info":[{"a":1},-3],"version":"x\u001b"}"#);
        assert_eq!(
            (strange.text.as_str(), strange.major, strange.minor),
            ("x", None, None)
        );
        assert_eq!(parse(r#"{"version":"19.0"}"#).major, None);
    }
}
