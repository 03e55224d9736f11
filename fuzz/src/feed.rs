//! Reading decisions from the front of the fuzzer's bytes.

use arbitrary::{Arbitrary, Unstructured};

/// The fuzzer's bytes. Only reads from the front, so that inputs can be written by hand; see `make_corpus.py`.
pub(crate) struct Feed<'a>(Unstructured<'a>);

impl<'a> Feed<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A number of any width.
    pub(crate) fn number<T: Arbitrary<'a> + Default>(&mut self) -> T {
        self.0.arbitrary().unwrap_or_default()
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u8) -> u8 {
        self.number::<u8>() % limit
    }

    /// That many bytes, or what is left.
    pub(crate) fn bytes(&mut self, count: usize) -> &'a [u8] {
        self.0.bytes(count.min(self.0.len())).unwrap_or_default()
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0.take_rest()
    }
}
