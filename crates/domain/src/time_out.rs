//! What ends by itself when its time is over: holds of seats, the patience with a bell, sessions.

use kiosk_proto::{Timestamp, v1::event::Payload};

use crate::{Stamp, State, bell, device, seat, seat_state::is_expired};

/// What the clock has ended, for the box itself to commit.
pub(crate) fn decide(state: &State, stamp: &Stamp) -> Vec<Payload> {
    let tables = seat::expire(state, stamp).chain(bell::escalate(state, stamp));
    tables.chain(device::expire(state, stamp)).collect()
}

/// Whether a span of time is over.
///
/// A clock that was set back by more than the span's length says nothing of it any more: over, too,
/// or it would last for as long as the clock was wrong. So no span lasts longer than twice its length.
pub(crate) fn is_over(began: Timestamp, end: Timestamp, now: Timestamp) -> bool {
    let (began, end, now) = (began.as_ms(), end.as_ms(), now.as_ms());
    let length = end.saturating_sub(began).max(0);
    now >= end || now < began.saturating_sub(length)
}

pub(crate) fn later(time: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_ms(time.as_ms().saturating_add(seconds.saturating_mul(1_000)))
}

impl State {
    /// Whether anything may time out: if not, nobody need look at the clock.
    pub fn waits_for_time(&self) -> bool {
        self.seats.values().any(|seat| seat.expires_at.is_some())
            || self.bells.values().any(|bell| !bell.is_escalated)
            || self.devices().any(|device| device.device.expires_at.is_some())
    }

    /// Whether [`Command::TimeOut`](crate::Command::TimeOut) would change anything at that time.
    pub fn has_timed_out(&self, now: Timestamp) -> bool {
        self.seats.values().any(|seat| is_expired(seat, now))
            || self.bells.values().any(|bell| bell::is_due(self, bell, now))
            || self.devices().any(|device| device.is_expired(now))
    }
}
