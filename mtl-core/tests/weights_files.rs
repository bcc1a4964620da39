//! What a path may lead to, and what a killed process leaves behind.
#![cfg(unix)]

mod support;

use std::fs::{self, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mtl_core::flat;
use mtl_core::weights::checkpoint::{CheckpointErrorKind, CheckpointReader, CheckpointWriter};
use mtl_core::weights::{self, LoadErrorKind, SaveError};
use support::Tiny;

/// An empty directory of this test.
fn directory(test: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("mtl-files-{}-{test}", std::process::id()));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn save(path: &Path) -> Result<(), ErrorKind> {
    weights::save(&Tiny::<f32>::counting(), path).map_err(|error| match error {
        SaveError::Write { source, .. } => source.kind(),
        error => panic!("another error: {error}"),
    })
}

fn load(path: &Path) -> Result<(), ErrorKind> {
    match weights::load::<Tiny>(path) {
        Ok(model) => {
            assert_eq!(*model, Tiny::counting());
            Ok(())
        }
        Err(weights::LoadError { kind: LoadErrorKind::Read(error), .. }) => Err(error.kind()),
        Err(error) => panic!("another error: {error}"),
    }
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

/// Not a test of its own: what others run and kill.
#[test]
fn save_without_end() {
    let Some(path) = std::env::var_os("MTL_SAVE_WITHOUT_END") else { return };
    loop {
        save(Path::new(&path)).unwrap();
    }
}

fn saving(path: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "save_without_end"]).env("MTL_SAVE_WITHOUT_END", path).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Whether a file is being written.
fn temporaries(directory: &Path) -> Vec<PathBuf> {
    names(directory).into_iter().filter(|name| name.ends_with(".tmp")).map(|name| directory.join(name)).collect()
}

#[test]
fn what_a_killed_process_leaves_is_removed_and_what_is_being_written_is_not() {
    let directory = directory("leftovers");
    let path = directory.join("weights");
    save(&path).unwrap();
    // Killed until one leaves a file behind.
    let until = Instant::now() + Duration::from_mins(1);
    while temporaries(&directory).is_empty() {
        assert!(Instant::now() < until, "no process was killed while it wrote");
        let mut child = saving(&path);
        std::thread::sleep(Duration::from_millis(30));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // Other files with such names belong to others.
    for name in [".weights.backup.tmp", ".weights.12-x.tmp", ".weights.2.12-3.tmp", "weights.12-3.tmp", ".weights.12-3.tmp.old"] {
        fs::write(directory.join(name), "").unwrap();
    }
    save(&path).unwrap();
    assert_eq!(
        names(&directory),
        [".weights.12-3.tmp.old", ".weights.12-x.tmp", ".weights.2.12-3.tmp", ".weights.backup.tmp", "weights", "weights.12-3.tmp"]
    );

    // Several processes that write to one place do not take each other's files away.
    let mut children: Vec<Child> = (0..3).map(|_| saving(&path)).collect();
    let until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until {
        save(&path).unwrap();
        load(&path).unwrap();
    }
    for child in &mut children {
        assert!(child.try_wait().unwrap().is_none(), "saving failed in another process");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    save(&path).unwrap();
    assert_eq!(names(&directory).len(), 6);
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn nobody_else_can_ever_read_what_replaces_a_private_file() {
    let directory = directory("private");
    let path = directory.join("weights");
    save(&path).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let mut child = saving(&path);
    let (until, mut seen) = (Instant::now() + Duration::from_secs(30), 0);
    while seen < 50 && Instant::now() < until {
        for temporary in temporaries(&directory) {
            // It may have its name by now.
            if let Ok(found) = fs::metadata(temporary) {
                assert_eq!(found.permissions().mode() & 0o777, 0o600);
                seen += 1;
            }
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(seen > 0 && fs::metadata(&path).unwrap().permissions().mode() & 0o777 == 0o600);
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn links_are_followed_also_to_where_nothing_is_yet() {
    let directory = directory("links");
    let (far, near) = (directory.join("far"), directory.join("near"));
    fs::create_dir(&far).unwrap();
    fs::create_dir(&near).unwrap();
    symlink("../far/weights", near.join("first")).unwrap();
    symlink("first", near.join("second")).unwrap();
    for _ in 0..2 {
        save(&near.join("second")).unwrap();
        load(&far.join("weights")).unwrap();
        assert_eq!((names(&near), names(&far)), (vec!["first".to_owned(), "second".to_owned()], vec!["weights".to_owned()]));
        assert!(fs::symlink_metadata(near.join("first")).unwrap().is_symlink());
    }
    symlink("../nowhere/weights", near.join("astray")).unwrap();
    assert_eq!(save(&near.join("astray")), Err(ErrorKind::NotFound));
    symlink("circle", near.join("circle")).unwrap();
    assert_eq!(save(&near.join("circle")), Err(ErrorKind::InvalidInput));
    assert!(load(&near.join("circle")).is_err());
    symlink("../far", near.join("directory")).unwrap();
    assert_eq!(save(&near.join("directory")), Err(ErrorKind::IsADirectory));
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn what_is_no_regular_file_is_neither_read_nor_replaced() {
    let directory = directory("irregular");
    let pipe = directory.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let link = directory.join("link");
    symlink(&pipe, &link).unwrap();
    for path in [&*pipe, &*link, Path::new("/dev/null")] {
        assert_eq!((save(path), load(path)), (Err(ErrorKind::InvalidInput), Err(ErrorKind::InvalidInput)), "{}", path.display());
        let read = CheckpointReader::open::<Tiny>(path).unwrap_err();
        assert!(matches!(&read.kind, CheckpointErrorKind::Io(error) if error.to_string() == "it is not a regular file"), "{read}");
        let write = CheckpointWriter::new::<Tiny>().save(path).unwrap_err();
        assert!(matches!(write.kind, CheckpointErrorKind::Io(_)), "{write}");
    }
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    assert_eq!((save(&directory), load(&directory)), (Err(ErrorKind::IsADirectory), Err(ErrorKind::IsADirectory)));
    for path in ["", "..", "/", "nowhere/weights"] {
        assert!(save(Path::new(path)).is_err(), "{path}");
    }
    assert_eq!(names(&directory), ["link", "pipe"]);
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_probe_finds_what_saving_would_and_leaves_nothing() {
    let directory = directory("probe");
    let path = directory.join("checkpoint");
    let model: Tiny = flat::zeroed();
    let writer = || CheckpointWriter::new::<Tiny>().scalars("parameters", mtl_core::Flat::as_slice(&model));
    writer().probe(&path).unwrap();
    assert!(names(&directory).is_empty());
    writer().save(&path).unwrap();
    let before = fs::read(&path).unwrap();
    fs::write(directory.join(".checkpoint.999999-0.tmp"), "").unwrap();
    writer().words("more", &[1; 100]).probe(&path).unwrap();
    assert_eq!((names(&directory), fs::read(&path).unwrap()), (vec!["checkpoint".to_owned()], before));
    assert!(writer().probe(&directory).is_err() && writer().probe(directory.join("no/such")).is_err());
    // A file that another process holds is no leftover.
    let held = directory.join(".checkpoint.999999-1.tmp");
    let file = File::create(&held).unwrap();
    file.lock().unwrap();
    writer().save(&path).unwrap();
    assert!(held.exists());
    drop(file);
    writer().save(&path).unwrap();
    assert!(!held.exists());
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn every_flipped_bit_of_a_checkpoint_is_refused() {
    let directory = directory("flipped");
    let path = directory.join("checkpoint");
    CheckpointWriter::new::<Tiny>()
        .scalars("parameters", &[1.0_f32, 2.0])
        .words("course", &[3, u64::MAX])
        .text("setting", "Adam")
        .save(&path)
        .unwrap();
    let mut reader = CheckpointReader::open::<Tiny>(&path).unwrap();
    assert_eq!((reader.text("setting").unwrap(), reader.words("course").unwrap()), ("Adam".to_owned(), vec![3, u64::MAX]));
    let mut bytes = fs::read(&path).unwrap();
    for bit in 0..8 * bytes.len() {
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &bytes).unwrap();
        assert!(CheckpointReader::open::<Tiny>(&path).is_err(), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    // Without a checksum, as a weight file is.
    weights::save(&Tiny::<f32>::counting(), &path).unwrap();
    let error = CheckpointReader::open::<Tiny>(&path).unwrap_err();
    assert!(matches!(error.kind, CheckpointErrorKind::Damaged), "{error}");
    // A text that is none.
    CheckpointWriter::new::<Tiny>().words("text", &[1]).save(&path).unwrap();
    let error = CheckpointReader::open::<Tiny>(&path).unwrap().text("text").unwrap_err();
    assert!(matches!(error.kind, CheckpointErrorKind::Mismatch { .. }), "{error}");
    fs::remove_dir_all(directory).unwrap();
}
