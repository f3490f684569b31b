//! The fold over the log that a day's report is.

use std::{collections::BTreeMap, ops::RangeInclusive};

use jiff::tz::TimeZone;
use kiosk_proto::{
    Timestamp,
    v1::{
        CellBalanceChanged, CountAndAmount, Order, OrderItem, SeqRange, event::Payload,
        ledger_type::Value as LedgerType, line_status::Value as LineStatus,
    },
};

use super::{
    LastClose,
    books::{Books, Side, local_hour},
    tickets::Tickets,
};
use crate::{
    State,
    limits::{REPORT_EPOCHS_MAX, REPORT_MISSING_MAX},
};

/// What the events since the last close come to. It can be kept and go on later.
///
/// Money counts when it moved, so each event counts once and for good. The hours are those of one
/// time zone: with another one it must begin anew, as after a close.
#[derive(Debug, Clone)]
pub struct Tally {
    pub(crate) last: LastClose,
    pub(crate) zone_name: String,
    zone: TimeZone,
    pub(crate) through_seq: u64,
    pub(crate) epochs: Vec<String>,
    pub(crate) missing: Vec<SeqRange>,
    pub(crate) missing_events: u64,
    pub(crate) first_time: Option<Timestamp>,
    pub(crate) tickets: Tickets,
    pub(crate) books: Books,
    pub(crate) cancelled_orders: CountAndAmount,
    pub(crate) cancelled_lines: CountAndAmount,
    pub(crate) wasted_lines: CountAndAmount,
    pub(crate) by_source: BTreeMap<i32, CountAndAmount>,
    pub(crate) by_fulfilment: BTreeMap<i32, CountAndAmount>,
    /// By ledger type.
    pub(crate) cells: BTreeMap<i32, CountAndAmount>,
}

impl Tally {
    /// Nothing yet, since the last close that the state knows of.
    pub fn new(state: &State) -> Self {
        let last = state.last_close();
        let zone_name: String = state.settings.time_zone().into();
        Self {
            last,
            zone: TimeZone::get(&zone_name).unwrap_or(TimeZone::UTC),
            zone_name,
            through_seq: last.through_seq,
            epochs: Vec::new(),
            missing: Vec::new(),
            missing_events: 0,
            first_time: None,
            tickets: Tickets::after(last.ticket),
            books: Books::default(),
            cancelled_orders: CountAndAmount::default(),
            cancelled_lines: CountAndAmount::default(),
            wasted_lines: CountAndAmount::default(),
            by_source: BTreeMap::new(),
            by_fulfilment: BTreeMap::new(),
            cells: BTreeMap::new(),
        }
    }

    /// Whether it may go on up to that state: there was no close since it began, and the clock on the
    /// wall is the same.
    pub fn may_go_on(&self, state: &State) -> bool {
        self.last == state.last_close() && self.zone_name == state.settings.time_zone()
    }

    /// The last event that is counted, or known to be missing.
    pub fn through_seq(&self) -> u64 {
        self.through_seq
    }

    /// Counts the next event.
    pub fn count(&mut self, seq: u64, epoch: &str, time: Timestamp, event: &Payload) {
        self.through_seq = self.through_seq.max(seq);
        if self.epochs.last().is_none_or(|last| last != epoch)
            && self.epochs.len() < REPORT_EPOCHS_MAX
        {
            self.epochs.push(epoch.into());
        }
        self.first_time.get_or_insert(time);
        match event {
            Payload::OrderCreated(order) => self.order_created(order, time),
            Payload::OrderItemsAdded(e) => {
                let hour = self.hour(time);
                self.books.enter(Side::In, e.pay_type, hour, &e.items, e.added_amount);
            }
            Payload::OrderLinesCancelled(e) => {
                // What is left of a line is in the event too.
                let gone = |item: &&OrderItem| item.status() == LineStatus::Cancelled;
                let items: Vec<OrderItem> = e.items.iter().filter(gone).cloned().collect();
                self.cancelled_lines.count += count(items.len());
                self.cancelled_lines.amount += i64::from(e.refund_amount);
                self.go_back(time, e.pay_type, &items, e.refund_amount);
            }
            Payload::OrderCancelled(e) => {
                self.cancelled_orders.count += 1;
                self.cancelled_orders.amount += i64::from(e.refund_amount);
                self.go_back(time, e.pay_type, &e.items, e.refund_amount);
            }
            Payload::OrderLinesRemade(e) => {
                // What is left of a line has waited, or was remade, before.
                let again =
                    |item: &&OrderItem| item.remade_at.is_some() && item.remade_at == e.updated_at;
                e.items.iter().filter(again).for_each(|item| self.books.count_remade(item));
            }
            Payload::CellBalanceChanged(e) => self.balance_changed(e),
            // No money moves with it.
            _ => {}
        }
    }

    /// Everything up to there was handed over; what was not counted is of no kind that is known.
    pub fn reach(&mut self, seq: u64) {
        self.through_seq = self.through_seq.max(seq);
    }

    /// Those events can't be read back.
    pub fn miss(&mut self, events: RangeInclusive<u64>) {
        let (first, last) = events.into_inner();
        self.through_seq = self.through_seq.max(last);
        let count = last.saturating_sub(first).saturating_add(1);
        self.missing_events = self.missing_events.saturating_add(count);
        if self.missing.len() < REPORT_MISSING_MAX {
            self.missing.push(SeqRange { first, last });
        }
    }

    fn order_created(&mut self, order: &Order, time: Timestamp) {
        let hour = self.hour(time);
        self.tickets.count(order);
        self.books.count_order(order.pay_type, hour);
        self.books.enter(Side::In, order.pay_type, hour, &order.items, order.total_amount);
        for sum in [
            self.by_source.entry(order.source).or_default(),
            self.by_fulfilment.entry(order.fulfilment).or_default(),
        ] {
            sum.count += 1;
            sum.amount += i64::from(order.total_amount);
        }
    }

    fn go_back(&mut self, time: Timestamp, pay_type: i32, items: &[OrderItem], amount: i32) {
        let hour = self.hour(time);
        self.books.enter(Side::Back, pay_type, hour, items, amount);
        for item in items.iter().filter(|item| item.done_at.is_some()) {
            self.wasted_lines.count += 1;
            self.wasted_lines.amount += i64::from(item.total_price);
        }
    }

    fn balance_changed(&mut self, event: &CellBalanceChanged) {
        let sum = self.cells.entry(event.r#type).or_default();
        sum.count += 1;
        sum.amount += i64::from(event.change_amount);
    }

    pub(crate) fn cell_total(&self, r#type: LedgerType) -> CountAndAmount {
        self.cells.get(&r#type.into()).copied().unwrap_or_default()
    }

    fn hour(&self, time: Timestamp) -> usize {
        local_hour(time, &self.zone)
    }
}

fn count(lines: usize) -> i64 {
    i64::try_from(lines).unwrap_or(i64::MAX)
}
