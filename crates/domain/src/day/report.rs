//! What a tally and the state at its end come to.

use kiosk_proto::{
    Timestamp,
    v1::{
        CarriedOrder, CarriedOver, CashCount, CellTotals, CountAndAmount, DayReport,
        FulfilmentTotal, Order, SourceTotal, ledger_type::Value as LedgerType,
        pay_type::Value as PayType,
    },
};

use super::Tally;
use crate::{
    State,
    limits::{REPORT_CARRIED_MAX, REPORT_ITEMS_BYTES_MAX},
    order_state::is_closed,
};

/// What somebody says of the drawer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CashWish {
    /// What was in it at the beginning.
    pub opening: Option<i64>,
    /// What is in it.
    pub counted: Option<i64>,
}

impl Tally {
    /// The X report, of the state after the last event that was counted.
    pub fn report(&self, state: &State, now: Timestamp) -> DayReport {
        let (tickets, more_ticket_days) = self.tickets.newest_days();
        let money = self.books.total;
        let grand_total_before = self.last.grand_total;
        DayReport {
            number: 0,
            after_seq: self.last.through_seq,
            through_seq: self.through_seq,
            epochs: self.epochs.clone(),
            missing: self.missing.clone(),
            missing_events: self.missing_events,
            time_zone: self.zone_name.clone(),
            opened_at: self.last.closed_at.or(self.first_time),
            closed_at: Some(now),
            closed_by: None,
            business_date: state.business_date_at(now).to_string(),
            note: String::new(),
            tickets,
            more_ticket_days,
            orders: money.orders,
            gross: money.gross,
            refunds: money.refunds,
            net: money.net(),
            average: money.average(),
            cancelled_orders: Some(self.cancelled_orders),
            cancelled_lines: Some(self.cancelled_lines),
            wasted_lines: Some(self.wasted_lines),
            remade_quantity: self.books.remade_quantity(),
            by_pay_type: self.books.by_pay_type(),
            by_category: self.books.by_category(),
            by_item: self.books.by_item(usize::MAX, REPORT_ITEMS_BYTES_MAX),
            by_hour: self.books.by_hour(),
            by_source: self.by_source(),
            by_fulfilment: self.by_fulfilment(),
            cells: Some(self.cells(state)),
            carried_over: Some(carried_over(state)),
            cash: Some(self.cash(CashWish::default())),
            grand_total_before,
            grand_total_after: grand_total_before.saturating_add(money.gross),
        }
    }

    /// What a Z report would be of it: [`Command::CloseDay`](crate::Command::CloseDay) makes it one.
    pub fn closing(&self, state: &State, now: Timestamp, cash: CashWish, note: &str) -> DayReport {
        DayReport {
            number: self.last.number.saturating_add(1),
            note: note.into(),
            cash: Some(self.cash(cash)),
            ..self.report(state, now)
        }
    }

    fn by_source(&self) -> Vec<SourceTotal> {
        let total = |(&source, sum): (&i32, &CountAndAmount)| SourceTotal {
            source,
            orders: sum.count,
            amount: sum.amount,
        };
        self.by_source.iter().map(total).collect()
    }

    fn by_fulfilment(&self) -> Vec<FulfilmentTotal> {
        let total = |(&fulfilment, sum): (&i32, &CountAndAmount)| FulfilmentTotal {
            fulfilment,
            orders: sum.count,
            amount: sum.amount,
        };
        self.by_fulfilment.iter().map(total).collect()
    }

    fn cells(&self, state: &State) -> CellTotals {
        let total = |r#type| Some(self.cell_total(r#type));
        CellTotals {
            charged: total(LedgerType::Charge),
            paid: total(LedgerType::Payment),
            refunded: total(LedgerType::Refund),
            adjusted: total(LedgerType::Adjust),
            transferred: total(LedgerType::Transfer),
            net: self.cells.values().map(|sum| sum.amount).sum(),
            balance: state.cells().map(|cell| i64::from(cell.balance)).sum(),
        }
    }

    fn cash(&self, wish: CashWish) -> CashCount {
        let CashWish { opening, counted } = wish;
        let by_pay_type = self.books.by_pay_type();
        let cash = by_pay_type.iter().find(|total| total.pay_type() == PayType::Cash);
        let (gross, refunds) = cash.map_or((0, 0), |cash| (cash.gross, cash.refunds));
        let expected = opening.unwrap_or(0).saturating_add(gross - refunds);
        let difference = counted.map(|counted| counted.saturating_sub(expected));
        CashCount { opening, gross, refunds, expected, counted, difference }
    }
}

fn carried_over(state: &State) -> CarriedOver {
    let is_open = |order: &&Order| !is_closed(order);
    let mut carried = CarriedOver::default();
    for order in state.orders().map(|order| &**order).filter(is_open) {
        let total_amount = i64::from(order.total_amount);
        carried.count += 1;
        carried.amount += total_amount;
        if carried.orders.len() < REPORT_CARRIED_MAX {
            carried.orders.push(CarriedOrder {
                order_id: order.order_id.clone(),
                daily_num: order.daily_num,
                business_date: order.business_date.clone(),
                status: order.status,
                total_amount,
            });
        }
    }
    carried
}
