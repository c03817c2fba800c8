use serde::Deserialize;
use wagi_sdk::{Html, Query};

/// What the query may say: `?name=Ada`.
#[derive(Deserialize)]
struct Visitor {
    name: Option<String>,
}

/// Greets the visitor. What the client sends is escaped before it becomes a part of the page.
fn hello(Query(visitor): Query<Visitor>) -> Html<String> {
    let name = Html::escape(&visitor.name.unwrap_or_default());
    let greeted = if name.is_empty() { "stranger" } else { &name };
    Html(format!(
        r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>@name@</title>
<h1>Hello, {greeted}!</h1>
<form><label>Your name <input name="name" value="{name}"></label> <button>Greet me</button></form>
"#
    ))
}

fn main() {
    wagi_sdk::serve(hello);
}

#[cfg(test)]
mod tests {
    use super::*;
    use wagi_sdk::testing::Request;

    #[test]
    fn greets_by_name() {
        let answer = Request::get("/?name=Ada").send(hello);
        assert_eq!(answer.status(), 200);
        assert!(answer.text().contains("Hello, Ada!"), "{answer:?}");
    }

    #[test]
    fn is_not_tricked_into_markup() {
        let answer = Request::get("/?name=%3Cscript%3E").send(hello);
        assert!(
            answer.text().contains("Hello, &lt;script&gt;!"),
            "{answer:?}"
        );
    }
}
