//! Counting and restocking.

use std::collections::BTreeSet;

use kiosk_domain::{
    Command,
    limits::{STOCK_BATCH_MAX, STOCK_MAX},
};
use kiosk_hub::Committed;
use kiosk_proto::v1::{RestockRequest, SetStockRequest, StockChanged, event::Payload};

use crate::{
    mutation::{Mutation, pick},
    parse::Violations,
};

/// What is left of each item now.
pub(crate) fn stock_changes(committed: &Committed) -> Vec<StockChanged> {
    let changes = pick(committed, |event| match event {
        Payload::MenuStockChanged(change) => Some(vec![change.clone()]),
        Payload::MenuStockBatchChanged(batch) => Some(batch.items.clone()),
        _ => None,
    });
    changes.unwrap_or_default()
}

impl Mutation for SetStockRequest {
    const METHOD: &'static str = "kiosk.v1.MenuService/SetStock";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        if self.items.is_empty() || self.items.len() > STOCK_BATCH_MAX {
            violations.add("items", format!("there must be 1 to {STOCK_BATCH_MAX}"));
            return None;
        }
        let mut ids = BTreeSet::new();
        for (index, count) in self.items.iter().enumerate() {
            let remaining = count.remaining.unwrap_or(0);
            violations.range(&format!("items[{index}].remaining"), remaining, 0, STOCK_MAX);
            if !ids.insert(count.menu_id) {
                violations.add(format!("items[{index}].menu_id"), "it is counted twice");
            }
        }
        Some(Command::SetStock(self.items.clone()))
    }
}

impl Mutation for RestockRequest {
    const METHOD: &'static str = "kiosk.v1.MenuService/Restock";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        if self.items.is_empty() || self.items.len() > STOCK_BATCH_MAX {
            violations.add("items", format!("there must be 1 to {STOCK_BATCH_MAX}"));
            return None;
        }
        let mut ids = BTreeSet::new();
        for (index, count) in self.items.iter().enumerate() {
            violations.range(&format!("items[{index}].count"), count.count, 1, STOCK_MAX);
            if !ids.insert(count.menu_id) {
                violations.add(format!("items[{index}].menu_id"), "it is restocked twice");
            }
        }
        Some(Command::Restock(self.items.clone()))
    }
}
