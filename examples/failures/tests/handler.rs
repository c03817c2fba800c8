//! The handler, natively.

use failures::fail;
use wagi_sdk::testing::{Request, Transcript};

fn get(path: &str) -> Transcript {
    Request::get(path).send(fail)
}

#[test]
fn the_client_gets_the_public_part_and_the_log_the_private_one() {
    let shown = [
        "/unforeseen",
        "/missing",
        "/busy",
        "/panic",
        "/field",
        "/stream/early",
        "/none",
    ]
    .map(|path| {
        let transcript = get(path);
        assert!(transcript.is_complete());
        let (status, text, log) = (transcript.status(), transcript.text(), transcript.stderr());
        format!(
            "{path}\n  client: {} {}\n  log: {}\n",
            status.as_u16(),
            text.trim_end(),
            log.trim_end()
        )
    });
    insta::assert_snapshot!(shown.concat(), @r"
    /unforeseen
      client: 500 Internal Server Error
      log: 500 Internal Server Error: No such file or directory (os error 2)
    /missing
      client: 404 Not Found
      log: 404 Not Found: No such file or directory (os error 2)
    /busy
      client: 503 Please come back in a minute.
      log: 503 Service Unavailable: the index is being rebuilt
    /panic
      client: 500 Internal Server Error
      log: the handler panicked: the secret is 42
    /field
      client: 500 Internal Server Error
      log: 500 Internal Server Error: the value of the response field `x-note`: failed to parse header value
    /stream/early
      client: 500 Internal Server Error
      log: 500 Internal Server Error: no data
    /none
      client: 404 Not Found
      log:
    ");
}

#[test]
fn what_is_on_its_way_breaks_off() {
    let transcript = get("/stream/late");
    assert!(!transcript.is_complete());
    assert_eq!(transcript.body().len(), 1_000_000);
    assert_eq!(
        transcript.stderr(),
        "the response is incomplete: the handler panicked: the secret is 42\n"
    );
}
