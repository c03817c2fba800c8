//! A connection that is kept from case to case where requests and responses allow it.

use crate::outcome::ExchangeRecord;
use crate::wire::client::{Client, Connection, Ended, Exchanged, Outgoing};
use crate::wire::message::Response;

/// A connection that is kept where possible.
pub(super) struct Lane<'a> {
    client: &'a Client,
    connection: Option<Connection>,
    previous: Option<ExchangeRecord>,
}

/// Whether the connection can be used again after an exchange, as far as the request tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// The request asks for the connection to stay open.
    Keep,
    /// The request ends it.
    Close,
}

impl<'a> Lane<'a> {
    /// Without a connection yet.
    pub(super) fn new(client: &'a Client) -> Lane<'a> {
        Lane {
            client,
            connection: None,
            previous: None,
        }
    }

    /// Whether the next exchange goes over a connection that was used before.
    pub(super) fn is_used(&self) -> bool {
        self.connection.is_some()
    }

    /// The exchange before, if it went over the connection that is open now.
    pub(super) fn previous(&self) -> Option<ExchangeRecord> {
        self.previous.clone().filter(|_| self.is_used())
    }

    /// Sends a request, over the open connection if there is one. A server may close a connection
    /// that is not in use at any time, so the request is then sent once more, over a new one.
    pub(super) fn exchange(&mut self, outgoing: &Outgoing, then: Then) -> Exchanged {
        if let Some(connection) = self.connection.take() {
            let exchanged = self.over(connection, outgoing, then);
            if !matches!(exchanged.result, Err(Ended::Closed)) {
                return exchanged;
            }
        }
        if then == Then::Close {
            return self.client.once(outgoing);
        }
        match self.client.connect() {
            Ok(connection) => self.over(connection, outgoing, then),
            // The attempt to connect again says why it failed.
            Err(_) => self.client.once(outgoing),
        }
    }

    /// Sends a request over the open connection and no other; `None` if there is none, or the
    /// server has closed it.
    pub(super) fn follow_up(&mut self, outgoing: &Outgoing) -> Option<Exchanged> {
        let connection = self.connection.take()?;
        let exchanged = self.over(connection, outgoing, Then::Keep);
        (!matches!(exchanged.result, Err(Ended::Closed))).then_some(exchanged)
    }

    fn over(&mut self, mut connection: Connection, outgoing: &Outgoing, then: Then) -> Exchanged {
        let exchanged = connection.exchange(outgoing);
        let kept = exchanged.result.as_ref().is_ok_and(stays_open);
        if kept && then == Then::Keep {
            self.connection = Some(connection);
            self.previous = Some(exchanged.record.clone());
        }
        exchanged
    }
}

fn stays_open(response: &Response) -> bool {
    let closes = |value: &[u8]| {
        value
            .split(|&b| b == b',')
            .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
    };
    response.head.version == (1, 1) && !response.head.values("Connection").any(closes)
}
