//! The calls about a part of an order: its lines, and its place among the others.

use std::collections::BTreeSet;

use kiosk_domain::{
    Command, LineChoice, PartWish, Quantity,
    limits::{LABEL_CHARS_MAX, NOTE_CHARS_MAX, ORDER_LINES_MAX, QUANTITY_MAX},
};
use kiosk_hub::{Committed, Hub};
use kiosk_proto::v1::{
    AddToOrderRequest, AddToOrderResponse, BumpLinesRequest, BumpLinesResponse, CancelLinesRequest,
    CancelLinesResponse, LinePart, OrderLinesChanged, OrderRecalled, OrderStatusChanged,
    RecallLinesRequest, RecallLinesResponse, RemakeLinesRequest, RemakeLinesResponse,
    SetPriorityRequest, SetPriorityResponse, event::Payload,
};
use tonic::{Request, Status};

use crate::{
    mutation::{Mutation, commit, pick, pick_all},
    order_items::parse_items,
    parse::Violations,
};

pub(crate) async fn bump_lines(
    hub: &Hub,
    request: &Request<BumpLinesRequest>,
) -> Result<BumpLinesResponse, Status> {
    let committed = commit(hub, request).await?;
    Ok(BumpLinesResponse {
        position: Some(committed.position.into()),
        change: lines_changed(&committed),
        steps: steps(&committed),
    })
}

pub(crate) async fn recall_lines(
    hub: &Hub,
    request: &Request<RecallLinesRequest>,
) -> Result<RecallLinesResponse, Status> {
    let committed = commit(hub, request).await?;
    Ok(RecallLinesResponse {
        position: Some(committed.position.into()),
        change: lines_changed(&committed),
        steps: steps_back(&committed),
    })
}

pub(crate) async fn set_priority(
    hub: &Hub,
    request: &Request<SetPriorityRequest>,
) -> Result<SetPriorityResponse, Status> {
    let committed = commit(hub, request).await?;
    let change = pick(&committed, |event| match event {
        Payload::OrderPriorityChanged(change) => Some(change.clone()),
        _ => None,
    });
    Ok(SetPriorityResponse { position: Some(committed.position.into()), change })
}

pub(crate) async fn cancel_lines(
    hub: &Hub,
    request: &Request<CancelLinesRequest>,
) -> Result<CancelLinesResponse, Status> {
    let committed = commit(hub, request).await?;
    Ok(CancelLinesResponse {
        position: Some(committed.position.into()),
        change: pick(&committed, |event| match event {
            Payload::OrderLinesCancelled(change) => Some(change.clone()),
            _ => None,
        }),
        step: steps(&committed).pop(),
        cancelled: pick(&committed, |event| match event {
            Payload::OrderCancelled(change) => Some(change.clone()),
            _ => None,
        }),
    })
}

pub(crate) async fn remake_lines(
    hub: &Hub,
    request: &Request<RemakeLinesRequest>,
) -> Result<RemakeLinesResponse, Status> {
    let committed = commit(hub, request).await?;
    let change = pick(&committed, |event| match event {
        Payload::OrderLinesRemade(change) => Some(change.clone()),
        _ => None,
    });
    let steps = steps_back(&committed);
    Ok(RemakeLinesResponse { position: Some(committed.position.into()), change, steps })
}

pub(crate) async fn add_to_order(
    hub: &Hub,
    request: &Request<AddToOrderRequest>,
) -> Result<AddToOrderResponse, Status> {
    let committed = commit(hub, request).await?;
    let change = pick(&committed, |event| match event {
        Payload::OrderItemsAdded(change) => Some(change.clone()),
        _ => None,
    });
    let step = steps_back(&committed).pop();
    Ok(AddToOrderResponse { position: Some(committed.position.into()), change, step })
}

fn lines_changed(committed: &Committed) -> Option<OrderLinesChanged> {
    pick(committed, |event| match event {
        Payload::OrderLinesChanged(change) => Some(change.clone()),
        _ => None,
    })
}

fn steps(committed: &Committed) -> Vec<OrderStatusChanged> {
    pick_all(committed, |event| match event {
        Payload::OrderStatusChanged(step) => Some(step.clone()),
        _ => None,
    })
}

fn steps_back(committed: &Committed) -> Vec<OrderRecalled> {
    pick_all(committed, |event| match event {
        Payload::OrderRecalled(step) => Some(step.clone()),
        _ => None,
    })
}

impl Mutation for BumpLinesRequest {
    const METHOD: &'static str = "kiosk.v1.OrderService/BumpLines";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let order_id = violations.filled("order_id", &self.order_id, LABEL_CHARS_MAX);
        let lines = parse_choice(violations, &self.line_ids, &self.station);
        Some(Command::BumpLines { order_id: order_id?, lines: lines? })
    }
}

impl Mutation for RecallLinesRequest {
    const METHOD: &'static str = "kiosk.v1.OrderService/RecallLines";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let order_id = violations.filled("order_id", &self.order_id, LABEL_CHARS_MAX);
        let lines = parse_choice(violations, &self.line_ids, &self.station);
        Some(Command::RecallLines { order_id: order_id?, lines: lines? })
    }
}

impl Mutation for SetPriorityRequest {
    const METHOD: &'static str = "kiosk.v1.OrderService/SetPriority";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let order_id = violations.filled("order_id", &self.order_id, LABEL_CHARS_MAX)?;
        Some(Command::SetPriority { order_id, is_priority: self.is_priority })
    }
}

impl Mutation for CancelLinesRequest {
    const METHOD: &'static str = "kiosk.v1.OrderService/CancelLines";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let order_id = violations.filled("order_id", &self.order_id, LABEL_CHARS_MAX);
        let parts = parse_parts(violations, &self.lines);
        let reason = violations.text("reason", &self.reason, NOTE_CHARS_MAX);
        Some(Command::CancelLines { order_id: order_id?, parts: parts?, reason: reason? })
    }
}

impl Mutation for RemakeLinesRequest {
    const METHOD: &'static str = "kiosk.v1.OrderService/RemakeLines";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let order_id = violations.filled("order_id", &self.order_id, LABEL_CHARS_MAX);
        let parts = parse_parts(violations, &self.lines);
        let reason = violations.text("reason", &self.reason, NOTE_CHARS_MAX);
        Some(Command::RemakeLines { order_id: order_id?, parts: parts?, reason: reason? })
    }
}

impl Mutation for AddToOrderRequest {
    const METHOD: &'static str = "kiosk.v1.OrderService/AddToOrder";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let order_id = violations.filled("order_id", &self.order_id, LABEL_CHARS_MAX);
        let items = parse_items(violations, &self.items);
        let expected_total = self.expected_total;
        Some(Command::AddToOrder { order_id: order_id?, items: items?, expected_total })
    }
}

fn parse_choice(
    violations: &mut Violations,
    line_ids: &[i32],
    station: &str,
) -> Option<LineChoice> {
    if line_ids.is_empty() {
        let station = violations.text("station", station, LABEL_CHARS_MAX)?;
        let is_all = station.is_empty();
        return Some(if is_all { LineChoice::All } else { LineChoice::Station(station) });
    }
    if !station.is_empty() {
        violations.add("station", "it can't be with line_ids");
    }
    if line_ids.len() > ORDER_LINES_MAX {
        violations.add("line_ids", format!("there must be at most {ORDER_LINES_MAX}"));
        return None;
    }
    let mut named = BTreeSet::new();
    for (index, line_id) in line_ids.iter().enumerate() {
        check_line(violations, &format!("line_ids[{index}]"), *line_id, &mut named);
    }
    Some(LineChoice::Lines(line_ids.to_vec()))
}

fn parse_parts(violations: &mut Violations, parts: &[LinePart]) -> Option<Vec<PartWish>> {
    if parts.is_empty() || parts.len() > ORDER_LINES_MAX {
        violations.add("lines", format!("there must be 1 to {ORDER_LINES_MAX}"));
        return None;
    }
    let mut named = BTreeSet::new();
    let mut wishes = Vec::with_capacity(parts.len());
    for (index, LinePart { line_id, quantity }) in parts.iter().enumerate() {
        let name = |field: &str| format!("lines[{index}].{field}");
        check_line(violations, &name("line_id"), *line_id, &mut named);
        let count = violations.range(&name("quantity"), *quantity, 0, QUANTITY_MAX);
        // 0 is no quantity: all of the line.
        wishes.extend(
            count.map(|count| PartWish { line_id: *line_id, quantity: Quantity::new(count) }),
        );
    }
    Some(wishes)
}

fn check_line(violations: &mut Violations, field: &str, line_id: i32, named: &mut BTreeSet<i32>) {
    if violations.range(field, line_id, 1, i32::MAX).is_some() && !named.insert(line_id) {
        violations.add(field, format!("line {line_id} is named twice"));
    }
}
