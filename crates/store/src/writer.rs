use std::{collections::BTreeMap, fmt, sync::Arc};

use kiosk_domain::{Change, Counters, OrderKey, limits::ROW_BYTES_MAX};
use kiosk_proto::v1::{DayReport, Order};
use prost::Message as _;

use crate::{
    Applied, Remembered, StoreError,
    db::Db,
    digest::{Digest, hash},
    keys,
    meta::Meta,
    row::{self, CellRow, DeviceRow, MemberRow, PieceRow, RequestRow, StaffRow},
};

/// Requests are remembered this long: two days, where one is promised.
pub const REQUESTS_KEPT_MS: i64 = 48 * 60 * 60 * 1000;
/// So many are remembered whatever their age: the clock of a box without a battery may jump.
pub const REQUESTS_KEPT_MIN: u64 = 10_000;
/// How many one batch forgets at most; more than it brings, and never a long wait.
const REQUESTS_FORGOTTEN_MAX: usize = 256;

/// The one way to write.
///
/// Not `Clone`, and writing takes `&mut self`: sled deadlocks when seven tasks wait for its
/// `flush_async`, and here two can't (`tests/many_tasks.rs`). Rarely it waits for itself with one
/// writer too, and then for ever: the caller must notice a call that does not come back.
///
/// ```compile_fail
/// fn two(writer: kiosk_store::Writer) -> (kiosk_store::Writer, kiosk_store::Writer) {
///     (writer.clone(), writer)
/// }
/// ```
pub struct Writer {
    pub(crate) db: Arc<Db>,
    /// Where the scrub goes on: the key of the last digest checked.
    pub(crate) scrubbed: Vec<u8>,
    has_failed: bool,
}

/// What one group of commands changed.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The position of its last event.
    pub applied: Applied,
    /// As they are after it.
    pub counters: Counters,
    /// The box's time, in Unix milliseconds: how old requests are.
    pub now_ms: i64,
    /// In the order in which they came about.
    pub changes: &'a [Change],
    /// What was answered.
    pub requests: &'a [Remembered],
}

impl Writer {
    pub(crate) fn new(db: Arc<Db>) -> Self {
        Self { db, scrubbed: Vec::new(), has_failed: false }
    }

    /// Applies all of the batch or nothing. On disk within seconds, in order; the journal has
    /// what a power cut takes.
    pub fn apply(&mut self, batch: &Batch<'_>) -> Result<(), StoreError> {
        if self.has_failed {
            return Err(StoreError::Failed);
        }
        let result = self.db.check_background().and_then(|()| self.write(batch));
        self.has_failed = matches!(&result, Err(e) if !matches!(e, StoreError::RowTooLarge { .. }));
        self.db.note_damage(result)
    }

    /// Writes everything out. The store stays open for its readers.
    pub fn close(self) -> Result<(), StoreError> {
        if self.has_failed {
            return Err(StoreError::Failed);
        }
        let result = self.db.check_background().and_then(|()| self.db.flush());
        self.db.note_damage(result)
    }

    fn write(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        let mut writes = Writes::default();
        for change in batch.changes {
            self.put_change(&mut writes, change)?;
        }
        self.forget_requests(&mut writes, batch.now_ms)?;
        for request in batch.requests {
            let key = keys::request(request.request_id);
            writes.put(key, |key| row::seal(key, &RequestRow::new(request)))?;
            let key = keys::request_by_age(request.first_seq, request.request_id);
            writes.put(key, |key| row::seal_bytes(key, request.time_ms.to_be_bytes().to_vec()))?;
        }

        let mut meta = self.db.meta();
        meta.set_applied(batch.applied);
        meta.set_counters(batch.counters);
        self.update_digests(&mut writes, &mut meta)?;
        writes.put(keys::META.to_vec(), |key| row::seal(key, &meta))?;
        self.db.write(writes.into_batch(), meta)
    }

    fn put_change(&self, writes: &mut Writes, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::Order(order) => self.put_order(writes, order),
            Change::OrderRetired(key) => {
                writes.remove(keys::working_set(*key));
                Ok(())
            }
            Change::MenuItem(item) => {
                writes.put(keys::menu_item(item.menu_id), |key| row::seal(key, &**item))
            }
            Change::MenuItemDeleted(menu_id) => {
                writes.remove(keys::menu_item(*menu_id));
                Ok(())
            }
            Change::MenuCategory(category) => writes
                .put(keys::menu_category(category.category_id), |key| row::seal(key, &**category)),
            Change::MenuCategoryDeleted(category_id) => {
                writes.remove(keys::menu_category(*category_id));
                Ok(())
            }
            Change::Cell(state) => writes
                .put(keys::cell(state.cell.cell_id), |key| row::seal(key, &CellRow::new(state))),
            Change::CellMember { cell_id, member } => {
                let row = MemberRow::new(*cell_id, member);
                let key = keys::cell_member(*cell_id, member.member.member_id);
                writes.put(key, |key| row::seal(key, &row))
            }
            Change::CellMemberDeleted { cell_id, member_id } => {
                writes.remove(keys::cell_member(*cell_id, *member_id));
                Ok(())
            }
            Change::Ledger(entry) => writes
                .put(keys::ledger(entry.cell_id, entry.entry_num), |key| row::seal(key, entry)),
            Change::Seat(seat) => {
                writes.put(keys::seat(&seat.seat_id), |key| row::seal(key, &**seat))
            }
            Change::SeatDeleted(seat_id) => {
                writes.remove(keys::seat(seat_id));
                Ok(())
            }
            Change::Message(message) => {
                let num = message.message_num;
                writes.put(keys::message_at_hand(num), |key| row::seal(key, &**message))?;
                writes.put(keys::message(&message.room, num), |key| row::seal(key, &**message))
            }
            Change::MessageRetired(message_num) => {
                writes.remove(keys::message_at_hand(*message_num));
                Ok(())
            }
            Change::Bell(bell) => {
                writes.put(keys::bell(bell.bell_id), |key| row::seal(key, &**bell))
            }
            Change::BellAnswered(bell_id) => {
                writes.remove(keys::bell(*bell_id));
                Ok(())
            }
            Change::Incident(incident) => {
                writes.put(keys::incident(&incident.incident_id), |key| row::seal(key, &**incident))
            }
            Change::IncidentRetired(incident_id) => {
                writes.remove(keys::incident(incident_id));
                Ok(())
            }
            Change::Device(state) => {
                let key = keys::device(state.device.device_id);
                writes.put(key, |key| row::seal(key, &DeviceRow::new(state)))
            }
            Change::DeviceRevoked(device_id) => {
                writes.remove(keys::device(*device_id));
                Ok(())
            }
            Change::Staff(state) => {
                let key = keys::staff(state.member.staff_id);
                writes.put(key, |key| row::seal(key, &StaffRow::new(state)))
            }
            Change::StaffDeleted(staff_id) => {
                writes.remove(keys::staff(*staff_id));
                Ok(())
            }
            Change::Audit(entry) => {
                writes.put(keys::audit(entry.entry_num), |key| row::seal(key, &**entry))
            }
            Change::DayClosed(report) => put_day_report(writes, report),
            Change::Setting { key, value } => writes
                .put(keys::setting(key), |key| row::seal_bytes(key, value.clone().into_bytes())),
        }
    }

    fn put_order(&self, writes: &mut Writes, order: &Order) -> Result<(), StoreError> {
        let place = OrderKey::of(order);
        let key = keys::order(place);
        let value = row::seal(&key, order)?;
        let order_hash = hash(&key, &value);
        if self.db.get(&key)?.is_none() {
            let index = keys::order_index(&order.order_id);
            writes.put(index, |key| row::seal_bytes(key, keys::place(place).to_vec()))?;
        }
        writes.0.insert(key, Some(value));
        writes.put(keys::working_set(place), |key| {
            row::seal_bytes(key, order_hash.to_be_bytes().to_vec())
        })
    }

    fn forget_requests(&self, writes: &mut Writes, now_ms: i64) -> Result<(), StoreError> {
        let known = self.db.digest(keys::REQUESTS)?.rows;
        let spare = usize::try_from(known.saturating_sub(REQUESTS_KEPT_MIN)).unwrap_or(usize::MAX);
        let oldest_kept_ms = now_ms.saturating_sub(REQUESTS_KEPT_MS);
        let oldest = self.db.prefix(keys::REQUESTS_BY_AGE)?;
        for entry in oldest.take(spare.min(REQUESTS_FORGOTTEN_MAX)) {
            let (key, value) = entry?;
            let time_ms = i64::from_be_bytes(row::eight_bytes(&key, &value)?);
            if time_ms >= oldest_kept_ms {
                break;
            }
            let (_, request_id) = key.split_at(key.len().saturating_sub(16));
            writes.remove([keys::REQUESTS, request_id].concat());
            writes.remove(key.to_vec());
        }
        Ok(())
    }

    /// Adds the digest rows of all partitions that the rows touch.
    fn update_digests(&self, writes: &mut Writes, meta: &mut Meta) -> Result<(), StoreError> {
        let mut digests = BTreeMap::<Vec<u8>, Digest>::new();
        for (key, value) in &writes.0 {
            let Some(partition) = keys::partition_of(key) else { continue };
            let digest = match digests.get_mut(partition) {
                Some(digest) => digest,
                None => digests.entry(partition.to_vec()).or_insert(self.db.digest(partition)?),
            };
            let stored = self.db.get(key)?;
            if let Some(stored) = &stored {
                row::unseal(key, stored)?;
                digest.remove(hash(key, stored));
            }
            if let Some(value) = value {
                digest.add(hash(key, value));
            }
            if key.starts_with(keys::ORDERS) && stored.is_none() {
                meta.orders = meta.orders.saturating_add(1);
            }
        }
        for (partition, digest) in digests {
            let key = keys::digest(&partition);
            if let Some(stored) = self.db.get(&key)? {
                meta.digest.remove(hash(&key, &stored));
            }
            let value = row::seal(&key, &digest)?;
            meta.digest.add(hash(&key, &value));
            writes.0.insert(key, Some(value));
        }
        Ok(())
    }
}

/// In pieces, because a report may be longer than a row.
fn put_day_report(writes: &mut Writes, report: &DayReport) -> Result<(), StoreError> {
    let encoded = report.encode_to_vec();
    let pieces = encoded.chunks(ROW_BYTES_MAX);
    let count = u32::try_from(pieces.len()).unwrap_or(u32::MAX);
    for (piece, bytes) in (0..).zip(pieces) {
        let row = PieceRow { count, bytes: bytes.to_vec() };
        writes.put(keys::day_report(report.number, piece), |key| row::seal(key, &row))?;
    }
    Ok(())
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let applied = self.db.meta().applied();
        f.debug_struct("Writer").field("applied", &applied).finish_non_exhaustive()
    }
}

/// What a batch writes, each row once; None removes it.
#[derive(Default)]
struct Writes(BTreeMap<Vec<u8>, Option<Vec<u8>>>);

impl Writes {
    fn put(
        &mut self,
        key: Vec<u8>,
        seal: impl FnOnce(&[u8]) -> Result<Vec<u8>, StoreError>,
    ) -> Result<(), StoreError> {
        let value = seal(&key)?;
        self.0.insert(key, Some(value));
        Ok(())
    }

    fn remove(&mut self, key: Vec<u8>) {
        self.0.insert(key, None);
    }

    fn into_batch(self) -> sled::Batch {
        let mut batch = sled::Batch::default();
        for (key, value) in self.0 {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        batch
    }
}
