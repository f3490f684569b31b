//! Bytes that had been synced are damaged: it is told, and what is not damaged is still read.

use std::collections::BTreeMap;
use std::sync::Arc;

use kiosk_journal::{Damage, Item, Record, SEQ_MAX, open_on, verify_on};
use proptest::prelude::*;

use crate::cafe::orders;
use crate::common::{SEGMENT_BYTES, gaps, payloads, read_from, record, records, writer_on};
use crate::sim::{Fault, SimDisk, after_power_cuts};

type Files = BTreeMap<String, Vec<u8>>;

/// A log of a compressed, some plain, and an open segment, in groups of 1 to 3; and its records.
fn sound_log() -> (Files, Vec<Record>) {
    let disk = SimDisk::default();
    let mut writer = writer_on(Arc::new(disk.clone()));
    let mut count = 0;
    for size in [2, 1, 3, 1, 2, 3, 1, 1, 2] {
        let group = orders(count, size);
        count += size;
        writer.append(&group.iter().map(|p| record(p)).collect::<Vec<_>>()).unwrap();
        if count == 7 {
            writer.log().compress_closed().unwrap().unwrap();
        }
    }
    let items = read_from(&writer.log(), 1);
    assert_eq!(payloads(&items), orders(0, 16));
    (disk.files(), records(&items).into_iter().cloned().collect())
}

/// Everything that is read was written, once and in order; everything else is reported: as a gap, or,
/// of the last group, as cut off. Returns the first damage that was reported.
fn assert_told_or_harmless(damaged: Files, all: &[Record], what: &str) -> Option<Damage> {
    let disk = SimDisk::with_files(damaged);
    let report = verify_on(Arc::new(disk.clone())).unwrap();
    let opened = open_on(Arc::new(disk.clone()), SEGMENT_BYTES).unwrap();
    let end = opened.writer.next_seq();
    let items = read_from(&opened.writer.log(), 1);
    let mut expected = 1;
    for item in &items {
        let next = match item {
            Item::Record(record) => {
                assert_eq!(record, &all[record.first_seq as usize - 1], "{what}: invented");
                assert_eq!(record.first_seq, expected, "{what}: skipped in silence");
                record.end_seq()
            }
            Item::Gap(damage) => {
                assert_eq!(damage.missing.start, expected, "{what}: {damage}");
                damage.missing.end
            }
        };
        expected = next;
    }
    assert_eq!(expected, end, "{what}");
    if (end as usize) <= all.len() {
        let told = opened.cut_bytes > 0 || opened.damage.is_some();
        assert!(told, "{what}: {} lost in silence", all.len() + 1 - end as usize);
    }
    assert_eq!(report.torn_bytes, opened.cut_bytes, "{what}");
    let read = records(&items).len() as u64;
    assert_eq!(report.records, read, "{what}: verify tells something else");
    let told = !report.damage.is_empty() || report.torn_bytes > 0;
    assert!(told || read == all.len() as u64, "{what}: verify is silent");
    if let Some(Damage { file, offset, missing, .. }) = opened.damage {
        let same = |d: &Damage| (&d.file, d.offset, &d.missing) == (&file, offset, &missing);
        assert!(report.damage.iter().any(same), "{what}: {file} {offset}, {:?}", report.damage);
    }
    assert_goes_on(&disk, opened.writer.epoch(), end, items.len(), what);
    report.damage.first().cloned()
}

fn assert_goes_on(disk: &SimDisk, epoch: kiosk_journal::Epoch, end: u64, items: usize, what: &str) {
    let opened = open_on(Arc::new(disk.clone()), SEGMENT_BYTES).unwrap();
    assert_eq!((opened.cut_bytes, opened.damage), (0, None), "{what}: told twice");
    let mut writer = opened.writer;
    assert_eq!((writer.epoch(), writer.next_seq()), (epoch, end), "{what}");
    writer.append(&[record(b"afterwards")]).unwrap();
    let after = read_from(&writer.log(), 1);
    assert!(matches!(after.last(), Some(Item::Record(r)) if r.payload == b"afterwards"), "{what}");
    let gap_at_the_end = usize::from(after.len() > items + 1);
    assert_eq!(after.len(), items + 1 + gap_at_the_end, "{what}");
    let resumed = read_from(&writer.log(), end);
    assert_eq!(records(&resumed).len(), 1, "{what}");
}

#[test]
fn any_flipped_bit_of_a_synced_log_is_told_or_harmless() {
    let (files, all) = sound_log();
    assert!(files.len() >= 4 && files.keys().any(|name| name.ends_with(".zst")));
    for (name, bytes) in &files {
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = files.clone();
                damaged.get_mut(name).unwrap()[at] ^= 1 << bit;
                assert_told_or_harmless(damaged, &all, &format!("{name}, byte {at}, bit {bit}"));
            }
        }
    }
}

/// The newest segment is never compressed, so one that is has lost its successor; it is not a torn
/// file to be cut.
#[test]
fn damage_of_a_compressed_segment_at_the_end_is_told_and_kept() {
    let (files, all) = sound_log();
    let (name, bytes) = files.iter().find(|(name, _)| name.ends_with(".zst")).unwrap();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        let files: Files = [(name.clone(), damaged.clone())].into();
        let disk = SimDisk::with_files(files.clone());
        let opened = open_on(Arc::new(disk.clone()), SEGMENT_BYTES).unwrap();
        assert!(opened.damage.is_some() && opened.cut_bytes == 0, "byte {at}");
        assert_eq!(disk.files()[name], damaged);
        assert_told_or_harmless(files, &all, &format!("byte {at}"));
    }
}

#[test]
fn a_closed_segment_cut_anywhere_is_told() {
    let (files, all) = sound_log();
    let closed = files.len() - 1;
    for (name, bytes) in files.iter().take(closed) {
        for length in 0..bytes.len() {
            let mut damaged = files.clone();
            damaged.get_mut(name).unwrap().truncate(length);
            let what = format!("{name} cut to {length}");
            let damage = assert_told_or_harmless(damaged, &all, &what);
            // The end of a compressed file is a checksum that the chain makes superfluous.
            assert!(
                damage.is_some() || name.ends_with(".zst") && length + 8 > bytes.len(),
                "{what}"
            );
        }
    }
}

#[test]
fn damage_is_told_with_its_file_offset_and_events() {
    let (files, all) = sound_log();
    let (name, bytes) = files.iter().find(|(name, _)| name.ends_with(".log")).unwrap();
    let first = name[..20].parse::<u64>().unwrap();
    let mut damaged = files.clone();
    // In the payload of the segment's second record.
    let offset = 36 + 40 + all[first as usize - 1].payload.len();
    damaged.get_mut(name).unwrap()[offset + 45] ^= 1;
    assert!(offset + 45 < bytes.len());
    let damage = assert_told_or_harmless(damaged, &all, name).unwrap();
    let expected = Damage {
        file: name.clone(),
        offset: offset as u64,
        missing: first + 1..first + 2,
        epoch: Some(all[0].epoch),
    };
    assert_eq!(damage, expected);
    assert_eq!(
        damage.to_string(),
        format!(
            "{name}: damaged at byte {offset}, epoch {}, event {} is missing",
            all[0].epoch,
            first + 1
        )
    );
}

#[test]
fn damage_in_the_newest_segment_is_kept_and_the_log_goes_on_under_a_new_epoch() {
    let disk = SimDisk::default();
    let mut writer = open_on(Arc::new(disk.clone()), 10_000).unwrap().writer;
    let epoch = writer.epoch();
    for payload in orders(0, 10) {
        writer.append(&[record(&payload)]).unwrap();
    }
    drop(writer);
    let mut files = disk.files();
    let (name, bytes) = files.iter_mut().next().unwrap();
    let (name, at) = (name.clone(), bytes.len() / 2);
    bytes[at] ^= 1;
    let damaged = bytes.clone();
    let disk = SimDisk::with_files(files);

    let mut opened = open_on(Arc::new(disk.clone()), 10_000).unwrap();
    let damage = opened.damage.unwrap();
    assert_eq!((damage.epoch, damage.missing.end - damage.missing.start), (Some(epoch), 1));
    assert_eq!(opened.writer.next_seq(), 11);
    assert_ne!(opened.writer.epoch(), epoch);
    opened.writer.append(&[record(b"new")]).unwrap();
    assert_eq!(opened.writer.log().compress_closed().unwrap(), None, "damage is kept as it is");
    assert_eq!(disk.files()[&name], damaged);
    let items = read_from(&opened.writer.log(), 1);
    assert_eq!(gaps(&items), [&damage]);
    assert_eq!(records(&items).len(), 10);
}

/// Nothing can number what the last group held, as its numbers are given anew.
#[test]
fn damage_at_the_end_of_a_kept_segment_is_told_too() {
    let disk = SimDisk::default();
    let mut writer = open_on(Arc::new(disk.clone()), 10_000).unwrap().writer;
    for payload in orders(0, 10) {
        writer.append(&[record(&payload)]).unwrap();
    }
    drop(writer);
    let (name, bytes) = disk.files().into_iter().next().unwrap();
    disk.flip(&name, bytes.len() / 2);
    disk.flip(&name, bytes.len() - 1);
    let mut writer = open_on(Arc::new(disk), 10_000).unwrap().writer;
    assert_eq!(writer.next_seq(), 10);
    writer.append(&[record(b"new")]).unwrap();
    let items = read_from(&writer.log(), 1);
    let missing: Vec<_> = gaps(&items).iter().map(|d| d.missing.end - d.missing.start).collect();
    assert_eq!(missing, [1, 0]);
    assert_eq!(records(&items).len(), 9);
}

#[test]
fn a_segment_of_another_history_is_told() {
    let disk = SimDisk::default();
    writer_on(Arc::new(disk.clone())).append(&[record(b"shared")]).unwrap();
    let write_on = |order: &[u8]| {
        let disk = SimDisk::with_files(disk.files());
        let mut writer = writer_on(Arc::new(disk.clone()));
        for _ in 0..20 {
            writer.append(&[record(order)]).unwrap();
        }
        disk.files()
    };
    let (ours, mut theirs) = (write_on(b"our order"), write_on(b"an order."));
    let names: Vec<_> = ours.keys().cloned().collect();
    assert_eq!(names, theirs.keys().cloned().collect::<Vec<_>>());
    let mut mixed = ours.clone();
    mixed.insert(names[1].clone(), theirs.remove(&names[1]).unwrap());
    let damage = verify_on(Arc::new(SimDisk::with_files(mixed))).unwrap().damage;
    // Theirs does not continue ours, and ours does not continue theirs.
    assert_eq!(damage.iter().map(|d| d.file.as_str()).collect::<Vec<_>>(), [&names[0], &names[1]]);
}

/// It is intact in itself; only the chain tells.
#[test]
fn a_record_that_was_replaced_is_told() {
    let disk = SimDisk::default();
    let mut writer = open_on(Arc::new(disk.clone()), 10_000).unwrap().writer;
    let epoch = writer.epoch().get();
    for payload in [b"first!", b"second", b"third!"] {
        writer.append(&[record(payload)]).unwrap();
    }
    let (name, mut bytes) = disk.files().into_iter().next().unwrap();
    bytes[36 + 46..36 + 92].copy_from_slice(&forge(0, 1, epoch, 2));
    let damage = verify_on(Arc::new(SimDisk::with_files([(name, bytes)]))).unwrap().damage;
    assert_eq!(damage.len(), 1);
    assert_eq!((damage[0].offset, &damage[0].missing), (36 + 46, &(2..3)));
}

#[test]
fn a_record_whose_number_does_not_follow_is_told() {
    let disk = SimDisk::default();
    let mut writer = open_on(Arc::new(disk.clone()), 10_000).unwrap().writer;
    let epoch = writer.epoch().get();
    writer.append(&[record(b"first!")]).unwrap();
    let (name, mut bytes) = disk.files().into_iter().next().unwrap();
    let crc = u32::from_le_bytes(bytes[36 + 36..36 + 40].try_into().unwrap());
    for (seq, missing) in [(2, None), (5, Some(2..6))] {
        bytes.truncate(36 + 46);
        // Two: behind a bad place there must be a group for it to count as damage.
        let next = forge(crc, 1, epoch, seq);
        let next_crc = u32::from_le_bytes(next[36..40].try_into().unwrap());
        bytes.extend(next);
        bytes.extend(forge(next_crc, 1, epoch, seq + 1));
        let disk = SimDisk::with_files([(name.clone(), bytes.clone())]);
        let report = verify_on(Arc::new(disk)).unwrap();
        assert_eq!(report.damage.first().map(|d| d.missing.clone()), missing);
    }
}

#[test]
fn a_record_that_no_writer_writes_is_damage_however_right_its_crc() {
    let disk = SimDisk::default();
    let epoch = writer_on(Arc::new(disk.clone())).epoch().get();
    let (name, header) = disk.files().into_iter().next().unwrap();
    for (events, seq) in [(0, 1), (1, SEQ_MAX), (1, u64::MAX), (u32::MAX, SEQ_MAX - 1)] {
        for before in [b"".as_slice(), b"bad"] {
            let bytes = [&header, before, &forge(0, events, epoch, seq)].concat();
            let torn_bytes = (bytes.len() - header.len()) as u64;
            let report = verify_on(Arc::new(SimDisk::with_files([(name.clone(), bytes)]))).unwrap();
            assert_eq!((report.records, report.torn_bytes), (0, torn_bytes), "{events} {seq}");
        }
    }
}

/// The search reads a chunk at a time; a record that begins in one and ends in the next is found.
#[test]
fn a_record_across_a_read_boundary_is_found_behind_damage() {
    const CHUNK_BYTES: usize = 64 * 1024;
    for start in CHUNK_BYTES - 50..CHUNK_BYTES + 2 {
        let disk = SimDisk::default();
        let mut writer = open_on(Arc::new(disk.clone()), 1_000_000).unwrap().writer;
        writer.append(&[record(&vec![b'x'; start - 36 - 40])]).unwrap();
        writer.append(&[record(b"found")]).unwrap();
        drop(writer);
        disk.flip(&disk.files().into_keys().next().unwrap(), 36);
        let opened = open_on(Arc::new(disk), 1_000_000).unwrap();
        assert_eq!(opened.damage.unwrap().missing, 1..2, "{start}");
        assert_eq!(records(&read_from(&opened.writer.log(), 1))[0].payload, b"found");
    }
}

/// As after any restart: what was read and told to others must not go away again.
#[test]
fn what_was_read_behind_damage_survives_a_power_cut() {
    let disk = SimDisk::default();
    let mut writer = open_on(Arc::new(disk.clone()), 10_000).unwrap().writer;
    for payload in orders(0, 4) {
        writer.append(&[record(&payload)]).unwrap();
    }
    // Written, but not synced: the process is killed in between.
    disk.set_fault(Fault::PowerOff(1));
    writer.append(&[record(b"unsynced")]).unwrap_err();
    drop(writer);
    disk.set_fault(Fault::PowerOff(u64::MAX));
    let name = disk.files().into_keys().next().unwrap();
    disk.flip(&name, 36 + 40);

    let opened = open_on(Arc::new(disk.clone()), 10_000).unwrap();
    assert!(opened.damage.is_some());
    let shown = read_from(&opened.writer.log(), 1);
    assert_eq!(records(&shown).last().unwrap().payload, b"unsynced");
    for after in after_power_cuts(&disk) {
        let writer = open_on(Arc::new(after), 10_000).unwrap().writer;
        assert_eq!(read_from(&writer.log(), 1), shown);
    }
}

/// The bytes after a damaged record are searched for the next one; what a client wrote into its order
/// is not it.
#[test]
fn a_payload_that_holds_a_record_is_not_taken_for_one() {
    let disk = SimDisk::default();
    let mut writer = open_on(Arc::new(disk.clone()), 10_000).unwrap().writer;
    let epoch = writer.epoch().get();
    let order = [b"an order".as_slice(), &forge(0, 1, epoch, 2), b"and more"].concat();
    for payload in [order.as_slice(), b"second"] {
        writer.append(&[record(payload)]).unwrap();
    }
    drop(writer);
    let (name, sound) = disk.files().into_iter().next().unwrap();
    let read = |bytes: Vec<u8>| {
        let disk = SimDisk::with_files([(name.clone(), bytes)]);
        read_from(&open_on(Arc::new(disk), 10_000).unwrap().writer.log(), 1)
    };
    for at in 36 + 40..36 + 40 + order.len() {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        let items = read(bytes);
        assert_eq!(records(&items).len(), 1);
        assert_eq!(records(&items)[0].payload, b"second");
        assert_eq!(gaps(&items)[0].missing, 1..2);
    }
    // It would be one, elsewhere.
    let alone = [&sound[..36], &forge(0, 1, epoch, 1)].concat();
    assert_eq!(payloads(&read(alone)), [b"forged"]);
}

fn forge(prev_crc: u32, events: u32, epoch: u64, seq: u64) -> Vec<u8> {
    let mut out = vec![0xd7, b'R', 0xec, 0x0a, 6, 0, 0, 0];
    out.extend(prev_crc.to_le_bytes());
    out.extend(events.to_le_bytes());
    out.extend(epoch.to_le_bytes());
    out.extend(seq.to_le_bytes());
    out.extend(0_u32.to_le_bytes());
    out.extend(crc32c::crc32c_append(crc32c::crc32c(&out), b"forged").to_le_bytes());
    out.extend(b"forged");
    out
}

/// What may happen to a file on a worn-out card.
#[derive(Debug, Clone)]
enum Harm {
    Overwrite { at: prop::sample::Index, bytes: Vec<u8> },
    Move { from: prop::sample::Index, to: prop::sample::Index, length: usize },
}

fn harm() -> impl Strategy<Value = Harm> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (index(), prop::collection::vec(any::<u8>(), 1..80))
            .prop_map(|(at, bytes)| Harm::Overwrite { at, bytes }),
        (index(), 1..400_usize).prop_map(|(at, n)| Harm::Overwrite { at, bytes: vec![0; n] }),
        (index(), index(), 1..400_usize).prop_map(|(from, to, length)| Harm::Move {
            from,
            to,
            length
        }),
    ]
}

impl Harm {
    fn apply(&self, bytes: &mut [u8]) {
        match self {
            Harm::Overwrite { at, bytes: new } => {
                let at = at.index(bytes.len());
                let end = bytes.len().min(at + new.len());
                bytes[at..end].copy_from_slice(&new[..end - at]);
            }
            Harm::Move { from, to, length } => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                let length = (*length).min(bytes.len() - from.max(to));
                bytes.copy_within(from..from + length, to);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn any_harm_in_many_places_is_told_or_harmless(
        harms in prop::collection::vec((any::<prop::sample::Index>(), harm()), 1..5),
        lost in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let (mut files, all) = sound_log();
        let names: Vec<_> = files.keys().cloned().collect();
        for (file, harm) in &harms {
            harm.apply(files.get_mut(file.get(&names)).unwrap());
        }
        if let Some(lost) = lost {
            files.remove(lost.get(&names[..names.len() - 1]));
        }
        assert_told_or_harmless(files, &all, &format!("{harms:?} {lost:?}"));
    }

    /// The same as the fuzz target, with what random bytes can do.
    #[test]
    fn any_bytes_at_all_are_opened_and_read_without_a_panic(
        plain in prop::collection::vec(any::<u8>(), 0..2000),
        keep in 0..200_usize,
        compressed in prop::collection::vec(any::<u8>(), 0..500),
    ) {
        let (files, _) = sound_log();
        // Behind the beginning of a real segment, random bytes are looked at more closely.
        let disk = SimDisk::with_files(files.iter().map(|(name, bytes)| {
            let random = if name.ends_with(".zst") { &compressed } else { &plain };
            let keep = keep.min(bytes.len());
            (name.clone(), [&bytes[..keep], random].concat())
        }));
        verify_on(Arc::new(disk.clone())).unwrap();
        let opened = open_on(Arc::new(disk.clone()), SEGMENT_BYTES).unwrap();
        read_from(&opened.writer.log(), 1);
    }
}
