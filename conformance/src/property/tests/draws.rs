//! The strategies draw what they claim: every kind of thing, and enough of what is definite.

use super::subject;
use crate::model::answer::{Expectation, Failure};
use crate::model::delivery::{Delivery, delivery};
use crate::model::request::RequestModel;
use crate::model::response::expectation;
use crate::model::{Rules, header_block::Output};
use crate::property::attempt::Property;
use crate::property::search::draw;
use crate::property::{Subject, outputs::Outputs, requests::Requests};
use crate::wire::client::Client;

const CASES: u32 = 1500;

fn rules_subject(rules: Rules) -> Subject {
    let client = Client::new(
        ([127, 0, 0, 1], 8080).into(),
        std::time::Duration::from_secs(1),
    );
    Subject {
        rules,
        ..subject(&client)
    }
}

fn requests(rules: Rules) -> Vec<(RequestModel, Delivery)> {
    let subject = rules_subject(rules);
    let property = Requests::new(&subject);
    let strategy = property.strategy();
    let all = (1..=CASES).map(|case| {
        let drawn = draw::<Requests<'_>>(&strategy, 3, case).current();
        let (model, _) = drawn.render(&subject);
        let delivery = delivery(&model, rules);
        (model, delivery)
    });
    all.collect()
}

fn outputs(rules: Rules) -> Vec<(Output, Expectation)> {
    let subject = rules_subject(rules);
    let property = Outputs::new(&subject);
    let strategy = property.strategy();
    let all = (1..=CASES).map(|case| {
        let output = draw::<Outputs<'_>>(&strategy, 3, case).current().output();
        (Output::parse(&output), expectation(&output, false, rules))
    });
    all.collect()
}

/// At least so many percent of the drawn cases have the property.
#[track_caller]
fn at_least<T>(percent: usize, all: &[T], has: impl Fn(&T) -> bool) {
    let count = all.iter().filter(|one| has(one)).count();
    assert!(
        count * 100 >= all.len() * percent,
        "{count} of {} and not {percent} %",
        all.len()
    );
}

#[track_caller]
fn some<T>(all: &[T], has: impl Fn(&T) -> bool) {
    assert!(all.iter().filter(|one| has(one)).count() >= 3, "hardly any");
}

#[test]
fn requests_of_every_kind() {
    let all = requests(Rules::Wagi);
    at_least(40, &all, |(m, d)| {
        d.required_refusal.is_none() && d.refusals.iter().all(|_| m.chunked)
    });
    at_least(25, &all, |(m, _)| m.body.is_some());
    some(&all, |(m, _)| m.chunked && m.content().len() > 60_000);
    some(&all, |(_, d)| d.required_refusal.is_some());
    some(&all, |(m, _)| {
        m.minor_version == 0 && m.field("Host").is_none()
    });
    some(&all, |(m, _)| m.method == "get");
    some(&all, |(m, _)| m.method == "HEAD");
    for piece in [
        "%41", "%2f", "%2F", "%25", "+", "%C3%A9", "//", "/../", "%2e", "%zz", "%FF", "%00",
    ] {
        some(&all, |(m, _)| {
            m.path
                .windows(piece.len())
                .any(|window| window == piece.as_bytes())
        });
    }
    some(&all, |(m, _)| m.query.is_none());
    some(&all, |(m, _)| m.query.as_deref() == Some(b""));
    for name in [
        "Cookie",
        "X_A",
        "Proxy",
        "Connection",
        "Content_Type",
        "X-Matched-Route",
    ] {
        some(&all, |(m, _)| m.field(name).is_some());
    }
    let repeated = |m: &RequestModel, name: &str| {
        m.fields
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()))
            .count()
            > 1
    };
    some(&all, |(m, _)| repeated(m, "Cookie"));
    some(&all, |(m, _)| repeated(m, "X-A"));
    some(&all, |(m, _)| {
        m.fields
            .iter()
            .any(|(_, value)| std::str::from_utf8(value).is_err())
    });
    for (model, _) in &all {
        assert!(model.path.starts_with(b"/env") && matches!(model.rest(), [] | [b'/', ..]));
        assert!(
            model.minor_version == 1 || !model.chunked,
            "HTTP/1.0 has no chunks"
        );
    }
}

#[test]
fn outputs_of_every_kind() {
    let all = outputs(Rules::Wagi);
    at_least(35, &all, |(_, e)| {
        e.failure == Failure::Forbidden && !e.unspecified
    });
    at_least(10, &all, |(_, e)| matches!(e.failure, Failure::Required(_)));
    at_least(10, &all, |(_, e)| matches!(e.failure, Failure::Allowed(_)));
    for requirement in [
        "header-block.incomplete",
        "header-block.no-cgi-field",
        "status.malformed",
        "status.below-200",
    ] {
        some(&all, |(_, e)| e.failure == Failure::Required(requirement));
    }
    some(&all, |(_, e)| !e.connection_level.is_empty());
    some(&all, |(_, e)| e.not_fetched);
    some(&all, |(_, e)| e.unspecified);
    some(&all, |(_, e)| e.body.len() > 50_000);
}

#[test]
fn nothing_for_a_plain_cgi_server_that_the_rfc_leaves_to_it() {
    let requests = requests(Rules::Cgi);
    at_least(50, &requests, |(m, d)| d.refusals.iter().all(|_| m.chunked));
    assert!(
        requests
            .iter()
            .all(|(m, _)| m.path.is_ascii() && m.fields.iter().all(|(n, _)| !n.contains(&b'_')))
    );
    let outputs = outputs(Rules::Cgi);
    at_least(35, &outputs, |(_, e)| {
        e.failure == Failure::Forbidden && !e.unspecified
    });
    assert!(outputs.iter().all(|(_, e)| e.connection_level.is_empty()));
}
