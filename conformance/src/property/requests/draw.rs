//! A drawn request, and the two things made of it: its model and its bytes.

use proptest::prelude::*;
use proptest::sample::select;

use super::body::{self, BodyDraw};
use super::fields::{self, FieldDraw};
use super::target;
use crate::model::Rules;
use crate::model::request::RequestModel;
use crate::property::Subject;
use crate::wire::client::Outgoing;

/// A drawn request.
#[derive(Debug, Clone)]
pub(in crate::property) struct RequestDraw {
    method: &'static str,
    rest: String,
    query: Option<String>,
    http10: bool,
    host: HostDraw,
    absolute: bool,
    fields: Vec<FieldDraw>,
    body: BodyDraw,
}

/// The Host field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HostDraw {
    /// The target's authority.
    Target,
    /// Another.
    Other(&'static str),
    /// None, for HTTP/1.0.
    None,
}

/// Requests to the `env` mount; to servers at hand also under names that are not theirs.
pub(in crate::property) fn strategy(rules: Rules, at_hand: bool) -> BoxedStrategy<RequestDraw> {
    let fields = (
        fields::fields(rules),
        fields::content_type(),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(mut fields, content_type, place)| {
            if let Some(field) = content_type {
                fields.insert(place.index(fields.len() + 1), field);
            }
            fields
        });
    let parts = (
        method_and_body(rules),
        target::rest(rules),
        target::query(rules),
        prop::bool::weighted(0.1),
        host(rules, at_hand),
        prop::bool::weighted(0.05),
        fields,
    );
    parts
        .prop_map(
            |((method, body), rest, query, http10, host, absolute, fields)| {
                let host = if http10 || host != HostDraw::None {
                    host
                } else {
                    HostDraw::Target
                };
                RequestDraw {
                    method,
                    rest,
                    query,
                    http10,
                    // An authority in the target takes the place of Host.
                    absolute: absolute && host == HostDraw::Target && !http10,
                    host,
                    fields,
                    body: if http10 { body.by_length() } else { body },
                }
            },
        )
        .boxed()
}

/// Mostly what goes together; sometimes a body with GET, or none with POST.
fn method_and_body(rules: Rules) -> BoxedStrategy<(&'static str, BodyDraw)> {
    let usual = match rules {
        Rules::Cgi => Just("POST").boxed(),
        Rules::Wagi => select(&["POST", "PUT", "PATCH"][..]).boxed(),
    };
    prop_oneof![
        9 => (method(rules), Just(BodyDraw::None)),
        8 => (usual, body::body()),
        2 => (method(rules), body::any()),
    ]
    .prop_map(|(method, body)| match method {
        "HEAD" => (method, BodyDraw::None),
        _ => (method, body),
    })
    .boxed()
}

fn method(rules: Rules) -> BoxedStrategy<&'static str> {
    const OTHERS: &[&str] = &["DELETE", "POST", "PUT"];
    const UNUSUAL: &[&str] = &[
        "FOO",
        "get",
        "Post",
        "PROPFIND",
        "M-SEARCH",
        "G",
        "GETS",
        "X!#$%&'*+.^_`|~1",
    ];
    match rules {
        // The methods that RFC 3875 §4.3 is about.
        Rules::Cgi => prop_oneof![8 => Just("GET"), 1 => Just("POST"), 1 => Just("HEAD")].boxed(),
        Rules::Wagi => prop_oneof![
            16 => Just("GET"),
            4 => select(OTHERS),
            3 => select(UNUSUAL),
            // Last, for shrinking goes to the left and would not get past what hides the dump.
            2 => Just("HEAD"),
        ]
        .boxed(),
    }
}

fn host(rules: Rules, at_hand: bool) -> BoxedStrategy<HostDraw> {
    const OTHERS: &[&str] = &[
        "example.com",
        "example.com:8080",
        "a:81",
        "[::1]:8080",
        "[2001:db8::1]",
        "EXAMPLE.com",
        "example.com:80",
        "xn--mnchen-3ya.example",
    ];
    match (rules, at_hand) {
        (Rules::Wagi, true) => prop_oneof![
            12 => Just(HostDraw::Target),
            4 => select(OTHERS).prop_map(HostDraw::Other),
            4 => Just(HostDraw::None),
        ]
        .boxed(),
        // Elsewhere another name may lead to another server.
        _ => Just(HostDraw::Target).boxed(),
    }
}

impl RequestDraw {
    /// What the model is asked about, and what is sent.
    pub(in crate::property) fn render(&self, subject: &Subject) -> (RequestModel, Outgoing) {
        let path = format!("{}{}", subject.env.path, self.rest);
        let query = self.query.as_deref();
        let body = if subject.chunked {
            self.body.clone()
        } else {
            self.body.clone().by_length()
        };
        let (framing, framed) = body.framed();
        let mut fields: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        let mut add = |name: &str, value: &[u8]| fields.push((name.into(), value.into()));
        match self.host {
            HostDraw::Target => add("Host", format!(" {}", subject.authority).as_bytes()),
            HostDraw::Other(host) => add("Host", format!(" {host}").as_bytes()),
            HostDraw::None => {}
        }
        for field in &self.fields {
            add(field.name, &field.value);
        }
        if let Some((name, value)) = &framing {
            add(name, format!(" {value}").as_bytes());
        }
        let origin = if self.absolute {
            format!("http://{}", subject.authority)
        } else {
            String::new()
        };
        let question = query.map(|query| format!("?{query}")).unwrap_or_default();
        let minor_version = u8::from(!self.http10);
        let mut head = format!(
            "{} {origin}{path}{question} HTTP/1.{minor_version}\r\n",
            self.method
        )
        .into_bytes();
        for (name, value) in &fields {
            head.extend_from_slice(&[name, b":".as_slice(), value, b"\r\n"].concat());
        }
        head.extend_from_slice(b"\r\n");
        let model = RequestModel {
            method: self.method.to_owned(),
            path: path.into_bytes(),
            query: query.map(|query| query.as_bytes().to_vec()),
            minor_version,
            fields,
            body: body.content(),
            chunked: matches!(body, BodyDraw::Chunked { .. }),
            mount: subject.env.clone(),
            peer: subject.peer,
            scheme: "http",
        };
        let no_body_expected = self.method == "HEAD";
        (
            model,
            Outgoing {
                head,
                body: framed,
                no_body_expected,
                ..Outgoing::default()
            },
        )
    }
}
