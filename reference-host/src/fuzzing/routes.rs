//! Any routing table, asked for any path.

use crate::gateway::RequestPath;
use crate::routes::{HostPattern, Match, Route, RouteGroup, RoutePattern, RouteTable};

/// Lines of a table: `/pattern` begins a module, ` /pattern` is a subroute of it, `@host` one of its
/// hosts; behind an empty line `host /path` asks. What is no pattern is left out.
pub fn routes(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (table, questions) = text.split_once("\n\n").unwrap_or((text, "x /"));
    let table = RouteTable::new(groups(table));
    check_order(&table);
    for question in questions.lines().take(16) {
        let (host, path) = question.split_once(' ').unwrap_or(("", question));
        let Ok(path) = RequestPath::parse(path) else {
            continue;
        };
        let found = table.find(host, &path);
        let place = |found: Match<'_, (usize, usize)>| (found.route.target, found.segments);
        assert_eq!(
            found.map(place),
            naive(&table, host, &path),
            "{host} {path:?} in {table:?}"
        );
        check_patterns(&table, &path);
    }
}

/// Every route leads to its own place: the number of its group, and its number in the group.
fn groups(text: &str) -> Vec<RouteGroup<(usize, usize)>> {
    let mut groups: Vec<RouteGroup<(usize, usize)>> = Vec::new();
    for line in text.lines().take(32) {
        let number = groups.len();
        match (line.as_bytes().first(), groups.last_mut()) {
            (Some(b' '), Some(group)) => {
                if let Ok(pattern) = group.parent.pattern.join(&line[1..]) {
                    let target = (number - 1, group.subroutes.len() + 1);
                    group.subroutes.push(Route { pattern, target });
                }
            }
            (Some(b'@'), Some(group)) => group.hosts.extend(HostPattern::parse(&line[1..])),
            _ => {
                if let Ok(pattern) = RoutePattern::parse(line) {
                    assert_eq!(pattern.text(), line);
                    groups.push(RouteGroup {
                        hosts: Vec::new(),
                        parent: Route {
                            pattern,
                            target: (number, 0),
                        },
                        subroutes: Vec::new(),
                    });
                }
            }
        }
    }
    groups
}

/// By the words of the specification, without regard to speed: every route of the table, the best one
/// of those that match.
fn naive(
    table: &RouteTable<(usize, usize)>,
    host: &str,
    path: &RequestPath,
) -> Option<((usize, usize), usize)> {
    let segments: Vec<&str> = path.segments().collect();
    let mut candidates = Vec::new();
    for group in table.groups() {
        let hosts = group.hosts.iter().filter(|pattern| pattern.matches(host));
        let host_rank = hosts.map(HostPattern::specificity).max();
        if !group.hosts.is_empty() && host_rank.is_none() {
            continue;
        }
        let mut chosen = None;
        for route in [&group.parent].into_iter().chain(&group.subroutes) {
            if let Some(length) = naive_match(route.pattern.text(), &segments) {
                chosen = Some((route, length));
            }
        }
        if let Some((route, length)) = chosen {
            let is_exact = !route.pattern.text().ends_with("/...");
            candidates.push(((host_rank, is_exact, length), (route.target, length)));
        }
    }
    // Of equal ones the first.
    let best = candidates.iter().map(|(rank, _)| *rank).max()?;
    candidates
        .iter()
        .find(|(rank, _)| *rank == best)
        .map(|(_, found)| *found)
}

/// The pattern has been parsed: every segment of it can be decoded by decoding it as a path.
fn naive_match(pattern: &str, path: &[&str]) -> Option<usize> {
    let (prefix, is_wildcard) = match pattern.strip_suffix("/...") {
        Some(prefix) => (prefix, true),
        None => (pattern, false),
    };
    let segments: Vec<String> = match prefix {
        "" => Vec::new(),
        prefix => {
            let parsed = RequestPath::parse(prefix).ok()?;
            parsed.segments().map(str::to_string).collect()
        }
    };
    let is_match = match is_wildcard {
        true => path.len() >= segments.len() && path[..segments.len()] == segments,
        false => path == segments,
    };
    is_match.then_some(segments.len())
}

/// What is said of two patterns holds for the paths that they match.
fn check_patterns(table: &RouteTable<(usize, usize)>, path: &RequestPath) {
    let all = table.in_order();
    for (_, one) in &all {
        assert!(one.pattern.covers(&one.pattern));
        for (_, other) in &all {
            let (one, other) = (&one.pattern, &other.pattern);
            let (matches, other_matches) =
                (one.matches(path).is_some(), other.matches(path).is_some());
            assert!(
                !one.covers(other) || !other_matches || matches,
                "{one} {other}"
            );
            assert!(
                !one.is_equivalent(other) || matches == other_matches,
                "{one} {other}"
            );
        }
    }
}

/// The table that people are shown has every route once.
fn check_order(table: &RouteTable<(usize, usize)>) {
    let mut shown: Vec<(usize, usize)> = table
        .in_order()
        .iter()
        .map(|(_, route)| route.target)
        .collect();
    shown.sort_unstable();
    let group = |group: &RouteGroup<(usize, usize)>| {
        let of_group = [&group.parent].into_iter().chain(&group.subroutes);
        of_group.map(|route| route.target).collect::<Vec<_>>()
    };
    let all: Vec<(usize, usize)> = table.groups().iter().flat_map(group).collect();
    assert_eq!(shown, all);
}
