//! A host that serves examples.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use reqwest::blocking::{Client, RequestBuilder};
use reqwest::{Method, redirect};
use wagi_host::routes::RoutePattern;
use wagi_host::{Config, Host, Running, Settings, Volume};

use crate::build;

/// A host on a free port of this machine; it stops when this is dropped.
#[derive(Debug)]
pub struct Site {
    running: Running,
    client: Client,
}

/// Builds the example `package` and serves it at `route`.
///
/// # Panics
///
/// If it cannot be built or served: a test can do nothing else about it.
pub fn serve(package: &str, route: &str) -> Site {
    let route = RoutePattern::parse(route).unwrap_or_else(|error| panic!("{route}: {error}"));
    Site::new(Config::single(build(package), route))
}

/// The same with a folder as the module's volume.
///
/// # Panics
///
/// If it cannot be built or served.
pub fn serve_with_volume(package: &str, route: &str, guest: &str, folder: &Path) -> Site {
    with_volume(package, route, guest, folder, false)
}

/// The same, and the module can only read it.
///
/// # Panics
///
/// If it cannot be built or served.
pub fn serve_with_read_only_volume(package: &str, route: &str, guest: &str, folder: &Path) -> Site {
    with_volume(package, route, guest, folder, true)
}

fn with_volume(package: &str, route: &str, guest: &str, folder: &Path, read_only: bool) -> Site {
    let route = RoutePattern::parse(route).unwrap_or_else(|error| panic!("{route}: {error}"));
    let volume = Volume {
        guest: guest.to_owned(),
        host: folder.to_owned(),
        read_only,
    };
    Site::new(Config::single(build(package), route).volume(volume))
}

impl Site {
    /// Serves what a configuration says.
    ///
    /// # Panics
    ///
    /// If it cannot be served.
    pub fn new(config: Config) -> Self {
        // A few instances are enough for a test, and reserve little address space.
        let settings = Settings::default().instances(8);
        let host = Host::new(config, settings).unwrap_or_else(|error| panic!("{error}"));
        let listener =
            TcpListener::bind("127.0.0.1:0").expect("a free port on the loopback interface");
        let running = host.serve(listener).expect("the host starts");
        // The registry client of the host leaves the choice to whoever asks first; there may be one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            // The environment's proxy does not know this machine's ports; redirects are what is tested.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .expect("an HTTP client");
        Self { running, client }
    }

    /// The URL of a path on this host.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.local_addr())
    }

    /// Starts a request; redirects are not followed.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// Starts a GET.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// Starts a HEAD.
    pub fn head(&self, path: &str) -> RequestBuilder {
        self.request(Method::HEAD, path)
    }

    /// Starts a POST.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }
}
