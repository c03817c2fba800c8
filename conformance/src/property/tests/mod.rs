//! The property tests against servers in this process that are wrong on purpose.

mod crooked;
mod draws;

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
    // Where a length is believed that is too large, the client waits until its time is up.
    let timeout = if flaw == Flaw::BelievesLength {
        700
    } else {
        5000
    };
    let client = Client::new(crooked::start(flaw), Duration::from_millis(timeout));
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

/// Fields behind the first line are lost, and the body is not what it was; but the server has no
/// fault in the treatment of fields and bodies.
#[test]
fn a_failure_stands_under_the_requirement_that_causes_it() {
    let (_, found) = both(Flaw::TakesTextForBody);
    let requirements: Vec<&str> = found
        .failures
        .iter()
        .map(|failure| failure.violation.requirement)
        .collect();
    assert!(
        requirements.contains(&"header-block.malformed-line"),
        "{requirements:?}"
    );
    let others = ["header-block.malformed-line", "header-block.incomplete"];
    assert!(
        requirements.iter().all(|id| others.contains(id)),
        "{}",
        shown(&found)
    );
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

#[test]
fn every_requirement_named_is_in_the_specification() {
    let requirements = crate::requirement::all().expect("a specification");
    let id = regex::Regex::new(
        r#""((?:env|field|arg|stdin|header-block|status|location|body|route|security|failure)\.[a-z0-9.-]+)""#,
    )
    .expect("a valid expression");
    let mut named = 0;
    let mut folders = vec!["src/model".to_owned(), "src/property".to_owned()];
    while let Some(folder) = folders.pop() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path.to_string_lossy().into_owned());
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("source text");
                for (_, [id]) in id.captures_iter(&text).map(|found| found.extract()) {
                    assert!(requirements.get(id).is_some(), "{id} in {}", path.display());
                    named += 1;
                }
            }
        }
    }
    assert!(named > 100, "{named}");
}

/// Each failure as a file of its own: it fails again on the same server, and on none without the
/// flaw. What is drawn is made so small that it can be read at a glance.
#[test]
fn a_failure_can_be_replayed_without_its_seed() {
    let mut sizes = String::new();
    let suite = crate::run::Suite::compiled_in().expect("a suite");
    let target = |address| {
        let url = format!("http://{address}");
        Target::attached(&url, None).expect("a target")
    };
    let mended = target(crooked::start(Flaw::None));
    for flaw in [
        Flaw::DecodesTwice,
        Flaw::LastFieldOnly,
        Flaw::TakesUnderscores,
        Flaw::LastCookieOnly,
        Flaw::FoldsContinuation,
        Flaw::TakesTextForBody,
        Flaw::HangsOnControls,
    ] {
        let wrong = target(crooked::start(flaw));
        let client = Client::new(wrong.address, Duration::from_secs(5));
        let records: Vec<CaseRecord> = run(&wrong, &client, CASES)
            .into_iter()
            .filter(|record| record.mismatch.is_some())
            .collect();
        assert!(!records.is_empty(), "{flaw:?}");
        for record in records {
            let area = &suite
                .requirements
                .get(&record.requirements[0])
                .expect("known")
                .chapter;
            let drawn = record.drawn.clone().expect("drawn");
            let text = format!("area = \"{area}\"\n\n{drawn}");
            let library = crate::saved::read("saved.toml", &text, &suite);
            let library = library.unwrap_or_else(|error| panic!("{error}\n{text}"));
            let case = library.iter().next().expect("a case");
            let failed = |target: &Target| {
                let client = Client::new(target.address, Duration::from_secs(5));
                let again = again(case, target, &client, 4711).expect("it can be judged");
                again
                    .violation
                    .map(|(requirement, _)| requirement.to_owned())
            };
            assert_eq!(
                failed(&wrong),
                Some(record.requirements[0].clone()),
                "{flaw:?}\n{text}"
            );
            assert_eq!(failed(&mended), None, "{flaw:?}\n{text}");
            let sent = &record.exchanges[0].request;
            let bytes = match record.id.starts_with(outputs::ID) {
                true => sent
                    .windows(4)
                    .position(|four| four == b"\r\n\r\n")
                    .map_or(0, |end| sent.len() - end - 4),
                // Without the first line's frame and Host.
                false => {
                    sent.len()
                        - format!("GET /env HTTP/1.1\r\nHost: {}\r\n\r\n", wrong.authority).len()
                }
            };
            sizes += &format!("{flaw:?}: {} in {bytes} bytes\n", record.requirements[0]);
        }
    }
    insta::assert_snapshot!("bytes_of_the_smallest_cases", sizes);
}

#[test]
fn a_server_that_is_not_there_proves_nothing() {
    let client = Client::new(crooked::closed_port(), Duration::from_secs(1));
    let subject = subject(&client);
    let property = outputs::Outputs::new(&subject);
    let records = check(&property, &subject, &client, CASES, Instant::now());
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].outcome, crate::outcome::Outcome::SetupFailed);
}

#[test]
fn a_failure_becomes_a_record_with_seed_and_reproducer() {
    let client = Client::new(crooked::start(Flaw::LastCookieOnly), Duration::from_secs(2));
    let subject = subject(&client);
    let mut records = check(
        &outputs::Outputs::new(&subject),
        &subject,
        &client,
        CASES,
        Instant::now(),
    );
    let record = records.remove(0);
    assert_eq!(records.len(), 0, "{records:?}");
    assert_eq!(
        (record.id.as_str(), record.area.as_str()),
        ("property.outputs", "property-tests")
    );
    assert_eq!(record.requirements, ["header-block.set-cookie"]);
    let reason = record.reason.expect("a reason");
    assert!(reason.contains("with seed 1, made smaller in"), "{reason}");
    assert!(record.reproducer.is_some());
    assert!(
        record.exchanges[0].request.len() < 200,
        "{record:?}",
        record = record.exchanges
    );
}
