//! Durations and sizes, as people write them.

use std::time::Duration;

/// `500ms`, `30s`, `2m`, or a number of seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    const FORM: &str = "write it like 500ms, 30s or 2m";
    let (number, unit) = split_unit(text);
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(FORM.to_string()),
    };
    let number: f64 = number.parse().map_err(|_| FORM)?;
    match Duration::try_from_secs_f64(number * seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("it has to be more than nothing".to_string()),
    }
}

/// `512`, `64K`, `64KiB`, `128M`, `1G`: always powers of 1024.
pub(crate) fn size(text: &str) -> Result<u64, String> {
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
}
