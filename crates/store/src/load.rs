//! What an open reads: the working set and what guards it, never history.

use std::sync::Arc;

use kiosk_domain::{Change, State};
use kiosk_proto::v1::Order;

use crate::{
    StoreError,
    db::Db,
    digest::{Digest, hash},
    keys,
    meta::{FORMAT, Meta},
    row::{self, CellRow, DeviceRow, MemberRow, StaffRow, damaged},
};

/// Verifies all that is not history and reads the working set.
pub(crate) fn load(db: &Db) -> Result<(Meta, State), StoreError> {
    let Some(meta) = meta(db)? else {
        return Ok((Meta::empty(), State::default()));
    };
    let mut state = State::with_counters(meta.counters());
    check_digest_rows(db, &meta)?;
    check(db, keys::CATALOGUE, |key, value| {
        state.restore(catalogue_row(key, value)?);
        Ok(())
    })?;
    check(db, keys::WORKING_SET, |key, value| {
        state.restore(Change::Order(Arc::new(working_order(db, key, value)?)));
        Ok(())
    })?;
    // A request that is forgotten would be carried out twice.
    check(db, keys::REQUESTS, |key, value| row::unseal(key, value).map(drop))?;
    Ok((meta, state))
}

/// Compares a partition with its digest, and hands each row to `each`.
pub(crate) fn check(
    db: &Db,
    partition: &[u8],
    mut each: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let mut found = Digest::default();
    for entry in db.prefix(partition)? {
        let (key, value) = entry?;
        each(&key, &value)?;
        found.add(hash(&key, &value));
    }
    if found != db.digest(partition)? {
        return Err(damaged("and those after it are not as its digest says", partition));
    }
    Ok(found.rows)
}

/// None: nothing was ever applied.
fn meta(db: &Db) -> Result<Option<Meta>, StoreError> {
    let Some(value) = db.get(keys::META)? else {
        return match db.range(..)?.next() {
            None => Ok(None),
            Some(_) => Err(damaged("is missing", keys::META)),
        };
    };
    let meta: Meta = row::message(keys::META, &value)?;
    if meta.format != FORMAT {
        let format = meta.format;
        return Err(StoreError::Damaged(format!("its format is {format}, not {FORMAT}")));
    }
    Ok(Some(meta))
}

fn check_digest_rows(db: &Db, meta: &Meta) -> Result<(), StoreError> {
    let mut found = Digest::default();
    for entry in db.prefix(keys::DIGESTS)? {
        let (key, value) = entry?;
        found.add(hash(&key, &value));
    }
    if found != meta.digest {
        return Err(damaged("and those after it are not as the digest of digests says", b"d"));
    }
    Ok(())
}

fn catalogue_row(key: &[u8], value: &[u8]) -> Result<Change, StoreError> {
    match key.get(1) {
        Some(b'c') => Ok(Change::Cell(Arc::new(row::message::<CellRow>(key, value)?.into_state()))),
        Some(b'g') => Ok(Change::MenuCategory(Arc::new(row::message(key, value)?))),
        Some(b'm') => Ok(Change::MenuItem(Arc::new(row::message(key, value)?))),
        Some(b'p') => {
            let row: MemberRow = row::message(key, value)?;
            row.into_change().ok_or_else(|| damaged("has a PIN that is too long", key))
        }
        Some(b'v') => {
            let row: DeviceRow = row::message(key, value)?;
            row.into_change().ok_or_else(|| damaged("has a hash that is too long", key))
        }
        Some(b'f') => {
            let row: StaffRow = row::message(key, value)?;
            row.into_change().ok_or_else(|| damaged("has a hash that is too long", key))
        }
        Some(b't') => Ok(Change::Seat(Arc::new(row::message(key, value)?))),
        Some(b'b') => Ok(Change::Bell(Arc::new(row::message(key, value)?))),
        Some(b'i') => Ok(Change::Incident(Arc::new(row::message(key, value)?))),
        Some(b'x') => Ok(Change::Message(Arc::new(row::message(key, value)?))),
        Some(b's') => {
            let text = |bytes: &[u8]| {
                String::from_utf8(bytes.to_vec()).map_err(|_| damaged("is not UTF-8", key))
            };
            let value = text(row::unseal(key, value)?)?;
            Ok(Change::Setting { key: text(&key[2..])?, value })
        }
        _ => Err(damaged("is of no known kind", key)),
    }
}

/// The order that a row of the working set stands for: that very version of it.
fn working_order(db: &Db, key: &[u8], value: &[u8]) -> Result<Order, StoreError> {
    let expected = u64::from_be_bytes(row::eight_bytes(key, value)?);
    let order_key = [keys::ORDERS, &key[1..]].concat();
    let stored = db.get(&order_key)?.ok_or_else(|| damaged("is missing", &order_key))?;
    if hash(&order_key, &stored) != expected {
        return Err(damaged("is not the newest", &order_key));
    }
    row::message(&order_key, &stored)
}
