//! The page, without a component.
#![allow(clippy::unwrap_used, reason = "tests")]

use outbound::{Answer, Failure, app};
use wagi_sdk::testing::{Request, Transcript};
use wagi_sdk::{StatusCode, Uri};

fn ask(url: &str, get: impl Fn(&Uri) -> Result<Answer, Failure> + 'static) -> Transcript {
    let mut path = String::from("/?url=");
    for byte in url.bytes() {
        path += &format!("%{byte:02X}");
    }
    Request::get(&path).mounted_at("/app").send(app(get))
}

#[test]
fn without_an_address_it_asks_for_one() {
    let transcript = Request::get("/").send(app(|_| unreachable!()));
    assert_eq!(transcript.status(), StatusCode::OK);
    assert!(transcript.text().contains("name=\"url\""));
}

#[test]
fn what_another_server_says_is_text() {
    let transcript = ask("http://a.example/x?y=1", |url| {
        assert_eq!(url.to_string(), "http://a.example/x?y=1");
        Ok(Answer {
            status: 404,
            media_type: "text/html; a=\"<b>\"".to_owned(),
            body: b"<script>alert(1)</script>\xff".to_vec(),
            is_cut: true,
        })
    });
    assert_eq!(transcript.status(), StatusCode::OK);
    let page = transcript.text().into_owned();
    assert!(page.contains("Status 404"), "{page}");
    assert!(page.contains("the first 64 KiB"), "{page}");
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;\u{fffd}"),
        "{page}"
    );
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
}

#[test]
fn who_may_not_be_asked_is_named() {
    let transcript = ask("https://secret.example:8443/", |_| Err(Failure::Refused));
    assert_eq!(transcript.status(), StatusCode::FORBIDDEN);
    let page = transcript.text().into_owned();
    assert!(
        page.contains("<strong>secret.example:8443</strong>"),
        "{page}"
    );
    assert!(page.contains("allowed_hosts"), "{page}");
}

#[test]
fn what_goes_wrong_is_said() {
    let transcript = ask("https://a.example/", |_| {
        Err(Failure::Failed("a < b".to_owned()))
    });
    assert_eq!(transcript.status(), StatusCode::BAD_GATEWAY);
    assert!(transcript.text().contains("a &lt; b"));
}

#[test]
fn what_is_no_address_is_not_asked_for() {
    for url in [
        "example.com",
        "/etc/passwd",
        "file:///etc/passwd",
        "ftp://a.example/",
        "http://",
    ] {
        let transcript = ask(url, |_| unreachable!());
        assert_eq!(
            transcript.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{url}"
        );
    }
}
