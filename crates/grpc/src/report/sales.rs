//! What the orders of a range of business days came to, from history and the working set.

use std::time::Duration;

use kiosk_domain::{
    BusinessDate, OrderKey, Sales,
    limits::{SALES_DAYS_MAX, SALES_ITEMS_MAX},
};
use kiosk_hub::{History, HistoryError, Hub, Snapshot};
use kiosk_proto::v1::{GetSalesReportRequest, Order, SalesReport};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{
    parse::Violations,
    status::{history_closed, internal},
};

/// Orders that are read at once.
const READ_ORDERS: usize = 256;
/// How many items are listed when the client does not say.
const ITEMS: i32 = 20;
/// Between two looks whether the store has caught up with the log.
const BEHIND: Duration = Duration::from_millis(2);

/// What is asked, read.
pub(super) struct SalesWish {
    days: Vec<BusinessDate>,
    items_max: usize,
}

pub(super) fn wish(
    violations: &mut Violations,
    request: &GetSalesReportRequest,
) -> Option<SalesWish> {
    let mut date = |field: &str, text: &str| {
        let date = BusinessDate::parse(text);
        if date.is_none() {
            violations.add(field, "it must be YYYY-MM-DD");
        }
        date
    };
    let from = date("from_date", &request.from_date);
    let to = date("to_date", &request.to_date);
    let items_max = if request.items_max == 0 { ITEMS } else { request.items_max };
    let items_max = violations.range("items_max", items_max, 1, SALES_ITEMS_MAX);
    let (from, to) = from.zip(to)?;
    let days: Vec<BusinessDate> = from.through(to).take(SALES_DAYS_MAX + 1).collect();
    if days.is_empty() {
        violations.add("to_date", "it must not be before from_date");
    } else if days.len() > SALES_DAYS_MAX {
        violations.add("to_date", format!("the range must have at most {SALES_DAYS_MAX} days"));
    }
    Some(SalesWish { days, items_max: usize::try_from(items_max?).ok()? })
}

pub(super) async fn counted(hub: &Hub, wish: SalesWish) -> Result<SalesReport, Status> {
    let snapshot = hub.snapshot();
    // What has left the working set is in the store, but it is written behind.
    let history = loop {
        let history = hub.history().map_err(history_closed)?;
        if history.applied().seq >= snapshot.position.seq {
            break history;
        }
        tokio::time::sleep(BEHIND).await;
    };
    let left = CancellationToken::new();
    let _leaves = left.clone().drop_guard();
    let counting = tokio::task::spawn_blocking(move || count(&history, &snapshot, &wish, &left));
    let counted = counting.await.map_err(|error| internal(&error))?;
    counted.map_err(|error| internal(&error))
}

/// A page of orders is in memory, however many there are.
fn count(
    history: &History,
    snapshot: &Snapshot,
    wish: &SalesWish,
    left: &CancellationToken,
) -> Result<SalesReport, HistoryError> {
    let SalesWish { days, items_max } = wish;
    let mut sales = Sales::new(&snapshot.state);
    // Who asked has left: nobody sees what this comes to.
    for date in days.iter().take_while(|_| !left.is_cancelled()) {
        let mut after = 0;
        loop {
            let orders = history.orders_of_day(*date, after, READ_ORDERS)?;
            let is_last = orders.len() < READ_ORDERS;
            for order in orders {
                after = order.daily_num;
                count_old(&mut sales, snapshot, order);
            }
            if is_last {
                break;
            }
        }
    }
    let first = days.first().copied().unwrap_or_default();
    let last = days.last().copied().unwrap_or_default();
    let at_hand = snapshot.state.orders_from(OrderKey { date: first, daily_num: 0 });
    for (_, order) in at_hand.take_while(|(key, _)| key.date <= last) {
        sales.count(Order::clone(order));
    }
    Ok(sales.report(first, last, *items_max))
}

/// The working set has the newest of its orders, and the store may have newer ones than it.
fn count_old(sales: &mut Sales, snapshot: &Snapshot, order: Order) {
    let newest = snapshot.state.newest_order();
    if snapshot.state.order(&order.order_id).is_none() && OrderKey::of(&order) <= newest {
        sales.count(order);
    }
}
