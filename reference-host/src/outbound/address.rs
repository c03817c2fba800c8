//! Which addresses a name may lead to.

use super::Permission;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether a host with this permission may be reached at an address that its name leads to.
///
/// A name that is written in `allowed_hosts` may be in a private network, since services next to the
/// server are what it is for. Link-local addresses, where clouds keep the credentials of a machine,
/// have to be written as addresses.
pub(super) fn is_allowed(permission: Permission, is_literal: bool, address: IpAddr) -> bool {
    match permission {
        Permission::Named if is_literal => !is_unusable(address),
        Permission::Named => !is_unusable(address) && !is_link_local(address),
        Permission::Wildcard => is_public(address),
    }
}

/// An IPv4 address in the form of an IPv6 address leads to the same place.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => {
            let segments = v6.segments();
            let low = |high: u16, low: u16| {
                let [a, b] = high.to_be_bytes();
                let [c, d] = low.to_be_bytes();
                IpAddr::V4(Ipv4Addr::new(a, b, c, d))
            };
            match segments {
                // IPv4-mapped, and the deprecated IPv4-compatible form.
                [0, 0, 0, 0, 0, 0xffff, a, b] => low(a, b),
                [0, 0, 0, 0, 0, 0, a, b] if a != 0 => low(a, b),
                // NAT64 (RFC 6052) and 6to4 (RFC 3056).
                [0x64, 0xff9b, 0, 0, 0, 0, a, b] => low(a, b),
                [0x2002, a, b, ..] => low(a, b),
                _ => address,
            }
        }
        IpAddr::V4(_) => address,
    }
}

fn is_unusable(address: IpAddr) -> bool {
    let address = plain(address);
    address.is_unspecified() || address.is_multicast() || address == Ipv4Addr::BROADCAST
}

fn is_link_local(address: IpAddr) -> bool {
    match plain(address) {
        IpAddr::V4(v4) => v4.is_link_local(),
        // Clouds also use a unique local address for it.
        IpAddr::V6(v6) => {
            v6.is_unicast_link_local() || v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
        }
    }
}

/// An address of the public Internet (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    if is_unusable(address) || is_link_local(address) {
        return false;
    }
    match plain(address) {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let is_special = v4.is_private()
                || v4.is_loopback()
                || v4.is_documentation()
                || a == 0
                || (a == 100 && b & 0xc0 == 64)
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && b & 0xfe == 18)
                || a >= 240;
            !is_special
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            let is_documentation = first == 0x2001 && v6.segments()[1] == 0xdb8;
            // 2000::/3 is all that is in use.
            first & 0xe000 == 0x2000 && !is_documentation
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(permission: Permission, is_literal: bool, address: &str) -> bool {
        is_allowed(permission, is_literal, address.parse().unwrap())
    }

    #[test]
    fn wildcards_lead_to_the_public_internet_only() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "198.18.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "192.0.0.8",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!allowed(Permission::Wildcard, false, address), "{address}");
            assert!(!allowed(Permission::Wildcard, true, address), "{address}");
        }
        for address in [
            "93.184.216.34",
            "2606:2800:220:1::1",
            "::ffff:93.184.216.34",
        ] {
            assert!(allowed(Permission::Wildcard, false, address), "{address}");
        }
    }

    #[test]
    fn names_lead_to_private_networks_but_not_to_the_credentials_of_the_machine() {
        for address in ["127.0.0.1", "::1", "10.0.0.1", "fc00::1", "93.184.216.34"] {
            assert!(allowed(Permission::Named, false, address), "{address}");
        }
        for address in [
            "169.254.169.254",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
        ] {
            assert!(!allowed(Permission::Named, false, address), "{address}");
            assert!(allowed(Permission::Named, true, address), "{address}");
        }
        for address in ["0.0.0.0", "::", "224.0.0.1", "255.255.255.255"] {
            assert!(!allowed(Permission::Named, true, address), "{address}");
        }
    }
}
