use std::collections::BTreeMap;

use kiosk_proto::v1::{
    LineState, Order, OrderItem, event::Payload, line_status::Value as Line,
    order_status::Value as Status, pay_type::Value as PayType,
};

use super::{Outcome, Sum};

/// The orders as they come out, what was paid and given back, and what was done to them.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    pub(crate) all: BTreeMap<String, Order>,
    pub(crate) placed: BTreeMap<PayType, Sum>,
    pub(crate) added: BTreeMap<PayType, Sum>,
    pub(crate) cancelled_lines: BTreeMap<PayType, Sum>,
    pub(crate) cancelled_orders: BTreeMap<PayType, Sum>,
    pub(crate) begun: u64,
    pub(crate) bumped_lines: u64,
    pub(crate) recalled_lines: u64,
    pub(crate) recalled_orders: u64,
    pub(crate) remakes: u64,
    pub(crate) priority_set: u64,
    pub(crate) priority_undone: u64,
}

impl Orders {
    pub(super) fn weigh(&mut self, events: &[&Payload]) -> Outcome {
        let mut outcome = Outcome::default();
        let known = events.iter().filter_map(|event| self.all.get(order_of(event)?));
        let before: BTreeMap<String, Status> =
            known.map(|order| (order.order_id.clone(), order.status())).collect();
        let lines_change = events.iter().any(|event| {
            use Payload as P;
            matches!(
                event,
                P::OrderLinesChanged(_) | P::OrderItemsAdded(_) | P::OrderLinesRemade(_)
            )
        });
        for event in events {
            if let Some(order_id) = self.hear(event, &before, lines_change, &mut outcome) {
                outcome.is_of_order = true;
                let order = &self.all[&order_id];
                let due = self.points_due(order, event);
                outcome.points_due += due;
            }
        }
        for order_id in events.iter().filter_map(|event| order_of(event)) {
            check_progress(&self.all[order_id]);
        }
        outcome
    }

    /// What that event moves, if the order is paid with points.
    fn points_due(&self, order: &Order, event: &Payload) -> i64 {
        let amount = match event {
            Payload::OrderCreated(order) => order.items.iter().map(|it| it.total_price).sum(),
            Payload::OrderItemsAdded(e) => e.added_amount,
            Payload::OrderLinesCancelled(e) => -e.refund_amount,
            Payload::OrderCancelled(e) => -e.refund_amount,
            _ => 0,
        };
        if order.pay_type() == PayType::Cell { i64::from(amount) } else { 0 }
    }

    /// The id of the order that it is about, if it is about one.
    fn hear(
        &mut self,
        event: &Payload,
        before: &BTreeMap<String, Status>,
        lines_change: bool,
        outcome: &mut Outcome,
    ) -> Option<String> {
        use Payload as P;
        let order_id = order_of(event)?.to_owned();
        if let P::OrderCreated(order) = event {
            assert_eq!(sum(&order.items), order.total_amount);
            let ids = order.items.iter().map(|item| item.line_id);
            assert!(ids.eq(1..=order.items.len() as i32), "{order:?}");
            self.placed.entry(order.pay_type()).or_default().add(order.total_amount);
            take(&mut outcome.taken, &order.items);
            assert!(self.all.insert(order_id.clone(), order.clone()).is_none());
            return Some(order_id);
        }
        let order = self.all.get_mut(&order_id).unwrap();
        // Only then nobody has begun, and what is cancelled goes back to the stock.
        let was_pending = before[&order_id] == Status::Pending;
        match event {
            P::OrderStatusChanged(e) => {
                assert_eq!(e.previous_status, order.status);
                put_states(order, &e.lines);
                order.status = e.status;
                self.begun += u64::from(e.status() == Status::Making && !lines_change);
            }
            P::OrderRecalled(e) => {
                assert_eq!(e.previous_status, order.status);
                put_states(order, &e.lines);
                order.status = e.status;
                self.recalled_orders += u64::from(!lines_change);
            }
            P::OrderCancelled(e) => {
                assert_eq!(e.refund_amount, sum(standing(order)));
                assert_eq!(e.pay_type, order.pay_type);
                let ids = e.items.iter().map(|item| item.line_id);
                assert!(ids.eq(standing(order).iter().map(|item| item.line_id)), "{e:?}");
                if was_pending {
                    give_back(&mut outcome.taken, standing(order));
                }
                self.cancelled_orders.entry(e.pay_type()).or_default().add(e.refund_amount);
                order.set_status(Status::Cancelled);
            }
            P::OrderLinesChanged(e) => {
                let counted =
                    if e.is_recall { &mut self.recalled_lines } else { &mut self.bumped_lines };
                *counted += e.lines.len() as u64;
                put_states(order, &e.lines);
            }
            P::OrderPriorityChanged(e) => {
                assert_ne!(order.is_priority, e.is_priority);
                order.is_priority = e.is_priority;
                let counted =
                    if e.is_priority { &mut self.priority_set } else { &mut self.priority_undone };
                *counted += 1;
            }
            P::OrderItemsAdded(e) => {
                assert_eq!(sum(&e.items), e.added_amount);
                take(&mut outcome.taken, &e.items);
                put_items(order, &e.items);
                assert_eq!(e.total_amount, order.total_amount);
                self.added.entry(e.pay_type()).or_default().add(e.added_amount);
            }
            P::OrderLinesCancelled(e) => {
                let all = order.clone();
                put_items(order, &e.items);
                assert_eq!(e.refund_amount, all.total_amount - order.total_amount);
                assert_eq!(e.total_amount, order.total_amount);
                if was_pending {
                    give_back(&mut outcome.taken, standing(&all));
                    take(&mut outcome.taken, standing(order));
                }
                self.cancelled_lines.entry(e.pay_type()).or_default().add(e.refund_amount);
            }
            P::OrderLinesRemade(e) => {
                let all = order.clone();
                let again = e.items.iter().filter(|item| is_again(&all, item));
                take(&mut outcome.taken, again);
                put_items(order, &e.items);
                assert_eq!(order.total_amount, all.total_amount, "it costs nothing");
                self.remakes += 1;
            }
            _ => {}
        }
        Some(order_id)
    }
}

/// The order that an event is about.
fn order_of(event: &Payload) -> Option<&str> {
    use Payload as P;
    Some(match event {
        P::OrderCreated(e) => &e.order_id,
        P::OrderStatusChanged(e) => &e.order_id,
        P::OrderRecalled(e) => &e.order_id,
        P::OrderCancelled(e) => &e.order_id,
        P::OrderLinesChanged(e) => &e.order_id,
        P::OrderPriorityChanged(e) => &e.order_id,
        P::OrderItemsAdded(e) => &e.order_id,
        P::OrderLinesCancelled(e) => &e.order_id,
        P::OrderLinesRemade(e) => &e.order_id,
        _ => return None,
    })
}

/// After a command: an order is ready exactly when nothing of it waits.
fn check_progress(order: &Order) {
    let waits = order.items.iter().any(|item| item.status() == Line::Waiting);
    match order.status() {
        Status::Cancelled => {}
        Status::Pending | Status::Making => assert!(waits, "{order:?}"),
        _ => assert!(!waits, "{order:?}"),
    }
}

fn put_states(order: &mut Order, states: &[LineState]) {
    for state in states {
        let line = order.items.iter_mut().find(|item| item.line_id == state.line_id).unwrap();
        assert_ne!(line.status(), Line::Cancelled, "what is cancelled stays so");
        line.status = state.status;
        line.done_at = state.done_at;
    }
}

/// A new line has the next number; a known one never costs more than before. Then the total is that
/// of the lines that stand.
fn put_items(order: &mut Order, items: &[OrderItem]) {
    for item in items {
        match order.items.iter_mut().find(|known| known.line_id == item.line_id) {
            Some(known) => {
                assert!(item.total_price <= known.total_price, "{item:?}");
                known.clone_from(item);
            }
            None => {
                assert_eq!(item.line_id, order.items.len() as i32 + 1);
                order.items.push(item.clone());
            }
        }
    }
    order.total_amount = sum(standing(order));
}

/// That line, or the part of it that became a line of its own, is made once more than before.
fn is_again(before: &Order, item: &OrderItem) -> bool {
    let remakes = |id| before.items.iter().find(|it| it.line_id == id).map(|it| it.remakes);
    let known = remakes(item.line_id).or_else(|| remakes(item.split_from)).unwrap();
    item.remakes > known
}

fn standing(order: &Order) -> Vec<&OrderItem> {
    order.items.iter().filter(|item| item.status() != Line::Cancelled).collect()
}

fn sum<'a>(items: impl IntoIterator<Item = &'a OrderItem>) -> i32 {
    items.into_iter().map(|item| item.total_price).sum()
}

fn take<'a>(taken: &mut BTreeMap<i32, i32>, items: impl IntoIterator<Item = &'a OrderItem>) {
    for item in items {
        *taken.entry(item.menu_id).or_default() += item.quantity;
    }
}

fn give_back<'a>(taken: &mut BTreeMap<i32, i32>, items: impl IntoIterator<Item = &'a OrderItem>) {
    for item in items {
        *taken.entry(item.menu_id).or_default() -= item.quantity;
    }
}
