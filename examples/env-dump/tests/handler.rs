//! The handler, natively.

use env_dump::app;
use wagi_sdk::testing::{Request, Server};

#[test]
fn shows_what_came() {
    let transcript = Request::get("/a%20b?x=%3Cb%3E&y")
        .mounted_at("/env-dump")
        .header("X-Note", "<script>")
        .send(app());
    let text = transcript.text();
    for expected in [
        "<th><code>HTTP_X_NOTE</code><td><code>&lt;script&gt;</code>",
        "<th><code>PATH_INFO</code><td><code>/a b</code>",
        "<th><code>QUERY_STRING</code><td><code>x=%3Cb%3E&amp;y</code>",
        "<ol start=\"0\">\n<li><code>/env-dump</code>\n<li><code>x=%3Cb%3E</code>\n<li><code>y</code>\n</ol>",
        "The path <code>/a b</code> below the mount <code>/env-dump</code>.",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn is_fine_with_next_to_nothing() {
    let transcript = Request::get("/").as_server(Server::Wcgi).send(app());
    assert_eq!(transcript.status(), 200);
}
