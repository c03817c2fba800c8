//! Whatever stands in front of a connection, and whatever proxies may say.

use crate::gateway::{ForwardedFields, Network, ProxyHeader, forwarded, proxy_header};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::net::SocketAddr;

/// The beginning of a connection; the same bytes as lines are the fields of a proxy, and networks.
pub fn proxy(data: &[u8]) {
    check_header(data);
    let mut fields = HeaderMap::new();
    const NAMES: [HeaderName; 4] = [
        HeaderName::from_static("x-forwarded-for"),
        HeaderName::from_static("x-forwarded-proto"),
        HeaderName::from_static("x-forwarded-host"),
        http::header::FORWARDED,
    ];
    for (index, line) in data.split(|&byte| byte == b'\n').take(16).enumerate() {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            fields.append(NAMES[index % NAMES.len()].clone(), value);
        }
        let text = std::str::from_utf8(line).unwrap_or_default();
        if let Ok(network) = text.parse::<Network>() {
            let address = text.split('/').next().unwrap_or_default();
            assert!(
                network.contains(address.parse().expect("it was read as one")),
                "{text}"
            );
        }
    }
    for kind in [ForwardedFields::XForwarded, ForwardedFields::Forwarded] {
        let by_nobody = forwarded(&fields, kind, |_| false);
        let by_all = forwarded(&fields, kind, |_| true);
        for said in [&by_nobody, &by_all].into_iter().flatten() {
            if let Some(host) = &said.host {
                assert!(!host.name().is_empty());
            }
        }
    }
}

fn check_header(data: &[u8]) {
    match proxy_header(data) {
        Ok(Some(header)) => {
            let ProxyHeader { length, addresses } = header;
            assert!(length <= data.len());
            // Neither more nor less than these bytes is needed.
            assert_eq!(proxy_header(&data[..length]), Ok(Some(header)));
            for shorter in 0..length {
                assert_eq!(
                    proxy_header(&data[..shorter]),
                    Ok(None),
                    "{shorter} of {length}"
                );
            }
            if let Some((from, to)) = addresses {
                let again = rendered(from, to);
                let again = proxy_header(again.as_bytes()).expect("a header");
                assert_eq!(again.and_then(|again| again.addresses), addresses);
            }
        }
        Ok(None) => assert!(data.len() < 4096),
        // What is wrong does not become right.
        Err(_) => assert!(proxy_header(&[data, b"\r\n"].concat()).is_err()),
    }
}

fn rendered(from: SocketAddr, to: SocketAddr) -> String {
    let family = if from.is_ipv4() { "TCP4" } else { "TCP6" };
    let (from_port, to_port) = (from.port(), to.port());
    format!(
        "PROXY {family} {} {} {from_port} {to_port}\r\n",
        from.ip(),
        to.ip()
    )
}
