//! Errors with a part for the client and a part for the log.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::{fmt, io};

use http::StatusCode;

use crate::cgi::phrase;
#[cfg(doc)]
use crate::{BodyError, extract::JsonRejection};
use crate::{BoxError, IntoResponse, Response, log};

/// Why a request could not be answered as hoped: a status, a public part for the client, a private part for standard
/// error.
///
/// Every `std` error becomes one through `?`. It is a 500 whose text only the log sees, except that what the client did
/// wrong ([`BodyError`], [`JsonRejection`] and their like, also inside an [`io::Error`]) keeps its status and its
/// message.
///
/// An error type of a handler's own implements `From` for this one, and not [`std::error::Error`]: what implements that
/// is a 500, even if it is [`IntoResponse`] as well.
///
/// ```
/// use wagi_sdk::{Error, OrStatus, StatusCode, testing::Request};
///
/// fn handler() -> Result<String, Error> {
///     let text = std::fs::read_to_string("no/such/file").or_status(StatusCode::NOT_FOUND)?;
///     let first = text.lines().next().ok_or_else(|| Error::status(StatusCode::GONE).public("Nothing left."))?;
///     Ok(first.to_owned())
/// }
///
/// let transcript = Request::get("/").send(handler);
/// assert_eq!(transcript.status(), StatusCode::NOT_FOUND);
/// assert_eq!(transcript.text(), "Not Found\n");
/// assert!(transcript.stderr().starts_with("404 Not Found: "));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    status: StatusCode,
    public: Option<Cow<'static, str>>,
    private: Option<BoxError>,
    response: Option<Response>,
}

impl Error {
    /// A status, and for the log what led to it.
    ///
    /// ```
    /// use wagi_sdk::{Error, StatusCode};
    ///
    /// let error = Error::new(StatusCode::BAD_GATEWAY, "the index is being rebuilt").public("Come back later.");
    /// assert_eq!(error.to_string(), "502 Bad Gateway: the index is being rebuilt");
    /// ```
    pub fn new(status: StatusCode, private: impl Into<BoxError>) -> Self {
        Self(Box::new(Inner {
            status,
            public: None,
            private: Some(private.into()),
            response: None,
        }))
    }

    /// A status of which the log need not know.
    ///
    /// ```
    /// use wagi_sdk::{Error, StatusCode, testing::Request};
    ///
    /// let handler = || -> Result<(), Error> { Err(Error::status(StatusCode::GONE)) };
    /// let transcript = Request::get("/").send(handler);
    /// assert_eq!(transcript.status(), 410);
    /// assert_eq!(transcript.stderr(), "");
    /// ```
    pub fn status(status: StatusCode) -> Self {
        Self(Box::new(Inner {
            status,
            public: None,
            private: None,
            response: None,
        }))
    }

    /// What the client gets to read, as plain text. Without it, it reads the status's own phrase.
    ///
    /// ```
    /// use wagi_sdk::{Error, StatusCode, testing::Request};
    ///
    /// let handler = || Error::new(StatusCode::BAD_GATEWAY, "the index is gone").public("Come back later.");
    /// let transcript = Request::get("/").send(handler);
    /// assert_eq!(transcript.text(), "Come back later.\n");
    /// assert_eq!(transcript.stderr(), "502 Bad Gateway: the index is gone\n");
    /// ```
    #[must_use]
    pub fn public(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.public = Some(message.into());
        self
    }

    /// What the client gets instead of plain text: JSON, a page, header fields. The status stays the error's.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use wagi_sdk::{Error, Json, StatusCode, testing::Request};
    ///
    /// let handler = || -> Result<(), Error> {
    ///     let problem = ([("Retry-After", "60")], Json(BTreeMap::from([("error", "busy")])));
    ///     Err(Error::new(StatusCode::SERVICE_UNAVAILABLE, "all 8 slots are taken").with_response(problem))
    /// };
    /// let transcript = Request::get("/").send(handler);
    /// assert_eq!(transcript.status(), 503);
    /// assert_eq!(transcript.field("Retry-After"), Some("60"));
    /// assert_eq!(transcript.text(), r#"{"error":"busy"}"#);
    /// assert_eq!(transcript.stderr(), "503 Service Unavailable: all 8 slots are taken\n");
    /// ```
    #[must_use]
    pub fn with_response(mut self, response: impl IntoResponse) -> Self {
        self.0.response = Some(response.into_response());
        self
    }

    /// The status with which this is answered.
    ///
    /// ```
    /// use wagi_sdk::{BodyError, Error, StatusCode};
    ///
    /// let error = Error::from("twelve".parse::<u32>().unwrap_err());
    /// assert_eq!(error.status_code(), StatusCode::INTERNAL_SERVER_ERROR);
    /// assert_eq!(Error::from(BodyError::NotUtf8).status_code(), StatusCode::BAD_REQUEST);
    /// ```
    pub fn status_code(&self) -> StatusCode {
        self.0.status
    }

    /// What the client did wrong, if reading its request led to this.
    pub(crate) fn of_client(error: &io::Error) -> Option<Self> {
        let (status, message) = client_fault(error.get_ref()?)?;
        Some(Self::status(status).public(message))
    }

    /// What is the client's fault is said to it, what is not to the log.
    pub(crate) fn of_rejection(status: StatusCode, message: String) -> Self {
        if status.is_client_error() {
            Self::status(status).public(message)
        } else {
            Self::new(status, message)
        }
    }

    fn from_source(source: BoxError) -> Self {
        let mut cause: Option<&(dyn StdError + 'static)> = Some(&*source);
        while let Some(error) = cause {
            if let Some((status, message)) = client_fault(error) {
                return Self::status(status).public(message);
            }
            cause = error.source();
        }
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, source)
    }
}

/// Status and message, if the error is one that the client has to hear about.
fn client_fault(error: &(dyn StdError + 'static)) -> Option<(StatusCode, String)> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        // The source of an I/O error is its inner error's source, not the inner error.
        return client_fault(error.get_ref()?);
    }
    let fault = error.source()?.downcast_ref::<ClientFault>()?;
    Some((fault.0, error.to_string()))
}

/// What the rejections have as their source: that they are the client's fault, and with which status to say so.
///
/// It saves [`Error`] from knowing them all by name, and every module from carrying the texts of all of them.
#[derive(Debug)]
pub(crate) struct ClientFault(StatusCode);

impl ClientFault {
    /// None for what is not the client's fault.
    pub(crate) fn of(status: StatusCode) -> Option<&'static (dyn StdError + 'static)> {
        static ALL: [ClientFault; 5] = [
            ClientFault(StatusCode::BAD_REQUEST),
            ClientFault(StatusCode::PAYLOAD_TOO_LARGE),
            ClientFault(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ClientFault(StatusCode::RANGE_NOT_SATISFIABLE),
            ClientFault(StatusCode::UNPROCESSABLE_ENTITY),
        ];
        let fault = ALL.iter().find(|fault| fault.0 == status)?;
        Some(fault)
    }
}

impl fmt::Display for ClientFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request is at fault")
    }
}

impl StdError for ClientFault {}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Self::from_source(Box::new(error))
    }
}

/// A response that ends the handler, with its own status. The log does not hear of it.
///
/// ```
/// use wagi_sdk::{Cookies, IntoResponse, Redirect, Response, testing::Request};
///
/// fn page(cookies: Cookies) -> Result<&'static str, Response> {
///     cookies.get("session").ok_or_else(|| Redirect::see_other("/login").into_response())?;
///     Ok("the page")
/// }
///
/// assert_eq!(Request::get("/").send(page).status(), 303);
/// ```
impl From<Response> for Error {
    fn from(response: Response) -> Self {
        let mut error = Self::status(response.status());
        error.0.response = Some(response);
        error
    }
}

impl IntoResponse for Error {
    fn into_response(mut self) -> Response {
        if self.0.private.is_some() {
            log::line(format_args!("{self}"));
        }
        let status = self.0.status;
        let mut response = self.0.response.take().unwrap_or_else(|| {
            let public = self.0.public.take();
            let public = public.unwrap_or(Cow::Borrowed(phrase(status).unwrap_or("Error")));
            [&public, "\n"].concat().into_response()
        });
        *response.status_mut() = status;
        response
    }
}

/// The private part with all its causes: what the log gets.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.status.as_u16())?;
        if let Some(phrase) = phrase(self.0.status) {
            write!(f, " {phrase}")?;
        }
        let private = self.0.private.as_deref();
        let mut cause = private.map(|error| error as &(dyn StdError + 'static));
        while let Some(error) = cause.filter(|error| !error.is::<ClientFault>()) {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("status", &self.0.status)
            .field("public", &self.0.public)
            .field("private", &self.0.private)
            .field("response", &self.0.response)
            .finish()
    }
}

/// Gives a failure the status with which to answer it.
///
/// ```
/// use wagi_sdk::{Error, OrStatus, StatusCode};
///
/// fn page(number: &str) -> Result<u32, Error> {
///     number.parse().or_status(StatusCode::NOT_FOUND)
/// }
///
/// assert_eq!(page("12").unwrap(), 12);
/// assert_eq!(page("twelve").unwrap_err().status_code(), StatusCode::NOT_FOUND);
/// ```
pub trait OrStatus<T> {
    /// The value, or an [`Error`] with this status. What went wrong is for the log only.
    ///
    /// ```
    /// use wagi_sdk::{Cookies, Error, OrStatus, StatusCode, testing::Request};
    ///
    /// fn handler(cookies: Cookies) -> Result<String, Error> {
    ///     let cups = cookies.get("cups").or_status(StatusCode::UNAUTHORIZED)?;
    ///     let cups: u32 = cups.parse().or_status(StatusCode::BAD_REQUEST)?;
    ///     Ok(format!("{cups} cups"))
    /// }
    ///
    /// assert_eq!(Request::get("/").send(handler).status(), 401);
    /// let transcript = Request::get("/").cookie("cups", "two").send(handler);
    /// assert_eq!(transcript.text(), "Bad Request\n");
    /// assert_eq!(transcript.stderr(), "400 Bad Request: invalid digit found in string\n");
    /// ```
    fn or_status(self, status: StatusCode) -> Result<T, Error>;
}

impl<T, E: Into<BoxError>> OrStatus<T> for Result<T, E> {
    fn or_status(self, status: StatusCode) -> Result<T, Error> {
        self.map_err(|error| Error::new(status, error))
    }
}

impl<T> OrStatus<T> for Option<T> {
    fn or_status(self, status: StatusCode) -> Result<T, Error> {
        self.ok_or_else(|| Error::status(status))
    }
}

/// Makes a rejection an error that answers for itself, in the same words in which [`Error`] would. It has a `status()`.
///
/// Its `Debug` is its `Display`: derived ones are a kilobyte or two in every module that never prints them.
macro_rules! rejection {
    ($rejection:ty) => {
        impl ::std::fmt::Debug for $rejection {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self, f)
            }
        }

        impl ::std::error::Error for $rejection {
            fn source(&self) -> Option<&(dyn ::std::error::Error + 'static)> {
                $crate::error::ClientFault::of(self.status())
            }
        }

        impl $crate::IntoResponse for $rejection {
            fn into_response(self) -> $crate::Response {
                // Not by way of `Error::from`, which would look for what is known here.
                $crate::Error::of_rejection(self.status(), self.to_string()).into_response()
            }
        }
    };
}

pub(crate) use rejection;
