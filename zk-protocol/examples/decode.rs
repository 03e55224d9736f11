//! Decodes a captured TCP stream: hexadecimal on stdin, one JSON line per frame on stdout.
//!
//! `decode < capture.hex`
//!
//! White space is ignored. A frame is `{"command", "name", "session", "reply_id", "checksum_ok", "payload"}`. What is broken is a line with
//! `error`, and decoding goes on behind it.

use std::io::{self, BufRead, Write};

use punchclock_zk::frame::{Frame, FrameDecoder, FrameError, Framer};
use punchclock_zk::wire::{ChecksumPolicy, Header};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut framer = Framer::new(FrameDecoder::new(ChecksumPolicy::Strict));
    let mut half = None;
    for line in io::stdin().lock().split(b'\n') {
        let mut bytes = Vec::new();
        for byte in line?.into_iter().filter(|byte| !byte.is_ascii_whitespace()) {
            let Some(digit) = char::from(byte)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
            else {
                let what = format!("{:?} is no hexadecimal digit", char::from(byte));
                writeln!(out, "{}", json!({ "error": what }))?;
                continue;
            };
            match half.take() {
                None => half = Some(digit),
                Some(high) => bytes.push(high << 4 | digit),
            }
        }
        framer.push(&bytes);
        while let Some(item) = framer.next_frame() {
            writeln!(out, "{}", describe(item))?;
        }
    }
    while let Some(item) = framer.finish() {
        writeln!(out, "{}", describe(item))?;
    }
    if half.is_some() {
        writeln!(out, "{}", json!({ "error": "the input ends with half a byte" }))?;
    }
    out.flush()
}

fn describe(item: Result<Frame, FrameError>) -> Value {
    match item {
        Ok(frame) => frame_line(&frame.header, true, &frame.data),
        // Only the checksum is wrong: the rest is there to be seen.
        Err(FrameError::Checksum {
            header,
            data,
            whole: true,
            ..
        }) => frame_line(&header, false, &data),
        Err(FrameError::Garbage { skipped, first }) => {
            let error = format!("{skipped} bytes that belong to no packet");
            json!({ "error": error, "first": hex(&first) })
        }
        Err(error) => json!({ "error": error.to_string() }),
    }
}

fn frame_line(header: &Header, checksum_ok: bool, data: &[u8]) -> Value {
    json!({
        "command": header.command.code(), "name": header.command.name(), "session": header.session,
        "reply_id": header.reply_id, "checksum_ok": checksum_ok, "payload": hex(data),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
