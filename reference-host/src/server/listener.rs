//! Listening.

use super::Service;
use super::address::{ListenAddress, Place, Scheme};
use super::connection::{Accepted, Places, Reception};
use super::shutdown::Stop;
use super::socket::Acceptor;
use super::unix_socket::{self, SocketFile};
use crate::observe::LimitHit;
use listenfd::ListenFd;
use socket2::{Domain, Protocol, SockAddr, Type};
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// A socket that listens, and whether its connections are encrypted.
#[derive(Debug)]
pub struct Listener {
    socket: ListeningSocket,
    scheme: Option<Scheme>,
}

#[derive(Debug)]
enum ListeningSocket {
    Tcp(TcpListener),
    /// With the file that belongs to it, unless somebody else made it.
    Unix(UnixListener, Option<SocketFile>),
}

impl Listener {
    /// Binds an address. `mode` are the permissions of a Unix socket.
    pub fn bind(address: &ListenAddress, mode: u32) -> io::Result<Self> {
        let socket = match &address.place {
            Place::Tcp(address) => ListeningSocket::Tcp(bind_tcp(address)?),
            Place::Unix(path) => {
                let (listener, file) = unix_socket::bind(path, mode)?;
                ListeningSocket::Unix(listener, Some(file))
            }
        };
        Ok(Self {
            socket,
            scheme: address.scheme,
        })
    }

    /// The sockets that systemd, or whoever started the process, has handed over (`LISTEN_FDS`).
    pub fn handed_over() -> io::Result<Vec<Self>> {
        let mut handed_over = ListenFd::from_env();
        let mut listeners = Vec::new();
        for index in 0..handed_over.len() {
            // A socket that is of another kind stays where it is.
            let unix = handed_over.take_unix_listener(index).ok().flatten();
            let socket = match unix {
                Some(listener) => ListeningSocket::Unix(listener, None),
                None => match handed_over.take_tcp_listener(index)? {
                    Some(listener) => ListeningSocket::Tcp(listener),
                    None => continue,
                },
            };
            listeners.push(Self {
                socket,
                scheme: None,
            });
        }
        Ok(listeners)
    }

    /// The address that it is bound to, over TCP.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.socket {
            ListeningSocket::Tcp(listener) => listener.local_addr().ok(),
            ListeningSocket::Unix(..) => None,
        }
    }

    /// Whether it wants certificates.
    pub(crate) fn requires_tls(&self) -> bool {
        self.scheme == Some(Scheme::Https)
    }

    /// Whether its connections are encrypted, given that there are certificates or not.
    pub(crate) fn is_encrypted(&self, has_certificates: bool) -> bool {
        match self.scheme {
            Some(Scheme::Http) => false,
            Some(Scheme::Https) => true,
            // A Unix socket does not leave the machine.
            None => has_certificates && matches!(self.socket, ListeningSocket::Tcp(_)),
        }
    }

    /// Where clients find it.
    pub(crate) fn url(&self, has_certificates: bool) -> String {
        let scheme = match self.is_encrypted(has_certificates) {
            true => "https://",
            false => "http://",
        };
        match &self.socket {
            ListeningSocket::Tcp(listener) => match listener.local_addr() {
                Ok(address) => format!("{scheme}{address}"),
                Err(_) => format!("{scheme}(unknown)"),
            },
            // A socket does not know that it was renamed.
            ListeningSocket::Unix(_, Some(file)) => format!("unix:{}", file.path().display()),
            ListeningSocket::Unix(listener, None) => {
                let address = listener.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                match path {
                    Some(path) => format!("unix:{}", path.display()),
                    None => "unix:(unnamed)".to_string(),
                }
            }
        }
    }

    pub(super) fn into_acceptor(self) -> io::Result<(Acceptor, Option<SocketFile>)> {
        match self.socket {
            ListeningSocket::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                let listener = tokio::net::TcpListener::from_std(listener)?;
                Ok((Acceptor::Tcp(listener), None))
            }
            ListeningSocket::Unix(listener, file) => {
                listener.set_nonblocking(true)?;
                let listener = tokio::net::UnixListener::from_std(listener)?;
                Ok((Acceptor::Unix(listener), file))
            }
        }
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self {
            socket: ListeningSocket::Tcp(listener),
            scheme: None,
        }
    }
}

impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self {
            socket: ListeningSocket::Unix(listener, None),
            scheme: None,
        }
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url(self.requires_tls()))
    }
}

/// Of several addresses of a name the first that works.
fn bind_tcp(address: &str) -> io::Result<TcpListener> {
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in address.to_socket_addrs()? {
        match listen(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let domain = Domain::for_address(address);
    let socket = socket2::Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&SockAddr::from(address))?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// A listener within the runtime.
pub(crate) struct Entrance {
    acceptor: Acceptor,
    reception: Arc<Reception>,
    _file: Option<SocketFile>,
}

impl Entrance {
    /// Has to be called within a runtime.
    pub(super) fn open(listener: Listener, reception: Arc<Reception>) -> io::Result<Self> {
        let (acceptor, file) = listener.into_acceptor()?;
        Ok(Self {
            acceptor,
            reception,
            _file: file,
        })
    }

    /// Accepts connections until the shutdown begins.
    pub(super) async fn receive(self, connections: Arc<Semaphore>, mut stop: Stop) {
        let later = stop.clone();
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&connections) => accepted,
                () = stop.begun() => return,
            };
            match accepted {
                Ok(Some(accepted)) => {
                    let reception = Arc::clone(&self.reception);
                    tokio::spawn(reception.serve(accepted, later.clone()));
                }
                Ok(None) => {}
                // Out of descriptors, or a connection that ended before it was accepted.
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    async fn accept(&self, connections: &Arc<Semaphore>) -> io::Result<Option<Accepted>> {
        let connection = Arc::clone(connections)
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        let (socket, remote) = self.acceptor.accept().await?;
        let Service {
            sandbox, settings, ..
        } = &*self.reception.service;
        let peer = match remote {
            Some(address) if !settings.proxies.trusts(remote) => {
                let most = sandbox.limits().connections_per_peer;
                let place = self.reception.peers.enter(address, most);
                if place.is_none() {
                    settings.metrics.hit(LimitHit::PeerConnections);
                    return Ok(None);
                }
                place
            }
            _ => None,
        };
        settings.metrics.connections.add(1);
        let places = Places {
            _connection: connection,
            _peer: peer,
            _open: settings.metrics.open_connections.enter(),
        };
        Ok(Some(Accepted {
            socket,
            remote,
            _places: places,
        }))
    }
}
