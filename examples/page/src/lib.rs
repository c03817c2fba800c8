//! How the pages of the examples look: one frame and one style for all, light and dark, on screens of any width.

use wagi_sdk::Html;

/// A page. The title is text, the content is HTML.
pub fn page(title: &str, content: &str) -> Html<String> {
    let title = Html::escape(title);
    let style = include_str!("style.css");
    Html(format!(
        "<!doctype html>\n\
         <html lang=\"en\">\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <style>\n{style}</style>\n\
         <main>\n\
         <h1>{title}</h1>\n\
         {content}\
         </main>\n"
    ))
}
