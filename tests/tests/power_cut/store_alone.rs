//! Why an acknowledgement never depends on the store: what sled has flushed is not on the disk.

use std::{fs::File, thread, time::Duration};

use kiosk_domain::{Change, Counters};
use kiosk_store::{Applied, Batch, Config, open};
use kiosk_tests::Disk;

use crate::device::Device;

/// Kernel and sled sync by themselves, each every five seconds: one cut may come just after that.
const ATTEMPTS: u64 = 10;

/// What is done for the newest batch before the cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sync {
    /// The store is closed for writing, which ends in sled's flush.
    Flush,
    /// That, and an fsync of the file.
    FlushAndFsync,
}

#[test]
fn what_sled_has_flushed_is_lost_in_a_power_cut() {
    if Disk::in_memory(1).is_none() {
        return;
    }
    let mut device = Device::new();
    let kept = survives_a_cut(&mut device, 1, Sync::FlushAndFsync);
    assert!(kept, "the cut takes even what was synced");
    let lost = (2..2 + ATTEMPTS).any(|seq| !survives_a_cut(&mut device, seq, Sync::Flush));
    assert!(lost, "sled's flush now reaches the disk: the design may be looked at again");
    let kept = survives_a_cut(&mut device, 2 + ATTEMPTS, Sync::FlushAndFsync);
    assert!(kept, "the cut takes even what was synced");
}

/// Whether the store, opened after the cut, has the batch with that number.
fn survives_a_cut(device: &mut Device, seq: u64, sync: Sync) -> bool {
    let config = Config::new(device.box_path().join("store"));
    let mut opened = open(&config).unwrap();
    let applied = Applied { epoch: 7, seq };
    let value = "from nine to nine, and later on Fridays ".repeat(20);
    let batch = Batch {
        applied,
        counters: Counters::default(),
        now_ms: 0,
        changes: &[Change::Setting { key: format!("opening_hours {seq}"), value }],
        requests: &[],
    };
    // sled's flusher begins with a sync, which would help. If it comes later than this, the next
    // attempt gives it longer.
    thread::sleep(Duration::from_millis(100 * seq));
    opened.writer.apply(&batch).unwrap();
    opened.writer.close().unwrap();
    if sync == Sync::FlushAndFsync {
        File::open(config.dir.join("sled/db")).unwrap().sync_all().unwrap();
    }
    let left = device.cut_untouched();
    // Its readers hold it open, so its end, which does sync, comes after the cut.
    drop(opened.reader);
    device.replace(&left);

    let config = Config::new(device.box_path().join("store"));
    open(&config).is_ok_and(|opened| opened.applied == applied)
}
