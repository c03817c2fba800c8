//! HTTP/2 with prior knowledge, over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use bytes::Bytes;
use http::{Request, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use std::time::Duration;
use support::http::{ask, block_on, get, http2, post, whole};
use support::{serve, settings};

#[test]
fn variables_of_a_request() {
    let server = serve(&["env"], "", settings());
    let request = Request::get("http://a:81/env/caf%C3%A9?x=1&y")
        .header("x-a", "1")
        .header("x-a", "2")
        .header("cookie", "a=1")
        .header("cookie", "b=2")
        .header("te", "trailers")
        .header("x_under", "no")
        .header("proxy", "no")
        .body(Full::default())
        .unwrap();
    let answer = block_on(async {
        let mut client = http2(server.address()).await;
        ask(&mut client, request).await
    });
    assert_eq!(answer.version, Version::HTTP_2);
    let port = server.address().port().to_string();
    for (name, value) in [
        ("SERVER_PROTOCOL", Some("HTTP/2.0")),
        ("PATH_INFO", Some("/café")),
        ("QUERY_STRING", Some("x=1&y")),
        ("SERVER_NAME", Some("a")),
        ("SERVER_PORT", Some(port.as_str())),
        ("X_FULL_URL", Some("http://a:81/env/caf%C3%A9?x=1&y")),
        ("HTTP_X_A", Some("1, 2")),
        ("HTTP_COOKIE", Some("a=1; b=2")),
        ("HTTP_TE", None),
        ("HTTP_X_UNDER", None),
        ("HTTP_PROXY", None),
        ("HTTPS", None),
        ("CONTENT_LENGTH", Some("0")),
    ] {
        assert_eq!(answer.variable(name).as_deref(), value, "{name}");
    }
    assert!(!answer.headers.contains_key("connection"));
}

#[test]
fn refusals_end_the_stream_and_not_the_connection() {
    let server = serve(&["env"], "", settings());
    block_on(async {
        let mut client = http2(server.address()).await;
        let host = |host: &'static str| {
            let request = Request::get("http://a/env").header("host", host);
            request.body(Full::default()).unwrap()
        };
        assert_eq!(ask(&mut client, host("b")).await.status, 400);
        assert_eq!(ask(&mut client, host("a")).await.status, 200);
        assert_eq!(ask(&mut client, get("http://a/env/%zz")).await.status, 400);
        assert_eq!(ask(&mut client, get("http://a/nowhere")).await.status, 404);
        let trace = Request::builder().method("TRACE").uri("http://a/env");
        let trace = trace.body(Full::default()).unwrap();
        assert_eq!(ask(&mut client, trace).await.status, 405);
        let many = (0..200).fold(Request::get("http://a/env"), |request, number| {
            request.header(format!("x-{number}"), "v")
        });
        let many = many.body(Full::default()).unwrap();
        assert_eq!(ask(&mut client, many).await.status, 431);
        let large = Request::get("http://a/env").header("x-large", "v".repeat(100_000));
        let large = large.body(Full::default()).unwrap();
        let refused = client.send_request(large).await;
        assert!(refused.is_err() || refused.is_ok_and(|answer| answer.status() == 431));
    });
    // A field section that large may cost the connection, but not the server.
    block_on(async {
        let mut client = http2(server.address()).await;
        assert_eq!(ask(&mut client, get("http://a/env")).await.status, 200);
    });
}

#[test]
fn bodies_both_ways() {
    let server = serve(&["cat", "mute"], "", settings());
    let mut page = b"Content-Type: application/octet-stream\n\n".to_vec();
    let head = page.len();
    page.extend((0..8_u32 << 20).map(|at| (at % 251) as u8));
    block_on(async {
        let mut client = http2(server.address()).await;
        // With a length, and without one.
        let answer = ask(&mut client, post("http://a/cat", page.clone())).await;
        assert_eq!(answer.body, page[head..]);
        let answer = ask(&mut client, post("http://a/cat", "Status: 204\n\nbody")).await;
        assert_eq!(
            (answer.status, answer.body.len()),
            (StatusCode::NO_CONTENT, 0)
        );
        let answer = ask(&mut client, post("http://a/cat", "Status: 304\n\nbody")).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0));
        let fields = "Content-Type: a/b\nConnection: close\nTransfer-Encoding: chunked\nContent-Length: 99\nX-A: b\n";
        let answer = ask(&mut client, post("http://a/cat", format!("{fields}\nhi"))).await;
        assert_eq!(answer.body, "hi");
        assert_eq!(answer.headers["content-length"], "2");
        assert_eq!(answer.headers["x-a"], "b");
        assert!(!answer.headers.contains_key("transfer-encoding"));

        let request = Request::head("http://a/mute")
            .body(Full::default())
            .unwrap();
        let answer = ask(&mut client, request).await;
        assert_eq!(answer.headers["content-length"], "5");
        assert!(answer.body.is_empty());
        // What a module does not read stays with the client.
        let answer = ask(&mut client, post("http://a/mute", vec![b'x'; 2 << 20])).await;
        assert_eq!(answer.body, "mute\n");
        assert_eq!(ask(&mut client, get("http://a/mute")).await.body, "mute\n");
    });
}

#[test]
fn a_response_that_is_broken_off_is_reset() {
    let server = serve(&["trap", "mute"], "", settings());
    block_on(async {
        let mut client = http2(server.address()).await;
        let page = |length: usize| format!("Content-Type: a/b\n\n{}", "x".repeat(length));
        let answer = ask(&mut client, post("http://a/trap", page(10))).await;
        assert_eq!(answer.status, 500);
        let answer = client
            .send_request(post("http://a/trap", page(100_000)))
            .await;
        // The reset may overtake what was not written yet, the fields of the response too.
        let error = match answer {
            Ok(answer) => {
                assert_eq!(answer.status(), 200);
                format!("{:?}", whole(answer).await.unwrap_err())
            }
            Err(error) => format!("{error:?}"),
        };
        assert!(error.contains("INTERNAL_ERROR"), "{error}");
        // The stream ended, the connection did not.
        assert_eq!(ask(&mut client, get("http://a/mute")).await.body, "mute\n");
    });
}

#[test]
fn a_module_whose_client_takes_its_request_back_is_stopped() {
    let mut limits = wagi_host::Limits::default();
    limits.instances = 1;
    limits.queue_time = Duration::from_secs(30);
    limits.wall_time = Duration::from_secs(300);
    let server = serve(&["endless", "spin", "mute"], "", settings().limits(limits));
    block_on(async {
        let mut client = http2(server.address()).await;
        let answer = client.send_request(get("http://a/endless")).await.unwrap();
        let mut body = answer.into_body();
        assert!(body.frame().await.unwrap().is_ok());
        drop(body);
        // The only instance becomes free long before its time is over.
        assert_eq!(ask(&mut client, get("http://a/mute")).await.body, "mute\n");
        let spinning = client.send_request(post("http://a/spin", "Status: 200\n\nhi"));
        drop(spinning.await.unwrap());
        assert_eq!(ask(&mut client, get("http://a/mute")).await.body, "mute\n");
    });
}

#[test]
fn a_client_that_takes_back_everything_is_given_up() {
    let server = serve(&["spin", "mute"], "", settings());
    block_on(async {
        let mut client = http2(server.address()).await;
        let mut taken_back = 0;
        // Each is sent, and taken back when its response has begun or been refused.
        while let Ok(answer) = client
            .send_request(post("http://a/spin", "Status: 200\n\nhi"))
            .await
        {
            drop(answer);
            taken_back += 1;
            assert!(taken_back < 1000, "nobody minds");
        }
        let mut other = http2(server.address()).await;
        assert_eq!(ask(&mut other, get("http://a/mute")).await.body, "mute\n");
    });
}

#[test]
fn many_requests_at_once_do_not_mix() {
    let server = serve(&["cat"], "", settings());
    block_on(async {
        let client = http2(server.address()).await;
        let asking = (0..500).map(|number| {
            let mut client = client.clone();
            async move {
                let text = format!("{number} ").repeat(100);
                let page = format!("Content-Type: a/b\n\n{text}");
                let answer = ask(&mut client, post("http://a/cat", page)).await;
                assert_eq!(answer.body, Bytes::from(text));
            }
        });
        futures_util::future::join_all(asking).await;
    });
}

#[test]
fn shutting_down_lets_running_requests_end() {
    let server = serve(&["spin"], "", settings().wall_time(Duration::from_secs(1)));
    block_on(async {
        let mut client = http2(server.address()).await;
        let idle = http2(server.address()).await;
        let answer = client.send_request(post("http://a/spin", "Status: 200\n\nhi"));
        let answer = answer.await.unwrap();
        let running = server.running;
        let stopped = tokio::task::spawn_blocking(move || running.shutdown());
        // Its module is stopped by the time limit, so it is broken off, and by nothing earlier.
        let mut body = answer.into_body();
        assert_eq!(
            body.frame().await.unwrap().unwrap().into_data().unwrap(),
            "hi"
        );
        assert!(body.frame().await.unwrap().is_err());
        stopped.await.unwrap();
        assert!(idle.is_closed() || client.is_closed());
    });
}

#[test]
fn idle_connections_and_slow_readers_are_ended() {
    let mut limits = wagi_host::Limits::default();
    limits.instances = 2;
    limits.idle_time = Duration::from_millis(300);
    limits.send_time = Duration::from_millis(300);
    limits.wall_time = Duration::from_secs(300);
    limits.queue_time = Duration::from_secs(30);
    let server = serve(&["endless", "mute"], "", settings().limits(limits));
    block_on(async {
        let mut client = http2(server.address()).await;
        assert_eq!(ask(&mut client, get("http://a/mute")).await.status, 200);
        while !client.is_closed() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Both instances write to clients that read nothing.
        let mut slow = Vec::new();
        for _ in 0..2 {
            let mut client = http2(server.address()).await;
            slow.push(client.send_request(get("http://a/endless")).await.unwrap());
        }
        let mut client = http2(server.address()).await;
        assert_eq!(ask(&mut client, get("http://a/mute")).await.body, "mute\n");
    });
}
