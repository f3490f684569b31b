//! Any bytes as segment files: reading ends, never panics, and goes forward only.
#![no_main]

use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock};

use kiosk_journal::{Item, NewRecord, open_on, verify_on};
use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "shared with the tests")]
#[path = "../../tests/it/sim.rs"]
mod sim;

use sim::SimDisk;

const HEADER_BYTES: usize = 36;
const RECORD_HEADER_BYTES: usize = 40;

/// A segment as the writer makes it, so that the fuzzer need not guess the header's crc.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let disk = SimDisk::default();
    let mut writer = open_on(Arc::new(disk.clone()), u64::MAX).unwrap().writer;
    for payload in [b"first".as_slice(), b"", b"third"] {
        writer.append(&[NewRecord { events: NonZeroU32::MIN, payload }; 2]).unwrap();
    }
    disk.files().remove("00000000000000000001.log").unwrap()
});

fuzz_target!(|input: (u8, u8, u8, Vec<u8>, Vec<u8>)| {
    let (keep, mended, kind, plain, other) = input;
    let mut plain = [&SOUND[..SOUND.len().min(keep.into())], &plain].concat();
    if mended % 2 == 0 {
        mend(&mut plain);
    }
    let other_name = match kind % 3 {
        0 => "00000000000000000007.log",
        1 => "00000000000000000007.log.zst",
        _ => "00000000000000000001.log.zst",
    };
    let files = [("00000000000000000001.log".to_owned(), plain), (other_name.to_owned(), other)];
    let disk = SimDisk::with_files(files);
    let report = verify_on(Arc::new(disk.clone()));
    let Ok(opened) = open_on(Arc::new(disk), 400) else {
        // Only a later version may be refused.
        assert!(report.is_err());
        return;
    };
    let mut reader = opened.writer.log().reader(1);
    let mut next = 1;
    while let Ok(Some(item)) = reader.next() {
        let end = match item {
            Item::Record(record) => record.end_seq(),
            Item::Gap(damage) => damage.missing.end,
        };
        assert!(end >= next, "went back from {next} to {end}");
        next = end;
    }
});

/// Makes the crc of everything that looks like a record right, so that the fuzzer gets behind it.
fn mend(bytes: &mut [u8]) {
    let mut at = HEADER_BYTES;
    while at + RECORD_HEADER_BYTES <= bytes.len() {
        let length = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
        let end = at + RECORD_HEADER_BYTES + length;
        if bytes[at..at + 4] != [0xd7, b'R', 0xec, 0x0a] || end > bytes.len() {
            at += 1;
            continue;
        }
        let crc = crc32c::crc32c(&bytes[at..at + 36]);
        let crc = crc32c::crc32c_append(crc, &bytes[at + RECORD_HEADER_BYTES..end]);
        bytes[at + 36..at + 40].copy_from_slice(&crc.to_le_bytes());
        at = end;
    }
}
