//! Sessions that the client keeps and cannot change: a text and a signature of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Who is logged in, and until when.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) user: String,
    /// In seconds since 1970.
    pub(crate) until: u64,
}

impl Session {
    /// What goes into the cookie.
    pub(crate) fn seal(&self, key: &[u8]) -> String {
        let text = format!("{} {}", self.until, self.user);
        let signature = sign(key, text.as_bytes());
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(text),
            URL_SAFE_NO_PAD.encode(signature)
        )
    }

    /// What a cookie says, if it is ours and still holds.
    pub(crate) fn open(sealed: &str, key: &[u8], now: u64) -> Option<Self> {
        let (text, signature) = sealed.split_once('.')?;
        let (text, signature) = (
            URL_SAFE_NO_PAD.decode(text).ok()?,
            URL_SAFE_NO_PAD.decode(signature).ok()?,
        );
        if !same(&signature, &sign(key, &text)) {
            return None;
        }
        let text = String::from_utf8(text).ok()?;
        let (until, user) = text.split_once(' ')?;
        let until = until.parse().ok().filter(|until| now < *until)?;
        Some(Self {
            user: user.to_owned(),
            until,
        })
    }
}

/// HMAC with SHA-256 (RFC 2104).
fn sign(key: &[u8], text: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x36))
        .chain_update(text)
        .finalize();
    Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

/// Takes the same time whatever the difference, so that nobody can guess a signature byte by byte.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests {
    use super::{Session, sign};

    #[test]
    fn signatures_are_those_of_the_rfc() {
        // RFC 4231, test cases 2 and 6.
        let hex = |bytes: [u8; 32]| {
            bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        assert_eq!(
            hex(sign(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(sign(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            )),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let session = || Session {
            user: "Ada L".to_owned(),
            until: 1000,
        };
        let sealed = session().seal(b"key");
        assert_eq!(Session::open(&sealed, b"key", 999), Some(session()));
        assert_eq!(Session::open(&sealed, b"key", 1000), None, "it is over");
        assert_eq!(Session::open(&sealed, b"other", 0), None);
        for index in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(Session::open(&changed, b"key", 0), None, "{changed}");
        }
        for other in ["", ".", "a.b", "a"] {
            assert_eq!(Session::open(other, b"key", 0), None);
        }
    }
}
