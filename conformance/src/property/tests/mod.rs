//! The property tests against servers in this process that are wrong on purpose.

mod crooked;

use std::time::Duration;

use super::search::{Found, search};
use super::*;
use crooked::Flaw;

const CASES: PropertyOptions = PropertyOptions {
    cases: 400,
    seed: 1,
};

fn subject(client: &Client) -> Subject {
    let mount = |path: &str| MountModel {
        path: path.to_owned(),
        pattern: format!("{path}/..."),
    };
    Subject {
        env: mount("/env"),
        cat: mount("/cat"),
        say: mount("/say"),
        authority: client.address.to_string(),
        peer: Some(client.address.ip()),
        rules: Rules::Wagi,
        chunked: true,
    }
}

fn both(flaw: Flaw) -> (Found, Found) {
    let client = Client::new(crooked::start(flaw), Duration::from_secs(2));
    let subject = subject(&client);
    let patience = Patience::default();
    let requests = search(&requests::Requests::new(&subject), &client, CASES, patience);
    let outputs = search(&outputs::Outputs::new(&subject), &client, CASES, patience);
    (
        requests.expect("not interrupted"),
        outputs.expect("not interrupted"),
    )
}

/// Each failure in a few lines, as a report shows it, the port left out.
fn shown(found: &Found) -> String {
    let mut text = String::new();
    for failure in &found.failures {
        let violation = &failure.violation;
        text += &format!("{}: {}\n", violation.requirement, violation.subject);
        text += &format!(
            "  expected {}\n  actual   {}\n",
            violation.expected, violation.actual
        );
        for exchange in &failure.exchanges {
            text += &format!("  sent     {}\n", crate::text::escaped(&exchange.request));
        }
    }
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").expect("a valid expression");
    port.replace_all(&text, "127.0.0.1:PORT").into_owned()
}

#[test]
fn a_server_without_a_flaw_conforms() {
    let (requests, outputs) = both(Flaw::None);
    assert_eq!(shown(&requests) + &shown(&outputs), "");
    assert_eq!((requests.cases, outputs.cases), (CASES.cases, CASES.cases));
}

#[test]
fn flaws_in_requests_are_found_and_made_small() {
    let found = [
        Flaw::DecodesTwice,
        Flaw::LastFieldOnly,
        Flaw::TakesUnderscores,
    ]
    .map(|flaw| format!("{flaw:?}\n{}", shown(&both(flaw).0)));
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn flaws_in_responses_are_found_and_made_small() {
    let flaws = [
        Flaw::LastCookieOnly,
        Flaw::FoldsContinuation,
        Flaw::BelievesLength,
        Flaw::HangsOnControls,
    ];
    let found = flaws.map(|flaw| format!("{flaw:?}\n{}", shown(&both(flaw).1)));
    insta::assert_snapshot!(found.join("\n"));
}
