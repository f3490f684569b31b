//! The disk fills up, fails, or does half of what it was asked.

use std::io::ErrorKind;
use std::sync::Arc;

use kiosk_journal::{AppendError, CompressError, Item, Storage, open_on};

use crate::cafe::{Told, assert_nothing_lost, orders, work};
use crate::common::{SEGMENT_BYTES, files_of, payloads, read_from, record, writer_on};
use crate::sim::{Fault, SimDisk, after_power_cuts};

#[test]
fn an_error_at_any_operation_loses_nothing_acknowledged() {
    for kind in [ErrorKind::Other, ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
        for at in 0.. {
            let (disk, mut told) = (SimDisk::default(), Told::default());
            disk.set_fault(Fault::Error(at, kind));
            work(&disk, &mut told);
            let happened = disk.changes() > at;
            disk.set_fault(Fault::PowerOff(u64::MAX));
            for survives in [false, true] {
                assert_nothing_lost(&disk.after_power_cut(|| survives), &told);
            }
            assert_nothing_lost(&disk, &told);
            if !happened {
                assert_eq!(told.acknowledged.len(), 22);
                break;
            }
        }
    }
}

#[test]
fn a_failed_sync_is_fatal_and_is_not_tried_again() {
    for kind in [ErrorKind::Other, ErrorKind::StorageFull, ErrorKind::Interrupted] {
        let disk = SimDisk::default();
        let mut writer = writer_on(Arc::new(disk.clone()));
        // The write, then the sync.
        disk.set_fault(Fault::Error(1, kind));
        let error = writer.append(&[record(b"lost?")]).unwrap_err();
        assert!(matches!(error, AppendError::Fatal(_)), "{error}");
        let changes = disk.changes();
        assert!(matches!(writer.append(&[record(b"more")]), Err(AppendError::Fatal(_))));
        assert!(matches!(writer.start_epoch(0), Err(AppendError::Fatal(_))));
        assert_eq!(disk.changes(), changes, "the disk was touched after it failed");
        assert_eq!(read_from(&writer.log(), 1), []);
    }
}

/// Whatever the room left, the group that does not fit leaves no trace, and fits once there is room.
#[test]
fn a_full_disk_refuses_a_group_whole_and_recovers_by_itself() {
    let group: Vec<Vec<u8>> = orders(0, 3);
    let records: Vec<_> = group.iter().map(|payload| record(payload)).collect();
    let mut refused_rotations = 0;
    for capacity in 36..1500 {
        let disk = SimDisk::default();
        let mut writer = writer_on(Arc::new(disk.clone()));
        disk.set_capacity(Some(capacity));
        let mut kept = Vec::new();
        let refused = loop {
            let before = disk.files();
            match writer.append(&records) {
                Ok(_) => kept.extend_from_slice(&group),
                Err(AppendError::NoSpace) => {
                    let mut after = disk.files();
                    // A new segment may have been begun for it; it is empty.
                    after.retain(|name, bytes| before.contains_key(name) || bytes.len() != 36);
                    assert_eq!(after, before);
                    break writer.append(&records);
                }
                Err(error) => panic!("{error}"),
            }
        };
        assert!(matches!(refused, Err(AppendError::NoSpace)));
        assert_eq!(payloads(&read_from(&writer.log(), 1)), kept);
        // Who was refused must not find the order placed after the next power cut.
        for after in after_power_cuts(&disk).take(32) {
            let told = Told { acknowledged: kept.clone(), in_flight: Vec::new() };
            assert_nothing_lost(&after, &told);
        }
        let segments = disk.files().len();
        disk.set_capacity(None);
        writer.append(&records).unwrap();
        refused_rotations += u32::from(disk.files().len() > segments);
        kept.extend_from_slice(&group);
        assert_eq!(payloads(&read_from(&writer.log(), 1)), kept);
        let told = Told { acknowledged: kept, in_flight: Vec::new() };
        assert_nothing_lost(&disk.after_power_cut(|| false), &told);
    }
    assert!(refused_rotations > 10, "the disk was never full when a segment was due");
}

#[test]
fn short_and_interrupted_writes_change_nothing() {
    let (disk, mut told) = (SimDisk::default(), Told::default());
    disk.set_tiresome();
    work(&disk, &mut told);
    assert_eq!(told.acknowledged.len(), 22);
    assert_nothing_lost(&disk.after_power_cut(|| false), &told);
}

#[test]
fn a_segment_that_can_not_be_compressed_stays_as_it_was() {
    let disk = SimDisk::default();
    let mut writer = writer_on(Arc::new(disk.clone()));
    let all = orders(0, 20);
    for payload in &all {
        writer.append(&[record(payload)]).unwrap();
    }
    let before = files_of(&disk);
    disk.set_capacity(Some(before.iter().map(|(_, bytes)| *bytes as u64).sum()));
    let error = writer.log().compress_closed().unwrap_err();
    assert!(matches!(&error, CompressError::Write { .. }), "{error}");
    assert_eq!(files_of(&disk), before);
    disk.set_capacity(None);
    assert!(writer.log().compress_closed().unwrap().is_some());
    assert_eq!(payloads(&read_from(&writer.log(), 1)), all);
}

/// The plain file goes only when the compressed one was seen to hold the same.
#[test]
fn a_compressed_segment_that_differs_is_not_kept() {
    let disk = SimDisk::default();
    let mut writer = writer_on(Arc::new(disk.clone()));
    let all = orders(0, 20);
    for payload in &all {
        writer.append(&[record(payload)]).unwrap();
    }
    let before = disk.files();
    disk.set_lying(true);
    let error = writer.log().compress_closed().unwrap_err();
    assert!(matches!(&error, CompressError::Differs { .. }), "{error}");
    assert_eq!(disk.files(), before);
    disk.set_lying(false);
    assert!(writer.log().compress_closed().unwrap().is_some());
    assert_eq!(payloads(&read_from(&writer.log(), 1)), all);
}

#[test]
fn a_log_that_can_not_be_read_is_not_opened() {
    let disk = SimDisk::default();
    drop(writer_on(Arc::new(disk.clone())));
    let before = disk.files();
    disk.set_fault(Fault::PowerOff(0));
    assert!(open_on(Arc::new(disk.clone()), SEGMENT_BYTES).is_err());
    assert_eq!(disk.files(), before);
}

/// What is written but not yet synced may be taken back, and something else be written there.
#[test]
fn a_reader_never_looks_at_what_is_not_yet_durable() {
    let disk = SimDisk::default();
    let mut writer = writer_on(Arc::new(disk.clone()));
    writer.append(&[record(b"one"), record(b"two")]).unwrap();
    let (name, bytes) = disk.files().into_iter().next().unwrap();
    let file = disk.open_write(&name).unwrap();
    file.write_at(&[0xff; 30], bytes.len() as u64).unwrap();
    let mut reader = writer.log().reader(1);
    assert!(matches!(reader.next().unwrap(), Some(Item::Record(r)) if r.payload == b"one"));
    file.truncate(bytes.len() as u64).unwrap();
    writer.append(&[record(b"three")]).unwrap();
    for expected in ["two", "three"] {
        let item = reader.next().unwrap();
        assert!(
            matches!(&item, Some(Item::Record(r)) if r.payload == expected.as_bytes()),
            "{item:?}"
        );
    }
}
