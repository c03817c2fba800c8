//! The handlers, natively.
#![allow(clippy::unwrap_used, reason = "tests")]

use auth::app;
use wagi_sdk::testing::{Request, Transcript};

fn send(request: Request) -> Transcript {
    request
        .mounted_at("/club")
        .var("SESSION_KEY", "0123456789abcdef")
        .send(app())
}

fn log_in(name: &str) -> String {
    let taken = send(Request::post("/login").form(&[("name", name), ("password", "tea")]));
    assert_eq!(
        (taken.status().as_u16(), taken.field("Location")),
        (303, Some("/club/members")),
        "{taken:?}"
    );
    let cookie = taken.field("Set-Cookie").unwrap();
    assert!(
        cookie.ends_with("; Path=/club/; Max-Age=28800; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    cookie.split(['=', ';']).nth(1).unwrap().to_owned()
}

#[test]
fn members_get_in_and_out() {
    let session = log_in("<b>Ada</b>");
    let inside = send(Request::get("/members").cookie("session", &session));
    assert!(
        inside.text().contains("Welcome, &lt;b&gt;Ada&lt;/b&gt;."),
        "{inside:?}"
    );
    assert_eq!(inside.field("Cache-Control"), Some("no-store"));

    let out = send(Request::post("/logout").cookie("session", &session));
    assert_eq!(
        out.field("Set-Cookie"),
        Some("session=; Path=/club/; Max-Age=0; HttpOnly; SameSite=Lax")
    );
    assert_eq!(out.field("Location"), Some("/club/"));
}

#[test]
fn everybody_else_stays_outside() {
    let session = log_in("Ada");
    let forged = session.replacen(|_: char| true, "B", 1);
    for cookie in ["", "x", &forged] {
        let outside = send(Request::get("/members").cookie("session", cookie));
        assert_eq!(
            (outside.status().as_u16(), outside.field("Location")),
            (303, Some("/club/")),
            "{cookie}"
        );
    }
    let wrong = send(Request::post("/login").form(&[("name", "Ada"), ("password", "coffee")]));
    assert_eq!(wrong.status(), 422);
    assert_eq!(wrong.field("Set-Cookie"), None);
}

#[test]
fn without_a_key_nobody_gets_in() {
    let request = Request::post("/login").form(&[("name", "Ada"), ("password", "tea")]);
    let refused = request.send(app());
    assert_eq!(refused.status(), 500);
    assert!(
        refused.stderr().contains("SESSION_KEY is not set"),
        "{refused:?}"
    );
    assert!(!refused.text().contains("SESSION_KEY"));
}
