//! From the bytes behind the head to the body that the terminal meant: whole, without transfer coding and compression.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use crate::error::BodyError;

/// Largest body that [`parse`](crate::parse) makes of a compressed one, in bytes.
pub const MAX_INFLATED: usize = 16 << 20;

/// How gzip begins (RFC 1952). No table begins so.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// The body of a request, from its headers and the bytes that follow them.
///
/// * `Transfer-Encoding: chunked` is undone. Pass the headers without it if your server has undone it already.
/// * Fewer bytes than `Content-Length` are an error: nothing of such a body may be acknowledged. More are cut off.
/// * A compressed body is inflated, up to `limit` bytes. It is told by its first two bytes: firmware that compresses
///   names it in the URL, in a header, or not at all (§1.1 of the protocol notes).
///
/// Anything else is borrowed as it is, whatever the `Content-Type`.
///
/// # Errors
///
/// [`BodyError`]; answer with [`BodyError::reply`](crate::BodyError::reply).
///
/// ```
/// let headers: [(&str, &[u8]); 1] = [("Transfer-Encoding", b"chunked")];
/// let body = punchclock_adms::body::decode(&headers, b"3\r\n7\t2\r\n2;x=1\r\n02\r\n0\r\n\r\n", 1024)?;
/// assert_eq!(&*body, b"7\t202");
/// assert!(punchclock_adms::body::decode(&[("Content-Length", b"9")], b"cut", 1024).is_err());
/// # Ok::<(), punchclock_adms::BodyError>(())
/// ```
pub fn decode<'a>(
    headers: &[(&str, &[u8])],
    raw: &'a [u8],
    limit: usize,
) -> Result<Cow<'a, [u8]>, BodyError> {
    let body = if is_chunked(headers) {
        Cow::Owned(unchunk(raw)?)
    } else {
        Cow::Borrowed(match content_length(headers)? {
            Some(length) => raw.get(..length).ok_or(BodyError::Short {
                announced: length,
                received: raw.len(),
            })?,
            None => raw,
        })
    };
    inflate(body, limit)
}

/// `body`, inflated if it is gzip, up to `limit` bytes.
///
/// # Errors
///
/// [`BodyError::Gzip`] and [`BodyError::TooLarge`].
pub fn inflate(body: Cow<'_, [u8]>, limit: usize) -> Result<Cow<'_, [u8]>, BodyError> {
    if !body.starts_with(&GZIP) {
        return Ok(body);
    }
    let mut inflated = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(&*body)
        .take(most)
        .read_to_end(&mut inflated)
        .map_err(|_| BodyError::Gzip)?;
    if inflated.len() > limit {
        return Err(BodyError::TooLarge { limit });
    }
    Ok(Cow::Owned(inflated))
}

fn header<'h>(headers: &[(&str, &'h [u8])], name: &str) -> Option<&'h [u8]> {
    headers
        .iter()
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim_ascii())
}

fn is_chunked(headers: &[(&str, &[u8])]) -> bool {
    header(headers, "Transfer-Encoding").is_some_and(|coding| {
        coding
            .rsplit(|&byte| byte == b',')
            .next()
            .is_some_and(|last| last.trim_ascii().eq_ignore_ascii_case(b"chunked"))
    })
}

fn content_length(headers: &[(&str, &[u8])]) -> Result<Option<usize>, BodyError> {
    let Some(value) = header(headers, "Content-Length") else {
        return Ok(None);
    };
    std::str::from_utf8(value)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .map(Some)
        .ok_or(BodyError::Length)
}

/// The chunks of `raw` (RFC 9112, §7.1) in one piece. It is never longer than `raw`.
fn unchunk(raw: &[u8]) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    let mut rest = raw;
    loop {
        let end = memchr::memchr(b'\n', rest).ok_or(BodyError::Chunk)?;
        let (line, after) = rest.split_at_checked(end).ok_or(BodyError::Chunk)?;
        let size = line
            .split(|&byte| byte == b';')
            .next()
            .and_then(|size| std::str::from_utf8(size.trim_ascii()).ok())
            .filter(|size| size.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|size| usize::from_str_radix(size, 16).ok())
            .ok_or(BodyError::Chunk)?;
        let after = after.get(1..).unwrap_or_default();
        if size == 0 {
            // Trailers follow; no terminal sends any.
            return Ok(body);
        }
        let (chunk, after) = after.split_at_checked(size).ok_or(BodyError::Chunk)?;
        body.extend_from_slice(chunk);
        rest = match after {
            [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
            _ => return Err(BodyError::Chunk),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_compressed_body_is_read_and_a_bomb_is_not() {
        let text = b"1\t2026-03-02 08:00:00\t0\t1\n".repeat(100);
        assert_eq!(&*decode(&[], &gzip(&text), text.len()).unwrap(), &text[..]);
        assert_eq!(
            decode(&[], &gzip(&text), text.len() - 1),
            Err(BodyError::TooLarge {
                limit: text.len() - 1
            })
        );
        assert_eq!(decode(&[], b"\x1f\x8bnot gzip at all", 99), Err(BodyError::Gzip));
        let cut = gzip(&text);
        assert_eq!(decode(&[], &cut[..cut.len() - 9], 9999), Err(BodyError::Gzip));
    }

    #[test]
    fn chunks() {
        let chunked: [(&str, &[u8]); 2] =
            [("transfer-encoding", b"gzip, Chunked"), ("Content-Length", b"99")];
        assert_eq!(&*decode(&chunked, b"1\nx\n0\n\n", 9).unwrap(), b"x");
        for bad in [
            "",
            "5\r\nabc",
            "5\r\nabcdeX0\r\n",
            "zz\r\n",
            "1\r\na\r\n",
            "-1\r\n",
            "+1\r\na\r\n0\r\n\r\n",
            "ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
        ] {
            assert_eq!(
                decode(&chunked, bad.as_bytes(), 9),
                Err(BodyError::Chunk),
                "{bad}"
            );
        }
        let text = b"7\t2026-03-02 08:00:00\n";
        let packed = gzip(text);
        let mut raw = format!("{:X}\r\n", packed.len()).into_bytes();
        raw.extend_from_slice(&packed);
        raw.extend_from_slice(b"\r\n0\r\n\r\n");
        assert_eq!(&*decode(&chunked, &raw, 99).unwrap(), text);
    }

    #[test]
    fn lengths() {
        assert_eq!(&*decode(&[("content-length", b" 2 ")], b"abc", 9).unwrap(), b"ab");
        assert_eq!(
            decode(&[("Content-Length", b"4")], b"abc", 9),
            Err(BodyError::Short {
                announced: 4,
                received: 3
            })
        );
        for bad in [&b"-1"[..], b"x", b"", b"+3", b"99999999999999999999999"] {
            assert_eq!(
                decode(&[("Content-Length", bad)], b"abc", 9),
                Err(BodyError::Length)
            );
        }
        assert!(matches!(decode(&[], b"abc", 0).unwrap(), Cow::Borrowed(b"abc")));
    }
}
