//! WAGI modules inside of an axum application.
//!
//! `cargo run -p wagi-host --example axum -- modules.toml`, then `curl http://127.0.0.1:3000/`.

use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use axum::{Router, middleware};
use std::error::Error;
use std::net::SocketAddr;
use wagi_host::{ClientConnection, Config, Host, Settings};

/// The routes of the application, and behind them those of the modules. What axum knows of its own
/// is answered by axum; everything else goes to the modules, with the whole path.
pub fn application(host: Host) -> Router {
    let modules = Router::new()
        .fallback_service(host.into_service())
        .layer(middleware::from_fn(tell_the_client));
    Router::new()
        .route("/version", get(|| async { env!("CARGO_PKG_VERSION") }))
        .fallback_service(modules)
}

/// Hands over what the modules find in `REMOTE_ADDR` and `SERVER_PORT`.
async fn tell_the_client(
    ConnectInfo(remote): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(ClientConnection {
        remote: remote.ip(),
        port: 3000,
        https: false,
    });
    next.run(request).await
}

#[tokio::main]
#[allow(dead_code, reason = "a test has this file as a module")]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).unwrap_or("modules.toml".into());
    let host = Host::new(Config::load(file)?, Settings::default())?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    let service = application(host).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await?;
    Ok(())
}
