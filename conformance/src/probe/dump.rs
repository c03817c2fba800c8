//! The dump that the `env` probe answers with: everything a module was given, byte for byte.
//!
//! ```text
//! wagi-probe 1
//! entrypoint second                    only from a probe with several entrypoints
//! variable 15 PATH_INFO=/a/b           LEN counts the bytes after the blank, which are raw and may
//! argument 4 /env                      hold line feeds
//! stdin-error 29                       only if reading failed: the errno
//! stdin 5 a430d84680aabd0b             length and FNV-1a 64 of what was read
//! end
//! ```

use std::fmt::Write as _;

/// What a module was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dump {
    /// The exported function that ran, from probes that have several.
    pub entrypoint: Option<String>,
    /// The environment in the server's order, duplicates included.
    pub variables: Vec<(String, Vec<u8>)>,
    /// The arguments, `argv[0]` included.
    pub arguments: Vec<Vec<u8>>,
    /// How many bytes of standard input could be read.
    pub stdin_length: u64,
    /// Their digest, see [`digest`].
    pub stdin_digest: u64,
    /// The errno, where reading standard input failed.
    pub stdin_error: Option<u32>,
}

impl Dump {
    /// Reads a dump; any deviation from the format is an error that says what and at which byte.
    pub fn parse(body: &[u8]) -> Result<Dump, String> {
        let mut reader = Reader { body, at: 0 };
        let mut dump = Dump::default();
        reader.exactly(b"wagi-probe 1\n", "the line `wagi-probe 1`")?;
        if reader.skip(b"entrypoint ") {
            let name = reader.line()?;
            dump.entrypoint = Some(reader.text(name, "entrypoint")?);
        }
        while reader.skip(b"variable ") {
            let entry = reader.counted()?;
            let Some(equals) = entry.iter().position(|&byte| byte == b'=') else {
                return Err(reader.error("a variable without `=`"));
            };
            let name = reader.text(&entry[..equals], "variable name")?;
            dump.variables.push((name, entry[equals + 1..].to_vec()));
        }
        while reader.skip(b"argument ") {
            dump.arguments.push(reader.counted()?.to_vec());
        }
        if reader.skip(b"stdin-error ") {
            let line = reader.line()?;
            let errno = reader.decimal(line)?;
            let errno = u32::try_from(errno).map_err(|_| reader.error("an errno out of range"))?;
            dump.stdin_error = Some(errno);
        }
        reader.exactly(b"stdin ", "the line `stdin LENGTH DIGEST`")?;
        let length = reader.until(b' ')?;
        dump.stdin_length = reader.decimal(length)?;
        let digest = reader.line()?;
        dump.stdin_digest = reader.hexadecimal(digest)?;
        reader.exactly(b"end\n", "the line `end`")?;
        if reader.at < body.len() {
            return Err(reader.error("bytes after the line `end`"));
        }
        Ok(dump)
    }

    /// The values of all variables of this name, in order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.variables
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value.as_slice())
    }

    /// The dump as a probe writes it.
    pub fn render(&self) -> Vec<u8> {
        let mut out = b"wagi-probe 1\n".to_vec();
        if let Some(name) = &self.entrypoint {
            out.extend_from_slice(format!("entrypoint {name}\n").as_bytes());
        }
        for (name, value) in &self.variables {
            counted(&mut out, "variable", &[name.as_bytes(), b"=", value]);
        }
        for argument in &self.arguments {
            counted(&mut out, "argument", &[argument]);
        }
        let mut rest = String::new();
        if let Some(errno) = self.stdin_error {
            let _ = writeln!(rest, "stdin-error {errno}");
        }
        let _ = writeln!(
            rest,
            "stdin {} {:016x}\nend",
            self.stdin_length, self.stdin_digest
        );
        out.extend_from_slice(rest.as_bytes());
        out
    }
}

fn counted(out: &mut Vec<u8>, kind: &str, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.extend_from_slice(format!("{kind} {length} ").as_bytes());
    out.extend_from_slice(&parts.concat());
    out.push(b'\n');
}

/// FNV-1a, 64 bit, of `bytes`.
pub fn digest(bytes: &[u8]) -> u64 {
    let mut digest = Digest::default();
    digest.update(bytes);
    digest.value()
}

/// [`digest`] of bytes that come in pieces.
#[derive(Debug, Clone)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Digest {
        Digest(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// The digest of what was added.
    pub fn value(&self) -> u64 {
        self.0
    }
}

/// A cursor over the body; every error says where it stands.
struct Reader<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, what: &str) -> String {
        format!(
            "no dump of the `env` probe: {what} at byte {} of {}",
            self.at,
            self.body.len()
        )
    }

    fn skip(&mut self, prefix: &[u8]) -> bool {
        let found = self.body[self.at..].starts_with(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    fn exactly(&mut self, expected: &[u8], what: &str) -> Result<(), String> {
        if self.skip(expected) {
            Ok(())
        } else {
            Err(self.error(&format!("{what} is missing")))
        }
    }

    /// The bytes up to `end`, which is consumed.
    fn until(&mut self, end: u8) -> Result<&'a [u8], String> {
        let rest = &self.body[self.at..];
        let Some(length) = rest.iter().position(|&byte| byte == end) else {
            return Err(self.error(&format!("a line without {:?}", char::from(end))));
        };
        self.at += length + 1;
        Ok(&rest[..length])
    }

    fn line(&mut self) -> Result<&'a [u8], String> {
        self.until(b'\n')
    }

    /// `LEN BYTES LF`
    fn counted(&mut self) -> Result<&'a [u8], String> {
        let length = self.until(b' ')?;
        let length = self.decimal(length)?;
        let rest = &self.body[self.at..];
        let length = usize::try_from(length)
            .ok()
            .filter(|&length| length < rest.len());
        let Some(length) = length else {
            return Err(self.error("a length beyond the end of the body"));
        };
        self.at += length;
        self.exactly(b"\n", "the line feed after a counted value")?;
        Ok(&rest[..length])
    }

    fn text(&self, bytes: &[u8], what: &str) -> Result<String, String> {
        let text = std::str::from_utf8(bytes);
        text.map(str::to_owned)
            .map_err(|_| self.error(&format!("a {what} that is not UTF-8")))
    }

    /// Digits only, no sign, no leading zero.
    fn decimal(&self, digits: &[u8]) -> Result<u64, String> {
        let canonical = digits == b"0" || matches!(digits.first(), Some(b'1'..=b'9'));
        std::str::from_utf8(digits)
            .ok()
            .filter(|_| canonical && digits.iter().all(u8::is_ascii_digit))
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| self.error("something that is no number"))
    }

    fn hexadecimal(&self, digits: &[u8]) -> Result<u64, String> {
        let lower = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        std::str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.len() == 16 && digits.as_bytes().iter().all(lower))
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.error("something that is no digest"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const SAMPLE: &[u8] =
        b"wagi-probe 1\nvariable 14 PATH_INFO=/a\nb\nargument 4 /env\nargument 0 \n\
        stdin 3 e71fa2190541574b\nend\n";

    #[test]
    fn reads_raw_bytes_by_their_length() {
        let dump = Dump::parse(SAMPLE).expect("a dump");
        assert_eq!(
            dump.variables,
            [("PATH_INFO".to_owned(), b"/a\nb".to_vec())]
        );
        assert_eq!(dump.arguments, [b"/env".to_vec(), Vec::new()]);
        assert_eq!((dump.stdin_length, dump.stdin_digest), (3, digest(b"abc")));
        assert_eq!((dump.stdin_error, dump.entrypoint.clone()), (None, None));
        assert_eq!(dump.render(), SAMPLE);
    }

    #[test]
    fn digest_is_fnv_1a() {
        // Test vectors of the authors of FNV.
        assert_eq!(digest(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(digest(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn refuses_what_is_no_dump() {
        let broken: &[(&[u8], &str)] = &[
            (b"", "`wagi-probe 1` is missing at byte 0"),
            (b"wagi-probe 1\r\n", "`wagi-probe 1` is missing"),
            (b"wagi-probe 1\nvariable 3 A=1", "beyond the end"),
            (
                b"wagi-probe 1\nvariable 2 A=1\n",
                "line feed after a counted value",
            ),
            (b"wagi-probe 1\nvariable 03 A=1\n", "no number"),
            (
                b"wagi-probe 1\nvariable 99999999999999999999 A=1\n",
                "no number",
            ),
            (b"wagi-probe 1\nvariable 1 A\n", "without `=`"),
            (
                b"wagi-probe 1\nargument 0 \nvariable 3 A=1\n",
                "`stdin LENGTH DIGEST` is missing",
            ),
            (
                b"wagi-probe 1\nstdin 0 CBF29CE484222325\nend\n",
                "no digest",
            ),
            (
                b"wagi-probe 1\nstdin 0 cbf29ce484222325\nend\nmore",
                "after the line `end`",
            ),
        ];
        for (body, reason) in broken {
            let error = Dump::parse(body).expect_err("must be refused");
            assert!(error.contains(reason), "{error:?} does not say {reason:?}");
        }
    }

    prop_compose! {
        fn dumps()(
            entrypoint in proptest::option::of("[a-z_]{1,8}"),
            variables in vec(("[^=\n]{0,8}", vec(any::<u8>(), 0..20)), 0..5),
            arguments in vec(vec(any::<u8>(), 0..20), 0..5),
            (stdin_length, stdin_digest, stdin_error) in any::<(u64, u64, Option<u32>)>(),
        ) -> Dump {
            Dump { entrypoint, variables, arguments, stdin_length, stdin_digest, stdin_error }
        }
    }

    proptest! {
        #[test]
        fn parse_undoes_render(dump in dumps()) {
            prop_assert_eq!(Dump::parse(&dump.render()), Ok(dump));
        }

        #[test]
        fn nothing_but_a_whole_dump_parses(dump in dumps(), cut in any::<prop::sample::Index>()) {
            let whole = dump.render();
            prop_assert!(Dump::parse(&whole[..cut.index(whole.len())]).is_err());
        }

        #[test]
        fn any_bytes_are_handled(bytes in vec(any::<u8>(), 0..200)) {
            let body = [b"wagi-probe 1\nvariable ".as_slice(), &bytes].concat();
            prop_assert!(Dump::parse(&body).is_err());
        }

        #[test]
        fn digest_does_not_depend_on_the_pieces(bytes in vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>()) {
            let cut = cut.index(bytes.len() + 1);
            let mut pieces = Digest::default();
            pieces.update(&bytes[..cut]);
            pieces.update(&bytes[cut..]);
            prop_assert_eq!(pieces.value(), digest(&bytes));
        }
    }
}
