//! What clients of the older systems listen for: some events once more, under another name, some in
//! another shape.

use std::{io::Write as _, sync::Arc};

use bytes::Bytes;
use kiosk_hub::{Form, Published};
use kiosk_proto::v1::{Event, event::Payload, order_status::Value as OrderStatus};
use serde_json::json;

use crate::session::Session;

/// The beginning of the event's arguments under its older name, `["new_order",{…}`, if this client
/// is to hear that.
pub(super) fn arguments<'a>(event: &'a Arc<Published>, session: &Session) -> Option<&'a Bytes> {
    let is_for = match event.event.payload.as_ref()? {
        Payload::OrderCreated(_) => session.is_in("kitchen"),
        Payload::OrderStatusChanged(change) => {
            change.status() == OrderStatus::Ready
                && session.is_in(&format!("order_{}", change.order_id))
        }
        Payload::MenuStockChanged(_)
        | Payload::MenuStockBatchChanged(_)
        | Payload::SeatSelected(_) => true,
        _ => false,
    };
    is_for.then(|| event.encoded(Form::SocketIoOlder, encode)).filter(|bytes| !bytes.is_empty())
}

fn encode(event: &Event) -> Bytes {
    let Some(payload) = &event.payload else { return Bytes::new() };
    match payload {
        Payload::OrderCreated(order) => {
            let data = json!({
                "orderId": order.order_id,
                "orderNo": order.daily_num,
                "items": order.items,
                "totalPrice": order.total_amount,
                "createdAt": order.created_at,
            });
            named("new_order", &data)
        }
        Payload::OrderStatusChanged(change) => {
            let data = json!({
                "orderId": change.order_id,
                "orderNo": change.daily_num,
                "status": change.status().as_str_name(),
                "updatedAt": change.updated_at,
            });
            named("order_ready", &data)
        }
        Payload::MenuStockChanged(_) => named("ticket-updated", payload),
        Payload::MenuStockBatchChanged(_) => named("tickets-batch-updated", payload),
        Payload::SeatSelected(_) => named("seat-selected", payload),
        _ => Bytes::new(),
    }
}

/// `["name",data`, open at the end: each client's offset follows.
pub(super) fn named(name: &str, data: &impl serde::Serialize) -> Bytes {
    let mut json = Vec::with_capacity(512);
    // Writing to memory can't fail, and names are words.
    let written =
        write!(json, "[\"{name}\",").and_then(|()| Ok(serde_json::to_writer(&mut json, data)?));
    if written.is_ok() { json.into() } else { Bytes::new() }
}
