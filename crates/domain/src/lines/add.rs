//! A placed order gets more lines.

use kiosk_proto::v1::{OrderItemsAdded, event::Payload, role::Value as Role};

use super::{check_open, check_size, largest_id, number};
use crate::{
    ItemWish, Rejection, Stamp, State, availability, cell, menu, order, order_event, pricing,
};

/// At the prices of now, and paid as the order was. All of it or nothing.
pub(crate) fn add(
    state: &State,
    order_id: &str,
    wishes: &[ItemWish],
    expected_total: Option<i32>,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let order = order::find_filled_in(state, order_id)?;
    check_open(&order)?;
    if wishes.is_empty() {
        return Err(Rejection::OrderInvalid { problem: "it has no items" });
    }
    let is_kiosk = stamp.actor.role == Role::Kiosk;
    if is_kiosk && let Some(refusal) = state.settings.refusal_of_kiosks(stamp.now) {
        return Err(refusal);
    }
    if is_kiosk || stamp.actor.role == Role::Customer {
        availability::check(state, wishes, stamp.now)?;
    }
    // Nobody brings a PIN here: a kiosk can't add to what a cell with PINs pays.
    let payer = order.cell_info.as_ref().map(|cell| cell::payer(state, cell.id, None, is_kiosk));
    let payer = payer.transpose()?;
    let stock = menu::take(state, wishes, stamp)?;
    let (mut items, added_amount) = pricing::price(state, wishes)?;
    let total_amount = pricing::bounded(i64::from(order.total_amount) + i64::from(added_amount))?;
    if let Some(expected) = expected_total.filter(|expected| *expected != total_amount) {
        return Err(Rejection::TotalChanged { expected, actual: total_amount });
    }
    let addition = order.items.iter().map(|item| item.addition).max().unwrap_or(0);
    let addition = addition.saturating_add(1);
    number(&mut items, largest_id(&order));
    for item in &mut items {
        item.addition = addition;
        item.added_at = Some(stamp.now);
    }
    let mut after = order.clone();
    after.items.extend(items.iter().cloned());
    check_size(&after)?;
    let payment = payer.map(|payer| payer.pay(&order, added_amount, stamp)).transpose()?.flatten();

    let mut events = vec![Payload::OrderItemsAdded(OrderItemsAdded {
        order_id: order.order_id.clone(),
        daily_num: order.daily_num,
        items,
        addition,
        added_amount,
        total_amount,
        pay_type: order.pay_type,
        updated_at: Some(stamp.now),
    })];
    events.extend(stock.into_iter().chain(payment));
    events.extend(order_event::back_to_making(&order, stamp));
    Ok(events)
}
