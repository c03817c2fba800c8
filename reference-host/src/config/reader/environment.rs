//! Variables of a module: `environment` and `env_file`.

use super::{Reader, Value};
use crate::config::{Diagnostic, Source, env_file};
use crate::gateway::META_VARIABLES;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use toml::de::DeValue;

impl Reader<'_> {
    /// Those of `environment` go before those of the files, and later files before earlier ones.
    pub(super) fn variables(
        &mut self,
        environment: Option<&Value<'_>>,
        files: Option<&Value<'_>>,
    ) -> Vec<(String, String)> {
        let mut variables = Vec::new();
        if let Some(value) = files {
            for file in self.strings("env_file", value) {
                let path = self.resolve(Path::new(&file.value), &file.span);
                for (name, value) in self.env_file(&path, file.span) {
                    set(&mut variables, name, value);
                }
            }
        }
        if let Some(value) = environment {
            for (name, value) in self.environment(value) {
                set(&mut variables, name, value);
            }
        }
        variables
    }

    fn env_file(&mut self, path: &Path, span: Range<usize>) -> Vec<(String, String)> {
        self.files.push(path.to_path_buf());
        let source = match Source::read(path) {
            Ok(source) => Arc::new(source),
            Err(unreadable) => {
                let problem = match unreadable.source.text.is_empty() {
                    true => unreadable.problem.at(span),
                    false => unreadable
                        .problem
                        .in_file(Arc::new(unreadable.source), span),
                };
                self.errors.push(problem);
                return Vec::new();
            }
        };
        let (variables, wrong) = env_file::parse(&source.text);
        for line in wrong {
            let problem = Diagnostic::error(line.problem, line.span);
            let problem = problem.in_file(Arc::clone(&source), span.clone());
            self.errors.push(problem);
        }
        for variable in &variables {
            if let Some(problem) = meta_variable(&variable.name, variable.span.clone()) {
                let problem = problem.in_file(Arc::clone(&source), span.clone());
                self.warnings.push(problem);
            }
        }
        let pairs = variables
            .into_iter()
            .map(|variable| (variable.name, variable.value));
        pairs.collect()
    }

    fn environment(&mut self, value: &Value<'_>) -> Vec<(String, String)> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type("environment", "a table: { NAME = \"value\" }", value);
            return Vec::new();
        };
        let mut variables: Vec<(String, String)> = Vec::new();
        for (key, value) in table {
            let name = key.get_ref();
            if name.is_empty() || name.contains(['=', '\0']) {
                let text = "a name of a variable is not empty and has no `=`";
                self.error(text, key.span(), None);
            } else if let Some(taken) = variables
                .iter()
                .find(|(other, _)| other.eq_ignore_ascii_case(name))
            {
                let text = format!("`{name}` and `{}` differ only by letter case", taken.0);
                self.error(text, key.span(), Some("give each variable one name"));
            } else if let Some(value) = self.string(name, value) {
                self.warnings.extend(meta_variable(name, key.span()));
                if value.value.contains('\0') {
                    self.error("a value of a variable has no NUL", value.span, None);
                } else {
                    variables.push((name.to_string(), value.value));
                }
            }
        }
        variables
    }
}

/// Requirement: environment.precedence.
fn meta_variable(name: &str, span: Range<usize>) -> Option<Diagnostic> {
    let is_meta = META_VARIABLES
        .iter()
        .any(|meta| meta.eq_ignore_ascii_case(name));
    let text =
        format!("`{name}` is a meta-variable of the request: what is configured has no effect");
    is_meta.then(|| Diagnostic::warning(text, span).hint("choose another name"))
}

fn set(variables: &mut Vec<(String, String)>, name: String, value: String) {
    variables.retain(|(taken, _)| !taken.eq_ignore_ascii_case(&name));
    variables.push((name, value));
}
