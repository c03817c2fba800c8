use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use super::Files;
use crate::testing::{Request, Server, Transcript};
use crate::{Incoming, Router};

struct Folder {
    root: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let public = root.path().join("public");
        fs::create_dir_all(public.join("docs/empty")).unwrap();
        fs::write(root.path().join("secret"), "secret").unwrap();
        for (name, text) in [
            ("page.html", "<p>0123456789"),
            ("docs/index.html", "index"),
            (".hidden", "hidden"),
            ("two words.TXT", "text"),
            ("empty.css", ""),
        ] {
            let path = public.join(name);
            fs::write(&path, text).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_500);
            File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
        Self { root }
    }

    fn files(&self) -> Files {
        Files::in_folder(self.root.path().join("public"))
    }

    fn get(&self, path: &str) -> Transcript {
        Request::get(path).send(self.files())
    }
}

#[test]
fn a_file_with_all_that_belongs_to_it() {
    let folder = Folder::new();
    insta::assert_debug_snapshot!(folder.get("/page.html"), @r#"
    Etag: "ae1b981da166f00-d"
    Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT
    Content-Type: text/html; charset=utf-8
    X-Content-Type-Options: nosniff
    Accept-Ranges: bytes
    Content-Length: 13
    Status: 200 OK

    <p>0123456789
    "#);
}

#[test]
fn a_client_that_has_it_is_told_so() {
    let folder = Folder::new();
    let etag = folder.get("/page.html").field("ETag").unwrap().to_owned();
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let status = |fields: &[(&str, &str)]| {
        let mut request = Request::get("/page.html");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let transcript = request.send(folder.files());
        assert!(transcript.status() != 304 || transcript.field("ETag") == Some(&*etag));
        assert!(transcript.status() != 304 || transcript.body().is_empty());
        transcript.status().as_u16()
    };
    assert_eq!(status(&[("If-None-Match", &etag)]), 304);
    assert_eq!(
        status(&[("If-None-Match", &format!("\"x\", W/{etag}"))]),
        304
    );
    assert_eq!(status(&[("If-None-Match", "*")]), 304);
    assert_eq!(status(&[("If-None-Match", "\"x\"")]), 200);
    assert_eq!(status(&[("If-Modified-Since", date)]), 304);
    assert_eq!(
        status(&[("If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT")]),
        200
    );
    assert_eq!(status(&[("If-Modified-Since", "yesterday")]), 200);
    // The entity tag is the better witness.
    assert_eq!(
        status(&[("If-None-Match", "\"x\""), ("If-Modified-Since", date)]),
        200
    );

    let range = ("Range", "bytes=0-1");
    assert_eq!(status(&[range]), 206);
    assert_eq!(status(&[range, ("If-Range", &etag)]), 206);
    assert_eq!(status(&[range, ("If-Range", date)]), 206);
    assert_eq!(status(&[range, ("If-Range", &format!("W/{etag}"))]), 200);
    assert_eq!(
        status(&[range, ("If-Range", "Sun, 06 Nov 1994 08:49:38 GMT")]),
        200
    );
    assert_eq!(status(&[range, ("If-None-Match", &etag)]), 304);
}

#[test]
fn parts_of_a_file() {
    let folder = Folder::new();
    let part = |range: &str| {
        Request::get("/page.html")
            .header("Range", range)
            .send(folder.files())
    };
    let transcript = part("bytes=3-5");
    assert_eq!(transcript.status(), 206);
    assert_eq!(transcript.field("Content-Range"), Some("bytes 3-5/13"));
    assert_eq!(transcript.field("Content-Length"), Some("3"));
    assert_eq!(transcript.text(), "012");
    assert_eq!(part("bytes=-1").text(), "9");

    let transcript = part("bytes=13-");
    assert_eq!(transcript.status(), 416);
    assert_eq!(transcript.field("Content-Range"), Some("bytes */13"));
    assert_eq!(transcript.field("ETag"), None);
}

#[test]
fn head_tells_the_length() {
    let folder = Folder::new();
    let transcript = Request::head("/page.html").send(folder.files());
    assert_eq!(transcript.field("Content-Length"), Some("13"));
    assert_eq!(transcript.text(), "");
    assert_eq!(folder.get("/empty.css").field("Content-Length"), Some("0"));
}

#[test]
fn nothing_leads_out_of_the_folder() {
    let folder = Folder::new();
    for path in [
        "/../secret",
        "/%2e%2e/secret",
        "/docs/../../secret",
        "/docs/..%2f..%2fsecret",
        "/..%5csecret",
        "/./page.html",
        "//page.html",
        "/docs//index.html",
        "/.hidden",
        "/page.html/",
        "/page.html/x",
        "/page.html%00",
        "/c:%5csecret",
        "/nothing",
        "/docs/empty/",
    ] {
        let transcript = folder.get(path);
        assert_eq!(transcript.status(), 404, "{path}");
        assert!(!transcript.text().contains("secret"), "{path}");
    }
    let outside = folder.root.path().display().to_string();
    assert_eq!(folder.get(&format!("/{outside}/secret")).status(), 404);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let folder = Folder::new();
    let public = folder.root.path().join("public");
    std::os::unix::fs::symlink(folder.root.path(), public.join("up")).unwrap();
    std::os::unix::fs::symlink("../secret", public.join("link.txt")).unwrap();
    for path in ["/up/secret", "/up/", "/link.txt"] {
        assert_eq!(folder.get(path).status(), 404, "{path}");
    }
    // But the folder itself may be one.
    let link = folder.root.path().join("link");
    std::os::unix::fs::symlink(&public, &link).unwrap();
    assert_eq!(
        Request::get("/page.html")
            .send(Files::in_folder(link))
            .status(),
        200
    );
}

#[test]
fn folders_are_their_index() {
    let folder = Folder::new();
    assert_eq!(folder.get("/docs/").text(), "index");
    let transcript = Request::get("/docs?a=b")
        .mounted_at("/m")
        .send(folder.files());
    assert_eq!(transcript.status(), 301);
    assert_eq!(transcript.field("Location"), Some("./docs/?a=b"));
    assert_eq!(
        Request::get("/docs/")
            .send(folder.files().index(None))
            .status(),
        404
    );
    assert_eq!(
        Request::get("/docs")
            .send(folder.files().index(None))
            .status(),
        404
    );
    assert_eq!(folder.get("/").status(), 404);
}

#[test]
fn under_a_router_and_by_name() {
    let folder = Folder::new();
    let app = || {
        Router::new().get(
            "/static/{*path}",
            folder.files().cache_control("max-age=60"),
        )
    };
    let transcript = Request::get("/static/two%20words.TXT")
        .mounted_at("/m")
        .send(app());
    assert_eq!(transcript.text(), "text");
    assert_eq!(
        transcript.field("Content-Type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(transcript.field("Cache-Control"), Some("max-age=60"));

    let refused = Request::post("/page.html").send(folder.files());
    assert_eq!(refused.status(), 405);
    assert_eq!(refused.field("Allow"), Some("GET, HEAD"));
}

/// Those that tell a handler its mount.
fn servers() -> impl Iterator<Item = Server> {
    let all = Server::ALL.iter().copied();
    all.filter(|server| *server != Server::Wcgi)
}

#[test]
fn the_mount_is_a_folder() {
    let folder = Folder::new();
    let docs = || Files::in_folder(folder.root.path().join("public/docs"));
    for server in servers() {
        let send = |path: &str, mount: &str| {
            let request = Request::get(path).mounted_at(mount).as_server(server);
            let transcript = request.send(docs());
            match transcript.field("Location") {
                Some(location) => format!("{} {location}", transcript.status().as_u16()),
                None => transcript.text().into_owned(),
            }
        };
        assert_eq!(send("", "/m"), "301 ./m/", "{server:?}");
        assert_eq!(send("?a=b", "/m/n o"), "301 ./n%20o/?a=b", "{server:?}");
        assert_eq!(send("/", "/m"), "index", "{server:?}");
        assert_eq!(send("/", ""), "index", "{server:?}");
        assert_eq!(send("", ""), "index", "{server:?}");
    }
    // What is not there is not redirected.
    let request = || Request::get("").mounted_at("/m");
    assert_eq!(request().send(folder.files()).status(), 404);
    assert_eq!(request().send(docs().index(None)).status(), 404);
    let exactly = |mut request: Incoming| docs().respond(request.parts(), "");
    assert_eq!(request().send(exactly).text(), "index");
}

#[test]
fn a_folder_keeps_the_name_under_which_it_was_asked_for() {
    let folder = Folder::new();
    let location = |path: &str| {
        let app = Router::new().get("/{*path}", folder.files());
        let transcript = Request::get(path).send(app);
        transcript.field("Location").map(str::to_owned)
    };
    fs::create_dir(folder.root.path().join("public/docs/a?b")).unwrap();
    fs::write(folder.root.path().join("public/docs/a?b/index.html"), "").unwrap();
    assert_eq!(location("/docs/a%3Fb"), Some("./a%3Fb/".to_owned()));
    // One segment: `./a%3Fb/` would be relative to the root.
    assert_eq!(
        location("/docs%2Fa%3Fb"),
        Some("./docs%2Fa%3Fb/".to_owned())
    );

    // A handler that takes the slash off itself.
    let files = folder.files();
    let trimmed = |mut request: Incoming| files.respond(request.parts(), "docs");
    assert_eq!(Request::get("/manual/").send(trimmed).text(), "index");
}

#[test]
fn a_folder_in_a_router() {
    let folder = Folder::new();
    let docs = || Files::in_folder(folder.root.path().join("public/docs"));
    fs::write(folder.root.path().join("public/docs/de"), "the wrong one").unwrap();
    let apps: [&dyn Fn() -> Router; 5] = [
        &|| Router::new().nest("/{lang}/assets", docs()),
        &|| Router::new().nest("/{lang}/assets", Router::new().fallback(docs())),
        &|| {
            let nested = Router::new().get("/", docs()).get("/{*path}", docs());
            Router::new().nest("/{lang}/assets", nested)
        },
        &|| {
            let nested = Router::new().nest("/assets", Router::new().nest("/", docs()));
            Router::new().nest("/{lang}", nested)
        },
        &|| {
            let nested = Router::new().nest("/assets", docs());
            let nested = Router::new().get("/{other}", || "").nest("/", nested);
            Router::new().nest("/{lang}", nested)
        },
    ];
    for (index, app) in apps.iter().enumerate() {
        for server in servers() {
            for mount in ["", "/m n"] {
                let send = |path: &str| {
                    let request = Request::get(path).mounted_at(mount).as_server(server);
                    request.send(app())
                };
                let case = format!("{index} {server:?} {mount:?}");
                let moved = send("/de/assets");
                assert_eq!(moved.status(), 301, "{case}");
                assert_eq!(moved.field("Location"), Some("./assets/"), "{case}");
                assert_eq!(send("/de/assets/").text(), "index", "{case}");
                assert_eq!(send("/de/assets/index.html").text(), "index", "{case}");
                assert_eq!(send("/de/assets/nothing").status(), 404, "{case}");
                assert_eq!(send("/de/assets/empty/").status(), 404, "{case}");
            }
        }
    }
    let post = Request::post("/de/assets/index.html").send(apps[0]());
    assert_eq!(post.status(), 405);
    assert_eq!(post.field("Allow"), Some("GET, HEAD, OPTIONS"));
}

#[test]
fn a_fallback_serves_below_the_router_whose_it_is() {
    let folder = Folder::new();
    let app = || {
        let api = Router::new().get("/x", || "x");
        Router::new()
            .nest("/{name}", api)
            .fallback(folder.files())
            .nest("/down", Router::new().get("/x", || "x"))
    };
    assert_eq!(Request::get("/docs/").send(app()).text(), "index");
    assert_eq!(Request::get("/docs/index.html").send(app()).text(), "index");
    assert_eq!(Request::get("/docs/x").send(app()).text(), "x");
    assert_eq!(Request::get("/down/page.html").send(app()).status(), 404);
}
