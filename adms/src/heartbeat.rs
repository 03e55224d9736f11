//! The heartbeat that fetches commands.

use crate::parameters::Parameters;

/// A heartbeat: `GET getrequest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetRequest<'a> {
    parameters: Parameters<'a>,
}

impl<'a> GetRequest<'a> {
    pub(crate) const fn new(parameters: Parameters<'a>) -> Self {
        Self { parameters }
    }

    /// The counters that a terminal sends with some heartbeats (`INFO`), usually the first after a start.
    #[must_use]
    pub fn info(&self) -> Option<DeviceInfo> {
        let info = self.parameters.get("INFO")?;
        let mut values = info.split(',').map(str::trim);
        let mut text = || values.next().filter(|value| !value.is_empty()).map(str::to_owned);
        // The order of the protocol document of 2015; newer firmware appends three counters.
        Some(DeviceInfo {
            firmware: text(),
            users: number(text()),
            fingerprints: number(text()),
            punches: number(text()),
            address: text(),
            fingerprint_algorithm: text(),
            face_algorithm: text(),
            faces_per_enrolment: number(text()),
            faces: number(text()),
            functions: text(),
            cards: number(text()),
            user_photos: number(text()),
            punch_photos: number(text()),
        })
    }
}

fn number(text: Option<String>) -> Option<u32> {
    text?.parse().ok()
}

/// A terminal's counters. A value that is missing or unreadable is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct DeviceInfo {
    /// Firmware version.
    pub firmware: Option<String>,
    /// Enrolled users.
    pub users: Option<u32>,
    /// Enrolled fingerprints.
    pub fingerprints: Option<u32>,
    /// Records in the attendance log.
    pub punches: Option<u32>,
    /// The terminal's own address.
    pub address: Option<String>,
    /// Version of the fingerprint algorithm.
    pub fingerprint_algorithm: Option<String>,
    /// Version of the face algorithm.
    pub face_algorithm: Option<String>,
    /// Faces needed for one enrolment.
    pub faces_per_enrolment: Option<u32>,
    /// Enrolled faces.
    pub faces: Option<u32>,
    /// Function bits: fingerprint, face, photograph.
    pub functions: Option<String>,
    /// Enrolled cards.
    pub cards: Option<u32>,
    /// Photographs of users.
    pub user_photos: Option<u32>,
    /// Photographs of punches.
    pub punch_photos: Option<u32>,
}
