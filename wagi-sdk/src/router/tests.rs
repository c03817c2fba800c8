use super::{Next, Router};
use crate::testing::{Request, Server, Transcript};
use crate::{Gateway, Incoming, IntoResponse, Path, Response, StatusCode};

fn get(path: &str, app: Router) -> String {
    answer(&Request::get(path).send(app))
}

fn answer(transcript: &Transcript) -> String {
    format!(
        "{} {}",
        transcript.status().as_u16(),
        transcript.text().trim_end()
    )
}

#[test]
fn the_more_specific_pattern_wins_in_any_order() {
    let one = || {
        Router::new()
            .get("/{*rest}", |Path(rest): Path<String>| {
                format!("rest {rest}")
            })
            .get("/a/{x}", |Path(x): Path<String>| format!("parameter {x}"))
            .get("/a/b", || "text")
            .get("/{x}/b/c", || "deep")
    };
    let other = || {
        Router::new()
            .get("/{x}/b/c", || "deep")
            .get("/a/b", || "text")
            .get("/a/{x}", |Path(x): Path<String>| format!("parameter {x}"))
            .get("/{*rest}", |Path(rest): Path<String>| {
                format!("rest {rest}")
            })
    };
    for app in [one, other] as [fn() -> Router; 2] {
        assert_eq!(get("/a/b", app()), "200 text");
        assert_eq!(get("/a/c", app()), "200 parameter c");
        assert_eq!(get("/a/b/c", app()), "200 deep");
        assert_eq!(get("/a/b/c/d", app()), "200 rest a/b/c/d");
        assert_eq!(get("/a/", app()), "200 rest a/");
        assert_eq!(get("/", app()), "404 Not Found");
    }
}

#[test]
fn the_root_is_the_mount_with_or_without_a_slash() {
    let app = || {
        Router::new()
            .get("/", || "root")
            .nest("/in", Router::new().get("/", || "inner"))
    };
    for path in ["", "/", "?a=b", "/?a=b"] {
        assert_eq!(get(path, app()), "200 root", "{path}");
    }
    for path in ["/in", "/in/"] {
        assert_eq!(get(path, app()), "200 inner", "{path}");
    }
    assert_eq!(get("/in//", app()), "404 Not Found");
    assert_eq!(get("//", app()), "404 Not Found");
    assert_eq!(get("/int", app()), "404 Not Found");
}

#[test]
fn an_encoded_slash_does_not_cut() {
    let app = || {
        Router::new()
            .get("/{name}", |Path(name): Path<String>| name)
            .get(
                "/{name}/{of}",
                |Path((name, of)): Path<(String, String)>| format!("{name} of {of}"),
            )
    };
    use Server::{Apache, DeislabsWagi, Reference, Spin, WagiNet};
    for server in [Reference, DeislabsWagi, Spin] {
        let send = |path| {
            answer(
                &Request::get(path)
                    .mounted_at("/m n")
                    .as_server(server)
                    .send(app()),
            )
        };
        assert_eq!(send("/a%2Fb%20c"), "200 a/b c", "{server:?}");
        assert_eq!(send("/%C3%BC/%25"), "200 ü of %", "{server:?}");
    }
    // These do not tell how it was written.
    for server in [Apache, WagiNet] {
        let transcript = Request::get("/a%2Fb")
            .mounted_at("/m")
            .as_server(server)
            .send(app());
        assert_eq!(answer(&transcript), "200 a of b", "{server:?}");
    }
}

#[test]
fn methods_are_told_apart() {
    let app = || {
        Router::new()
            .get("/x", || "get")
            .post("/x", || "post")
            .head("/h", || ([("X-Head", "own")], ()))
            .get("/h", || "get")
            .any("/any", |method: http::Method| method.to_string())
            .get("/{y}", || "get y")
            .delete("/{y}", || "delete y")
    };
    let send = |method: &str, path: &str| Request::new(method, path).send(app());
    assert_eq!(answer(&send("POST", "/x")), "200 post");
    assert_eq!(answer(&send("BREW", "/any")), "200 BREW");
    // The pattern that has the method, even if another fits the path better.
    assert_eq!(answer(&send("DELETE", "/x")), "200 delete y");

    let head = send("HEAD", "/x");
    assert_eq!(head.status(), 200);
    assert_eq!(head.field("Content-Length"), Some("3"));
    assert_eq!(head.text(), "");
    assert_eq!(send("HEAD", "/h").field("X-Head"), Some("own"));

    let refused = send("PUT", "/x");
    assert_eq!(answer(&refused), "405 Method Not Allowed");
    assert_eq!(
        refused.field("Allow"),
        Some("GET, HEAD, POST, DELETE, OPTIONS")
    );
    let options = send("OPTIONS", "/h");
    assert_eq!(answer(&options), "204 ");
    assert_eq!(options.field("Allow"), Some("HEAD, GET, DELETE, OPTIONS"));
    assert_eq!(answer(&send("OPTIONS", "/any")), "200 OPTIONS");
    assert_eq!(answer(&send("OPTIONS", "/no/where")), "404 Not Found");
    // Method names have a letter case.
    assert_eq!(send("get", "/x").status(), 405);
    assert_eq!(send("not a method", "/x").status(), 405);
}

#[test]
fn what_is_allowed_is_said_once() {
    let app = Router::new()
        .get("/x", || "")
        .head("/x", || "")
        .options("/x", || "")
        .get("/{y}", || "");
    let refused = Request::delete("/x").send(app);
    assert_eq!(refused.field("Allow"), Some("GET, HEAD, OPTIONS"));
}

fn note(name: &'static str) -> impl FnOnce(Incoming, Next) -> Response {
    move |request, next| {
        let mut response = next.run(request);
        let seen = response.headers().get("x-seen").cloned();
        let seen = seen.as_ref().map_or("", |seen| seen.to_str().unwrap());
        let seen = format!("{seen}{name}");
        response
            .headers_mut()
            .insert("x-seen", seen.try_into().unwrap());
        response
    }
}

#[test]
fn wraps_are_around_what_their_router_answers() {
    let app = || {
        let inner = Router::new()
            .get("/a", || "a")
            .post("/b", || "b")
            .wrap(note("i"));
        let own = Router::new()
            .fallback(|| (StatusCode::NOT_FOUND, "own"))
            .wrap(note("f"));
        Router::new()
            .get("/", || "root")
            .get("/in/other", || "other")
            .nest("/in", inner)
            .nest("/own", own)
            .fallback(|gateway: Gateway| (StatusCode::NOT_FOUND, gateway.path_info().to_owned()))
            .wrap(note("1"))
            .wrap(note("2"))
    };
    let send = |path: &str| {
        let transcript = Request::get(path).send(app());
        format!(
            "{} {}",
            answer(&transcript),
            transcript.field("X-Seen").unwrap()
        )
    };
    assert_eq!(send("/"), "200 root 12");
    assert_eq!(send("/in/a"), "200 a i12");
    assert_eq!(send("/in/other"), "200 other 12");
    assert_eq!(send("/in/b"), "405 Method Not Allowed i12");
    assert_eq!(send("/in/c"), "404 /in/c i12");
    assert_eq!(send("/own/c"), "404 own f12");
    assert_eq!(send("/c"), "404 /c 12");
}

#[test]
fn a_middleware_may_answer_itself_or_change_the_request() {
    let app = || {
        Router::new()
            .get("/{name}", |Path(name): Path<String>, body: String| {
                name + &body
            })
            .wrap(|request: Incoming, next: Next| {
                let request = request.into_request()?;
                if request.uri().query() == Some("stop") {
                    return Ok::<_, crate::Error>("stopped".into_response());
                }
                // By way of an `http::Request` nothing is lost.
                Ok(next.run(request.map(|_| crate::Body::from("!"))))
            })
    };
    assert_eq!(get("/a?stop", app()), "200 stopped");
    assert_eq!(get("/a", app()), "200 a!");
}

#[test]
fn a_type_that_does_not_fit_the_pattern_is_the_authors_fault() {
    #[derive(serde::Deserialize)]
    struct Named {
        #[allow(dead_code)]
        other: String,
    }
    let app = || {
        Router::new()
            .get("/1/{a}/{b}", |Path(one): Path<String>| one)
            .get(
                "/2/{a}/{b}",
                |Path((a, _, _)): Path<(String, String, String)>| a,
            )
            .get("/3/{a}", |Path(Named { other }): Path<Named>| other)
            .get("/4", |Path(one): Path<u8>| one.to_string())
    };
    for path in ["/1/a/b", "/2/a/b", "/3/a", "/4"] {
        let transcript = Request::get(path).send(app());
        assert_eq!(answer(&transcript), "500 Internal Server Error", "{path}");
        assert!(
            transcript
                .stderr()
                .contains("the parameters of the path are not those"),
            "{}",
            transcript.stderr()
        );
    }
}

#[test]
fn parameters_of_all_types() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Tea,
    }
    #[derive(Debug, serde::Deserialize)]
    struct Id(#[allow(dead_code)] u8);
    let app = || {
        Router::new()
            .get(
                "/{kind}/{id}/{on}",
                |Path((kind, id, on)): Path<(Kind, Id, bool)>| format!("{kind:?} {id:?} {on}"),
            )
            .get("/{id}", |Path(id): Path<Id>| format!("{id:?}"))
            .get(
                "/map/{a}/{b}/{c}",
                |Path(all): Path<std::collections::BTreeMap<String, i64>>| format!("{all:?}"),
            )
    };
    assert_eq!(get("/tea/7/true", app()), "200 Tea Id(7) true");
    assert_eq!(get("/255", app()), "200 Id(255)");
    assert_eq!(
        get("/map/1/-2/3", app()),
        r#"200 {"a": 1, "b": -2, "c": 3}"#
    );
    assert!(
        get("/256", app())
            .starts_with("400 The path is not what is expected here. `id`: `256` is not")
    );
    assert!(
        get("/milk/7/true", app())
            .starts_with("400 The path is not what is expected here. `kind`: ")
    );
    assert!(
        get("/map/1/2/c", app())
            .starts_with("400 The path is not what is expected here. `c`: `c` is not")
    );
}

#[test]
#[should_panic(expected = "two handlers for one pattern and method")]
fn two_handlers_for_one_are_a_mistake() {
    let _ = Router::new().get("/{a}/x", || "1").get("/{b}/x", || "2");
}

#[test]
fn what_is_no_pattern_is_a_mistake() {
    for pattern in [
        "",
        "a",
        "/{}",
        "/{*}",
        "/{a}/{a}",
        "/{*a}/b",
        "/a{b}",
        "/{a}.json",
        "/{a",
        "/{*a}/",
    ] {
        let added = std::panic::catch_unwind(|| Router::new().get(pattern, || "").entries.len());
        assert!(added.is_err(), "{pattern}");
    }
    assert!(
        std::panic::catch_unwind(|| Router::new().nest("/{*a}", Router::new()).entries.len())
            .is_err()
    );
}

#[test]
fn merged_routers_share_their_paths() {
    let app = || {
        let one = Router::new().get("/a", || "a").wrap(note("w"));
        Router::new()
            .nest("/", one)
            .get("/b", || "b")
            .nest("/", Router::new().post("/a", || "posted"))
    };
    assert_eq!(get("/a", app()), "200 a");
    assert_eq!(answer(&Request::post("/a").send(app())), "200 posted");
    assert_eq!(get("/b", app()), "200 b");
    assert_eq!(
        Request::put("/a").send(app()).field("Allow"),
        Some("GET, HEAD, POST, OPTIONS")
    );
}
