//! The arguments of a module.

use super::path::RawPath;
use super::request::RequestModel;
use super::value::Value;
use super::{Violation, distinct, join, quote};

/// What conforms as the argument list.
#[derive(Debug, Clone)]
pub struct Arguments {
    /// Argument 0.
    pub zero: Value,
    /// The pieces of the query; empty ones may be dropped.
    pub pieces: Vec<Vec<u8>>,
    requirement: &'static str,
}

/// What conforms for `request`.
pub fn expected(request: &RequestModel) -> Arguments {
    let path = RawPath(&request.path);
    // The URL path of the script: the script name, or the whole path as the original server has it.
    let zero = match path.decode() {
        Ok(decoded) if !path.has_dot_segments() && !path.hides_dot_segments() => {
            let name = request.mount.path.clone().into_bytes();
            Value::OneOf(distinct(vec![name, request.path.clone(), decoded]))
        }
        _ => Value::Unspecified,
    };
    let query = request.query_string();
    let pieces: Vec<Vec<u8>> = match query {
        b"" => Vec::new(),
        query => query.split(|&b| b == b'&').map(<[u8]>::to_vec).collect(),
    };
    let requirement = match query {
        b"" => "arg.no-query",
        _ if query.iter().any(|b| matches!(b, b'%' | b'+')) => "arg.not-decoded",
        _ if query.iter().any(|b| b"$();'\"\\*!~".contains(b)) => "arg.no-shell-escaping",
        _ => "arg.query-split",
    };
    Arguments {
        zero,
        pieces,
        requirement,
    }
}

impl Arguments {
    /// How `actual` departs from what conforms.
    pub fn judge(&self, actual: &[Vec<u8>]) -> Vec<Violation> {
        let (zero, rest) = match actual.split_first() {
            None => (None, actual),
            Some((zero, rest)) => (Some(zero.as_slice()), rest),
        };
        let mut violations = Vec::new();
        if !self.zero.allows(zero) {
            let actual = super::value::actual(zero);
            violations.push(Violation::new(
                "arg.zero",
                "argument 0",
                self.zero.describe(),
                actual,
            ));
        }
        let full = |pieces: &[Vec<u8>]| -> Vec<Vec<u8>> {
            pieces
                .iter()
                .filter(|piece| !piece.is_empty())
                .cloned()
                .collect()
        };
        // Empty pieces are kept or dropped.
        if full(rest) != full(&self.pieces) || rest.len() > self.pieces.len() {
            let subject = "arguments behind argument 0";
            violations.push(Violation::new(
                self.requirement,
                subject,
                list(&self.pieces),
                list(rest),
            ));
        }
        violations
    }
}

fn list(pieces: &[Vec<u8>]) -> String {
    match pieces {
        [] => "none".to_owned(),
        _ if pieces.iter().map(Vec::len).sum::<usize>() > 400 => quote(&join(pieces, b" ")),
        _ => pieces
            .iter()
            .map(|piece| quote(piece))
            .collect::<Vec<_>>()
            .join(" "),
    }
}
