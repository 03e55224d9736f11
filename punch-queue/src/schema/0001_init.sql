-- Schema 1. Never edited once released: a change is a new file with the next number.

-- Pending events only; an acknowledged one is deleted. The writer hands out seq itself (meta.high_seq), because
-- AUTOINCREMENT would cost a page in every commit and a plain rowid would be used again after the last row is deleted.
CREATE TABLE event (
    seq      INTEGER PRIMARY KEY,
    fp       BLOB    NOT NULL CHECK (length(fp) = 16),
    attempts INTEGER NOT NULL DEFAULT 0,
    recv_ms  INTEGER NOT NULL,
    source   TEXT    NOT NULL,
    crc      INTEGER NOT NULL, -- crc32c of fp, recv_ms, source and body: SQLite does not check database pages
    body     BLOB    NOT NULL
) STRICT;

-- Every fingerprint ever accepted. day is the day of delivery in days since 1970, 0 while the event is pending or dead.
CREATE TABLE seen (
    fp   BLOB    PRIMARY KEY CHECK (length(fp) = 16),
    mark INTEGER NOT NULL,
    day  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Events that the sink refused.
CREATE TABLE dead (
    seq      INTEGER PRIMARY KEY,
    fp       BLOB    NOT NULL CHECK (length(fp) = 16),
    code     TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    attempts INTEGER NOT NULL,
    recv_ms  INTEGER NOT NULL,
    dead_ms  INTEGER NOT NULL,
    source   TEXT    NOT NULL,
    crc      INTEGER NOT NULL,
    body     BLOB    NOT NULL
) STRICT;

-- Input that could not be read, and rows found damaged. The digest of source and raw keeps the same piece from being kept twice.
CREATE TABLE quarantine (
    id      INTEGER PRIMARY KEY,
    recv_ms INTEGER NOT NULL,
    source  TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    digest  BLOB    NOT NULL UNIQUE,
    raw     BLOB    NOT NULL
) STRICT;

-- How far each source has been read.
CREATE TABLE cursor (
    device TEXT PRIMARY KEY,
    state  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- high_seq: no seq above it was ever handed out. clean: 1 while nothing was written since the queue was closed in order.
CREATE TABLE meta (
    k TEXT    PRIMARY KEY,
    v INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
