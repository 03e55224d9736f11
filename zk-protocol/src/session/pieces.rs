//! The datagrams of one piece of a read: collected until all bytes are there, whatever order they came in.
//!
//! Terminals number the data packets of an answer in the session field, some from 0 for every piece, some on through the whole read; so
//! only their order among each other counts.

use bytes::Bytes;

/// Most datagrams of one answer, so that the order stays clear when the number wraps.
const MOST: usize = 0x7FFF;

/// What came so far.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// In the order of arrival.
    arrived: Vec<(u16, Bytes)>,
    /// Two packets with different data had the same number: this terminal does not number them.
    unnumbered: bool,
    bytes: u64,
}

impl Pieces {
    /// Takes a data packet; a second copy of one is dropped. `false` when there are too many.
    pub(super) fn add(&mut self, number: u16, data: Bytes) -> bool {
        let same = |(other, _): &&(u16, Bytes)| *other == number;
        let doubled = if self.unnumbered {
            self.arrived.last().is_some_and(|(_, last)| *last == data)
        } else {
            match self.arrived.iter().rev().find(same) {
                Some((_, before)) if *before == data => true,
                Some(_) => {
                    self.unnumbered = true;
                    false
                }
                None => false,
            }
        };
        if doubled {
            return true;
        }
        self.bytes += data.len() as u64;
        self.arrived.push((number, data));
        self.arrived.len() <= MOST
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.arrived.is_empty()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// All of them in their order, and starts anew.
    pub(super) fn take(&mut self) -> Vec<Bytes> {
        let Self {
            mut arrived,
            unnumbered,
            ..
        } = std::mem::take(self);
        if !unnumbered {
            arrived.sort_by_key(|(number, _)| *number);
            // A number that wrapped: what follows the widest gap comes first.
            let next = arrived.iter().map(|(number, _)| *number).skip(1);
            let widest = arrived
                .iter()
                .map(|(number, _)| *number)
                .zip(next)
                .enumerate()
                .max_by_key(|(_, (number, next))| next.wrapping_sub(*number))
                .filter(|(_, (number, next))| next.wrapping_sub(*number) > u16::MAX / 2);
            if let Some((at, _)) = widest {
                arrived.rotate_left(at + 1);
            }
        }
        arrived.into_iter().map(|(_, data)| data).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(packets: &[(u16, &'static [u8])]) -> Vec<u8> {
        let mut pieces = Pieces::default();
        for (number, data) in packets {
            assert!(pieces.add(*number, Bytes::from_static(data)));
        }
        pieces.take().concat()
    }

    #[test]
    fn numbers_give_the_order_also_when_they_wrap() {
        assert_eq!(taken(&[(2, b"c"), (0, b"a"), (1, b"b"), (0, b"a")]), b"abc");
        assert_eq!(taken(&[(123, b"a"), (125, b"c"), (124, b"b")]), b"abc");
        assert_eq!(
            taken(&[(0, b"c"), (65_535, b"b"), (1, b"d"), (65_534, b"a")]),
            b"abcd"
        );
    }

    #[test]
    fn a_terminal_that_does_not_number_is_taken_as_it_comes() {
        assert_eq!(taken(&[(7, b"a"), (7, b"b"), (7, b"b"), (7, b"c")]), b"abc");
    }
}
