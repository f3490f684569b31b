//! The seats in the working set, and what events make of them.

use std::sync::Arc;

use kiosk_proto::{
    Timestamp,
    v1::{Seat, SeatReleased, SeatSelected, seat_status::Value as SeatStatus},
};

use crate::{Change, State, time_out::is_over};

impl State {
    /// The plan, by id, with who has which seat.
    pub fn seats(&self) -> impl Iterator<Item = &Arc<Seat>> {
        self.seats.values()
    }

    /// One seat.
    pub fn seat(&self, seat_id: &str) -> Option<&Arc<Seat>> {
        self.seats.get(seat_id)
    }

    pub(crate) fn seat_changed(&mut self, plan: &Seat) -> Vec<Change> {
        let known = self.seats.get(&plan.seat_id).map(|known| &**known);
        let seat = Arc::new(with_plan_of(known, plan));
        self.seats.insert(seat.seat_id.clone(), Arc::clone(&seat));
        vec![Change::Seat(seat)]
    }

    pub(crate) fn seat_deleted(&mut self, seat_id: &str) -> Vec<Change> {
        self.seats.remove(seat_id);
        vec![Change::SeatDeleted(seat_id.into())]
    }

    pub(crate) fn seat_selected(&mut self, event: &SeatSelected) -> Vec<Change> {
        let is_hold = event.order_id.is_empty();
        self.change_seat(&event.seat_id, |seat| {
            let status = if is_hold { SeatStatus::Held } else { SeatStatus::Occupied };
            seat.set_status(status);
            seat.holder.clone_from(&event.holder);
            seat.order_id.clone_from(&event.order_id);
            seat.expires_at = event.expires_at;
            seat.since = event.timestamp;
        })
    }

    pub(crate) fn seat_released(&mut self, event: &SeatReleased) -> Vec<Change> {
        self.change_seat(&event.seat_id, |seat| *seat = with_plan_of(None, seat))
    }

    fn change_seat(&mut self, seat_id: &str, change: impl FnOnce(&mut Seat)) -> Vec<Change> {
        let Some(seat) = self.seats.get_mut(seat_id) else { return Vec::new() };
        change(Arc::make_mut(seat));
        vec![Change::Seat(Arc::clone(seat))]
    }
}

/// Whether the time of a hold is over, by that clock.
pub(crate) fn is_expired(seat: &Seat, now: Timestamp) -> bool {
    let held = seat.since.zip(seat.expires_at).filter(|_| seat.status() == SeatStatus::Held);
    held.is_some_and(|(since, expires_at)| is_over(since, expires_at, now))
}

/// The seat with another one's plan; who has it keeps it.
pub(crate) fn with_plan_of(known: Option<&Seat>, plan: &Seat) -> Seat {
    let free = Seat { status: SeatStatus::Free.into(), ..Seat::default() };
    Seat {
        seat_id: plan.seat_id.clone(),
        name: plan.name.clone(),
        zone: plan.zone.clone(),
        x: plan.x,
        y: plan.y,
        width: plan.width,
        height: plan.height,
        seats: plan.seats,
        ..known.cloned().unwrap_or(free)
    }
}
