use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Instant;

use super::*;

/// Serves connections one after another, each with the function.
fn server<F>(serve: F) -> SocketAddr
where
    F: Fn(TcpStream) + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            serve(stream);
        }
    });
    address
}

fn client(address: SocketAddr) -> Client {
    Client::new(address, Duration::from_secs(10))
}

fn get() -> Outgoing {
    Outgoing {
        head: b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        ..Outgoing::default()
    }
}

fn post(body: Vec<u8>) -> Outgoing {
    let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    Outgoing {
        head,
        body,
        ..Outgoing::default()
    }
}

/// Reads up to and including the empty line.
fn read_head(stream: &TcpStream) -> BufReader<TcpStream> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap_or(0) > 2 {
        line.clear();
    }
    reader
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn every_byte_is_kept() {
    let address = server(|mut stream| {
        read_head(&stream);
        stream.write_all(OK).unwrap();
    });
    let exchanged = client(address).once(&get());
    assert_eq!(exchanged.record.request, get().head);
    assert_eq!(exchanged.record.response, OK);
    assert_eq!(exchanged.record.ended, None);
    assert_eq!(exchanged.result.unwrap().body, b"ok");
}

#[test]
fn a_large_echo_stops_neither_side() {
    const SIZE: usize = 4 << 20;
    let address = server(|stream| {
        // Echoes as it reads: whoever sends everything before reading waits for ever.
        let mut reader = read_head(&stream);
        let mut stream = stream;
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").unwrap();
        let mut chunk = [0; 4096];
        let mut left = SIZE;
        while left > 0 {
            let length = reader.read(&mut chunk).unwrap();
            stream.write_all(&chunk[..length]).unwrap();
            left -= length;
        }
    });
    let body: Vec<u8> = (0..SIZE).map(|n| (n % 251) as u8).collect();
    assert_eq!(
        client(address)
            .once(&post(body.clone()))
            .result
            .unwrap()
            .body,
        body
    );
}

#[test]
fn an_answer_before_the_end_of_the_request_counts() {
    let address = server(|mut stream| {
        read_head(&stream);
        stream.write_all(OK).unwrap();
        // Never reads the body: the client has to stop sending by itself.
        let _ = stream.read(&mut [0; 1]);
        let _ = stream.shutdown(Shutdown::Write);
        thread::park_timeout(Duration::from_secs(60));
    });
    let started = Instant::now();
    let exchanged = client(address).once(&post(vec![b'x'; 64 << 20]));
    assert_eq!(exchanged.result.unwrap().body, b"ok");
    assert!(started.elapsed() < Duration::from_secs(9));
}

#[test]
fn a_connection_carries_several_exchanges() {
    let address = server(|mut stream| {
        for number in 0..2 {
            read_head(&stream);
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}"
            )
            .unwrap();
        }
    });
    let mut connection = client(address).connect().unwrap();
    for number in [b"0", b"1"] {
        assert_eq!(connection.exchange(&get()).result.unwrap().body, number);
    }
    assert_eq!(
        connection.exchange(&get()).result.unwrap_err(),
        Ended::Closed
    );
    assert_eq!(connection.exchange(&get()).record.response, b"");
}

#[test]
fn bytes_beyond_the_response_are_found() {
    let address = server(|mut stream| {
        read_head(&stream);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nok")
            .unwrap();
    });
    let exchanged = client(address).once(&get());
    assert_eq!(
        exchanged.result.unwrap_err(),
        Ended::Malformed("bytes beyond the end of the response: `k`".to_owned())
    );
    assert!(exchanged.record.response.ends_with(b"\r\n\r\nok"));
}

#[test]
fn what_comes_too_late_for_one_answer_spoils_the_next() {
    let address = server(|mut stream| {
        read_head(&stream);
        stream.write_all(OK).unwrap();
        read_head(&stream);
        stream.write_all(b"xx").unwrap();
        stream.write_all(OK).unwrap();
    });
    let mut connection = client(address).connect().unwrap();
    assert!(connection.exchange(&get()).result.is_ok());
    let second = connection.exchange(&get());
    assert_eq!(
        second.result.unwrap_err(),
        Ended::Malformed("`xxHTTP/1.1 200 OK` is no status line".to_owned())
    );
}

#[test]
fn the_body_waits_for_100() {
    let address = server(|mut stream| {
        let mut reader = read_head(&stream);
        stream
            .set_read_timeout(Some(Duration::from_millis(50)))
            .unwrap();
        // Nothing may come before the interim response; 103 is not the one.
        stream.write_all(b"HTTP/1.1 103 Early\r\n\r\n").unwrap();
        assert!(reader.read(&mut [0; 1]).is_err(), "the body came too early");
        stream.set_read_timeout(None).unwrap();
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        let mut body = [0; 2];
        reader.read_exact(&mut body).unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            .unwrap();
        stream.write_all(&body).unwrap();
    });
    let response = client(address).once(&Outgoing {
        await_continue: true,
        ..post(b"hi".to_vec())
    });
    let response = response.result.unwrap();
    assert_eq!(response.body, b"hi");
    assert_eq!(response.interim.len(), 2);
}

#[test]
fn a_final_answer_instead_of_100_is_taken() {
    let address = server(|mut stream| {
        let mut reader = read_head(&stream);
        stream
            .write_all(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        let _ = reader.read_to_end(&mut rest);
        assert!(rest.is_empty(), "the body came all the same");
    });
    let response = client(address).once(&Outgoing {
        await_continue: true,
        ..post(b"hi".to_vec())
    });
    assert_eq!(response.result.unwrap().head.status, 413);
}

#[test]
fn a_half_closed_request_ends_for_the_server() {
    let address = server(|mut stream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{:02}",
            all.len()
        )
        .unwrap();
    });
    let outgoing = Outgoing {
        half_close: true,
        ..get()
    };
    assert_eq!(client(address).once(&outgoing).result.unwrap().body, b"18");
}

#[test]
fn silence_ends_in_a_timeout_and_a_closed_port_at_once() {
    let address = server(|mut stream| {
        read_head(&stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n").unwrap();
        thread::park_timeout(Duration::from_secs(60));
    });
    let impatient = Client::new(address, Duration::from_millis(150));
    let exchanged = impatient.once(&get());
    assert_eq!(
        exchanged.result.unwrap_err(),
        Ended::Timeout(Duration::from_millis(150))
    );
    assert_eq!(exchanged.record.response, b"HTTP/1.1 200 OK\r\n");
    assert_eq!(
        exchanged.record.ended.as_deref(),
        Some("timeout after 150ms")
    );

    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    assert!(matches!(
        client(free).once(&get()).result,
        Err(Ended::Refused(_))
    ));
}

#[test]
fn an_interrupted_exchange_ends_at_once() {
    let address = server(|stream| {
        read_head(&stream);
        thread::park_timeout(Duration::from_secs(60));
    });
    let client = Client::new(address, Duration::from_secs(60));
    client.interrupted.store(true, Ordering::Relaxed);
    assert_eq!(client.once(&get()).result.unwrap_err(), Ended::Interrupted);
}

#[test]
fn a_server_that_hangs_up_is_told_from_one_that_breaks_off() {
    let hangs_up = server(|stream| drop(read_head(&stream)));
    assert_eq!(
        client(hangs_up).once(&get()).result.unwrap_err(),
        Ended::Closed
    );
    let breaks_off = server(|mut stream| {
        read_head(&stream);
        stream.write_all(&OK[..OK.len() - 1]).unwrap();
    });
    let Err(Ended::BrokenOff(Some(response))) = client(breaks_off).once(&get()).result else {
        panic!("the body is one byte short");
    };
    assert_eq!(response.body, b"o");
}

#[test]
fn several_requests_may_have_several_answers() {
    let address = server(|mut stream| {
        read_head(&stream);
        stream.write_all(&[OK, OK].concat()).unwrap();
    });
    let outgoing = Outgoing {
        several: true,
        ..get()
    };
    let exchanged = client(address).once(&outgoing);
    assert_eq!(exchanged.result.unwrap().body, b"ok");
    assert_eq!(exchanged.record.response, [OK, OK].concat());
}
