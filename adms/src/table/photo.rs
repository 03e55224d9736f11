//! `ATTPHOTO`: a photograph taken at a punch, one a request: some lines of text, a NUL, the picture.
//!
//! A picture may have megabytes: [`Reader`] takes it in pieces of any size and holds none of it.

use chrono::{NaiveDate, NaiveDateTime};

use crate::error::PhotoError;
use crate::text::{Secret, Text};

/// Most bytes in front of the NUL; real ones have about 70.
const MAX_HEADER: usize = 4096;

/// What stands in front of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PhotoHeader {
    /// The name of the file, in the terminal's words: `20150731103012-123.jpg`.
    pub file_name: String,
    /// Who was photographed; `None` when they were not recognised.
    pub pin: Option<String>,
    /// The terminal's wall clock, if the name holds one.
    pub time: Option<NaiveDateTime>,
    /// The size that the terminal states. With `ATTPHOTOBase64` it is not that of what follows.
    pub size: Option<u64>,
    /// `uploadphoto` for one just taken, `realupload` for one from the store.
    pub command: Option<String>,
}

impl PhotoHeader {
    fn read(header: &[u8]) -> Result<Self, PhotoError> {
        let value = |key: &str| {
            header.split(|&byte| byte == b'\n').find_map(|line| {
                let (found, value) = line.split_at_checked(key.len())?;
                let value = value.strip_prefix(b"=")?;
                found
                    .eq_ignore_ascii_case(key.as_bytes())
                    .then(|| Text::new(value.trim_ascii()).to_str().into_owned())
            })
        };
        let file_name = value("PIN")
            .filter(|name| !name.is_empty() && !name.chars().any(char::is_control))
            .ok_or(PhotoError::NoFile)?;
        let stem = file_name
            .rsplit_once('.')
            .map_or(file_name.as_str(), |(stem, _)| stem);
        let (stamp, pin) = match stem.split_once('-') {
            Some((stamp, pin)) => (stamp, Some(pin.to_owned())),
            None => (stem, None),
        };
        Ok(Self {
            time: stamp_time(stamp),
            pin: pin.filter(|pin| !pin.is_empty()),
            size: value("size").and_then(|size| size.parse().ok()),
            command: value("CMD"),
            file_name,
        })
    }
}

/// `YYYYMMDDHHMMSS`.
fn stamp_time(stamp: &str) -> Option<NaiveDateTime> {
    if stamp.len() != 14 || !stamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| stamp.get(from..to)?.parse::<u32>().ok();
    NaiveDate::from_ymd_opt(i32::try_from(part(0, 4)?).ok()?, part(4, 6)?, part(6, 8)?)?.and_hms_opt(
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?,
    )
}

/// A photograph in one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Photo<'a> {
    /// What stands in front of it.
    pub header: PhotoHeader,
    /// The picture.
    pub image: Secret<'a>,
}

/// Reads a photograph whose whole body is at hand; the picture is borrowed from it.
///
/// # Errors
///
/// [`PhotoError`] when the lines in front of the picture do not end or name no file.
pub fn read(body: &[u8]) -> Result<Photo<'_>, PhotoError> {
    let window = body.get(..MAX_HEADER).unwrap_or(body);
    let end = memchr::memchr(0, window).ok_or(PhotoError::NoEnd)?;
    let (header, image) = body.split_at_checked(end).ok_or(PhotoError::NoEnd)?;
    Ok(Photo {
        header: PhotoHeader::read(header)?,
        image: Secret::new(image.get(1..).unwrap_or_default()),
    })
}

/// Reads a photograph piece by piece, however it is cut.
///
/// ```
/// use punchclock_adms::photo::Reader;
/// let body = b"PIN=20150731103012-123.jpg\nSN=A1\nsize=4\nCMD=uploadphoto\0\xff\xd8\xff\xd9";
/// let mut reader = Reader::new();
/// let mut file = Vec::new();
/// for piece in body.chunks(3) {
///     file.extend_from_slice(reader.feed(piece)?); // A real server writes to disk here.
/// }
/// assert_eq!(file, b"\xff\xd8\xff\xd9");
/// assert_eq!(reader.finish()?.header.pin.as_deref(), Some("123"));
/// # Ok::<(), punchclock_adms::PhotoError>(())
/// ```
#[derive(Debug, Default)]
pub struct Reader {
    /// What came before the NUL, until it came.
    pending: Vec<u8>,
    header: Option<PhotoHeader>,
    length: u64,
}

/// A photograph that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// What stood in front of it.
    pub header: PhotoHeader,
    /// Bytes of the picture that passed.
    pub length: u64,
}

impl Reader {
    /// A reader at the start of a body.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece of the body and returns what of it belongs to the picture.
    ///
    /// # Errors
    ///
    /// [`PhotoError`]; after it the reader is of no further use.
    pub fn feed<'b>(&mut self, piece: &'b [u8]) -> Result<&'b [u8], PhotoError> {
        let image = if self.header.is_some() {
            piece
        } else {
            let room = MAX_HEADER.saturating_sub(self.pending.len());
            let window = piece.get(..room).unwrap_or(piece);
            let Some(end) = memchr::memchr(0, window) else {
                if window.len() < piece.len() || room == 0 {
                    return Err(PhotoError::NoEnd);
                }
                self.pending.extend_from_slice(window);
                return Ok(&[]);
            };
            let (front, image) = piece.split_at_checked(end).unwrap_or((piece, &[]));
            self.pending.extend_from_slice(front);
            self.header = Some(PhotoHeader::read(&self.pending)?);
            self.pending = Vec::new();
            image.get(1..).unwrap_or_default()
        };
        self.length = self
            .length
            .saturating_add(u64::try_from(image.len()).unwrap_or(u64::MAX));
        Ok(image)
    }

    /// What stands in front of the picture, once it has passed.
    #[must_use]
    pub const fn header(&self) -> Option<&PhotoHeader> {
        self.header.as_ref()
    }

    /// The end of the body. Only a body whose `Content-Length` arrived may get here.
    ///
    /// # Errors
    ///
    /// [`PhotoError::NoEnd`] when no NUL came.
    pub fn finish(self) -> Result<Ended, PhotoError> {
        Ok(Ended {
            header: self.header.ok_or(PhotoError::NoEnd)?,
            length: self.length,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cut_gives_the_same() {
        let body = b"PIN=20150731103012.jpg\r\nSN=A1\r\nsize=5\r\nCMD=realupload\0\xff\0\n\0x";
        let whole = read(body).unwrap();
        assert_eq!(whole.header.pin, None);
        assert_eq!(whole.header.size, Some(5));
        assert_eq!(whole.image.expose(), b"\xff\0\n\0x");
        for cut in 0..=body.len() {
            let mut reader = Reader::new();
            let (first, second) = body.split_at(cut);
            let mut image = reader.feed(first).unwrap().to_vec();
            image.extend_from_slice(reader.feed(second).unwrap());
            assert_eq!(image, whole.image.expose(), "{cut}");
            let ended = reader.finish().unwrap();
            assert_eq!((ended.header, ended.length), (whole.header.clone(), 5));
        }
    }

    #[test]
    fn what_is_no_photograph() {
        assert_eq!(read(b"PIN=1.jpg\nno end"), Err(PhotoError::NoEnd));
        assert_eq!(read(b"SN=1\0x"), Err(PhotoError::NoFile));
        let long = vec![b'x'; 2 * MAX_HEADER];
        assert_eq!(read(&long), Err(PhotoError::NoEnd));
        let mut reader = Reader::new();
        assert_eq!(reader.feed(&long), Err(PhotoError::NoEnd));
        let mut reader = Reader::new();
        let results: Vec<_> = long
            .chunks(100)
            .map(|piece| reader.feed(piece).is_err())
            .collect();
        assert!(results.iter().any(|failed| *failed));
        assert!(reader.pending.len() <= MAX_HEADER);
        assert_eq!(Reader::new().finish(), Err(PhotoError::NoEnd));
        let header = PhotoHeader::read(b"PIN=20150230103012-7.jpg").unwrap();
        assert_eq!((header.time, header.pin.as_deref()), (None, Some("7")));
    }
}
