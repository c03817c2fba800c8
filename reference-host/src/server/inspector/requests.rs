//! All requests with everything about them, for programs.

use super::Answers;
use super::told::Told;
use crate::inspect::Detail;
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::mpsc::Sender;

/// The newest first, one at a time in memory.
pub(super) fn all(answers: &Answers) -> Told {
    let traces = answers.recorder.traces();
    let urls = Arc::clone(&answers.urls);
    Told::by(async move |pieces: Sender<Bytes>| {
        let mut before = "{\"requests\":[";
        for trace in traces.iter().rev() {
            let Some(detail) = Detail::of(trace, &urls) else {
                continue;
            };
            let Ok(json) = serde_json::to_string(&detail) else {
                continue;
            };
            if pieces.send(format!("{before}{json}").into()).await.is_err() {
                return;
            }
            before = ",\n";
        }
        let end = match before {
            ",\n" => "]}\n",
            nothing => &format!("{nothing}]}}\n"),
        };
        // Whoever asked may be gone.
        let _ = pieces.send(Bytes::from(end.to_string())).await;
    })
}
