//! Lines, or some of their quantity, are cancelled or made again.

use std::collections::BTreeSet;

use kiosk_proto::v1::{
    Order, OrderItem, OrderLinesCancelled, OrderLinesRemade, event::Payload,
    line_status::Value as LineStatus, order_status::Value as Status,
};

use super::{
    PartWish, check_not_cancelled, check_open, check_size, is_cancelled, is_done, is_open,
    largest_id, progress::find, sum,
};
use crate::{Rejection, Stamp, State, cell, menu, order, order_event, seat};

/// Points go back to the cell that paid. Stock goes back only while the order is PENDING, as when
/// all of it is cancelled: later, nobody knows which lines were begun.
pub(crate) fn cancel(
    state: &State,
    order_id: &str,
    wishes: &[PartWish],
    reason: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let order = order::find_filled_in(state, order_id)?;
    check_open(&order)?;
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    let mut after = order.clone();
    let parts = split_off(&mut after, wishes)?;
    let (daily_num, is_staff) = (order.daily_num, stamp.actor.is_staff());
    for item in these(&mut after, &parts) {
        if is_done(item) && !is_staff {
            return Err(Rejection::LineNeedsStaff { daily_num, line_id: item.line_id });
        }
        item.status = LineStatus::Cancelled.into();
        item.cancelled_at = Some(stamp.now);
        item.reason = reason.into();
    }
    check_size(&after)?;
    let cancelled: Vec<OrderItem> = these(&mut after, &parts).map(|item| item.clone()).collect();
    let refund_amount = sum(&cancelled);
    after.total_amount = sum(after.items.iter().filter(|item| !is_cancelled(item)));

    let mut events = vec![Payload::OrderLinesCancelled(OrderLinesCancelled {
        order_id: order.order_id.clone(),
        daily_num,
        items: changed(&order, &after),
        refund_amount,
        total_amount: after.total_amount,
        pay_type: order.pay_type,
        reason: reason.into(),
        updated_at: Some(stamp.now),
    })];
    if order.status() == Status::Pending {
        events.extend(menu::give_back(state, &cancelled, stamp));
    }
    if let Some(cell_info) = &order.cell_info {
        let paid = cell::find(state, cell_info.id)?;
        events.extend(cell::refund_order(paid, &order, refund_amount, reason, stamp)?);
    }
    if after.items.iter().all(is_cancelled) {
        events.push(order_event::cancelled(&after, 0, reason, stamp));
        events.extend(seat::free_of_order(state, order_id, Status::Cancelled, stamp));
    } else if order.status() == Status::Making && !after.items.iter().any(is_open) {
        events.push(order_event::step(&order, Status::Making, Status::Ready, Vec::new(), stamp));
    }
    Ok(events)
}

/// Costs the customer nothing, and the stock what it costs.
pub(crate) fn remake(
    state: &State,
    order_id: &str,
    wishes: &[PartWish],
    reason: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let order = order::find_filled_in(state, order_id)?;
    check_not_cancelled(&order)?;
    if order.status() == Status::Pending {
        return Err(Rejection::NotBegun { daily_num: order.daily_num });
    }
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    let mut after = order.clone();
    let parts = split_off(&mut after, wishes)?;
    for item in these(&mut after, &parts) {
        item.status = LineStatus::Waiting.into();
        item.done_at = None;
        item.remakes = item.remakes.saturating_add(1);
        item.remade_at = Some(stamp.now);
        item.reason = reason.into();
    }
    check_size(&after)?;
    let again: Vec<OrderItem> = these(&mut after, &parts).map(|item| item.clone()).collect();
    let stock = menu::take_again(state, &again, stamp)?;

    let mut events = vec![Payload::OrderLinesRemade(OrderLinesRemade {
        order_id: order.order_id.clone(),
        daily_num: order.daily_num,
        items: changed(&order, &after),
        reason: reason.into(),
        updated_at: Some(stamp.now),
    })];
    events.extend(stock);
    events.extend(order_event::back_to_making(&order, stamp));
    Ok(events)
}

/// Makes a line of its own of each part that is not all of its line; returns the numbers of the
/// lines that are the parts.
fn split_off(order: &mut Order, wishes: &[PartWish]) -> Result<Vec<i32>, Rejection> {
    let daily_num = order.daily_num;
    let mut named = BTreeSet::new();
    let mut parts = Vec::with_capacity(wishes.len());
    // All of them first: a wish can't mean a line that another wish makes.
    for PartWish { line_id, .. } in wishes {
        find(order, *line_id)?;
        if !named.insert(*line_id) {
            return Err(Rejection::LineNamedTwice { line_id: *line_id });
        }
    }
    for PartWish { line_id, quantity } in wishes {
        let line_id = *line_id;
        let new_id = largest_id(order).saturating_add(1);
        let Some(item) = order.items.iter_mut().find(|item| item.line_id == line_id) else {
            continue;
        };
        let (has, wanted) = (item.quantity, quantity.map_or(item.quantity, |count| count.get()));
        if wanted > has {
            return Err(Rejection::LineQuantity { daily_num, line_id, has, wanted });
        }
        if wanted == has {
            parts.push(line_id);
            continue;
        }
        let mut part = OrderItem { line_id: new_id, split_from: line_id, ..item.clone() };
        set_quantity(&mut part, wanted);
        set_quantity(item, has - wanted);
        order.items.push(part);
        parts.push(new_id);
    }
    Ok(parts)
}

fn set_quantity(item: &mut OrderItem, quantity: i32) {
    item.quantity = quantity;
    // Less than what the line came to before.
    item.total_price = item.unit_price.saturating_mul(quantity);
}

fn these<'a>(order: &'a mut Order, ids: &[i32]) -> impl Iterator<Item = &'a mut OrderItem> {
    order.items.iter_mut().filter(|item| ids.contains(&item.line_id))
}

/// Lines keep their places, so what is not as it was is changed or new.
fn changed(before: &Order, after: &Order) -> Vec<OrderItem> {
    let is_changed =
        |(at, item): &(usize, &OrderItem)| before.items.get(*at).is_none_or(|old| old != *item);
    after.items.iter().enumerate().filter(is_changed).map(|(_, item)| item.clone()).collect()
}
