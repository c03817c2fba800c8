//! Typed access to the meta-variables.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use http::Uri;
use http::uri::Scheme;

use crate::cgi::uri::{RequestPath, encode_path, encode_segment, rooted_reference};
use crate::process;

/// What the server says about the request: the meta-variables, with the quirks of existing servers smoothed.
///
/// A handler takes it as an extractor. Cloning is cheap.
///
/// ```
/// use wagi_sdk::{Gateway, testing::Request};
///
/// fn handler(gateway: Gateway) -> String {
///     format!("{} below {}", gateway.path_info(), gateway.script_name())
/// }
///
/// let transcript = Request::get("/a%20b").mounted_at("/app").send(handler);
/// assert_eq!(transcript.text(), "/a b below /app");
/// ```
#[derive(Clone)]
pub struct Gateway(Source);

#[derive(Clone)]
enum Source {
    Process,
    Given(Arc<Inner>),
}

/// There is one process: what is kept of it needs no allocation.
static PROCESS: Inner = Inner {
    variables: OnceLock::new(),
    arguments: OnceLock::new(),
    path: OnceLock::new(),
};

type Variables = Vec<(OsString, OsString)>;

/// Each is read when somebody asks for it: most handlers need one variable or two, and copying all of them would be
/// most of what a small handler does. What is not given beforehand is read from the process.
struct Inner {
    variables: OnceLock<Variables>,
    arguments: OnceLock<Vec<OsString>>,
    path: OnceLock<RequestPath>,
}

impl Gateway {
    pub(crate) fn of_process() -> Self {
        Self(Source::Process)
    }

    pub(crate) fn new(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Self {
        Self(Source::Given(Arc::new(Inner {
            variables: Variables::from_iter(variables).into(),
            arguments: Vec::from_iter(arguments).into(),
            path: OnceLock::new(),
        })))
    }

    fn inner(&self) -> &Inner {
        match &self.0 {
            Source::Process => &PROCESS,
            Source::Given(inner) => inner,
        }
    }

    /// The path under which the handler is mounted, decoded: empty at the root, otherwise `/…`. `SCRIPT_NAME`.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::{Request, Server}};
    ///
    /// let handler = |gateway: Gateway| format!("<{}>", gateway.script_name());
    /// assert_eq!(Request::get("/tea").mounted_at("/shop").send(handler).text(), "</shop>");
    /// // At the root, deislabs/wagi says `/`:
    /// assert_eq!(Request::get("/tea").as_server(Server::DeislabsWagi).send(handler).text(), "<>");
    /// ```
    pub fn script_name(&self) -> &str {
        &self.path().script_name
    }

    /// The path below the mount, decoded once: empty or `/…`. `PATH_INFO`.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// let handler = |gateway: Gateway| format!("<{}>", gateway.path_info());
    /// assert_eq!(Request::get("/100%25/caf%C3%A9").mounted_at("/app").send(handler).text(), "</100%/café>");
    /// assert_eq!(Request::get("/100%2525").mounted_at("/app").send(handler).text(), "</100%25>");
    /// assert_eq!(Request::get("").mounted_at("/app").send(handler).text(), "<>");
    /// ```
    pub fn path_info(&self) -> &str {
        &self.path().path_info
    }

    /// The path below the mount as the client wrote it, if the server says so. `X_RAW_PATH_INFO`. `None` for the mount
    /// itself.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::{Request, Server}};
    ///
    /// // Only the raw path tells an encoded slash from one that cuts:
    /// let handler = |gateway: Gateway| gateway.raw_path_info().unwrap_or("not said").to_owned();
    /// assert_eq!(Request::get("/a%2Fb/c").send(handler).text(), "/a%2Fb/c");
    /// assert_eq!(Request::get("/a%2Fb/c").as_server(Server::Apache).send(handler).text(), "not said");
    /// ```
    pub fn raw_path_info(&self) -> Option<&str> {
        self.path().raw_path_info.as_deref()
    }

    /// A link to a path below the mount: right wherever the handler is mounted, and never one to another host.
    ///
    /// The path is a decoded one, as [`path_info`](Self::path_info) is: what may not stand in a path is
    /// percent-encoded, `%`, `?` and `#` as well, and only slashes keep their meaning. So a query goes behind the link,
    /// and names that may have slashes in them go into [`link_segments`](Self::link_segments).
    ///
    /// ```
    /// use wagi_sdk::{Gateway, Redirect, testing::Request};
    ///
    /// let handler = |gateway: Gateway| Redirect::found(gateway.link("/log in") + "?why=tea");
    /// let transcript = Request::get("/").mounted_at("/app").send(handler);
    /// assert_eq!(transcript.field("Location"), Some("/app/log%20in?why=tea"));
    ///
    /// // `//evil.com` would be a link to that host; this is one to the path `//evil.com` of this host.
    /// let again = |gateway: Gateway| gateway.link(gateway.path_info());
    /// assert_eq!(Request::get("//evil.com").send(again).text(), "/.//evil.com");
    /// ```
    pub fn link(&self, path: &str) -> String {
        let slash = if path.starts_with('/') { "" } else { "/" };
        rooted_reference(encode_path(self.script_name()) + slash + &encode_path(path))
    }

    /// A link to a path below the mount, segment by segment: each is percent-encoded, slashes too, so that
    /// [`Path`](crate::Path) gives it back.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, Path, Router, testing::Request};
    ///
    /// let app = || {
    ///     let link = |gateway: Gateway| gateway.link_segments(["tags", "tea/green?"]);
    ///     Router::new().get("/", link).get("/tags/{tag}", |Path(tag): Path<String>| tag)
    /// };
    /// assert_eq!(Request::get("/").mounted_at("/app").send(app()).text(), "/app/tags/tea%2Fgreen%3F");
    /// assert_eq!(Request::get("/tags/tea%2Fgreen%3F").mounted_at("/app").send(app()).text(), "tea/green?");
    ///
    /// // A slash at the end is an empty segment.
    /// assert_eq!(Request::get("/").send(|gateway: Gateway| gateway.link_segments(["tags", ""])).text(), "/tags/");
    /// ```
    ///
    /// No URL has segments `.` and `..`, since clients resolve them however they are written: they become the texts `%2E`
    /// and `%2E%2E` (`%252E` and `%252E%252E` in the link), so that the link leads to nothing else. Apache, WAGI.NET and
    /// the like do not tell a slash in a segment from one between two.
    pub fn link_segments<S: AsRef<str>>(&self, segments: impl IntoIterator<Item = S>) -> String {
        let mut link = encode_path(self.script_name());
        let mount = link.len();
        for segment in segments {
            link.push('/');
            link += &encode_segment(segment.as_ref());
        }
        if link.len() == mount {
            link.push('/');
        }
        rooted_reference(link)
    }

    /// The query as the client wrote it, without the `?`; empty if there is none. `QUERY_STRING`.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// let handler = |gateway: Gateway| format!("<{}>", gateway.query());
    /// assert_eq!(Request::get("/?q=green%20tea&new").send(handler).text(), "<q=green%20tea&new>");
    /// assert_eq!(Request::get("/").send(handler).text(), "<>");
    /// ```
    pub fn query(&self) -> &str {
        self.text("QUERY_STRING").unwrap_or_default()
    }

    /// The route pattern that led here, such as `/app/...`. `X_MATCHED_ROUTE`.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::{Request, Server}};
    ///
    /// let handler = |gateway: Gateway| gateway.matched_route().unwrap_or("not said").to_owned();
    /// assert_eq!(Request::get("/tea").mounted_at("/app").send(handler).text(), "/app/...");
    /// assert_eq!(Request::get("/tea").as_server(Server::Apache).send(handler).text(), "not said");
    /// ```
    pub fn matched_route(&self) -> Option<&str> {
        self.text("X_MATCHED_ROUTE")
    }

    /// The absolute URL of the request: `X_FULL_URL`, or put together from the other variables where a server has none.
    /// `None` if nothing says which host was asked.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::{Request, Server}};
    ///
    /// let handler = |gateway: Gateway| gateway.full_url().map_or("not said".into(), |url| url.to_string());
    /// let request = Request::get("/tea?cups=2").mounted_at("/shop").header("Host", "example.org");
    /// assert_eq!(request.clone().send(handler).text(), "http://example.org/shop/tea?cups=2");
    /// // Apache has no variable for it:
    /// assert_eq!(request.as_server(Server::Apache).send(handler).text(), "http://example.org/shop/tea?cups=2");
    /// ```
    pub fn full_url(&self) -> Option<Uri> {
        if let Some(url) = self
            .text("X_FULL_URL")
            .and_then(|url| url.parse::<Uri>().ok())
            && url.authority().is_some()
        {
            return Some(url);
        }
        let authority = match (
            self.text("HTTP_HOST"),
            self.server_name(),
            self.server_port(),
        ) {
            (Some(host), ..) => host.to_owned(),
            (None, Some(name), Some(port)) => format!("{name}:{port}"),
            (None, Some(name), None) => name.to_owned(),
            (None, None, _) => return None,
        };
        Uri::builder()
            .scheme(self.scheme())
            .authority(authority)
            .path_and_query(self.target()?.path_and_query()?.clone())
            .build()
            .ok()
    }

    /// `https` where the server says so (`HTTPS`, `REQUEST_SCHEME` or the URL), `http` otherwise.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, http::uri::Scheme, testing::Request};
    ///
    /// let is_safe = |gateway: Gateway| (gateway.scheme() == Scheme::HTTPS).to_string();
    /// assert_eq!(Request::get("/").send(is_safe).text(), "false");
    /// assert_eq!(Request::get("/").var("HTTPS", "on").send(is_safe).text(), "true");
    /// ```
    pub fn scheme(&self) -> Scheme {
        let is = |name, value: &str| {
            self.text(name)
                .is_some_and(|text| text.eq_ignore_ascii_case(value))
        };
        let url_says = self
            .text("X_FULL_URL")
            .is_some_and(|url| url.starts_with("https:"));
        if is("HTTPS", "on") || is("HTTPS", "1") || is("REQUEST_SCHEME", "https") || url_says {
            Scheme::HTTPS
        } else {
            Scheme::HTTP
        }
    }

    /// The name of the host that was asked, without a port. `SERVER_NAME`.
    ///
    /// For an IPv6 literal deislabs/wagi and Spin give `[` alone; then the `Host` field is asked.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// let handler = |gateway: Gateway| gateway.server_name().unwrap_or("not said").to_owned();
    /// assert_eq!(Request::get("/").header("Host", "example.org:3000").send(handler).text(), "example.org");
    /// let literal = Request::get("/").header("Host", "[::1]:3000").var("SERVER_NAME", "[");
    /// assert_eq!(literal.send(handler).text(), "[::1]");
    /// ```
    pub fn server_name(&self) -> Option<&str> {
        match self.text("SERVER_NAME") {
            Some("[") => {
                let host = self.text("HTTP_HOST")?;
                Some(&host[..=host.find(']')?])
            }
            name => name,
        }
    }

    /// The port of the server, if it is a number. `SERVER_PORT`.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// let handler = |gateway: Gateway| format!("{:?}", gateway.server_port());
    /// assert_eq!(Request::get("/").header("Host", "localhost:8080").send(handler).text(), "Some(8080)");
    /// assert_eq!(Request::get("/").var("SERVER_PORT", "http").send(handler).text(), "None");
    /// ```
    pub fn server_port(&self) -> Option<u16> {
        self.text("SERVER_PORT")?.parse().ok()
    }

    /// The server's name and version. `SERVER_SOFTWARE`.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::{Request, Server}};
    ///
    /// let handler = |gateway: Gateway| gateway.server_software().unwrap_or("not said").to_owned();
    /// assert_eq!(Request::get("/").as_server(Server::Apache).send(handler).text(), "Apache/2.4");
    /// assert_eq!(Request::get("/").without_var("SERVER_SOFTWARE").send(handler).text(), "not said");
    /// ```
    pub fn server_software(&self) -> Option<&str> {
        self.text("SERVER_SOFTWARE")
    }

    /// The address of the client, or of the last proxy before the server. `REMOTE_ADDR`.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// let handler = |gateway: Gateway| gateway.remote_addr().map_or("unknown".into(), |address| address.to_string());
    /// assert_eq!(Request::get("/").var("REMOTE_ADDR", "192.0.2.7").send(handler).text(), "192.0.2.7");
    /// // Some servers add brackets or the port:
    /// assert_eq!(Request::get("/").var("REMOTE_ADDR", "[2001:db8::7]:50123").send(handler).text(), "2001:db8::7");
    /// ```
    pub fn remote_addr(&self) -> Option<IpAddr> {
        let text = self.text("REMOTE_ADDR")?;
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        bare.parse()
            .ok()
            .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
    }

    /// The user whom the server has authenticated. `REMOTE_USER`.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// let handler = |gateway: Gateway| gateway.remote_user().unwrap_or("nobody").to_owned();
    /// assert_eq!(Request::get("/").var("REMOTE_USER", "ann").send(handler).text(), "ann");
    /// // Set to nothing is the same as not set:
    /// assert_eq!(Request::get("/").var("REMOTE_USER", "").send(handler).text(), "nobody");
    /// ```
    pub fn remote_user(&self) -> Option<&str> {
        self.text("REMOTE_USER")
    }

    /// The arguments: the script name, then the query cut at `&`, undecoded, unless the route says otherwise. CGI servers
    /// give the name of the program alone, unless there is no `=` in the query.
    ///
    /// Empty under [`respond`](crate::respond), which is given none.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// let handler = |gateway: Gateway| format!("{:?}", gateway.args());
    /// let transcript = Request::get("/tea?green%20tea&cups=2").mounted_at("/shop").send(handler);
    /// assert_eq!(transcript.text(), r#"["/shop", "green%20tea", "cups=2"]"#);
    /// ```
    pub fn args(&self) -> &[OsString] {
        self.inner().arguments.get_or_init(process::arguments)
    }

    /// A variable as it came, `None` if it is not set. Names are compared exactly.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// let handler = |gateway: Gateway| gateway.var("GREETING").is_some().to_string();
    /// assert_eq!(Request::get("/").var("GREETING", "Hi").send(handler).text(), "true");
    /// ```
    pub fn var(&self, name: &str) -> Option<&OsStr> {
        find(self.all(), name)
    }

    /// All variables in the order in which they came.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, testing::Request};
    ///
    /// fn names(gateway: Gateway) -> String {
    ///     let names = gateway.vars().map(|(name, _)| name.to_string_lossy().into_owned());
    ///     names.filter(|name| name.starts_with("HTTP_")).collect::<Vec<_>>().join(" ")
    /// }
    ///
    /// assert_eq!(Request::get("/").header("User-Agent", "x").send(names).text(), "HTTP_HOST HTTP_USER_AGENT");
    /// ```
    pub fn vars(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.all().iter().map(|(name, value)| (&**name, &**value))
    }

    fn all(&self) -> &Variables {
        self.inner().variables.get_or_init(process::variables)
    }

    /// A variable that is text and not empty: unset and empty mean the same (`env.optional.unset-or-empty`).
    fn text(&self, name: &str) -> Option<&str> {
        self.var(name)?.to_str().filter(|text| !text.is_empty())
    }

    /// A variable's bytes, without copying all the others; empty if it is not set.
    // Else its code would be at every caller.
    #[inline(never)]
    pub(crate) fn peek(&self, name: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.with(name, &mut |value| bytes.extend_from_slice(value));
        bytes
    }

    /// Whether the method is this one, without copying anything.
    pub(crate) fn has_method(&self, method: &str) -> bool {
        let mut is = false;
        self.with("REQUEST_METHOD", &mut |value| {
            is = value == method.as_bytes()
        });
        is
    }

    fn with(&self, name: &str, look: &mut dyn FnMut(&[u8])) {
        match self.inner().variables.get() {
            Some(variables) => look(find(variables, name).unwrap_or_default().as_encoded_bytes()),
            None => process::with_variable(name, look),
        }
    }

    /// A header field's value, in the letter cases in which its variable may come, without reading all fields; empty if
    /// there is none. The name is in upper case, without `HTTP_`.
    pub(crate) fn peek_field(&self, name: &str) -> Vec<u8> {
        let value = self.peek(&["HTTP_", name].concat());
        if !value.is_empty() {
            return value;
        }
        // WAGI.NET keeps the client's letter case: that of browsers, or that of HTTP/2.
        let lower = name.to_ascii_lowercase();
        let mut title = String::with_capacity(name.len());
        let mut initial = true;
        for letter in lower.chars() {
            title.push(if initial {
                letter.to_ascii_uppercase()
            } else {
                letter
            });
            initial = letter == '_';
        }
        let value = self.peek(&["HTTP_", &title].concat());
        if !value.is_empty() {
            return value;
        }
        self.peek(&["HTTP_", &lower].concat())
    }

    fn path(&self) -> &RequestPath {
        self.inner().path.get_or_init(|| {
            let raw_path_info = Some(self.peek("X_RAW_PATH_INFO")).filter(|raw| !raw.is_empty());
            // CGI servers always set SERVER_PORT, WAGI servers X_RAW_PATH_INFO: without both it is Wasmer's WCGI.
            let doubled = raw_path_info.is_none() && self.peek("SERVER_PORT").is_empty();
            let (script_name, path_info) = (self.peek("SCRIPT_NAME"), self.peek("PATH_INFO"));
            RequestPath::new(&script_name, &path_info, raw_path_info.as_deref(), doubled)
        })
    }

    /// The path below the mount, cut at its slashes and then decoded; the mount itself is one empty segment.
    pub(crate) fn path_segments(&self) -> Vec<String> {
        self.path().segments()
    }

    /// Path and query in origin form; `None` if they are too long for a [`Uri`].
    pub(crate) fn target(&self) -> Option<Uri> {
        self.path().with_query(&self.peek("QUERY_STRING"))
    }
}

/// The names only: values may hold secrets, and this ends up in logs.
impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.vars().map(|(name, _)| name))
            .finish()
    }
}

fn find<'a>(variables: &'a Variables, name: &str) -> Option<&'a OsStr> {
    let (_, value) = variables.iter().find(|(key, _)| key == name)?;
    Some(value)
}
