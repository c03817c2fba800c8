//! The search for the handler.

use http::StatusCode;

use super::pattern::Rank;
use super::{LeadsTo, Router, allowed};
use crate::incoming::PathParameters;
use crate::{Parts, Response};

/// Where a request goes.
pub(super) struct Found {
    /// Which entry to take in this router, in the router it leads to, and so on.
    pub(super) trail: Vec<usize>,
    pub(super) outcome: Outcome,
    pub(super) parameters: PathParameters,
}

pub(super) enum Outcome {
    /// To the handler at the end of the trail.
    Handler,
    /// To nobody; the router at the end of the trail says so.
    Nobody,
    /// To nobody, since the path is fine and the method is not, or only asks what is.
    Allowed(Response),
}

/// What is at the end of a trail, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Handler,
    /// A router with a handler for the path, but not for the method.
    WrongMethod,
    /// A router, for want of a handler.
    Router,
}

struct Search<'a> {
    method: &'a [u8],
    rank: Rank,
    trail: Vec<usize>,
    /// The best end so far; among equal ones the lowest rank wins.
    best: Option<(End, Rank, Vec<usize>)>,
    allowed: Vec<&'a str>,
}

pub(super) fn find(router: &Router, parts: &Parts) -> Found {
    let path = parts.gateway().path_segments();
    let method = parts.method_name();
    let mut search = Search {
        method: &method,
        rank: Vec::new(),
        trail: Vec::new(),
        best: None,
        allowed: Vec::new(),
    };
    search.visit(router, &path);
    let (end, trail) = match search.best.take() {
        Some((end, _, trail)) => (end, trail),
        None => (End::Router, Vec::new()),
    };
    let outcome = match end {
        End::Handler => Outcome::Handler,
        End::Router => Outcome::Nobody,
        End::WrongMethod => {
            let status = if method == b"OPTIONS" {
                StatusCode::NO_CONTENT
            } else {
                StatusCode::METHOD_NOT_ALLOWED
            };
            search.allow("OPTIONS");
            Outcome::Allowed(allowed(&search.allowed, status))
        }
    };
    let parameters = parameters(router, &trail, &path, matches!(outcome, Outcome::Handler));
    Found {
        trail,
        outcome,
        parameters,
    }
}

impl<'a> Search<'a> {
    /// Looks at all that fits the rest of the path.
    fn visit(&mut self, router: &'a Router, path: &[String]) {
        self.offer(End::Router);
        let depth = self.rank.len();
        for (index, entry) in router.entries.iter().enumerate() {
            self.rank.truncate(depth);
            let Some(taken) = entry.pattern.take(path, &mut self.rank) else {
                continue;
            };
            let rest = &path[taken..];
            self.trail.push(index);
            match &entry.leads_to {
                LeadsTo::Router(inner) => {
                    // The prefix alone is the inner router's `/`.
                    let end = [String::new()];
                    self.visit(inner, if rest.is_empty() { &end } else { rest });
                }
                LeadsTo::Handler(method, _) if rest.is_empty() => self.weigh(method.as_deref()),
                LeadsTo::Handler(..) => {}
            }
            self.trail.pop();
        }
    }

    fn weigh(&mut self, method: Option<&'a str>) {
        let rank = match method {
            Some(method) if method.as_bytes() == self.method => 0,
            Some(method) if method == "GET" && self.method == b"HEAD" => 1,
            None => 2,
            Some(method) => {
                let handler = self.trail.pop();
                self.offer(End::WrongMethod);
                self.trail.extend(handler);
                self.allow(method);
                if method == "GET" {
                    self.allow("HEAD");
                }
                return;
            }
        };
        self.rank.push(rank);
        self.offer(End::Handler);
    }

    fn allow(&mut self, method: &'a str) {
        if !self.allowed.contains(&method) {
            self.allowed.push(method);
        }
    }

    /// At the same rank the longer one wins: it is the same path, further inside.
    fn offer(&mut self, end: End) {
        let better = match &self.best {
            None => true,
            Some((best, _, _)) if end != *best => end < *best,
            Some((_, rank, _)) => {
                self.rank.starts_with(rank) && self.rank.len() > rank.len() || self.rank < *rank
            }
        };
        if better {
            self.best = Some((end, self.rank.clone(), self.trail.clone()));
        }
    }
}

/// What the patterns on the trail have names for, and where what answers stands: the handler, or else the fallback.
fn parameters(
    mut router: &Router,
    trail: &[usize],
    mut path: &[String],
    is_handler: bool,
) -> PathParameters {
    let mut found = PathParameters::default();
    let segments = path.len();
    for index in trail {
        let entry = &router.entries[*index];
        entry.pattern.parameters(path, &mut found.all);
        if let LeadsTo::Router(inner) = &entry.leads_to {
            path = &path[entry
                .pattern
                .take(path, &mut Vec::new())
                .unwrap_or_default()..];
            router = inner;
            if is_handler || inner.fallback.is_some() {
                found.prefix = segments - path.len();
                found.of_prefix = found.all.len();
            }
        }
    }
    if !is_handler {
        found.of_prefix = found.all.len();
    }
    found
}
