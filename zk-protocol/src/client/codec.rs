//! Frames for tokio-util: a `Framed` stream of packets for programs that do without a session, such as proxies and decoders.

use std::io;

use bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

use crate::frame::{Frame, FrameDecoder, FrameError};

/// Encodes frames, and decodes them with what is broken as items, so that a broken packet does not end the stream.
#[derive(Debug, Clone, Default)]
pub struct FrameCodec {
    decoder: FrameDecoder,
}

impl FrameCodec {
    /// A codec around a decoder.
    #[must_use]
    pub fn new(decoder: FrameDecoder) -> Self {
        Self { decoder }
    }
}

impl Decoder for FrameCodec {
    type Item = Result<Frame, FrameError>;
    type Error = io::Error;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Self::Item>, Self::Error> {
        Ok(self.decoder.decode(source))
    }
}

impl Encoder<Frame> for FrameCodec {
    type Error = io::Error;

    fn encode(&mut self, frame: Frame, out: &mut BytesMut) -> Result<(), Self::Error> {
        frame.encode(out);
        Ok(())
    }
}
