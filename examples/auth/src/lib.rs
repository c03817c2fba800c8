//! A page for members: a session in a signed cookie, checked by a middleware. `main.rs` serves it.

mod session;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use session::Session;
use wagi_example_page::page;
use wagi_sdk::{
    Cookies, Error, Form, FromRequestParts, Gateway, Html, Incoming, IntoResponse, Next, OrStatus,
    Parts, Redirect, Response, Router, SetCookie, StatusCode,
};

/// The cookie.
const SESSION: &str = "session";

/// How long a session holds.
const HOLDS: Duration = Duration::from_secs(8 * 60 * 60);

/// The pages.
pub fn app() -> Router {
    let members = Router::new().get("/", inside).wrap(members_only);
    Router::new()
        .get("/", entrance)
        .post("/login", log_in)
        .post("/logout", log_out)
        .nest("/members", members)
}

/// Who asks: an extractor, for handlers behind [`members_only`].
#[derive(Debug, Clone)]
struct Member(String);

impl FromRequestParts for Member {
    type Rejection = Error;

    fn from_parts(parts: &mut Parts) -> Result<Self, Error> {
        let Ok(cookies) = Cookies::from_parts(parts);
        let sealed = cookies.raw(SESSION).or_status(StatusCode::UNAUTHORIZED)?;
        let session = Session::open(sealed, &key(parts.gateway())?, now())
            .or_status(StatusCode::UNAUTHORIZED)?;
        Ok(Member(session.user))
    }
}

/// Sends everybody else to the entrance.
fn members_only(mut request: Incoming, next: Next) -> Response {
    match Member::from_parts(request.parts()) {
        Ok(_) => {
            let mut response = next.run(request);
            // Not for the eyes of who uses the browser next.
            let private = wagi_sdk::HeaderValue::from_static("no-store");
            response
                .headers_mut()
                .insert(wagi_sdk::header::CACHE_CONTROL, private);
            response
        }
        Err(error) if error.status_code() == StatusCode::UNAUTHORIZED => {
            Redirect::see_other(request.parts().gateway().link("/")).into_response()
        }
        Err(error) => error.into_response(),
    }
}

fn inside(Member(name): Member, gateway: Gateway) -> Html<String> {
    page(
        "Members",
        &format!(
            "<p class=\"good\">Welcome, {}.\n\
             <form method=\"post\" action=\"{}\"><button>Log out</button></form>\n",
            Html::escape(&name),
            Html::escape(&gateway.link("/logout"))
        ),
    )
}

fn entrance(gateway: Gateway) -> Html<String> {
    login(&gateway, "")
}

fn login(gateway: &Gateway, message: &str) -> Html<String> {
    page(
        "Log in",
        &format!(
            "{message}<form method=\"post\" action=\"{}\">\n\
             <label>Name <input name=\"name\" autocomplete=\"username\" required></label>\n\
             <label>Password <input type=\"password\" name=\"password\" autocomplete=\"current-password\" required></label>\n\
             <button>Log in</button>\n</form>\n\
             <p class=\"soft\">In this example the password is <code>tea</code>, whatever the name.\n",
            Html::escape(&gateway.link("/login"))
        ),
    )
}

/// What is typed in.
#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

fn log_in(gateway: Gateway, Form(credentials): Form<Credentials>) -> Result<Response, Error> {
    // Where this were not an example: a slow hash of the password, per user.
    if credentials.password != "tea" || credentials.name.trim().is_empty() {
        let page = login(
            &gateway,
            "<p class=\"bad\" role=\"alert\">That is not the password.\n",
        );
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let session = Session {
        user: credentials.name.trim().to_owned(),
        until: now() + HOLDS.as_secs(),
    };
    let mut cookie = SetCookie::new(SESSION, session.seal(&key(&gateway)?))
        .path(gateway.link("/"))
        .max_age(HOLDS);
    if gateway.scheme().as_str() == "https" {
        cookie = cookie.secure();
    }
    Ok((cookie, Redirect::see_other(gateway.link("/members"))).into_response())
}

fn log_out(gateway: Gateway) -> (SetCookie, Redirect) {
    let home = gateway.link("/");
    (
        SetCookie::removal(SESSION).path(&*home),
        Redirect::see_other(home),
    )
}

/// The key, from the module's environment: `wagi serve -e SESSION_KEY=…`. Without one nobody gets in.
fn key(gateway: &Gateway) -> Result<Vec<u8>, Error> {
    let key = gateway
        .var("SESSION_KEY")
        .map(|key| key.as_encoded_bytes().to_vec());
    key.filter(|key| key.len() >= 16).ok_or_else(|| {
        Error::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "SESSION_KEY is not set, or shorter than 16 bytes",
        )
    })
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
