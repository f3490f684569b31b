//! What the tests share.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use kiosk_journal::{Damage, Item, Log, NewRecord, Record, Storage, Writer, open_on};

use crate::sim::SimDisk;

/// Small enough that a few records fill a segment.
pub(crate) const SEGMENT_BYTES: u64 = 400;

pub(crate) fn record(payload: &[u8]) -> NewRecord<'_> {
    events(1, payload)
}

pub(crate) fn events(events: u32, payload: &[u8]) -> NewRecord<'_> {
    NewRecord { events: NonZeroU32::new(events).unwrap(), payload }
}

pub(crate) fn writer_on(storage: Arc<dyn Storage>) -> Writer {
    let opened = open_on(storage, SEGMENT_BYTES).unwrap();
    assert_eq!((opened.cut_bytes, opened.damage), (0, None));
    opened.writer
}

/// All that can be read from a position.
pub(crate) fn read_from(log: &Log, from_seq: u64) -> Vec<Item> {
    let mut reader = log.reader(from_seq);
    let mut items = Vec::new();
    while let Some(item) = reader.next().unwrap() {
        items.push(item);
    }
    items
}

pub(crate) fn records(items: &[Item]) -> Vec<&Record> {
    items.iter().filter_map(|i| if let Item::Record(r) = i { Some(r) } else { None }).collect()
}

pub(crate) fn gaps(items: &[Item]) -> Vec<&Damage> {
    items.iter().filter_map(|i| if let Item::Gap(d) = i { Some(d) } else { None }).collect()
}

/// Payloads of a log that has no gap; checks that its numbers have none either.
pub(crate) fn payloads(items: &[Item]) -> Vec<Vec<u8>> {
    assert_eq!(gaps(items), Vec::<&Damage>::new());
    let records = records(items);
    for pair in records.windows(2) {
        assert_eq!(pair[0].end_seq(), pair[1].first_seq);
    }
    records.iter().map(|r| r.payload.clone()).collect()
}

pub(crate) fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub(crate) fn files_of(disk: &SimDisk) -> Vec<(String, usize)> {
    disk.files().into_iter().map(|(name, bytes)| (name, bytes.len())).collect()
}
