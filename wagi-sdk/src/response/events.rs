//! Server-sent events.

use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

use crate::{Body, IntoResponse, Response, Writer};

/// A stream of events for a page's `EventSource` (HTML §9.2): each goes out at once.
///
/// ```
/// use std::time::Duration;
/// use wagi_sdk::{Event, Events, testing::Request};
///
/// fn progress() -> Events {
///     Events::new(|events| {
///         events.send(&Event::data("a third").retry(Duration::from_secs(5)))?;
///         events.comment("still here")?;
///         events.send(&Event::data("two\nthirds").event("progress").id("2"))
///     })
/// }
///
/// let transcript = Request::get("/").send(progress);
/// assert_eq!(transcript.field("Content-Type"), Some("text/event-stream"));
/// assert_eq!(transcript.text(), "\
///     retry: 5000\ndata: a third\n\n\
///     : still here\n\n\
///     event: progress\nid: 2\ndata: two\ndata: thirds\n\n");
/// ```
///
/// When the client leaves, sending fails at some point; with `?` the handler ends there. A browser asks again when the
/// stream ends, unless the page closes its `EventSource`: say with a last event that it was the last.
pub struct Events(Body);

impl Events {
    /// Events that the closure sends.
    ///
    /// ```
    /// use wagi_sdk::{Event, Events, Path, Router, testing::Request};
    ///
    /// fn countdown(Path(from): Path<u32>) -> Events {
    ///     Events::new(move |events| (0..from).rev().try_for_each(|left| events.send(&Event::data(left))))
    /// }
    /// let app = Router::new().get("/{from}", countdown);
    /// assert_eq!(Request::get("/3").send(app).text(), "data: 2\n\ndata: 1\n\ndata: 0\n\n");
    /// ```
    pub fn new(send: impl FnOnce(&mut EventSender<'_, '_>) -> io::Result<()> + 'static) -> Self {
        Self(Body::stream(move |out| send(&mut EventSender(out))))
    }
}

impl IntoResponse for Events {
    fn into_response(self) -> Response {
        let mut response = Response::typed("text/event-stream", self.0);
        response.set("cache-control", "no-cache");
        // nginx and its like would wait for more.
        response.set("x-accel-buffering", "no");
        response
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Events")
    }
}

/// Where [`Events`] are sent to.
///
/// ```
/// use std::io;
/// use wagi_sdk::{Event, Events, response::EventSender, testing::Request};
///
/// fn ready(events: &mut EventSender<'_, '_>) -> io::Result<()> {
///     events.comment("all of them")?;
///     ["tea", "cake"].iter().try_for_each(|order| events.send(&Event::data(order)))
/// }
/// let transcript = Request::get("/").send(|| Events::new(ready));
/// assert_eq!(transcript.text(), ": all of them\n\ndata: tea\n\ndata: cake\n\n");
/// ```
pub struct EventSender<'a, 'b>(&'a mut Writer<'b>);

impl EventSender<'_, '_> {
    /// Sends an event.
    ///
    /// ```
    /// use wagi_sdk::{Event, Events, testing::Request};
    ///
    /// let tick = Event::data("tick");
    /// let handler = || Events::new(move |events| {
    ///     events.send(&tick)?;
    ///     events.send(&tick)
    /// });
    /// assert_eq!(Request::get("/").send(handler).text(), "data: tick\n\ndata: tick\n\n");
    /// ```
    pub fn send(&mut self, event: &Event) -> io::Result<()> {
        self.0.write_all(event.text().as_bytes())?;
        self.0.flush()
    }

    /// Sends a line that pages do not see: it keeps the connection alive.
    ///
    /// ```
    /// use wagi_sdk::{Events, testing::Request};
    ///
    /// let handler = || Events::new(|events| events.comment("nothing new"));
    /// assert_eq!(Request::get("/").send(handler).text(), ": nothing new\n\n");
    /// ```
    pub fn comment(&mut self, text: &str) -> io::Result<()> {
        let mut lines = String::new();
        push_lines(&mut lines, "", text);
        lines.push('\n');
        self.0.write_all(lines.as_bytes())?;
        self.0.flush()
    }
}

impl std::fmt::Debug for EventSender<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EventSender")
    }
}

/// One of [`Events`].
///
/// ```
/// use wagi_sdk::{Event, Events, testing::Request};
///
/// let order = Event::data("3 cups").event("order").id("17");
/// let transcript = Request::get("/").send(|| Events::new(move |events| events.send(&order)));
/// assert_eq!(transcript.text(), "event: order\nid: 17\ndata: 3 cups\n\n");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Event {
    data: String,
    event: Option<String>,
    id: Option<String>,
    retry: Option<Duration>,
}

impl Event {
    /// An event with this text, of any number of lines.
    ///
    /// ```
    /// use wagi_sdk::{Event, Events, testing::Request};
    ///
    /// let handler = || Events::new(|events| {
    ///     events.send(&Event::data(21.5))?;
    ///     events.send(&Event::data("two\nlines"))
    /// });
    /// assert_eq!(Request::get("/").send(handler).text(), "data: 21.5\n\ndata: two\ndata: lines\n\n");
    /// ```
    pub fn data(data: impl Display) -> Self {
        Self {
            data: data.to_string(),
            ..Self::default()
        }
    }

    /// The name under which the page listens for it; `message` if there is none. Only its first line counts.
    ///
    /// ```
    /// use wagi_sdk::{Event, Events, testing::Request};
    ///
    /// let price = Event::data("4.20").event("price\nof tea");
    /// let transcript = Request::get("/").send(|| Events::new(move |events| events.send(&price)));
    /// assert_eq!(transcript.text(), "event: price\ndata: 4.20\n\n");
    /// ```
    pub fn event(mut self, name: impl Into<String>) -> Self {
        self.event = Some(name.into());
        self
    }

    /// What the browser sends as `Last-Event-ID` when it connects again. Only its first line counts.
    ///
    /// ```
    /// use wagi_sdk::{Event, Events, HeaderMap, testing::Request};
    ///
    /// fn next(fields: HeaderMap) -> Events {
    ///     let last = fields.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok()).unwrap_or(0);
    ///     Events::new(move |events| events.send(&Event::data("news").id((last + 1).to_string())))
    /// }
    /// let transcript = Request::get("/").header("Last-Event-ID", "4").send(next);
    /// assert_eq!(transcript.text(), "id: 5\ndata: news\n\n");
    /// ```
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// After how long the browser connects again when the stream has ended.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wagi_sdk::{Event, Events, testing::Request};
    ///
    /// let last = Event::data("until later").retry(Duration::from_millis(2_500));
    /// let transcript = Request::get("/").send(|| Events::new(move |events| events.send(&last)));
    /// assert_eq!(transcript.text(), "retry: 2500\ndata: until later\n\n");
    /// ```
    pub fn retry(mut self, after: Duration) -> Self {
        self.retry = Some(after);
        self
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let retry = self.retry.map(|after| after.as_millis().to_string());
        for (field, value) in [("retry", &retry), ("event", &self.event), ("id", &self.id)] {
            if let Some(value) = value {
                let end = value.find(['\r', '\n', '\0']).unwrap_or(value.len());
                push_line(&mut text, field, &value[..end]);
            }
        }
        push_lines(&mut text, "data", &self.data);
        text.push('\n');
        text
    }
}

/// A line for each line of the value: CR LF, CR and LF all end one.
fn push_lines(text: &mut String, field: &str, value: &str) {
    for line in value.replace("\r\n", "\n").split(['\r', '\n']) {
        push_line(text, field, line);
    }
}

fn push_line(text: &mut String, field: &str, value: &str) {
    text.push_str(field);
    text.push_str(": ");
    text.push_str(value);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::Event;

    #[test]
    fn no_text_breaks_out_of_its_event() {
        let event = Event::data("a\r\n\r\ndata: b\rc\n")
            .event("x\ndata: y")
            .id("1\r2");
        assert_eq!(
            event.text(),
            "event: x\nid: 1\ndata: a\ndata: \ndata: data: b\ndata: c\ndata: \n\n"
        );
    }
}
