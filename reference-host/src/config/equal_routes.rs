//! Routes that stand in each other's way.

use super::{Config, Diagnostic, Spanned};
use crate::routes::{HostPattern, RoutePattern, share_hosts};

/// A configured route and its hosts.
type Place<'a> = (&'a Spanned<RoutePattern>, &'a [HostPattern]);

impl Config {
    /// Finds routes that are equal on a host that they have in common.
    pub(crate) fn check_routes(&self, errors: &mut Vec<Diagnostic>) {
        let of_modules = self.modules.iter();
        let of_modules =
            of_modules.filter_map(|module| Some((module.route.as_ref()?, module.hosts.as_slice())));
        let of_folders = self.folders.iter();
        let of_folders =
            of_folders.filter_map(|folder| Some((folder.route.as_ref()?, folder.hosts.as_slice())));
        let mut routes: Vec<Place<'_>> = of_modules.chain(of_folders).collect();
        routes.sort_by_key(|(route, _)| route.span.start);
        for (index, place) in routes.iter().enumerate() {
            let mut before = routes[..index].iter();
            if let Some((first, _)) = before.find(|other| collide(place, other)) {
                let (route, _) = place;
                let problem = Diagnostic::error(
                    format!("the route `{}` is configured twice", route.value),
                    route.span.clone(),
                );
                let problem = problem.label("second").related(first.span.clone(), "first");
                errors.push(problem.hint("a request could never reach the second one"));
            }
        }
    }
}

fn collide((one, one_hosts): &Place<'_>, (other, other_hosts): &Place<'_>) -> bool {
    one.value.is_equivalent(&other.value) && share_hosts(one_hosts, other_hosts)
}
