//! `USERPIC` and `BIOPHOTO`: pictures of users in base64.

use super::bad::BadLineReason;
use super::pairs::Pairs;
use super::pin;
use crate::text::{Secret, Text};

/// A picture of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Picture<'a> {
    /// Who is on it.
    pub pin: &'a str,
    /// The name of its file, in the terminal's words.
    pub file_name: Option<Text<'a>>,
    /// The size that the terminal states.
    pub size: Option<u32>,
    /// The picture, base64.
    pub content: Secret<'a>,
    /// Whether templates are made from it (`BIOPHOTO`).
    pub is_biometric: bool,
    /// All pairs, unknown ones included.
    pub pairs: Pairs<'a>,
}

impl<'a> Picture<'a> {
    pub(super) fn read(is_biometric: bool, pairs: Pairs<'a>) -> Result<Self, BadLineReason> {
        Ok(Self {
            pin: pin::read(pairs.bytes("PIN").ok_or(BadLineReason::NoPin)?)?,
            file_name: pairs.get("FileName"),
            size: pairs.number("Size"),
            content: Secret::new(pairs.bytes("Content").unwrap_or_default()),
            is_biometric,
            pairs,
        })
    }
}
