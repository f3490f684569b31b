//! Lines are done, and wait again.

use std::collections::BTreeSet;

use kiosk_proto::{
    Timestamp,
    v1::{
        LineState, Order, OrderItem, OrderLinesChanged, event::Payload,
        line_status::Value as LineStatus, order_status::Value as Status,
    },
};

use super::{LineChoice, check_not_cancelled, check_open, is_cancelled, is_done, is_open};
use crate::{Rejection, Stamp, State, order, order_event};

/// The first line begins the order, and the last one ends it.
pub(crate) fn bump(
    state: &State,
    order_id: &str,
    choice: &LineChoice,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let order = order::find_filled_in(state, order_id)?;
    check_open(&order)?;
    let chosen = choose(&order, choice)?;
    let lines = states(chosen.iter().copied().filter(|item| is_open(item)), Some(stamp.now));
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let still_open = order.items.iter().filter(|item| is_open(item)).count() - lines.len();
    let mut events = Vec::new();
    if order.status() == Status::Pending {
        events.push(order_event::step(&order, Status::Pending, Status::Making, Vec::new(), stamp));
    }
    events.push(changed(&order, lines, false, stamp));
    if still_open == 0 {
        events.push(order_event::step(&order, Status::Making, Status::Ready, Vec::new(), stamp));
    }
    Ok(events)
}

pub(crate) fn recall(
    state: &State,
    order_id: &str,
    choice: &LineChoice,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let order = order::find_filled_in(state, order_id)?;
    check_not_cancelled(&order)?;
    let chosen = choose(&order, choice)?;
    let lines = states(chosen.iter().copied().filter(|item| is_done(item)), None);
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    // Before the steps: lines from before they had a status have the order's.
    let mut events = vec![changed(&order, lines, true, stamp)];
    events.extend(order_event::back_to_making(&order, stamp));
    Ok(events)
}

/// The lines as they are when they are done at that time, or wait again.
pub(crate) fn states<'a>(
    items: impl IntoIterator<Item = &'a OrderItem>,
    done_at: Option<Timestamp>,
) -> Vec<LineState> {
    let status = if done_at.is_some() { LineStatus::Done } else { LineStatus::Waiting };
    let state =
        |item: &OrderItem| LineState { line_id: item.line_id, status: status.into(), done_at };
    items.into_iter().map(state).collect()
}

/// The lines that wait again when their order goes back to that status. To MAKING, those that were
/// done last: that was the bump that came too early. To PENDING, all: nobody has begun.
pub(crate) fn recalled_with(order: &Order, to: Status) -> Vec<LineState> {
    let done = || order.items.iter().filter(|item| is_done(item));
    match to {
        Status::Making => {
            let last = done().map(|item| item.done_at).max().flatten();
            states(done().filter(|item| item.done_at == last), None)
        }
        Status::Pending => states(done(), None),
        _ => Vec::new(),
    }
}

fn choose<'a>(order: &'a Order, choice: &LineChoice) -> Result<Vec<&'a OrderItem>, Rejection> {
    let daily_num = order.daily_num;
    let standing = || order.items.iter().filter(|item| !is_cancelled(item));
    match choice {
        LineChoice::All => Ok(standing().collect()),
        LineChoice::Station(station) => {
            let lines: Vec<_> = standing().filter(|item| item.station == *station).collect();
            let none = || Rejection::NoLineAtStation { daily_num, station: station.clone() };
            (!lines.is_empty()).then_some(lines).ok_or_else(none)
        }
        LineChoice::Lines(line_ids) => {
            let mut named = BTreeSet::new();
            let line = |line_id: &i32| {
                if !named.insert(*line_id) {
                    return Err(Rejection::LineNamedTwice { line_id: *line_id });
                }
                find(order, *line_id)
            };
            line_ids.iter().map(line).collect()
        }
    }
}

/// A line that is not cancelled.
pub(super) fn find(order: &Order, line_id: i32) -> Result<&OrderItem, Rejection> {
    let daily_num = order.daily_num;
    match order.items.iter().find(|item| item.line_id == line_id) {
        None => Err(Rejection::LineNotFound { daily_num, line_id }),
        Some(item) if is_cancelled(item) => Err(Rejection::LineCancelled { daily_num, line_id }),
        Some(item) => Ok(item),
    }
}

fn changed(order: &Order, lines: Vec<LineState>, is_recall: bool, stamp: &Stamp) -> Payload {
    Payload::OrderLinesChanged(OrderLinesChanged {
        order_id: order.order_id.clone(),
        daily_num: order.daily_num,
        lines,
        is_recall,
        updated_at: Some(stamp.now),
    })
}
