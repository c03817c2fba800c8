//! Ways to fail, and what becomes of them. `main.rs` serves it.

use std::fs;
use std::io::{self, Write};

use wagi_sdk::{Body, Error, Gateway, IntoResponse, OrStatus, Response, StatusCode};

/// Fails as the path says.
pub fn fail(gateway: Gateway) -> Result<Response, Error> {
    match gateway.path_info() {
        // Nobody thought of this error: a 500. The client does not hear of the file, the log does.
        "/unforeseen" => Ok(fs::read_to_string("/no/such/file")?.into_response()),
        // The same, but the handler knows what it means.
        "/missing" => Ok(fs::read_to_string("/no/such/file")
            .or_status(StatusCode::NOT_FOUND)?
            .into_response()),
        // A part for the client beside the part for the log.
        "/busy" => Err(Error::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the index is being rebuilt",
        )
        .public("Please come back in a minute.")),
        // A bug. As long as nothing has been written, the client gets a clean 500.
        "/panic" => panic!("the secret is 42"),
        // A field that would end the header block, or begin another: a 500.
        "/field" => Ok(([("X-Note", "one\nSet-Cookie: two")], "never sent").into_response()),
        // A stream that fails before its first byte is a clean 500 too.
        "/stream/early" => Ok(Body::stream(|_| Err(io::Error::other("no data"))).into_response()),
        // Later than that, only breaking off tells the client that something is missing.
        "/stream/late" => Ok(Body::stream(|out| {
            out.write_all(&vec![b'x'; 1_000_000])?;
            panic!("the secret is 42");
        })
        .into_response()),
        "" | "/" => Ok(
            "unforeseen, missing, busy, panic, field, stream/early, stream/late\n".into_response(),
        ),
        _ => Err(Error::status(StatusCode::NOT_FOUND)),
    }
}
