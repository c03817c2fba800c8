//! `wagi request`.

use super::explain::Report;
use super::options::ModuleOptions;
use super::run::OneModule;
use super::{Failure, WRONG, logging};
use crate::observe::{Bounds, Notes, Trace};
use crate::server::{Peer, ResponseBody};
use crate::{Host, LogFormat, ModuleLog, RequestId};
use bytes::Bytes;
use clap::Args;
use http::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Response, Uri};
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;
use std::time::Instant;

/// The arguments of `wagi request`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wagi request hello.wasm /
  wagi request hello.wasm -H 'Accept: text/html' '/greet?name=you'
  wagi request echo.wasm -d '{\"a\": 1}' -H 'Content-Type: application/json' /
  wagi request hello.wasm / --explain")]
pub(super) struct Request {
    #[command(flatten)]
    module: OneModule,

    /// Path and query, or a whole URL
    #[arg(value_name = "PATH", default_value = "/")]
    target: String,

    /// Method; GET, or POST with a body
    #[arg(short = 'X', long, value_name = "METHOD")]
    method: Option<String>,

    /// A request field; can be given several times
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = field)]
    headers: Vec<(HeaderName, HeaderValue)>,

    /// The request body: text, or @FILE, or @- for standard input
    #[arg(short, long, value_name = "BODY|@FILE")]
    data: Option<String>,

    /// Also print variables, arguments, standard input and error, the raw output, time and memory,
    /// and each rule of the specification that the output breaks
    #[arg(long)]
    explain: bool,

    #[command(flatten)]
    options: ModuleOptions,
}

impl Request {
    pub(super) fn execute(self) -> Result<ExitCode, Failure> {
        let settings = self.options.settings()?.instances(1);
        let stdin = self.body()?;
        let request = self.http_request(stdin.clone())?;
        logging::start(
            "warn,wagi_host::access=error,wagi_host=info",
            LogFormat::Text,
        );
        let is_explained = self.explain;
        let log = ModuleLog::new(move |line| {
            if !is_explained {
                eprintln!("{}", line.text);
            }
        });
        let host = Host::new(self.module.config(), settings.module_log(log))
            .map_err(|problems| Failure::Wrong(problems.render(true)))?;

        let bounds = match self.explain {
            true => Bounds::NONE,
            false => Bounds::NOTHING,
        };
        let trace = Trace::new(RequestId::first(), bounds);
        let begun = Instant::now();
        let response = answer(&host, request, trace.clone())?;
        let time = begun.elapsed();
        let mut out = std::io::stdout().lock();
        let mut printed = Ok(());
        if self.explain {
            let choice = anstream::AutoStream::choice(&out);
            let print = |notes: &Notes| {
                let report = Report {
                    notes,
                    stdin: &stdin,
                    memory: trace.memory(),
                    time,
                    color: choice != anstream::ColorChoice::Never,
                };
                report.print(&mut out)
            };
            printed = trace.look(print).unwrap_or(Ok(()));
        }
        printed
            .and_then(|()| print(&mut out, &response))
            .map_err(|error| Failure::wrong(format!("cannot print the response: {error}")))?;
        match trace.look(|notes| notes.failure.clone()).flatten() {
            Some(failure) => {
                anstream::eprintln!("{}", super::error_line(failure));
                Ok(ExitCode::from(WRONG))
            }
            None => Ok(ExitCode::SUCCESS),
        }
    }

    fn http_request(&self, body: Bytes) -> Result<http::Request<Full<Bytes>>, Failure> {
        let method = match (&self.method, &self.data) {
            (Some(method), _) => Method::from_bytes(method.as_bytes())
                .map_err(|_| Failure::usage(format!("`{method}` is no method")))?,
            (None, Some(_)) => Method::POST,
            (None, None) => Method::GET,
        };
        let uri: Uri = self
            .target
            .parse()
            .map_err(|error| Failure::usage(format!("`{}` is no path: {error}", self.target)))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(name.clone(), value.clone());
        }
        if !headers.contains_key(HOST) {
            headers.insert(HOST, HeaderValue::from_static("localhost:3000"));
        }
        let mut request = http::Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }

    fn body(&self) -> Result<Bytes, Failure> {
        let Some(data) = &self.data else {
            return Ok(Bytes::new());
        };
        match data.strip_prefix('@') {
            None => Ok(data.clone().into()),
            Some("-") => {
                let mut body = Vec::new();
                std::io::stdin()
                    .read_to_end(&mut body)
                    .map_err(Failure::wrong)?;
                Ok(body.into())
            }
            Some(file) => match std::fs::read(file) {
                Ok(body) => Ok(body.into()),
                Err(error) => Err(Failure::wrong(format!("cannot read `{file}`: {error}"))),
            },
        }
    }
}

fn field(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("write it as 'Name: value'")?;
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "that is no field name")?;
    let value = HeaderValue::from_str(value.trim()).map_err(|_| "that is no field value")?;
    Ok((name, value))
}

fn answer(
    host: &Host,
    request: http::Request<Full<Bytes>>,
    trace: Trace,
) -> Result<Response<Bytes>, Failure> {
    let peer = Peer {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        is_proxy: false,
        server_port: Some(3000),
        https: false,
        flags: None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::wrong)?;
    runtime.block_on(async {
        let response = host.service.handle(request, &peer, Some(trace)).await;
        let (mut parts, body): (_, ResponseBody) = response.into_parts();
        if let Some(length) = body.size_hint().exact() {
            parts.headers.insert(CONTENT_LENGTH, length.into());
        }
        let body = body.collect().await.map_err(Failure::wrong)?.to_bytes();
        Ok(Response::from_parts(parts, body))
    })
}

fn print(out: &mut impl Write, response: &Response<Bytes>) -> std::io::Result<()> {
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or_default();
    writeln!(out, "HTTP/1.1 {} {reason}", status.as_str())?;
    for (name, value) in response.headers() {
        write!(out, "{name}: ")?;
        out.write_all(value.as_bytes())?;
        writeln!(out)?;
    }
    writeln!(out)?;
    out.write_all(response.body())?;
    out.flush()
}
