//! Numbers that nobody else gets.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::told;

/// How often to look into a folder in which there seems to be no number.
const LOOKS: usize = 100;

/// A counter that survives handlers that run side by side, and their sudden end: no number is given twice.
///
/// It is a folder with one file, whose name is the number; counting renames it. A name can be renamed once, so of many
/// who try, one succeeds, and the others look again.
///
/// ```
/// use wagi_sdk::{Error, state::Counter, testing::Request};
///
/// # let folder = tempfile::tempdir()?;
/// # let volume = folder.path();
/// let handler = || -> Result<String, Error> {
///     let visits = Counter::at(volume.join("visits")).next()?;
///     Ok(format!("You are visitor number {visits}."))
/// };
/// assert_eq!(Request::get("/").send(handler).text(), "You are visitor number 1.");
/// assert_eq!(Request::get("/").send(handler).text(), "You are visitor number 2.");
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Counter {
    folder: PathBuf,
}

impl Counter {
    /// The counter in a folder of its own, which the first [`next`](Counter::next) makes.
    ///
    /// ```
    /// use wagi_sdk::state::Counter;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let volume = folder.path();
    /// let orders = Counter::at(volume.join("orders"));
    /// assert!(!volume.join("orders").exists());
    /// orders.next()?;
    /// assert!(volume.join("orders").is_dir());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn at(folder: impl AsRef<Path>) -> Self {
        Self {
            folder: folder.as_ref().to_owned(),
        }
    }

    /// How far it has come; 0 if it has not been used.
    ///
    /// ```
    /// use wagi_sdk::state::Counter;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let volume = folder.path();
    /// let orders = Counter::at(volume.join("orders"));
    /// assert_eq!(orders.get()?, 0);
    /// orders.next()?;
    /// assert_eq!(orders.get()?, 1);
    /// assert_eq!(orders.get()?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get(&self) -> io::Result<u64> {
        match self.current() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            number => number.map_err(|error| told(error, "cannot read the counter", &self.folder)),
        }
    }

    /// The next number. The first is 1.
    ///
    /// If many want one at the same time this takes as many tries; somebody gets one in each round.
    ///
    /// ```
    /// use wagi_sdk::state::Counter;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let volume = folder.path();
    /// // Two handlers, side by side:
    /// let (one, other) = (Counter::at(volume.join("ids")), Counter::at(volume.join("ids")));
    /// assert_eq!([one.next()?, other.next()?, one.next()?], [1, 2, 3]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn next(&self) -> io::Result<u64> {
        self.count()
            .map_err(|error| told(error, "cannot count in", &self.folder))
    }

    fn count(&self) -> io::Result<u64> {
        loop {
            let number = match self.current() {
                Ok(number) => number,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.begin()?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let (from, to) = (self.file(number), self.file(number + 1));
            match fs::rename(from, to) {
                Ok(()) => return Ok(number + 1),
                // Somebody was faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn file(&self, number: u64) -> PathBuf {
        self.folder.join(number.to_string())
    }

    fn current(&self) -> io::Result<u64> {
        let mut others = false;
        for _ in 0..LOOKS {
            others = false;
            for entry in fs::read_dir(&self.folder)? {
                let name = entry?.file_name();
                if let Some(number) = name.to_str().and_then(|name| name.parse().ok()) {
                    return Ok(number);
                }
                others = true;
            }
            // It was renamed while we were looking.
        }
        if others {
            // No counter can begin where something else is.
            let problem = "the folder is not a counter's: there are only other files in it";
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        Err(io::ErrorKind::NotFound.into())
    }

    /// Makes the folder with the file in it, in one step: without that, one who is ended between two would leave a
    /// counter that nobody can use.
    fn begin(&self) -> io::Result<()> {
        let (reserved, _) = super::beside(&self.folder)?;
        let prepared = reserved.with_extension("folder");
        let made = fs::create_dir(&prepared)
            .and_then(|()| fs::write(prepared.join("0"), b""))
            .and_then(|()| match fs::rename(&prepared, &self.folder) {
                // Somebody was faster: it is there, and not empty.
                Err(_) if self.folder.is_dir() => Ok(()),
                renamed => renamed,
            });
        // Gone if all went well.
        let _ = fs::remove_file(prepared.join("0"));
        let _ = fs::remove_dir(&prepared);
        let _ = fs::remove_file(&reserved);
        made
    }
}
