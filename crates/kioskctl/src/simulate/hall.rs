//! The tables and the bells as the screens show them.

use std::collections::{BTreeMap, BTreeSet};

use kiosk_proto::v1::{Bell, Event, Seat, event::Payload, seat_status::Value as SeatStatus};

/// Who sits where, and who has rung.
pub(super) struct Hall {
    seats: BTreeMap<String, Seat>,
    /// That nobody has answered.
    bells: BTreeSet<i32>,
    /// To which somebody is on the way.
    answering: BTreeSet<i32>,
}

impl Hall {
    /// With the guests who are there already.
    pub(super) fn new(seats: &[Seat], bells: &[Bell]) -> Self {
        Self {
            seats: seats.iter().map(|seat| (seat.seat_id.clone(), seat.clone())).collect(),
            bells: bells.iter().map(|bell| bell.bell_id).collect(),
            answering: BTreeSet::new(),
        }
    }

    /// Takes up what has happened.
    pub(super) fn hear(&mut self, event: &Event) {
        match &event.payload {
            Some(Payload::SeatSelected(e)) => {
                if let Some(seat) = self.seats.get_mut(&e.seat_id) {
                    let is_hold = e.order_id.is_empty();
                    seat.set_status(if is_hold { SeatStatus::Held } else { SeatStatus::Occupied });
                    seat.order_id.clone_from(&e.order_id);
                }
            }
            Some(Payload::SeatReleased(e)) => {
                if let Some(seat) = self.seats.get_mut(&e.seat_id) {
                    seat.set_status(SeatStatus::Free);
                    seat.order_id.clear();
                }
            }
            Some(Payload::SeatChanged(seat)) => {
                self.seats.insert(seat.seat_id.clone(), seat.clone());
            }
            Some(Payload::SeatDeleted(e)) => {
                self.seats.remove(&e.seat_id);
            }
            Some(Payload::BellRung(bell)) => {
                self.bells.insert(bell.bell_id);
            }
            Some(Payload::BellAnswered(e)) => {
                self.bells.remove(&e.bell_id);
            }
            _ => {}
        }
    }

    /// The seats that are free, or those that are not, by id.
    pub(super) fn seats(&self, free: bool) -> Vec<String> {
        let seats = self.seats.values();
        let chosen = seats.filter(|seat| (seat.status() == SeatStatus::Free) == free);
        chosen.map(|seat| seat.seat_id.clone()).collect()
    }

    /// Whether that order's guests sit there.
    pub(super) fn sits_at(&self, order_id: &str, seat_id: &str) -> bool {
        self.seats.get(seat_id).is_some_and(|seat| seat.order_id == order_id)
    }

    /// The bell that has waited longest; nobody else gets it.
    pub(super) fn take_bell(&mut self) -> Option<i32> {
        let bell = self.bells.difference(&self.answering).next().copied()?;
        self.answering.insert(bell);
        Some(bell)
    }

    /// Nobody is on the way any more.
    pub(super) fn end_answer(&mut self, bell_id: i32) {
        self.answering.remove(&bell_id);
    }

    /// Nobody has answered it, or who did is not back yet.
    pub(super) fn bell_waits(&self, bell_id: i32) -> bool {
        self.bells.contains(&bell_id) || self.answering.contains(&bell_id)
    }
}
