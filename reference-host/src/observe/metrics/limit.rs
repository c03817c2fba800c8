//! Limits, as metrics name them.

/// Limits that a client or a module has run into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitHit {
    /// Connections of one address.
    PeerConnections,
    /// Time for TLS and PROXY.
    HandshakeTime,
    /// Time in which a client has to take something.
    SendTime,
    /// Requests that are taken back.
    Resets,
    /// Requests that wait.
    Queue,
    /// Time to wait.
    QueueTime,
    /// Size of a request body.
    Body,
    /// Time of a client that sends its body.
    BodyTime,
    /// Fields of a request.
    HeaderFields,
    /// Time of a module.
    WallTime,
    /// The output of a module.
    Output,
}

/// Their names, in their order.
pub(super) const LIMITS: [(LimitHit, &str); 11] = [
    (LimitHit::PeerConnections, "connections_per_peer"),
    (LimitHit::HandshakeTime, "handshake_time"),
    (LimitHit::SendTime, "send_time"),
    (LimitHit::Resets, "resets"),
    (LimitHit::Queue, "queue"),
    (LimitHit::QueueTime, "queue_time"),
    (LimitHit::Body, "body"),
    (LimitHit::BodyTime, "body_time"),
    (LimitHit::HeaderFields, "header_fields"),
    (LimitHit::WallTime, "wall_time"),
    (LimitHit::Output, "output"),
];
