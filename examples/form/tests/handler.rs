//! The handlers, natively.
#![allow(clippy::unwrap_used, reason = "tests")]

use form::app;
use wagi_sdk::testing::Request;

#[test]
fn an_order_is_taken_and_the_message_shown_once() {
    let order = [("name", "Jörg & Co"), ("cups", "2"), ("milk", "on")];
    let taken = Request::post("/")
        .mounted_at("/tea")
        .form(&order)
        .send(app());
    assert_eq!(taken.status(), 303);
    assert_eq!(taken.field("Location"), Some("/tea/"));
    let cookie = taken.field("Set-Cookie").unwrap();
    assert!(
        cookie.ends_with("; Path=/tea/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();

    let shown = Request::get("/")
        .mounted_at("/tea")
        .cookie(name, value)
        .send(app());
    let text = shown.text();
    assert!(
        text.contains("2 cups of tea with milk for Jörg &amp; Co on the way."),
        "{text}"
    );
    assert_eq!(
        shown.field("Set-Cookie"),
        Some("flash=; Path=/tea/; Max-Age=0; HttpOnly; SameSite=Lax")
    );

    let again = Request::get("/").mounted_at("/tea").send(app());
    assert!(!again.text().contains("on the way"));
    assert_eq!(again.field("Set-Cookie"), None);
}

#[test]
fn what_is_wrong_is_said_beside_what_was_typed() {
    let send = |order: &[(&str, &str)]| {
        let transcript = Request::post("/").form(&order).send(app());
        assert_eq!(transcript.status(), 422);
        transcript.text().into_owned()
    };
    let text = send(&[("name", "\"><script>"), ("cups", "13"), ("milk", "on")]);
    assert!(text.contains("Between 1 and 12 cups, please."), "{text}");
    assert!(
        text.contains("value=\"&quot;&gt;&lt;script&gt;\""),
        "{text}"
    );
    assert!(text.contains("name=\"milk\" checked"), "{text}");
    assert!(send(&[("cups", "1")]).contains("Please say who it is for."));
    for cups in ["", "0", "-1", "one", "1000"] {
        assert!(
            send(&[("name", "Ada"), ("cups", cups)]).contains("Between 1 and 12"),
            "{cups}"
        );
    }
}
