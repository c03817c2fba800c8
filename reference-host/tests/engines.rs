//! Modules and components behave the same, compiled or interpreted, over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fmt::Write as _;
use std::time::Duration;
use support::{Server, serve, settings};
use wagi_host::EngineKind;

const PAGE: &str = "Content-Type: text/plain\n\nsecret page";

const ENGINES: [EngineKind; 2] = [EngineKind::Cranelift, EngineKind::Pulley];

/// Each function of the component on a route of its own, and core modules that do the same.
fn both_forms(engine: EngineKind) -> Server {
    let mut entries = String::new();
    for function in [
        "_start",
        "env",
        "trap",
        "exit-one",
        "exit-zero",
        "fail",
        "spin",
        "hog",
        "recurse",
        "flood",
        "endless",
    ] {
        write!(
            entries,
            "[[module]]\nroute = \"/component/{function}/...\"\nmodule = \"$component\"\n\
             entrypoint = \"{function}\"\n"
        )
        .unwrap();
    }
    let modules = [
        "cat", "env", "trap", "exit", "exit0", "spin", "hog", "recurse", "endless",
    ];
    let settings = settings().wall_time(Duration::from_secs(2)).engine(engine);
    serve(&modules, &entries, settings)
}

#[test]
fn outcomes_are_the_same_in_every_form_and_engine() {
    for engine in ENGINES {
        let server = both_forms(engine);
        for (core, component, status) in [
            ("/cat", "/component/_start", 200),
            ("/trap", "/component/trap", 500),
            ("/exit", "/component/exit-one", 500),
            ("/exit", "/component/fail", 500),
            ("/exit0", "/component/exit-zero", 200),
            ("/spin", "/component/spin", 200),
            ("/hog", "/component/hog", 500),
            ("/recurse", "/component/recurse", 500),
        ] {
            for path in [core, component] {
                let answer = server.post(path, PAGE);
                assert_eq!(answer.status(), status, "{path} on {engine}: {answer:?}");
                if status == 500 {
                    assert!(!answer.text().contains("secret"), "{answer:?}");
                    assert!(!answer.text().contains("wasm"), "{answer:?}");
                }
                // What ran for more than 50 ms behind its header block was committed.
                if path.ends_with("spin") {
                    assert!(
                        !answer.bytes.ends_with(b"0\r\n\r\n"),
                        "a cut response looks whole"
                    );
                }
            }
        }
        for path in ["/cat", "/component/_start"] {
            assert_eq!(server.post(path, PAGE).body(), "secret page");
            assert_eq!(server.post(path, "no header").status(), 502);
            assert_eq!(server.post(path, "").status(), 502);
        }
        for path in ["/spin", "/component/spin"] {
            assert_eq!(server.post(path, "").status(), 504, "{path} on {engine}");
        }
    }
}

#[test]
fn variables_and_arguments_are_the_same() {
    for engine in ENGINES {
        let server = both_forms(engine);
        let core = server.get("/env/a%20b?x=1&y", "X-A: 1\r\n");
        let component = server.get("/component/env/a%20b?x=1&y", "X-A: 1\r\n");
        for name in [
            "PATH_INFO",
            "QUERY_STRING",
            "HTTP_X_A",
            "REQUEST_METHOD",
            "SERVER_PROTOCOL",
        ] {
            assert_eq!(component.variable(name), core.variable(name), "{name}");
            assert!(component.variable(name).is_some(), "{name}");
        }
        assert_eq!(
            component.variable("SCRIPT_NAME").as_deref(),
            Some("/component/env")
        );
        assert!(
            component.body().ends_with("\n/component/env\nx=1\ny\n"),
            "{component:?}"
        );
        // The same variables, and none of the server's own environment.
        let names = |answer: &support::Answer| {
            let body = answer.body();
            let lines = body.lines().take_while(|line| line.contains('='));
            lines
                .map(|line| line.split('=').next().unwrap_or_default().to_string())
                .collect::<Vec<_>>()
        };
        assert!(names(&core).len() > 20, "{core:?}");
        assert_eq!(names(&component)[..names(&core).len()], names(&core));
    }
}

#[test]
fn bodies_stream_both_ways() {
    for engine in ENGINES {
        let server = both_forms(engine);
        // Far more than every buffer: neither side may wait for the other for ever.
        let body = format!("{}{}", &PAGE[..26], "0123456789abcdef".repeat(1 << 17));
        for path in ["/cat", "/component/_start"] {
            // HTTP/1.0, so that the body is not in chunks.
            let length = body.len();
            let head = format!("POST {path} HTTP/1.0\r\nContent-Length: {length}\r\n\r\n");
            let answer = server.raw(head + &body);
            assert_eq!(answer.status(), 200);
            assert!(answer.body() == body[26..], "{path} on {engine}");
        }
        for path in ["/endless", "/component/endless"] {
            let mut stream = server.connect();
            let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
            std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
            std::io::Read::read_exact(&mut stream, &mut [0; 1_000_000]).unwrap();
        }
    }
}

#[test]
fn a_cut_body_stops_the_module() {
    for engine in ENGINES {
        let server = both_forms(engine);
        for path in ["/cat", "/component/_start"] {
            let head =
                format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{PAGE}");
            assert_eq!(
                server.raw_half_closed(head).status(),
                400,
                "{path} on {engine}"
            );
        }
    }
}

#[test]
fn a_component_cannot_write_more_than_there_is_room_for() {
    for engine in ENGINES {
        let server = both_forms(engine);
        assert_eq!(server.get("/component/flood", "").status(), 500);
        assert_eq!(server.post("/component/_start", PAGE).status(), 200);
    }
}

/// The first form of WASI differs in more than its name: here in the numbers of `fd_seek`.
#[test]
fn modules_from_before_2020() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "old wine").unwrap();
    for engine in ENGINES {
        let entry = format!(
            "[[module]]\nroute = \"/unstable\"\nmodule = \"$unstable\"\nvolumes = {{ \"/data\" = {:?} }}\n",
            folder.path()
        );
        let server = serve(&[], &entry, settings().engine(engine));
        let answer = server.post("/unstable", " in new bottles");
        assert_eq!(
            (answer.status(), answer.body().as_str()),
            (200, "ine in new bottles")
        );
    }
}
