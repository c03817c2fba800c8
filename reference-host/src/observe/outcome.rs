//! How a request ended.

/// How a request ended, in the words of logs and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestOutcome {
    /// It was answered, by a module or by the host itself.
    Ok,
    /// No route matches.
    NoRoute,
    /// The request is not acceptable.
    Refused,
    /// Too many requests at once.
    Busy,
    /// The body did not come, not in time, or not whole.
    Body,
    /// The module exited with a code other than 0.
    Exit,
    /// The module trapped.
    Trap,
    /// The module took too long.
    Timeout,
    /// The module's output is no response.
    Malformed,
    /// The response was broken off, because the module failed after it was committed.
    BrokenOff,
    /// The client left before the response was over.
    ClientLeft,
    /// The host could not do it.
    Unavailable,
}

impl RequestOutcome {
    /// All of them, in their order.
    pub(crate) const ALL: [Self; 12] = [
        Self::Ok,
        Self::NoRoute,
        Self::Refused,
        Self::Busy,
        Self::Body,
        Self::Exit,
        Self::Trap,
        Self::Timeout,
        Self::Malformed,
        Self::BrokenOff,
        Self::ClientLeft,
        Self::Unavailable,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NoRoute => "no_route",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Body => "body",
            Self::Exit => "exit",
            Self::Trap => "trap",
            Self::Timeout => "timeout",
            Self::Malformed => "malformed",
            Self::BrokenOff => "broken_off",
            Self::ClientLeft => "client_left",
            Self::Unavailable => "unavailable",
        }
    }
}
