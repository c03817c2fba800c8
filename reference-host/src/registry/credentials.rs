//! Passwords of registries, from where `docker login` keeps them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oci_client::secrets::RegistryAuth;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Deserialize)]
struct DockerConfig {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    auth: Option<String>,
}

/// What is known of a registry. Helpers that keep passwords elsewhere are not asked.
pub(super) fn credentials(registry: &str) -> RegistryAuth {
    let read = || {
        let text = std::fs::read_to_string(config_file()?).ok()?;
        find(&text, registry)
    };
    match read() {
        Some((user, password)) => RegistryAuth::Basic(user, password),
        None => RegistryAuth::Anonymous,
    }
}

fn config_file() -> Option<PathBuf> {
    let folder = match std::env::var_os("DOCKER_CONFIG") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".docker"),
    };
    Some(folder.join("config.json"))
}

fn find(text: &str, registry: &str) -> Option<(String, String)> {
    let config: DockerConfig = serde_json::from_str(text).ok()?;
    let is_it = |name: &str| {
        let host = name.split_once("://").map_or(name, |(_, host)| host);
        host.split('/').next() == Some(registry)
    };
    let (_, entry) = config.auths.iter().find(|(name, _)| is_it(name))?;
    let decoded = STANDARD.decode(entry.auth.as_ref()?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_string(), password.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        let text = r#"{ "auths": {
            "example.com:5000": { "auth": "dXNlcjpwYTpzcw==" },
            "https://index.docker.io/v1/": { "auth": "YTpi" },
            "elsewhere": {}, "broken": { "auth": "?" } }, "credsStore": "x" }"#;
        let own = |(user, password): (&str, &str)| Some((user.to_string(), password.to_string()));
        assert_eq!(find(text, "example.com:5000"), own(("user", "pa:ss")));
        assert_eq!(find(text, "index.docker.io"), own(("a", "b")));
        for registry in ["example.com", "elsewhere", "broken", "nowhere"] {
            assert_eq!(find(text, registry), None, "{registry}");
        }
        assert_eq!(find("{", "a"), None);
    }
}
