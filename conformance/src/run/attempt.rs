//! One attempt at a case: its exchanges, one after another.

use std::net::SocketAddr;

use super::random::nonce;
use crate::case::bytes::Context;
use crate::case::library::Loaded;
use crate::case::matcher::{self, Matched};
use crate::case::schema::{FollowUp, Request};
use crate::mount::MountTable;
use crate::outcome::{ExchangeRecord, Mismatch};
use crate::target::{MountPoint, Site, Target};
use crate::wire::client::{Client, Connection, Ended, Exchanged, Outgoing};
use crate::wire::message::Response;

/// What came of one attempt.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) exchanges: Vec<ExchangeRecord>,
    /// The status of each response.
    pub(super) statuses: Vec<Option<u16>>,
    /// The requests that lead to the last answer: one, or all on its connection.
    pub(super) sent: Vec<Outgoing>,
    /// Where they were sent.
    pub(super) address: SocketAddr,
    /// Whether the last response announced that the connection is closed.
    pub(super) closing: bool,
    pub(super) result: Result<Vec<Matched>, Mismatch>,
}

/// The user gave up.
#[derive(Debug, Clone, Copy)]
pub(super) struct GivenUp;

/// What stays the same over the attempts of a run.
pub(super) struct Conditions<'a> {
    pub(super) target: &'a Target,
    pub(super) client: &'a Client,
    pub(super) seed: u64,
}

impl Conditions<'_> {
    /// What the placeholders stand for.
    pub(super) fn context(&self, mount: MountPoint, nonce: String) -> Context {
        Context {
            mount: mount.path,
            pattern: mount.pattern,
            nonce,
            host: self.target.authority.clone(),
        }
    }

    /// Runs the exchanges of the case. `number` sets this attempt apart from others at the case.
    pub(super) fn attempt(&self, case: &Loaded, number: u64) -> Result<Attempt, GivenUp> {
        let mut attempt = Attempt {
            exchanges: Vec::new(),
            statuses: Vec::new(),
            sent: Vec::new(),
            address: self.target.address,
            closing: false,
            result: Ok(Vec::new()),
        };
        let mut line = Line {
            client: self.client,
            connection: None,
        };
        let last = case.exchanges.len().saturating_sub(1);
        let follows = case.case.follow_up != FollowUp::No;
        for (index, exchange) in case.exchanges.iter().enumerate() {
            let name = exchange.mount.as_ref().unwrap_or(&case.case.mount);
            let site = MountTable::builtin()
                .get(name)
                .and_then(|one| one.site.as_ref());
            let site = site.map(|site| self.target.site(site));
            let own = match &site {
                Some(Site::Started(target)) => Some(target.as_ref()),
                _ => None,
            };
            let target = own.unwrap_or(self.target);
            let mount = target.mount(name);
            if mount.is_none() && !matches!(site, Some(Site::Refused(_))) {
                // Checked before the case began.
                continue;
            }
            let mount = mount.unwrap_or_default();
            let word = nonce(self.seed, &case.case.id, number, index);
            let context = Context {
                host: target.authority.clone(),
                ..self.context(mount, word)
            };
            let outgoing = exchange.request.build(&context);
            attempt.address = target.address;
            let exchanged = match (&site, own) {
                (Some(Site::Refused(why)), _) => {
                    Exchanged::failed(&Outgoing::default(), Ended::NotStarted(why.clone()))
                }
                (_, Some(own)) => Client {
                    address: own.address,
                    ..self.client.clone()
                }
                .once(&outgoing),
                (_, None) => {
                    let keep = case.case.same_connection || (follows && index == last);
                    // A client opens another connection where the server has announced that it
                    // closes this one.
                    let open = case.case.same_connection && !attempt.closing;
                    line.exchange(&outgoing, keep, open)
                }
            };
            if !case.case.same_connection {
                attempt.sent.clear();
            }
            attempt.sent.push(outgoing);
            let checked = matcher::check(&exchange.expect, &exchanged, &context);
            let response = attempt.note(exchanged)?;
            attempt.closing = response.as_ref().is_some_and(Response::closes);
            let place = (last > 0).then(|| format!("exchange {}: ", index + 1));
            if !attempt.judge(checked, place) {
                return Ok(attempt);
            }
            if index == last && follows {
                self.follow_up(case, number, response.as_ref(), &mut line, &mut attempt)?;
            }
        }
        Ok(attempt)
    }

    /// A plain request on the same connection gets its own answer, unless the server has said that
    /// it closes the connection.
    fn follow_up(
        &self,
        case: &Loaded,
        number: u64,
        before: Option<&Response>,
        line: &mut Line<'_>,
        attempt: &mut Attempt,
    ) -> Result<(), GivenUp> {
        if before.is_some_and(Response::closes) {
            return Ok(());
        }
        let Some(mount) = self.target.mount("env") else {
            return Ok(());
        };
        let context = self.context(mount, nonce(self.seed, &case.case.id, number, usize::MAX));
        let request = Request {
            target: Some(crate::case::schema::Bytes::Text(
                "{mount}?{nonce}".to_owned(),
            )),
            ..Request::default()
        };
        let outgoing = request.build(&context);
        let exchanged = line.exchange(&outgoing, true, true);
        attempt.sent.push(outgoing);
        let own = matches!(&exchanged.result, Ok(response)
            if response.body.windows(context.nonce.len()).any(|word| word == context.nonce.as_bytes()));
        // Behind a refusal or a failure HTTP lets a server close the connection without a word.
        let may_close = case.case.follow_up == FollowUp::IfOpen
            || before.is_some_and(|response| response.head.status >= 400);
        let closed = matches!(exchanged.result, Err(Ended::Closed));
        let checked = if own || (closed && may_close) {
            Ok(())
        } else {
            Err(Mismatch {
                subject: "next request on the connection".to_owned(),
                expected: "its own answer".to_owned(),
                actual: match &exchanged.result {
                    Ok(_) => crate::text::shortened(&exchanged.record.response),
                    Err(ended) => ended.to_string(),
                },
            })
        };
        attempt.note(exchanged)?;
        if let Err(mismatch) = checked {
            attempt.result = Err(mismatch);
        }
        Ok(())
    }
}

impl Attempt {
    /// Keeps the bytes; gives the response.
    fn note(&mut self, exchanged: Exchanged) -> Result<Option<Response>, GivenUp> {
        if matches!(exchanged.result, Err(Ended::Interrupted)) {
            return Err(GivenUp);
        }
        self.exchanges.push(exchanged.record);
        let response = exchanged.result.ok();
        self.statuses
            .push(response.as_ref().map(|response| response.head.status));
        Ok(response)
    }

    /// Whether the attempt goes on.
    fn judge(&mut self, checked: Result<Matched, Mismatch>, place: Option<String>) -> bool {
        match (checked, &mut self.result) {
            (Ok(matched), Ok(all)) => {
                all.push(matched);
                true
            }
            (Err(mut mismatch), _) => {
                mismatch.subject.insert_str(0, &place.unwrap_or_default());
                self.result = Err(mismatch);
                false
            }
            (Ok(_), Err(_)) => false,
        }
    }
}

/// The connection of an attempt, or a new one for each exchange.
struct Line<'a> {
    client: &'a Client,
    connection: Option<Connection>,
}

impl Line<'_> {
    /// `keep` leaves the connection open afterwards, `continue_on` uses the one that is open.
    fn exchange(&mut self, outgoing: &Outgoing, keep: bool, continue_on: bool) -> Exchanged {
        if !keep {
            return self.client.once(outgoing);
        }
        let open = self.connection.take().filter(|_| continue_on);
        match open.map_or_else(|| self.client.connect(), Ok) {
            Ok(mut connection) => {
                let exchanged = connection.exchange(outgoing);
                self.connection = Some(connection);
                exchanged
            }
            Err(ended) => Exchanged::failed(outgoing, ended),
        }
    }
}
