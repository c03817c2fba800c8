//! Small state in a volume, for handlers that run side by side and may be ended at any time.
//!
//! | | what for |
//! |---|---|
//! | [`replace`] | a file as a whole: readers find the old one or the new one, never a half |
//! | [`append`] | a line at the end of a file, whole |
//! | [`Counter`] | numbers that nobody else gets |
//!
//! No locks: preview 1 of WASI has none, and one that is made of a file stays when its holder is ended. What helps instead:
//! one file for each thing, with [`replace`] for changes; [`OpenOptions::create_new`](std::fs::OpenOptions::create_new)
//! for names that only one may take; [`append`] for what only grows. For more than that there are databases.
//!
//! ```
//! use wagi_sdk::state::{Counter, append, replace};
//!
//! # let folder = tempfile::tempdir()?;
//! # let volume = folder.path();
//! let id = Counter::at(volume.join("ids")).next()?;
//! replace(volume.join(format!("{id}.json")), br#"{"name":"tea"}"#)?;
//! append(volume.join("journal"), format!("{id} was made").as_bytes())?;
//! # assert_eq!(std::fs::read_to_string(volume.join("1.json"))?, r#"{"name":"tea"}"#);
//! # assert_eq!(std::fs::read_to_string(volume.join("journal"))?, "1 was made\n");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! An error says what was attempted and where, for the log: what `?` makes of it in a handler tells the client nothing.
//! Its [`kind`](std::io::Error::kind) is that of the cause.
//!
//! ```
//! # let folder = tempfile::tempdir()?;
//! # let volume = folder.path();
//! let error = wagi_sdk::state::append(volume.join("journal"), "tea\ncake").unwrap_err();
//! assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
//! assert!(error.to_string().ends_with("journal\": there is a line break in the line"));
//! # Ok::<(), std::io::Error>(())
//! ```

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

mod counter;

pub use counter::Counter;

/// Writes a file as a whole, in place of the one that may be there: at any time, and after any failure, there is either
/// the old one or the new one. The folder has to exist.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("settings");
/// wagi_sdk::state::replace(&path, b"a=1")?;
/// wagi_sdk::state::replace(&path, b"a=2")?;
/// assert_eq!(std::fs::read(&path)?, b"a=2");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn replace(path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> io::Result<()> {
    let path = path.as_ref();
    replace_with(path, content.as_ref()).map_err(|error| told(error, "cannot write", path))
}

fn replace_with(path: &Path, content: &[u8]) -> io::Result<()> {
    let (temporary, mut file) = beside(path)?;
    let written = file
        .write_all(content)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // What is reported is what went wrong first.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Adds a line to the end of a file, which is made if need be. Lines of handlers that run side by side stay whole, as long
/// as they are not longer than 4 KiB, on file systems of this machine.
///
/// A line break in the text would make two lines of it: that is an error.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("visits");
/// wagi_sdk::state::append(&path, b"one")?;
/// wagi_sdk::state::append(&path, b"two")?;
/// assert_eq!(std::fs::read(&path)?, b"one\ntwo\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn append(path: impl AsRef<Path>, line: impl AsRef<[u8]>) -> io::Result<()> {
    let path = path.as_ref();
    append_line(path, line.as_ref()).map_err(|error| told(error, "cannot append to", path))
}

fn append_line(path: &Path, line: &[u8]) -> io::Result<()> {
    if line.contains(&b'\n') {
        return Err(invalid("there is a line break in the line"));
    }
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    // In one call, which the system does as one.
    file.write_all(&[line, b"\n"].concat())
}

fn invalid(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// The error, with what was attempted and where. The path is quoted: a client may have had a say in it, and with a line
/// break in it the log would have two lines.
fn told(error: io::Error, attempt: &str, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{attempt} {path:?}: {error}"))
}

/// A new file in the same folder, and so in the same file system.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path
        .file_name()
        .ok_or_else(|| invalid("the path does not end in a name"))?;
    loop {
        let mut temporary = name.to_owned();
        temporary.push(format!(".{:016x}.new", random()));
        let temporary = path.with_file_name(temporary);
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary)
        {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// The one source of randomness that `std` has.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::ErrorKind;
    use std::sync::Arc;
    use std::{fs, thread};

    use super::{Counter, append, replace};
    use crate::Error;
    use crate::testing::Request;

    #[test]
    fn a_counter_gives_no_number_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = Arc::new(folder.path().join("counter"));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                thread::spawn(move || {
                    (0..50)
                        .map(|_| Counter::at(&*path).next().unwrap())
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let mut all = BTreeSet::new();
        for thread in threads {
            let numbers = thread.join().unwrap();
            assert!(numbers.is_sorted(), "later calls get higher numbers");
            all.extend(numbers);
        }
        assert_eq!(all, (1..=400).collect());
        assert_eq!(Counter::at(&*path).get().unwrap(), 400);
        // Nothing is left lying about.
        assert_eq!(fs::read_dir(&*path).unwrap().count(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// It looked for ever.
    #[test]
    fn a_folder_of_other_files_is_no_counter() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("notes.txt"), "").unwrap();
        let counter = Counter::at(folder.path());
        for result in [counter.next(), counter.get()] {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidData);
            assert!(error.to_string().contains("only other files"), "{error}");
        }
        fs::write(folder.path().join("7"), "").unwrap();
        assert_eq!(counter.next().unwrap(), 8);
    }

    #[test]
    fn a_counter_begins_at_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let counter = Counter::at(folder.path().join("a"));
        assert_eq!(counter.get().unwrap(), 0);
        assert_eq!(counter.next().unwrap(), 1);
        assert_eq!(counter.get().unwrap(), 1);
        assert!(
            Counter::at(folder.path().join("no/such/folder"))
                .next()
                .is_err()
        );
    }

    #[test]
    fn readers_find_the_old_file_or_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = Arc::new(folder.path().join("file"));
        replace(&*path, [b'a'; 100_000]).unwrap();
        let writer = {
            let path = path.clone();
            thread::spawn(move || {
                for letter in b'b'..=b'z' {
                    replace(&*path, vec![letter; 100_000]).unwrap();
                }
            })
        };
        while !writer.is_finished() {
            let content = fs::read(&*path).unwrap();
            assert_eq!(content.len(), 100_000);
            assert!(content.iter().all(|byte| *byte == content[0]));
        }
        writer.join().unwrap();
        assert_eq!(fs::read(&*path).unwrap(), [b'z'; 100_000]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("file")).unwrap();
        assert!(replace(folder.path().join("file"), b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(folder.path().join("no/such"), b"x").is_err());
    }

    #[test]
    fn lines_stay_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = Arc::new(folder.path().join("log"));
        let threads: Vec<_> = (b'a'..=b'h')
            .map(|letter| {
                let path = path.clone();
                thread::spawn(move || (0..100).for_each(|_| append(&*path, [letter; 999]).unwrap()))
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        let text = fs::read(&*path).unwrap();
        let lines: Vec<_> = text.split(|byte| *byte == b'\n').collect();
        assert_eq!(lines.len(), 801);
        for line in &lines[..800] {
            assert!(line.len() == 999 && line.iter().all(|byte| *byte == line[0]));
        }
        assert!(append(&*path, b"two\nlines").is_err());
    }
    #[test]
    fn an_error_says_what_was_attempted_and_where() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("no/such");
        fs::write(folder.path().join("file"), "").unwrap();
        let no_folder = folder.path().join("file");
        let missing = "No such file or directory (os error 2)";
        for (result, kind, message) in [
            (
                replace(&nowhere, "x"),
                ErrorKind::NotFound,
                format!("cannot write {nowhere:?}: {missing}"),
            ),
            (
                append(&nowhere, "x"),
                ErrorKind::NotFound,
                format!("cannot append to {nowhere:?}: {missing}"),
            ),
            (
                append("journal", "two\nlines"),
                ErrorKind::InvalidInput,
                "cannot append to \"journal\": there is a line break in the line".to_owned(),
            ),
            (
                replace("/", "x"),
                ErrorKind::InvalidInput,
                "cannot write \"/\": the path does not end in a name".to_owned(),
            ),
            (
                Counter::at(&nowhere).next().map(drop),
                ErrorKind::NotFound,
                format!("cannot count in {nowhere:?}: {missing}"),
            ),
            (
                Counter::at(&no_folder).get().map(drop),
                ErrorKind::NotADirectory,
                format!("cannot read the counter {no_folder:?}: Not a directory (os error 20)"),
            ),
        ] {
            let error = result.unwrap_err();
            assert_eq!((error.kind(), error.to_string()), (kind, message));
        }
    }

    #[test]
    fn the_log_is_told_and_not_the_client() {
        let handler = || -> Result<(), Error> { Ok(append("/no/such\nfolder/journal", "x")?) };
        let transcript = Request::get("/").send(handler);
        assert_eq!(transcript.text(), "Internal Server Error\n");
        assert!(
            transcript.stderr().starts_with(
                "500 Internal Server Error: cannot append to \"/no/such\\nfolder/journal\": No such"
            ),
            "{}",
            transcript.stderr()
        );
        assert_eq!(transcript.stderr().lines().count(), 1);
    }
}
