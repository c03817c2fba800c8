//! One request, from variables and input to output: what `serve`, `respond` and `testing` share.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use http::StatusCode;

use crate::body::{ReadFn, Sink};
use crate::cgi::response::Output;
use crate::{Error, Gateway, Handler, Incoming, IntoResponse, cgi, log};

/// How it went.
pub(crate) enum Ending {
    /// The handler's response has been written.
    Answered,
    /// The handler panicked, with this message, before the first byte; a 500 has been written.
    Panicked(String),
}

/// Lets the handler answer one request. `Err` means that the response is incomplete.
pub(crate) fn exchange<M>(
    gateway: Gateway,
    stdin: Box<ReadFn>,
    stdout: &mut dyn Sink,
    handler: impl Handler<M>,
) -> io::Result<Ending> {
    let head = gateway.has_method("HEAD");
    let mut output = Output::new(stdout);
    // Where panics abort, this is a plain call and the hook in `process` answers.
    let answered = catch_unwind(AssertUnwindSafe(|| {
        let response = handler.call(Incoming::new(gateway, stdin));
        cgi::response::write(response, head, &mut output)
    }));
    match answered {
        Ok(Ok(())) => Ok(Ending::Answered),
        Ok(Err(error)) if output.begun() => {
            // What the client may still get; the first error tells more than one from here.
            let _ = output.deliver();
            Err(error)
        }
        Ok(Err(error)) => {
            let response = Error::of_client(&error).unwrap_or_else(|| {
                log::line(format_args!("500 Internal Server Error: {error}"));
                Error::status(StatusCode::INTERNAL_SERVER_ERROR)
            });
            cgi::response::write(response.into_response(), head, &mut output)?;
            Ok(Ending::Answered)
        }
        Err(panic) if output.begun() => {
            let message = message(&*panic);
            let _ = output.deliver();
            Err(io::Error::other(format!("the handler panicked: {message}")))
        }
        Err(panic) => output
            .answer_500()
            .map(|()| Ending::Panicked(message(&*panic))),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "a panic without a message".to_owned(),
    }
}
