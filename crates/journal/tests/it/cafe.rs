//! The work that is done on a storage while it fails, and what must be there afterwards.

use std::sync::Arc;

use kiosk_journal::{AppendError, NewRecord, Writer, open_on, verify_on};

use crate::common::{SEGMENT_BYTES, payloads, read_from, record};
use crate::sim::SimDisk;

/// What the clients were told, and what they were still waiting for when the process ended.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) acknowledged: Vec<Vec<u8>>,
    pub(crate) in_flight: Vec<Vec<u8>>,
}

/// Two days of a small café: groups of 1 to 3 orders over several segments, compression, a new epoch,
/// a restart. Ends at the first error; a full disk is met by trying the group once more.
pub(crate) fn work(disk: &SimDisk, told: &mut Told) {
    for day in 0..2 {
        let Ok(opened) = open_on(Arc::new(disk.clone()), SEGMENT_BYTES) else { return };
        assert_eq!((opened.cut_bytes, opened.damage), (0, None));
        let mut writer = opened.writer;
        for size in [1, 3, 2, 1, 3, 1] {
            told.in_flight = orders(told.acknowledged.len(), size);
            let group: Vec<_> = told.in_flight.iter().map(|payload| record(payload)).collect();
            if append(&mut writer, &group, &told.acknowledged).is_err() {
                return;
            }
            told.acknowledged.append(&mut told.in_flight);
        }
        // A failure to compress is no failure of the log.
        while let Ok(Some(_)) = writer.log().compress_closed() {}
        if day == 0 && matches!(writer.start_epoch(0), Err(AppendError::Fatal(_))) {
            return;
        }
    }
}

pub(crate) fn orders(first: usize, count: usize) -> Vec<Vec<u8>> {
    let order = |n: usize| format!("order {n:03} {}", "x".repeat(n * 7 % 40)).into_bytes();
    (first..first + count).map(order).collect()
}

fn append(
    writer: &mut Writer,
    group: &[NewRecord<'_>],
    acknowledged: &[Vec<u8>],
) -> Result<(), AppendError> {
    let first = writer.append(group);
    if let Err(AppendError::NoSpace) = first {
        assert_eq!(payloads(&read_from(&writer.log(), 1)), acknowledged);
        writer.append(group)?;
        return Ok(());
    }
    if let Err(AppendError::Fatal(_)) = &first {
        let again = writer.append(group);
        assert!(matches!(again, Err(AppendError::Fatal(_))), "a failed sync was tried again");
    }
    first.map(|_| ())
}

/// The log opens by itself, holds what was acknowledged, once and in order, and perhaps the first
/// few of those that were in flight; and it goes on.
pub(crate) fn assert_nothing_lost(disk: &SimDisk, told: &Told) {
    let Told { acknowledged, in_flight } = told;
    let opened = open_on(Arc::new(disk.clone()), SEGMENT_BYTES).unwrap();
    assert_eq!(opened.damage, None);
    let mut writer = opened.writer;
    let mut kept = payloads(&read_from(&writer.log(), 1));
    assert!(kept.len() >= acknowledged.len(), "{} of {}", kept.len(), acknowledged.len());
    let (told_of, more) = kept.split_at(acknowledged.len());
    assert_eq!(told_of, acknowledged);
    assert!(in_flight.starts_with(more), "{more:?} is not the beginning of {in_flight:?}");
    assert_eq!(writer.next_seq(), kept.len() as u64 + 1);
    assert!(disk.files().keys().all(|name| !name.ends_with(".tmp")), "half-made files pile up");

    writer.append(&[record(b"afterwards")]).unwrap();
    drop(writer);
    kept.push(b"afterwards".to_vec());
    let opened = open_on(Arc::new(disk.clone()), SEGMENT_BYTES).unwrap();
    assert_eq!((opened.cut_bytes, opened.damage), (0, None));
    assert_eq!(payloads(&read_from(&opened.writer.log(), 1)), kept);
    let report = verify_on(Arc::new(disk.clone())).unwrap();
    assert_eq!((report.damage, report.records), (vec![], kept.len() as u64));
}
