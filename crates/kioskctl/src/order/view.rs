use kiosk_proto::v1::{
    CancelOrderResponse, Order, OrderItem, RecallOrderResponse, SetOrderStatusResponse,
    order_status,
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
    for (name, value) in [
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
    answer.change.as_ref().map_or_else(String::new, |change| {
        step(change.daily_num, change.previous_status(), change.status())
    })
}

pub(super) fn recall_answer(answer: &RecallOrderResponse) -> String {
    answer.change.as_ref().map_or_else(String::new, |change| {
        step(change.daily_num, change.previous_status(), change.status())
    })
}

pub(super) fn cancel_answer(answer: &CancelOrderResponse) -> String {
    answer.change.as_ref().map_or_else(String::new, |change| {
        step(change.daily_num, change.previous_status(), order_status::Value::Cancelled)
    })
}

fn step(daily_num: i32, from: order_status::Value, to: order_status::Value) -> String {
    format!("#{daily_num} {} -> {}", from.as_str_name(), to.as_str_name())
}

fn item_table(items: &[OrderItem]) -> String {
    table(
        [
            Column::Right("QTY"),
            Column::Left("ITEM"),
            Column::Left("OPTIONS"),
            Column::Right("EACH"),
            Column::Right("SUM"),
        ],
        items.iter().map(|item| {
            let options = item.options.iter().map(|option| match option.quantity {
                1 => option.option_name.clone(),
                quantity => format!("{} ×{quantity}", option.option_name),
            });
            [
                item.quantity.to_string(),
                item.menu_name.clone(),
                options.collect::<Vec<_>>().join(", "),
                grouped(item.unit_price),
                grouped(item.total_price),
            ]
        }),
    )
}
