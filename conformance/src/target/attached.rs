//! A server that somebody else started.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::site::Sites;
use super::{Guard, Paths, ServerFile, Target, TargetError};

impl Target {
    /// A running server on which the probes are mounted, below the path of the URL if it has one.
    /// `description` says what it lacks and how its paths are made; without one it is taken for a
    /// WAGI server with the whole mount table.
    ///
    /// The name is resolved; whether anything listens there, the first request will show.
    pub fn attached(url: &str, description: Option<&ServerFile>) -> Result<Target, TargetError> {
        Target::attached_sites(url, BTreeMap::new(), description)
    }

    /// The same, with the servers of further sites by name.
    pub fn attached_sites(
        url: &str,
        sites: BTreeMap<String, String>,
        description: Option<&ServerFile>,
    ) -> Result<Target, TargetError> {
        let mut target = Target::attached_site(url, description, None)?;
        let description = description.cloned();
        target.sites = Sites::started_by(move |name| match sites.get(name) {
            Some(url) => Target::attached_site(url, description.as_ref(), Some(name)),
            None => Err(TargetError::NoSite {
                site: name.to_owned(),
            }),
        });
        Ok(target)
    }

    fn attached_site(
        url: &str,
        description: Option<&ServerFile>,
        site: Option<&str>,
    ) -> Result<Target, TargetError> {
        let location = Location::parse(url).map_err(|reason| TargetError::Url {
            url: url.to_owned(),
            reason,
        })?;
        Ok(Target {
            name: description.map_or_else(|| url.to_owned(), |file| file.name.clone()),
            software: None,
            url: format!("http://{}{}", location.authority, location.prefix),
            authority: location.authority,
            address: location.address,
            profile: description.and_then(|file| file.profile),
            lacks: description.map_or_else(BTreeMap::new, |file| file.lacks.clone()),
            paths: Paths {
                prefix: location.prefix,
                template: description.map_or("{route}", |file| &file.path).to_owned(),
            },
            site: site.map(str::to_owned),
            sites: Sites::none(),
            guard: Guard::Nothing,
        })
    }
}

struct Location {
    authority: String,
    prefix: String,
    address: SocketAddr,
}

impl Location {
    fn parse(url: &str) -> Result<Location, String> {
        let scheme = url
            .split_once("://")
            .map(|(scheme, _)| scheme.to_ascii_lowercase());
        let rest = match scheme.as_deref() {
            Some("http") => &url["http://".len()..],
            Some("https") => {
                return Err(
                    "the byte-exact client speaks no TLS; test the server's plain port".into(),
                );
            }
            Some(other) => return Err(format!("`{other}:` is not `http:`")),
            None => return Err("it has no scheme; write `http://HOST:PORT`".into()),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if path.contains(['?', '#']) {
            return Err("a query or fragment has no meaning here; leave it out".into());
        }
        if authority.contains('@') {
            return Err("credentials in the URL are not supported; leave them out".into());
        }
        if let Some(bad) = rest.chars().find(|c| !c.is_ascii_graphic()) {
            return Err(format!(
                "it holds the character {bad:?}; write it percent-encoded"
            ));
        }
        Ok(Location {
            authority: authority.to_owned(),
            prefix: path.trim_end_matches('/').to_owned(),
            address: resolve(authority)?,
        })
    }
}

/// How long an address may take to accept, where a name has several.
const CONNECT: Duration = Duration::from_secs(1);

/// An address of the authority, whose port is 80 by default. Where there are several, as for
/// `localhost`, it is the first that accepts a connection.
fn resolve(authority: &str) -> Result<SocketAddr, String> {
    // A colon inside the brackets of an IPv6 literal begins no port.
    let after_host = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match authority[after_host..].rfind(':') {
        Some(colon) => {
            let (host, port) = authority.split_at(after_host + colon);
            let port = port[1..].parse::<u16>().ok().filter(|&port| port > 0);
            (host, port.ok_or("its port is no number from 1 to 65535")?)
        }
        None => (authority, 80),
    };
    if host.is_empty() {
        return Err("it names no host".into());
    }
    let name = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let addresses = (name, port)
        .to_socket_addrs()
        .map_err(|error| format!("the host `{host}` cannot be resolved: {error}"))?;
    let addresses: Vec<SocketAddr> = addresses.collect();
    let first = *addresses
        .first()
        .ok_or_else(|| format!("the host `{host}` has no address"))?;
    let accepts = |address: &&SocketAddr| TcpStream::connect_timeout(address, CONNECT).is_ok();
    let accepting = addresses
        .iter()
        .filter(|_| addresses.len() > 1)
        .find(accepts);
    Ok(accepting.copied().unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_joins_before_the_routes() {
        let target = Target::attached("http://127.0.0.1:8080/wagi/", None).expect("a target");
        assert_eq!(target.url, "http://127.0.0.1:8080/wagi");
        assert_eq!(target.authority, "127.0.0.1:8080");
        let mount = target.mount("env").expect("a mount");
        assert_eq!(
            (mount.path.as_str(), mount.pattern.as_str()),
            ("/wagi/env", "/wagi/env/...")
        );
        let exact = target.mount("exact").expect("a mount");
        assert_eq!(exact.path, exact.pattern);
        let root = target.mount("root").expect("a mount");
        assert_eq!(
            (root.path.as_str(), root.pattern.as_str()),
            ("/wagi", "/wagi/...")
        );
        assert_eq!(target.mount("nowhere"), None);
    }

    #[test]
    fn a_description_makes_the_paths_of_a_cgi_server() {
        let server = ServerFile::named("lighttpd").expect("built in");
        let target = Target::attached("http://127.0.0.1", Some(&server)).expect("a target");
        assert_eq!(
            target.mount("env").map(|mount| mount.path).as_deref(),
            Some("/cgi-bin/env")
        );
        assert_eq!(target.mount("trap"), None, "it has no native twin");
    }

    #[test]
    fn addresses() {
        let address = |url| Target::attached(url, None).map(|target| target.address.to_string());
        assert_eq!(address("http://127.0.0.1").expect("valid"), "127.0.0.1:80");
        assert_eq!(address("http://[::1]").expect("valid"), "[::1]:80");
        assert_eq!(address("HTTP://[::1]:81/").expect("valid"), "[::1]:81");
    }

    #[test]
    fn a_wrong_url_says_what_to_do() {
        for (url, says) in [
            ("localhost:80", "no scheme"),
            ("https://localhost", "no TLS"),
            ("ftp://localhost", "is not `http:`"),
            ("http://", "no host"),
            ("http://:80", "no host"),
            ("http://127.0.0.1:0", "no number from 1"),
            ("http://127.0.0.1:x", "no number from 1"),
            ("http://127.0.0.1/?q", "leave it out"),
            ("http://me@127.0.0.1/", "leave them out"),
            ("http://127.0.0.1/a b", "percent-encoded"),
        ] {
            let error = Target::attached(url, None).expect_err(url);
            assert!(error.is_usage(), "{error}");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
