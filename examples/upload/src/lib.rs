//! Images in a volume. `main.rs` serves it.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::PathBuf;

use wagi_example_page::page;
use wagi_sdk::state::Counter;
use wagi_sdk::{Error, Files, Gateway, Html, Multipart, Redirect, Router, StatusCode};

/// Where the module's volume is.
const VOLUME: &str = "/data";

/// How many bytes one form may bring.
const LIMIT: u64 = 10 * 1024 * 1024;

/// The gallery, over the module's volume.
pub fn app() -> Router {
    over(VOLUME)
}

/// The gallery, over any folder.
pub fn over(folder: impl Into<PathBuf>) -> Router {
    let gallery = Gallery(folder.into());
    let files = Files::in_folder(&gallery.0)
        .index(None)
        .cache_control("max-age=31536000, immutable");
    let shown = gallery.clone();
    Router::new()
        .get("/", move |gateway: Gateway| shown.show(&gateway))
        .post("/", move |gateway: Gateway, form: Multipart| {
            gallery.take(&gateway, form)
        })
        .get("/images/{name}", files)
}

#[derive(Clone)]
struct Gallery(PathBuf);

impl Gallery {
    fn show(&self, gateway: &Gateway) -> Result<Html<String>, Error> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let number = name
                .split('.')
                .next()
                .and_then(|stem| stem.parse::<u64>().ok());
            // Anything else is not finished, or the counter.
            names.extend(
                number
                    .filter(|_| name.contains('.'))
                    .map(|number| (number, name)),
            );
        }
        names.sort_unstable_by(|a, b| b.cmp(a));
        let mut images = String::new();
        for (number, name) in &names {
            let source = Html::escape(&gateway.link(&format!("/images/{name}")));
            images += &format!(
                "<li><a href=\"{source}\"><img src=\"{source}\" alt=\"Image {number}\" loading=\"lazy\"></a>\n"
            );
        }
        let count = names.len();
        Ok(page(
            "Images",
            &format!(
                "<form method=\"post\" action=\"{}\" enctype=\"multipart/form-data\">\n\
                 <label>PNG, JPEG, GIF or WebP, 10 MiB at most\n\
                 <input type=\"file\" name=\"image\" accept=\"image/png,image/jpeg,image/gif,image/webp\" multiple required></label>\n\
                 <button>Upload</button>\n</form>\n\
                 <p class=\"soft\">{count} so far\n<ul class=\"grid\">\n{images}</ul>\n",
                Html::escape(&gateway.link("/"))
            ),
        ))
    }

    fn take(&self, gateway: &Gateway, form: Multipart) -> Result<Redirect, Error> {
        let mut form = form.limit(LIMIT);
        while let Some(mut field) = form.next_field()? {
            if field.name() != "image" || field.file_name().is_none() {
                continue;
            }
            self.store(&mut field)?;
        }
        Ok(Redirect::see_other(gateway.link("/")))
    }

    /// Writes the image as it comes in, and gives it its name when it is there as a whole.
    fn store(&self, image: &mut impl Read) -> Result<(), Error> {
        let mut head = Vec::new();
        image.by_ref().take(12).read_to_end(&mut head)?;
        // What the client calls it, and says that it is, does not count.
        let Some(extension) = kind(&head) else {
            return Err(Error::status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                .public("`image`: only PNG, JPEG, GIF and WebP are taken"));
        };
        let number = Counter::at(self.0.join("count")).next()?;
        let unfinished = self.0.join(format!("{number}-unfinished"));
        let stored = self.write(&unfinished, &head, image);
        if stored.is_ok() {
            fs::rename(&unfinished, self.0.join(format!("{number}.{extension}")))?;
        } else {
            fs::remove_file(&unfinished)?;
        }
        Ok(stored?)
    }

    fn write(&self, path: &PathBuf, head: &[u8], rest: &mut impl Read) -> io::Result<()> {
        let mut file = File::create_new(path)?;
        file.write_all(head)?;
        io::copy(rest, &mut file)?;
        file.sync_all()
    }
}

/// What kind of image begins like this.
fn kind(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("png")
    } else if head.starts_with(b"\xff\xd8\xff") {
        Some("jpg")
    } else if head.starts_with(b"GIF8") {
        Some("gif")
    } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(&b"WEBP"[..]) {
        Some("webp")
    } else {
        None
    }
}
