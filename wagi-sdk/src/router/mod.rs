//! From paths and methods to handlers.

use std::borrow::Cow;

use http::{Method, StatusCode};

use crate::{Error, Handler, Incoming, IntoResponse, Response};

mod find;
mod next;
mod pattern;

use find::Outcome;
pub use next::Next;
use pattern::Pattern;

/// A handler that chooses among handlers by path and method.
///
/// The path is the one below the mount (`PATH_INFO`), so that a router works under any route. In a pattern, `{name}`
/// stands for one segment and `{*name}`, at the end, for all that are left, at least one; both are decoded, and
/// [`Path`](crate::Path) reads them. `/` is also the mount itself, without a slash.
///
/// ```
/// use wagi_sdk::{Path, Router, testing::Request};
///
/// fn app() -> Router {
///     Router::new()
///         .get("/", || "home")
///         .get("/users/{id}", |Path(id): Path<u32>| format!("user {id}"))
///         .put("/users/{id}", |Path(id): Path<u32>, name: String| format!("user {id} is now {name}"))
///         .get("/files/{*path}", |Path(path): Path<String>| path)
/// }
///
/// assert_eq!(Request::get("/users/7").send(app()).text(), "user 7");
/// assert_eq!(Request::get("/users/me").send(app()).status(), 400);
/// assert_eq!(Request::get("/files/a/b.txt").mounted_at("/app").send(app()).text(), "a/b.txt");
/// assert_eq!(Request::get("/elsewhere").send(app()).status(), 404);
///
/// let refused = Request::delete("/users/7").send(app());
/// assert_eq!(refused.status(), 405);
/// assert_eq!(refused.field("Allow"), Some("GET, HEAD, PUT, OPTIONS"));
/// ```
///
/// Of several patterns that fit path and method, the one wins that is the more specific at the first segment where they
/// differ: text before `{name}` before `{*name}`. The order in which they were added does not matter.
///
/// A GET handler answers HEAD too, and OPTIONS is answered with what is allowed, unless there are handlers for them.
#[derive(Default)]
pub struct Router {
    entries: Vec<Entry>,
    fallback: Option<Box<Run>>,
    wraps: Vec<Box<Wrap>>,
}

/// A handler, its parameters forgotten.
type Run = dyn FnOnce(Incoming) -> Response;

type Wrap = dyn FnOnce(Incoming, Next) -> Response;

struct Entry {
    pattern: Pattern,
    leads_to: LeadsTo,
}

enum LeadsTo {
    /// Without the name of a method: whatever the method is.
    Handler(Option<Cow<'static, str>>, Box<Run>),
    Router(Router),
}

macro_rules! methods {
    ($($(#[$example:meta])* $name:ident $method:ident $article:literal;)*) => {
        $(
            #[doc = concat!("Answers ", $article, " ", stringify!($method), " of such paths.")]
            ///
            $(#[$example])*
            #[must_use]
            #[track_caller]
            pub fn $name<M>(self, pattern: &'static str, handler: impl Handler<M> + 'static) -> Self {
                self.route(Some(Cow::Borrowed(stringify!($method))), pattern, handler)
            }
        )*
    };
}

impl Router {
    /// A router that answers everything with 404.
    ///
    /// ```
    /// use wagi_sdk::{Router, testing::Request};
    ///
    /// assert_eq!(Request::get("/").send(Router::new()).status(), 404);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    methods! {
        /// ```
        /// use wagi_sdk::{Router, testing::Request};
        ///
        /// let app = || Router::new().get("/tea", || "green");
        /// assert_eq!(Request::get("/tea").send(app()).text(), "green");
        /// assert_eq!(Request::head("/tea").send(app()).status(), 200);
        /// ```
        get GET "a";
        /// ```
        /// use wagi_sdk::{Router, StatusCode, testing::Request};
        ///
        /// let app = Router::new().get("/notes", || "none").post("/notes", |note: String| (StatusCode::CREATED, note));
        /// let transcript = Request::post("/notes").body("buy tea").send(app);
        /// assert_eq!(transcript.status(), 201);
        /// assert_eq!(transcript.text(), "buy tea");
        /// ```
        post POST "a";
        /// ```
        /// use wagi_sdk::{Path, Router, testing::Request};
        ///
        /// let app = Router::new().put("/notes/{id}", |Path(id): Path<u32>, note: String| format!("{id}: {note}"));
        /// assert_eq!(Request::put("/notes/3").body("buy tea").send(app).text(), "3: buy tea");
        /// ```
        put PUT "a";
        /// ```
        /// use wagi_sdk::{Router, testing::Request};
        ///
        /// let app = || Router::new().patch("/notes/{id}", || "changed");
        /// assert_eq!(Request::patch("/notes/3").send(app()).text(), "changed");
        /// assert_eq!(Request::put("/notes/3").send(app()).field("Allow"), Some("PATCH, OPTIONS"));
        /// ```
        patch PATCH "a";
        /// ```
        /// use wagi_sdk::{Router, StatusCode, testing::Request};
        ///
        /// let app = Router::new().delete("/notes/{id}", || StatusCode::NO_CONTENT);
        /// assert_eq!(Request::delete("/notes/3").send(app).status(), 204);
        /// ```
        delete DELETE "a";
        /// ```
        /// use wagi_sdk::{Router, testing::Request};
        ///
        /// // In place of the GET handler, which would write the report for nothing:
        /// let app = Router::new().get("/report", || "…".repeat(999)).head("/report", || ([("X-Pages", "12")], ()));
        /// assert_eq!(Request::head("/report").send(app).field("X-Pages"), Some("12"));
        /// ```
        head HEAD "a";
        /// ```
        /// use wagi_sdk::{Router, StatusCode, testing::Request};
        ///
        /// // In place of the router's own answer:
        /// let preflight = || ([("Access-Control-Allow-Origin", "*")], StatusCode::NO_CONTENT);
        /// let app = Router::new().get("/tea", || "green").options("/tea", preflight);
        /// let transcript = Request::new("OPTIONS", "/tea").send(app);
        /// assert_eq!(transcript.field("Access-Control-Allow-Origin"), Some("*"));
        /// ```
        options OPTIONS "an";
    }

    /// Answers requests of such paths, whatever their method.
    ///
    /// ```
    /// use wagi_sdk::{Method, Router, testing::Request};
    ///
    /// let app = || Router::new().any("/tea", |method: Method| format!("no {method} of tea")).get("/tea", || "green");
    /// assert_eq!(Request::delete("/tea").send(app()).text(), "no DELETE of tea");
    /// assert_eq!(Request::get("/tea").send(app()).text(), "green");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn any<M>(self, pattern: &'static str, handler: impl Handler<M> + 'static) -> Self {
        self.route(None, pattern, handler)
    }

    /// Answers requests of such paths with this method.
    ///
    /// ```
    /// use wagi_sdk::{Method, Router, testing::Request};
    ///
    /// let purge = Method::from_bytes(b"PURGE").unwrap();
    /// let app = Router::new().on(purge, "/cache", || "gone");
    /// assert_eq!(Request::new("PURGE", "/cache").send(app).text(), "gone");
    /// ```
    ///
    /// # Panics
    ///
    /// If it is no pattern, or if the router already has a handler for this pattern and method: in builds with debug
    /// assertions, such as tests. So do its like.
    #[must_use]
    #[track_caller]
    pub fn on<M>(
        self,
        method: Method,
        pattern: &'static str,
        handler: impl Handler<M> + 'static,
    ) -> Self {
        let name = Cow::Owned(method.as_str().to_owned());
        self.route(Some(name), pattern, handler)
    }

    #[track_caller]
    fn route<M>(
        self,
        method: Option<Cow<'static, str>>,
        pattern: &'static str,
        handler: impl Handler<M> + 'static,
    ) -> Self {
        self.add(pattern, LeadsTo::Handler(method, erase(handler)))
    }

    #[track_caller]
    fn add(mut self, pattern: &'static str, leads_to: LeadsTo) -> Self {
        let complete = matches!(leads_to, LeadsTo::Handler(..));
        let text = pattern;
        let pattern = Pattern::new(text, complete);
        // A module would check the same patterns for each request, and carry the code: tests do it.
        if cfg!(debug_assertions) {
            if let Some(mistake) = pattern.mistake(text, complete) {
                panic!("the pattern {text:?}: {mistake}");
            }
            if let LeadsTo::Handler(method, _) = &leads_to {
                let taken = self.entries.iter().any(|entry| {
                    matches!(&entry.leads_to, LeadsTo::Handler(other, _) if other == method)
                        && entry.pattern.fits_the_same(&pattern)
                });
                assert!(
                    !taken,
                    "the pattern {text:?}: two handlers for one pattern and method"
                );
            }
        }
        self.entries.push(Entry { pattern, leads_to });
        self
    }

    /// Leaves all paths below a prefix to another router, whose patterns begin after it. The prefix may have parameters.
    ///
    /// ```
    /// use wagi_sdk::{Path, Router, testing::Request};
    ///
    /// let user = Router::new()
    ///     .get("/", |Path(user): Path<String>| format!("all of {user}"))
    ///     .get("/notes/{note}", |Path((user, note)): Path<(String, u32)>| format!("{note} of {user}"));
    /// let app = Router::new().nest("/users/{user}", user);
    /// assert_eq!(Request::get("/users/ada/notes/3").send(app).text(), "3 of ada");
    /// ```
    ///
    /// What the inner router has no handler for is answered by its fallback, or, if it has none, by that of this one.
    /// With the prefix `/` the two are merged, but what is [wrapped](Router::wrap) around the inner one stays there.
    /// The prefix alone, with or without a slash at its end, is the inner router's `/`.
    ///
    /// [`Files`](crate::Files) may stand in place of the inner router: `nest("/assets", Files::in_folder("/assets"))`.
    #[must_use]
    #[track_caller]
    pub fn nest(self, prefix: &'static str, router: impl Into<Self>) -> Self {
        self.add(prefix, LeadsTo::Router(router.into()))
    }

    /// Answers what no handler is for, in place of a 404.
    ///
    /// ```
    /// use wagi_sdk::{Gateway, Router, StatusCode, testing::Request};
    ///
    /// let app = Router::new().fallback(|gateway: Gateway| {
    ///     (StatusCode::NOT_FOUND, format!("There is no {} here.", gateway.path_info()))
    /// });
    /// assert_eq!(Request::get("/tea").send(app).text(), "There is no /tea here.");
    /// ```
    #[must_use]
    pub fn fallback<M>(mut self, handler: impl Handler<M> + 'static) -> Self {
        self.fallback = Some(erase(handler));
        self
    }

    /// Puts a function around all that this router answers, 404 and 405 included; the last one is the outermost.
    ///
    /// It gets the request and the [`Next`] one to ask, and may look into either side or answer itself.
    ///
    /// ```
    /// use wagi_sdk::{Error, Incoming, Next, Response, Router, StatusCode, testing::Request};
    ///
    /// fn members_only(mut request: Incoming, next: Next) -> Result<Response, Error> {
    ///     if request.parts().headers().get("x-member").is_none() {
    ///         return Err(Error::status(StatusCode::FORBIDDEN).public("Members only."));
    ///     }
    ///     Ok(next.run(request))
    /// }
    ///
    /// fn app() -> Router {
    ///     let club = Router::new().get("/", || "Welcome back.").wrap(members_only);
    ///     Router::new().get("/", || "Hello!").nest("/club", club)
    /// }
    ///
    /// assert_eq!(Request::get("/").send(app()).text(), "Hello!");
    /// assert_eq!(Request::get("/club").send(app()).status(), 403);
    /// assert_eq!(Request::get("/club").header("X-Member", "7").send(app()).text(), "Welcome back.");
    /// ```
    #[must_use]
    pub fn wrap<R: IntoResponse>(
        mut self,
        around: impl FnOnce(Incoming, Next) -> R + 'static,
    ) -> Self {
        self.wraps.push(Box::new(move |request, next| {
            around(request, next).into_response()
        }));
        self
    }

    /// The handler for this outcome, with everything around it. `inherited` is the fallback of the router around this.
    fn descend(self, trail: &[usize], outcome: Outcome, inherited: Option<Box<Run>>) -> Box<Run> {
        let fallback = self.fallback.or(inherited);
        let mut run: Box<Run> = match trail.split_first() {
            None => match outcome {
                Outcome::Allowed(response) => Box::new(move |_| response),
                _ => fallback.unwrap_or_else(|| {
                    Box::new(|_| Error::status(StatusCode::NOT_FOUND).into_response())
                }),
            },
            Some((index, rest)) => {
                let mut entries = self.entries;
                match entries.swap_remove(*index).leads_to {
                    LeadsTo::Handler(_, run) => run,
                    LeadsTo::Router(router) => router.descend(rest, outcome, fallback),
                }
            }
        };
        for wrap in self.wraps {
            run = Box::new(move |request| wrap(request, Next::new(run)));
        }
        run
    }
}

fn erase<M>(handler: impl Handler<M> + 'static) -> Box<Run> {
    Box::new(|request| handler.call(request))
}

impl Handler<Router> for Router {
    fn call(self, mut request: Incoming) -> Response {
        let found = find::find(&self, request.parts());
        request.parts().set_path_parameters(found.parameters);
        self.descend(&found.trail, found.outcome, None)(request)
    }
}

/// The answer to an OPTIONS, or to a method that is not allowed.
fn allowed(methods: &[&str], status: StatusCode) -> Response {
    let mut response = if status.is_success() {
        status.into_response()
    } else {
        Error::status(status).into_response()
    };
    response.set("allow", methods.join(", "));
    response
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut map = f.debug_map();
        for entry in &self.entries {
            match &entry.leads_to {
                LeadsTo::Handler(method, _) => map.entry(&entry.pattern.text(), method),
                LeadsTo::Router(router) => map.entry(&entry.pattern.text(), router),
            };
        }
        map.finish()
    }
}

#[cfg(test)]
mod tests;
