//! Links, over paths and names that nobody has thought of.

use percent_encoding::percent_decode_str;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wagi_sdk::testing::{Request, Server};
use wagi_sdk::{Gateway, Path, Redirect, Router};

/// Text as clients send it to be sent elsewhere, and any other.
fn path() -> impl Strategy<Value = String> {
    let likely = select(vec![
        "/", "//", "\\", ".", "..", "evil.com", "%2F", "\t", "\n", "?", "#", ":", "@", "ü",
    ]);
    prop_oneof![
        vec(likely, 0..6).prop_map(|pieces| pieces.concat()),
        ".{0,20}",
    ]
}

/// What RFC 3986 §4.2 calls an absolute-path reference, also for browsers, which take `\` for `/` and drop line breaks.
fn is_of_this_host(link: &str) -> bool {
    let plain = link
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    plain && link.starts_with('/') && !link.starts_with("//")
}

fn decoded(link: &str) -> String {
    let path = link
        .strip_prefix("/.")
        .filter(|path| path.starts_with("//"));
    percent_decode_str(path.unwrap_or(link))
        .decode_utf8()
        .expect("a link is text")
        .into_owned()
}

/// What an URL can carry as one segment: servers refuse a NUL, and clients resolve dots.
fn segment() -> impl Strategy<Value = String> {
    let likely = select(vec![
        "/", "//", "%", "%2F", "?", "#", ".", "..", " ", "+", "\\", "ü", "a", "{b}", "&", "\u{1}",
    ]);
    let text = prop_oneof![
        vec(likely, 1..5).prop_map(|pieces| pieces.concat()),
        ".{1,10}",
    ];
    text.prop_filter("a name", |text| {
        ![".", ".."].contains(&&**text) && !text.contains('\0')
    })
}

proptest! {
    #[test]
    fn a_link_leads_to_this_host(mount in path(), path in path(), server in select(Server::ALL)) {
        let handler = |gateway: Gateway| Redirect::see_other(gateway.link(&path));
        let transcript = Request::get("/").var("SCRIPT_NAME", &mount).as_server(server).send(handler);
        let link = transcript.field("Location").unwrap();
        prop_assert!(is_of_this_host(link), "{link}");
        prop_assert!(decoded(link).ends_with(&path), "{link}");
    }

    #[test]
    fn a_link_to_what_was_asked_for_leads_to_this_host(path in path(), server in select(Server::ALL)) {
        let handler = |gateway: Gateway| gateway.link(gateway.path_info());
        let request = Request::get("/").var("PATH_INFO", &path).without_var("X_RAW_PATH_INFO");
        let link = request.as_server(server).send(handler);
        prop_assert!(is_of_this_host(&link.text()), "{}", link.text());
    }

    #[test]
    fn a_link_by_segments_leads_to_this_host(mount in path(), segments in vec(path(), 0..4)) {
        let handler = |gateway: Gateway| gateway.link_segments(&segments);
        let link = Request::get("/").var("SCRIPT_NAME", &mount).send(handler);
        prop_assert!(is_of_this_host(&link.text()), "{}", link.text());
    }

    #[test]
    fn path_gives_the_segments_of_a_link_back(
        mount in "(/[a-z ü%]{1,5}){0,2}",
        segments in (segment(), segment()),
        server in select(Server::ALL),
    ) {
        // These do not tell how a slash was written, and the last has no mount.
        let (a, b) = match server {
            Server::Apache | Server::WagiNet => (segments.0.replace('/', "-"), segments.1.replace('/', "-")),
            _ => segments.clone(),
        };
        prop_assume!(![".", ".."].contains(&&*a) && ![".", ".."].contains(&&*b));
        let mount = if server == Server::Wcgi { String::new() } else { mount };
        let request = |path: &str| Request::get(path).mounted_at(&mount).as_server(server);

        let links = request("/").send(|gateway: Gateway| {
            format!("{}\n{}", gateway.link_segments([""; 0]), gateway.link_segments(["x", &a, &b]))
        });
        let links = links.text();
        let (home, link) = links.split_once('\n').unwrap();
        let below = link.strip_prefix(home).unwrap();

        let app = || {
            let back = |Path((a, b)): Path<(String, String)>| format!("{a}\n\n{b}");
            Router::new().get("/x/{a}/{b}", back)
        };
        let transcript = request(&format!("/{below}")).send(app());
        prop_assert_eq!(transcript.text(), format!("{a}\n\n{b}"));
        let rest = Router::new().get("/x/{*rest}", |Path(rest): Path<String>| rest);
        let transcript = request(&format!("/{below}")).send(rest);
        prop_assert_eq!(transcript.text(), format!("{a}/{b}"));
    }
}

#[test]
fn a_path_of_two_slashes_is_no_host() {
    let home = |gateway: Gateway| Redirect::see_other(gateway.link(gateway.path_info()));
    let location = |mount: &str| {
        let transcript = Request::get("//evil.com/x").mounted_at(mount).send(home);
        transcript.field("Location").unwrap().to_owned()
    };
    // The dot is no part of the path: the client resolves it (RFC 3986 §5.2.4), and asks for `//evil.com/x` here.
    assert_eq!(location(""), "/.//evil.com/x");
    assert_eq!(location("/m"), "/m//evil.com/x");
}

#[test]
fn segments_that_no_link_can_hold_lead_nowhere_else() {
    let links = |gateway: Gateway| {
        let links = [
            gateway.link_segments(["a", "..", "."]),
            gateway.link_segments(["", "evil.com"]),
            gateway.link_segments(["a", ""]),
            gateway.link_segments(Vec::<String>::new()),
        ];
        links.join("\n")
    };
    let transcript = Request::get("/").send(links);
    assert_eq!(
        transcript.text(),
        "/a/%252E%252E/%252E\n/.//evil.com\n/a/\n/"
    );
}
