use kiosk_proto::v1::{
    AddToOrderResponse, BumpLinesResponse, CancelLinesResponse, CancelOrderResponse, LineState,
    Order, OrderItem, OrderItemsAdded, OrderLinesCancelled, OrderLinesChanged, OrderLinesRemade,
    OrderPriorityChanged, OrderRecalled, OrderStatusChanged, OrderTableChanged,
    RecallLinesResponse, RecallOrderResponse, RemakeLinesResponse, SetOrderStatusResponse,
    SetPriorityResponse, line_status, order_status,
};

use crate::output::{Column, grouped, local_time, table};

/// One line an order.
pub(crate) fn order_table(orders: &[Order]) -> String {
    table(
        [
            Column::Right("NO"),
            Column::Left("STATUS"),
            Column::Right("TOTAL"),
            Column::Left("PAID"),
            Column::Left("ITEMS"),
            Column::Left("PLACED"),
            Column::Left("ORDER"),
        ],
        orders.iter().map(|order| {
            [
                order.daily_num.to_string(),
                order.status().as_str_name().to_owned(),
                grouped(order.total_amount),
                order.pay_type().as_str_name().to_owned(),
                item_summary(&order.items),
                local_time(order.created_at),
                order.order_id.clone(),
            ]
        }),
    )
}

/// Everything about one order, and its items as a table.
pub(super) fn order_details(order: Option<&Order>) -> String {
    let Some(order) = order else {
        return "the answer has no order".into();
    };
    let mut facts = vec![
        format!("#{} {}", order.daily_num, order.status().as_str_name()),
        format!("order     {}", order.order_id),
        format!("placed    {}", local_time(order.created_at)),
        format!("paid      {} {}", order.pay_type().as_str_name(), grouped(order.total_amount)),
        format!("served    {}", order.fulfilment().as_str_name()),
    ];
    let cell = order.cell_info.as_ref().map(|cell| format!("{} {}", cell.id, cell.name));
    let priority = if order.is_priority { "before the others" } else { "" };
    for (name, value) in [
        ("priority", priority),
        ("cell", cell.as_deref().unwrap_or_default()),
        ("table", &order.table),
        ("buzzer", &order.buzzer_id),
        ("external", &order.external_id),
        ("note", &order.note),
        ("cancelled", &order.cancel_reason),
    ] {
        if !value.is_empty() {
            facts.push(format!("{name:<9} {value}"));
        }
    }
    format!("{}\n\n{}", facts.join("\n"), item_table(&order.items))
}

/// `아메리카노 ×2, 치즈케이크`.
pub(crate) fn item_summary(items: &[OrderItem]) -> String {
    let names = items.iter().map(|item| match item.quantity {
        1 => item.menu_name.clone(),
        quantity => format!("{} ×{quantity}", item.menu_name),
    });
    names.collect::<Vec<_>>().join(", ")
}

pub(super) fn status_answer(answer: &SetOrderStatusResponse) -> String {
    answer.change.as_ref().map_or_else(String::new, step_forward)
}

pub(super) fn recall_answer(answer: &RecallOrderResponse) -> String {
    answer.change.as_ref().map_or_else(String::new, step_back)
}

pub(super) fn cancel_answer(answer: &CancelOrderResponse) -> String {
    answer.change.as_ref().map_or_else(String::new, |change| {
        step(change.daily_num, change.previous_status(), order_status::Value::Cancelled)
    })
}

pub(super) fn bump_answer(answer: &BumpLinesResponse) -> String {
    said(answer.change.as_ref().map(lines_changed), answer.steps.iter().map(step_forward))
}

pub(super) fn recall_lines_answer(answer: &RecallLinesResponse) -> String {
    said(answer.change.as_ref().map(lines_changed), answer.steps.iter().map(step_back))
}

pub(super) fn priority_answer(answer: &SetPriorityResponse) -> String {
    said(answer.change.as_ref().map(priority_changed), [])
}

pub(super) fn cancel_lines_answer(answer: &CancelLinesResponse) -> String {
    let cancelled = answer.cancelled.as_ref().map(|change| {
        step(change.daily_num, change.previous_status(), order_status::Value::Cancelled)
    });
    let steps = answer.step.iter().map(step_forward).chain(cancelled);
    said(answer.change.as_ref().map(lines_cancelled), steps)
}

pub(super) fn remake_answer(answer: &RemakeLinesResponse) -> String {
    said(answer.change.as_ref().map(lines_remade), answer.steps.iter().map(step_back))
}

pub(super) fn add_answer(answer: &AddToOrderResponse) -> String {
    said(answer.change.as_ref().map(items_added), answer.step.iter().map(step_back))
}

/// What changed, a line for each step of the order that went with it.
fn said(change: Option<String>, steps: impl IntoIterator<Item = String>) -> String {
    let change = change.unwrap_or_else(|| "nothing changed".into());
    [change].into_iter().chain(steps).collect::<Vec<_>>().join("\n")
}

pub(crate) fn lines_changed(change: &OrderLinesChanged) -> String {
    let ids = listed(change.lines.iter().map(|LineState { line_id, .. }| *line_id));
    let what = if change.is_recall { "waits again" } else { "done" };
    format!("#{} line {ids} {what}", change.daily_num)
}

pub(crate) fn priority_changed(change: &OrderPriorityChanged) -> String {
    let place = if change.is_priority { "before the others" } else { "among the others" };
    format!("#{} {place}", change.daily_num)
}

pub(crate) fn table_changed(change: &OrderTableChanged) -> String {
    format!("#{} is served at {}", change.daily_num, change.table)
}

pub(crate) fn items_added(change: &OrderItemsAdded) -> String {
    let OrderItemsAdded { daily_num, items, added_amount, total_amount, .. } = change;
    let (added, total) = (grouped(*added_amount), grouped(*total_amount));
    format!("#{daily_num} ADD-ON {} for {added}, now {total}", item_summary(items))
}

pub(crate) fn lines_cancelled(change: &OrderLinesCancelled) -> String {
    let cancelled = |item: &&OrderItem| item.status() == line_status::Value::Cancelled;
    let items: Vec<OrderItem> = change.items.iter().filter(cancelled).cloned().collect();
    let (back, total) = (grouped(change.refund_amount), grouped(change.total_amount));
    format!("#{} CANCEL {}: {back} back, now {total}", change.daily_num, item_summary(&items))
}

pub(crate) fn lines_remade(change: &OrderLinesRemade) -> String {
    let waits = |item: &&OrderItem| item.status() == line_status::Value::Waiting;
    let items: Vec<OrderItem> = change.items.iter().filter(waits).cloned().collect();
    format!("#{} REMAKE {}", change.daily_num, item_summary(&items))
}

fn listed(ids: impl Iterator<Item = i32>) -> String {
    ids.map(|id| id.to_string()).collect::<Vec<_>>().join(", ")
}

fn step_forward(change: &OrderStatusChanged) -> String {
    step(change.daily_num, change.previous_status(), change.status())
}

fn step_back(change: &OrderRecalled) -> String {
    step(change.daily_num, change.previous_status(), change.status())
}

fn step(daily_num: i32, from: order_status::Value, to: order_status::Value) -> String {
    format!("#{daily_num} {} -> {}", from.as_str_name(), to.as_str_name())
}

fn item_table(items: &[OrderItem]) -> String {
    table(
        [
            Column::Right("LINE"),
            Column::Right("QTY"),
            Column::Left("ITEM"),
            Column::Left("OPTIONS"),
            Column::Left("STATION"),
            Column::Left("STATE"),
            Column::Right("EACH"),
            Column::Right("SUM"),
        ],
        items.iter().zip(1..).map(|(item, place)| {
            let options = item.options.iter().map(|option| match option.quantity {
                1 => option.option_name.clone(),
                quantity => format!("{} ×{quantity}", option.option_name),
            });
            // Lines of orders from before they had numbers are known by their place.
            let line_id = if item.line_id == 0 { place } else { item.line_id };
            [
                line_id.to_string(),
                item.quantity.to_string(),
                item.menu_name.clone(),
                options.collect::<Vec<_>>().join(", "),
                item.station.clone(),
                state(item),
                grouped(item.unit_price),
                grouped(item.total_price),
            ]
        }),
    )
}

/// As the kitchen marks it: `WAITING ADD-ON`.
fn state(item: &OrderItem) -> String {
    let status = match item.status() {
        line_status::Value::Unspecified => "",
        status => status.as_str_name(),
    };
    let add_on = if item.addition > 0 { "ADD-ON" } else { "" };
    let remake = if item.remakes > 0 { "REMAKE" } else { "" };
    let words = [status, add_on, remake].into_iter().filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}
