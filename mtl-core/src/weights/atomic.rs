//! Writing a file so that a crash leaves either the old one or the new one, never a part.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes `bytes` to a new file beside `path`, waits until they are on the disk, and renames it to `path`.
///
/// A process that is killed meanwhile may leave the new file, `.name.PROCESS-NUMBER.tmp`, behind.
///
/// A symbolic link is followed, and a file that is replaced passes its permissions on.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let (temporary, mut file) = create_beside(directory, name)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| match fs::metadata(&path) {
            Ok(old) => file.set_permissions(old.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| file.sync_all())
        .and_then(|()| {
            // Windows does not rename an open file.
            drop(file);
            fs::rename(&temporary, &path)
        });
    if written.is_err() {
        // The error that matters is the one above.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    sync_directory(directory)
}

fn create_beside(directory: &Path, name: &std::ffi::OsStr) -> io::Result<(PathBuf, File)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    loop {
        let mut temporary = OsString::from(".");
        temporary.push(name);
        temporary.push(std::format!(".{}-{}.tmp", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
        let temporary = directory.join(temporary);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            // Left by a process that had this number before and was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Makes the renaming last; elsewhere than on Unix a directory cannot be opened for that.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}
