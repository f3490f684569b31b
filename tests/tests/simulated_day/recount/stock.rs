use std::collections::{BTreeMap, BTreeSet};

use kiosk_proto::v1::event::Payload;

use super::Outcome;

/// How much is left, and what is sold out.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    /// Of what is counted.
    pub(crate) remaining: BTreeMap<i32, i32>,
    pub(crate) sold_out: BTreeSet<i32>,
}

impl Stock {
    /// What an order takes and gives back, the stock says in the same command; else somebody has
    /// counted.
    pub(super) fn weigh(&mut self, events: &[&Payload], outcome: &Outcome) {
        let mut expected = self.remaining.clone();
        for (menu_id, taken) in &outcome.taken {
            if let Some(remaining) = expected.get_mut(menu_id) {
                *remaining -= taken;
            }
        }
        for event in events {
            match event {
                Payload::MenuItemChanged(item) => {
                    item.remaining.and_then(|count| self.remaining.insert(item.menu_id, count));
                    self.mark(item.menu_id, item.is_sold_out);
                }
                Payload::MenuStockChanged(e) => {
                    self.remaining.insert(e.menu_id, e.remaining.unwrap());
                }
                Payload::MenuStockBatchChanged(e) => {
                    let counts = e.items.iter().map(|it| (it.menu_id, it.remaining.unwrap()));
                    self.remaining.extend(counts);
                }
                Payload::MenuSoldOutChanged(e) => self.mark(e.menu_id, e.is_sold_out),
                _ => {}
            }
        }
        if outcome.is_of_order {
            assert_eq!(self.remaining, expected, "{events:?}");
        }
        assert!(self.remaining.values().all(|count| *count >= 0));
    }

    fn mark(&mut self, menu_id: i32, is_sold_out: bool) {
        if is_sold_out {
            self.sold_out.insert(menu_id);
        } else {
            self.sold_out.remove(&menu_id);
        }
    }
}
