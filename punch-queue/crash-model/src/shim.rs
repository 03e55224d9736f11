//! The file system that SQLite talks to. Everything unsafe is here and in `system.rs`.
//!
//! It is registered as the default one and forwards every call to the one that was the default before (`unix`). Files of a
//! folder that nobody watches cost one look-up when they are opened.
//!
//! SQLite's unix file system syncs the folder by itself in two places that the interface does not show: after the first sync
//! of a new journal or log, and on a deletion that asks for it. Both are noted here where they happen.

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::{Mutex, OnceLock};

use rusqlite::ffi;

use crate::system::in_sqlite;
use crate::watch::{Calls, Fault, Notes, Op, lock, notes_of};

/// The file system below, as an address: it lives as long as the process.
static REAL: OnceLock<usize> = OnceLock::new();

/// The name of the file system below, for opening a database past the shim.
pub const UNWATCHED: &str = "unix";

/// Registers the shim as SQLite's default file system, once.
pub fn install() {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _once = lock(&INSTALLING);
    if REAL.get().is_some() {
        return;
    }
    // SAFETY: SQLite hands out file systems that live for ever. The copy is leaked, so it does too; it keeps the private data
    // of the original, which the forwarded functions read through the pointer they are given.
    unsafe {
        let real = ffi::sqlite3_vfs_find(ptr::null());
        assert!(!real.is_null(), "SQLite has a file system");
        let mut shim = ptr::read(real);
        shim.pNext = ptr::null_mut();
        shim.zName = c"punchclock-shim".as_ptr();
        shim.szOsFile += c_int::try_from(size_of::<ShimFile>()).unwrap();
        shim.xOpen = Some(open);
        shim.xDelete = Some(delete);
        REAL.set(real as usize).unwrap();
        let code = ffi::sqlite3_vfs_register(Box::leak(Box::new(shim)), 1);
        assert_eq!(code, ffi::SQLITE_OK);
    }
}

fn real() -> *mut ffi::sqlite3_vfs {
    *REAL.get().expect("installed") as *mut ffi::sqlite3_vfs
}

/// An open file: what SQLite sees of it, and who is told. The file below follows in the same allocation.
#[repr(C, align(8))]
struct ShimFile {
    base: ffi::sqlite3_file,
    told: *mut Told,
}

struct Told {
    notes: Notes,
    name: String,
    /// The next sync also syncs the folder.
    new_journal: bool,
}

/// The file below.
unsafe fn below(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: `szOsFile` asked for the room of both, one after the other.
    unsafe { file.cast::<ShimFile>().add(1).cast() }
}

unsafe fn told<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a mut Told> {
    // SAFETY: set in `open`, freed in `close`; SQLite uses one file from one thread at a time.
    unsafe { (*file.cast::<ShimFile>()).told.as_mut() }
}

unsafe fn strikes(file: *mut ffi::sqlite3_file, calls: Calls) -> Option<Fault> {
    // SAFETY: as `told`.
    unsafe { told(file) }.and_then(|told| lock(&told.notes).strikes(calls))
}

/// Calls a method of the file below.
macro_rules! forward {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: the file below was opened by its own file system, which set its methods.
        unsafe {
            let below = below($file);
            match (*(*below).pMethods).$method {
                Some(method) => method(below $(, $argument)*),
                None => ffi::SQLITE_IOERR,
            }
        }
    }};
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock_file),
    xUnlock: Some(unlock_file),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives `szOsFile` bytes at `file` and a name that ends with a zero, or none for a temporary file.
    unsafe {
        let shim = file.cast::<ShimFile>();
        (*shim).base.pMethods = ptr::null();
        (*shim).told = ptr::null_mut();
        (*below(file)).pMethods = ptr::null();
        let path = path(name);
        let noted = path.and_then(notes_of);
        if let Some((notes, _)) = &noted
            && let Some(fault) = lock(notes).strikes(Calls::Open)
        {
            return if fault.full {
                ffi::SQLITE_FULL
            } else {
                ffi::SQLITE_CANTOPEN
            };
        }
        let existed = path.is_none_or(Path::exists);
        let open = (*real()).xOpen.expect("a way to open files");
        let code = in_sqlite(|| open(real(), name, below(file), flags, flags_out));
        if code != ffi::SQLITE_OK {
            if let Some(methods) = (*below(file)).pMethods.as_ref()
                && let Some(close) = methods.xClose
            {
                close(below(file));
            }
            return code;
        }
        if let Some((notes, name)) = noted {
            let journal = flags
                & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL)
                != 0;
            if !existed {
                lock(&notes).note(|| Op::Create { file: name.clone() });
            }
            let new_journal = journal && flags & ffi::SQLITE_OPEN_CREATE != 0;
            (*shim).told = Box::into_raw(Box::new(Told {
                notes,
                name,
                new_journal,
            }));
        }
        (*shim).base.pMethods = &raw const METHODS;
        ffi::SQLITE_OK
    }
}

unsafe fn path<'a>(name: *const c_char) -> Option<&'a Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller's name ends with a zero.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes();
    Some(Path::new(OsStr::from_bytes(bytes)))
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: SQLite's name, which ends with a zero, goes to the file system below.
    unsafe {
        let noted = path(name).and_then(notes_of);
        if let Some((notes, _)) = &noted
            && lock(notes).strikes(Calls::Delete).is_some()
        {
            return ffi::SQLITE_IOERR_DELETE;
        }
        let delete = (*real()).xDelete.expect("a way to delete files");
        let code = in_sqlite(|| delete(real(), name, sync_folder));
        if code == ffi::SQLITE_OK
            && let Some((notes, name)) = noted
        {
            let mut seen = lock(&notes);
            seen.note(|| Op::Delete { file: name });
            if sync_folder != 0 {
                seen.note(|| Op::SyncFolder);
            }
        }
        code
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let code = in_sqlite(|| forward!(file, xClose));
    // SAFETY: made by `Box::into_raw` in `open`; SQLite closes a file once.
    unsafe {
        let shim = file.cast::<ShimFile>();
        if !(*shim).told.is_null() {
            drop(Box::from_raw((*shim).told));
            (*shim).told = ptr::null_mut();
        }
    }
    code
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    length: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: called by SQLite on an open file.
    if unsafe { strikes(file, Calls::Read) }.is_some() {
        return ffi::SQLITE_IOERR_READ;
    }
    forward!(file, xRead, into, length, offset)
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    data: *const c_void,
    length: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: called by SQLite on an open file.
    let struck = unsafe { strikes(file, Calls::Write) };
    if let Some(fault) = struck {
        // Half of it arrives, as on a disk that runs full or breaks in the middle.
        forward!(file, xWrite, data, length / 2, offset);
        return if fault.full {
            ffi::SQLITE_FULL
        } else {
            ffi::SQLITE_IOERR_WRITE
        };
    }
    let code = forward!(file, xWrite, data, length, offset);
    // SAFETY: SQLite gives `length` bytes at `data`.
    unsafe {
        if code == ffi::SQLITE_OK
            && let Some(told) = told(file)
        {
            let length = usize::try_from(length).unwrap();
            let bytes = std::slice::from_raw_parts(data.cast::<u8>(), length);
            lock(&told.notes).note(|| Op::Write {
                file: told.name.clone(),
                offset: usize::try_from(offset).unwrap(),
                data: bytes.to_vec(),
            });
        }
    }
    code
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    // SAFETY: called by SQLite on an open file.
    if unsafe { strikes(file, Calls::Truncate) }.is_some() {
        return ffi::SQLITE_IOERR_TRUNCATE;
    }
    let code = forward!(file, xTruncate, length);
    // SAFETY: as above.
    if code == ffi::SQLITE_OK
        && let Some(told) = unsafe { told(file) }
    {
        lock(&told.notes).note(|| Op::Truncate {
            file: told.name.clone(),
            length: usize::try_from(length).unwrap(),
        });
    }
    code
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: called by SQLite on an open file.
    if unsafe { strikes(file, Calls::Sync) }.is_some() {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    let code = in_sqlite(|| forward!(file, xSync, flags));
    // SAFETY: as above.
    if code == ffi::SQLITE_OK
        && let Some(told) = unsafe { told(file) }
    {
        let mut seen = lock(&told.notes);
        seen.note(|| Op::Sync {
            file: told.name.clone(),
        });
        if std::mem::take(&mut told.new_journal) {
            seen.note(|| Op::SyncFolder);
        }
    }
    code
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: called by SQLite on an open file.
    if unsafe { strikes(file, Calls::Size) }.is_some() {
        return ffi::SQLITE_IOERR_FSTAT;
    }
    forward!(file, xFileSize, size)
}

unsafe extern "C" fn lock_file(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    forward!(file, xLock, level)
}

unsafe extern "C" fn unlock_file(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    forward!(file, xUnlock, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, held: *mut c_int) -> c_int {
    forward!(file, xCheckReservedLock, held)
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    operation: c_int,
    argument: *mut c_void,
) -> c_int {
    forward!(file, xFileControl, operation, argument)
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    forward!(file, xSectorSize)
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    forward!(file, xDeviceCharacteristics)
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    mapped: *mut *mut c_void,
) -> c_int {
    // SAFETY: called by SQLite on an open file.
    if let Some(fault) = unsafe { strikes(file, Calls::SharedMemory) } {
        return if fault.full {
            ffi::SQLITE_IOERR_SHMSIZE
        } else {
            ffi::SQLITE_IOERR_SHMMAP
        };
    }
    forward!(file, xShmMap, region, size, extend, mapped)
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    forward!(file, xShmLock, offset, count, flags)
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: as `forward!`.
    unsafe {
        let below = below(file);
        if let Some(barrier) = (*(*below).pMethods).xShmBarrier {
            barrier(below);
        }
    }
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    in_sqlite(|| forward!(file, xShmUnmap, delete))
}
