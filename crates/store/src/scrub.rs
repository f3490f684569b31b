//! The check of history in the background, so that opening need not read all of it.

use std::ops::Bound;

use kiosk_proto::v1::Order;

use crate::{StoreError, Writer, db::Db, keys, load::check, row};

/// How far the check has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scrub {
    /// There is more to check.
    Going,
    /// Everything has been checked; the next step begins again.
    Done,
}

impl Writer {
    /// Checks the next `rows` rows, and goes on to the end of their partition (a business day,
    /// 256 ledger entries, the requests).
    ///
    /// `progress` is called for each row: a busy day is one partition, and may take long.
    ///
    /// Damage makes the next [`open`](crate::open) put the store aside.
    pub fn scrub_step(&mut self, rows: usize, progress: &dyn Fn()) -> Result<Scrub, StoreError> {
        let result = self.scrub(u64::try_from(rows).unwrap_or(u64::MAX), progress);
        self.db.note_damage(result)
    }

    fn scrub(&mut self, rows: u64, progress: &dyn Fn()) -> Result<Scrub, StoreError> {
        let begin = if self.scrubbed.is_empty() { keys::DIGESTS } else { &self.scrubbed };
        let range = (Bound::Excluded(begin.to_vec()), Bound::Excluded(keys::DIGESTS_END.to_vec()));
        let mut checked = 0;
        for entry in self.db.range(range)? {
            let (key, _) = entry?;
            checked += check_partition(&self.db, &key[keys::DIGESTS.len()..], progress)?;
            self.scrubbed = key.to_vec();
            if checked >= rows {
                return Ok(Scrub::Going);
            }
        }
        self.scrubbed.clear();
        Ok(Scrub::Done)
    }
}

/// Returns how many rows there were.
fn check_partition(db: &Db, partition: &[u8], progress: &dyn Fn()) -> Result<u64, StoreError> {
    check(db, partition, |key, value| {
        progress();
        if !key.starts_with(keys::ORDERS) {
            return row::unseal(key, value).map(drop);
        }
        let order: Order = row::message(key, value)?;
        let index_key = keys::order_index(&order.order_id);
        let index = db.get(&index_key)?.ok_or_else(|| row::damaged("is missing", &index_key))?;
        let place = row::eight_bytes(&index_key, &index)?;
        let agrees = key[1..] == place;
        agrees.then_some(()).ok_or_else(|| row::damaged("is not where its index says", key))
    })
}
