//! The search for the handler.

use http::{Method, StatusCode};

use super::pattern::Rank;
use super::{LeadsTo, Router, allowed};
use crate::{Parts, Response};

/// Where a request goes.
pub(super) struct Found {
    /// Which entry to take in this router, in the router it leads to, and so on.
    pub(super) trail: Vec<usize>,
    pub(super) outcome: Outcome,
    pub(super) parameters: Vec<(&'static str, String)>,
}

pub(super) enum Outcome {
    /// To the handler at the end of the trail.
    Handler,
    /// To nobody; the router at the end of the trail says so.
    Nobody,
    /// To nobody, since the path is fine and the method is not, or only asks what is.
    Allowed(Response),
}

/// A candidate for the end of the trail; the lowest rank wins.
#[derive(Default)]
struct Best(Option<(Rank, Vec<usize>)>);

struct Search<'a> {
    method: &'a [u8],
    rank: Rank,
    trail: Vec<usize>,
    handler: Best,
    /// A router, for want of a handler.
    router: Best,
    /// A router with a handler for the path, but not for the method.
    wrong_method: Best,
    allowed: Vec<&'a str>,
}

pub(super) fn find(router: &Router, parts: &Parts) -> Found {
    let path = parts.gateway().path_segments();
    let method = parts.method_name();
    let mut search = Search {
        method: &method,
        rank: Vec::new(),
        trail: Vec::new(),
        handler: Best::default(),
        router: Best::default(),
        wrong_method: Best::default(),
        allowed: Vec::new(),
    };
    search.visit(router, &path);
    let (best, outcome) = match (search.handler.0, search.wrong_method.0) {
        (Some(best), _) => (Some(best), Outcome::Handler),
        (None, None) => (search.router.0, Outcome::Nobody),
        (None, wrong_method) => {
            let status = if method == b"OPTIONS" {
                StatusCode::NO_CONTENT
            } else {
                StatusCode::METHOD_NOT_ALLOWED
            };
            search.allowed.push("OPTIONS");
            let response = allowed(&search.allowed, status);
            (wrong_method, Outcome::Allowed(response))
        }
    };
    let trail = best.map(|(_, trail)| trail).unwrap_or_default();
    let parameters = parameters(router, &trail, &path);
    Found {
        trail,
        outcome,
        parameters,
    }
}

impl<'a> Search<'a> {
    /// Looks at all that fits the rest of the path.
    fn visit(&mut self, router: &'a Router, path: &[String]) {
        self.router.offer(&self.rank, &self.trail);
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
                LeadsTo::Handler(method, _) if rest.is_empty() => self.weigh(method.as_ref()),
                LeadsTo::Handler(..) => {}
            }
            self.trail.pop();
        }
    }

    fn weigh(&mut self, method: Option<&'a Method>) {
        let rank = match method {
            Some(method) if method.as_str().as_bytes() == self.method => 0,
            Some(method) if method == Method::GET && self.method == b"HEAD" => 1,
            None => 2,
            Some(method) => {
                self.wrong_method
                    .offer(&self.rank, &self.trail[..self.trail.len() - 1]);
                for name in [method.as_str(), "HEAD"] {
                    let implied = name != "HEAD" || matches!(method.as_str(), "GET" | "HEAD");
                    if implied && !self.allowed.contains(&name) {
                        self.allowed.push(name);
                    }
                }
                return;
            }
        };
        self.rank.push(rank);
        self.handler.offer(&self.rank, &self.trail);
    }
}

impl Best {
    /// At the same rank the longer one wins: it is the same path, further inside.
    fn offer(&mut self, rank: &Rank, trail: &[usize]) {
        let better = match &self.0 {
            None => true,
            Some((best, _)) => rank.starts_with(best) && rank.len() > best.len() || rank < best,
        };
        if better {
            self.0 = Some((rank.clone(), trail.to_vec()));
        }
    }
}

fn parameters(
    mut router: &Router,
    trail: &[usize],
    mut path: &[String],
) -> Vec<(&'static str, String)> {
    let mut parameters = Vec::new();
    for index in trail {
        let entry = &router.entries[*index];
        entry.pattern.parameters(path, &mut parameters);
        if let LeadsTo::Router(inner) = &entry.leads_to {
            path = &path[entry
                .pattern
                .take(path, &mut Vec::new())
                .unwrap_or_default()..];
            router = inner;
        }
    }
    parameters
}
