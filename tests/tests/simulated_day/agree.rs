//! What the actors were told, what the screens see, and what the journal says must be the same.

use std::collections::{BTreeMap, BTreeSet};

use kiosk_proto::v1::{
    GetSnapshotResponse, Order, order_status::Value as Status, pay_type::Value as PayType,
    seat_status::Value as SeatStatus,
};
use serde_json::Value;

use crate::{
    CUSTOMERS,
    recount::{Recount, Sum, of},
};

pub(crate) fn assert_agree(report: &Value, shown: &GetSnapshotResponse, recount: &Recount) {
    money_agrees(report, recount);
    orders_agree(report, shown, recount);
    work_agrees(report, recount);
    points_agree(report, shown, recount);
    the_hall_agrees(report, shown, recount);
    let stock = shown.menu.iter().filter_map(|item| Some((item.menu_id, item.remaining?)));
    assert_eq!(stock.collect::<BTreeMap<_, _>>(), recount.stock.remaining);
    let sold_out = shown.menu.iter().filter(|item| item.is_sold_out).map(|item| item.menu_id);
    assert_eq!(sold_out.collect::<BTreeSet<_>>(), recount.stock.sold_out);
}

/// The report's sum of that pay type; none is nothing.
fn reported(report: &Value, what: &str, pay_type: PayType) -> Sum {
    let sum = &report[what][pay_type.as_str_name()];
    Sum { times: sum["orders"].as_u64().unwrap_or(0), amount: sum["amount"].as_i64().unwrap_or(0) }
}

/// How often the report says that it was done, which must have been at least once.
fn some(report: &Value, pointer: &str) -> u64 {
    let count = report.pointer(pointer).and_then(Value::as_u64).unwrap();
    assert!(count > 0, "the day has no {pointer}: {report}");
    count
}

/// What came in and went back, by pay type; and what is left is what the orders come to.
fn money_agrees(report: &Value, recount: &Recount) {
    let orders = &recount.orders;
    for pay_type in [PayType::Card, PayType::Cash, PayType::Cell, PayType::Transfer] {
        let mut kept = 0;
        for (what, sums, sign) in [
            ("placed", &orders.placed, 1),
            ("added", &orders.added, 1),
            ("cancelledLines", &orders.cancelled_lines, -1),
            ("cancelledOrders", &orders.cancelled_orders, -1),
        ] {
            let sum = of(sums, pay_type);
            assert_eq!(reported(report, what, pay_type), sum, "{what} {pay_type:?}");
            kept += sign * sum.amount;
        }
        let stands = |o: &Order| o.pay_type() == pay_type && o.status() != Status::Cancelled;
        assert_eq!(kept, recount.sum(stands).amount, "{pay_type:?}");
    }
    let times = |sums: &BTreeMap<PayType, Sum>| sums.values().map(|sum| sum.times).sum::<u64>();
    let all = [&orders.added, &orders.cancelled_lines, &orders.cancelled_orders];
    assert!(all.into_iter().all(|sums| times(sums) > 0), "{report}");
}

/// Everybody was served, was refused, or gave it up; there is something of each.
fn orders_agree(report: &Value, shown: &GetSnapshotResponse, recount: &Recount) {
    let orders = recount.sum(|_| true).times;
    let cancelled = recount.sum(|order| order.status() == Status::Cancelled).times;
    let completed = recount.sum(|order| order.status() == Status::Completed).times;
    let refused: u64 = report["left"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(orders + refused, CUSTOMERS);
    assert_eq!(cancelled + completed, orders);
    assert_eq!([&report["completed"], &report["cancelled"]], [completed, cancelled]);
    assert!(refused > 0 && cancelled > 0 && completed > CUSTOMERS / 2, "{report}");

    let numbers: BTreeSet<i32> = recount.orders.all.values().map(|o| o.daily_num).collect();
    assert!(numbers.into_iter().eq(1..=i32::try_from(orders).unwrap()));
    assert_eq!(shown.orders.len(), recount.orders.all.len());
    for order in &shown.orders {
        let counted = &recount.orders.all[&order.order_id];
        let what_is = |order: &Order| {
            (order.status, order.total_amount, order.is_priority, order.items.clone())
        };
        assert_eq!(what_is(order), what_is(counted), "{}", order.order_id);
    }
}

/// What the crew did.
fn work_agrees(report: &Value, recount: &Recount) {
    let orders = &recount.orders;
    for (what, counted) in [
        ("/crew/begun", orders.begun),
        ("/crew/bumpedLines", orders.bumped_lines),
        ("/crew/recalledLines", orders.recalled_lines),
        ("/crew/recalledOrders", orders.recalled_orders),
        ("/crew/remakes", orders.remakes),
        ("/crew/prioritySet", orders.priority_set),
        ("/crew/priorityUndone", orders.priority_undone),
        ("/staff/messages", recount.messages),
    ] {
        assert_eq!(some(report, what), counted, "{what}");
    }
}

/// A cell's balance is the sum of its ledger, and has paid what its orders come to.
fn points_agree(report: &Value, shown: &GetSnapshotResponse, recount: &Recount) {
    let points = &recount.points;
    assert_eq!(report["staff"]["charged"], points.charged);
    assert_eq!(report["staff"]["transferred"], points.transferred);
    assert_eq!(some(report, "/staff/transfers"), points.transfers);
    assert_eq!(some(report, "/pins/accepted"), points.by_members);
    some(report, "/pins/wrong");
    let by_cell = |o: &Order| o.pay_type() == PayType::Cell && o.status() != Status::Cancelled;
    assert_eq!(points.paid_for_orders, recount.sum(by_cell).amount);
    let balances = shown.cells.iter().map(|cell| (cell.cell_id, i64::from(cell.balance)));
    assert_eq!(balances.collect::<BTreeMap<_, _>>(), points.balances);
}

/// The guests have left, and no bell rings.
fn the_hall_agrees(report: &Value, shown: &GetSnapshotResponse, recount: &Recount) {
    let hall = &recount.hall;
    assert_eq!(some(report, "/seats/taken"), hall.taken);
    some(report, "/seats/freed");
    assert!(!report["seats"]["refused"].as_object().unwrap().is_empty(), "{report}");
    assert_eq!(some(report, "/bells/rung"), hall.rung);
    assert_eq!(some(report, "/bells/answered"), hall.answered);
    assert_eq!((hall.bells.len(), &*shown.bells), (0, &[][..]));
    assert!(hall.seats.values().all(Option::is_none), "{hall:?}");
    assert_eq!(shown.seats.len(), hall.seats.len());
    assert!(shown.seats.iter().all(|seat| seat.status() == SeatStatus::Free));
}
