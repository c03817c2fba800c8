use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Output;
use crate::body::{Body, Sink, Writer};
use crate::{Gateway, Response, respond};

const BLOCK: &str = "Status: 200 OK\n\n";

/// The calls that the host gets.
struct Host {
    calls: Vec<String>,
    unbuffered: bool,
    /// The call at which it panics.
    panics_at: Option<usize>,
}

impl Host {
    fn new(unbuffered: bool) -> Self {
        Self {
            calls: Vec::new(),
            unbuffered,
            panics_at: None,
        }
    }

    /// What a response that consists of this stream leads to.
    fn send(
        &mut self,
        write: impl FnOnce(&mut Writer<'_>) -> io::Result<()> + 'static,
    ) -> io::Result<()> {
        let gateway = Gateway::new([], []);
        let stdin = Box::new(|_: &mut [u8]| Ok(0));
        respond::exchange(gateway, stdin, self, || Response::new(Body::stream(write))).map(drop)
    }
}

impl Sink for Host {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.calls.push(String::from_utf8_lossy(bytes).into_owned());
        assert_ne!(self.panics_at, Some(self.calls.len()), "the host panics");
        Ok(())
    }

    fn deliver(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn is_unbuffered(&self) -> bool {
        self.unbuffered
    }
}

fn pieces(out: &mut Writer<'_>) -> io::Result<()> {
    use io::Write;
    for piece in ["a", "b\n", "c", "", "d", "e\nf"] {
        out.write_all(piece.as_bytes())?;
    }
    out.flush()?;
    out.write_all(&[b'g'; 1000])?;
    out.write_all(&[b'h'; 1000])?;
    out.write_all(&[b'i'; 1024])?;
    out.write_all(b"j")?;
    out.write_all(&[b'k'; 20_000])?;
    out.write_all(b"l")
}

#[test]
fn pieces_come_together_where_each_is_a_call() {
    let mut host = Host::new(true);
    host.send(pieces).unwrap();
    let long = ["g".repeat(1000) + &"h".repeat(1000), "i".repeat(1024)];
    let (ab, large) = (format!("{BLOCK}ab\n"), "k".repeat(20_000));
    assert_eq!(
        host.calls,
        [&ab, "cde\nf", &long[0], &long[1], "j", &large, "l"]
    );
}

#[test]
fn elsewhere_each_goes_at_once() {
    let mut host = Host::new(false);
    host.send(pieces).unwrap();
    let begin = [&format!("{BLOCK}a"), "b\n", "c", "d", "e\nf"];
    assert_eq!(host.calls[..5], begin);
    assert_eq!(host.calls.len(), 11);
}

#[test]
fn the_first_byte_decides_even_if_it_waits() {
    for unbuffered in [false, true] {
        let mut host = Host::new(unbuffered);
        let failed = host.send(|out| {
            io::Write::write_all(out, b"half")?;
            Err(io::Error::other("no more"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "no more");
        assert_eq!(host.calls, [format!("{BLOCK}half")]);

        let mut host = Host::new(unbuffered);
        host.send(|_| Err(io::Error::other("nothing"))).unwrap();
        assert_eq!(host.calls.len(), 1);
        assert!(host.calls[0].contains("\nStatus: 500 Internal Server Error\n\n"));
        assert!(!host.calls[0].contains("200"));
    }
}

#[test]
fn a_host_that_panics_gets_nothing_twice() {
    for unbuffered in [false, true] {
        let mut host = Host::new(unbuffered);
        host.panics_at = Some(1);
        let failed = host.send(|out| io::Write::write_all(out, b"whole\n"));
        assert!(
            failed
                .unwrap_err()
                .to_string()
                .starts_with("the handler panicked")
        );
        assert_eq!(host.calls, [format!("{BLOCK}whole\n")]);
    }
}

#[test]
fn what_is_held_when_the_host_panics_is_not_written_later() {
    let mut host = Host::new(false);
    host.panics_at = Some(1);
    let mut output = Output::new(&mut host);
    output.held.push(b"block");
    assert!(catch_unwind(AssertUnwindSafe(|| output.put(b"first"))).is_err());
    output.deliver().unwrap();
    assert_eq!(host.calls, ["blockfirst"]);
}
