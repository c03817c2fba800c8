//! The field Status.

use super::header_block::Field;
use super::reading::Reading;

/// Which status a module chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// None.
    None,
    /// One of these; several where the field is repeated.
    Codes(Vec<u16>),
    /// One that cannot be told.
    Unclear,
}

/// The status that the fields of a reading choose, or why the answer must be a 5xx status.
pub fn chosen(reading: &Reading) -> Result<Chosen, &'static str> {
    let fields: Vec<&Field> = reading.values("Status").collect();
    if fields.is_empty() {
        return Ok(Chosen::None);
    }
    if fields.iter().any(|field| field.has_controls()) {
        // The control may be replaced, and what the value means then is not said.
        return Ok(Chosen::Unclear);
    }
    let codes: Vec<Result<u16, &'static str>> = fields.iter().map(|f| code(&f.value)).collect();
    let final_codes: Vec<u16> = codes.iter().filter_map(|code| code.ok()).collect();
    match (final_codes.is_empty(), codes[0]) {
        (true, Err(requirement)) => Err(requirement),
        _ => Ok(Chosen::Codes(final_codes)),
    }
}

/// Whether the value names a code from 600 to 999.
pub fn is_above_599(value: &[u8]) -> bool {
    code(value).is_ok_and(|code| code > 599)
}

/// Three digits, then the end or a blank.
fn code(value: &[u8]) -> Result<u16, &'static str> {
    let digits = value
        .split(|b| matches!(b, b' ' | b'\t'))
        .next()
        .unwrap_or_default();
    if digits.len() != 3 || !digits.iter().all(u8::is_ascii_digit) {
        return Err("status.malformed");
    }
    let code = digits
        .iter()
        .fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    if code < 200 {
        Err("status.below-200")
    } else {
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        let malformed = Err("status.malformed");
        let table = [
            ("200", Ok(200)),
            ("404 Not Found", Ok(404)),
            ("418\tteapot", Ok(418)),
            ("299", Ok(299)),
            ("599 x", Ok(599)),
            ("700", Ok(700)),
            ("199", Err("status.below-200")),
            ("101", Err("status.below-200")),
            ("000", Err("status.below-200")),
            ("abc", malformed),
            ("99", malformed),
            ("20", malformed),
            ("1000", malformed),
            ("200abc", malformed),
            ("-1", malformed),
            ("+200", malformed),
            ("", malformed),
            ("2 00", malformed),
            ("٢٠٠", malformed),
        ];
        for (value, expected) in table {
            assert_eq!(code(value.as_bytes()), expected, "{value:?}");
        }
    }
}
