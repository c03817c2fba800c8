//! Whether a registry is asked over TLS.

use super::RegistryOptions;
use oci_client::client::ClientProtocol;
use std::net::IpAddr;

/// Plain HTTP where it was asked for, and on the loopback interface.
pub(super) fn protocol(registry: &str, options: &RegistryOptions) -> ClientProtocol {
    let is_plain = is_loopback(registry)
        || options.plain_http.iter().any(|name| {
            name.eq_ignore_ascii_case(registry) || name.eq_ignore_ascii_case(host_of(registry))
        });
    match is_plain {
        true => ClientProtocol::Http,
        false => ClientProtocol::Https,
    }
}

fn host_of(registry: &str) -> &str {
    match registry
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((address, _)) => address,
        None => registry.split(':').next().unwrap_or(registry),
    }
}

fn is_loopback(registry: &str) -> bool {
    let host = host_of(registry);
    let address: Option<IpAddr> = host.parse().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_registries() {
        for (registry, expected) in [
            ("localhost:5000", true),
            ("127.0.0.1:5000", true),
            ("127.9.9.9", true),
            ("[::1]:5000", true),
            ("example.com:5000", false),
            ("localhost.example.com", false),
            ("10.0.0.1:5000", false),
        ] {
            assert_eq!(is_loopback(registry), expected, "{registry}");
        }
    }
}
