//! What handlers cost: the size of the module, the instructions for one request (wasmtime's fuel, which is exact), the
//! memory of a large body. Run it with `--nocapture` for the table.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write;
use std::fs;

use wagi_example_harness::{build, build_bin};

mod environment;
mod machine;

use machine::{Input, Machine, Measured, Request};

/// The variables of the reference host for a plain request: most of what a small handler does is to look into them.
fn variables(method: &str, path: &str, query: &str) -> Vec<(&'static str, String)> {
    let variables = [
        ("AUTH_TYPE", ""),
        ("CONTENT_LENGTH", "0"),
        ("CONTENT_TYPE", ""),
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("HTTP_ACCEPT", "*/*"),
        ("HTTP_HOST", "localhost:3000"),
        ("HTTP_USER_AGENT", "curl/8.14.1"),
        ("PATH_INFO", path),
        ("PATH_TRANSLATED", path),
        ("QUERY_STRING", query),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("REMOTE_HOST", "127.0.0.1"),
        ("REMOTE_USER", ""),
        ("REQUEST_METHOD", method),
        ("SCRIPT_NAME", ""),
        ("SERVER_NAME", "localhost"),
        ("SERVER_PORT", "3000"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("SERVER_SOFTWARE", "wagi/0.1.0"),
        ("X_FULL_URL", "http://localhost:3000/"),
        ("X_MATCHED_ROUTE", "/..."),
        ("X_RAW_PATH_INFO", path),
    ];
    variables
        .map(|(name, value)| (name, value.to_owned()))
        .into()
}

fn get(path: &str, query: &str) -> Request {
    Request {
        variables: variables("GET", path, query),
        body: Input::Bytes(Vec::new()),
    }
}

fn post(path: &str, media_type: &str, length: u64, body: Input) -> Request {
    let mut variables = variables("POST", path, "");
    for (name, value) in &mut variables {
        match *name {
            "CONTENT_LENGTH" => *value = length.to_string(),
            "CONTENT_TYPE" => media_type.clone_into(value),
            _ => {}
        }
    }
    Request { variables, body }
}

/// An item of 1 KiB as JSON.
fn item() -> Vec<u8> {
    let mut json = br#"{"name":"tea","price":350,"tags":["last""#.to_vec();
    while json.len() < 1000 {
        json.extend_from_slice(br#","green","hot""#);
    }
    json.extend_from_slice(b"]");
    json.resize(1023, b' ');
    json.push(b'}');
    json
}

/// A line of the table, with what it must not exceed.
struct Cost {
    what: &'static str,
    bytes: u64,
    most_bytes: Option<u64>,
    instructions: u64,
    most_instructions: Option<u64>,
}

fn table(costs: &[Cost]) -> String {
    let bound = |bound: Option<u64>| bound.map_or("–".to_owned(), |bound| bound.to_string());
    let mut table = String::from(
        "| handler | bytes | at most | instructions | at most |\n|---|---|---|---|---|\n",
    );
    for cost in costs {
        writeln!(
            table,
            "| {} | {} | {} | {} | {} |",
            cost.what,
            cost.bytes,
            bound(cost.most_bytes),
            cost.instructions,
            bound(cost.most_instructions)
        )
        .unwrap();
    }
    table
}

fn answered(measured: &Measured, expected: &str) {
    let output = String::from_utf8_lossy(&measured.output);
    assert!(output.contains(expected), "{output}\n{}", measured.log);
}

#[test]
fn handlers_stay_within_their_bounds() {
    let machine = Machine::new();
    let println = build_bin("costs", "bare-println");
    let variable = build_bin("costs", "one-variable");
    let small = build_bin("costs", "small-hello");
    let hello = build("hello");
    let router = build_bin("costs", "router-json");
    let axum = build("axum-app");

    let size = |path: &std::path::Path| fs::metadata(path).unwrap().len();
    let run = |path: &std::path::Path, request: Request, expected: &str| {
        let measured = machine.run(path, request);
        answered(&measured, expected);
        measured.instructions
    };
    let json = || {
        let item = item();
        post(
            "/items",
            "application/json",
            item.len() as u64,
            Input::Bytes(item),
        )
    };
    let least = run(&println, get("/", ""), "Hello");
    let axum_echo = run(&axum, json(), "\"price\":350");
    let costs = [
        Cost {
            what: "`println!`, for comparison",
            bytes: size(&println),
            most_bytes: None,
            instructions: least,
            most_instructions: None,
        },
        Cost {
            what: "one `env::var_os`, for comparison",
            bytes: size(&variable),
            most_bytes: None,
            instructions: run(&variable, get("/", ""), ""),
            most_instructions: None,
        },
        Cost {
            what: "`\\|\\| \"Hello\"`",
            bytes: size(&small),
            most_bytes: Some(90_000),
            instructions: run(&small, get("/", ""), "Hello, world!"),
            most_instructions: Some(2 * least),
        },
        Cost {
            what: "example `hello`: query, HTML",
            bytes: size(&hello),
            most_bytes: Some(90_000),
            instructions: run(&hello, get("/", "name=Ada"), "Hello, Ada!"),
            most_instructions: None,
        },
        Cost {
            what: "router, path, query, JSON: a GET",
            bytes: size(&router),
            most_bytes: Some(MOST_FOR_ROUTER),
            instructions: run(&router, get("/items/7", "verbose=true"), "item number 7"),
            most_instructions: None,
        },
        Cost {
            what: "the same: 1 KiB of JSON and back",
            bytes: size(&router),
            most_bytes: Some(MOST_FOR_ROUTER),
            instructions: run(&router, json(), "\"price\":350"),
            most_instructions: Some(axum_echo * 7 / 10),
        },
        Cost {
            what: "axum with the same: a GET",
            bytes: size(&axum),
            most_bytes: None,
            instructions: run(&axum, get("/items/7", "verbose=true"), "item number 7"),
            most_instructions: None,
        },
        Cost {
            what: "axum: 1 KiB of JSON and back",
            bytes: size(&axum),
            most_bytes: None,
            instructions: axum_echo,
            most_instructions: None,
        },
    ];
    let table = table(&costs);
    println!("{table}");
    for cost in costs {
        assert!(
            cost.most_bytes.is_none_or(|most| cost.bytes <= most),
            "{} is too large\n{table}",
            cost.what
        );
        assert!(
            cost.most_instructions
                .is_none_or(|most| cost.instructions <= most),
            "{} takes too many instructions\n{table}",
            cost.what
        );
    }
}

/// Of these, `println!` is 40,000 and serde_json 49,000 in both directions and with messages that name the place. What is
/// left is little more than a kilobyte, since paths to sources are in every module and differ between machines.
const MOST_FOR_ROUTER: u64 = 135_000;

/// 64 MiB, or what `WAGI_COSTS_ECHO_BYTES` says.
#[test]
fn a_large_body_streams() {
    let length =
        std::env::var("WAGI_COSTS_ECHO_BYTES").map_or(64 << 20, |text| text.parse().unwrap());
    let echo = build_bin("costs", "stream-echo");
    let request = post(
        "/",
        "application/octet-stream",
        length,
        Input::Zeros(length),
    );
    let measured = Machine::new().run(&echo, request);
    answered(&measured, &format!("Content-Length: {length}\n"));
    assert!(
        measured.written > length,
        "{} of {length} bytes",
        measured.written
    );
    println!("{length} bytes through {} bytes of memory", measured.memory);
    assert!(
        measured.memory < 2 << 20,
        "{} bytes of memory",
        measured.memory
    );
}
