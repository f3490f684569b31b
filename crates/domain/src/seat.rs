//! Tables and seats. A seat has one taker at most: somebody who holds it for a while, or an order.

use std::sync::Arc;

use kiosk_proto::v1::{
    Order, Seat, SeatDeleted, SeatReleased, SeatSelected, event::Payload,
    order_status::Value as OrderStatus, seat_release_reason::Value as Reason,
    seat_status::Value as SeatStatus,
};

use crate::{
    PlaceOrder, Rejection, SeatCommand, Stamp, State,
    limits::{SEATS_HELD_MAX, SEATS_MAX},
    order_event::served_at,
    order_state::is_closed,
    seat_plan::check_plan,
    seat_state::{is_expired, with_plan_of},
    time_out::later,
};

pub(crate) fn decide(
    state: &State,
    command: &SeatCommand,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    match command {
        SeatCommand::Put(plan) => put(state, plan),
        SeatCommand::Delete { seat_id } => delete(state, seat_id, stamp),
        SeatCommand::Select { seat_id, holder, order_id } if order_id.is_empty() => {
            hold(state, seat_id, &holder_of(holder, stamp), stamp)
        }
        SeatCommand::Select { seat_id, holder, order_id } => {
            seat_order(state, seat_id, &holder_of(holder, stamp), order_id, stamp)
        }
        SeatCommand::Release { seat_id, holder } => release(state, seat_id, holder, stamp),
        SeatCommand::Move { from, to, holder } => move_taker(state, from, to, holder, stamp),
    }
}

fn put(state: &State, plan: &Seat) -> Result<Vec<Payload>, Rejection> {
    check_plan(state, plan).map_err(|problem| Rejection::SeatInvalid { problem })?;
    let known = state.seats.get(&plan.seat_id);
    if known.is_none() && state.seats.len() >= SEATS_MAX {
        return Err(Rejection::TooMany { what: "seats on the plan", max: SEATS_MAX });
    }
    let seat = with_plan_of(known.map(|known| &**known), plan);
    if known.is_some_and(|known| **known == seat) {
        return Ok(Vec::new());
    }
    Ok(vec![Payload::SeatChanged(seat)])
}

fn delete(state: &State, seat_id: &str, stamp: &Stamp) -> Result<Vec<Payload>, Rejection> {
    let seat = find(state, seat_id)?;
    check_free(seat, stamp)?;
    let deleted = Payload::SeatDeleted(SeatDeleted {
        seat_id: seat.seat_id.clone(),
        name: seat.name.clone(),
        updated_at: Some(stamp.now),
    });
    Ok(expired(seat, stamp).into_iter().chain([deleted]).collect())
}

/// The same holder again prolongs the hold.
fn hold(
    state: &State,
    seat_id: &str,
    holder: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let seat = find(state, seat_id)?;
    check_takeable(seat, holder, stamp)?;
    let is_held_elsewhere = |other: &&Arc<Seat>| {
        other.seat_id != seat_id && other.holder == holder && is_held(other, stamp)
    };
    if state.seats.values().filter(is_held_elsewhere).count() >= SEATS_HELD_MAX {
        return Err(Rejection::TooMany { what: "seats held at once", max: SEATS_HELD_MAX });
    }
    let expires_at = later(stamp.now, state.settings.seat_hold_seconds());
    if is_held(seat, stamp) && (seat.since, seat.expires_at) == (Some(stamp.now), Some(expires_at))
    {
        return Ok(Vec::new());
    }
    let mut taken = selected(seat, "", holder, stamp);
    taken.expires_at = Some(expires_at);
    Ok(expired(seat, stamp).into_iter().chain([Payload::SeatSelected(taken)]).collect())
}

fn seat_order(
    state: &State,
    seat_id: &str,
    holder: &str,
    order_id: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let order = state.order(order_id).filter(|order| order.status() != OrderStatus::Cancelled);
    let missing = || Rejection::OrderNotFound { order_id: order_id.chars().take(64).collect() };
    let order = order.ok_or_else(missing)?;
    let seat = find(state, seat_id)?;
    if seat.order_id == order_id {
        return Ok(Vec::new());
    }
    check_takeable(seat, holder, stamp)?;
    let taken = Payload::SeatSelected(selected(seat, order_id, holder, stamp));
    // One that has a table needs two.
    let served = order.table.is_empty().then(|| served_at(order, &seat.name, stamp));
    Ok(expired(seat, stamp).into_iter().chain([taken]).chain(served).collect())
}

fn release(
    state: &State,
    seat_id: &str,
    holder: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let seat = find(state, seat_id)?;
    if let Some(expired) = expired(seat, stamp) {
        return Ok(vec![expired]);
    }
    if seat.status() == SeatStatus::Free {
        return Ok(Vec::new());
    }
    check_may_give_up(seat, holder, stamp)?;
    Ok(vec![released(seat, Reason::Released, stamp)])
}

fn move_taker(
    state: &State,
    from: &str,
    to: &str,
    holder: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let (from, to) = (find(state, from)?, find(state, to)?);
    if is_free(from, stamp) {
        return Err(Rejection::SeatFree { seat_id: from.seat_id.clone() });
    }
    check_may_give_up(from, holder, stamp)?;
    if from.seat_id == to.seat_id {
        return Ok(Vec::new());
    }
    check_free(to, stamp)?;
    let mut taken = selected(to, &from.order_id, &from.holder, stamp);
    taken.expires_at = from.expires_at;
    let left = released(from, Reason::Moved, stamp);
    let moved = [left].into_iter().chain(expired(to, stamp)).chain([Payload::SeatSelected(taken)]);
    Ok(moved.chain(serve_elsewhere(state, from, to, stamp)).collect())
}

/// What is still to be brought to a table goes where its guests went.
fn serve_elsewhere(
    state: &State,
    from: &Seat,
    to: &Seat,
    stamp: &Stamp,
) -> impl Iterator<Item = Payload> {
    let is_of_table =
        |order: &Order| [&from.seat_id, &from.name].contains(&&order.table) && !is_closed(order);
    let is_moved = move |order: &&Arc<Order>| {
        order.table != to.name && (order.order_id == from.order_id || is_of_table(order))
    };
    let orders = state.orders.values().filter(|_| !from.order_id.is_empty()).filter(is_moved);
    orders.map(|order| served_at(order, &to.name, stamp))
}

/// What a new order does to seats, its own among them; its `table` becomes the seat's name if it
/// has none.
///
/// `is_new_day`: the tables of yesterday's closed orders are free again.
pub(crate) fn take_for_order(
    state: &State,
    wish: &PlaceOrder,
    order: &mut Order,
    is_new_day: bool,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let is_left_over = |seat: &Seat| is_new_day && is_of_closed_order(state, seat);
    let left_over = state.seats.values().filter(|seat| is_left_over(seat));
    let mut events: Vec<Payload> =
        left_over.map(|seat| released(seat, Reason::OrderClosed, stamp)).collect();

    let is_named = |seat: &&Arc<Seat>| seat.seat_id == wish.table || seat.name == wish.table;
    let seat = match &*wish.seat_id {
        "" if wish.table.is_empty() => None,
        "" => state.seats.values().find(is_named).map(|seat| &**seat),
        seat_id => Some(find(state, seat_id)?),
    };
    let Some(seat) = seat else { return Ok(events) };
    if !is_left_over(seat) {
        if wish.seat_id.is_empty() && seat.status() == SeatStatus::Occupied {
            return Ok(events);
        }
        check_takeable(seat, &holder_of(&wish.seat_holder, stamp), stamp)?;
        events.extend(expired(seat, stamp));
    }
    if order.table.is_empty() {
        order.table.clone_from(&seat.name);
    }
    let holder = holder_of(&wish.seat_holder, stamp);
    events.push(Payload::SeatSelected(selected(seat, &order.order_id, &holder, stamp)));
    Ok(events)
}

/// The seats of an order that has this status from now on, if that frees them.
pub(crate) fn free_of_order(
    state: &State,
    order_id: &str,
    status: OrderStatus,
    stamp: &Stamp,
) -> impl Iterator<Item = Payload> {
    let is_freed = state.settings.frees_seats(status);
    let seats = state.seats.values().filter(move |seat| is_freed && seat.order_id == order_id);
    seats.map(|seat| released(seat, Reason::OrderClosed, stamp))
}

/// The holds whose time is over.
pub(crate) fn expire(state: &State, stamp: &Stamp) -> impl Iterator<Item = Payload> {
    state.seats.values().filter_map(|seat| expired(seat, stamp))
}

fn find<'a>(state: &'a State, seat_id: &str) -> Result<&'a Seat, Rejection> {
    let missing = || Rejection::SeatNotFound { seat_id: seat_id.chars().take(64).collect() };
    state.seats.get(seat_id).map(|seat| &**seat).ok_or_else(missing)
}

fn holder_of(holder: &str, stamp: &Stamp) -> String {
    if holder.is_empty() { stamp.actor.name.clone() } else { holder.into() }
}

fn is_held(seat: &Seat, stamp: &Stamp) -> bool {
    seat.status() == SeatStatus::Held && !is_expired(seat, stamp.now)
}

fn is_free(seat: &Seat, stamp: &Stamp) -> bool {
    seat.status() != SeatStatus::Occupied && !is_held(seat, stamp)
}

fn is_of_closed_order(state: &State, seat: &Seat) -> bool {
    let is_open = |order: &Arc<Order>| !is_closed(order);
    seat.status() == SeatStatus::Occupied && !state.order(&seat.order_id).is_some_and(is_open)
}

fn check_free(seat: &Seat, stamp: &Stamp) -> Result<(), Rejection> {
    if is_free(seat, stamp) { Ok(()) } else { Err(taken(seat)) }
}

fn check_takeable(seat: &Seat, holder: &str, stamp: &Stamp) -> Result<(), Rejection> {
    let is_own = is_held(seat, stamp) && seat.holder == holder;
    if is_own { Ok(()) } else { check_free(seat, stamp) }
}

/// A hold by its holder, and anything by staff that name none. Who names a holder means that hold
/// only: it may be somebody else's seat by now.
fn check_may_give_up(seat: &Seat, holder: &str, stamp: &Stamp) -> Result<(), Rejection> {
    let is_own = is_held(seat, stamp) && seat.holder == holder_of(holder, stamp);
    let by_staff = holder.is_empty() && stamp.actor.is_staff();
    if is_own || by_staff { Ok(()) } else { Err(taken(seat)) }
}

fn taken(seat: &Seat) -> Rejection {
    let seat_id = seat.seat_id.clone();
    if seat.status() == SeatStatus::Occupied {
        return Rejection::SeatOccupied { seat_id, order_id: seat.order_id.clone() };
    }
    let expires_at = seat.expires_at.unwrap_or_default();
    Rejection::SeatHeld { seat_id, holder: seat.holder.clone(), expires_at }
}

fn selected(seat: &Seat, order_id: &str, holder: &str, stamp: &Stamp) -> SeatSelected {
    SeatSelected {
        seat_id: seat.seat_id.clone(),
        order_id: order_id.into(),
        holder: holder.into(),
        expires_at: None,
        timestamp: Some(stamp.now),
    }
}

fn expired(seat: &Seat, stamp: &Stamp) -> Option<Payload> {
    is_expired(seat, stamp.now).then(|| released(seat, Reason::Expired, stamp))
}

fn released(seat: &Seat, reason: Reason, stamp: &Stamp) -> Payload {
    Payload::SeatReleased(SeatReleased {
        seat_id: seat.seat_id.clone(),
        order_id: seat.order_id.clone(),
        holder: seat.holder.clone(),
        expires_at: seat.expires_at,
        timestamp: Some(stamp.now),
        reason: reason.into(),
    })
}
