//! The handlers, natively.

use stream::app;
use wagi_sdk::testing::Request;

#[test]
fn reports_each_step() {
    let transcript = Request::get("/progress?steps=2&pause=0").send(app());
    assert_eq!(transcript.field("Content-Type"), Some("text/event-stream"));
    assert_eq!(
        transcript.text(),
        "event: progress\nid: 1\ndata: 50\n\nevent: progress\nid: 2\ndata: 100\n\nevent: end\ndata: done\n\n"
    );
    assert_eq!(
        Request::get("/progress?steps=many").send(app()).status(),
        400
    );
}

#[test]
fn the_page_knows_where_it_is_mounted() {
    let transcript = Request::get("/").mounted_at("/a/b").send(app());
    assert!(
        transcript.text().contains("data-source=\"/a/b/progress\""),
        "{transcript:?}"
    );
}
