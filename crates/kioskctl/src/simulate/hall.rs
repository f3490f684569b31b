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

#[cfg(test)]
mod tests {
    use kiosk_proto::v1::{BellAnswered, SeatReleased, SeatSelected};

    use super::*;

    fn event(payload: Payload) -> Event {
        Event { payload: Some(payload), ..Default::default() }
    }

    fn hall() -> Hall {
        let seat = |seat_id: &str| Seat {
            seat_id: seat_id.into(),
            status: SeatStatus::Free.into(),
            ..Default::default()
        };
        Hall::new(&[seat("A"), seat("B")], &[Bell { bell_id: 7, ..Default::default() }])
    }

    #[test]
    fn a_seat_is_taken_by_a_hold_or_an_order_until_it_is_released() {
        let mut hall = hall();
        let selected = |order_id: &str| {
            let (seat_id, order_id) = ("A".into(), order_id.into());
            event(Payload::SeatSelected(SeatSelected { seat_id, order_id, ..Default::default() }))
        };
        hall.hear(&selected(""));
        assert_eq!((hall.seats(true), hall.seats(false)), (vec!["B".into()], vec!["A".into()]));
        hall.hear(&selected("ORD-1"));
        assert!(hall.sits_at("ORD-1", "A") && !hall.sits_at("ORD-1", "B"));
        let left = SeatReleased { seat_id: "A".into(), ..Default::default() };
        hall.hear(&event(Payload::SeatReleased(left)));
        assert_eq!(hall.seats(true), ["A", "B"]);
        assert!(!hall.sits_at("ORD-1", "A"));
    }

    #[test]
    fn one_goes_to_a_bell_and_it_waits_until_they_are_back() {
        let mut hall = hall();
        hall.hear(&event(Payload::BellRung(Bell { bell_id: 8, ..Default::default() })));
        assert_eq!(
            [hall.take_bell(), hall.take_bell(), hall.take_bell()],
            [Some(7), Some(8), None]
        );
        let answered = BellAnswered { bell_id: 7, ..Default::default() };
        hall.hear(&event(Payload::BellAnswered(answered)));
        assert!(hall.bell_waits(7), "what was done there is not in the report yet");
        hall.end_answer(7);
        assert!(!hall.bell_waits(7) && hall.bell_waits(8));
    }
}
