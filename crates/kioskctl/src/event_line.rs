use kiosk_proto::{
    EventMeta,
    v1::{Event, event::Payload},
};

use crate::{
    order::{self, item_summary},
    output::{grouped, local_time},
    queue,
    seat::selected,
};

/// One line for a person: `2026-11-21 12:04:05  1207  order:created  #42 CARD 8,000 아메리카노 ×2`.
///
/// An ephemeral event has `-` for its position.
pub(crate) fn event_line(event: &Event) -> String {
    let time = local_time(event.time);
    let seq = event.position.as_ref().map_or_else(|| "-".into(), |p| p.seq.to_string());
    let (name, facts) = match &event.payload {
        Some(payload) => (&*EventMeta::of(payload).name, facts(payload)),
        None => ("unknown", "from a newer box".to_owned()),
    };
    let clock =
        if event.position.is_some() && !event.clock_trusted { " (clock wrong)" } else { "" };
    format!("{time}{clock}  {seq:>6}  {name:<22}  {facts}")
}

fn facts(payload: &Payload) -> String {
    match payload {
        Payload::OrderCreated(order) => format!(
            "#{} {} {} {}  {}",
            order.daily_num,
            order.pay_type().as_str_name(),
            grouped(order.total_amount),
            item_summary(&order.items),
            order.order_id
        ),
        Payload::OrderStatusChanged(change) => format!(
            "#{} {} -> {}  {}",
            change.daily_num,
            change.previous_status().as_str_name(),
            change.status().as_str_name(),
            change.order_id
        ),
        Payload::OrderRecalled(change) => format!(
            "#{} {} -> {}  {}",
            change.daily_num,
            change.previous_status().as_str_name(),
            change.status().as_str_name(),
            change.order_id
        ),
        Payload::OrderCancelled(change) => {
            format!("#{} {}  {}", change.daily_num, change.reason, change.order_id)
        }
        Payload::OrderLinesChanged(e) => format!("{}  {}", order::lines_changed(e), e.order_id),
        Payload::OrderPriorityChanged(e) => {
            format!("{}  {}", order::priority_changed(e), e.order_id)
        }
        Payload::OrderTableChanged(e) => format!("{}  {}", order::table_changed(e), e.order_id),
        Payload::OrderItemsAdded(e) => format!("{}  {}", order::items_added(e), e.order_id),
        Payload::OrderLinesCancelled(e) => {
            format!("{}  {}", order::lines_cancelled(e), e.order_id)
        }
        Payload::OrderLinesRemade(e) => format!("{}  {}", order::lines_remade(e), e.order_id),
        Payload::MenuSoldOutChanged(change) => format!(
            "{} is {}",
            change.menu_name,
            if change.is_sold_out { "sold out" } else { "on sale" }
        ),
        Payload::MenuStockChanged(change) => stock(&change.menu_name, change.remaining),
        Payload::MenuStockBatchChanged(batch) => {
            let items = batch.items.iter().map(|item| stock(&item.menu_name, item.remaining));
            items.collect::<Vec<_>>().join(", ")
        }
        Payload::MenuItemChanged(item) => {
            format!("{} {} {}", item.menu_id, item.name, grouped(item.price))
        }
        Payload::MenuOptionSoldOutChanged(change) => format!(
            "{} {} is {}",
            change.menu_name,
            change.option_name,
            if change.is_sold_out { "sold out" } else { "on sale" }
        ),
        Payload::MenuCategoryChanged(it) => format!("{} {}", it.category_id, it.name),
        Payload::CellBalanceChanged(change) => format!(
            "{} {} {} -> {}",
            change.cell_name,
            change.r#type().as_str_name(),
            grouped(change.balance_before),
            grouped(change.balance_after)
        ),
        Payload::QueueUpdated(update) => queue::updated(update),
        Payload::QueueLineChanged(line) => queue::room_line(line),
        Payload::SeatSelected(change) => selected(Some(change)),
        Payload::SeatReleased(change) => {
            format!("{} {}", change.seat_id, change.reason().as_str_name())
        }
        Payload::MessageCreated(message) => {
            let sender = message.sender.as_ref().map_or("", |sender| &sender.name);
            format!("{}: {sender}: {}", message.room, message.text)
        }
        Payload::SettingsChanged(change) => format!("{} = {}", change.key, change.value),
        Payload::DayClosed(report) => {
            format!("Z {}, net {}", report.number, grouped(report.net))
        }
        // The rest is rare: its fields say enough.
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

fn stock(name: &str, remaining: Option<i32>) -> String {
    match remaining {
        Some(count) => format!("{name}: {count} left"),
        None => format!("{name}: not counted"),
    }
}

#[cfg(test)]
mod tests {
    use kiosk_proto::v1::{MenuItemDeleted, Order, OrderItem, Position, pay_type};

    use super::*;

    #[test]
    fn an_order_is_one_line() {
        let latte = OrderItem { menu_name: "라떼".into(), quantity: 2, ..Default::default() };
        let order = Order {
            order_id: "ORD-1-abc123".into(),
            daily_num: 42,
            pay_type: pay_type::Value::Card.into(),
            total_amount: 10_000,
            items: vec![latte],
            ..Default::default()
        };
        let event = Event {
            position: Some(Position { epoch: "5f0c2a9be3d14477".into(), seq: 7 }),
            clock_trusted: true,
            payload: Some(Payload::OrderCreated(order)),
            time: None,
        };
        assert_eq!(
            event_line(&event),
            "-       7  order:created           #42 CARD 10,000 라떼 ×2  ORD-1-abc123"
        );
    }

    #[test]
    fn an_event_without_words_of_its_own_shows_its_fields() {
        let deleted = MenuItemDeleted { menu_id: 3, menu_name: "빙수".into(), updated_at: None };
        let event =
            Event { payload: Some(Payload::MenuItemDeleted(deleted)), ..Default::default() };
        let line = event_line(&event);
        assert!(line.contains("menu:item_deleted") && line.contains("빙수"), "{line}");
    }

    #[test]
    fn an_event_of_a_newer_contract_keeps_its_place() {
        let position = Some(Position { epoch: "5f0c2a9be3d14477".into(), seq: 9 });
        let line = event_line(&Event { position, ..Default::default() });
        assert_eq!(line, "- (clock wrong)       9  unknown                 from a newer box");
    }
}
