//! Services of the tower ecosystem as handlers (feature `tower`): an axum `Router` runs unchanged.
//!
//! ```
//! use std::convert::Infallible;
//! use std::future::{Ready, ready};
//! use std::task::{Context, Poll};
//! use wagi_sdk::{http, testing::Request, tower::{Adapter, RequestBody}};
//!
//! /// What axum's routers are too.
//! #[derive(Clone)]
//! struct Greeting;
//!
//! impl tower_service::Service<http::Request<RequestBody>> for Greeting {
//!     type Response = http::Response<String>;
//!     type Error = Infallible;
//!     type Future = Ready<Result<Self::Response, Infallible>>;
//!
//!     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
//!         Poll::Ready(Ok(()))
//!     }
//!
//!     fn call(&mut self, request: http::Request<RequestBody>) -> Self::Future {
//!         ready(Ok(http::Response::new(format!("Hello from {}!", request.uri().path()))))
//!     }
//! }
//!
//! let transcript = Request::get("/here").send(Adapter::new(Greeting));
//! assert_eq!(transcript.text(), "Hello from /here!");
//! ```
//!
//! There is no runtime: futures are polled in place. A service may await its request's body and whatever is computed; one
//! that waits for a timer, a socket or a thread pool of some runtime would wait for ever, and the response is an error
//! instead.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use bytes::{Buf, Bytes};
use http::Uri;
use http::uri::PathAndQuery;
use http_body::Frame;
use tower_service::Service;

use crate::{Body, BoxError, Error, Handler, Incoming, IntoResponse, Response};

/// How much of a request body is handed over at a time.
const CHUNK: usize = 16 * 1024;

/// A tower service as a handler.
///
/// The service sees paths relative to the mount, so that its routes hold wherever it is mounted; the
/// [`Gateway`](crate::Gateway) is among the request's extensions. With axum:
///
/// ```no_run
/// # use std::{convert::Infallible, future::{Ready, ready}, task::{Context, Poll}};
/// # use wagi_sdk::{http, tower::RequestBody};
/// # struct Router;
/// # impl tower_service::Service<http::Request<RequestBody>> for Router {
/// #     type Response = http::Response<String>;
/// #     type Error = Infallible;
/// #     type Future = Ready<Result<Self::Response, Infallible>>;
/// #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> { Poll::Ready(Ok(())) }
/// #     fn call(&mut self, _: http::Request<RequestBody>) -> Self::Future { ready(Ok(http::Response::default())) }
/// # }
/// # fn app() -> Router { Router }
/// // fn app() -> axum::Router
/// wagi_sdk::serve(wagi_sdk::tower::Adapter::new(app()));
/// ```
#[derive(Debug, Clone)]
pub struct Adapter<S>(S);

impl<S> Adapter<S> {
    /// The service as a handler.
    ///
    /// ```
    /// # use std::{convert::Infallible, future::{Ready, ready}, task::{Context, Poll}};
    /// # use wagi_sdk::{http, tower::RequestBody};
    /// # struct Paths;
    /// # impl tower_service::Service<http::Request<RequestBody>> for Paths {
    /// #     type Response = http::Response<String>;
    /// #     type Error = Infallible;
    /// #     type Future = Ready<Result<Self::Response, Infallible>>;
    /// #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> { Poll::Ready(Ok(())) }
    /// #     fn call(&mut self, request: http::Request<RequestBody>) -> Self::Future {
    /// #         ready(Ok(http::Response::new(request.uri().to_string())))
    /// #     }
    /// # }
    /// # fn service() -> Paths { Paths }
    /// use wagi_sdk::{testing::Request, tower::Adapter};
    ///
    /// // A service that answers with the URI that it sees:
    /// let handler = Adapter::new(service());
    /// assert_eq!(Request::get("/tea?cups=2").mounted_at("/shop").send(handler).text(), "/tea?cups=2");
    /// ```
    pub fn new(service: S) -> Self {
        Self(service)
    }
}

impl<S, B> Handler<Adapter<()>> for Adapter<S>
where
    S: Service<http::Request<RequestBody>, Response = http::Response<B>>,
    S::Error: Into<BoxError>,
    B: http_body::Body + 'static,
    B::Error: Into<BoxError>,
{
    fn call(mut self, request: Incoming) -> Response {
        answer(&mut self.0, request).unwrap_or_else(IntoResponse::into_response)
    }
}

fn answer<S, B>(service: &mut S, request: Incoming) -> Result<Response, Error>
where
    S: Service<http::Request<RequestBody>, Response = http::Response<B>>,
    S::Error: Into<BoxError>,
    B: http_body::Body + 'static,
    B::Error: Into<BoxError>,
{
    let failed = |error: BoxError| Error::new(http::StatusCode::INTERNAL_SERVER_ERROR, error);
    let mut request = request.into_request()?;
    if let Some(relative) = below_mount(&request) {
        *request.uri_mut() = relative;
    }
    let (head, body) = request.into_parts();
    let mut feeder = Feeder {
        body,
        slot: Arc::default(),
    };
    let body = RequestBody(feeder.slot.clone());
    let request = http::Request::from_parts(head, body);
    let response = {
        let answered = async {
            poll_fn(|context| service.poll_ready(context)).await?;
            service.call(request).await
        };
        feeder.run(answered).map_err(|error| failed(error.into()))?
    };
    let response = response.map_err(|error| failed(error.into()))?;
    Ok(response.map(|body| outgoing(body, feeder)).into())
}

/// The response's body as one of ours, which goes on feeding the request's while it is written.
fn outgoing<B>(body: B, mut feeder: Feeder) -> Body
where
    B: http_body::Body + 'static,
    B::Error: Into<BoxError>,
{
    if body.is_end_stream() {
        return Body::empty();
    }
    let mut body = Box::pin(body);
    let mut next = move || -> io::Result<Option<B::Data>> {
        loop {
            let frame = feeder.run(poll_fn(|context| body.as_mut().poll_frame(context)))?;
            match frame.transpose().map_err(io::Error::other)? {
                None => return Ok(None),
                // Trailers have no place in CGI.
                Some(frame) => match frame.into_data() {
                    Ok(data) if data.has_remaining() => return Ok(Some(data)),
                    _ => {}
                },
            }
        }
    };
    Body::stream(move |out| {
        while let Some(mut data) = next()? {
            while data.has_remaining() {
                let chunk = data.chunk();
                out.write_all(chunk)?;
                let written = chunk.len();
                data.advance(written);
            }
        }
        Ok(())
    })
}

/// The target without the mount.
fn below_mount(request: &crate::Request) -> Option<Uri> {
    let gateway = request.extensions().get::<crate::Gateway>()?;
    let mount = gateway.link("");
    let path = request.uri().path();
    let rest = path.strip_prefix(mount.trim_end_matches('/'))?;
    let slash = if rest.starts_with('/') { "" } else { "/" };
    let query = request
        .uri()
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    PathAndQuery::try_from(format!("{slash}{rest}{query}"))
        .ok()
        .map(Uri::from)
}

/// The body of a request as the service sees it. It is `Send`, as axum asks, though what it is read from is not: the
/// adapter reads, when the service asks for more.
///
/// ```
/// use std::{future::poll_fn, io, pin::pin};
/// use http_body::Body;
/// use wagi_sdk::tower::RequestBody;
///
/// async fn count(body: RequestBody) -> io::Result<usize> {
///     let mut body = pin!(body);
///     let mut total = 0;
///     while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
///         total += frame?.data_ref().map_or(0, |bytes| bytes.len());
///     }
///     Ok(total)
/// }
/// # use std::{future::Future, pin::Pin, task::{Context, Poll}};
/// # use wagi_sdk::{http, testing::Request, tower::Adapter};
/// # struct Count;
/// # impl tower_service::Service<http::Request<RequestBody>> for Count {
/// #     type Response = http::Response<String>;
/// #     type Error = io::Error;
/// #     type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>>>>;
/// #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> { Poll::Ready(Ok(())) }
/// #     fn call(&mut self, request: http::Request<RequestBody>) -> Self::Future {
/// #         Box::pin(async { Ok(http::Response::new(count(request.into_body()).await?.to_string())) })
/// #     }
/// # }
/// # let service = Count;
///
/// // In a service that answers with the count:
/// let transcript = Request::post("/").body([0; 70_000]).send(Adapter::new(service));
/// assert_eq!(transcript.text(), "70000");
/// ```
#[derive(Debug)]
pub struct RequestBody(Arc<Mutex<Slot>>);

#[derive(Debug, Default)]
struct Slot {
    wanted: bool,
    chunks: VecDeque<Result<Bytes, io::Error>>,
    ended: bool,
}

fn lock(slot: &Mutex<Slot>) -> MutexGuard<'_, Slot> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let mut slot = lock(&self.0);
        match slot.chunks.pop_front() {
            Some(chunk) => Poll::Ready(Some(chunk.map(Frame::data))),
            None if slot.ended => Poll::Ready(None),
            None => {
                slot.wanted = true;
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let slot = lock(&self.0);
        slot.ended && slot.chunks.is_empty()
    }
}

/// Reads the body for the service and polls what it waits for: all the runtime there is.
struct Feeder {
    body: Body,
    slot: Arc<Mutex<Slot>>,
}

impl Feeder {
    fn run<F: Future>(&mut self, future: F) -> io::Result<F::Output> {
        let woken = Arc::new(Flag(AtomicBool::new(false)));
        let waker = Waker::from(woken.clone());
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Ok(output);
            }
            let fed = self.feed();
            let woken = woken.0.swap(false, Ordering::AcqRel);
            if !fed && !woken {
                return Err(io::Error::other(
                    "the service waits for something that only an async runtime could bring",
                ));
            }
        }
    }

    /// Whether the service was waiting for the body, and has more of it now.
    fn feed(&mut self) -> bool {
        let mut slot = lock(&self.slot);
        if !std::mem::take(&mut slot.wanted) {
            return false;
        }
        let mut chunk = vec![0; CHUNK];
        match self.body.read(&mut chunk) {
            Ok(0) => slot.ended = true,
            Ok(n) => {
                chunk.truncate(n);
                slot.chunks.push_back(Ok(chunk.into()));
            }
            Err(error) => {
                slot.ended = true;
                slot.chunks.push_back(Err(error));
            }
        }
        true
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

impl fmt::Debug for Feeder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feeder").finish_non_exhaustive()
    }
}
