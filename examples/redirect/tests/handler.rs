//! The handler, natively.

use redirect::redirect;
use wagi_sdk::testing::{Request, Server};

fn answer(request: Request) -> String {
    let transcript = request.mounted_at("/go").send(redirect);
    let location = transcript.field("Location").unwrap_or("nowhere");
    format!("{} {location}", transcript.status().as_u16())
}

#[test]
fn sends_old_addresses_to_new_ones() {
    assert_eq!(
        answer(Request::get("/old-home")),
        "301 https://example.org/"
    );
    assert_eq!(
        answer(Request::post("/api/v1/orders?a=b&c")),
        "308 https://api.example.org/v2/orders?a=b&c"
    );
    assert_eq!(
        answer(Request::get("/today")),
        "302 /go/2026/special%20offer"
    );
    assert_eq!(
        answer(Request::get("/docs/intro")),
        "302 ../guide/introduction"
    );
    assert_eq!(answer(Request::post("/vote")), "303 /go/thanks");
    assert_eq!(
        answer(Request::get("/blog/2020/50%25 %C3%B6ff")),
        "301 /go/articles/2020/50%25%20%C3%B6ff"
    );
    assert_eq!(answer(Request::get("/elsewhere")), "404 nowhere");
}

#[test]
fn does_so_under_every_server() {
    use Server::{Apache, DeislabsWagi, Reference, Spin, WagiNet, Wcgi};
    for server in [Apache, DeislabsWagi, Reference, Spin, WagiNet] {
        assert_eq!(
            answer(Request::get("/blog/a%20b").as_server(server)),
            "301 /go/articles/a%20b",
            "{server:?}"
        );
    }
    // WCGI does not say where the mount is; at the root that does not matter.
    let transcript = Request::get("/blog/a%20b").as_server(Wcgi).send(redirect);
    assert_eq!(transcript.field("Location"), Some("/articles/a%20b"));
}

#[test]
fn writes_what_every_server_reads() {
    let transcript = Request::get("/docs/intro").send(redirect);
    insta::assert_debug_snapshot!(transcript, @r"
    Location: ../guide/introduction
    Content-Length: 0
    Status: 302 Found
    ");
}
