use super::*;
use http::HeaderValue;
use proptest::prelude::*;

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// Addresses that begin with 10 are proxies.
fn read(
    kind: ForwardedFields,
    fields: &[(&'static str, &str)],
) -> Result<(String, Option<bool>, String), InvalidForwarded> {
    let trusts = |address: IpAddr| address.to_string().starts_with("10.");
    let Forwarded {
        client,
        https,
        host,
    } = forwarded(&headers(fields), kind, trusts)?;
    let client = client.map_or("-".to_string(), |client| client.to_string());
    let host = host.map_or("-".to_string(), |host| host.authority().to_string());
    Ok((client, https, host))
}

fn ok(
    client: &str,
    https: Option<bool>,
    host: &str,
) -> Result<(String, Option<bool>, String), InvalidForwarded> {
    Ok((client.to_string(), https, host.to_string()))
}

#[test]
fn the_client_is_who_stands_in_front_of_the_trusted_proxies() {
    for (value, client) in [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7", "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7, 10.0.0.1,10.0.0.2", "192.0.2.7"),
        ("10.0.0.1, 10.0.0.2", "10.0.0.1"),
        ("unknown, 10.0.0.1", "10.0.0.1"),
        ("6.6.6.6, nonsense", "-"),
        ("", "-"),
    ] {
        let found = read(ForwardedFields::XForwarded, &[("x-forwarded-for", value)]);
        assert_eq!(found, ok(client, None, "-"), "{value}");
    }
    let twice = [
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-for", "192.0.2.7"),
    ];
    assert_eq!(
        read(ForwardedFields::XForwarded, &twice),
        ok("192.0.2.7", None, "-")
    );
}

#[test]
fn scheme_and_host_of_x_forwarded() {
    let kind = ForwardedFields::XForwarded;
    for (clients, schemes, hosts, expected) in [
        (
            "1.1.1.1",
            "https",
            "a.example:8443",
            ok("1.1.1.1", Some(true), "a.example:8443"),
        ),
        ("1.1.1.1", "HTTP", "a", ok("1.1.1.1", Some(false), "a")),
        // One said by the last proxy only.
        (
            "6.6.6.6, 1.1.1.1",
            "https",
            "a",
            ok("1.1.1.1", Some(true), "a"),
        ),
        // As many as there are clients: the one of the proxy that saw the client.
        (
            "1.1.1.1, 10.0.0.1",
            "https, http",
            "a, b",
            ok("1.1.1.1", Some(true), "a"),
        ),
        ("1.1.1.1", "wss", "a", Err(InvalidForwarded)),
        ("1.1.1.1", "http", "a b", Err(InvalidForwarded)),
    ] {
        let fields = [
            ("x-forwarded-for", clients),
            ("x-forwarded-proto", schemes),
            ("x-forwarded-host", hosts),
            ("forwarded", "for=6.6.6.6;proto=gopher"),
        ];
        assert_eq!(read(kind, &fields), expected, "{clients} {schemes} {hosts}");
    }
}

#[test]
fn the_standard_field() {
    let kind = ForwardedFields::Forwarded;
    for (value, expected) in [
        ("for=192.0.2.7", ok("192.0.2.7", None, "-")),
        (
            "For=\"[2001:db8::7]:47\";Proto=https;by=10.0.0.1",
            ok("2001:db8::7", Some(true), "-"),
        ),
        (
            "for=6.6.6.6;host=evil, for=1.1.1.1;host=\"a:1\";proto=http",
            ok("1.1.1.1", Some(false), "a:1"),
        ),
        (
            "for=1.1.1.1;proto=https;host=a, for=10.0.0.1;proto=http;host=b",
            ok("1.1.1.1", Some(true), "a"),
        ),
        ("for=_hidden;proto=https", ok("-", Some(true), "-")),
        ("for=\"6.6.6.6, for=1.1.1.1", Err(InvalidForwarded)),
        ("for=\"1.1.1.1\\", Err(InvalidForwarded)),
        ("for=1.1.1.1;for=2.2.2.2", Err(InvalidForwarded)),
        ("for", Err(InvalidForwarded)),
        ("for=", Err(InvalidForwarded)),
        ("for=1.1.1.1;host=a b", Err(InvalidForwarded)),
    ] {
        let fields = [("forwarded", value), ("x-forwarded-for", "6.6.6.6")];
        assert_eq!(read(kind, &fields), expected, "{value}");
    }
    assert_eq!(read(kind, &[]), ok("-", None, "-"));
}

proptest! {
    /// Whatever a client writes: what the proxy adds behind it is found, or the request is refused.
    #[test]
    fn a_client_cannot_choose_its_address(forged in "[ -~]{0,60}") {
        let forged_and_true = format!("{forged}, 192.0.2.7");
        for fields in [
            vec![("x-forwarded-for", forged.as_str()), ("x-forwarded-for", "192.0.2.7")],
            vec![("x-forwarded-for", forged_and_true.as_str())],
        ] {
            let found = read(ForwardedFields::XForwarded, &fields);
            prop_assert_eq!(found.map(|found| found.0), Ok("192.0.2.7".to_string()));
        }
        let forged_and_true = format!("{forged}, for=192.0.2.7");
        for fields in [
            vec![("forwarded", forged.as_str()), ("forwarded", "for=192.0.2.7")],
            vec![("forwarded", forged_and_true.as_str())],
        ] {
            if let Ok(found) = read(ForwardedFields::Forwarded, &fields) {
                prop_assert_eq!(found.0, "192.0.2.7");
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(value) = HeaderValue::from_bytes(&bytes) {
            for (name, kind) in [
                ("forwarded", ForwardedFields::Forwarded),
                ("x-forwarded-for", ForwardedFields::XForwarded),
            ] {
                let mut headers = HeaderMap::new();
                headers.insert(name, value.clone());
                let _ = forwarded(&headers, kind, |_| true);
            }
        }
    }
}
