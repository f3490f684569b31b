//! The bell that calls staff to a table: it waits until somebody answers it.

use std::sync::Arc;

use kiosk_proto::{
    Timestamp,
    v1::{Bell, BellAnswered, Person, event::Payload},
};

use crate::{
    BellCommand, Change, Rejection, Stamp, State,
    limits::{BELL_RINGS_MAX, BELLS_MAX},
    time_out::{is_over, later},
};

pub(crate) fn decide(
    state: &State,
    command: &BellCommand,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    match command {
        BellCommand::Ring { order_id, seat_id, place, reason } => {
            let place = if place.is_empty() { &stamp.actor.name } else { place };
            ring(state, order_id, seat_id, place, reason, stamp)
        }
        BellCommand::Answer { bell_id, answered_by } => answer(state, *bell_id, answered_by, stamp),
    }
}

/// A bell of the same table, order or place that waits is rung again, and there is no second one.
fn ring(
    state: &State,
    order_id: &str,
    seat_id: &str,
    place: &str,
    reason: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let table = table(state, order_id, seat_id, place)?;
    let bell = match waiting(state, &table) {
        Some(bell) if bell.rings >= BELL_RINGS_MAX => return Ok(Vec::new()),
        Some(bell) => Bell { rings: bell.rings.saturating_add(1), ..Bell::clone(bell) },
        None if state.bells.len() >= BELLS_MAX => {
            return Err(Rejection::TooMany { what: "bells waiting", max: BELLS_MAX });
        }
        None => Bell { bell_id: next_id(state)?, rings: 1, rung_at: Some(stamp.now), ..table },
    };
    let reason = if reason.is_empty() { bell.reason.clone() } else { reason.into() };
    Ok(vec![Payload::BellRung(Bell { reason, last_rung_at: Some(stamp.now), ..bell })])
}

/// Where the bell rings: the seat's order, or the order's seat, with what staff know them by; the
/// place, if it is neither.
fn table(state: &State, order_id: &str, seat_id: &str, place: &str) -> Result<Bell, Rejection> {
    if order_id.is_empty() && seat_id.is_empty() {
        if place.is_empty() {
            let problem = "it names neither an order, a seat nor a place";
            return Err(Rejection::BellInvalid { problem });
        }
        return Ok(Bell { place: place.into(), ..Bell::default() });
    }
    let seat = if seat_id.is_empty() {
        state.seats.values().find(|seat| seat.order_id == order_id)
    } else {
        let missing = || Rejection::SeatNotFound { seat_id: seat_id.chars().take(64).collect() };
        Some(state.seats.get(seat_id).ok_or_else(missing)?)
    };
    let order_id = match seat {
        Some(seat) if order_id.is_empty() => &seat.order_id,
        _ => order_id,
    };
    let order = state.order(order_id);
    if order.is_none() && !order_id.is_empty() {
        return Err(Rejection::OrderNotFound { order_id: order_id.chars().take(64).collect() });
    }
    Ok(Bell {
        order_id: order_id.into(),
        daily_num: order.map_or(0, |order| order.daily_num),
        seat_id: seat.map_or_else(String::new, |seat| seat.seat_id.clone()),
        seat_name: seat.map_or_else(String::new, |seat| seat.name.clone()),
        ..Bell::default()
    })
}

fn waiting<'a>(state: &'a State, table: &Bell) -> Option<&'a Arc<Bell>> {
    let same = |asked: &str, known: &str| !asked.is_empty() && asked == known;
    let is_there = |bell: &&Arc<Bell>| {
        same(&table.seat_id, &bell.seat_id)
            || same(&table.order_id, &bell.order_id)
            || same(&table.place, &bell.place)
    };
    state.bells.values().find(is_there)
}

fn next_id(state: &State) -> Result<i32, Rejection> {
    let too_many = Rejection::TooMany { what: "bell ids", max: i32::MAX as usize };
    state.counters.bell_id.checked_add(1).ok_or(too_many)
}

fn answer(
    state: &State,
    bell_id: i32,
    answered_by: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let bell = state.bells.get(&bell_id).ok_or(Rejection::BellNotFound { bell_id })?;
    let rung_at = bell.rung_at.unwrap_or_default();
    let waited_ms = stamp.now.as_ms().saturating_sub(rung_at.as_ms()).max(0);
    Ok(vec![Payload::BellAnswered(BellAnswered {
        bell_id,
        order_id: bell.order_id.clone(),
        seat_id: bell.seat_id.clone(),
        answered_by: Some(person(answered_by, stamp)),
        answered_at: Some(stamp.now),
        waited_seconds: i32::try_from(waited_ms / 1_000).unwrap_or(i32::MAX),
        rings: bell.rings,
        place: bell.place.clone(),
    })])
}

/// Who does something: by the name that is given, or else the caller's.
pub(crate) fn person(name: &str, stamp: &Stamp) -> Person {
    let name = if name.is_empty() { &stamp.actor.name } else { name };
    Person { id: stamp.actor.id, name: name.into() }
}

/// The bells that have waited for too long, each once.
pub(crate) fn escalate(state: &State, stamp: &Stamp) -> impl Iterator<Item = Payload> {
    let due = state.bells.values().filter(|bell| is_due(state, bell, stamp.now));
    due.map(|bell| Payload::BellEscalated(Bell { is_escalated: true, ..Bell::clone(bell) }))
}

pub(crate) fn is_due(state: &State, bell: &Bell, now: Timestamp) -> bool {
    let rung_at = bell.rung_at.unwrap_or_default();
    let end = later(rung_at, state.settings.bell_escalate_seconds());
    !bell.is_escalated && is_over(rung_at, end, now)
}

impl State {
    /// The bells that nobody has answered, oldest first.
    pub fn bells(&self) -> impl Iterator<Item = &Arc<Bell>> {
        self.bells.values()
    }

    /// The bell that waits at that order or seat, or at the place if neither is named.
    pub fn bell_at(&self, order_id: &str, seat_id: &str, place: &str) -> Option<&Arc<Bell>> {
        waiting(self, &table(self, order_id, seat_id, place).ok()?)
    }

    pub(crate) fn bell_changed(&mut self, bell: &Bell) -> Vec<Change> {
        self.counters.bell_id = self.counters.bell_id.max(bell.bell_id);
        let bell = Arc::new(bell.clone());
        self.bells.insert(bell.bell_id, Arc::clone(&bell));
        vec![Change::Bell(bell)]
    }

    pub(crate) fn bell_answered(&mut self, bell_id: i32) -> Vec<Change> {
        self.bells.remove(&bell_id);
        vec![Change::BellAnswered(bell_id)]
    }
}
