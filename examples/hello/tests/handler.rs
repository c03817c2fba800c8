//! The handler, natively.

use hello::hello;
use wagi_sdk::testing::Request;

#[test]
fn greets_a_stranger() {
    let transcript = Request::get("/").send(hello);
    insta::assert_debug_snapshot!(transcript, @r#"
    Content-Type: text/html; charset=utf-8
    Content-Length: 305
    Status: 200 OK

    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <title>Hello</title>
    <link rel="icon" href="data:,">
    <h1>Hello, stranger!</h1>
    <p>This page was written by a WebAssembly module that lives for one request.
    <form><label>Your name <input name="name" value=""></label> <button>Greet me</button></form>
    "#);
}

#[test]
fn greets_by_name() {
    let transcript = Request::get("/?name=Ada").send(hello);
    assert_eq!(transcript.status(), 200);
    assert!(
        transcript.text().contains("<h1>Hello, Ada!</h1>"),
        "{transcript:?}"
    );
}

#[test]
fn is_not_tricked_into_markup() {
    let transcript = Request::get("/?name=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").send(hello);
    assert!(!transcript.text().contains("<script"), "{transcript:?}");
    assert!(
        transcript
            .text()
            .contains("Hello, &quot;&gt;&lt;script&gt;alert(1)"),
        "{transcript:?}"
    );
}

#[test]
fn reads_umlauts_and_plus_signs() {
    let transcript = Request::get("/?name=J%C3%B6rg+M").send(hello);
    assert!(
        transcript.text().contains("Hello, Jörg M!"),
        "{transcript:?}"
    );
}

#[test]
fn does_not_choose_between_two_names() {
    let transcript = Request::get("/?name=a&name=b").send(hello);
    assert_eq!(transcript.status(), 400);
    assert_eq!(
        transcript.text(),
        "The query is not what is expected here. `name`: it came 2 times and may only once\n"
    );
}
