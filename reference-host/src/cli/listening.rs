//! Options about where clients come from.

use super::{Failure, values};
use crate::gateway::{ForwardedFields, Network};
use crate::{Host, ListenAddress, Listener, Settings, Tls, TlsFiles};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const DEFAULT_ADDRESS: &str = "127.0.0.1:3000";

/// Where to listen, and how.
#[derive(Debug, Args)]
pub(super) struct ListenOptions {
    /// Address to listen on; can be given several times
    ///
    /// An address and a port (port 0 takes a free one), or `unix:/path`. With certificates, TCP is
    /// encrypted; `http://` or `https://` in front of an address says so for this one. Sockets that
    /// systemd hands over are served as well, and instead of the default.
    ///
    /// [default: 127.0.0.1:3000]
    #[arg(short, long, value_name = "ADDR", help_heading = "Listening")]
    listen: Vec<ListenAddress>,

    /// Address for operators: /metrics, /healthz and /readyz
    #[arg(long, value_name = "ADDR", help_heading = "Operations")]
    admin: Option<ListenAddress>,

    /// Show the most recent requests on a page at this address, for who develops a module
    ///
    /// A port of this machine, a loopback address with a port, or `unix:/path`: it shows all that
    /// clients send.
    #[arg(long, value_name = "ADDR", help_heading = "Operations", value_parser = values::near_address)]
    inspect: Option<ListenAddress>,

    /// Permissions of Unix sockets, in octal
    #[arg(long, value_name = "MODE", help_heading = "Listening", default_value = "660", value_parser = values::mode)]
    socket_mode: u32,

    /// Certificate with its chain, in PEM; can be given several times
    ///
    /// Of several, a client gets the one that has the name it asks for, or else the first. The files
    /// are read again on SIGHUP and when they change.
    #[arg(long, value_name = "FILE", help_heading = "Listening")]
    tls_cert: Vec<PathBuf>,

    /// Private key of the certificate, in PEM; as often as `--tls-cert`, in the same order
    #[arg(long, value_name = "FILE", help_heading = "Listening")]
    tls_key: Vec<PathBuf>,

    /// Believe a proxy with this address, or in this network, what it says about clients
    ///
    /// Can be given several times. `unix` stands for whoever may connect to the Unix sockets.
    #[arg(long, value_name = "CIDR", help_heading = "Behind a proxy")]
    trusted_proxy: Vec<Proxy>,

    /// Fields in which trusted proxies name the client, the scheme and the host
    #[arg(
        long,
        value_name = "FIELDS",
        help_heading = "Behind a proxy",
        default_value = "x-forwarded"
    )]
    proxy_fields: Fields,

    /// Expect a PROXY header, version 1 or 2, in front of every connection
    #[arg(long, help_heading = "Behind a proxy", requires = "trusted_proxy")]
    proxy_protocol: bool,
}

/// Who is believed.
#[derive(Clone, Copy, Debug)]
enum Proxy {
    Network(Network),
    UnixSockets,
}

impl std::str::FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "unix" => Ok(Self::UnixSockets),
            text => text
                .parse()
                .map(Self::Network)
                .map_err(|error| format!("{error}, or `unix`")),
        }
    }
}

/// The fields of a proxy.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Fields {
    /// X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host
    XForwarded,
    /// Forwarded (RFC 7239)
    Forwarded,
}

impl ListenOptions {
    pub(super) fn apply(&self, mut settings: Settings) -> Result<Settings, Failure> {
        for proxy in &self.trusted_proxy {
            settings = match proxy {
                Proxy::Network(network) => settings.trusted_proxy(*network),
                Proxy::UnixSockets => settings.trusted_unix_sockets(),
            };
        }
        settings = settings.proxy_fields(match self.proxy_fields {
            Fields::XForwarded => ForwardedFields::XForwarded,
            Fields::Forwarded => ForwardedFields::Forwarded,
        });
        if self.proxy_protocol {
            settings = settings.proxy_protocol();
        }
        Ok(match self.tls()? {
            Some(tls) => settings.tls(tls),
            None => settings,
        })
    }

    fn tls(&self) -> Result<Option<Tls>, Failure> {
        if self.tls_cert.len() != self.tls_key.len() {
            return Err(Failure::usage(
                "`--tls-cert` and `--tls-key` belong together: give one of each, in the same order",
            ));
        }
        let pairs = self.tls_cert.iter().zip(&self.tls_key);
        let files: Vec<TlsFiles> = pairs
            .map(|(certificate, key)| TlsFiles {
                certificate: certificate.clone(),
                key: key.clone(),
            })
            .collect();
        if files.is_empty() {
            return Ok(None);
        }
        let tls = Tls::load(files).map_err(|error| Failure::all_wrong(error.problems()))?;
        Ok(Some(tls))
    }

    /// Opens the listener for operators.
    pub(super) fn admin(&self) -> Result<Option<Listener>, Failure> {
        self.admin
            .as_ref()
            .map(|address| self.bind(address))
            .transpose()
    }

    /// Shows the requests of a host on a page, if that was asked for.
    pub(super) fn inspect(&self, host: Host) -> Result<Host, Failure> {
        let Some(address) = &self.inspect else {
            return Ok(host);
        };
        let listener = self.bind(address)?;
        if listener.requires_tls() {
            return Err(Failure::usage(
                "`--inspect` has no TLS: it is for this machine only",
            ));
        }
        host.inspected_on(listener).map_err(|error| {
            Failure::usage(format!(
                "--inspect: {error}: take a loopback address such as 127.0.0.1:3001; \
                 `ssh -L 3001:127.0.0.1:3001 …` shows it elsewhere"
            ))
        })
    }

    fn bind(&self, address: &ListenAddress) -> Result<Listener, Failure> {
        Listener::bind(address, self.socket_mode)
            .map_err(|error| Failure::wrong(format!("cannot listen on `{address}`: {error}")))
    }

    /// Opens the sockets. The default gives way to those that were handed over.
    pub(super) fn listeners(&self, handed_over: Vec<Listener>) -> Result<Vec<Listener>, Failure> {
        let mut listeners = handed_over;
        let default = || {
            DEFAULT_ADDRESS
                .parse::<ListenAddress>()
                .map_err(Failure::wrong)
        };
        let addresses = match self.listen.is_empty() && listeners.is_empty() {
            true => vec![default()?],
            false => self.listen.clone(),
        };
        for address in &addresses {
            listeners.push(self.bind(address)?);
        }
        if self.tls_cert.is_empty()
            && let Some(encrypted) = listeners.iter().find(|listener| listener.requires_tls())
        {
            return Err(Failure::usage(format!(
                "`{encrypted}` needs `--tls-cert` and `--tls-key`"
            )));
        }
        Ok(listeners)
    }
}
