//! Writing a file so that a crash leaves either the old one or the new one, never a part; and opening one that can be read.

use std::borrow::ToOwned;
use std::ffi::{OsStr, OsString};
use std::format;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// As many links in a row as Linux follows.
const MOST_LINKS: usize = 40;

/// Writes `bytes` to a new file beside `path`, waits until they are on the disk, and renames it to `path`.
///
/// The new file, `.name.PROCESS-NUMBER.tmp`, has the permissions of the one that it replaces before anything is in it. It is locked while it is
/// written: a process that is killed meanwhile leaves it behind, without the lock, and the next that writes to `path` removes it.
///
/// A symbolic link is followed, also where there is no file yet that it leads to. What is there but is no regular file is an error.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let place = Place::of(path)?;
    place.remove_leftovers();
    place.replace(bytes)
}

/// Whether [`write`] would succeed now: writes a file of as many bytes beside `path`, brings it to the disk and removes it.
pub(crate) fn probe(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let place = Place::of(path)?;
    place.remove_leftovers();
    let (temporary, mut file) = place.create_beside()?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    written.and(fs::remove_file(temporary))
}

/// Opens a file to read it from any place: a regular one. Opening a pipe would wait for somebody to write to it.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    check_regular(&fs::metadata(path)?)?;
    File::open(path)
}

fn check_regular(file: &Metadata) -> io::Result<()> {
    if file.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory"));
    }
    if file.is_file() { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")) }
}

/// Where a file is to be put.
struct Place {
    path: PathBuf,
    directory: PathBuf,
    /// What is there now.
    replaced: Option<Metadata>,
}

impl Place {
    /// Where a path leads to.
    fn of(path: &Path) -> io::Result<Self> {
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let directory = match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
                Some(_) | None => PathBuf::from("."),
            };
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_symlink() => path = directory.join(fs::read_link(&path)?),
                Ok(found) => {
                    check_regular(&found)?;
                    return Ok(Self { path, directory, replaced: Some(found) });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self { path, directory, replaced: None }),
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a link that leads to itself"))
    }

    fn name(&self) -> io::Result<&OsStr> {
        self.path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let (temporary, mut file) = self.create_beside()?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| {
            // Windows does not rename an open file. Elsewhere it keeps its lock until it has its name: nobody may remove it before.
            let kept = if cfg!(windows) {
                drop(file);
                None
            } else {
                Some(file)
            };
            let renamed = fs::rename(&temporary, &self.path);
            drop(kept);
            renamed
        });
        if written.is_err() {
            // The error that matters is the one above.
            let _ = fs::remove_file(&temporary);
            return written;
        }
        sync_directory(&self.directory)
    }

    /// A new file, locked, with the permissions of the one that it is to replace.
    fn create_beside(&self) -> io::Result<(PathBuf, File)> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let name = self.name()?;
        loop {
            let mut temporary = temporary_prefix(name);
            temporary.push(format!("{}-{}{SUFFIX}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
            let temporary = self.directory.join(temporary);
            let file = match self.options().open(&temporary) {
                Ok(file) => file,
                // Left by a process that had this number before and was killed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            let locked = file.try_lock();
            // Another process took it for a leftover before it was locked, and removes it or has done so.
            if matches!(locked, Err(TryLockError::WouldBlock)) || !temporary.exists() {
                continue;
            }
            // Where files cannot be locked, they are never taken for leftovers.
            if let Some(replaced) = &self.replaced
                && let Err(error) = pass_on(replaced, &file)
            {
                let _ = fs::remove_file(&temporary);
                return Err(error);
            }
            return Ok((temporary, file));
        }
    }

    fn options(&self) -> OpenOptions {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if let Some(replaced) = &self.replaced {
            use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
            options.mode(replaced.permissions().mode());
        }
        options
    }

    /// Removes what processes left behind that were killed while they wrote to this place. What cannot be removed is no obstacle.
    fn remove_leftovers(&self) {
        let (Ok(name), Ok(entries)) = (self.name(), fs::read_dir(&self.directory)) else { return };
        let prefix = temporary_prefix(name);
        for entry in entries.flatten() {
            if !is_temporary(&entry.file_name(), &prefix) {
                continue;
            }
            let path = entry.path();
            // Removed under the lock, so that its writer, should there be one after all, sees that it is gone.
            if let Ok(file) = File::open(&path)
                && file.try_lock().is_ok()
            {
                let _ = fs::remove_file(&path);
            }
        }
    }
}

/// Gives a new file the permissions of another, and its owner and group as far as this process may.
fn pass_on(old: &Metadata, new: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let now = new.metadata()?;
        if (now.uid(), now.gid()) != (old.uid(), old.gid()) {
            let _ = fchown(new, Some(old.uid()), Some(old.gid())).or_else(|_| fchown(new, None, Some(old.gid())));
        }
    }
    new.set_permissions(old.permissions())
}

/// The end of the name of a file that is being written.
const SUFFIX: &str = ".tmp";

/// `.name.`
fn temporary_prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    prefix
}

/// Whether a name is the prefix and `PROCESS-NUMBER.tmp`.
fn is_temporary(name: &OsStr, prefix: &OsStr) -> bool {
    let rest = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes()).and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()));
    let is_number = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    rest.is_some_and(|rest| rest.iter().position(|&byte| byte == b'-').is_some_and(|dash| is_number(&rest[..dash]) && is_number(&rest[dash + 1..])))
}

/// Makes the renaming last, where a directory can be opened for that: not elsewhere than on Unix, nor one that cannot be listed.
fn sync_directory(directory: &Path) -> io::Result<()> {
    match File::open(directory) {
        Ok(directory) if cfg!(unix) => directory.sync_all(),
        Ok(_) | Err(_) => Ok(()),
    }
}
