//! What sled 0.34.7 alone does wrong, and that the store does not.
#![allow(clippy::unwrap_used)]

mod support;

use std::{fs, path::Path};

use kiosk_domain::{Change, Counters};
use kiosk_store::{Applied, Batch, Remembered, StoreError, VALUE_BYTES_MAX, Writer};
use support::{Cafe, EPOCH, START_MS, apply_group, copy, fill, open, open_sound, with_sled};
use tempfile::tempdir;

#[test]
fn a_snapshot_that_was_being_written_at_the_cut_does_no_harm() {
    let dir = tempdir().unwrap();
    let cafe = Cafe::busy_days(2, 20, 1);
    drop(fill(dir.path(), &cafe));
    let half_written = dir.path().join("sled/snap.00000000000F4240.generating");
    fs::write(&half_written, b"half").unwrap();

    let alone = tempdir().unwrap();
    copy(dir.path(), alone.path());
    assert!(!opens_alone(&alone.path().join("sled")), "sled alone now copes: drop the removal");

    let opened = open_sound(dir.path());
    assert_eq!(opened.state, cafe.state);
    assert!(!half_written.exists());
}

#[test]
fn rows_sled_lost_in_silence_are_applied_again() {
    let dir = tempdir().unwrap();
    let cafe = Cafe::busy_days(3, 40, 1);
    drop(fill(dir.path(), &cafe));
    let db = dir.path().join("sled/db");
    let mut bytes = fs::read(&db).unwrap();
    let in_use = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[in_use / 2] ^= 0x10;
    fs::write(&db, bytes).unwrap();

    let alone = tempdir().unwrap();
    copy(dir.path(), alone.path());
    let orders = with_sled(alone.path(), |sled| sled.scan_prefix(b"o").count());
    assert!(orders < cafe.orders.len(), "sled alone opens without a word, and orders are missing");

    let mut opened = open_sound(dir.path());
    assert!(opened.applied.seq < cafe.applied().seq);
    assert_eq!(cafe.state_at(opened.applied), Some(opened.state));
    cafe.catch_up(&mut opened.writer, opened.applied).unwrap();
    cafe.check(&opened.reader);
}

#[test]
fn the_longest_rows_stay_in_the_log_that_is_synced() {
    assert!(files_for_long_rows(512 * 1024) > 0, "with sled's default, pages of long rows leave");
    assert_eq!(files_for_long_rows(1024 * 1024), 0);

    let dir = tempdir().unwrap();
    let mut cafe = Cafe::open();
    let note = "휘".repeat(82);
    for _ in 0..60 {
        assert!(cafe.place(1, None, &note, 40));
        // Lines that are done are longer.
        assert!(cafe.forward(0) && cafe.forward(0));
    }
    let order = cafe.orders.values().next().unwrap();
    let bytes = prost::Message::encoded_len(order);
    assert!(bytes > 11_500, "an order of only {bytes} bytes is not near the domain's limit");
    let mut opened = open_sound(dir.path());
    for step in &cafe.steps {
        apply_group(&mut opened.writer, std::slice::from_ref(step)).unwrap();
        assert_eq!(blobs(&dir.path().join("sled")), 0);
    }
}

#[test]
fn what_was_superseded_is_cleaned_up_while_writing() {
    let dir = tempdir().unwrap();
    let mut writer = fill(dir.path(), &Cafe::open()).writer;
    let mut round = 0;
    // The flusher comes by every 500 ms, so how much is written until then is the machine's speed.
    while round == 0
        || fs::metadata(dir.path().join("sled/db")).unwrap().len() * 2 > round * ROUND_BYTES
    {
        assert!(round < 100_000, "after {round} rounds nothing was cleaned up");
        for _ in 0..500 {
            apply_as_settings(&mut writer, round);
            round += 1;
        }
    }
}

const ROUND_BYTES: u64 = 25 * 1_000;

/// 24 rows that change in every round, and one that stays: some of each in every segment, so that
/// no segment becomes free by itself.
fn rows_that_mostly_change(round: u64) -> impl Iterator<Item = (String, String)> {
    let changing = (0..24).map(|row| format!("changing {row}"));
    let staying = (0..1).map(move |row| format!("staying {round:06} {row}"));
    changing.chain(staying).map(move |key| (key, format!("{round:01000}")))
}

fn apply_as_settings(writer: &mut Writer, round: u64) {
    let changes: Vec<_> =
        rows_that_mostly_change(round).map(|(key, value)| Change::Setting { key, value }).collect();
    let batch = Batch {
        applied: Applied { epoch: EPOCH, seq: 1_000 + round },
        counters: Counters::default(),
        now_ms: START_MS,
        changes: &changes,
        requests: &[],
    };
    writer.apply(&batch).unwrap();
}

#[test]
fn a_row_over_the_limit_is_refused_and_nothing_changes() {
    let dir = tempdir().unwrap();
    let mut cafe = Cafe::open();
    let mut opened = fill(dir.path(), &cafe);
    let applied = opened.reader.applied();
    let value = "x".repeat(VALUE_BYTES_MAX);
    let refused = opened.writer.apply(&Batch {
        applied: Applied { epoch: EPOCH, seq: 1_000 },
        counters: cafe.state.counters(),
        now_ms: START_MS,
        changes: &[Change::Setting { key: "opening_hours".into(), value }],
        requests: &[Remembered {
            request_id: 1,
            first_seq: 1_000,
            events: 1,
            fingerprint: 0,
            time_ms: START_MS,
        }],
    });
    assert!(matches!(refused, Err(StoreError::RowTooLarge { .. })), "{refused:?}");
    assert_eq!(opened.reader.applied(), applied);
    assert_eq!(opened.reader.request(1).unwrap(), None);

    assert!(cafe.place(1, None, "", 1));
    cafe.catch_up(&mut opened.writer, applied).unwrap();
    drop(opened);
    let opened = open(dir.path()).unwrap();
    assert_eq!(opened.state, cafe.state);
}

fn opens_alone(sled_dir: &Path) -> bool {
    let dir = sled_dir.to_owned();
    std::thread::spawn(move || config(&dir).open().is_ok()).join().unwrap_or(false)
}

fn config(sled_dir: &Path) -> sled::Config {
    sled::Config::new().path(sled_dir).segment_size(1024 * 1024)
}

/// How often a file of its own was seen while rows of the greatest length came and changed.
fn files_for_long_rows(segment_bytes: usize) -> usize {
    let dir = tempdir().unwrap();
    let sled = sled::Config::new().path(dir.path()).segment_size(segment_bytes).open().unwrap();
    let mut seen = 0;
    for number in 0..400u32 {
        let key = number.wrapping_mul(0x9E37_79B9) % 64;
        sled.insert(key.to_be_bytes(), vec![number as u8; VALUE_BYTES_MAX]).unwrap();
        seen += blobs(dir.path());
    }
    seen
}

fn blobs(sled_dir: &Path) -> usize {
    fs::read_dir(sled_dir.join("blobs")).unwrap().count()
}
