use super::*;
use crate::observe::RequestOutcome;
use http::StatusCode;
use std::time::Duration;

#[test]
fn every_list_has_its_order() {
    for (index, (limit, _)) in LIMITS.iter().enumerate() {
        assert_eq!(*limit as usize, index);
    }
    for (index, outcome) in RequestOutcome::ALL.iter().enumerate() {
        assert_eq!(*outcome as usize, index);
    }
}

#[test]
fn what_is_read() {
    let metrics = Arc::new(Metrics::default());
    let shop = metrics.route("/shop/\"...");
    shop.count(
        Some(StatusCode::OK),
        RequestOutcome::Ok,
        Duration::from_millis(2),
        5,
    );
    shop.count(None, RequestOutcome::ClientLeft, Duration::from_secs(60), 0);
    shop.dropped_lines.add(3);
    metrics.unrouted.count(
        Some(StatusCode::NOT_FOUND),
        RequestOutcome::NoRoute,
        Duration::from_micros(10),
        10,
    );
    metrics.hit(LimitHit::Queue);
    metrics.reloaded(Reload::Certificates, false);
    let inside = metrics.waiting.enter();
    let text = metrics.render().unwrap();
    drop(inside);
    insta::assert_snapshot!(text);
}

#[test]
fn a_route_is_counted_for_as_long_as_it_is_configured() {
    let metrics = Arc::new(Metrics::default());
    let old = metrics.route("/a");
    old.count(Some(StatusCode::OK), RequestOutcome::Ok, Duration::ZERO, 0);
    let new = metrics.route("/a");
    drop(old);
    assert!(
        metrics
            .render()
            .unwrap()
            .contains("{route=\"/a\",status=\"2xx\",outcome=\"ok\"} 1")
    );
    drop(new);
    assert!(!metrics.render().unwrap().contains("/a"));
    assert_eq!(metrics.routes.lock().unwrap().len(), 0);
}
