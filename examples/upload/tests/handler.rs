//! The handlers, natively.
#![allow(clippy::unwrap_used, reason = "tests")]

use upload::over;
use wagi_sdk::testing::{Part, Request};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand so on";

#[test]
fn images_are_stored_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let app = || over(folder.path());
    let form = [
        Part::text("comment", "not an image"),
        Part::file("image", "../../evil.html", "text/html", PNG),
        Part::file("image", "b.gif", "image/gif", b"GIF89a, tiny"),
    ];
    let taken = Request::post("/")
        .mounted_at("/up")
        .multipart(form)
        .send(app());
    assert_eq!(taken.status(), 303, "{taken:?}");
    assert_eq!(taken.field("Location"), Some("/up/"));

    let page = Request::get("/").mounted_at("/up").send(app());
    let (second, first) = (
        page.text().find("/up/images/2.gif"),
        page.text().find("/up/images/1.png"),
    );
    assert!(second.unwrap() < first.unwrap(), "{page:?}");
    assert!(page.text().contains("2 so far"));

    let image = Request::get("/images/1.png").send(app());
    assert_eq!(image.field("Content-Type"), Some("image/png"));
    assert_eq!(image.body(), PNG);
    assert_eq!(Request::get("/images/count").send(app()).status(), 404);
    assert_eq!(Request::get("/images/..%2fx").send(app()).status(), 404);
}

#[test]
fn what_is_no_image_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let send = |part| {
        Request::post("/")
            .multipart([part])
            .send(over(folder.path()))
    };
    let refused = send(Part::file(
        "image",
        "a.png",
        "image/png",
        b"<script>alert(1)</script>",
    ));
    assert_eq!(refused.status(), 415);
    assert_eq!(
        refused.text(),
        "`image`: only PNG, JPEG, GIF and WebP are taken\n"
    );

    let mut large = PNG.to_vec();
    large.resize(11 * 1024 * 1024, 0);
    let large = || {
        let image = Part::file("image", "a.png", "image/png", large.clone());
        Request::post("/").multipart([image])
    };
    let left = || -> Vec<_> {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    };
    // Refused before it is read where its length is known, and as soon as it is too long where it is not.
    assert_eq!(large().send(over(folder.path())).status(), 413);
    assert!(left().is_empty(), "{:?}", left());
    let announced_nothing = large().without_var("CONTENT_LENGTH");
    assert_eq!(announced_nothing.send(over(folder.path())).status(), 413);
    assert_eq!(left(), ["count"]);
    assert_eq!(
        Request::post("/")
            .body("x")
            .send(over(folder.path()))
            .status(),
        415
    );
}
