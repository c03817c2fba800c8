//! The methods that a route answers.

use http::Method;
use std::fmt;

/// The methods that a route answers. GET includes HEAD; OPTIONS is answered by the server itself
/// where it is not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Methods {
    /// Nothing: all of them.
    listed: Vec<Method>,
}

/// What becomes of a request by its method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodVerdict {
    /// The route answers it.
    Answered,
    /// The server tells which methods there are.
    Options,
    /// 405.
    NotAllowed,
}

/// Methods that people use: those registered with the IANA, and PURGE.
pub(crate) const KNOWN_METHODS: [&str; 38] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "QUERY",
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "ORDERPATCH",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "REBIND",
    "REPORT",
    "SEARCH",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];

impl Methods {
    /// Exactly these; none means all.
    pub fn only(methods: impl IntoIterator<Item = Method>) -> Self {
        let mut listed: Vec<Method> = Vec::new();
        for method in methods {
            if method == Method::GET && !listed.contains(&Method::HEAD) {
                listed.push(Method::GET);
                listed.push(Method::HEAD);
            } else if !listed.contains(&method) {
                listed.push(method);
            }
        }
        Self { listed }
    }

    /// What becomes of a request with this method.
    pub fn verdict(&self, method: &Method) -> MethodVerdict {
        match method {
            method if self.listed.is_empty() || self.listed.contains(method) => {
                MethodVerdict::Answered
            }
            &Method::OPTIONS => MethodVerdict::Options,
            _ => MethodVerdict::NotAllowed,
        }
    }
}

/// The value of the field `Allow`.
impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for method in self
            .listed
            .iter()
            .filter(|&method| method != Method::OPTIONS)
        {
            write!(f, "{method}, ")?;
        }
        f.write_str("OPTIONS")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        let all = Methods::default();
        assert_eq!(all.verdict(&Method::DELETE), MethodVerdict::Answered);
        assert_eq!(all.verdict(&Method::OPTIONS), MethodVerdict::Answered);

        let some = Methods::only([Method::GET, Method::POST, Method::GET]);
        assert_eq!(some.verdict(&Method::HEAD), MethodVerdict::Answered);
        assert_eq!(some.verdict(&Method::POST), MethodVerdict::Answered);
        assert_eq!(some.verdict(&Method::OPTIONS), MethodVerdict::Options);
        assert_eq!(some.verdict(&Method::PUT), MethodVerdict::NotAllowed);
        assert_eq!(some.to_string(), "GET, HEAD, POST, OPTIONS");

        let head = Methods::only([Method::HEAD, Method::OPTIONS]);
        assert_eq!(head.verdict(&Method::GET), MethodVerdict::NotAllowed);
        assert_eq!(head.verdict(&Method::OPTIONS), MethodVerdict::Answered);
        assert_eq!(head.to_string(), "HEAD, OPTIONS");
    }
}
