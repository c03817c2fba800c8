//! Values of options.

use crate::Volume;
use crate::outbound::AllowedHost;
use std::path::PathBuf;
use std::time::Duration;

/// `500ms`, `30s`, `2m`, or a number of seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split_unit(text);
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err("write it like 500ms, 30s or 2m".to_string()),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| "write it like 500ms, 30s or 2m")?;
    match Duration::try_from_secs_f64(number * seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("it has to be more than nothing".to_string()),
    }
}

/// `512`, `64K`, `64KiB`, `128M`, `1G`: always powers of 1024.
pub(super) fn size(text: &str) -> Result<u64, String> {
    const FORM: &str = "write it like 65536, 64K, 128MiB or 1G";
    let (number, unit) = split_unit(text);
    let factor: u64 = match unit
        .to_ascii_lowercase()
        .trim_end_matches('b')
        .trim_end_matches('i')
    {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return Err(FORM.to_string()),
    };
    let number: u64 = number.parse().map_err(|_| FORM)?;
    number
        .checked_mul(factor)
        .ok_or_else(|| "that is too much".to_string())
}

/// `NAME=VALUE`; the value may be empty and may contain `=`.
pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_string(), value.to_string())),
        _ => Err("write it as NAME=VALUE".to_string()),
    }
}

/// `/guest/path=host/directory`.
pub(super) fn volume(text: &str) -> Result<Volume, String> {
    match text.split_once('=') {
        Some((guest, host)) if !guest.is_empty() && !host.is_empty() => Ok(Volume {
            guest: guest.to_string(),
            host: PathBuf::from(host),
        }),
        _ => Err("write it as /guest/path=host/directory".to_string()),
    }
}

/// A host as in `allowed_hosts`.
pub(super) fn allowed_host(text: &str) -> Result<String, String> {
    match AllowedHost::parse(text) {
        Ok(_) => Ok(text.to_string()),
        Err(error) => Err(format!("{error}; {}", error.hint())),
    }
}

fn split_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("30"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("2 m"), Ok(Duration::from_secs(120)));
        for text in ["", "s", "0s", "-1s", "1 fortnight", "1e999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(size("512"), Ok(512));
        assert_eq!(size("64K"), Ok(65536));
        assert_eq!(size("1MiB"), Ok(1 << 20));
        assert_eq!(size("2 gb"), Ok(2 << 30));
        for text in ["", "K", "1.5M", "1T", "99999999999G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn pairs() {
        assert_eq!(variable("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert_eq!(variable("A="), Ok(("A".into(), String::new())));
        assert!(variable("A").is_err() && variable("=b").is_err());
        assert_eq!(volume("/a=b").unwrap().host, PathBuf::from("b"));
        assert!(volume("/a").is_err() && volume("/a=").is_err());
    }
}
