//! The events of an order's life: what they say, and what they make of the order.

use kiosk_proto::v1::{
    LineState, Order, OrderCancelled, OrderRecalled, OrderStatusChanged, OrderTableChanged,
    event::Payload, order_status::Value as Status,
};

use crate::{
    Stamp,
    lines::{is_cancelled, put_items, put_states},
};

/// Changes the order as the event says.
pub(crate) fn apply(order: &mut Order, event: &Payload) {
    match event {
        Payload::OrderStatusChanged(e) => {
            put_states(order, &e.lines);
            order.status = e.status;
            order.updated_at = e.updated_at;
        }
        Payload::OrderRecalled(e) => {
            put_states(order, &e.lines);
            order.status = e.status;
            order.updated_at = e.updated_at;
        }
        Payload::OrderCancelled(e) => {
            order.status = Status::Cancelled.into();
            order.updated_at = e.cancelled_at;
            order.cancel_reason.clone_from(&e.reason);
        }
        Payload::OrderLinesChanged(e) => {
            put_states(order, &e.lines);
            order.updated_at = e.updated_at;
        }
        Payload::OrderPriorityChanged(e) => {
            order.is_priority = e.is_priority;
            order.updated_at = e.updated_at;
        }
        Payload::OrderTableChanged(e) => {
            order.table.clone_from(&e.table);
            order.updated_at = e.updated_at;
        }
        Payload::OrderItemsAdded(e) => {
            put_items(order, &e.items);
            order.total_amount = e.total_amount;
            order.updated_at = e.updated_at;
        }
        Payload::OrderLinesCancelled(e) => {
            put_items(order, &e.items);
            order.total_amount = e.total_amount;
            order.updated_at = e.updated_at;
        }
        Payload::OrderLinesRemade(e) => {
            put_items(order, &e.items);
            order.updated_at = e.updated_at;
        }
        // Not about an order that there is.
        _ => {}
    }
}

/// A step forward, and the lines that change with it.
pub(crate) fn step(
    order: &Order,
    from: Status,
    to: Status,
    lines: Vec<LineState>,
    stamp: &Stamp,
) -> Payload {
    Payload::OrderStatusChanged(OrderStatusChanged {
        order_id: order.order_id.clone(),
        daily_num: order.daily_num,
        status: to.into(),
        previous_status: from.into(),
        updated_at: Some(stamp.now),
        buzzer_id: order.buzzer_id.clone(),
        lines,
    })
}

/// A step back, and the lines that change with it.
pub(crate) fn step_back(
    order: &Order,
    from: Status,
    to: Status,
    lines: Vec<LineState>,
    stamp: &Stamp,
) -> Payload {
    Payload::OrderRecalled(OrderRecalled {
        order_id: order.order_id.clone(),
        daily_num: order.daily_num,
        status: to.into(),
        previous_status: from.into(),
        updated_at: Some(stamp.now),
        buzzer_id: order.buzzer_id.clone(),
        lines,
    })
}

/// The steps back from READY or COMPLETED; their caller says which lines wait again.
pub(crate) fn back_to_making(order: &Order, stamp: &Stamp) -> Vec<Payload> {
    let steps: &[(Status, Status)] = match order.status() {
        Status::Completed => &[(Status::Completed, Status::Ready), (Status::Ready, Status::Making)],
        Status::Ready => &[(Status::Ready, Status::Making)],
        _ => &[],
    };
    steps.iter().map(|(from, to)| step_back(order, *from, *to, Vec::new(), stamp)).collect()
}

/// Where it is served from now on.
pub(crate) fn served_at(order: &Order, table: &str, stamp: &Stamp) -> Payload {
    Payload::OrderTableChanged(OrderTableChanged {
        order_id: order.order_id.clone(),
        daily_num: order.daily_num,
        table: table.into(),
        previous_table: order.table.clone(),
        updated_at: Some(stamp.now),
    })
}

/// With what is given back for it: the lines that stand.
pub(crate) fn cancelled(order: &Order, refund: i32, reason: &str, stamp: &Stamp) -> Payload {
    Payload::OrderCancelled(OrderCancelled {
        order_id: order.order_id.clone(),
        daily_num: order.daily_num,
        reason: reason.into(),
        cancelled_at: Some(stamp.now),
        previous_status: order.status,
        buzzer_id: order.buzzer_id.clone(),
        refund_amount: refund,
        pay_type: order.pay_type,
        items: order.items.iter().filter(|item| !is_cancelled(item)).cloned().collect(),
    })
}
