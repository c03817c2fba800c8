//! The gateway between CGI's variables and bytes and HTTP's messages: pure functions, no process in sight.

mod block;
mod phrase;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod uri;

pub(crate) use phrase::phrase;

/// Whether a field is about one connection, and so none of a handler's business (RFC 9110 §7.6.1,
/// `header-block.connection-level`). The name is in lower case.
fn is_connection_level(name: &[u8]) -> bool {
    // A list, not a `matches!`: that would be a kilobyte of comparisons.
    const NAMES: [&[u8]; 7] = [
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    ];
    NAMES.contains(&name)
}
