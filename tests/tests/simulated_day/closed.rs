//! The Z report of the day, sum by sum, against what the journal says.

use std::collections::BTreeMap;

use kiosk_proto::v1::{
    CellTotals, DayReport, ledger_type::Value as LedgerType, order_status::Value as Status,
};

use crate::recount::Recount;

pub(crate) fn assert_closed(closed: &DayReport, recount: &Recount) {
    assert_eq!(Some(closed), recount.day.closed.as_ref());
    assert_eq!((closed.number, closed.after_seq, closed.missing_events), (1, 0, 0));
    let orders = recount.orders.all.len() as i64;
    let (gross, refunds) = recount.money(|_, _| ())[&()];
    assert!(refunds > 0 && gross > refunds);
    assert_eq!((closed.orders, closed.gross, closed.refunds), (orders, gross, refunds));
    assert_eq!(closed.net, gross - refunds);
    assert_eq!((closed.grand_total_before, closed.grand_total_after), (0, gross));
    the_parts_agree(closed, recount);

    let [day] = &closed.tickets[..] else { panic!("{:?}", closed.tickets) };
    assert_eq!((day.first, i64::from(day.last), i64::from(day.count)), (1, orders, orders));
    let in_status = |is: fn(Status) -> bool| {
        recount.orders.all.values().filter(|order| is(order.status())).count() as i64
    };
    let cancelled = in_status(|status| status == Status::Cancelled);
    assert_eq!(closed.cancelled_orders.as_ref().unwrap().count, cancelled);
    let open = in_status(|status| !matches!(status, Status::Completed | Status::Cancelled));
    assert_eq!(closed.carried_over.as_ref().unwrap().count, open);
    the_cells_agree(closed.cells.as_ref().unwrap(), recount);
}

fn the_parts_agree(closed: &DayReport, recount: &Recount) {
    let totals = closed.by_pay_type.iter().map(|it| (it.pay_type, (it.gross, it.refunds)));
    assert_eq!(totals.collect::<BTreeMap<_, _>>(), recount.money(|order, _| order.pay_type));
    let totals = closed.by_item.iter().map(|it| (it.menu_id, (it.gross, it.refunds)));
    assert_eq!(totals.collect::<BTreeMap<_, _>>(), recount.money(|_, item| item.menu_id));
    let totals = closed.by_category.iter();
    let totals = totals.map(|it| (it.category.clone(), (it.gross, it.refunds)));
    assert_eq!(totals.collect::<BTreeMap<_, _>>(), recount.money(|_, item| item.category.clone()));
    let totals = closed.by_hour.iter().map(|it| (i64::from(it.hour), (it.gross, it.refunds)));
    let is_busy = |(_, sums): &(i64, (i64, i64))| *sums != (0, 0);
    let hours = recount.day.hours.clone().into_iter().filter(is_busy);
    assert_eq!(totals.filter(is_busy).collect::<Vec<_>>(), hours.collect::<Vec<_>>());
}

fn the_cells_agree(cells: &CellTotals, recount: &Recount) {
    for (r#type, sum) in [
        (LedgerType::Charge, &cells.charged),
        (LedgerType::Payment, &cells.paid),
        (LedgerType::Refund, &cells.refunded),
        (LedgerType::Adjust, &cells.adjusted),
        (LedgerType::Transfer, &cells.transferred),
    ] {
        let sum = sum.as_ref().unwrap();
        let counted = recount.day.ledgers.get(&r#type).copied().unwrap_or_default();
        assert_eq!((sum.count, sum.amount), counted, "{:?}", r#type);
    }
    assert_eq!(cells.balance, recount.points.balances.values().sum::<i64>());
}
