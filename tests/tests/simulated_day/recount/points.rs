use std::collections::BTreeMap;

use kiosk_proto::v1::{CellBalanceChanged, event::Payload, ledger_type::Value as LedgerType};

use super::Outcome;

/// The cells' ledgers.
#[derive(Debug, Default)]
pub(crate) struct Points {
    /// By cell: the sum of its ledger.
    pub(crate) balances: BTreeMap<i32, i64>,
    /// Not by the demo.
    pub(crate) charged: i64,
    /// What cells have paid for orders, less what they were given back.
    pub(crate) paid_for_orders: i64,
    /// How often somebody paid with a PIN.
    pub(crate) by_members: u64,
    pub(crate) transfers: u64,
    pub(crate) transferred: i64,
    entries: BTreeMap<i32, i32>,
}

impl Points {
    pub(super) fn weigh(&mut self, events: &[&Payload], outcome: &Outcome) {
        let (mut paid, mut moved) = (0, Vec::new());
        for event in events {
            let Payload::CellBalanceChanged(e) = event else { continue };
            self.book(e);
            match e.r#type() {
                LedgerType::Charge if e.reason != "demo" => {
                    self.charged += i64::from(e.change_amount);
                }
                LedgerType::Payment | LedgerType::Refund => {
                    paid -= i64::from(e.change_amount);
                    self.by_members += u64::from(e.member_id != 0);
                }
                LedgerType::Transfer => moved.push(e.change_amount),
                _ => {}
            }
        }
        assert_eq!(paid, outcome.points_due, "{events:?}");
        self.paid_for_orders += paid;
        if let [from, to] = *moved {
            assert_eq!(from, -to);
            self.transfers += 1;
            self.transferred += i64::from(to);
        } else {
            assert_eq!(moved, [0; 0], "the half of a transfer");
        }
    }

    /// Entries have no gap, and each begins where the one before ended.
    fn book(&mut self, e: &CellBalanceChanged) {
        let entries = self.entries.entry(e.cell_id).or_default();
        *entries += 1;
        assert_eq!(*entries, e.entry_num);
        let balance = self.balances.entry(e.cell_id).or_default();
        assert_eq!(*balance, i64::from(e.balance_before));
        *balance += i64::from(e.change_amount);
        assert_eq!(*balance, i64::from(e.balance_after));
    }
}
