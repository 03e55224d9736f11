//! Lines of a body, in place.

/// The lines of a body that hold something. They end LF or CRLF; the last may lack its end.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'a>(&'a [u8]);

impl<'a> Lines<'a> {
    pub(crate) const fn new(body: &'a [u8]) -> Self {
        Self(body)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.0.is_empty() {
            let (line, rest) =
                match memchr::memchr(b'\n', self.0).and_then(|end| self.0.split_at_checked(end)) {
                    Some((line, [_, rest @ ..])) => (line, rest),
                    _ => (self.0, &[][..]),
                };
            self.0 = rest;
            let line = match line {
                [line @ .., b'\r'] => line,
                _ => line,
            };
            if !line.is_empty() {
                return Some(line);
            }
        }
        None
    }
}

/// How many lines of `body` hold something: what is acknowledged of a table whose lines are not read.
#[must_use]
pub fn count_lines(body: &[u8]) -> usize {
    Lines::new(body).count()
}
