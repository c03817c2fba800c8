//! Requests to other servers. In a component they go through the host, which asks only those that it is told it may.

use wagi_sdk::Uri;

use crate::{Answer, Failure};

/// Asks for a page.
#[cfg(all(target_os = "wasi", target_env = "p2"))]
pub fn get(address: &Uri) -> Result<Answer, Failure> {
    component::get(address)
}

/// Built for anything else, there is nobody to send the request.
#[cfg(not(all(target_os = "wasi", target_env = "p2")))]
pub fn get(_: &Uri) -> Result<Answer, Failure> {
    let why = "this program is not built for wasm32-wasip2, and cannot send requests";
    Err(Failure::Failed(why.to_owned()))
}

#[cfg(all(target_os = "wasi", target_env = "p2"))]
mod component {
    use wagi_sdk::Uri;
    use wasip2::http::outgoing_handler;
    use wasip2::http::types::{ErrorCode, Fields, IncomingBody, OutgoingRequest, Scheme};
    use wasip2::io::streams::StreamError;

    use crate::{Answer, Failure, LIMIT};

    pub(super) fn get(address: &Uri) -> Result<Answer, Failure> {
        let scheme = match address.scheme_str() {
            Some("https") => Scheme::Https,
            _ => Scheme::Http,
        };
        let authority = address.authority().map(|authority| authority.as_str());
        let path = address.path_and_query().map(|path| path.as_str());
        // Nothing is said about the method: it is GET.
        let request = OutgoingRequest::new(Fields::new());
        request
            .set_scheme(Some(&scheme))
            .and_then(|()| request.set_authority(authority))
            .and_then(|()| request.set_path_with_query(path))
            .map_err(|()| Failure::Failed("the address cannot be asked for".to_owned()))?;

        let pending = outgoing_handler::handle(request, None).map_err(failure)?;
        pending.subscribe().block();
        let response = match pending.get() {
            Some(Ok(response)) => response.map_err(failure)?,
            _ => return Err(Failure::Failed("it has been asked for already".to_owned())),
        };
        let media_type = response.headers().get("content-type");
        let media_type = media_type.first().map_or(&b""[..], Vec::as_slice);
        let body = response.consume().map_err(|()| gone())?;
        let (body, is_cut) = read(&body)?;
        Ok(Answer {
            status: response.status(),
            media_type: String::from_utf8_lossy(media_type).into_owned(),
            body,
            is_cut,
        })
    }

    fn read(body: &IncomingBody) -> Result<(Vec<u8>, bool), Failure> {
        let stream = body.stream().map_err(|()| gone())?;
        let mut bytes = Vec::new();
        while bytes.len() <= LIMIT {
            match stream.blocking_read((LIMIT + 1 - bytes.len()) as u64) {
                Ok(more) => bytes.extend_from_slice(&more),
                Err(StreamError::Closed) => return Ok((bytes, false)),
                Err(StreamError::LastOperationFailed(error)) => {
                    return Err(Failure::Failed(error.to_debug_string()));
                }
            }
        }
        bytes.truncate(LIMIT);
        Ok((bytes, true))
    }

    fn gone() -> Failure {
        Failure::Failed("its body is gone".to_owned())
    }

    fn failure(error: ErrorCode) -> Failure {
        match error {
            ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => Failure::Refused,
            ErrorCode::ConnectionRefused => Failure::Failed("it takes no connections".to_owned()),
            ErrorCode::DestinationNotFound | ErrorCode::DnsError(_) => {
                Failure::Failed("there is no such host".to_owned())
            }
            error => Failure::Failed(error.to_string()),
        }
    }
}
