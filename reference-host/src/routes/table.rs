//! The routing table.

use super::{HostPattern, RoutePattern};
use crate::gateway::RequestPath;

/// A pattern and what it leads to.
#[derive(Clone, Debug)]
pub struct Route<T> {
    /// The pattern that a path is compared with.
    pub pattern: RoutePattern,
    /// What answers.
    pub target: T,
}

/// A configured route and the subroutes that its module declared, in the order of their lines.
#[derive(Clone, Debug)]
pub struct RouteGroup<T> {
    /// The hosts on which the routes answer; none means every host.
    pub hosts: Vec<HostPattern>,
    /// The configured route.
    pub parent: Route<T>,
    /// The declared ones.
    pub subroutes: Vec<Route<T>>,
}

/// All routes.
///
/// Of the routes of one module the last declared one that matches is taken, else the configured one.
/// Between modules one that names the host goes before one with a wildcard host, and that before one
/// for every host; among equal ones an exact route goes before a wildcard and a longer prefix before
/// a shorter one.
///
/// Requirements: route.precedence, entrypoint.routes.last-wins.
#[derive(Clone, Debug)]
pub struct RouteTable<T> {
    groups: Vec<RouteGroup<T>>,
}

/// The route that was chosen, and how many segments of the path it used up.
#[derive(Clone, Copy, Debug)]
pub struct Match<'a, T> {
    /// The route.
    pub route: &'a Route<T>,
    /// To be handed to [`RequestPath::split`].
    pub segments: usize,
    host: HostRank,
}

/// How well a group fits a host: not named, by a wildcard, or by name.
type HostRank = Option<(bool, usize)>;

impl<T> RouteTable<T> {
    /// Makes a table.
    pub fn new(groups: Vec<RouteGroup<T>>) -> Self {
        Self { groups }
    }

    /// Finds the route of a path on a host, which is given without its port.
    pub fn find(&self, host: &str, path: &RequestPath) -> Option<Match<'_, T>> {
        let candidates = self
            .groups
            .iter()
            .filter_map(|group| group.find(host, path));
        // Of equal patterns the first in the file is taken; a configuration with such is refused.
        candidates.reduce(|best, next| match next.specificity() > best.specificity() {
            true => next,
            false => best,
        })
    }

    /// The configured routes with their subroutes, in the order of the file.
    pub fn groups(&self) -> &[RouteGroup<T>] {
        &self.groups
    }

    /// Every route in the order in which they are tried: by specificity between modules, and the
    /// last declared first within a module. Each with the hosts on which it answers.
    pub fn in_order(&self) -> Vec<(&[HostPattern], &Route<T>)> {
        let of_group = |group: &RouteGroup<T>| group.subroutes.len() + 1;
        let mut routes = Vec::with_capacity(self.groups.iter().map(of_group).sum());
        for group in &self.groups {
            let of_group = group.subroutes.iter().rev().chain([&group.parent]);
            routes.extend(of_group.map(|route| (group.hosts.as_slice(), route)));
        }
        routes.sort_by_key(|(hosts, route)| {
            let most_specific = hosts.iter().map(HostPattern::specificity).max();
            std::cmp::Reverse((most_specific, route.pattern.specificity()))
        });
        routes
    }
}

impl<T> RouteGroup<T> {
    fn find(&self, host: &str, path: &RequestPath) -> Option<Match<'_, T>> {
        let rank = self.rank(host)?;
        let routes = self.subroutes.iter().rev().chain([&self.parent]);
        routes.into_iter().find_map(|route| {
            let segments = route.pattern.matches(path)?;
            Some(Match {
                route,
                segments,
                host: rank,
            })
        })
    }

    /// Nothing where the group does not answer on the host.
    fn rank(&self, host: &str) -> Option<HostRank> {
        if self.hosts.is_empty() {
            return Some(None);
        }
        let matching = self.hosts.iter().filter(|pattern| pattern.matches(host));
        matching.map(HostPattern::specificity).max().map(Some)
    }

    /// Whether a route of this group and one of the other answer on the same hosts, so that equal
    /// patterns collide.
    pub(crate) fn shares_hosts(&self, other: &Self) -> bool {
        share_hosts(&self.hosts, &other.hosts)
    }
}

/// Whether two lists name a host pattern in common; an empty list is every host.
pub(crate) fn share_hosts(one: &[HostPattern], other: &[HostPattern]) -> bool {
    match (one.is_empty(), other.is_empty()) {
        (true, true) => true,
        (false, false) => one.iter().any(|pattern| other.contains(pattern)),
        _ => false,
    }
}

impl<T> Match<'_, T> {
    fn specificity(&self) -> (HostRank, (bool, usize)) {
        (self.host, self.route.pattern.specificity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(pattern: &str) -> Route<String> {
        Route {
            pattern: RoutePattern::parse(pattern).unwrap(),
            target: pattern.to_string(),
        }
    }

    fn table(groups: &[(&str, &[&str])]) -> RouteTable<String> {
        let group = |(parent, subroutes): &(&str, &[&str])| RouteGroup {
            hosts: Vec::new(),
            parent: route(parent),
            subroutes: subroutes.iter().map(|pattern| route(pattern)).collect(),
        };
        RouteTable::new(groups.iter().map(group).collect())
    }

    fn find<'a>(table: &'a RouteTable<String>, path: &str) -> Option<&'a str> {
        let path = RequestPath::parse(path).unwrap();
        table
            .find("localhost", &path)
            .map(|found| found.route.target.as_str())
    }

    #[test]
    fn a_host_goes_before_the_path() {
        let on = |hosts: &[&str], pattern: &str| RouteGroup {
            hosts: hosts
                .iter()
                .map(|host| HostPattern::parse(host).unwrap())
                .collect(),
            parent: Route {
                pattern: RoutePattern::parse(pattern).unwrap(),
                target: format!("{} {pattern}", hosts.join("|")),
            },
            subroutes: Vec::new(),
        };
        let table = RouteTable::new(vec![
            on(&[], "/a"),
            on(&["*.example.com"], "/a"),
            on(&["*.b.example.com", "other.org"], "/..."),
            on(&["shop.example.com"], "/..."),
        ]);
        for (host, path, expected) in [
            ("localhost", "/a", Some(" /a")),
            ("localhost", "/b", None),
            ("x.example.com", "/a", Some("*.example.com /a")),
            ("x.example.com", "/b", None),
            ("SHOP.example.com", "/a", Some("shop.example.com /...")),
            (
                "x.b.example.com",
                "/a",
                Some("*.b.example.com|other.org /..."),
            ),
            ("other.org", "/a", Some("*.b.example.com|other.org /...")),
            ("example.com", "/a", Some(" /a")),
        ] {
            let path = RequestPath::parse(path).unwrap();
            let found = table.find(host, &path);
            let found = found.map(|found| found.route.target.as_str());
            assert_eq!(found, expected, "{host} {path:?}");
        }
    }

    #[test]
    fn exact_before_wildcard_and_long_before_short() {
        let table = table(&[
            ("/...", &[]),
            ("/docs/...", &[]),
            ("/docs/api/...", &[]),
            ("/docs/api", &[]),
        ]);
        for (path, expected) in [
            ("/docs/api", "/docs/api"),
            ("/docs/api/x", "/docs/api/..."),
            ("/docs/x", "/docs/..."),
            ("/x", "/..."),
        ] {
            assert_eq!(find(&table, path), Some(expected));
        }
    }

    #[test]
    fn nothing_matches() {
        assert_eq!(find(&table(&[("/a", &[])]), "/b"), None);
    }

    #[test]
    fn the_last_declared_subroute_wins_within_a_module() {
        let table = table(&[("/s/...", &["/s/items/new", "/s/items/...", "/s/cart"])]);
        for (path, expected) in [
            ("/s/items/new", "/s/items/..."),
            ("/s/cart", "/s/cart"),
            ("/s/cart/", "/s/..."),
        ] {
            assert_eq!(find(&table, path), Some(expected));
        }
    }

    #[test]
    fn a_subroute_competes_with_other_modules_by_specificity() {
        let table = table(&[("/s/...", &["/s/x/..."]), ("/s/x/y", &[])]);
        assert_eq!(find(&table, "/s/x/y"), Some("/s/x/y"));
        assert_eq!(find(&table, "/s/x/z"), Some("/s/x/..."));
    }
}
