//! Folders over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};
use support::{Answer, Server, serve, settings};

/// A server with a folder `public` on `/files/...`, filled before it starts.
fn server(keys: &str, fill: impl FnOnce(&Path)) -> Server {
    let outside = tempfile::tempdir().unwrap();
    let root = outside.path().join("public");
    std::fs::create_dir(&root).unwrap();
    fill(&root);
    let entries = format!("[[static]]\nroute = \"/files/...\"\nfolder = {root:?}\n{keys}\n");
    let mut server = serve(&["mute"], &entries, settings());
    server.more = Some(outside);
    server
}

fn pages(root: &Path) {
    std::fs::create_dir_all(root.join("sub/empty")).unwrap();
    std::fs::write(root.join("index.html"), "<p>top").unwrap();
    std::fs::write(root.join("sub/index.html"), "<p>sub").unwrap();
    std::fs::write(root.join("a b.txt"), "0123456789").unwrap();
    std::fs::write(root.join("empty.txt"), "").unwrap();
    std::fs::write(root.join(".secret"), "secret").unwrap();
    std::fs::write(root.parent().unwrap().join("outside.txt"), "outside").unwrap();
    symlink("../outside.txt", root.join("link.txt")).unwrap();
    symlink("a b.txt", root.join("inner.txt")).unwrap();
}

fn shown(answer: &Answer) -> String {
    let mut text = answer.text().replace("\r\n", "\n");
    for name in ["date", "etag", "last-modified"] {
        if let Some(value) = answer.field(name) {
            // The same second may be both dates.
            text = text.replace(
                &format!("\n{name}: {value}"),
                &format!("\n{name}: ({name})"),
            );
        }
    }
    text
}

#[test]
fn a_file_and_what_is_said_of_it() {
    let server = server("cache_control = \"max-age=60\"", pages);
    insta::assert_snapshot!(shown(&server.get("/files/a%20b.txt", "")));
}

#[test]
fn directories() {
    let server = server("", pages);
    assert_eq!(server.get("/files/", "").body(), "<p>top");
    assert_eq!(server.get("/files/sub/", "").body(), "<p>sub");
    for (path, location) in [
        ("/files", "/files/"),
        ("/files?a=b", "/files/?a=b"),
        ("/files/sub", "/files/sub/"),
        ("/files/x/../sub?x", "/files/sub/?x"),
    ] {
        let answer = server.get(path, "");
        assert_eq!(answer.status(), 301, "{path}");
        assert_eq!(answer.field("location").as_deref(), Some(location));
    }
    for path in ["/files/sub/empty/", "/files/a%20b.txt/", "/files/nothing"] {
        assert_eq!(server.get(path, "").status(), 404, "{path}");
    }
}

#[test]
fn nothing_outside_and_nothing_hidden() {
    let server = server("", pages);
    for path in [
        "/files/../outside.txt",
        "/files/%2e%2e/outside.txt",
        "/files/..%2foutside.txt",
        "/files/sub/..%2f..%2foutside.txt",
        "/files/%2e%2e%2foutside.txt",
        "/files/..%5coutside.txt",
        "/files/link.txt",
        "/files//etc/passwd",
        "/files/%2fetc%2fpasswd",
        "/files/.secret",
        "/files/%2esecret",
        "/files/a%20b.txt%00.html",
        "/files/%c0%ae%c0%ae/outside.txt",
    ] {
        let answer = server.get(path, "");
        assert!(matches!(answer.status(), 400 | 404), "{path}: {answer:?}");
        assert!(!answer.text().contains("outside\n") && !answer.body().contains("secret"));
    }
    assert_eq!(server.get("/files/inner.txt", "").body(), "0123456789");
}

#[test]
fn hidden_files_where_they_are_wanted() {
    let server = server("hidden = true\nindex = \"\"", pages);
    assert_eq!(server.get("/files/.secret", "").body(), "secret");
    assert_eq!(server.get("/files/", "").status(), 404);
    assert_eq!(server.get("/files/sub", "").status(), 404);
}

#[test]
fn ranges() {
    let server = server("", pages);
    let get = |fields: &str| server.get("/files/a%20b.txt", fields);
    let etag = get("").field("etag").unwrap();
    for (fields, status, body, content_range) in [
        (
            "Range: bytes=2-4\r\n".to_string(),
            206,
            "234",
            Some("bytes 2-4/10"),
        ),
        (
            "Range: bytes=0-\r\n".into(),
            206,
            "0123456789",
            Some("bytes 0-9/10"),
        ),
        (
            "Range: bytes=-2\r\n".into(),
            206,
            "89",
            Some("bytes 8-9/10"),
        ),
        ("Range: bytes=10-\r\n".into(), 416, "", Some("bytes */10")),
        ("Range: bytes=0-1,4-5\r\n".into(), 200, "0123456789", None),
        ("Range: lines=1-2\r\n".into(), 200, "0123456789", None),
        (
            format!("Range: bytes=0-1\r\nIf-Range: {etag}\r\n"),
            206,
            "01",
            Some("bytes 0-1/10"),
        ),
        (
            "Range: bytes=0-1\r\nIf-Range: \"old\"\r\n".into(),
            200,
            "0123456789",
            None,
        ),
    ] {
        let answer = get(&fields);
        assert_eq!(answer.status(), status, "{fields}");
        assert_eq!(answer.body(), body, "{fields}");
        assert_eq!(
            answer.field("content-range").as_deref(),
            content_range,
            "{fields}"
        );
        let length = body.len().to_string();
        assert_eq!(answer.field("content-length"), Some(length), "{fields}");
    }
}

#[test]
fn conditions() {
    let server = server("", pages);
    let get = |fields: &str| server.get("/files/a%20b.txt", fields);
    let first = get("");
    let (etag, date) = (
        first.field("etag").unwrap(),
        first.field("last-modified").unwrap(),
    );
    for (fields, status) in [
        (format!("If-None-Match: {etag}\r\n"), 304),
        (
            format!("If-None-Match: W/{etag}\r\nRange: bytes=0-1\r\n"),
            304,
        ),
        (format!("If-Modified-Since: {date}\r\n"), 304),
        ("If-None-Match: \"x\"\r\n".into(), 200),
        ("If-Match: \"x\"\r\n".into(), 412),
    ] {
        let answer = get(&fields);
        assert_eq!(answer.status(), status, "{fields}");
        if status != 200 {
            assert_eq!(answer.body(), "", "{fields}");
        }
    }
    let path = server.more.as_ref().unwrap().path().join("public/a b.txt");
    std::fs::write(path, "changed...").unwrap();
    let later = get(&format!("If-None-Match: {etag}\r\n"));
    assert_eq!((later.status(), later.body().as_str()), (200, "changed..."));
}

#[test]
fn methods() {
    let server = server("", pages);
    let send = |method: &str| {
        server.raw(format!(
            "{method} /files/a%20b.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        ))
    };
    let head = send("HEAD");
    assert_eq!((head.status(), head.body().as_str()), (200, ""));
    assert_eq!(head.field("content-length").as_deref(), Some("10"));
    let options = send("OPTIONS");
    assert_eq!(options.status(), 204);
    assert_eq!(
        options.field("allow").as_deref(),
        Some("GET, HEAD, OPTIONS")
    );
    let post = server.post("/files/a%20b.txt", "body");
    assert_eq!(post.status(), 405);
    assert_eq!(post.field("allow").as_deref(), Some("GET, HEAD, OPTIONS"));
    let empty = server.get("/files/empty.txt", "");
    assert_eq!((empty.status(), empty.body().as_str()), (200, ""));
}

/// Several pieces, and bytes that are no text.
#[test]
fn a_large_file_arrives_whole() {
    let bytes: Vec<u8> = (0..3_000_001_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    let server = server("", |root| {
        std::fs::write(root.join("large.bin"), &bytes).unwrap()
    });
    let answer = server.get("/files/large.bin", "");
    assert!(answer.bytes.ends_with(&bytes) && answer.status() == 200);
    assert_eq!(
        answer.field("content-type").as_deref(),
        Some("application/octet-stream")
    );
    let part = server.get("/files/large.bin", "Range: bytes=1000000-2999999\r\n");
    assert!(part.bytes.ends_with(&bytes[1_000_000..3_000_000]) && part.status() == 206);
}

#[test]
fn precompressed_forms() {
    let server = server("precompressed = true", |root| {
        std::fs::write(root.join("a.js"), "plain").unwrap();
        std::fs::write(root.join("a.js.gz"), "gzipped").unwrap();
        std::fs::write(root.join("a.js.br"), "too old").unwrap();
        let old = SystemTime::now() - Duration::from_secs(60);
        let file = std::fs::File::options()
            .write(true)
            .open(root.join("a.js.br"))
            .unwrap();
        file.set_modified(old).unwrap();
    });
    let get =
        |accepted: &str| server.get("/files/a.js", &format!("Accept-Encoding: {accepted}\r\n"));
    let gzip = get("gzip, br");
    assert_eq!(
        (
            gzip.body().as_str(),
            gzip.field("content-encoding").as_deref()
        ),
        ("gzipped", Some("gzip"))
    );
    assert_eq!(
        gzip.field("content-type").as_deref(),
        Some("text/javascript; charset=utf-8")
    );
    let plain = get("identity");
    assert_eq!(
        (plain.body().as_str(), plain.field("content-encoding")),
        ("plain", None)
    );
    for answer in [&gzip, &plain] {
        assert_eq!(answer.field("vary").as_deref(), Some("accept-encoding"));
    }
    assert_ne!(gzip.field("etag"), plain.field("etag"));
}
