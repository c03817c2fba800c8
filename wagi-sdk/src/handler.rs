//! What can answer a request.

use crate::{FromRequest, FromRequestParts, Incoming, IntoResponse, Response};

/// What can answer a request: any function or closure that takes up to eight extractors and returns something that
/// becomes a response.
///
/// All extractors but the last see the request's head ([`FromRequestParts`]); the last may take the body
/// ([`FromRequest`]). They run in order, and the first to refuse the request answers it. `M` only keeps the
/// implementations apart; it is never named.
///
/// ```
/// use wagi_sdk::{Body, Gateway, Method, Request, StatusCode, testing};
///
/// // Nothing, the whole request, or its pieces:
/// fn greeting() -> &'static str { "Hello!" }
/// fn target(request: Request) -> String { request.uri().to_string() }
/// fn echo(method: Method, gateway: Gateway, body: Body) -> (StatusCode, Body) { (StatusCode::ACCEPTED, body) }
///
/// assert_eq!(testing::Request::get("/").send(greeting).text(), "Hello!");
/// assert_eq!(testing::Request::get("/a?b").send(target).text(), "/a?b");
/// assert_eq!(testing::Request::put("/").body("x").send(echo).status(), 202);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    label = "not a handler",
    note = "a handler is a function of at most 8 extractors whose result implements `IntoResponse`",
    note = "a `Result` does, if its error is `Into<Error>`",
    note = "all but the last extractor have to implement `FromRequestParts`, the last one `FromRequest`"
)]
pub trait Handler<M> {
    /// Answers the request.
    ///
    /// ```
    /// use wagi_sdk::{Handler, HeaderValue, Incoming, Response, testing::Request};
    ///
    /// fn for_an_hour<M>(handler: impl Handler<M>) -> impl FnOnce(Incoming) -> Response {
    ///     |request| {
    ///         let mut response = handler.call(request);
    ///         response.headers_mut().insert("cache-control", HeaderValue::from_static("max-age=3600"));
    ///         response
    ///     }
    /// }
    ///
    /// let transcript = Request::get("/").send(for_an_hour(|| "Hello!"));
    /// assert_eq!(transcript.field("Cache-Control"), Some("max-age=3600"));
    /// ```
    fn call(self, request: Incoming) -> Response;
}

impl<F, R> Handler<((),)> for F
where
    F: FnOnce() -> R,
    R: IntoResponse,
{
    fn call(self, _: Incoming) -> Response {
        self().into_response()
    }
}

macro_rules! handler {
    ([$($part:ident),*], $last:ident) => {
        #[allow(non_snake_case)]
        impl<F, R, M, $($part,)* $last> Handler<(M, $($part,)* $last,)> for F
        where
            F: FnOnce($($part,)* $last,) -> R,
            R: IntoResponse,
            $($part: FromRequestParts,)*
            $last: FromRequest<M>,
        {
            fn call(self, #[allow(unused_mut)] mut request: Incoming) -> Response {
                $(
                    let $part = match $part::from_parts(request.parts()) {
                        Ok(value) => value,
                        Err(rejection) => return rejection.into_response(),
                    };
                )*
                match $last::from_request(request) {
                    Ok($last) => self($($part,)* $last,).into_response(),
                    Err(rejection) => rejection.into_response(),
                }
            }
        }
    };
}

handler!([], T1);
handler!([T1], T2);
handler!([T1, T2], T3);
handler!([T1, T2, T3], T4);
handler!([T1, T2, T3, T4], T5);
handler!([T1, T2, T3, T4, T5], T6);
handler!([T1, T2, T3, T4, T5, T6], T7);
handler!([T1, T2, T3, T4, T5, T6, T7], T8);
