//! The handlers, natively.
#![allow(clippy::unwrap_used, reason = "tests")]

use guestbook::over;
use wagi_sdk::testing::Request;

#[test]
fn words_are_kept_and_shown_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, words: &str| {
        Request::post("/")
            .mounted_at("/book")
            .form(&[("name", name), ("words", words)])
            .send(over(folder.path()))
    };
    let read = || {
        Request::get("/")
            .send(over(folder.path()))
            .text()
            .into_owned()
    };
    assert!(read().contains("Nobody has written yet."));

    let written = write("Ada", "<b>Tea</b>\r\nis \"lovely\"");
    assert_eq!(written.status(), 303, "{written:?}");
    assert_eq!(written.field("Location"), Some("/book/"));
    write("Bob", "Me too");
    let text = read();
    assert!(
        text.contains("&lt;b&gt;Tea&lt;/b&gt;\r<br>is &quot;lovely&quot;"),
        "{text}"
    );
    assert!(
        text.find("Bob").unwrap() < text.find("Ada").unwrap(),
        "the latest first"
    );
}

#[test]
fn what_is_wrong_is_said_beside_what_was_typed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, words: &str| {
        let transcript = Request::post("/")
            .form(&[("name", name), ("words", words)])
            .send(over(folder.path()));
        assert_eq!(transcript.status(), 422);
        transcript.text().into_owned()
    };
    assert!(write("  ", "words & more").contains("Please say who you are."));
    assert!(write("  ", "words & more").contains("required>words &amp; more</textarea>"));
    assert!(write("Ada", "").contains("Please write something."));
    assert!(write("Ada", &"x".repeat(501)).contains("is all there is room for"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
