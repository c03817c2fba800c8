//! What is sent.

use super::Problems;
use super::texts::{held, placeholders};
use crate::case::bytes::Context;
use crate::case::schema::Request;
use crate::model::request::{MountModel, RequestModel};

/// Whether the model can be asked about the request.
pub(super) fn modelled(request: &Request) -> Result<(), String> {
    let context = Context {
        mount: "/mount".to_owned(),
        pattern: "/mount/...".to_owned(),
        nonce: "nonce".to_owned(),
        host: "127.0.0.1:80".to_owned(),
    };
    let mount = MountModel {
        path: context.mount.clone(),
        pattern: context.pattern.clone(),
    };
    RequestModel::parse(&request.build(&context).bytes(), mount, None).map(|_| ())
}

/// Checks a request to a mount with this probe.
pub(super) fn check(request: &Request, probe: &str, problems: &mut Problems<'_>) {
    if request.raw.is_some() {
        let other = Request {
            raw: None,
            half_close: false,
            ..request.clone()
        };
        if format!("{other:?}") != format!("{:?}", Request::default()) {
            problems.add(
                "raw",
                "`raw` is the whole request; only `half-close` goes with it",
            );
        }
    }
    if request.method.as_ref().is_some_and(String::is_empty) {
        problems.add("method", "a method has at least one character");
    }
    if request.output.is_some() {
        if request.body.is_some() {
            problems.add(
                "output",
                "`output` is sent as the body; there cannot be another",
            );
        }
        let fits = match request.output_in_query() {
            true => probe == "say",
            false => matches!(probe, "cat" | "trap" | "spin"),
        };
        if !fits {
            let method = request.method_name();
            problems.add(
                "output",
                format_args!("the probe `{probe}` writes no `output` for {method}"),
            );
        }
        if request.output_in_query()
            && request
                .target
                .as_ref()
                .is_some_and(|target| held(target, &|t| t.contains('?')))
        {
            problems.add(
                "target",
                "`output` travels in the query, so the target can have none",
            );
        }
    }
    let texts = [
        &request.target,
        &request.body,
        &request.output,
        &request.raw,
    ];
    for bytes in texts.into_iter().flatten() {
        placeholders(bytes, problems);
    }
    for (name, value) in &request.fields {
        placeholders(name, problems);
        placeholders(value, problems);
    }
}
