//! The power goes, at every step, and any part of what was not synced may have reached the disk.

use std::sync::Arc;

use kiosk_journal::open_on;
use proptest::prelude::*;

use crate::cafe::{Told, assert_nothing_lost, orders, work};
use crate::common::{SEGMENT_BYTES, payloads, read_from, record};
use crate::sim::{Fault, SimDisk, after_power_cuts};

/// Works until the power goes at the n-th change; false when the work ended before.
fn work_until(power_off: u64) -> (SimDisk, Told, bool) {
    let (disk, mut told) = (SimDisk::default(), Told::default());
    disk.set_fault(Fault::PowerOff(power_off));
    work(&disk, &mut told);
    let went = disk.changes() > power_off;
    (disk, told, went)
}

#[test]
fn acknowledged_records_survive_a_power_cut_at_every_step() {
    let mut steps = 0;
    loop {
        let (disk, told, went) = work_until(steps);
        for after in after_power_cuts(&disk) {
            assert_nothing_lost(&after, &told);
        }
        // A killed process leaves what it wrote, synced or not.
        assert_nothing_lost(&SimDisk::with_files(disk.files()), &told);
        if !went {
            assert_eq!(told.acknowledged.len(), 22);
            break;
        }
        steps += 1;
    }
    assert!(steps > 80, "{steps}");
}

#[test]
fn a_second_power_cut_during_the_repair_loses_nothing_either() {
    for steps in (0..).step_by(3) {
        let (disk, told, went) = work_until(steps);
        for after in after_power_cuts(&disk).step_by(5) {
            for repair_step in 0.. {
                let again = SimDisk::with_files(after.files());
                again.set_fault(Fault::PowerOff(repair_step));
                let repaired = open_on(Arc::new(again.clone()), SEGMENT_BYTES).is_ok();
                for after in after_power_cuts(&again).take(8) {
                    assert_nothing_lost(&after, &told);
                }
                if repaired {
                    break;
                }
            }
        }
        if !went {
            break;
        }
    }
}

/// What a killed process wrote and did not sync is read by the next one; when that one has told
/// others of it, it must not go away again.
#[test]
fn what_was_read_after_a_restart_survives_a_power_cut() {
    for steps in 0.. {
        let (disk, told, went) = work_until(steps);
        disk.set_fault(Fault::PowerOff(u64::MAX));
        let writer = open_on(Arc::new(disk.clone()), SEGMENT_BYTES).unwrap().writer;
        let shown = Told { acknowledged: payloads(&read_from(&writer.log(), 1)), ..told };
        for after in after_power_cuts(&disk).take(16) {
            assert_nothing_lost(&after, &shown);
        }
        if !went {
            break;
        }
    }
}

#[test]
fn a_log_cut_at_every_byte_keeps_every_whole_record_before() {
    let (disk, mut told) = (SimDisk::default(), Told::default());
    let mut writer = open_on(Arc::new(disk.clone()), 10_000).unwrap().writer;
    let name = disk.files().into_keys().next().unwrap();
    let mut ends = vec![disk.files()[&name].len()];
    for group in [1, 3, 2, 4] {
        let payloads = orders(told.acknowledged.len(), group);
        writer.append(&payloads.iter().map(|p| record(p)).collect::<Vec<_>>()).unwrap();
        ends.extend(payloads.iter().scan(*ends.last().unwrap(), |end, payload| {
            *end += 40 + payload.len();
            Some(*end)
        }));
        told.acknowledged.extend(payloads);
    }
    let whole = disk.files()[&name].clone();
    assert_eq!(*ends.last().unwrap(), whole.len());
    for cut in ends[0]..=whole.len() {
        let records = ends.iter().rposition(|end| *end <= cut).unwrap();
        let disk = SimDisk::with_files([(name.clone(), whole[..cut].to_vec())]);
        let opened = open_on(Arc::new(disk.clone()), 10_000).unwrap();
        assert_eq!(opened.cut_bytes, (cut - ends[records]) as u64);
        assert_eq!(opened.damage, None);
        assert_eq!(disk.files()[&name].len(), ends[records]);
        let kept = payloads(&read_from(&opened.writer.log(), 1));
        assert_eq!(kept, told.acknowledged[..records]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Groups larger than a segment, restarts, and power cuts one after the other.
    #[test]
    fn any_history_of_groups_and_power_cuts_keeps_what_was_acknowledged(
        history in prop::collection::vec(
            (prop::collection::vec(0..700_usize, 1..6), 0..40_u64, any::<u64>()),
            1..12,
        )
    ) {
        let mut disk = SimDisk::default();
        let mut acknowledged: Vec<Vec<u8>> = Vec::new();
        for (n, (sizes, power_off, survives)) in history.into_iter().enumerate() {
            let group: Vec<Vec<u8>> = sizes.iter().map(|size| vec![n as u8; *size]).collect();
            let records: Vec<_> = group.iter().map(|payload| record(payload)).collect();
            disk.set_fault(Fault::PowerOff(power_off));
            let mut told = Told::default();
            if let Ok(opened) = open_on(Arc::new(disk.clone()), SEGMENT_BYTES) {
                let mut writer = opened.writer;
                while writer.append(&records).is_ok() && disk.changes() <= 20 {
                    told.acknowledged.extend_from_slice(&group);
                }
                while let Ok(Some(_)) = writer.log().compress_closed() {}
                told.in_flight = group;
            }
            acknowledged.append(&mut told.acknowledged);
            let mut bits = survives;
            disk = disk.after_power_cut(|| {
                bits = bits.rotate_left(1);
                bits & 1 == 1
            });
            let opened = open_on(Arc::new(disk.clone()), SEGMENT_BYTES).unwrap();
            prop_assert_eq!(opened.damage, None);
            let kept = payloads(&read_from(&opened.writer.log(), 1));
            prop_assert!(kept.starts_with(&acknowledged));
            prop_assert!(told.in_flight.starts_with(&kept[acknowledged.len()..]));
            acknowledged = kept;
        }
    }
}
