use std::{fmt, sync::Arc};

use kiosk_domain::{BusinessDate, OrderKey};
use kiosk_proto::v1::{AuditEntry, DayReport, LedgerEntry, Order, StaffMessage};
use prost::Message as _;

use crate::{
    Applied, Remembered, StoreError,
    db::Db,
    keys,
    row::{self, PieceRow, RequestRow, damaged},
};

/// Queries over everything that was applied. Blocks for a disk read at worst.
///
/// Damage found on the way makes the next [`open`](crate::open) put the store aside.
#[derive(Clone)]
pub struct Reader {
    db: Arc<Db>,
}

impl Reader {
    pub(crate) fn new(db: Arc<Db>) -> Self {
        Self { db }
    }

    /// An order of any day.
    pub fn order(&self, order_id: &str) -> Result<Option<Order>, StoreError> {
        self.db.note_damage(self.find_order(order_id))
    }

    /// A day's orders by daily number, from the one after `after_daily_num` (0: the first) on.
    pub fn orders_of_day(
        &self,
        date: BusinessDate,
        after_daily_num: i32,
        limit: usize,
    ) -> Result<Vec<Order>, StoreError> {
        let Some(first) = after_daily_num.max(0).checked_add(1) else { return Ok(Vec::new()) };
        let key = |daily_num| keys::order(OrderKey { date, daily_num });
        let rows = self.db.range(key(first)..=key(i32::MAX));
        let orders = rows.and_then(|rows| rows.take(limit).map(decode).collect());
        self.db.note_damage(orders)
    }

    /// A cell's ledger, newest first, from the entry before `before_entry_num` (None: the newest).
    pub fn ledger(
        &self,
        cell_id: i32,
        before_entry_num: Option<i32>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        let end = keys::ledger(cell_id, before_entry_num.unwrap_or(i32::MAX).max(0));
        let rows = self.db.range(keys::ledger(cell_id, 0)..end);
        let entries = rows.and_then(|rows| rows.rev().take(limit).map(decode).collect());
        self.db.note_damage(entries)
    }

    /// A cell's ledger, oldest first, from the entry after `after_entry_num` (0: the first) on.
    pub fn ledger_after(
        &self,
        cell_id: i32,
        after_entry_num: i32,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        let Some(first) = after_entry_num.max(0).checked_add(1) else { return Ok(Vec::new()) };
        let rows = self.db.range(keys::ledger(cell_id, first)..=keys::ledger(cell_id, i32::MAX));
        let entries = rows.and_then(|rows| rows.take(limit).map(decode).collect());
        self.db.note_damage(entries)
    }

    /// A room's staff messages, newest first, from the one before `before_num` (None: the newest).
    pub fn messages(
        &self,
        room: &str,
        before_num: Option<i32>,
        limit: usize,
    ) -> Result<Vec<StaffMessage>, StoreError> {
        let end = keys::message(room, before_num.unwrap_or(i32::MAX).max(0));
        let rows = self.db.range(keys::message(room, 0)..end);
        let messages = rows.and_then(|rows| rows.rev().take(limit).map(decode).collect());
        self.db.note_damage(messages)
    }

    /// The record, newest first, from the entry before `before_entry_num` (None: the newest).
    pub fn audit(
        &self,
        before_entry_num: Option<i32>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let end = keys::audit(before_entry_num.unwrap_or(i32::MAX).max(0));
        let rows = self.db.range(keys::audit(0)..end);
        let entries = rows.and_then(|rows| rows.rev().take(limit).map(decode).collect());
        self.db.note_damage(entries)
    }

    /// A closed day's report.
    pub fn day_report(&self, number: i32) -> Result<Option<DayReport>, StoreError> {
        self.db.note_damage(self.find_day_report(number))
    }

    /// A request of the last day, or of the newest 10,000.
    pub fn request(&self, request_id: u128) -> Result<Option<Remembered>, StoreError> {
        let key = keys::request(request_id);
        let found = self.db.get(&key).and_then(|value| {
            value.map(|value| row::message::<RequestRow>(&key, &value)).transpose()
        });
        Ok(self.db.note_damage(found)?.map(|row| row.with_id(request_id)))
    }

    /// How many orders there are, of all days.
    pub fn order_count(&self) -> u64 {
        self.db.meta().orders
    }

    /// The position up to which the journal has been applied.
    pub fn applied(&self) -> Applied {
        self.db.meta().applied()
    }

    fn find_day_report(&self, number: i32) -> Result<Option<DayReport>, StoreError> {
        let prefix = keys::day_report_pieces(number.max(0));
        let (mut encoded, mut expected, mut found) = (Vec::new(), 0, 0);
        for entry in self.db.prefix(&prefix)? {
            let piece: PieceRow = decode(entry)?;
            encoded.extend_from_slice(&piece.bytes);
            expected = piece.count;
            found += 1;
        }
        if found != expected {
            return Err(damaged("and those after it are not all of a report", &prefix));
        }
        if encoded.is_empty() { Ok(None) } else { Ok(Some(DayReport::decode(&*encoded)?)) }
    }

    fn find_order(&self, order_id: &str) -> Result<Option<Order>, StoreError> {
        let index_key = keys::order_index(order_id);
        let Some(value) = self.db.get(&index_key)? else { return Ok(None) };
        let place = row::eight_bytes(&index_key, &value)?;
        let key = [keys::ORDERS, &place].concat();
        let value = self.db.get(&key)?.ok_or_else(|| damaged("is missing", &key))?;
        let order: Order = row::message(&key, &value)?;
        if order.order_id != order_id {
            return Err(damaged("is another order than its index says", &key));
        }
        Ok(Some(order))
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("applied", &self.applied()).finish_non_exhaustive()
    }
}

fn decode<M: prost::Message + Default>(
    entry: Result<(sled::IVec, sled::IVec), StoreError>,
) -> Result<M, StoreError> {
    let (key, value) = entry?;
    row::message(&key, &value)
}
