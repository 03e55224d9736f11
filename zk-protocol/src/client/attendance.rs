//! Reading the attendance log: whole or by time, record by record or at once.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use chrono::NaiveDateTime;

use super::{Body, Client};
use crate::error::Error;
use crate::table;
use crate::wire::attendance::{
    AttendanceLayout, AttendanceLog, AttendanceRecord, Evidence, RecordDecoder, RecordRef,
};
use crate::wire::{BadRecord, BufferedRead, PackedTime, User};

/// Bytes of records looked at before the layout is decided: two hundred records.
const SAMPLE: usize = 8 * 1024;

/// Records for which room is made before they came.
const MOST_RESERVED: usize = 65_536;

/// A span of local time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Window {
    /// The first second.
    pub from: NaiveDateTime,
    /// The last second.
    pub to: NaiveDateTime,
}

impl Window {
    /// From one second to another.
    #[must_use]
    pub const fn new(from: NaiveDateTime, to: NaiveDateTime) -> Self {
        Self { from, to }
    }

    /// From a second on, as far as terminals can count.
    #[must_use]
    pub fn since(from: NaiveDateTime) -> Self {
        Self {
            from,
            to: PackedTime::LAST.decode().unwrap_or(from),
        }
    }

    fn contains(&self, time: NaiveDateTime) -> bool {
        self.from <= time && time <= self.to
    }

    fn read(&self) -> BufferedRead {
        let clamped = |time: NaiveDateTime, otherwise| PackedTime::encode(time).unwrap_or(otherwise);
        BufferedRead::attendance_window(
            clamped(self.from, PackedTime::new(0)),
            clamped(self.to, PackedTime::LAST),
        )
    }
}

/// The attendance log on its way, record by record: memory stays flat however long it is. A record that cannot be used (an impossible
/// date, no user id) is an `Err` in its place and hides no other.
///
/// Take it to its end or drop it before the next request of the same connection.
#[derive(Debug)]
pub struct AttendanceStream {
    body: Body,
    /// What was read to decide the layout and is not decoded yet.
    ahead: VecDeque<Bytes>,
    decoder: Option<RecordDecoder>,
    layout: Option<AttendanceLayout>,
    ready: VecDeque<Result<AttendanceRecord, BadRecord>>,
    users: Arc<[User]>,
    window: Option<Window>,
    windowed: Option<bool>,
    count: Option<u32>,
    records: u64,
    /// Bytes of all records.
    total: u64,
}

impl AttendanceStream {
    /// The next record; `None` at the end, when exactly the announced bytes have arrived. Cancel safe.
    ///
    /// # Errors
    /// [`Error::ShortTransfer`] when not everything announced arrived, and what can go wrong with any request.
    pub async fn next(&mut self) -> Result<Option<Result<AttendanceRecord, BadRecord>>, Error> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Ok(Some(record));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    /// Every record that is left, borrowed where it lies: the fastest way through a log, without an allocation a record. Records of the
    /// 8-byte layouts carry the terminal's internal number alone; a window is not applied.
    ///
    /// # Errors
    /// As [`AttendanceStream::next`].
    pub async fn for_each(&mut self, mut on_record: impl FnMut(usize, RecordRef<'_>)) -> Result<(), Error> {
        while let Some(piece) = self.piece().await? {
            if let Some(decoder) = &mut self.decoder {
                decoder.push(&piece, &mut on_record);
                self.records = decoder.records() as u64;
            }
        }
        Ok(())
    }

    /// The layout of the records; `None` for an empty log.
    #[must_use]
    pub fn layout(&self) -> Option<AttendanceLayout> {
        self.layout
    }

    /// The bytes the terminal announced; 0 for an empty log.
    #[must_use]
    pub fn announced_bytes(&self) -> u64 {
        self.body.announced().unwrap_or_default()
    }

    /// The bytes that arrived so far.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.body.received()
    }

    /// How many records the terminal said it holds before the read, where it says so.
    #[must_use]
    pub fn announced_records(&self) -> Option<u32> {
        self.count
    }

    /// How many records came so far, before any window.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// How many records the announced bytes hold at most: in one layout some are half as long.
    #[must_use]
    pub fn total_records(&self) -> u64 {
        match self.layout {
            Some(AttendanceLayout::W8B) => self.total / 4,
            Some(layout) => self.total / layout.bytes() as u64,
            None => 0,
        }
    }

    /// Whether the terminal itself read the window asked for; `Some(false)` when it could not and the whole log was read and filtered,
    /// `None` when no window was asked for.
    #[must_use]
    pub fn windowed(&self) -> Option<bool> {
        self.windowed
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        match self.ahead.pop_front() {
            Some(piece) => Ok(Some(piece)),
            None => self.body.next().await,
        }
    }

    /// Decodes the next piece; `false` at the end.
    async fn fill(&mut self) -> Result<bool, Error> {
        let Some(piece) = self.piece().await? else {
            let rest = self.decoder.take().and_then(RecordDecoder::finish);
            self.ready.extend(rest.map(Err));
            return Ok(!self.ready.is_empty());
        };
        let Some(decoder) = &mut self.decoder else {
            return Ok(true);
        };
        let (ready, users, window) = (&mut self.ready, &self.users, self.window);
        decoder.push(&piece, |index, record| {
            let mut record = record.to_record(index);
            if let Ok(record) = &mut record {
                if window.is_some_and(|window| !window.contains(record.time)) {
                    return;
                }
                record.resolve(users);
            }
            ready.push_back(record);
        });
        self.records = decoder.records() as u64;
        Ok(true)
    }
}

impl Client {
    /// The whole attendance log. Nothing is cleared.
    ///
    /// A record that cannot be used (an impossible date, no user id) is an `Err` in its place and does not hide the others. The read is
    /// tried whatever the terminal says about its count, which is often wrong.
    ///
    /// # Errors
    /// [`Error::ShortTransfer`] when not everything announced arrived, [`Error::UnsupportedRecordWidth`],
    /// [`Error::AmbiguousRecordWidth`] and [`Error::UnknownRecordWidth`] when the layout cannot be told, and what can go wrong with any
    /// request.
    pub async fn attendance(&self) -> Result<AttendanceLog, Error> {
        let mut log = collect(self.attendance_stream().await?).await?;
        let told = log.announced_records.map(u64::from);
        if told != Some(log.records.len() as u64) {
            // A punch may have landed meanwhile.
            log.announced_records = self.sizes().await?.records;
        }
        Ok(log)
    }

    /// The whole attendance log, record by record.
    ///
    /// # Errors
    /// As [`Client::attendance`].
    pub async fn attendance_stream(&self) -> Result<AttendanceStream, Error> {
        self.open_log(BufferedRead::ATTENDANCE, true, None).await
    }

    /// The attendance log within a span of local time.
    ///
    /// Newer terminals read the span themselves; the others refuse, and then the whole log is read and filtered.
    /// [`AttendanceStream::windowed`] tells which. A record that cannot be used has no time to filter by and is given out.
    ///
    /// A clock that was set back hides punches from any span: [`Watermark`](crate::watermark::Watermark) knows when to read everything.
    ///
    /// # Errors
    /// As [`Client::attendance`].
    pub async fn attendance_between(&self, window: Window) -> Result<AttendanceStream, Error> {
        if let Some(stream) = self.attendance_window(window).await? {
            return Ok(stream);
        }
        let mut stream = self
            .open_log(BufferedRead::ATTENDANCE, true, Some(window))
            .await?;
        stream.windowed = Some(false);
        Ok(stream)
    }

    /// As [`Client::attendance_between`], but `None` where the terminal reads no windows.
    ///
    /// # Errors
    /// As [`Client::attendance`].
    pub async fn attendance_window(&self, window: Window) -> Result<Option<AttendanceStream>, Error> {
        if self.quirks().windowed == Some(false) {
            return Ok(None);
        }
        match self.open_log(window.read(), false, Some(window)).await {
            Ok(mut stream) => {
                stream.windowed = Some(true);
                Ok(Some(stream))
            }
            Err(Error::Refused { .. } | Error::BufferUnavailable) => {
                tracing::info!("the terminal reads no windows");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Begins a read, and decides the layout from its first pieces and the count.
    async fn open_log(
        &self,
        read: BufferedRead,
        counted: bool,
        window: Option<Window>,
    ) -> Result<AttendanceStream, Error> {
        let mut known = self.quirks().attendance;
        let mut count = if counted {
            self.sizes().await?.records
        } else {
            None
        };
        let (mut insisted, mut asked_again) = (false, false);
        let mut users: Option<Arc<[User]>> = None;
        loop {
            let mut stream = AttendanceStream {
                body: self.body(read)?,
                ahead: VecDeque::new(),
                decoder: None,
                layout: None,
                ready: VecDeque::new(),
                users: users.clone().unwrap_or_default(),
                window,
                windowed: None,
                count,
                records: 0,
                total: 0,
            };
            let sample = stream.look_ahead().await?;
            if sample.is_empty() {
                return Ok(stream);
            }
            let announced = stream.announced_bytes();
            let (head, total) = table::head(&sample, announced)?;
            let mut evidence =
                Evidence::new(sample.get(head..).unwrap_or_default(), count).insisted(insisted);
            evidence.total = total;
            let told = known.or_else(|| evidence.settled());
            let layout = match told.map_or_else(|| table::layout(&evidence), Ok) {
                Ok(layout) => layout,
                Err(error) if asked_again || !counted => return Err(error),
                // The count may be late: once more, with what the terminal says now.
                Err(_) => {
                    drop(stream);
                    let again = self.sizes().await?.records;
                    insisted = again.is_some() && again == count;
                    (count, asked_again) = (again, true);
                    continue;
                }
            };
            if layout.is_by_uid() && users.is_none() {
                // Such records do not say whose they are; the table that does needs the read buffer for itself.
                drop(stream);
                users = Some(match self.users().await {
                    Err(Error::Refused { .. } | Error::BufferUnavailable) => Arc::from([]),
                    other => other?.into(),
                });
                known = Some(layout);
                continue;
            }
            (stream.layout, stream.total) = (Some(layout), total);
            stream.decoder = Some(RecordDecoder::new(layout));
            stream.skip(head);
            return Ok(stream);
        }
    }
}

impl AttendanceStream {
    /// The beginning of the body, kept to be decoded later.
    async fn look_ahead(&mut self) -> Result<Vec<u8>, Error> {
        let mut sample = Vec::new();
        while sample.len() < SAMPLE {
            let Some(piece) = self.body.next().await? else {
                break;
            };
            sample.extend_from_slice(&piece);
            self.ahead.push_back(piece);
        }
        Ok(sample)
    }

    /// Drops the first bytes of what was read ahead.
    fn skip(&mut self, mut bytes: usize) {
        while let Some(piece) = self.ahead.front_mut()
            && bytes > 0
        {
            let part = bytes.min(piece.len());
            *piece = piece.slice(part..);
            bytes -= part;
            if piece.is_empty() {
                self.ahead.pop_front();
            }
        }
    }
}

/// All of a log at once.
async fn collect(mut stream: AttendanceStream) -> Result<AttendanceLog, Error> {
    let mut log = AttendanceLog::empty(0, stream.count);
    log.layout = stream.layout;
    // What is announced is not there yet: no more room than a big terminal needs.
    let expected = usize::try_from(stream.total_records()).unwrap_or_default();
    log.records.reserve(expected.min(MOST_RESERVED));
    while let Some(piece) = stream.piece().await? {
        if let Some(decoder) = &mut stream.decoder {
            let users = &stream.users;
            decoder.push(&piece, |index, record| {
                let mut record = record.to_record(index);
                if let Ok(record) = &mut record {
                    record.resolve(users);
                }
                log.records.push(record);
            });
        }
    }
    let rest = stream.decoder.take().and_then(RecordDecoder::finish);
    log.records.extend(rest.map(Err));
    log.announced_bytes = u32::try_from(stream.announced_bytes()).unwrap_or(u32::MAX);
    Ok(log)
}
