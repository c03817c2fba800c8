//! Watches the files of a configuration.

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// No change for this long means that whoever writes has finished (100 ms).
const QUIET: Duration = Duration::from_millis(100);
/// In a folder that never rests, changes are looked at this often (1 s).
const PATIENCE: Duration = Duration::from_secs(1);

/// Watches files by the folders that they are in, since editors and deployments put a new file in
/// the place of an old one. What counts is whether a file is another one or was written to.
pub(crate) struct Watcher {
    watcher: RecommendedWatcher,
    events: mpsc::Receiver<()>,
    folders: BTreeSet<PathBuf>,
    states: BTreeMap<PathBuf, Option<State>>,
}

/// What tells one state of a file from another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    device: u64,
    inode: u64,
    size: u64,
    modified: Option<SystemTime>,
}

impl Watcher {
    /// Watches files, which were read after `since`: what changed after that has changed.
    pub(crate) fn new(files: &[PathBuf], since: SystemTime) -> notify::Result<Self> {
        // One is enough: it says that there is something to look at.
        let (sender, events) = mpsc::channel(1);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| event.kind.is_access()) {
                return;
            }
            // Full means that a look is due anyway.
            let _ = sender.try_send(());
        })?;
        let mut this = Self {
            watcher,
            events,
            folders: BTreeSet::new(),
            states: BTreeMap::new(),
        };
        this.follow(files)?;
        for state in this.states.values_mut() {
            let modified = state.as_ref().and_then(|state| state.modified);
            if modified.is_some_and(|modified| modified >= since) {
                *state = None;
            }
        }
        Ok(this)
    }

    /// Watches these files from now on. Those that were watched before keep the state that they had
    /// when they were last looked at.
    pub(crate) fn follow(&mut self, files: &[PathBuf]) -> notify::Result<()> {
        let mut folders = BTreeSet::new();
        let mut states = BTreeMap::new();
        for file in files {
            folders.extend(folders_of(file));
            let state = match self.states.remove(file) {
                Some(state) => state,
                None => State::of(file),
            };
            states.insert(file.clone(), state);
        }
        for folder in folders.difference(&self.folders) {
            self.watcher.watch(folder, RecursiveMode::NonRecursive)?;
        }
        for folder in self.folders.difference(&folders) {
            // The folder may be gone.
            let _ = self.watcher.unwatch(folder);
        }
        self.folders = folders;
        self.states = states;
        Ok(())
    }

    /// Waits until a file has changed and writing has come to rest.
    pub(crate) async fn changed(&mut self) {
        loop {
            if self.look() {
                return;
            }
            // The sender lives as long as the watcher.
            let _ = self.events.recv().await;
            let begun = Instant::now();
            while begun.elapsed() < PATIENCE && timeout(QUIET, self.events.recv()).await.is_ok() {}
        }
    }

    /// Whether a file has another state than at the last look.
    fn look(&mut self) -> bool {
        let mut has_changed = false;
        for (file, state) in &mut self.states {
            let now = State::of(file);
            has_changed |= *state != now;
            *state = now;
        }
        has_changed
    }
}

impl State {
    fn of(file: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = std::fs::metadata(file).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}

/// The folder that a file is named in, and where it is a link, those that the link leads through.
fn folders_of(file: &Path) -> Vec<PathBuf> {
    let parent = |file: &Path| match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let mut folders = Vec::new();
    let mut file = file.to_path_buf();
    // As many links as the system follows.
    for _ in 0..40 {
        let folder = parent(&file);
        match std::fs::read_link(&file) {
            Ok(target) => file = folder.join(target),
            Err(_) => {
                folders.extend(existing(folder));
                break;
            }
        }
        folders.extend(existing(folder));
    }
    let real = std::fs::canonicalize(&file).ok();
    folders.extend(real.map(|file| parent(&file)));
    folders
}

/// The folder, or the nearest one above it that is there, under its one true name: a folder that is
/// watched under two names is watched under none when one of them is let go.
fn existing(folder: PathBuf) -> Option<PathBuf> {
    let mut candidates = folder
        .ancestors()
        .map(|folder| match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        });
    candidates.find_map(|folder| std::fs::canonicalize(folder).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// Far longer than any change needs to be seen.
    const LONG: Duration = Duration::from_secs(20);

    async fn sees_change(watcher: &mut Watcher) {
        timeout(LONG, watcher.changed()).await.unwrap();
    }

    fn future() -> SystemTime {
        SystemTime::now() + Duration::from_secs(3600)
    }

    #[tokio::test]
    async fn a_file_that_is_written_replaced_removed_and_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "1").unwrap();
        let mut watcher = Watcher::new(std::slice::from_ref(&file), future()).unwrap();
        assert!(!watcher.look());
        std::fs::write(&file, "22").unwrap();
        sees_change(&mut watcher).await;
        std::fs::write(folder.path().join("b"), "33").unwrap();
        std::fs::rename(folder.path().join("b"), &file).unwrap();
        sees_change(&mut watcher).await;
        std::fs::remove_file(&file).unwrap();
        sees_change(&mut watcher).await;
        std::fs::write(&file, "4").unwrap();
        sees_change(&mut watcher).await;
    }

    /// As ConfigMaps of Kubernetes are replaced: the link in the middle is another one.
    #[tokio::test]
    async fn a_link_that_leads_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for version in ["v1", "v2"] {
            std::fs::create_dir(path(version)).unwrap();
            std::fs::write(path(version).join("a"), version).unwrap();
        }
        symlink("v1", path("data")).unwrap();
        symlink("data/a", path("a")).unwrap();
        let mut watcher = Watcher::new(&[path("a")], future()).unwrap();
        symlink("v2", path("data.new")).unwrap();
        std::fs::rename(path("data.new"), path("data")).unwrap();
        sees_change(&mut watcher).await;
    }

    /// One folder, by two names, of which one is not needed any more.
    #[tokio::test]
    async fn a_folder_that_is_named_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("sub")).unwrap();
        let (one, other) = (path("a"), path("sub/../b"));
        let mut watcher = Watcher::new(&[one.clone(), other], future()).unwrap();
        watcher.follow(std::slice::from_ref(&one)).unwrap();
        std::fs::write(&one, "1").unwrap();
        sees_change(&mut watcher).await;
    }

    #[tokio::test]
    async fn what_changed_before_watching_began() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "1").unwrap();
        let before = SystemTime::now() - Duration::from_secs(3600);
        let mut watcher = Watcher::new(&[file], before).unwrap();
        sees_change(&mut watcher).await;
        assert!(!watcher.look());
    }
}
