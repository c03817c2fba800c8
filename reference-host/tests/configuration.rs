//! What the keys of `modules.toml` do to requests.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use support::{module, serve, settings};

#[test]
fn methods_of_a_route() {
    let entries = "[[module]]\nroute = \"/some\"\nmodule = \"$env\"\nmethods = [\"GET\", \"POST\"]\n\
         [[module]]\nroute = \"/all\"\nmodule = \"$env\"\n";
    let server = serve(&[], entries, settings());
    let send = |method: &str, path: &str| {
        let answer = server.raw(format!(
            "{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        ));
        (answer.status(), answer.field("allow"))
    };
    let allowed = || Some("GET, HEAD, POST, OPTIONS".to_string());
    for (method, expected) in [
        ("GET", (200, None)),
        ("HEAD", (200, None)),
        ("POST", (200, None)),
        ("PUT", (405, allowed())),
        ("FROB", (405, allowed())),
        ("OPTIONS", (204, allowed())),
    ] {
        assert_eq!(send(method, "/some"), expected, "{method}");
        assert_eq!(send(method, "/all"), (200, None), "{method}");
    }
}

#[test]
fn virtual_hosts() {
    let entry = |host: &str, route: &str, name: &str| {
        format!(
            "[[module]]\nroute = \"{route}\"\nmodule = \"$env\"\n{host}\nenvironment = {{ WHICH = \"{name}\" }}\n"
        )
    };
    let entries = entry("", "/a", "every")
        + &entry("host = \"*.example.com\"", "/a", "wildcard")
        + &entry("host = [\"shop.example.com\", \"[::1]\"]", "/...", "shop");
    let server = serve(
        &[],
        &entries,
        settings().default_host("shop.example.com").unwrap(),
    );
    let which = |request: &str| {
        let answer = server.raw(format!("{request}\r\n\r\n"));
        answer
            .variable("WHICH")
            .unwrap_or_else(|| answer.status().to_string())
    };
    for (host, path, expected) in [
        ("localhost", "/a", "every"),
        ("localhost", "/b", "404"),
        ("www.example.com", "/a", "wildcard"),
        ("www.example.com:8080", "/a", "wildcard"),
        ("www.example.com", "/b", "404"),
        ("Shop.Example.com.", "/a", "shop"),
        ("[::1]:80", "/b", "shop"),
        ("example.com", "/a", "every"),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nConnection: close\r\nHost: {host}");
        assert_eq!(which(&request), expected, "{host}{path}");
    }
    assert_eq!(
        which("GET http://shop.example.com/a HTTP/1.1\r\nConnection: close\r\nHost: x"),
        "shop"
    );
    assert_eq!(which("GET /a HTTP/1.0"), "shop");
}

#[test]
fn variables_of_a_module_and_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (one, two) = (
        file("one.env", "A=one\nB=one\nC=one\nD=one"),
        file("two.env", "b='two'\nC=two"),
    );
    let entries = format!(
        "[[module]]\nroute = \"/own\"\nmodule = \"$env\"\nenv_file = [{one:?}, {two:?}]\nenvironment = {{ C = \"own\" }}\n\
         [[module]]\nroute = \"/other\"\nmodule = \"$env\"\n"
    );
    let settings = settings().variable("D", "server").variable("E", "server");
    let server = serve(&[], &entries, settings);
    let own = server.get("/own", "");
    for (name, expected) in [
        ("A", "one"),
        ("b", "two"),
        ("C", "own"),
        ("D", "one"),
        ("E", "server"),
    ] {
        assert_eq!(own.variable(name).as_deref(), Some(expected), "{name}");
    }
    assert_eq!(own.variable("B"), None);
    let other = server.get("/other", "");
    assert_eq!(
        (other.variable("A"), other.variable("E").as_deref()),
        (None, Some("server"))
    );
}

#[test]
fn volumes_for_reading_only() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("count"), "0").unwrap();
    let path = folder.path();
    let entries = format!(
        "[[module]]\nroute = \"/rw\"\nmodule = {module:?}\nvolumes = {{ \"/data\" = {{ path = {path:?}, mode = \"rw\" }} }}\n\
         [[module]]\nroute = \"/ro\"\nmodule = {module:?}\nvolumes = {{ \"/data\" = {{ path = {path:?}, mode = \"ro\" }} }}\n",
        module = module("write"),
    );
    let server = serve(&[], &entries, settings());
    assert_eq!(server.get("/ro", "").body(), "errno 63\n");
    assert!(!path.join("made").exists());
    assert_eq!(server.get("/rw", "").body(), "errno 00\n");
    assert!(path.join("made").exists());
}

#[test]
fn limits_of_one_module() {
    let entries = "[[module]]\nroute = \"/small\"\nmodule = \"$cat\"\nlimits = { body = 4, wall_time = \"300ms\" }\n\
         [[module]]\nroute = \"/large\"\nmodule = \"$cat\"\n";
    let server = serve(&[], entries, settings());
    let body = "Status: 200\n\nx";
    assert_eq!(server.post("/small", body).status(), 413);
    assert_eq!(server.post("/large", body).status(), 200);
}
