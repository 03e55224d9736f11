//! What the queue does to its folder past SQLite: renaming, deleting and syncing files, as a backup does.
//!
//! The definitions here take the place of the C library's in a program that this crate is linked into, and call it. What SQLite
//! itself does comes by here too, and is left to the [`shim`](crate::shim).

use std::cell::Cell;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::Op;
use crate::watch::{lock, notes_of, notes_of_folder};

thread_local! {
    static IN_SQLITE: Cell<bool> = const { Cell::new(false) };
}

/// Does something whose calls are noted elsewhere.
pub(crate) fn in_sqlite<T>(work: impl FnOnce() -> T) -> T {
    let before = IN_SQLITE.replace(true);
    let made = work();
    IN_SQLITE.set(before);
    made
}

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, symbol: *const c_char) -> *mut c_void;
}

/// The C library's own function.
fn library(name: &CStr) -> *mut c_void {
    const RTLD_NEXT: *mut c_void = -1_isize as *mut c_void;
    // SAFETY: a look-up by name.
    let found = unsafe { dlsym(RTLD_NEXT, name.as_ptr()) };
    assert!(!found.is_null(), "the C library has {name:?}");
    found
}

fn is_noted(code: c_int) -> bool {
    code == 0 && !IN_SQLITE.get()
}

unsafe fn path<'a>(name: *const c_char) -> &'a Path {
    // SAFETY: the caller's name ends with a zero.
    Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()))
}

/// `rename(2)`.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the C library's function of this name has this signature; the arguments are the caller's.
    unsafe {
        let real: unsafe extern "C" fn(*const c_char, *const c_char) -> c_int =
            std::mem::transmute(library(c"rename"));
        let code = real(from, to);
        if is_noted(code)
            && let Some((notes, from)) = notes_of(path(from))
            && let Some((_, to)) = notes_of(path(to))
        {
            lock(&notes).note(|| Op::Rename { from, to });
        }
        code
    }
}

/// `unlink(2)`.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn unlink(name: *const c_char) -> c_int {
    // SAFETY: as `rename`.
    unsafe {
        let real: unsafe extern "C" fn(*const c_char) -> c_int = std::mem::transmute(library(c"unlink"));
        let code = real(name);
        if is_noted(code)
            && let Some((notes, file)) = notes_of(path(name))
        {
            lock(&notes).note(|| Op::Delete { file });
        }
        code
    }
}

/// `fsync(2)`.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn fsync(descriptor: c_int) -> c_int {
    // SAFETY: as `rename`.
    let code = unsafe {
        let real: unsafe extern "C" fn(c_int) -> c_int = std::mem::transmute(library(c"fsync"));
        real(descriptor)
    };
    note_sync(code, descriptor);
    code
}

/// `fdatasync(2)`.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    // SAFETY: as `rename`.
    let code = unsafe {
        let real: unsafe extern "C" fn(c_int) -> c_int = std::mem::transmute(library(c"fdatasync"));
        real(descriptor)
    };
    note_sync(code, descriptor);
    code
}

fn note_sync(code: c_int, descriptor: c_int) {
    if !is_noted(code) {
        return;
    }
    let Ok(path) = std::fs::read_link(PathBuf::from(format!("/proc/self/fd/{descriptor}"))) else {
        return;
    };
    if let Some(notes) = notes_of_folder(&path) {
        lock(&notes).note(|| Op::SyncFolder);
    } else if let Some((notes, file)) = notes_of(&path) {
        lock(&notes).note(|| Op::Sync { file });
    }
}
