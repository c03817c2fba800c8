//! The header that a proxy puts in front of a connection, so that the server learns who the client
//! is: the PROXY protocol, versions 1 and 2.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The longest header that is accepted: what proxies add to version 2 stays far below.
const LONGEST: usize = 4096;

/// The longest header of version 1, its end included.
const LONGEST_LINE: usize = 107;

const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// A header that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyHeader {
    /// How many bytes it takes.
    pub length: usize,
    /// The client and the address that it connected to; none when the proxy speaks for itself, or
    /// when the client's connection is not TCP.
    pub addresses: Option<(SocketAddr, SocketAddr)>,
}

/// What is no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidProxyHeader;

impl fmt::Display for InvalidProxyHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection does not begin with a valid PROXY header")
    }
}

impl std::error::Error for InvalidProxyHeader {}

/// Reads the header at the beginning of a connection; `None` as long as more bytes are needed.
pub fn proxy_header(bytes: &[u8]) -> Result<Option<ProxyHeader>, InvalidProxyHeader> {
    let begins = |with: &[u8]| {
        let length = bytes.len().min(with.len());
        bytes[..length] == with[..length]
    };
    if bytes.is_empty() {
        Ok(None)
    } else if begins(b"PROXY ") {
        version1(bytes)
    } else if begins(SIGNATURE) {
        version2(bytes)
    } else {
        Err(InvalidProxyHeader)
    }
}

fn version1(bytes: &[u8]) -> Result<Option<ProxyHeader>, InvalidProxyHeader> {
    let seen = &bytes[..bytes.len().min(LONGEST_LINE)];
    let Some(end) = seen.iter().position(|&byte| byte == b'\n') else {
        return match bytes.len() < LONGEST_LINE {
            true => Ok(None),
            false => Err(InvalidProxyHeader),
        };
    };
    let line = std::str::from_utf8(&seen[..end]).map_err(|_| InvalidProxyHeader)?;
    let line = line.strip_suffix('\r').ok_or(InvalidProxyHeader)?;
    let words: Vec<&str> = line.split(' ').collect();
    let addresses = match words[..] {
        ["PROXY", "UNKNOWN", ..] => None,
        [
            "PROXY",
            family @ ("TCP4" | "TCP6"),
            from,
            to,
            from_port,
            to_port,
        ] => {
            let address = |address: &str| -> Result<IpAddr, InvalidProxyHeader> {
                match family {
                    "TCP4" => address.parse::<Ipv4Addr>().map(IpAddr::V4),
                    _ => address.parse::<Ipv6Addr>().map(IpAddr::V6),
                }
                .map_err(|_| InvalidProxyHeader)
            };
            Some((
                SocketAddr::new(address(from)?, port(from_port)?),
                SocketAddr::new(address(to)?, port(to_port)?),
            ))
        }
        _ => return Err(InvalidProxyHeader),
    };
    Ok(Some(ProxyHeader {
        length: end + 1,
        addresses,
    }))
}

fn port(text: &str) -> Result<u16, InvalidProxyHeader> {
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().map_err(|_| InvalidProxyHeader),
        false => Err(InvalidProxyHeader),
    }
}

fn version2(bytes: &[u8]) -> Result<Option<ProxyHeader>, InvalidProxyHeader> {
    let Some((head, rest)) = bytes.split_at_checked(16) else {
        return Ok(None);
    };
    let (version, command) = (head[12] >> 4, head[12] & 15);
    let announced = usize::from(u16::from_be_bytes([head[14], head[15]]));
    let length = 16 + announced;
    if version != 2 || command > 1 || length > LONGEST {
        return Err(InvalidProxyHeader);
    }
    let Some(data) = rest.get(..announced) else {
        return Ok(None);
    };
    let addresses = match (command, head[13]) {
        (0, _) => None,
        (_, 0x11) => Some(addresses::<4>(data)?),
        (_, 0x21) => Some(addresses::<16>(data)?),
        // Unspecified, or a Unix socket.
        (_, 0x00 | 0x31) => None,
        _ => return Err(InvalidProxyHeader),
    };
    Ok(Some(ProxyHeader { length, addresses }))
}

fn addresses<const N: usize>(data: &[u8]) -> Result<(SocketAddr, SocketAddr), InvalidProxyHeader>
where
    IpAddr: From<[u8; N]>,
{
    let (from, data) = data.split_first_chunk::<N>().ok_or(InvalidProxyHeader)?;
    let (to, data) = data.split_first_chunk::<N>().ok_or(InvalidProxyHeader)?;
    let (from_port, data) = data.split_first_chunk::<2>().ok_or(InvalidProxyHeader)?;
    let (to_port, _) = data.split_first_chunk::<2>().ok_or(InvalidProxyHeader)?;
    Ok((
        SocketAddr::new(IpAddr::from(*from), u16::from_be_bytes(*from_port)),
        SocketAddr::new(IpAddr::from(*to), u16::from_be_bytes(*to_port)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Read = Result<Option<(usize, Option<(String, String)>)>, InvalidProxyHeader>;

    fn read(bytes: &[u8]) -> Read {
        let header = proxy_header(bytes)?;
        Ok(header.map(|header| {
            let texts = |(from, to): (SocketAddr, SocketAddr)| (from.to_string(), to.to_string());
            (header.length, header.addresses.map(texts))
        }))
    }

    fn pair(from: &str, to: &str) -> Option<(String, String)> {
        Some((from.to_string(), to.to_string()))
    }

    #[test]
    fn version_1() {
        let line = b"PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\nGET /";
        assert_eq!(
            read(line),
            Ok(Some((41, pair("192.0.2.7:56324", "10.0.0.1:443"))))
        );
        assert_eq!(
            read(b"PROXY TCP6 2001:db8::7 ::1 1 65535\r\n"),
            Ok(Some((36, pair("[2001:db8::7]:1", "[::1]:65535"))))
        );
        assert_eq!(read(b"PROXY UNKNOWN\r\n"), Ok(Some((15, None))));
        assert_eq!(read(b"PROXY UNKNOWN a b c\r\n"), Ok(Some((21, None))));
        for length in 0..40 {
            assert_eq!(read(&line[..length]), Ok(None), "{length}");
        }
    }

    #[test]
    fn version_2() {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend_from_slice(&[0x21, 0x11, 0, 15]);
        bytes.extend_from_slice(&[192, 0, 2, 7, 10, 0, 0, 1, 0x30, 0x39, 0, 80]);
        // Something that proxies add.
        bytes.extend_from_slice(&[4, 0, 0]);
        let whole = Ok(Some((31, pair("192.0.2.7:12345", "10.0.0.1:80"))));
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), Ok(None), "{length}");
        }
        bytes.extend_from_slice(b"GET / HTTP/1.1\r\n");
        assert_eq!(read(&bytes), whole);
        bytes[12] = 0x20;
        assert_eq!(
            read(&bytes),
            Ok(Some((31, None))),
            "the proxy speaks for itself"
        );
        bytes[12] = 0x31;
        assert_eq!(read(&bytes), Err(InvalidProxyHeader), "a version to come");
        bytes[12..14].copy_from_slice(&[0x21, 0x12]);
        assert_eq!(read(&bytes), Err(InvalidProxyHeader), "a datagram");
        bytes[13..16].copy_from_slice(&[0x21, 0, 15]);
        assert_eq!(read(&bytes), Err(InvalidProxyHeader), "too short for IPv6");
    }

    #[test]
    fn what_is_no_header() {
        for text in [
            "GET / HTTP/1.1\r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n",
            "PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n",
            "PROXY TCP4 ::1 ::1 1 2\r\n",
            "PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n",
            "PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n",
            "PROXY UNIX a b\r\n",
            "\r\n\r\n\0\r\nQUIX",
        ] {
            assert_eq!(read(text.as_bytes()), Err(InvalidProxyHeader), "{text:?}");
        }
        let endless = format!("PROXY UNKNOWN {}", "a".repeat(200));
        assert_eq!(read(endless.as_bytes()), Err(InvalidProxyHeader));
        let huge = [SIGNATURE.as_slice(), &[0x21, 0x11, 0xff, 0xff]].concat();
        assert_eq!(read(&huge), Err(InvalidProxyHeader));
    }

    proptest! {
        #[test]
        fn more_bytes_never_change_a_verdict(
            version: bool,
            bytes in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let start: &[u8] = if version { b"PROXY " } else { SIGNATURE };
            let bytes = [start, &bytes].concat();
            let whole = proxy_header(&bytes);
            for length in 0..bytes.len() {
                match proxy_header(&bytes[..length]) {
                    Ok(None) => {}
                    verdict => prop_assert_eq!(verdict, whole),
                }
            }
            if let Ok(Some(header)) = whole {
                prop_assert!(header.length <= bytes.len());
            }
        }

        #[test]
        fn what_proxies_write_is_read(from: [u8; 4], to: [u8; 4], ports: (u16, u16)) {
            let (from, to) = (Ipv4Addr::from(from), Ipv4Addr::from(to));
            let line = format!("PROXY TCP4 {from} {to} {} {}\r\n", ports.0, ports.1);
            let addresses = (
                SocketAddr::new(from.into(), ports.0),
                SocketAddr::new(to.into(), ports.1),
            );
            let expected = ProxyHeader { length: line.len(), addresses: Some(addresses) };
            prop_assert_eq!(proxy_header(line.as_bytes()), Ok(Some(expected)));
        }
    }
}
