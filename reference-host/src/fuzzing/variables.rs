//! Any request, with any configured variables.

use crate::gateway::{
    META_VARIABLES, RequestFacts, RequestHost, Variables, accept, arguments, variables as make,
};
use http::{HeaderName, HeaderValue, Request, request};
use std::net::IpAddr;

/// A request line without its version, fields, an empty line, `NAME=value` lines for configured
/// variables. The first byte says how many segments the route takes.
pub fn variables(data: &[u8]) {
    let Some((&segments, text)) = data.split_first() else {
        return;
    };
    let mut lines = text.split(|&byte| byte == b'\n');
    let Some(parts) = request_of(&mut lines) else {
        return;
    };
    let Ok(accepted) = accept(&parts) else { return };
    let configured = configured(lines);
    let default = RequestHost::parse("default.example:3000").expect("a valid host");
    let split = accepted.path.split(usize::from(segments) % 8);
    let facts = RequestFacts {
        method: parts.method.as_str(),
        version: parts.version,
        raw_path: accepted.path.raw(),
        split,
        query: parts.uri.query().unwrap_or_default(),
        route: "/...",
        headers: &parts.headers,
        host: accepted.host.as_ref().unwrap_or(&default),
        host_was_sent: accepted.host.is_some(),
        https: segments & 64 != 0,
        server_port: 3000,
        remote: IpAddr::from([192, 0, 2, 7]),
        content_length: u64::from(segments),
    };
    let made = make(&facts, &configured);

    let decoded = accepted.path.decoded();
    assert_eq!([split.script_name, split.path_info].concat(), decoded);
    assert!(split.path_info.is_empty() || split.path_info.starts_with('/'));
    assert!(
        decoded
            .split('/')
            .all(|segment| segment != "." && segment != "..")
    );
    check_names(&made, &configured);
    check_values(&made, &facts, &configured);
    for argument in arguments(split.script_name, facts.query, None) {
        assert!(!argument.contains('\0'));
    }
}

fn request_of<'a>(lines: &mut impl Iterator<Item = &'a [u8]>) -> Option<request::Parts> {
    let (method, target) = std::str::from_utf8(lines.next()?).ok()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(target);
    for line in lines.take_while(|line| !line.is_empty()) {
        let colon = line.iter().position(|&byte| byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        request = request.header(name, value);
    }
    Some(request.body(()).ok()?.into_parts().0)
}

fn configured<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<(String, String)> {
    let variable = |line: &[u8]| {
        let text = std::str::from_utf8(line).ok()?;
        let (name, value) = text.split_once('=')?;
        // The reader of configurations refuses other names and values.
        let is_name = !name.is_empty() && !name.contains('\0') && !value.contains('\0');
        is_name.then(|| (name.to_string(), value.to_string()))
    };
    let mut variables: Vec<(String, String)> = Vec::new();
    for (name, value) in lines.filter_map(variable) {
        if !variables
            .iter()
            .any(|(taken, _)| taken.eq_ignore_ascii_case(&name))
        {
            variables.push((name, value));
        }
    }
    variables
}

fn check_names(made: &Variables<'_>, configured: &[(String, String)]) {
    for (index, (name, _)) in made.iter().enumerate() {
        assert!(!name.is_empty() && !name.contains(['=', '\0']), "{name:?}");
        let is_twice = made[..index]
            .iter()
            .any(|(n, _)| n.eq_ignore_ascii_case(name));
        assert!(!is_twice, "{name} is there twice");
        let is_own = META_VARIABLES.contains(&&**name) || name == "HTTPS";
        let is_configured = configured.iter().any(|(own, _)| own == name);
        if !is_own && !is_configured {
            let rest = name
                .strip_prefix("HTTP_")
                .unwrap_or_else(|| panic!("{name} out of nowhere"));
            let is_allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
            assert!(rest.bytes().all(is_allowed), "{name}");
            const WITHHELD: [&str; 8] = [
                "AUTHORIZATION",
                "CONNECTION",
                "CONTENT_LENGTH",
                "CONTENT_TYPE",
                "PROXY",
                "PROXY_AUTHORIZATION",
                "TRANSFER_ENCODING",
                "UPGRADE",
            ];
            assert!(!WITHHELD.contains(&rest), "{name}");
        }
    }
}

fn check_values(made: &Variables<'_>, facts: &RequestFacts<'_>, configured: &[(String, String)]) {
    let value = |name: &str| {
        let mut found = made.iter().filter(|(own, _)| own == name);
        found.next().map(|(_, value)| &**value)
    };
    for name in META_VARIABLES {
        assert!(value(name).is_some(), "{name} is missing");
    }
    assert!(made.iter().all(|(_, value)| !value.contains('\0')));
    assert_eq!(value("REQUEST_METHOD"), Some(facts.method));
    assert_eq!(value("QUERY_STRING"), Some(facts.query));
    assert_eq!(value("SCRIPT_NAME"), Some(facts.split.script_name));
    assert_eq!(value("PATH_INFO"), Some(facts.split.path_info));
    assert_eq!(value("SERVER_NAME"), Some(facts.host.name()));
    assert_eq!(value("HTTPS").is_some_and(|https| https == "on"), {
        let by_configuration = |(name, value): &(String, String)| name == "HTTPS" && value == "on";
        facts.https || configured.iter().any(by_configuration)
    });
    for (name, text) in configured {
        let is_taken = META_VARIABLES
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name))
            || facts.https && name.eq_ignore_ascii_case("HTTPS");
        if !is_taken {
            assert_eq!(value(name), Some(text.as_str()), "{name}");
        }
    }
}
