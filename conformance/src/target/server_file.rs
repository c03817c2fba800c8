//! Server files: how to start a server, or what a running one lacks.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::TargetError;
use crate::case::schema::{Feature, Profile};
use crate::setup::Format;

static SERVERS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/servers");

/// One file of `servers/`, or of a user.
///
/// `command`, `config` and `files` may hold the placeholders `{dir}` (the folder that `setup` filled;
/// it is also the working directory), `{port}` and `{config}` (the file to which `config` is written).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServerFile {
    /// For people and reports.
    pub name: String,
    /// Program and arguments. Without a command the file only describes a server for `--url`.
    #[serde(default)]
    pub command: Vec<String>,
    /// Further programs that have to be installed: those that the first one starts.
    #[serde(default)]
    pub programs: Vec<String>,
    /// What to do where a program is not installed.
    #[serde(default)]
    pub install: Option<String>,
    /// The configuration that `setup` writes into `{dir}`.
    #[serde(default = "modules_toml")]
    pub setup: Format,
    /// The server's own configuration file.
    #[serde(default)]
    pub config: Option<String>,
    /// Further files: path below `{dir}` → text, with the placeholders of `config`.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// How the URL path of a mount is made, from `{route}` (`/env`) or `{mount}` (`env`).
    #[serde(default = "route")]
    pub path: String,
    /// The only profile that makes sense for this server.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// Optional features that the server lacks, with the reason for the report.
    #[serde(default)]
    pub lacks: BTreeMap<Feature, String>,
}

fn modules_toml() -> Format {
    Format::ModulesToml
}

fn route() -> String {
    "{route}".to_owned()
}

impl ServerFile {
    /// The names of the server files that are compiled in.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SERVERS
            .files()
            .filter_map(|file| file.path().to_str()?.strip_suffix(".toml"))
    }

    /// A server file by the name of a built-in one, or by the path of a `.toml` file.
    pub fn named(name: &str) -> Result<ServerFile, TargetError> {
        if let Some(file) = SERVERS.get_file(format!("{name}.toml")) {
            return ServerFile::parse(file.path(), file.contents_utf8().unwrap_or_default());
        }
        let path = PathBuf::from(name);
        if path.extension().is_none_or(|extension| extension != "toml") {
            return Err(TargetError::UnknownServer {
                name: name.to_owned(),
            });
        }
        let text = std::fs::read_to_string(&path).map_err(|error| TargetError::ServerFile {
            path: path.clone(),
            message: format!("cannot be read: {error}"),
        })?;
        ServerFile::parse(&path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<ServerFile, TargetError> {
        let wrong = |message: String| TargetError::ServerFile {
            path: path.to_owned(),
            message,
        };
        let file: ServerFile = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if !file.path.contains("{route}") && !file.path.contains("{mount}") {
            return Err(wrong(format!(
                "`path = {:?}` holds neither `{{route}}` nor `{{mount}}`, so all mounts would be one",
                file.path
            )));
        }
        let leaves = |path: &str| {
            let path = Path::new(path);
            !path
                .components()
                .all(|part| matches!(part, Component::Normal(_)))
        };
        if let Some(path) = file.files.keys().find(|path| leaves(path)) {
            return Err(wrong(format!(
                "`files` has {path:?}, which does not stay in the folder; write a path like \"conf/extra\""
            )));
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_file_is_sound() {
        assert!(ServerFile::names().count() >= 3);
        for name in ServerFile::names() {
            let file = ServerFile::named(name).expect(name);
            assert!(!file.command.is_empty(), "{name} has no command");
            assert!(
                file.install.is_some(),
                "{name} does not say how to install it"
            );
            let uses_config = file.command.iter().any(|word| word.contains("{config}"));
            assert_eq!(
                uses_config,
                file.config.is_some(),
                "{name}: `{{config}}` and `config`"
            );
            assert_eq!(
                file.setup == Format::CgiBin,
                file.profile == Some(Profile::Cgi),
                "{name}"
            );
        }
    }

    #[test]
    fn a_wrong_file_is_named_with_its_place() {
        let parse = |text| ServerFile::parse(Path::new("own.toml"), text).expect_err(text);
        let error = parse("name = \"x\"\ncomand = []\n").to_string();
        assert!(error.starts_with("own.toml: "), "{error}");
        assert!(
            error.contains("line 2") && error.contains("comand"),
            "{error}"
        );
        let error = parse("name = \"x\"\npath = \"/cgi-bin\"\n").to_string();
        assert!(error.contains("all mounts would be one"), "{error}");
        let error = parse("name = \"x\"\nfiles = { \"../x\" = \"\" }\n").to_string();
        assert!(error.contains("does not stay in the folder"), "{error}");
        let error = ServerFile::named("ngnix").expect_err("unknown");
        assert!(
            error.is_usage() && error.to_string().contains("lighttpd"),
            "{error}"
        );
        let error = ServerFile::named("missing.toml")
            .expect_err("no such file")
            .to_string();
        assert!(error.starts_with("missing.toml: cannot be read"), "{error}");
    }
}
