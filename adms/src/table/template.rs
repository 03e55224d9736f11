//! Biometric templates: `FP`, `FACE` and `FVEIN` lines, the tables of the same kind, and `BIODATA`.
//!
//! Punchclock's own choice is not to store them: PIN, kind and length are what [`keep`](crate::semantics::keep) leaves.

use super::bad::BadLineReason;
use super::pairs::Pairs;
use super::pin;
use crate::text::Secret;

/// What a template is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Biometric {
    /// A fingerprint (`FP`; type 1).
    Fingerprint,
    /// A face in near infrared (`FACE`; type 2).
    Face,
    /// A voice (type 3).
    Voice,
    /// An iris (type 4).
    Iris,
    /// A retina (type 5).
    Retina,
    /// A palm print (type 6).
    PalmPrint,
    /// Finger veins (`FVEIN`; type 7).
    FingerVein,
    /// Palm veins (type 8).
    PalmVein,
    /// A face in visible light (type 9).
    VisibleFace,
    /// A palm in visible light (type 10).
    VisiblePalm,
    /// A type that is missing or not in the documents.
    Unknown,
}

impl Biometric {
    /// The kind of a `Type` number of `BIODATA`.
    #[must_use]
    pub const fn of_type(number: u8) -> Self {
        match number {
            1 => Self::Fingerprint,
            2 => Self::Face,
            3 => Self::Voice,
            4 => Self::Iris,
            5 => Self::Retina,
            6 => Self::PalmPrint,
            7 => Self::FingerVein,
            8 => Self::PalmVein,
            9 => Self::VisibleFace,
            10 => Self::VisiblePalm,
            _ => Self::Unknown,
        }
    }
}

/// A template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Template<'a> {
    /// What it is of.
    pub kind: Biometric,
    /// Whose it is.
    pub pin: &'a str,
    /// Which finger, hand or eye (`FID`, `No`).
    pub number: Option<u8>,
    /// Which of several templates of the same (`Index`).
    pub index: Option<u8>,
    /// 0 unusable, 1 usable, 3 given under duress.
    pub valid: Option<u8>,
    /// The size that the terminal states: raw bytes in 2008, characters of base64 since 2015. Never a reason to refuse.
    pub size: Option<u32>,
    /// The template, base64.
    pub data: Secret<'a>,
    /// All pairs, unknown ones included.
    pub pairs: Pairs<'a>,
}

impl<'a> Template<'a> {
    pub(super) fn read(kind: Option<Biometric>, pairs: Pairs<'a>) -> Result<Self, BadLineReason> {
        Ok(Self {
            kind: kind.unwrap_or_else(|| {
                pairs
                    .number("Type")
                    .map_or(Biometric::Unknown, Biometric::of_type)
            }),
            pin: pin::read(pairs.bytes("PIN").ok_or(BadLineReason::NoPin)?)?,
            number: pairs.number("FID").or_else(|| pairs.number("No")),
            index: pairs.number("Index"),
            valid: pairs.number("Valid"),
            size: pairs.number("Size"),
            data: Secret::new(
                pairs
                    .bytes("TMP")
                    .or_else(|| pairs.bytes("Template"))
                    .unwrap_or_default(),
            ),
            pairs,
        })
    }
}
