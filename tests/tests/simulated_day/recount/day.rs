use std::collections::BTreeMap;

use kiosk_proto::v1::{DayReport, event::Payload, ledger_type::Value as LedgerType};

/// What only a report of the whole day tells.
#[derive(Debug, Default)]
pub(crate) struct Day {
    /// What came in with orders and went back, by the hour of the day.
    pub(crate) hours: BTreeMap<i64, (i64, i64)>,
    /// How many entries of that type all ledgers have, and what they come to.
    pub(crate) ledgers: BTreeMap<LedgerType, (i64, i64)>,
    /// The Z report.
    pub(crate) closed: Option<DayReport>,
}

impl Day {
    pub(super) fn weigh(&mut self, hour: i64, events: &[&Payload]) {
        for event in events {
            let (came, went) = match event {
                Payload::OrderCreated(e) => (e.total_amount, 0),
                Payload::OrderItemsAdded(e) => (e.added_amount, 0),
                Payload::OrderLinesCancelled(e) => (0, e.refund_amount),
                Payload::OrderCancelled(e) => (0, e.refund_amount),
                Payload::CellBalanceChanged(e) => {
                    let (entries, amount) = self.ledgers.entry(e.r#type()).or_default();
                    (*entries, *amount) = (*entries + 1, *amount + i64::from(e.change_amount));
                    continue;
                }
                Payload::DayClosed(report) => {
                    assert!(self.closed.replace(DayReport::clone(report)).is_none());
                    continue;
                }
                _ => continue,
            };
            let (gross, refunds) = self.hours.entry(hour).or_default();
            (*gross, *refunds) = (*gross + i64::from(came), *refunds + i64::from(went));
        }
    }
}
