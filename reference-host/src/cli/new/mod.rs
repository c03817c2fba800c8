//! `wagi new`.

mod name;
mod sdk;
mod template;

use self::name::ProjectName;
use self::sdk::Sdk;
use self::template::Template;
use super::Failure;
use clap::Args;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

/// The arguments of `wagi new`.
#[derive(Debug, Args)]
pub(super) struct New {
    /// The folder to create; its last part is the name of the project
    #[arg(value_name = "NAME")]
    folder: PathBuf,

    /// What to begin with
    #[arg(short, long, value_name = "TEMPLATE", default_value = "rust")]
    template: Template,

    /// Take wagi-sdk from a folder instead of from crates.io; a wagi that was built in its
    /// repository and still is there finds it by itself
    #[arg(long, value_name = "DIR")]
    sdk_path: Option<PathBuf>,
}

impl New {
    pub(super) fn execute(self) -> Result<ExitCode, Failure> {
        let name = ProjectName::of_folder(&self.folder).map_err(Failure::usage)?;
        let sdk = self.sdk()?;
        if fs::symlink_metadata(&self.folder).is_ok() {
            return Err(Failure::wrong(format_args!(
                "`{}` exists already, and nothing is ever overwritten: choose another name or move it away",
                self.folder.display()
            )));
        }
        let files = self
            .template
            .files(&name, &sdk.requirement()?, self.nests());
        create(&self.folder, &files).map_err(|error| self.cannot_create(&error))?;
        self.explain(&name, &sdk, &files);
        Ok(ExitCode::SUCCESS)
    }

    fn sdk(&self) -> Result<Sdk, Failure> {
        match &self.sdk_path {
            Some(_) if !self.template.uses_sdk() => Err(Failure::usage(format_args!(
                "the template `{}` does not use wagi-sdk: leave out --sdk-path",
                self.template
            ))),
            Some(folder) => Sdk::in_folder(folder),
            None => Ok(env::current_exe()
                .ok()
                .and_then(|program| Sdk::beside(&program))
                .unwrap_or_default()),
        }
    }

    /// Whether there is a Cargo package above the new folder, whose workspace would claim it.
    fn nests(&self) -> bool {
        let Ok(folder) = std::path::absolute(&self.folder) else {
            return false;
        };
        folder
            .ancestors()
            .skip(1)
            .any(|above| above.join("Cargo.toml").exists())
    }

    fn cannot_create(&self, error: &io::Error) -> Failure {
        let folder = self.folder.display();
        match (error.kind(), parent(&self.folder)) {
            (io::ErrorKind::NotFound, parent) if !parent.is_dir() => Failure::wrong(format_args!(
                "cannot create `{folder}`: there is no folder `{}`",
                parent.display()
            )),
            _ => Failure::wrong(format_args!(
                "cannot create `{folder}`, nothing of it is left: {error}"
            )),
        }
    }

    fn explain(&self, name: &ProjectName, sdk: &Sdk, files: &[(&str, String)]) {
        let commands = self.template.commands(name);
        anstream::println!(
            "Created `{}`, a handler from the template `{}`:\n",
            self.folder.display(),
            self.template
        );
        for (path, _) in files {
            anstream::println!("  {path}");
        }
        if self.template.uses_sdk() {
            anstream::println!("\nwagi-sdk is taken {sdk}.");
        }
        let wagi = program();
        let test = match commands.test {
            "./test.sh" if wagi != "wagi" => format!("WAGI={wagi} ./test.sh"),
            test => test.to_owned(),
        };
        anstream::println!(
            "\nBuild and serve it:\n\n  cd {}\n  {}\n  {wagi} serve\n\nAsk it, in another terminal:\n\n  {}\n\nTest it:\n\n  {test}",
            quoted(&self.folder),
            commands.build,
            commands.ask
        );
    }
}

/// Writes all files or none: into a folder beside the new one, which is renamed when it is complete.
fn create(folder: &Path, files: &[(&str, String)]) -> io::Result<()> {
    let mut unfinished = tempfile::Builder::new();
    unfinished.prefix(".wagi-new-");
    // As `mkdir` does: the umask takes from it.
    unfinished.permissions(fs::Permissions::from_mode(0o777));
    // Dropped on an error, it takes with it what was written.
    let unfinished = unfinished.tempdir_in(parent(folder))?;
    for (path, text) in files {
        let path = unfinished.path().join(path);
        fs::create_dir_all(parent(&path))?;
        fs::write(&path, text)?;
        if text.starts_with("#!") {
            let readable = fs::metadata(&path)?.permissions().mode();
            let executable = readable | (readable & 0o444) >> 2;
            fs::set_permissions(&path, fs::Permissions::from_mode(executable))?;
        }
    }
    // It replaces nothing: at most an empty folder that somebody made this very moment.
    fs::rename(unfinished.path(), folder)?;
    let _ = unfinished.keep();
    Ok(())
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// How this program is called: one that was called by its path, as `cargo run` does, may not be on the
/// PATH, and after a `cd` a relative path would lead elsewhere.
fn program() -> String {
    let called = env::args_os().next().unwrap_or_default();
    match env::current_exe() {
        Ok(path) if Path::new(&called).components().count() > 1 => quoted(&path),
        _ => "wagi".to_owned(),
    }
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_that_cannot_be_completed_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            ("a/b.txt", String::new()),
            // `a` is a folder already, so that this one fails.
            ("a", String::new()),
        ];
        create(&folder.path().join("new"), &files).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_appears_meanwhile_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("new");
        fs::create_dir(&new).unwrap();
        fs::write(new.join("mine"), "text").unwrap();
        create(&new, &[("a", String::new())]).unwrap_err();
        assert_eq!(fs::read_to_string(new.join("mine")).unwrap(), "text");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn paths_are_quoted_for_the_shell() {
        assert_eq!(quoted(Path::new("a/b-c.d_é")), "a/b-c.d_é");
        assert_eq!(quoted(Path::new("it's here")), r"'it'\''s here'");
    }
}
