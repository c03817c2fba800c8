//! Case files that are not compiled in: somebody's own, and saved failures.

use std::fs;
use std::path::{Path, PathBuf};

use super::library::LibraryError;

/// Longer files are no case files.
const LONGEST: u64 = 32 << 20;

/// Name and text of the files, and of those that end in `.toml` in the folders, in the order of
/// their names. All problems are found in one go.
pub fn read(paths: &[PathBuf]) -> Result<Vec<(String, String)>, LibraryError> {
    let mut problems = Vec::new();
    let mut texts = Vec::new();
    for path in paths {
        match files_of(path) {
            Ok(files) => {
                for file in files {
                    match text_of(&file) {
                        Ok(text) => texts.push((file.display().to_string(), text)),
                        Err(reason) => problems.push(format!("{}: {reason}", file.display())),
                    }
                }
            }
            Err(reason) => problems.push(format!("{}: {reason}", path.display())),
        }
    }
    if problems.is_empty() {
        Ok(texts)
    } else {
        Err(LibraryError { problems })
    }
}

/// The file itself, or the case files of a folder; a folder without any is an error.
pub fn files_of(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| error.to_string())? {
        let file = entry.map_err(|error| error.to_string())?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "toml")
            && !file.is_dir()
        {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err("the folder holds no file that ends in `.toml`".to_owned());
    }
    Ok(files)
}

/// The text of a file. The error says at which place it is no text.
pub fn text_of(file: &Path) -> Result<String, String> {
    let length = fs::metadata(file).map_err(|error| error.to_string())?.len();
    if length > LONGEST {
        return Err(format!("{length} bytes are too many for a case file"));
    }
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
        let column = valid
            .iter()
            .rev()
            .take_while(|&&byte| byte != b'\n')
            .count()
            + 1;
        format!("it is no text in UTF-8 (line {line}, column {column})")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_read_in_order_and_everything_wrong_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("b.toml"), "b").unwrap();
        fs::write(path("a.toml"), "a").unwrap();
        fs::write(path("notes.md"), "no case").unwrap();
        let texts: Vec<String> = read(&[dir.path().to_owned()])
            .unwrap()
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        assert_eq!(texts, ["a", "b"]);

        fs::create_dir(path("empty")).unwrap();
        fs::write(path("bad.toml"), b"ok\nx\xFFy").unwrap();
        let wrong = [path("empty"), path("nowhere.toml"), path("bad.toml")];
        let problems = read(&wrong).unwrap_err().problems;
        let ends = [
            "holds no file that ends in `.toml`",
            "No such file",
            "(line 2, column 2)",
        ];
        for (problem, end) in problems.iter().zip(ends) {
            assert!(problem.contains(end), "{problem}");
        }
        assert_eq!(problems.len(), 3);
    }
}
