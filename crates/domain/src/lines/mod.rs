//! The lines of an order: how far each is, and what may still be done to them.

mod add;
mod part;
mod progress;
mod wish;

use kiosk_proto::v1::{
    LineState, Order, OrderItem, line_status::Value as LineStatus, order_status::Value as Status,
};
use prost::Message as _;

use crate::{
    Rejection,
    limits::{LINE_PROGRESS_BYTES, ORDER_LINES_MAX, ROW_BYTES_MAX},
};

pub use self::wish::{LineChoice, PartWish};
pub(crate) use self::{
    add::add,
    part::{cancel, remake},
    progress::{bump, recall, recalled_with, states},
};

/// Fills in what lines from before they had a number and a status leave open.
pub(crate) fn fill_in(order: &mut Order) {
    let as_the_order = match order.status() {
        Status::Ready | Status::Completed => LineStatus::Done,
        Status::Cancelled => LineStatus::Cancelled,
        _ => LineStatus::Waiting,
    };
    for (item, place) in order.items.iter_mut().zip(1..) {
        if item.line_id == 0 {
            item.line_id = place;
        }
        if item.status() == LineStatus::Unspecified {
            item.status = as_the_order.into();
        }
    }
}

/// Numbers lines that are new, from the number after the largest.
pub(crate) fn number(items: &mut [OrderItem], largest: i32) {
    for (item, nth) in items.iter_mut().zip(1..) {
        item.line_id = largest.saturating_add(nth);
        item.status = LineStatus::Waiting.into();
    }
}

/// Lines are never taken away, so the next number was never given.
pub(crate) fn largest_id(order: &Order) -> i32 {
    order.items.iter().map(|item| item.line_id).max().unwrap_or(0)
}

/// Puts the states of an event on its order.
pub(crate) fn put_states(order: &mut Order, states: &[LineState]) {
    if states.is_empty() {
        return;
    }
    fill_in(order);
    for state in states {
        let known = order.items.iter_mut().find(|item| item.line_id == state.line_id);
        if let Some(item) = known {
            item.status = state.status;
            item.done_at = state.done_at;
        }
    }
}

/// Puts the lines of an event on its order: known ones as they are now, and new ones after them.
pub(crate) fn put_items(order: &mut Order, items: &[OrderItem]) {
    fill_in(order);
    for item in items {
        match order.items.iter_mut().find(|known| known.line_id == item.line_id) {
            Some(known) => known.clone_from(item),
            None => order.items.push(item.clone()),
        }
    }
}

pub(crate) fn is_open(item: &OrderItem) -> bool {
    item.status() == LineStatus::Waiting
}

pub(crate) fn is_done(item: &OrderItem) -> bool {
    item.status() == LineStatus::Done
}

pub(crate) fn is_cancelled(item: &OrderItem) -> bool {
    item.status() == LineStatus::Cancelled
}

/// What the lines come to.
pub(crate) fn sum<'a>(items: impl IntoIterator<Item = &'a OrderItem>) -> i32 {
    let sum = items.into_iter().fold(0_i64, |sum, item| sum + i64::from(item.total_price));
    i32::try_from(sum).unwrap_or(i32::MAX)
}

/// An order can be kept in the store whatever becomes of it: each line has room to be done.
pub(crate) fn check_size(order: &Order) -> Result<(), Rejection> {
    let lines = order.items.len();
    if lines > ORDER_LINES_MAX {
        return Err(Rejection::TooMany { what: "lines in one order", max: ORDER_LINES_MAX });
    }
    if order.encoded_len() + lines * LINE_PROGRESS_BYTES > ROW_BYTES_MAX {
        return Err(Rejection::TooMany { what: "bytes in one order", max: ROW_BYTES_MAX });
    }
    Ok(())
}

/// Only what is not closed can be worked on.
fn check_open(order: &Order) -> Result<(), Rejection> {
    match order.status() {
        status @ (Status::Completed | Status::Cancelled) => Err(closed(order, status)),
        _ => Ok(()),
    }
}

/// Until the day is over, what was handed out may come back.
fn check_not_cancelled(order: &Order) -> Result<(), Rejection> {
    match order.status() {
        status @ Status::Cancelled => Err(closed(order, status)),
        _ => Ok(()),
    }
}

fn closed(order: &Order, status: Status) -> Rejection {
    Rejection::OrderClosed { daily_num: order.daily_num, status }
}
