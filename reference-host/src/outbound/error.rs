//! Why a module gets no response.

use std::fmt;

/// Why a module gets no response to a request of its own. The module is told the kind; the log has
/// the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OutboundError {
    /// `allowed_hosts` does not name the host and port.
    NotAllowed,
    /// The name leads to addresses that the module may not reach.
    AddressNotAllowed,
    /// It is not a URL of `http` or `https` with a host.
    InvalidUrl,
    /// As many responses are open as may be.
    TooMany,
    /// The name leads to no address.
    NotFound,
    /// Nobody accepts the connection.
    Connect(String),
    /// There is no TLS connection: a certificate is wrong, for example.
    Tls(String),
    /// It took too long.
    Timeout,
    /// The response is larger than allowed.
    TooLarge,
    /// The other side does not speak HTTP, or broke off.
    Protocol(String),
}

impl fmt::Display for OutboundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed => f.write_str("the host is not in `allowed_hosts`"),
            Self::AddressNotAllowed => f.write_str("the address of the host is not allowed"),
            Self::InvalidUrl => f.write_str("not a URL of http or https"),
            Self::TooMany => f.write_str("too many responses are open"),
            Self::NotFound => f.write_str("the host has no address"),
            Self::Connect(error) => write!(f, "cannot connect: {error}"),
            Self::Tls(error) => write!(f, "no TLS connection: {error}"),
            Self::Timeout => f.write_str("the time is over"),
            Self::TooLarge => f.write_str("the response is too large"),
            Self::Protocol(error) => write!(f, "the exchange failed: {error}"),
        }
    }
}

impl std::error::Error for OutboundError {}

impl From<hyper_util::client::legacy::Error> for OutboundError {
    fn from(error: hyper_util::client::legacy::Error) -> Self {
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            if let Some(own) = cause.downcast_ref::<Self>() {
                return own.clone();
            }
            if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
                return Self::Tls(tls.to_string());
            }
            // An `io::Error` hides what it carries from `source`.
            if let Some(inner) = cause
                .downcast_ref::<std::io::Error>()
                .and_then(std::io::Error::get_ref)
                && let Some(tls) = inner.downcast_ref::<rustls::Error>()
            {
                return Self::Tls(tls.to_string());
            }
            source = cause.source();
        }
        match error.is_connect() {
            true => Self::Connect(error.to_string()),
            false => Self::Protocol(error.to_string()),
        }
    }
}
