//! Placeholders and parts: from the strings of a case to the bytes they stand for.

use super::schema::{Bytes, Part};

/// The placeholders.
pub const PLACEHOLDERS: [&str; 6] = ["mount", "pattern", "nonce", "host", "host-name", "port"];

/// What the placeholders stand for in one exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The URL path of the mount.
    pub mount: String,
    /// The route pattern of the mount.
    pub pattern: String,
    /// A word that nobody else sends.
    pub nonce: String,
    /// The target's authority.
    pub host: String,
}

impl Context {
    /// The text with all placeholders replaced.
    pub fn text(&self, text: &str) -> String {
        self.replaced(text, |value| value.to_owned())
    }

    /// A regular expression with all placeholders replaced by what matches them literally.
    pub fn pattern(&self, pattern: &str) -> String {
        self.replaced(pattern, regex::escape)
    }

    /// The bytes that the parts stand for.
    pub fn bytes(&self, bytes: &Bytes) -> Vec<u8> {
        match bytes {
            Bytes::Text(text) => self.text(text).into_bytes(),
            // Part by part and not byte by byte: some are megabytes, and this runs unoptimised.
            Bytes::Parts(parts) => parts
                .iter()
                .map(|part| self.part(part))
                .collect::<Vec<_>>()
                .concat(),
        }
    }

    fn part(&self, part: &Part) -> Vec<u8> {
        match part {
            Part::Text(text) => self.text(text).into_bytes(),
            Part::Byte(byte) => vec![*byte],
            Part::Repeat { repeat, times } => self.text(repeat).repeat(*times).into_bytes(),
            Part::EveryByte { .. } => (0..=u8::MAX).collect(),
            Part::Filler { filler } => self::filler(*filler),
        }
    }

    fn replaced(&self, text: &str, quote: impl Fn(&str) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, word, after)) = next_word(rest) {
            out.push_str(before);
            match self.value(word) {
                Some(value) => out.push_str(&quote(value)),
                None => out.extend(["{", word, "}"]),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn value(&self, word: &str) -> Option<&str> {
        Some(match word {
            "mount" => &self.mount,
            "pattern" => &self.pattern,
            "nonce" => &self.nonce,
            "host" => &self.host,
            "host-name" => self.host_and_port().0,
            "port" => self.host_and_port().1,
            _ => return None,
        })
    }

    fn host_and_port(&self) -> (&str, &str) {
        // A colon inside the brackets of an IPv6 literal begins no port.
        let after_brackets = self.host.rfind(']').unwrap_or(0);
        match self.host[after_brackets..].rfind(':') {
            Some(colon) => {
                let (host, port) = self.host.split_at(after_brackets + colon);
                (host, &port[1..])
            }
            None => (&self.host, "80"),
        }
    }
}

/// The words in braces that look like placeholders: small letters and `-`.
pub fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some((_, word, after)) = next_word(rest) {
        words.push(word);
        rest = after;
    }
    words
}

/// Splits at the first word in braces: what is before, the word, what is after.
fn next_word(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{') {
        let open = from + open;
        let inner = &text[open + 1..];
        let length = inner
            .bytes()
            .take_while(|b| b.is_ascii_lowercase() || *b == b'-')
            .count();
        if length > 0 && inner.as_bytes().get(length) == Some(&b'}') {
            return Some((&text[..open], &inner[..length], &inner[length + 1..]));
        }
        from = open + 1;
    }
    None
}

/// The sequence of [`Part::Filler`].
pub fn filler(length: usize) -> Vec<u8> {
    let mut state = 0_u64;
    std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The shift leaves eight bits.
        (state >> 56) as u8
    })
    .take(length)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context {
        Context {
            mount: "/env".to_owned(),
            pattern: "/env/...".to_owned(),
            nonce: "n0nce".to_owned(),
            host: "[::1]:8080".to_owned(),
        }
    }

    #[test]
    fn placeholders_are_replaced_and_other_braces_stay() {
        let context = context();
        assert_eq!(
            context.text("{mount}?{nonce}={{host}"),
            "/env?n0nce={[::1]:8080"
        );
        assert_eq!(
            context.text("{host-name} {port} {\"a\"} {} {3,4} {nonce"),
            "[::1] 8080 {\"a\"} {} {3,4} {nonce"
        );
        assert_eq!(context.pattern("{pattern}x{2}"), r"/env/\.\.\.x{2}");
        assert_eq!(
            words("{mount} {nope} {A} {{port}"),
            ["mount", "nope", "port"]
        );
    }

    #[test]
    fn an_authority_without_a_port_means_80() {
        let context = Context {
            host: "example.com".to_owned(),
            ..context()
        };
        assert_eq!(context.text("{host-name}|{port}"), "example.com|80");
    }

    #[test]
    fn parts_come_one_after_another() {
        let parts = Bytes::Parts(vec![
            Part::Text("caf".to_owned()),
            Part::Byte(0xE9),
            Part::Repeat {
                repeat: "{nonce}".to_owned(),
                times: 2,
            },
        ]);
        assert_eq!(context().bytes(&parts), b"caf\xE9n0ncen0nce");
        let every = context().bytes(&Bytes::Parts(vec![Part::EveryByte { every_byte: true }]));
        assert_eq!((every.len(), every[0], every[255]), (256, 0, 255));
    }

    #[test]
    fn filler_is_the_documented_sequence() {
        let bytes = filler(1 << 16);
        // 1442695040888963407 = 0x14057B7EF767814F
        assert_eq!(bytes[0], 0x14);
        assert!((0..=u8::MAX).all(|value| bytes.contains(&value)));
        assert_ne!(bytes[..1 << 15], bytes[1 << 15..]);
        assert_eq!(filler(100), bytes[..100]);
    }
}
