//! How servers fill the variables.

use std::ffi::OsString;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::Request;
use crate::cgi::uri::encode_path;

/// A server whose way of filling the variables a test can replay.
///
/// ```
/// use wagi_sdk::{Gateway, testing::{Request, Server}};
///
/// let handler = |gateway: Gateway| gateway.path_info().to_owned();
/// for server in [Server::Reference, Server::DeislabsWagi, Server::Spin, Server::Wcgi, Server::Apache] {
///     assert_eq!(Request::get("/a%20b").as_server(server).send(handler).text(), "/a b");
/// }
/// ```
///
/// Measured against the real ones; only what a handler can notice is here. WAGI.NET is read from its source.
///
/// What servers refuse themselves is not played: the reference host would answer this with 400, and start no handler.
///
/// ```
/// use wagi_sdk::{Gateway, testing::{Request, Server}};
///
/// let handler = |gateway: Gateway| gateway.path_info().to_owned();
/// assert_eq!(Request::get("/../x").as_server(Server::Reference).send(handler).text(), "/../x");
/// assert_eq!(Request::get("/%ff").as_server(Server::Reference).send(handler).text(), "/\u{fffd}");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Server {
    /// This project's `wagi`, which does what the specification says.
    #[default]
    Reference,
    /// deislabs/wagi 0.8: `CONTENT_TYPE` always empty, `SCRIPT_NAME` of `/` at the root, the last of repeated fields.
    DeislabsWagi,
    /// Spin's WAGI executor: `CONTENT_TYPE` always empty, `PATH_INFO` undecoded.
    Spin,
    /// WAGI.NET: names of `HTTP_` variables in the client's case, `X_RAW_PATH_INFO` encoded anew.
    WagiNet,
    /// Wasmer's WCGI: the whole path in both `SCRIPT_NAME` and `PATH_INFO`, hardly any other variable. A handler cannot
    /// tell its mount, and sees paths from the root of the server.
    Wcgi,
    /// Apache's `mod_cgi`, for a handler that is built as an ordinary program.
    Apache,
}

/// What a server does with repeated request fields.
#[derive(PartialEq)]
enum Repeated {
    Joined,
    LastWins,
}

struct Habits {
    repeated: Repeated,
    /// `HTTP_CONTENT_TYPE` and `HTTP_CONTENT_LENGTH` beside the variables without `HTTP_`.
    doubles_content: bool,
    /// `CONTENT_TYPE` is set but never filled.
    loses_content_type: bool,
    /// Variables without a value are set, to nothing or `0`.
    sets_empty: bool,
    keeps_case: bool,
    withholds: &'static [&'static str],
}

impl Server {
    /// All of them, for a test of what holds everywhere. There may be more in later versions.
    ///
    /// ```
    /// use wagi_sdk::{Query, testing::{Request, Server}};
    ///
    /// let handler = |Query(tea): Query<std::collections::BTreeMap<String, String>>| tea["name"].clone();
    /// for server in Server::ALL {
    ///     let transcript = Request::get("/?name=green").as_server(*server).send(handler);
    ///     assert_eq!(transcript.text(), "green", "{server:?}");
    /// }
    /// ```
    pub const ALL: &[Self] = &[
        Self::Reference,
        Self::DeislabsWagi,
        Self::Spin,
        Self::WagiNet,
        Self::Wcgi,
        Self::Apache,
    ];

    fn habits(self) -> Habits {
        let old = Habits {
            repeated: Repeated::LastWins,
            doubles_content: true,
            loses_content_type: true,
            sets_empty: true,
            keeps_case: false,
            withholds: &["authorization", "connection"],
        };
        match self {
            Self::Reference => Habits {
                repeated: Repeated::Joined,
                doubles_content: false,
                loses_content_type: false,
                withholds: &[
                    "authorization",
                    "proxy-authorization",
                    "proxy",
                    "connection",
                    "te",
                    "upgrade",
                ],
                ..old
            },
            Self::DeislabsWagi | Self::Spin => old,
            Self::WagiNet => Habits {
                repeated: Repeated::Joined,
                loses_content_type: false,
                sets_empty: false,
                keeps_case: true,
                ..old
            },
            Self::Wcgi => Habits {
                loses_content_type: false,
                sets_empty: false,
                withholds: &[],
                ..old
            },
            Self::Apache => Habits {
                repeated: Repeated::Joined,
                doubles_content: false,
                loses_content_type: false,
                sets_empty: false,
                withholds: &["authorization", "proxy-authorization", "proxy"],
                ..old
            },
        }
    }

    /// The variables for a request.
    pub(super) fn variables(self, request: &Request) -> Vec<(String, String)> {
        let habits = self.habits();
        let host = request
            .fields
            .iter()
            .rfind(|(name, _)| name.eq_ignore_ascii_case("host"));
        let host = host.map_or("localhost:3000", |(_, value)| value);
        let (name, port) = match host.rsplit_once(':') {
            // `[::1]` has colons, and no port.
            Some((name, port)) if !port.ends_with(']') => (name, port),
            _ => (host, "80"),
        };
        let (path, query) = split(&request.target);
        let path_info = decoded(path);
        let url = format!(
            "http://{host}{}{}",
            encode_path(&request.mount),
            request.target
        );

        let mut variables: Vec<(String, String)> = Vec::new();
        let mut set = |name: &str, value: &str| variables.push((name.to_owned(), value.to_owned()));
        set("GATEWAY_INTERFACE", "CGI/1.1");
        set("REQUEST_METHOD", &request.method);
        set("QUERY_STRING", query);
        set("SERVER_PROTOCOL", "HTTP/1.1");
        set("SERVER_SOFTWARE", self.software());
        set("REMOTE_ADDR", "127.0.0.1");
        let route = if request.mount.is_empty() {
            "/..."
        } else {
            &format!("{}/...", request.mount)
        };
        if matches!(
            self,
            Self::Reference | Self::DeislabsWagi | Self::Spin | Self::WagiNet
        ) {
            set("X_MATCHED_ROUTE", route);
            set("X_FULL_URL", &url);
            set("REMOTE_HOST", "127.0.0.1");
            set("PATH_TRANSLATED", &path_info);
        }
        if self != Self::Wcgi {
            set("SERVER_NAME", name);
            set("SERVER_PORT", port);
        }
        match self {
            Self::Reference => {
                set("SCRIPT_NAME", &request.mount);
                set("PATH_INFO", &path_info);
                set("X_RAW_PATH_INFO", path);
            }
            Self::DeislabsWagi => {
                set(
                    "SCRIPT_NAME",
                    if request.mount.is_empty() {
                        "/"
                    } else {
                        &request.mount
                    },
                );
                set("PATH_INFO", &path_info);
                set("X_RAW_PATH_INFO", path);
            }
            Self::Spin => {
                set("SCRIPT_NAME", &request.mount);
                set("PATH_INFO", path);
                set("X_RAW_PATH_INFO", path);
            }
            Self::WagiNet => {
                set("SCRIPT_NAME", &request.mount);
                set("PATH_INFO", &path_info);
                set(
                    "X_RAW_PATH_INFO",
                    &utf8_percent_encode(&path_info, NON_ALPHANUMERIC).to_string(),
                );
            }
            Self::Wcgi => {
                let whole = encode_path(&request.mount) + path;
                set("SCRIPT_NAME", &whole);
                set("PATH_INFO", &whole);
            }
            Self::Apache => {
                set("SCRIPT_NAME", &request.mount);
                if !path_info.is_empty() {
                    set("PATH_INFO", &path_info);
                    set("PATH_TRANSLATED", &format!("/var/www/html{path_info}"));
                }
                set(
                    "REQUEST_URI",
                    &(encode_path(&request.mount) + &request.target),
                );
                set("DOCUMENT_ROOT", "/var/www/html");
                set("REQUEST_SCHEME", "http");
            }
        }
        if habits.sets_empty {
            set("AUTH_TYPE", "");
            set("REMOTE_USER", "");
        }
        content(&mut variables, request, &habits);
        fields(&mut variables, request, host, &habits);
        variables
    }

    /// The arguments for a request.
    pub(crate) fn arguments(self, request: &Request) -> Vec<OsString> {
        let (path, query) = split(&request.target);
        let first = match self {
            Self::Reference => request.mount.clone(),
            Self::DeislabsWagi | Self::Spin => encode_path(&request.mount) + path,
            Self::WagiNet => decoded(path),
            Self::Wcgi | Self::Apache => return vec!["handler".into()],
        };
        let rest = query.split('&').filter(|piece| !piece.is_empty());
        let rest = rest.map(|piece| {
            if self == Self::WagiNet {
                decoded(piece)
            } else {
                piece.to_owned()
            }
        });
        std::iter::once(first)
            .chain(rest)
            .map(OsString::from)
            .collect()
    }

    fn software(self) -> &'static str {
        match self {
            Self::Reference => concat!("wagi/", env!("CARGO_PKG_VERSION")),
            Self::DeislabsWagi | Self::Spin | Self::WagiNet => "WAGI/1",
            Self::Wcgi => "wcgi",
            Self::Apache => "Apache/2.4",
        }
    }
}

fn content(variables: &mut Vec<(String, String)>, request: &Request, habits: &Habits) {
    let sent = request
        .fields
        .iter()
        .rfind(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let media_type = sent
        .map(|(_, value)| value.clone())
        .filter(|_| !habits.loses_content_type);
    let length = request.body.as_ref().map(|body| body.len().to_string());
    let mut set = |name: &str, value: Option<String>, empty: &str| {
        if let Some(value) = value.or_else(|| habits.sets_empty.then(|| empty.to_owned())) {
            variables.push((name.to_owned(), value));
        }
    };
    set("CONTENT_TYPE", media_type, "");
    set("CONTENT_LENGTH", length.clone(), "0");
    if let Some(length) = length.filter(|_| habits.doubles_content) {
        variables.push(("HTTP_CONTENT_LENGTH".to_owned(), length));
    }
}

fn fields(variables: &mut Vec<(String, String)>, request: &Request, host: &str, habits: &Habits) {
    variables.push(("HTTP_HOST".to_owned(), host.to_owned()));
    for (field, value) in &request.fields {
        let lower = field.to_ascii_lowercase();
        let withheld = habits.withholds.contains(&&*lower) || lower == "host";
        if withheld
            || (lower.starts_with("content-")
                && !habits.doubles_content
                && lower != "content-encoding")
        {
            continue;
        }
        let cased = if habits.keeps_case {
            field.clone()
        } else {
            field.to_ascii_uppercase()
        };
        let name = format!("HTTP_{}", cased.replace('-', "_"));
        match variables.iter_mut().find(|(key, _)| *key == name) {
            Some((_, earlier)) if habits.repeated == Repeated::Joined => {
                earlier.push_str(if lower == "cookie" { "; " } else { ", " });
                earlier.push_str(value);
            }
            Some((_, earlier)) => earlier.clone_from(value),
            None => variables.push((name, value.clone())),
        }
    }
}

/// Path and query.
fn split(target: &str) -> (&str, &str) {
    target.split_once('?').unwrap_or((target, ""))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::Server;

    #[test]
    fn all_are_all() {
        // A server that is new here is new in `ALL` too.
        let place = |server: &Server| match server {
            Server::Reference => 0,
            Server::DeislabsWagi => 1,
            Server::Spin => 2,
            Server::WagiNet => 3,
            Server::Wcgi => 4,
            Server::Apache => 5,
        };
        assert!(Server::ALL.iter().map(place).eq(0..6));
    }
}
