//! What systemd is told (sd_notify): nothing, unless it asks by `NOTIFY_SOCKET`.

pub(crate) use sd_notify::NotifyState;

pub(crate) fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "cannot tell systemd");
    }
}
