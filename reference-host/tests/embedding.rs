//! The example with axum, over a real socket.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../examples/axum.rs"]
#[allow(unreachable_pub, reason = "an example is read as a program of its own")]
mod example;
mod support;

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use support::{Answer, module, read_to_end, settings};
use wagi_host::{Config, Host};

fn get(address: SocketAddr, path: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    read_to_end(stream)
}

#[test]
fn modules_inside_of_an_axum_application() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "a file").unwrap();
    let text = format!(
        "[[module]]\nroute = \"/env/...\"\nmodule = {:?}\n[[module]]\nroute = \"/trap\"\nmodule = {:?}\n\
         [[module]]\nroute = \"/endless\"\nmodule = {:?}\n\
         [[static]]\nroute = \"/files/...\"\nfolder = \".\"\n",
        module("env"),
        module("trap"),
        module("endless"),
    );
    let path = folder.path().join("modules.toml");
    std::fs::write(&path, text).unwrap();
    let host = Host::new(Config::load(path).unwrap(), settings()).unwrap();

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap();
    let service = example::application(host).into_make_service_with_connect_info::<SocketAddr>();
    runtime.spawn(async move { axum::serve(listener, service).await });

    assert_eq!(get(address, "/version").body(), "0.1.0");
    let answer = get(address, "/env/x%20y?q");
    for (name, expected) in [
        ("SCRIPT_NAME", "/env"),
        ("PATH_INFO", "/x y"),
        ("QUERY_STRING", "q"),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("SERVER_PORT", "3000"),
        ("SERVER_NAME", "h"),
    ] {
        assert_eq!(answer.variable(name).as_deref(), Some(expected), "{name}");
    }
    assert_eq!(get(address, "/files/a.txt").body(), "a file");
    assert_eq!(get(address, "/healthz").body(), "OK");
    assert_eq!(get(address, "/nowhere").status(), 404);
    assert_eq!(get(address, "/trap").status(), 500);
}
