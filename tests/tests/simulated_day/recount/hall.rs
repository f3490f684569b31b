use std::collections::{BTreeMap, BTreeSet};

use kiosk_proto::v1::{SeatSelected, event::Payload};

/// Who had which table, and who rang.
#[derive(Debug, Default)]
pub(crate) struct Hall {
    /// Each seat of the plan, and who has it: an order, or else a holder.
    pub(crate) seats: BTreeMap<String, Option<Taker>>,
    /// By an order.
    pub(crate) taken: u64,
    pub(crate) rung: u64,
    pub(crate) answered: u64,
    /// That nobody has answered.
    pub(crate) bells: BTreeSet<i32>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Taker {
    pub(crate) order_id: String,
    pub(crate) holder: String,
}

impl Hall {
    pub(super) fn weigh(&mut self, events: &[&Payload]) {
        for event in events {
            match event {
                Payload::SeatChanged(seat) => {
                    self.seats.entry(seat.seat_id.clone()).or_default();
                }
                Payload::SeatSelected(e) => self.selected(e),
                Payload::SeatReleased(e) => {
                    let taker = self.seats.get_mut(&e.seat_id).unwrap().take();
                    assert_eq!(taker.unwrap().order_id, e.order_id);
                }
                Payload::BellRung(bell) => {
                    self.rung += 1;
                    self.bells.insert(bell.bell_id);
                }
                Payload::BellAnswered(e) => {
                    self.answered += 1;
                    assert!(self.bells.remove(&e.bell_id));
                }
                _ => {}
            }
        }
    }

    /// A seat that is free, or that the same holder holds.
    fn selected(&mut self, e: &SeatSelected) {
        let seat = self.seats.get_mut(&e.seat_id).unwrap();
        if let Some(taker) = seat {
            assert_eq!((&*taker.order_id, &taker.holder), ("", &e.holder));
        }
        *seat = Some(Taker { order_id: e.order_id.clone(), holder: e.holder.clone() });
        self.taken += u64::from(!e.order_id.is_empty());
    }
}
