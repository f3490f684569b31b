use std::{collections::BTreeSet, sync::Arc};

use kiosk_domain::{BusinessDate, OrderKey};
use kiosk_hub::Hub;
use kiosk_proto::v1::{
    ListOrdersRequest, ListOrdersResponse, Order, order_status::Value as OrderStatus,
};
use tonic::Status;

use crate::{
    page,
    parse::Violations,
    status::{history_closed, internal},
};

/// The day of the newest order is read from the working set, which has all of it. A day before is read
/// from the store; what is still open of it may be newer in the working set.
pub(crate) fn list(hub: &Hub, request: &ListOrdersRequest) -> Result<ListOrdersResponse, Status> {
    let snapshot = hub.snapshot();
    let today = snapshot.state.business_date_at(hub.now());
    let mut violations = Violations::default();
    let date = business_date(&mut violations, &request.business_date, today);
    let size = page::size(&mut violations, request.page_size);
    let token = page::token(&mut violations, &request.page_token);
    let statuses = statuses(&mut violations, &request.statuses);
    let ((date, size), token) = violations.or_both(date.zip(size), token)?;

    let wanted = |order: &Order| statuses.is_empty() || statuses.contains(&order.status());
    let mut after = token.unwrap_or(0);
    let mut orders: Vec<Order> = Vec::with_capacity(size);
    loop {
        let missing = size - orders.len();
        let batch: Vec<Arc<Order>> = if date == snapshot.state.business_date() {
            let from = OrderKey { date, daily_num: after.saturating_add(1) };
            snapshot
                .state
                .orders_from(from)
                .map(|(_, order)| Arc::clone(order))
                .take(missing)
                .collect()
        } else {
            let history = hub.history().map_err(history_closed)?;
            let read = history.orders_of_day(date, after, missing).map_err(|e| internal(&e))?;
            let newest = |order: Order| match snapshot.state.order(&order.order_id) {
                Some(newer) => Arc::clone(newer),
                None => Arc::new(order),
            };
            read.into_iter().map(newest).collect()
        };
        let is_last = batch.len() < missing;
        after = batch.last().map_or(after, |order| order.daily_num);
        orders.extend(batch.iter().filter(|order| wanted(order)).map(|order| Order::clone(order)));
        if is_last || orders.len() == size {
            let next_page_token = if is_last { String::new() } else { after.to_string() };
            return Ok(ListOrdersResponse {
                orders,
                next_page_token,
                business_date: date.to_string(),
            });
        }
    }
}

/// The ones asked for; what is none of them is noted.
fn statuses(violations: &mut Violations, asked: &[i32]) -> BTreeSet<OrderStatus> {
    let numbered = asked.iter().enumerate();
    numbered
        .filter_map(|(i, status)| violations.choice(&format!("statuses[{i}]"), *status))
        .collect()
}

fn business_date(
    violations: &mut Violations,
    text: &str,
    today: BusinessDate,
) -> Option<BusinessDate> {
    if text.is_empty() {
        return Some(today);
    }
    let date = BusinessDate::parse(text);
    if date.is_none() {
        violations.add("business_date", "it must be YYYY-MM-DD");
    }
    date
}
