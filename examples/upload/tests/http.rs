//! The module, over HTTP.
#![allow(clippy::unwrap_used, reason = "tests")]

use wagi_example_harness::serve_with_volume;

#[test]
fn a_large_image_goes_through() {
    let folder = tempfile::tempdir().unwrap();
    let site = serve_with_volume("upload", "/up/...", "/data", folder.path());
    let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
    image.extend((0..5_000_000_u32).map(|number| (number % 251) as u8));
    let mut body =
        b"--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n"
            .to_vec();
    body.extend_from_slice(&image);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let response = site
        .post("/up/")
        .header("Content-Type", "multipart/form-data; boundary=b")
        .body(body)
        .send()
        .unwrap();
    assert_eq!(response.status(), 303);

    let response = site.get("/up/images/1.png").send().unwrap();
    assert_eq!(response.headers()["content-type"], "image/png");
    let etag = response.headers()["etag"].clone();
    assert!(response.bytes().unwrap() == image, "the image is the same");
    let part = site
        .get("/up/images/1.png")
        .header("Range", "bytes=8-11")
        .send()
        .unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.bytes().unwrap(), [0, 1, 2, 3][..]);
    let known = site
        .get("/up/images/1.png")
        .header("If-None-Match", etag)
        .send()
        .unwrap();
    assert_eq!(known.status(), 304);
}
