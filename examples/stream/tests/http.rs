//! The module, over HTTP.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader};

use wagi_example_harness::serve;

#[test]
fn the_first_step_arrives_before_the_last_is_done() {
    let site = serve("stream", "/work/...");
    // The whole would take twenty seconds.
    let response = site
        .get("/work/progress?steps=20&pause=1000")
        .send()
        .unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert!(!response.headers().contains_key("content-length"));
    let mut lines = BufReader::new(response).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "event: progress");
    assert_eq!(lines.next().unwrap().unwrap(), "id: 1");
    assert_eq!(lines.next().unwrap().unwrap(), "data: 5");
}
