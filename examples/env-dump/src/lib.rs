//! What a handler is told about a request. `main.rs` serves it.

use wagi_example_page::page;
use wagi_sdk::{Gateway, Html};

/// Shows the meta-variables and arguments, as they came.
pub fn app() -> impl Fn(Gateway) -> Html<String> {
    |gateway| {
        let mut rows = String::new();
        let mut variables: Vec<_> = gateway.vars().collect();
        variables.sort();
        for (name, value) in variables {
            let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
            rows += &format!(
                "<tr><th><code>{}</code><td><code>{}</code>\n",
                Html::escape(&name),
                Html::escape(&value)
            );
        }
        let mut arguments = String::new();
        for argument in gateway.args() {
            arguments += &format!(
                "<li><code>{}</code>\n",
                Html::escape(&argument.to_string_lossy())
            );
        }
        page(
            "What the handler is told",
            &format!(
                "<p>The path <code>{}</code> below the mount <code>{}</code>.\n\
                 <h2>Variables</h2>\n<table>\n{rows}</table>\n\
                 <h2>Arguments</h2>\n<ol start=\"0\">\n{arguments}</ol>\n",
                Html::escape(gateway.path_info()),
                Html::escape(gateway.script_name()),
            ),
        )
    }
}
