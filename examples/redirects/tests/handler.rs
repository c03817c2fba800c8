//! The handlers, natively.
#![allow(clippy::unwrap_used, reason = "tests")]

use redirects::over;
use wagi_sdk::testing::Request;

#[test]
fn links_are_made_followed_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let app = || over(folder.path());
    let shorten = |address: &str| {
        Request::post("/")
            .mounted_at("/s")
            .form(&[("address", address)])
            .send(app())
    };
    let made = shorten("https://example.org/tea?a=1&b=2#pot");
    assert_eq!(
        (made.status().as_u16(), made.field("Location")),
        (303, Some("/s/"))
    );

    for _ in 0..2 {
        let followed = Request::get("/1").mounted_at("/s").send(app());
        assert_eq!(followed.status(), 302);
        assert_eq!(
            followed.field("Location"),
            Some("https://example.org/tea?a=1&b=2#pot")
        );
    }
    let page = Request::get("/").mounted_at("/s").send(app());
    let row = "<a href=\"/s/1\">/s/1</a><td>https://example.org/tea?a=1&amp;b=2#pot<td>2\n";
    assert!(page.text().contains(row), "{page:?}");
}

#[test]
fn only_the_web_is_linked_to() {
    let folder = tempfile::tempdir().unwrap();
    for address in [
        "",
        "javascript:alert(1)",
        "//example.org",
        "ftp://example.org/",
        "/etc/passwd",
        "https://",
        "\"><script>",
    ] {
        let refused = Request::post("/")
            .form(&[("address", address)])
            .send(over(folder.path()));
        assert_eq!(refused.status(), 422, "{address}");
        assert!(!refused.text().contains("<script>"), "{refused:?}");
    }
    for code in ["/1", "/..", "/A", "/1.link", "/%2e%2e%2fx"] {
        assert_eq!(
            Request::get(code).send(over(folder.path())).status(),
            404,
            "{code}"
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
