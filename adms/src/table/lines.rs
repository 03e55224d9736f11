//! Lines of a body, in place.

/// The lines of `body` that hold something. They end LF or CRLF; the last may lack its end.
pub(super) fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|&byte| byte == b'\n')
        .map(strip_cr)
        .filter(|line| !line.is_empty())
}

fn strip_cr(line: &[u8]) -> &[u8] {
    match line {
        [rest @ .., b'\r'] => rest,
        _ => line,
    }
}
