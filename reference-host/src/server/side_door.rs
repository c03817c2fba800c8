//! Listeners that are not for clients: for operators, and for who develops a module.

use super::BoxError;
use super::listener::Listener;
use super::socket::{Acceptor, Socket};
use super::unix_socket::SocketFile;
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Who comes in here are few.
const CONNECTIONS: usize = 64;

/// How long whoever asks may take for it, or stay without asking.
const TIME: Duration = Duration::from_secs(30);

/// A listener that stays open until the host has drained, and speaks HTTP/1.1 without TLS.
pub(super) struct SideDoor {
    /// What it is for.
    name: &'static str,
    acceptor: Acceptor,
    _file: Option<SocketFile>,
}

impl SideDoor {
    /// Has to be called within a runtime.
    pub(super) fn open(listener: Listener, name: &'static str) -> io::Result<Self> {
        let (acceptor, file) = listener.into_acceptor()?;
        Ok(Self {
            name,
            acceptor,
            _file: file,
        })
    }

    /// Answers until it is dropped.
    pub(super) async fn serve<A, B>(self, answer: A)
    where
        A: Fn(&Request<Incoming>) -> Response<B> + Clone + Send + Sync + 'static,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let (answer, name) = (answer.clone(), self.name);
            match self.acceptor.accept().await {
                Ok((Socket::Tcp(stream), _)) => {
                    tokio::spawn(async move {
                        converse(TokioIo::new(stream), answer, name).await;
                        drop(place);
                    });
                }
                Ok((Socket::Unix(stream), _)) => {
                    tokio::spawn(async move {
                        converse(TokioIo::new(stream), answer, name).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection to the {name} listener");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}

async fn converse<S, A, B>(stream: S, answer: A, name: &str)
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin,
    A: Fn(&Request<Incoming>) -> Response<B>,
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<BoxError>,
{
    let answer = hyper::service::service_fn(|request: Request<Incoming>| {
        let response = answer(&request);
        async move { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(TIME)
        .max_headers(64)
        .serve_connection(stream, answer);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection to the {name} listener ended");
    }
}
