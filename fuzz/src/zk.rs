//! The binary protocol: framing, the session as a machine, records.

use std::time::Duration;

use bytes::BytesMut;
use punchclock_zk::Error;
use punchclock_zk::frame::{Frame, FrameDecoder, Framer, MAGIC};
use punchclock_zk::session::{Event, Input, Output, Request, Session, SessionConfig, Transport};
use punchclock_zk::table;
use punchclock_zk::wire::access::{Combination, GroupTimeZones, TimeZone};
use punchclock_zk::wire::attendance::{AttendanceLayout, Evidence, RecordDecoder};
use punchclock_zk::wire::event::{LivePunch, LiveUser, mask};
use punchclock_zk::wire::sms::ShortMessage;
use punchclock_zk::wire::{
    AttendanceRecord, BufferedRead, ChecksumPolicy, ChunkRequest, CommKey, Command, FreeSizes, Header,
    LiveEvent, OpRecord, OptionValue, PackedTime, Prepare, Template, TextEncoding, User, UserWidth, bulk,
    template,
};

use crate::Feed;

/// Frames do not depend on how the network cut the stream.
///
/// Bytes: a flag (bit 0: lenient checksums), the number `n` of cuts (0 to 15), `n` lengths of one byte, then the stream. The lengths repeat.
/// Feeding it in such pieces must give the same packets and the same skipped bytes as feeding it at once, and every packet that is given out
/// must come back from its own encoding.
pub fn frame(data: &[u8]) {
    let mut feed = Feed::new(data);
    let policy = if feed.number::<u8>() & 1 == 0 {
        ChecksumPolicy::Strict
    } else {
        ChecksumPolicy::Lenient
    };
    let cuts = usize::from(feed.below(16));
    let cuts: Vec<usize> = feed
        .bytes(cuts)
        .iter()
        .map(|cut| usize::from(*cut).max(1))
        .collect();
    let stream = feed.rest();

    let mut whole = Framer::new(FrameDecoder::new(policy));
    let mut at_once = Vec::new();
    whole.push(stream);
    drain(&mut whole, &mut at_once);

    let mut pieces = Framer::new(FrameDecoder::new(policy));
    let mut piecewise = Vec::new();
    let mut rest = stream;
    for cut in cuts.iter().cycle().copied().take(stream.len()) {
        let (piece, after) = rest.split_at(cut.min(rest.len()));
        pieces.push(piece);
        drain(&mut pieces, &mut piecewise);
        rest = after;
    }
    pieces.push(rest);
    drain(&mut pieces, &mut piecewise);

    // Garbage is reported in as many runs as the network made of it.
    assert_eq!(joined(at_once), joined(piecewise));
    assert_eq!(whole.buffered(), pieces.buffered());

    // A stream that ends is read to its last byte, and whatever is whole in it is found.
    let mut ends = 0;
    while let Some(item) = whole.finish() {
        if let Ok(frame) = item {
            comes_back(&frame);
        }
        ends += 1;
        assert!(ends <= stream.len(), "the end does not come");
    }
    assert_eq!(whole.buffered(), 0);
}

/// What a framer gave out: skipped bytes, or what is left of a packet or an error.
#[derive(Debug, PartialEq)]
enum Framed {
    Skipped(usize),
    Packet(Frame),
    Error(String),
}

fn drain(framer: &mut Framer, into: &mut Vec<Framed>) {
    while let Some(next) = framer.next_frame() {
        into.push(match next {
            Ok(frame) => {
                comes_back(&frame);
                Framed::Packet(frame)
            }
            Err(punchclock_zk::frame::FrameError::Garbage { skipped, first }) => {
                assert!(skipped > 0 && !first.is_empty() && first.len() <= 16);
                Framed::Skipped(skipped)
            }
            Err(other) => Framed::Error(format!("{other:?}")),
        });
    }
}

fn joined(framed: Vec<Framed>) -> Vec<Framed> {
    let mut joined: Vec<Framed> = Vec::with_capacity(framed.len());
    for next in framed {
        match (joined.last_mut(), next) {
            (Some(Framed::Skipped(before)), Framed::Skipped(more)) => *before += more,
            (_, next) => joined.push(next),
        }
    }
    joined
}

fn comes_back(frame: &Frame) {
    let mut encoded = BytesMut::new();
    frame.encode(&mut encoded);
    assert!(encoded.starts_with(&MAGIC));
    let again = FrameDecoder::new(ChecksumPolicy::Lenient).decode(&mut encoded);
    assert_eq!(again, Some(Ok(frame.clone())));
    assert!(encoded.is_empty());
}

/// A session survives anything a terminal may send, in any order with what the caller does.
///
/// Bytes: a flag (bit 0: lenient checksums, bit 1: a comm key, bit 2: the terminal asks for it, bit 3: over UDP), then operations, each a tag and its arguments:
///
/// | tag % 8 | operation | arguments |
/// |---|---|---|
/// | 0 | start a request | kind % 6: connect, option, users, attendance, direct read, exit |
/// | 1 | raw bytes arrive | u16 length, bytes |
/// | 2 | an answer to the last request arrives, well-formed | u16 code, u16 session, u16 length, data |
/// | 3 | a late or unasked packet arrives, well-formed | u16 code, u16 session, u16 reply id, u16 length, data |
/// | 4 | time passes and the deadline is looked at | u8 seconds |
/// | 5 | the request is abandoned | |
/// | 6 | the connection closes | |
/// | 7 | an answer arrives with an event and garbage before it | as 2 |
///
/// Before them the session is connected. Always: the output comes to an end; a request ends exactly once; the pieces of a body are as long as
/// the end says; nothing moves while nothing is under way.
pub fn session(data: &[u8]) {
    let mut feed = Feed::new(data);
    let flags = feed.number::<u8>();
    let mut config = SessionConfig::new().max_transfer(1 << 20).chunk_size(0x400);
    if flags & 1 != 0 {
        config = config.checksum(ChecksumPolicy::Lenient);
    }
    if flags & 2 != 0 {
        config = config.comm_key(CommKey::new(1234));
    }
    let datagrams = flags & 8 != 0;
    if datagrams {
        config = config.transport(Transport::Udp);
    }
    let mut caller = Caller::new(Session::new(config), datagrams);
    caller.start(Request::Connect);
    if flags & 4 != 0 {
        caller.answer(Command::ACK_UNAUTH, 0x1F2E, &[]);
    }
    caller.answer(Command::ACK_OK, 0x1F2E, &[]);

    while !feed.is_empty() {
        match feed.below(8) {
            0 => {
                let request = match feed.below(6) {
                    0 => Request::Connect,
                    1 => Request::Exchange {
                        command: Command::OPTIONS_RRQ,
                        data: b"~SerialNumber\0"[..].into(),
                    },
                    2 => Request::Read(BufferedRead::USERS),
                    3 => Request::Read(BufferedRead::ATTENDANCE),
                    4 => Request::ReadDirect {
                        command: Command::ATTLOG_RRQ,
                        data: b""[..].into(),
                    },
                    _ => Request::Exit,
                };
                caller.start(request);
            }
            1 => {
                let length = feed.number::<u16>();
                let bytes = feed.bytes(length.into());
                caller.input(Input::Bytes(bytes));
            }
            2 => {
                let (code, session, data) = packet(&mut feed);
                caller.answer(code, session, data);
            }
            3 => {
                let (code, session, reply_id) = (feed.number(), feed.number(), feed.number());
                let length = feed.number::<u16>();
                caller.packet(Command::new(code), session, reply_id, feed.bytes(length.into()));
            }
            4 => {
                caller.now += Duration::from_secs(feed.number::<u8>().into());
                caller.input(Input::Timeout);
            }
            5 => caller.abandon(),
            6 => caller.input(Input::Closed),
            _ => {
                let (code, session, data) = packet(&mut feed);
                caller.packet(Command::REG_EVENT, 1, 0, b"event");
                caller.input(Input::Bytes(b"garbage"));
                caller.answer(code, session, data);
            }
        }
    }
}

fn packet<'a>(feed: &mut Feed<'a>) -> (Command, u16, &'a [u8]) {
    let (code, session, length) = (feed.number(), feed.number(), feed.number::<u16>());
    (Command::new(code), session, feed.bytes(length.into()))
}

/// The program around the session, and what it believes about it.
struct Caller {
    session: Session,
    sent: Framer,
    datagrams: bool,
    now: Duration,
    /// The id of the last request sent, which its answers carry.
    reply_id: u16,
    /// Whether a request is under way, and how much of its body came.
    under_way: bool,
    body: u64,
}

impl Caller {
    fn new(session: Session, datagrams: bool) -> Self {
        Self {
            session,
            sent: Framer::default(),
            datagrams,
            now: Duration::ZERO,
            reply_id: 0,
            under_way: false,
            body: 0,
        }
    }

    fn start(&mut self, request: Request) {
        match self.session.start(request, self.now) {
            Ok(()) => {
                assert!(!self.under_way, "one request at a time");
                (self.under_way, self.body) = (true, 0);
            }
            Err(Error::InProgress) => assert!(self.under_way),
            Err(_) => assert!(!self.under_way),
        }
        self.drain();
    }

    fn input(&mut self, input: Input<'_>) {
        self.session.handle_input(input, self.now);
        self.drain();
    }

    fn abandon(&mut self) {
        self.session.abandon();
        self.under_way = false;
        self.drain();
    }

    fn answer(&mut self, code: Command, session: u16, data: &[u8]) {
        self.packet(code, session, self.reply_id, data);
    }

    fn packet(&mut self, code: Command, session: u16, reply_id: u16, data: &[u8]) {
        let mut bytes = BytesMut::new();
        let frame = Frame::new(code, session, reply_id, data.to_vec());
        if self.datagrams {
            frame.encode_packet(&mut bytes);
        } else {
            frame.encode(&mut bytes);
        }
        self.input(Input::Bytes(&bytes));
    }

    fn drain(&mut self) {
        // One input never makes more than it has bytes for; this many is a loop.
        for _ in 0..200_000 {
            match self.session.poll_output() {
                Output::Transmit(bytes) => self.transmitted(&bytes),
                Output::Event(event) => self.event(&event),
                Output::Deadline(deadline) => {
                    assert_eq!(
                        deadline.is_some(),
                        self.under_way,
                        "a deadline while a request is under way"
                    );
                    assert_eq!(self.session.is_busy(), self.under_way);
                    return;
                }
                _ => {}
            }
        }
        panic!("the output does not end");
    }

    fn transmitted(&mut self, bytes: &[u8]) {
        if self.datagrams {
            let frame = Frame::from_packet(bytes.to_vec().into());
            self.asked(&frame.expect("what a session sends is well-formed"));
            return;
        }
        self.sent.push(bytes);
        while let Some(frame) = self.sent.next_frame() {
            self.asked(&frame.expect("what a session sends is well-formed"));
        }
    }

    fn asked(&mut self, frame: &Frame) {
        assert!(frame.checksum_ok());
        // Acknowledgements of events carry no id of their own, and nothing waits for a read buffer that is dropped.
        if !matches!(frame.header.command, Command::ACK_OK) {
            self.reply_id = frame.header.reply_id;
        }
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Data(piece) => {
                assert!(self.under_way);
                self.body += u64::try_from(piece.len()).expect("a length");
            }
            Event::Transferred { bytes } => {
                assert_eq!(*bytes, self.body, "the body is as long as the end says");
                self.ended();
            }
            Event::Connected { .. } | Event::Reply(_) | Event::Exited | Event::Failed(_) => self.ended(),
            _ => {}
        }
    }

    fn ended(&mut self) {
        assert!(self.under_way, "a request ends once");
        self.under_way = false;
    }
}

/// Records of every kind: no bytes are too strange, and what was understood is understood the same way again.
///
/// Bytes: what % 12 (0 to 7 a log in one of the layouts, 8 users, 9 28-byte users, 10 all the small answers, 11 a log whose layout is to be
/// told), then the data.
pub fn records(data: &[u8]) {
    let mut feed = Feed::new(data);
    match (feed.below(12), feed.rest()) {
        (8, table) => users(UserWidth::Long, table),
        (9, table) => users(UserWidth::Short, table),
        (10, answer) => answers(answer),
        (11, table) => layout_told(table),
        (layout, table) => {
            if let Some(layout) = AttendanceLayout::ALL.get(usize::from(layout)) {
                attendance_log(*layout, table);
            }
        }
    }
}

/// A log reads the same in pieces as at once, and every record keeps its bytes.
fn attendance_log(layout: AttendanceLayout, table: &[u8]) {
    let read = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let mut records = Vec::new();
        let mut decoder = RecordDecoder::new(layout);
        for piece in pieces {
            decoder.push(piece, |index, record| records.push(record.to_record(index)));
        }
        assert_eq!(decoder.records(), records.len());
        records.extend(decoder.finish().map(Err));
        records
    };
    let at_once = read(&mut std::iter::once(table));
    for size in [1, 3, 7, 64] {
        assert_eq!(read(&mut table.chunks(size)), at_once);
    }
    let mut raw = Vec::with_capacity(table.len());
    for record in at_once {
        match record {
            Ok(record) => {
                raw.extend_from_slice(&record.raw);
                assert!(!record.user_id.trim().is_empty());
                let _ = (
                    record.verify_mode(),
                    record.punch_state(),
                    record.tail(),
                    record.user_id_raw(),
                );
                made_again(layout, &record);
            }
            Err(bad) => {
                raw.extend_from_slice(&bad.raw);
                assert!(!bad.to_string().is_empty());
            }
        }
    }
    assert_eq!(raw, table, "every byte belongs to a record");
}

/// A punch that was read can be written in every layout and reads as far as the layout keeps it.
fn made_again(read: AttendanceLayout, record: &AttendanceRecord) {
    for layout in AttendanceLayout::ALL {
        // A clock past 2099 can be read and is never written.
        let Ok(raw) = record.encode(layout) else {
            return;
        };
        assert_eq!(raw.len(), layout.bytes());
        let again = layout.read(&raw).expect("our own record");
        assert_eq!(again.time.decode(), Ok(record.time));
        if layout == read && layout != AttendanceLayout::W8B {
            assert_eq!((again.verify, again.punch), (record.verify, record.punch));
        }
    }
}

fn layout_told(table: &[u8]) {
    let body = [
        &u32::try_from(table.len()).expect("a small table").to_le_bytes(),
        table,
    ]
    .concat();
    for count in [None, Some(0), Some(1), u32::try_from(table.len() / 40).ok()] {
        for insisted in [false, true] {
            let evidence = Evidence::new(table, count).insisted(insisted);
            if let Some(layout) = evidence.settled() {
                assert_eq!(evidence.decide(), Ok(layout));
            }
            if let Err(candidates) = evidence.decide() {
                assert_ne!(candidates.len(), 1);
            }
        }
        let before = count.filter(|count| *count > 0);
        if let Ok(log) = table::attendance(&body, before, count) {
            let bytes: usize = log.good().map(|good| good.raw.len()).sum::<usize>()
                + log.bad().map(|bad| bad.raw.len()).sum::<usize>();
            // A section in a body has a head of its own.
            assert!(bytes == table.len() || bytes + 8 == table.len());
        }
    }
    let _ = table::users(&body, None);
}

fn users(width: UserWidth, table: &[u8]) {
    let _ = UserWidth::by_content(table);
    let count = u32::try_from(table.len() / width.bytes()).expect("a small table");
    if !table.is_empty() && table.len().is_multiple_of(width.bytes()) {
        assert!(UserWidth::by_count(table.len(), count).is_some());
    }
    for raw in table.chunks(width.bytes()) {
        let Some(user) = User::decode(width, raw) else {
            assert!(raw.len() < width.bytes());
            continue;
        };
        let _ = (user.role(), user.is_enabled(), format!("{user:?}"));
        let encoded = user.encode(width);
        assert_eq!(encoded.len(), width.bytes());
        assert_eq!(User::decode(width, &encoded), Some(user));
    }
}

fn answers(answer: &[u8]) {
    let sizes = FreeSizes::decode(answer);
    assert_eq!(sizes.users.is_some(), answer.len() >= 20);
    let encoded = sizes.encode();
    let again = FreeSizes::decode(&encoded);
    assert_eq!(again.encode(), encoded);
    if let Some(option) = OptionValue::decode(answer) {
        assert!(option.answers(&option.key));
    }
    if let Some(header) = Header::decode(answer) {
        let mut out = BytesMut::new();
        header.encode(&mut out);
        assert_eq!(Some(&out[..]), answer.get(..8));
    }
    if let Some(read) = BufferedRead::decode(answer) {
        assert_eq!(BufferedRead::decode(&read.encode()), Some(read));
    }
    if let Some(chunk) = ChunkRequest::decode(answer) {
        assert_eq!(ChunkRequest::decode(&chunk.encode()), Some(chunk));
    }
    if let Some(prepare) = Prepare::decode(answer) {
        let encoded = Prepare::encode(prepare.size, prepare.frame_size.unwrap_or(0));
        assert_eq!(
            Prepare::decode(&encoded).map(|again| again.size),
            Some(prepare.size)
        );
    }
    let _ = bulk::buffer_size(answer);
    let shared = bytes::Bytes::copy_from_slice(answer);
    for code in [1, 2, 4, 8, 16, 32, 128, 256, 512, 0x4000] {
        let events = LiveEvent::decode(code, &shared);
        assert!(!events.is_empty() && events.len() <= 1 + answer.len() / 10);
    }
    let (templates, rest) = Template::decode_table(&shared);
    let carried: usize = templates.iter().map(|template| template.data.len() + 6).sum();
    assert_eq!(carried + rest.len(), answer.len());
    let _ = Template::from_single(1, 2, &shared);
    let _ = template::decode_batch(&shared);
    let (records, rest) = OpRecord::decode_log(answer);
    assert_eq!(records.len() * 16 + rest.len(), answer.len());
    if let Some((_, body)) = bulk::split_body(answer) {
        assert_eq!(body.len() + 4, answer.len());
    }
    for word in answer.as_chunks::<4>().0 {
        let packed = PackedTime::new(u32::from_le_bytes(*word));
        assert!(!packed.to_string().is_empty());
        if let Ok(time) = packed.decode()
            && let Ok(again) = PackedTime::encode(time)
        {
            assert_eq!(again, packed);
        }
    }
}

/// What is written reads back as it was: every structure a client writes, with any values.
///
/// Bytes: the values, as they come.
pub fn roundtrip(data: &[u8]) {
    let mut feed = Feed::new(data);
    let read = BufferedRead::new(Command::new(feed.number()), feed.number(), feed.number());
    assert_eq!(BufferedRead::decode(&read.encode()), Some(read));
    let record = OpRecord::decode(&[&feed.bytes(16)[..], &[0; 16]].concat()).expect("sixteen bytes");
    assert_eq!(OpRecord::decode(&record.encode()), Some(record));

    let mut user = User::new(feed.number(), &feed.number::<u32>().to_string(), "");
    (user.privilege, user.card, user.group) = (feed.number(), feed.number(), feed.number());
    user.time_zones = [feed.number(), 0, 0];
    let length = usize::from(feed.below(64));
    let name = String::from_utf8_lossy(feed.bytes(length)).into_owned();
    for width in [UserWidth::Short, UserWidth::Long] {
        let Ok(raw) = user.encode_for_write(width, &name, TextEncoding::Utf8, None) else {
            continue;
        };
        let again = User::decode(width, &raw).expect("our own record");
        assert_eq!(again.user_id, user.user_id);
        assert_eq!(
            (again.uid, again.privilege, again.card, again.group),
            (user.uid, user.privilege, user.card, user.group)
        );
        let written = again.name.as_str().expect("whole characters");
        assert!(name.starts_with(written) || name.contains('\0'));
    }

    let mut templates = Vec::new();
    for _ in 0..feed.below(4) {
        let (uid, finger, length) = (feed.number(), feed.below(10), usize::from(feed.number::<u8>()));
        templates.push(Template::new(uid, finger, feed.bytes(length).to_vec()));
    }
    let mut table = BytesMut::new();
    templates.iter().for_each(|template| template.encode(&mut table));
    assert_eq!(
        Template::decode_table(&table.freeze()),
        (templates.clone(), bytes::Bytes::new())
    );
    user.name = "".into();
    let batch = template::encode_batch(UserWidth::Long, std::slice::from_ref(&user), &templates);
    let (users, fingers) = template::decode_batch(&batch).expect("our own batch");
    assert_eq!((users.len(), fingers), (1, templates));

    let mut zone = TimeZone::always(feed.number());
    for day in &mut zone.days {
        *day = ((feed.number(), feed.number()), (feed.number(), feed.number()));
    }
    assert_eq!(TimeZone::decode_write(&zone.encode()), Some(zone));
    let mut group = GroupTimeZones::new(feed.number(), [feed.number(), feed.number(), feed.number()]);
    (group.holidays, group.verify_style) = (feed.below(2) == 1, feed.below(128));
    assert_eq!(GroupTimeZones::decode(&group.encode()), Some(group));
    let combination = Combination::new(
        feed.number(),
        [
            feed.number(),
            feed.number(),
            feed.number(),
            feed.number(),
            feed.number(),
        ],
    );
    assert_eq!(Combination::decode(&combination.encode()), Some(combination));

    let number = feed.number();
    let start = PackedTime::new(feed.number());
    let message = ShortMessage::new(
        number,
        start,
        TextEncoding::Utf8.encode_within(&name, 60).expect("UTF-8"),
    );
    assert_eq!(ShortMessage::decode(&message.encode()), Some(message));

    if let Ok(time) = start.decode()
        && PackedTime::encode(time).is_ok()
    {
        let mut punch = template_punch(time);
        punch.user = LiveUser::Id(user.user_id.clone());
        (punch.verify, punch.punch) = (feed.number(), feed.number());
        let events = LiveEvent::decode(
            u16::try_from(mask::ATTENDANCE).expect("1"),
            &punch.encode().freeze(),
        );
        assert_eq!(events, [LiveEvent::Punch(punch)]);
    }
}

/// A punch to fill in; its type has no constructor because only terminals make them.
fn template_punch(time: chrono::NaiveDateTime) -> LivePunch {
    let mut raw = b"1".to_vec();
    raw.resize(26, 0);
    raw.extend(punchclock_zk::wire::event::encode_time(time));
    match LiveEvent::decode(1, &raw.into()).pop() {
        Some(LiveEvent::Punch(punch)) => punch,
        other => panic!("{other:?}"),
    }
}
