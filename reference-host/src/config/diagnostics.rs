//! What is wrong with a configuration, shown where it is wrong.

use super::Source;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It can be used, but probably does something unexpected.
    Warning,
}

/// One finding: what, where, and what to do.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    severity: Severity,
    message: String,
    /// The file that it is about, where that is not the configuration file itself.
    source: Option<Arc<Source>>,
    span: Range<usize>,
    label: Option<String>,
    /// A second place that belongs to the finding.
    related: Option<(Range<usize>, String)>,
    hint: Option<String>,
    /// Where the configuration file names the other file.
    origin: Option<Range<usize>>,
}

impl Diagnostic {
    pub(crate) fn error(message: impl Into<String>, span: Range<usize>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            source: None,
            span,
            label: None,
            related: None,
            hint: None,
            origin: None,
        }
    }

    pub(crate) fn warning(message: impl Into<String>, span: Range<usize>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(message, span)
        }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(crate) fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related = Some((span, label.into()));
        self
    }

    /// Says that the place is in another file, which the configuration file names at `origin`.
    pub(crate) fn in_file(mut self, source: Arc<Source>, origin: Range<usize>) -> Self {
        self.source = Some(source);
        self.origin = Some(origin);
        self
    }

    /// Turns it into a finding about the place in the configuration file.
    pub(crate) fn at(self, span: Range<usize>) -> Self {
        Self { span, ..self }
    }

    /// Turns an empty place in the configuration file, where TOML lacks something, into one that can
    /// be shown.
    pub(crate) fn visible_in(mut self, text: &str) -> Self {
        if self.source.is_none() {
            self.span = visible(text, self.span);
        }
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A hint for findings that have none of their own.
    pub(crate) fn or_hint(self, hint: &str) -> Self {
        match self.hint {
            Some(_) => self,
            None => self.hint(hint),
        }
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What is wrong, in one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether its place is in the file, and can be shown. An empty file has no places.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn has_place(&self, findings: &Diagnostics) -> bool {
        let main = &*findings.source;
        let source = self.source.as_deref().unwrap_or(main);
        let is_in =
            |source: &Source, span: &Range<usize>| is_shown(source, span) || source.text.is_empty();
        let related = self
            .related
            .as_ref()
            .is_none_or(|(span, _)| is_in(source, span));
        is_in(source, &self.span)
            && related
            && self.origin.as_ref().is_none_or(|span| is_in(main, span))
    }

    fn group<'a>(&'a self, source: &'a Source) -> Group<'a> {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(self.message.as_str()));
        if let Some(snippet) = self.snippet(self.source.as_deref().unwrap_or(source)) {
            group = group.element(snippet);
        }
        if let Some(origin) = self.origin.clone().filter(|span| is_shown(source, span)) {
            let place = (AnnotationKind::Context, origin, Some("named here"));
            group = group.element(snippet(source, &[place]));
        }
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        group
    }

    fn snippet<'a>(&'a self, source: &'a Source) -> Option<Snippet<'a, Annotation<'a>>> {
        if !is_shown(source, &self.span) {
            return None;
        }
        let label = self.label.as_deref();
        let mut places = vec![(AnnotationKind::Primary, self.span.clone(), label)];
        if let Some((span, label)) = &self.related {
            places.push((AnnotationKind::Context, span.clone(), Some(label)));
        }
        Some(snippet(source, &places))
    }

    /// Where it stands in the configuration file.
    fn position(&self) -> usize {
        self.origin.as_ref().unwrap_or(&self.span).start
    }
}

fn is_shown(source: &Source, span: &Range<usize>) -> bool {
    !span.is_empty() && source.text.get(span.clone()).is_some()
}

/// A kind of place, the place, and what is said of it.
type Place<'a> = (AnnotationKind, Range<usize>, Option<&'a str>);

fn snippet<'a>(source: &'a Source, places: &[Place<'a>]) -> Snippet<'a, Annotation<'a>> {
    let start = places.iter().map(|(_, span, _)| span.start).min();
    let end = places.iter().map(|(_, span, _)| span.end).max();
    let excerpt = source.excerpt(start.unwrap_or(0)..end.unwrap_or(0));
    let annotation = |(kind, span, label): &Place<'a>| {
        let annotation = kind.span(span.start - excerpt.start..span.end - excerpt.start);
        match label {
            Some(label) => annotation.label(*label),
            None => annotation,
        }
    };
    Snippet::source(excerpt.text)
        .path(source.path.as_str())
        .line_start(excerpt.line)
        .annotations(places.iter().map(annotation))
}

/// All findings about a configuration, in the order of the file.
#[derive(Clone)]
pub struct Diagnostics {
    source: Arc<Source>,
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(crate) fn new(source: Arc<Source>, mut list: Vec<Diagnostic>) -> Self {
        list.sort_by_key(|diagnostic| (diagnostic.position(), diagnostic.severity));
        Self { source, list }
    }

    /// The findings.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether the configuration cannot be used.
    pub fn has_errors(&self) -> bool {
        self.list
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Shows every finding with its place in the file, for a terminal.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let rendered = self.list.iter().map(|diagnostic| {
            let text = renderer.render(&[diagnostic.group(&self.source)]);
            text.lines()
                .map(str::trim_end)
                .collect::<Vec<_>>()
                .join("\n")
                + "\n"
        });
        rendered.collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl fmt::Debug for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Diagnostics {}

/// What went wrong, without the number that the system has for it.
pub(crate) fn io_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_lowercase()
}

/// A syntax error at the end of the file, or in an empty place, is shown on what stands before it.
pub(crate) fn visible(text: &str, span: Range<usize>) -> Range<usize> {
    // Whole characters, and nothing beyond the end.
    let round_up = |at: usize| text.ceil_char_boundary(at.min(text.len()));
    let whole = text.floor_char_boundary(span.start)..round_up(span.end);
    if !whole.is_empty() {
        return whole;
    }
    let start = text[..whole.end]
        .char_indices()
        .next_back()
        .map_or(0, |(at, _)| at);
    start..round_up(whole.end.max(1))
}

#[cfg(test)]
mod tests {
    use super::visible;
    use proptest::prelude::*;

    /// A fuzzer came upon a file of nothing but a byte order mark.
    #[test]
    fn places_are_whole_characters() {
        assert_eq!(visible("\u{feff}", 0..1), 0..3);
        assert_eq!(visible("\u{feff}", 0..0), 0..3);
        assert_eq!(visible("aä", 2..2), 1..3);
        assert_eq!(visible("ab", 1..1), 0..1);
        assert_eq!(visible("ab", 7..9), 1..2);
        assert_eq!(visible("ab", 0..2), 0..2);
        assert_eq!(visible("", 0..1), 0..0);
    }

    proptest! {
        #[test]
        fn every_place_of_a_text_can_be_shown(text in ".{0,8}", from in 0..40_usize, length in 0..40_usize) {
            let shown = visible(&text, from..from + length);
            prop_assert!(text.get(shown.clone()).is_some());
            prop_assert!(!shown.is_empty() || text.is_empty());
        }
    }
}
