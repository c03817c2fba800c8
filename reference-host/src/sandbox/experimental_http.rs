//! The imports `wasi_experimental_http`, by which modules for deislabs/wagi send requests.
//!
//! The functions, their arguments and the error numbers are those of wasi-experimental-http 0.10.
//! Bodies are read from the network as the module asks for them.

use super::network::whole;
use super::state::State;
use crate::outbound::{InboundBody, OutboundError, redirected};
use bytes::{Buf, Bytes};
use http::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::{Method, Request, Uri};
use http_body_util::BodyExt;
use std::collections::BTreeMap;
use wasmtime::{Caller, Extern, Linker, Memory};

const MODULE: &str = "wasi_experimental_http";

/// How often a redirect is followed, each time to an allowed host.
const REDIRECTS: usize = 10;

/// The largest request body: it is copied once (16 MiB).
const MAX_BODY: u32 = 16 << 20;

/// Responses that the module has not closed, by handle.
#[derive(Default)]
pub(super) struct OpenResponses(BTreeMap<u32, OpenResponse>);

struct OpenResponse {
    headers: HeaderMap,
    body: InboundBody,
    /// What came and was not asked for yet.
    rest: Bytes,
}

/// The error numbers of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
enum Errno {
    InvalidHandle = 1,
    MemoryNotFound = 2,
    MemoryAccess = 3,
    BufferTooSmall = 4,
    HeaderNotFound = 5,
    Utf8 = 6,
    DestinationNotAllowed = 7,
    InvalidMethod = 8,
    InvalidEncoding = 9,
    InvalidUrl = 10,
    Request = 11,
    TooManySessions = 13,
}

impl From<OutboundError> for Errno {
    fn from(error: OutboundError) -> Self {
        match error {
            OutboundError::NotAllowed | OutboundError::AddressNotAllowed => {
                Self::DestinationNotAllowed
            }
            OutboundError::InvalidUrl => Self::InvalidUrl,
            OutboundError::TooMany => Self::TooManySessions,
            _ => Self::Request,
        }
    }
}

/// Offers the functions to modules.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        "close",
        |mut caller: Caller<'_, State>, handle: u32| {
            caller.data_mut().http().responses.0.remove(&handle);
            0u32
        },
    )?;
    linker.func_wrap_async(
        MODULE,
        "body_read",
        |mut caller: Caller<'_, State>, (handle, buffer, size, read): (u32, u32, u32, u32)| {
            Box::new(
                async move { number(body_read(&mut caller, handle, (buffer, size), read).await) },
            )
        },
    )?;
    linker.func_wrap(
        MODULE,
        "header_get",
        |mut caller: Caller<'_, State>,
         handle: u32,
         name: u32,
         name_size: u32,
         buffer: u32,
         size: u32,
         written: u32| {
            let name = (name, name_size);
            number(header_get(
                &mut caller,
                handle,
                name,
                (buffer, size),
                written,
            ))
        },
    )?;
    linker.func_wrap(
        MODULE,
        "headers_get_all",
        |mut caller: Caller<'_, State>, handle: u32, buffer: u32, size: u32, written: u32| {
            number(headers_get_all(
                &mut caller,
                handle,
                (buffer, size),
                written,
            ))
        },
    )?;
    linker.func_wrap_async(
        MODULE,
        "req",
        |mut caller: Caller<'_, State>,
         (
            url,
            url_size,
            method,
            method_size,
            headers,
            headers_size,
            body,
            body_size,
            status,
            handle,
        ): (u32, u32, u32, u32, u32, u32, u32, u32, u32, u32)| {
            Box::new(async move {
                let parts = RequestParts {
                    url: (url, url_size),
                    method: (method, method_size),
                    headers: (headers, headers_size),
                    body: (body, body_size),
                };
                number(req(&mut caller, parts, status, handle).await)
            })
        },
    )?;
    Ok(())
}

/// Pieces of memory, by address and length.
struct RequestParts {
    url: (u32, u32),
    method: (u32, u32),
    headers: (u32, u32),
    body: (u32, u32),
}

fn number(result: Result<(), Errno>) -> u32 {
    match result {
        Ok(()) => 0,
        Err(errno) => errno as u32,
    }
}

async fn req(
    caller: &mut Caller<'_, State>,
    parts: RequestParts,
    status: u32,
    handle: u32,
) -> Result<(), Errno> {
    let url = text(caller, parts.url)?;
    let mut uri: Uri = url.parse().map_err(|_| Errno::InvalidUrl)?;
    let network = caller.data_mut().http().network.clone();
    network.check(&uri)?;
    let method = text(caller, parts.method)?;
    let mut method: Method = method.parse().map_err(|_| Errno::InvalidMethod)?;
    let mut headers = header_map(&text(caller, parts.headers)?)?;
    if parts.body.1 > MAX_BODY {
        return Err(Errno::BufferTooSmall);
    }
    let mut body = Bytes::copy_from_slice(bytes(caller, parts.body)?);
    let mut redirects = 0;
    let response = loop {
        let mut request = Request::new(whole(body.clone()));
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri.clone();
        *request.headers_mut() = headers.clone();
        let response = network.send(request).await?;
        let next = redirected(
            response.status(),
            response.headers(),
            &method,
            &uri,
            &mut headers,
        );
        match next {
            // A redirect to a host that is not allowed is the module's to look at.
            Some((next_method, next)) if redirects < REDIRECTS && network.check(&next).is_ok() => {
                redirects += 1;
                if next_method != method {
                    body = Bytes::new();
                }
                (method, uri) = (next_method, next);
            }
            _ => break response,
        }
    };
    let (head, body) = response.into_parts();
    write(caller, status, &head.status.as_u16().to_le_bytes())?;
    let responses = &mut caller.data_mut().http().responses.0;
    // The number of open responses is limited, so there is a free one.
    let free = (0..u32::MAX).find(|handle| !responses.contains_key(handle));
    let number = free.ok_or(Errno::TooManySessions)?;
    let open = OpenResponse {
        headers: head.headers,
        body,
        rest: Bytes::new(),
    };
    responses.insert(number, open);
    let written = write(caller, handle, &number.to_le_bytes());
    if written.is_err() {
        caller.data_mut().http().responses.0.remove(&number);
    }
    written
}

async fn body_read(
    caller: &mut Caller<'_, State>,
    handle: u32,
    (buffer, size): (u32, u32),
    read: u32,
) -> Result<(), Errno> {
    let responses = &mut caller.data_mut().http().responses.0;
    let open = responses.get_mut(&handle).ok_or(Errno::InvalidHandle)?;
    while open.rest.is_empty() && size > 0 {
        match open.body.frame().await {
            Some(Ok(frame)) => open.rest = frame.into_data().unwrap_or_default(),
            Some(Err(error)) => return Err(error.into()),
            None => break,
        }
    }
    // At most `size`, which is 32 bits wide.
    let length = open.rest.len().min(size as usize);
    let piece = open.rest.slice(..length);
    write(caller, buffer, &piece)?;
    write(caller, read, &(length as u32).to_le_bytes())?;
    // What could not be handed over is there for the next attempt.
    if let Some(open) = caller.data_mut().http().responses.0.get_mut(&handle) {
        open.rest.advance(length);
    }
    Ok(())
}

fn header_get(
    caller: &mut Caller<'_, State>,
    handle: u32,
    name: (u32, u32),
    buffer: (u32, u32),
    written: u32,
) -> Result<(), Errno> {
    let name = text(caller, name)?;
    let responses = &caller.data_mut().http().responses.0;
    let headers = &responses.get(&handle).ok_or(Errno::InvalidHandle)?.headers;
    let value = headers
        .get(name.as_str())
        .ok_or(Errno::HeaderNotFound)?
        .clone();
    fill(caller, buffer, value.as_bytes(), written)
}

fn headers_get_all(
    caller: &mut Caller<'_, State>,
    handle: u32,
    buffer: (u32, u32),
    written: u32,
) -> Result<(), Errno> {
    let responses = &caller.data_mut().http().responses.0;
    let headers = &responses.get(&handle).ok_or(Errno::InvalidHandle)?.headers;
    let mut lines = String::new();
    for (name, value) in headers {
        // A value that is not text cannot be told in this interface.
        if let Ok(value) = std::str::from_utf8(value.as_bytes()) {
            lines.extend([name.as_str(), ":", value, "\n"]);
        }
    }
    fill(caller, buffer, lines.as_bytes(), written)
}

/// `NAME:VALUE` a line. What frames the message and names the host is the server's to say.
fn header_map(lines: &str) -> Result<HeaderMap, Errno> {
    let mut headers = HeaderMap::new();
    for line in lines.lines() {
        let (name, value) = line.split_once(':').ok_or(Errno::InvalidEncoding)?;
        let name: HeaderName = name.trim().parse().map_err(|_| Errno::InvalidEncoding)?;
        let value: HeaderValue = value.trim().parse().map_err(|_| Errno::InvalidEncoding)?;
        let is_forbidden = wasmtime_wasi_http::DEFAULT_FORBIDDEN_HEADERS.contains(&name)
            || [HOST, CONTENT_LENGTH, TRANSFER_ENCODING].contains(&name);
        if !is_forbidden {
            headers.insert(name, value);
        }
    }
    Ok(headers)
}

fn memory(caller: &mut Caller<'_, State>) -> Result<Memory, Errno> {
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => Ok(memory),
        _ => Err(Errno::MemoryNotFound),
    }
}

fn bytes<'a>(
    caller: &'a mut Caller<'_, State>,
    (at, length): (u32, u32),
) -> Result<&'a [u8], Errno> {
    let memory = memory(caller)?;
    let at = at as usize;
    let piece = memory
        .data(caller)
        .get(at..at.saturating_add(length as usize));
    piece.ok_or(Errno::BufferTooSmall)
}

fn text(caller: &mut Caller<'_, State>, place: (u32, u32)) -> Result<String, Errno> {
    let text = std::str::from_utf8(bytes(caller, place)?);
    text.map(str::to_string).map_err(|_| Errno::Utf8)
}

fn write(caller: &mut Caller<'_, State>, at: u32, bytes: &[u8]) -> Result<(), Errno> {
    let memory = memory(caller)?;
    let written = memory.write(caller, at as usize, bytes);
    written.map_err(|_| Errno::MemoryAccess)
}

/// Writes a text, and how long it is.
fn fill(
    caller: &mut Caller<'_, State>,
    (buffer, size): (u32, u32),
    text: &[u8],
    written: u32,
) -> Result<(), Errno> {
    // Not longer than `size`, which is 32 bits wide.
    if text.len() > size as usize {
        return Err(Errno::BufferTooSmall);
    }
    write(caller, buffer, text)?;
    write(caller, written, &(text.len() as u32).to_le_bytes())
}
