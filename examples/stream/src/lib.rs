//! Progress, while it happens. `main.rs` serves it.

use std::thread;
use std::time::Duration;

use serde::Deserialize;
use wagi_example_page::page;
use wagi_sdk::{Event, Events, Gateway, Html, Query, Router};

/// What the page asks for.
#[derive(Debug, Deserialize)]
struct Work {
    /// How many steps; 20 if it is not said, 100 at most.
    steps: Option<u32>,
    /// How long each takes, in milliseconds; 200 if it is not said, 1000 at most.
    pause: Option<u64>,
}

/// The page and its events.
pub fn app() -> Router {
    Router::new().get("/", show).get("/progress", progress)
}

/// Reports after each step. A browser that leaves ends it: then the next report fails.
fn progress(Query(work): Query<Work>) -> Events {
    let steps = work.steps.unwrap_or(20).clamp(1, 100);
    let pause = Duration::from_millis(work.pause.unwrap_or(200).min(1000));
    Events::new(move |events| {
        for step in 1..=steps {
            thread::sleep(pause);
            let percent = step * 100 / steps;
            events.send(&Event::data(percent).event("progress").id(step.to_string()))?;
        }
        // The page closes the stream now; without that, a browser would ask again.
        events.send(&Event::data("done").event("end"))
    })
}

fn show(gateway: Gateway) -> Html<String> {
    let source = gateway.link("/progress");
    let source = Html::escape(&source);
    page(
        "Progress",
        &format!(
            "<div class=\"card\">\n\
             <p><progress id=\"bar\" max=\"100\" value=\"0\" aria-label=\"Progress\"></progress>\n\
             <p id=\"state\" role=\"status\">Waiting for the first step…\n\
             <p><button id=\"again\" disabled>Again</button>\n\
             </div>\n\
             <p class=\"soft\">A module works on one request, and reports while it does: the lines come one by one.\n\
             <script data-source=\"{source}\">\n{SCRIPT}</script>\n"
        ),
    )
}

const SCRIPT: &str = "\
const source = document.currentScript.dataset.source;
const [bar, state, again] = ['bar', 'state', 'again'].map(id => document.getElementById(id));
function start() {
  again.disabled = true;
  const events = new EventSource(source);
  events.addEventListener('progress', event => {
    bar.value = event.data;
    state.textContent = event.data + ' %';
  });
  events.addEventListener('end', () => {
    events.close();
    state.textContent = 'Done.';
    again.disabled = false;
  });
}
again.addEventListener('click', start);
start();
";
