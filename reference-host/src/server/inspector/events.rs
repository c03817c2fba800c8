//! What is new, told as it happens (server-sent events).

use super::Answers;
use super::told::Told;
use crate::inspect::Row;
use crate::observe::{KEPT, Recorder, Reloaded, Trace};
use crate::site::Target;
use bytes::Bytes;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// How long changes are gathered before they are told together.
const GATHERING_TIME: Duration = Duration::from_millis(100);

/// How often something is said when nothing happens, so that both ends see that the other lives.
const SILENCE: Duration = Duration::from_secs(10);

/// One message. The first one has everything.
#[derive(Serialize)]
struct News<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    welcome: Option<Welcome<'a>>,
    /// The numbers of all requests that are kept, the oldest first.
    kept: Vec<u64>,
    /// Those that have changed.
    changed: Vec<Row>,
    /// How loading the configuration again has ended, the last time.
    reloaded: Option<Reloaded>,
}

/// What whoever listens has to know from the beginning.
#[derive(Serialize)]
struct Welcome<'a> {
    version: &'static str,
    /// Tells one server from the next on the same address.
    started: u128,
    /// How many requests are kept.
    most: usize,
    urls: &'a [String],
    /// The path of a route, to try.
    path: String,
}

/// Tells everything, and then every change.
pub(super) fn subscribe(answers: &Answers) -> Told {
    let recorder = Arc::clone(&answers.recorder);
    // Before anything is read: what comes in between is told twice.
    let changes = recorder.changes();
    let number = *changes.borrow();
    let welcome = News {
        welcome: Some(Welcome {
            version: env!("CARGO_PKG_VERSION"),
            started: answers.started,
            most: KEPT,
            urls: &answers.urls,
            path: a_path(answers),
        }),
        ..news(&recorder, None)
    };
    // A browser that lost the server tries again after this time.
    let first = [&b"retry: 1000\n"[..], &message(&welcome)].concat().into();
    Told::by(async move |messages| tell(&recorder, changes, (first, number), messages).await)
}

async fn tell(
    recorder: &Recorder,
    mut changes: tokio::sync::watch::Receiver<u64>,
    (mut next, mut told): (Bytes, u64),
    messages: Sender<Bytes>,
) {
    loop {
        if messages.send(next).await.is_err() {
            return;
        }
        tokio::time::sleep(GATHERING_TIME).await;
        next = tokio::select! {
            changed = changes.changed() => match changed {
                Ok(()) => {
                    let number = *changes.borrow_and_update();
                    let message = message(&news(recorder, Some(told)));
                    told = number;
                    message
                }
                Err(_) => return,
            },
            () = tokio::time::sleep(SILENCE) => Bytes::from_static(b":\n\n"),
            () = messages.closed() => return,
        };
    }
}

/// What has changed since the change of this number, or everything.
fn news(recorder: &Recorder, since: Option<u64>) -> News<'static> {
    let traces = recorder.traces();
    let is_news = |trace: &&Trace| since.is_none_or(|number| trace.changed_since(number));
    News {
        welcome: None,
        kept: traces.iter().map(|trace| trace.id().number()).collect(),
        changed: traces.iter().filter(is_news).filter_map(Row::of).collect(),
        reloaded: recorder.reload(),
    }
}

fn message(news: &News<'_>) -> Bytes {
    // Numbers and strings can always be written.
    let json = serde_json::to_string(news).unwrap_or_default();
    format!("data: {json}\n\n").into()
}

/// A path that leads to a module.
fn a_path(answers: &Answers) -> String {
    let site = answers.service.site.load();
    let routes = site.routes.in_order();
    let mut routes = routes.iter().map(|(_, route)| route);
    let of_module = routes.find(|route| matches!(route.target, Target::Module(_)));
    let text = of_module.map_or("/", |route| route.pattern.text());
    match text.strip_suffix("/...") {
        Some("") => "/".to_string(),
        Some(prefix) => prefix.to_string(),
        None => text.to_string(),
    }
}
