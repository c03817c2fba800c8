//! Values of options.

use std::time::Duration;

use crate::case::schema::Profile;
use crate::outcome::Level;

/// `--level`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LevelArgument {
    /// Only a broken MUST or MUST NOT makes the run fail
    #[default]
    Must,
    /// A departure from a SHOULD or SHOULD NOT makes it fail, too
    Should,
    /// As `should`; observations on what the specification leaves open are listed as well
    All,
}

impl From<LevelArgument> for Level {
    fn from(level: LevelArgument) -> Level {
        match level {
            LevelArgument::Must => Level::Must,
            LevelArgument::Should => Level::Should,
            LevelArgument::All => Level::May,
        }
    }
}

/// `5s`, `500ms`, `2m`; a number alone means seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let split = text
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        _ => {
            return Err(format!(
                "`{unit}` is no unit of time; there are `ms`, `s` and `m`"
            ));
        }
    };
    let number: f64 = number
        .trim()
        .parse()
        .map_err(|_| "write it like `5s` or `500ms`".to_owned())?;
    match Duration::try_from_secs_f64(number * factor) {
        Ok(duration) if duration >= Duration::from_millis(1) => Ok(duration),
        _ => Err("it is not between 1ms and some years".to_owned()),
    }
}

/// `--profile`.
pub(super) fn profile(text: &str) -> Result<Profile, String> {
    Profile::ALL
        .into_iter()
        .find(|profile| profile.name() == text)
        .ok_or_else(|| {
            let names: Vec<_> = Profile::ALL.iter().map(|profile| profile.name()).collect();
            format!("there are {}", names.join(", "))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("5"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        for wrong in ["", "s", "5h", "0", "-1s", "1e99s", "NaN", "0.1ms"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn profiles() {
        assert_eq!(profile("declared-routes"), Ok(Profile::DeclaredRoutes));
        assert_eq!(
            profile("CGI").unwrap_err(),
            "there are core, routing, declared-routes, volumes, limits, cgi"
        );
    }
}
