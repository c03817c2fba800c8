//! Markdown files as pages, out of a volume that is only read. `main.rs` serves it.
//!
//! `/notes/tea` is the file `notes/tea.md`; a folder is its `index.md` and the list of its pages; every other file, such
//! as an image beside a page or a page's own source, is sent as it is.

mod folder;
mod render;

use std::fs;

use wagi_example_page::page;
use wagi_sdk::{
    Error, Files, Gateway, Html, Incoming, IntoResponse, OrStatus, Redirect, Response, Router,
    StatusCode, Validators,
};

pub use folder::Folder;

/// Where the module's volume is.
const VOLUME: &str = "/pages";

/// Part of every `ETag`: another way of rendering makes other pages of the same files.
const RENDERER: &str = concat!("html-", env!("CARGO_PKG_VERSION"));

/// How long a browser may show a page without asking again.
const CACHE_CONTROL: &str = "max-age=60";

/// The pages of the module's volume.
pub fn app() -> Router {
    over(Folder::new(VOLUME))
}

/// The pages of any folder.
pub fn over(folder: Folder) -> Router {
    let root = folder.clone();
    Router::new()
        .get("/", move |request: Incoming| answer(&root, request, ""))
        .get("/{*path}", move |mut request: Incoming| {
            let path = request.parts().path_parameters()[0].1.clone();
            answer(&folder, request, &path)
        })
}

fn answer(folder: &Folder, mut request: Incoming, path: &str) -> Result<Response, Error> {
    let parts = request.parts();
    if path.is_empty() || path.ends_with('/') {
        return list(folder, parts.gateway(), path.trim_end_matches('/'));
    }
    if folder.is_folder(path) {
        let gateway = parts.gateway();
        return Ok(Redirect::moved_permanently(gateway.link(&format!("/{path}/"))).into_response());
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.contains('.') {
        return Files::in_folder(folder.path())
            .index(None)
            .cache_control(CACHE_CONTROL)
            .respond(parts, path);
    }
    let (file, metadata) = folder
        .find(&format!("{path}.md"))
        .or_status(StatusCode::NOT_FOUND)?;
    let validators = Validators::of(&metadata).variant(RENDERER);
    let fields = (validators.clone(), [("Cache-Control", CACHE_CONTROL)]);
    if validators.are_known_to(parts) {
        return Ok((StatusCode::NOT_MODIFIED, fields.0, fields.1, ()).into_response());
    }
    let rendered = render::render(&fs::read_to_string(file)?);
    let title = rendered.title.as_deref().unwrap_or(name);
    let content = format!(
        "{}<p><small><a href=\"./\">All pages</a> · <a href=\"{name}.md\">Source</a></small>\n",
        rendered.html,
        name = Html::escape(name),
    );
    Ok((fields.0, fields.1, page(title, &content)).into_response())
}

/// The list changes with every file in the folder: it is made anew each time.
fn list(folder: &Folder, gateway: &Gateway, path: &str) -> Result<Response, Error> {
    let entries = folder.entries(path).or_status(StatusCode::NOT_FOUND)?;
    let mut content = String::new();
    let mut title = None;
    let index = [path, "index.md"].join(if path.is_empty() { "" } else { "/" });
    if let Some((file, _)) = folder.find(&index) {
        let rendered = render::render(&fs::read_to_string(file)?);
        title = rendered.title;
        content = rendered.html;
    }
    let title = title.unwrap_or_else(|| match path.rsplit('/').next() {
        None | Some("") => "Pages".to_owned(),
        Some(name) => name.to_owned(),
    });
    content += "<nav class=\"card\" aria-label=\"Pages\">\n<ul>\n";
    if !path.is_empty() {
        content += "<li><a href=\"../\">Up</a>\n";
    }
    for entry in entries {
        content += &format!(
            "<li><a href=\"{}\">{}</a>\n",
            Html::escape(&gateway.link(&entry.path)),
            Html::escape(&entry.title)
        );
    }
    content += "</ul>\n</nav>\n";
    Ok(([("Cache-Control", "no-cache")], page(&title, &content)).into_response())
}
