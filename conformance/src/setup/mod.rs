//! `setup`: probes and configuration, ready to deploy on a server.

mod cases;
mod cgi_bin;
mod deployed;
mod folder;
mod modules_toml;
mod spin;

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::probe::ProbeError;
use folder::Folder;

/// What kind of server is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `modules.toml`, for `wagi` and the reference host.
    ModulesToml,
    /// `spin.toml`, for Spin's WAGI executor.
    Spin,
    /// A folder of scripts, for plain CGI servers.
    CgiBin,
}

/// What `setup` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The files, relative to the folder.
    pub files: Vec<PathBuf>,
    /// Mounts that the format cannot express, each with the reason.
    pub left_out: Vec<(String, String)>,
}

/// Probes or configuration could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A file that `setup` did not write stands in the way.
    #[error("{} exists and is not as `setup` writes it; choose an empty folder, or move it away", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A script's first line cannot name the program.
    #[error("a script cannot start the program {}: {reason}", program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// A probe does not assemble.
    #[error(transparent)]
    Probe(#[from] ProbeError),
}

/// As [`write()`], and the cases beside them, for people with a runner of their own.
pub fn write_all(dir: &Path, format: Format, program: &Path) -> Result<Written, SetupError> {
    written(dir, format, program, None, cases::write)
}

/// Writes probes and configuration into `dir`, which is created. Files that an earlier `setup`
/// wrote are replaced, others are never touched. `program` is this very program, which the scripts
/// of a `cgi-bin` folder start.
pub fn write(dir: &Path, format: Format, program: &Path) -> Result<Written, SetupError> {
    written(dir, format, program, None, |_| {})
}

/// The same for one of the sites of the mount table; scripts have none but the main one.
pub fn write_site(
    dir: &Path,
    format: Format,
    program: &Path,
    site: Option<&str>,
) -> Result<Written, SetupError> {
    written(dir, format, program, site, |_| {})
}

fn written(
    dir: &Path,
    format: Format,
    program: &Path,
    site: Option<&str>,
    more: impl FnOnce(&mut Folder),
) -> Result<Written, SetupError> {
    let mut folder = Folder::open(dir)?;
    let left_out = match format {
        Format::ModulesToml => modules_toml::write(&mut folder, site)?,
        Format::Spin => spin::write(&mut folder, site)?,
        Format::CgiBin => cgi_bin::write(&mut folder, program)?,
    };
    more(&mut folder);
    Ok(Written {
        files: folder.finish()?,
        left_out,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What `setup` writes, in a folder of its own.
    fn written(format: Format) -> (tempfile::TempDir, Written) {
        let dir = tempfile::tempdir().expect("a folder");
        let program = dir.path().join("program");
        fs::write(&program, "the suite").expect("writable");
        let written = write(&dir.path().join("out"), format, &program).expect("an empty folder");
        (dir, written)
    }

    fn text(dir: &tempfile::TempDir, file: &str) -> String {
        fs::read_to_string(dir.path().join("out").join(file)).expect(file)
    }

    fn listing(written: &Written) -> String {
        let files = written
            .files
            .iter()
            .map(|file| format!("{}\n", file.display()));
        let left_out = written.left_out.iter();
        let left_out = left_out.map(|(mount, reason)| format!("without {mount}: {reason}\n"));
        files.chain(left_out).collect()
    }

    #[test]
    fn modules_toml() {
        let (dir, written) = written(Format::ModulesToml);
        insta::assert_snapshot!("modules-toml-files", listing(&written));
        insta::assert_snapshot!("modules-toml", text(&dir, "modules.toml"));
        insta::assert_snapshot!("modules-toml-readme", text(&dir, "README.txt"));
    }

    #[test]
    fn spin() {
        let (dir, written) = written(Format::Spin);
        insta::assert_snapshot!("spin-files", listing(&written));
        insta::assert_snapshot!("spin", text(&dir, "spin.toml"));
        insta::assert_snapshot!("spin-server", text(&dir, "server.toml"));
        insta::assert_snapshot!("spin-readme", text(&dir, "README.txt"));
    }

    #[test]
    fn cgi_bin() {
        let (dir, written) = written(Format::CgiBin);
        insta::assert_snapshot!("cgi-bin-files", listing(&written));
        insta::assert_snapshot!("cgi-bin-server", text(&dir, "server.toml"));
        insta::assert_snapshot!("cgi-bin-readme", text(&dir, "README.txt"));
        let root = fs::canonicalize(dir.path().join("out")).expect("written");
        let script = format!("#!{} probe\n", root.join("wagi-conformance").display());
        assert_eq!(text(&dir, "cgi-bin/env"), script);
        assert_eq!(text(&dir, "wagi-conformance"), "the suite");
    }

    /// Whoever reads the written TOML gets the mount table back.
    #[test]
    fn every_mount_is_written_as_it_stands_in_the_table() {
        let (dir, _) = written(Format::ModulesToml);
        let value: toml::Value = toml::from_str(&text(&dir, "modules.toml")).expect("TOML");
        let modules = value["module"].as_array().expect("modules");
        let table = crate::mount::MountTable::builtin();
        assert_eq!(modules.len(), table.of_site(None).count());
        for (module, mount) in modules.iter().zip(table.of_site(None)) {
            assert_eq!(module["route"].as_str(), Some(mount.route.as_str()));
            let argv = module.get("argv").and_then(toml::Value::as_str);
            assert_eq!(argv, mount.argv.as_deref());
            for (name, value) in &mount.environment {
                assert_eq!(module["environment"][name].as_str(), Some(value.as_str()));
            }
            let path = dir
                .path()
                .join("out")
                .join(module["module"].as_str().expect("a path"));
            assert!(path.is_file(), "{}", path.display());
        }
    }

    /// What is written for others is what is run here.
    #[test]
    fn the_cases_are_written_as_they_are() {
        let dir = tempfile::tempdir().expect("a folder");
        let written = write_all(dir.path(), Format::ModulesToml, Path::new("program"));
        let written = written.expect("an empty folder");
        let texts = crate::case::files::read(&[dir.path().join("cases")]).expect("cases");
        let requirements = crate::requirement::all().expect("a specification");
        let mounts = std::fs::read_to_string(dir.path().join("mounts.toml")).expect("mounts");
        let mounts: crate::mount::MountTable = toml::from_str(&mounts).expect("a mount table");
        let texts = crate::case::library::borrowed(&texts);
        let library = crate::case::library::load(&texts, requirements, &mounts);
        let library = library.unwrap_or_else(|error| panic!("{error}"));
        let own = crate::case::library::all().expect("cases");
        assert_eq!(library.iter().count(), own.iter().count());
        for file in [
            "cases/README.md",
            "cases/RUNNER.md",
            "cases/case.schema.json",
        ] {
            assert!(written.files.contains(&PathBuf::from(file)), "{file}");
        }
        write_all(dir.path(), Format::ModulesToml, Path::new("program")).expect("twice");
    }

    /// Both server files that `setup` writes must be readable by `--server`.
    #[test]
    fn a_written_server_file_can_be_read() {
        for format in [Format::Spin, Format::CgiBin] {
            let (dir, _) = written(format);
            let path = dir.path().join("out/server.toml");
            let file = crate::target::ServerFile::named(&path.to_string_lossy());
            file.expect("a server file");
        }
    }

    #[test]
    fn a_script_cannot_name_a_folder_with_blanks() {
        let dir = tempfile::tempdir().expect("a folder");
        let error = write(
            &dir.path().join("with blanks"),
            Format::CgiBin,
            Path::new("/bin/sh"),
        );
        let error = error.expect_err("no such first line").to_string();
        assert!(error.contains("choose a folder without"), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn links_lead_out_of_the_volume() {
        let (dir, _) = written(Format::ModulesToml);
        let secret = text(&dir, "volumes/outside/secret.txt");
        for link in ["absolute-link", "relative-link"] {
            assert_eq!(text(&dir, &format!("volumes/data/{link}")), secret);
        }
    }
}
