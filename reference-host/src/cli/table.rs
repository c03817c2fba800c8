//! Routes, as people like to read them.

use crate::routes::Route;
use crate::site::{Endpoint, Site, Target};
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;

const HEAD: Style = Style::new().dimmed();
const ROUTE: Style = AnsiColor::Cyan.on_default();

/// One line per route, in the order in which routes are tried.
pub(super) fn routes(site: &Site, base_url: &str, health_path: Option<&str>) -> String {
    let mut rows = Vec::new();
    if let Some(path) = health_path {
        rows.push([
            format!("{base_url}{path}"),
            "health check".to_string(),
            String::new(),
        ]);
    }
    for (hosts, route) in site.routes.in_order() {
        let names: Vec<String> = hosts.iter().map(ToString::to_string).collect();
        let place = match names.is_empty() {
            true => base_url.to_string(),
            false => names.join("|"),
        };
        let (name, note) = match &route.target {
            Target::Module(endpoint) => (endpoint.module.to_string(), note(site, route, endpoint)),
            Target::Files(folder) => (format!("{}/", folder.root.display()), "files".to_string()),
        };
        rows.push([format!("{place}{}", route.pattern), name, note]);
    }
    render(["ROUTE", "MODULE", "ENTRYPOINT"], &rows)
}

fn note(site: &Site, route: &Route<Target>, endpoint: &Endpoint) -> String {
    match (endpoint.entrypoint.as_ref(), site.is_declared(route)) {
        (entrypoint, true) if site.is_hidden(route) => {
            format!("{entrypoint}, declared by the module, never reached")
        }
        (entrypoint, true) => format!("{entrypoint}, declared by the module"),
        ("_start", false) => String::new(),
        (entrypoint, false) => entrypoint.to_string(),
    }
}

fn render(head: [&str; 3], rows: &[[String; 3]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells
            .chain([head[column].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    let mut text = String::new();
    let [a, b, c] = head;
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{HEAD}  {a:first$}  {b:second$}  {c}{HEAD:#}");
    for [a, b, c] in rows {
        let _ = writeln!(text, "  {ROUTE}{a:first$}{ROUTE:#}  {b:second$}  {c}");
    }
    text.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

/// `1 route`, `2 routes`.
pub(super) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}
