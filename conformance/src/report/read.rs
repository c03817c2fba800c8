//! A JSON report, read back.

use std::fs;
use std::path::{Path, PathBuf};

use crate::outcome::Report;

/// The newest format that is understood.
const FORMAT: u64 = 1;

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no report, or was cut short.
    #[error("{}:{line}:{column}: this is no JSON report of the suite: {reason}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// It was written by a newer suite.
    #[error("{}: the report has format {format}; this suite reads {FORMAT}: use a newer one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
}

/// Reads the JSON report at `path`.
pub fn read(path: &Path) -> Result<Report, ReadError> {
    let text = fs::read(path).map_err(|source| ReadError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    // Newer formats may lack what this one needs: their number comes first.
    #[derive(serde::Deserialize)]
    struct Versioned {
        format: Option<u64>,
    }
    if let Ok(Versioned {
        format: Some(format),
    }) = serde_json::from_slice(&text)
        && format > FORMAT
    {
        let path = path.to_owned();
        return Err(ReadError::Newer { path, format });
    }
    serde_json::from_slice(&text).map_err(|error| {
        let reason = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        ReadError::Foreign {
            path: path.to_owned(),
            line: error.line().max(1),
            column: error.column().max(1),
            reason: reason.strip_suffix(&place).unwrap_or(&reason).to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_report_is_said_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.json");
        let error = |text: &str| {
            fs::write(&path, text).unwrap();
            let error = read(&path).unwrap_err().to_string();
            error.replace(&path.display().to_string(), "r.json")
        };
        assert!(error("{\n  \"format\": 1,\n").starts_with("r.json:3:"));
        assert!(error("{}").contains("missing field `format`"));
        assert!(error("{\"format\": 2}").contains("this suite reads 1: use a newer one"));
        assert!(error("").starts_with("r.json:1:"));
        let nowhere = read(Path::new("nowhere.json")).unwrap_err().to_string();
        assert!(
            nowhere.starts_with("cannot read nowhere.json: "),
            "{nowhere}"
        );
    }
}
