//! The routing table.

use super::RoutePattern;
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
    /// The configured route.
    pub parent: Route<T>,
    /// The declared ones.
    pub subroutes: Vec<Route<T>>,
}

/// All routes.
///
/// Of the routes of one module the last declared one that matches is taken, else the configured one.
/// Between modules an exact route goes before a wildcard and a longer prefix before a shorter one.
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
}

impl<T> RouteTable<T> {
    /// Makes a table.
    pub fn new(groups: Vec<RouteGroup<T>>) -> Self {
        Self { groups }
    }

    /// Finds the route of a path.
    pub fn find(&self, path: &RequestPath) -> Option<Match<'_, T>> {
        let candidates = self.groups.iter().filter_map(|group| group.find(path));
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
    /// last declared first within a module.
    pub fn in_order(&self) -> Vec<&Route<T>> {
        let of_group = |group: &RouteGroup<T>| group.subroutes.len() + 1;
        let mut routes: Vec<&Route<T>> = Vec::with_capacity(self.groups.iter().map(of_group).sum());
        for group in &self.groups {
            routes.extend(group.subroutes.iter().rev());
            routes.push(&group.parent);
        }
        routes.sort_by_key(|route| std::cmp::Reverse(route.pattern.specificity()));
        routes
    }
}

impl<T> RouteGroup<T> {
    fn find(&self, path: &RequestPath) -> Option<Match<'_, T>> {
        let routes = self.subroutes.iter().rev().chain([&self.parent]);
        routes.into_iter().find_map(|route| {
            let segments = route.pattern.matches(path)?;
            Some(Match { route, segments })
        })
    }
}

impl<T> Match<'_, T> {
    fn specificity(&self) -> (bool, usize) {
        self.route.pattern.specificity()
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
            parent: route(parent),
            subroutes: subroutes.iter().map(|pattern| route(pattern)).collect(),
        };
        RouteTable::new(groups.iter().map(group).collect())
    }

    fn find<'a>(table: &'a RouteTable<String>, path: &str) -> Option<&'a str> {
        let path = RequestPath::parse(path).unwrap();
        table.find(&path).map(|found| found.route.target.as_str())
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
