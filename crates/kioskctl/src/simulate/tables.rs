//! Guests who sit down: they take a table at the kiosk, may ring, and leave.

use kiosk_proto::v1::order_status::Value as Status;

use super::{
    cafe::{Cafe, reason},
    visit::Table,
};
use crate::failure::Failure;

/// How often a guest taps another table when somebody was faster.
const TAPS_MAX: u32 = 5;

/// A table that is held at a kiosk.
pub(super) struct Held {
    pub(super) seat_id: String,
    pub(super) holder: String,
}

/// Taps tables until one is free. Of kiosks that tap the same at once, one gets it.
pub(super) async fn take(
    cafe: &Cafe,
    wish: Table,
    holder: String,
) -> Result<Option<Held>, Failure> {
    for tap in 0..TAPS_MAX {
        let free = cafe.board.hall().seats(true);
        let taken = cafe.board.hall().seats(false);
        let shown = if wish.taps_taken && tap == 0 && !taken.is_empty() { taken } else { free };
        if shown.is_empty() {
            break;
        }
        let seat_id = shown[(wish.taste + tap) as usize % shown.len()].clone();
        match cafe.hold_seat(&seat_id, &holder).await {
            Ok(held) => {
                cafe.board.shows(held.position.as_ref()).await;
                return Ok(Some(Held { seat_id, holder }));
            }
            Err(failure) => {
                let why = reason(failure)?;
                cafe.note(|report| report.seats.refused(why));
            }
        }
    }
    cafe.note(|report| report.seats.none_left += 1);
    Ok(None)
}

/// The guest has not ordered after all.
pub(super) async fn give_up(cafe: &Cafe, held: &Held) -> Result<(), Failure> {
    match cafe.release_seat(&held.seat_id, &held.holder).await {
        Ok(_) => cafe.note(|report| report.seats.given_up += 1),
        // The hold's time was over.
        Err(failure) => drop(reason(failure)?),
    }
    Ok(())
}

/// Rings, and waits for somebody. Whoever has cancelled everything sits there no more.
pub(super) async fn ring(cafe: &Cafe, order_id: &str, seat_id: &str) -> Result<(), Failure> {
    if !cafe.board.hall().sits_at(order_id, seat_id) {
        return Ok(());
    }
    let answer = cafe.ring(order_id, seat_id, "물 주세요").await?;
    cafe.note(|report| report.bells.rung += 1);
    cafe.board.shows(answer.position.as_ref()).await;
    if let Some(bell) = answer.bell {
        cafe.board.is_answered(bell.bell_id).await;
    }
    Ok(())
}

/// The guests sit on for a while, then staff free the table, unless the order's end has freed it.
pub(super) async fn leave(
    cafe: &Cafe,
    order_id: &str,
    seat_id: &str,
    wish: Table,
    status: Status,
) -> Result<(), Failure> {
    if status == Status::Completed {
        cafe.clock.pass(wish.stays).await;
    }
    if !cafe.board.hall().sits_at(order_id, seat_id) {
        return Ok(());
    }
    match cafe.release_seat(seat_id, "").await {
        Ok(answer) => {
            let count = u64::from(answer.change.is_some());
            cafe.note(|report| report.seats.freed += count);
        }
        Err(failure) => drop(reason(failure)?),
    }
    Ok(())
}
