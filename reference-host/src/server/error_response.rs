//! Answers that the server gives itself.

use super::ResponseBody;
use crate::files::FileError;
use crate::gateway::{MalformedBlock, Refusal, SERVER_SOFTWARE};
use crate::observe::{LimitHit, RequestOutcome};
use crate::sandbox::{BodyError, Outcome};
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, SERVER};
use http::{Response, StatusCode};
use std::fmt;

/// Why a request is not answered by a module.
///
/// Requirements: failure.codes, failure.no-internals.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request itself is not acceptable.
    Refused(Refusal),
    /// The request has more fields than are allowed.
    TooManyFields,
    /// No route matches.
    NoRoute,
    /// There is no file for the path in the folder of its route.
    NoFile,
    /// The route does not answer the method; with the value of `Allow`.
    Method(HeaderValue),
    /// A file cannot be read; the text is for the log only.
    Storage(std::io::Error),
    /// The request body cannot be delivered.
    Body(BodyError),
    /// The client did not send its body in time.
    SlowBody,
    /// Too many modules are running.
    Busy(LimitHit),
    /// The module failed.
    Module(Outcome),
    /// The module's output is no response.
    Malformed(MalformedBlock),
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::Refused(refusal) => refusal.status(),
            Self::TooManyFields => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::NoRoute | Self::NoFile => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Storage(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Body(BodyError::Broken) | Self::Module(Outcome::BodyBroken) => {
                StatusCode::BAD_REQUEST
            }
            Self::Body(BodyError::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body(BodyError::Storage(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::SlowBody | Self::Body(BodyError::Slow) | Self::Module(Outcome::BodySlow) => {
                StatusCode::REQUEST_TIMEOUT
            }
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Module(Outcome::TimedOut) => StatusCode::GATEWAY_TIMEOUT,
            Self::Module(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Malformed(_) => StatusCode::BAD_GATEWAY,
        }
    }

    /// What the client is told beside the name of the status. What a module did is for the log only.
    fn explanation(&self) -> Option<String> {
        match self {
            Self::Refused(refusal) => Some(refusal.to_string()),
            Self::Module(Outcome::BodyBroken) => Some(BodyError::Broken.to_string()),
            Self::Body(error @ (BodyError::Broken | BodyError::TooLarge)) => {
                Some(error.to_string())
            }
            _ => None,
        }
    }

    /// Whether the operator should hear of it as of a failure.
    pub(super) fn is_server_side(&self) -> bool {
        self.status().is_server_error()
    }

    /// How the request ended, for logs and metrics.
    pub(super) fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Refused(_) | Self::TooManyFields | Self::Method(_) => RequestOutcome::Refused,
            Self::NoRoute | Self::NoFile => RequestOutcome::NoRoute,
            Self::Storage(_) => RequestOutcome::Unavailable,
            Self::Body(BodyError::Storage(_)) => RequestOutcome::Unavailable,
            Self::Body(_) | Self::SlowBody => RequestOutcome::Body,
            Self::Busy(_) => RequestOutcome::Busy,
            Self::Malformed(_) => RequestOutcome::Malformed,
            Self::Module(outcome) => match outcome {
                Outcome::Success => RequestOutcome::Ok,
                Outcome::Exit(_) => RequestOutcome::Exit,
                Outcome::Trap(_) => RequestOutcome::Trap,
                Outcome::TimedOut => RequestOutcome::Timeout,
                Outcome::BodyBroken | Outcome::BodySlow => RequestOutcome::Body,
                Outcome::Unavailable(_) => RequestOutcome::Unavailable,
            },
        }
    }

    /// The limit that was hit, if it was one.
    pub(super) fn limit(&self) -> Option<LimitHit> {
        match self {
            Self::TooManyFields => Some(LimitHit::HeaderFields),
            Self::Body(BodyError::TooLarge) => Some(LimitHit::Body),
            Self::Body(BodyError::Slow) | Self::SlowBody | Self::Module(Outcome::BodySlow) => {
                Some(LimitHit::BodyTime)
            }
            Self::Busy(limit) => Some(*limit),
            Self::Module(Outcome::TimedOut) => Some(LimitHit::WallTime),
            Self::Malformed(MalformedBlock::TooLarge) => Some(LimitHit::Output),
            _ => None,
        }
    }

    pub(super) fn response(&self) -> Response<ResponseBody> {
        let status = self.status();
        let name = status.canonical_reason().unwrap_or("Error");
        let text = match self.explanation() {
            Some(explanation) => format!("{name}: {explanation}\n"),
            None => format!("{name}\n"),
        };
        let mut response = plain(status, text);
        let headers = response.headers_mut();
        match self {
            Self::Busy(_) => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::Method(allowed) => {
                headers.insert(ALLOW, allowed.clone());
            }
            Self::Refused(Refusal::Method) => {
                let methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
                headers.insert(ALLOW, HeaderValue::from_static(methods));
            }
            _ => {}
        }
        response
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::TooManyFields => f.write_str("the request has too many fields"),
            Self::NoRoute => f.write_str("no route"),
            Self::NoFile => f.write_str("no such file"),
            Self::Method(_) => f.write_str("the route does not answer this method"),
            Self::Storage(error) => write!(f, "a file cannot be read: {error}"),
            Self::Body(error) => error.fmt(f),
            Self::SlowBody => f.write_str("the request body did not come in time"),
            Self::Busy(_) => f.write_str("too many modules are running"),
            Self::Module(outcome) => outcome.fmt(f),
            Self::Malformed(malformed) => malformed.fmt(f),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        match error {
            FileError::NotFound => Self::NoFile,
            FileError::Method(allowed) => Self::Method(allowed),
            FileError::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<MalformedBlock> for Failure {
    fn from(malformed: MalformedBlock) -> Self {
        Self::Malformed(malformed)
    }
}

/// The answer to a health check.
///
/// Requirement: route.reserved-paths.
pub(super) fn healthy() -> Response<ResponseBody> {
    let mut response = plain(StatusCode::OK, "OK".into());
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The answer to OPTIONS on a route that lists its methods.
pub(super) fn options(allowed: HeaderValue) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::whole(Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ALLOW, allowed);
    described(response)
}

/// With the name of the server, as answers have that no module made.
pub(super) fn described(mut response: Response<ResponseBody>) -> Response<ResponseBody> {
    let server = HeaderValue::from_static(SERVER_SOFTWARE);
    response.headers_mut().insert(SERVER, server);
    response
}

fn plain(status: StatusCode, text: String) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::whole(text.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    described(response)
}
