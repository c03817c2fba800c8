//! The pages, natively.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;

use markdown::{Folder, over};
use wagi_sdk::Router;
use wagi_sdk::testing::{Request, Transcript};

fn pages() -> (tempfile::TempDir, impl Fn() -> Router) {
    let outer = tempfile::tempdir().unwrap();
    fs::write(outer.path().join("secret.md"), "# Secret").unwrap();
    let folder = outer.path().join("pages");
    fs::create_dir_all(folder.join("notes")).unwrap();
    fs::create_dir_all(folder.join(".git")).unwrap();
    fs::write(folder.join(".git/config.md"), "# Hidden").unwrap();
    fs::write(
        folder.join("index.md"),
        "# Home\n\nWelcome to [tea](notes/tea.md).",
    )
    .unwrap();
    fs::write(folder.join("plain.md"), "No heading, <b>HTML</b>.").unwrap();
    fs::write(folder.join("notes/tea.md"), "# Tea & more\n\nHot.").unwrap();
    fs::write(folder.join("notes/cup.svg"), "<svg/>").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.md", folder.join("link.md")).unwrap();
    (outer, move || over(Folder::new(&folder)))
}

fn get(app: Router, path: &str) -> Transcript {
    Request::get(path).mounted_at("/docs").send(app)
}

#[test]
fn a_file_is_a_page() {
    let (_folder, app) = pages();
    let page = get(app(), "/notes/tea");
    assert_eq!(page.status(), 200, "{page:?}");
    assert!(page.text().contains("<h1>Tea &amp; more</h1>"), "{page:?}");
    assert!(page.text().contains("<p>Hot.</p>"), "{page:?}");
    assert_eq!(page.field("Cache-Control"), Some("max-age=60"));

    let page = get(app(), "/plain");
    assert!(page.text().contains("<h1>plain</h1>"), "{page:?}");
    assert!(page.text().contains("&lt;b&gt;HTML&lt;/b&gt;"), "{page:?}");
}

#[test]
fn a_folder_is_its_index_and_its_pages() {
    let (_folder, app) = pages();
    for path in ["/", ""] {
        let page = get(app(), path);
        let text = page.text();
        assert!(text.contains("<h1>Home</h1>"), "{page:?}");
        assert!(text.contains("<a href=\"notes/tea\">tea</a>"), "{page:?}");
        assert!(
            text.contains("<a href=\"/docs/notes/\">notes/</a>"),
            "{page:?}"
        );
        assert!(
            text.contains("<a href=\"/docs/plain\">plain</a>"),
            "{page:?}"
        );
        assert!(
            !text.contains("Hidden") && !text.contains("Secret"),
            "{page:?}"
        );
    }
    let page = get(app(), "/notes/");
    assert!(page.text().contains("<h1>notes</h1>"), "{page:?}");
    assert!(
        page.text()
            .contains("<a href=\"/docs/notes/tea\">Tea &amp; more</a>"),
        "{page:?}"
    );
    let moved = get(app(), "/notes");
    assert_eq!(moved.status(), 301);
    assert_eq!(moved.field("Location"), Some("/docs/notes/"));
}

#[test]
fn other_files_are_sent_as_they_are() {
    let (_folder, app) = pages();
    let image = get(app(), "/notes/cup.svg");
    assert_eq!(image.field("Content-Type"), Some("image/svg+xml"));
    assert_eq!(image.body(), b"<svg/>");
    let source = get(app(), "/notes/tea.md");
    assert_eq!(
        source.field("Content-Type"),
        Some("text/markdown; charset=utf-8")
    );
}

#[test]
fn who_has_a_page_is_told_so() {
    let (folder, app) = pages();
    let first = get(app(), "/notes/tea");
    let etag = first.field("ETag").unwrap().to_owned();
    let modified = first.field("Last-Modified").unwrap().to_owned();
    let again =
        |name: &str, value: &str| Request::get("/notes/tea").header(name, value).send(app());
    for known in [
        again("If-None-Match", &etag),
        again("If-Modified-Since", &modified),
    ] {
        assert_eq!(known.status(), 304, "{known:?}");
        assert_eq!(known.field("ETag"), Some(&*etag));
        assert_eq!(known.body(), b"");
    }
    assert_eq!(again("If-None-Match", "\"another\"").status(), 200);
    fs::write(
        folder.path().join("pages/notes/tea.md"),
        "# Tea\n\nCold by now.",
    )
    .unwrap();
    assert_eq!(again("If-None-Match", &etag).status(), 200);
}

#[test]
fn nothing_else_is_found() {
    let (_folder, app) = pages();
    for path in [
        "/nothing",
        "/nothing/",
        "/notes/tea/",
        "/notes/tea/x",
        "/../secret",
        "/..%2fsecret",
        "/notes/..%2f..%2fsecret",
        "/%2e%2e/secret",
        "/./plain",
        "/notes//tea",
        "/..%5csecret",
        "/.git/config",
        "/.git/",
        "/link",
        "/link.md",
        "/plain%00",
        "//etc/passwd",
    ] {
        let page = get(app(), path);
        assert!(
            matches!(page.status().as_u16(), 400 | 404),
            "{path}: {page:?}"
        );
        assert!(!page.text().contains("Secret"), "{path}");
    }
    assert_eq!(Request::post("/plain").send(app()).status(), 405);
}
