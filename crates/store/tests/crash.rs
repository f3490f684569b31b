//! Cuts, readers beside the writer, and what is in the way of opening.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    thread,
};

use kiosk_store::{Applied, OpenError, REQUESTS_KEPT_MIN, Remembered};
use support::{Cafe, DAY_MS, GROUP, Step, apply_group, copy, fill, open, open_sound, scrub};
use tempfile::tempdir;

#[test]
fn a_copy_taken_at_any_moment_opens_and_catches_up() {
    let cafe = Cafe::busy_days(8, 120, 8);
    let live = tempdir().unwrap();
    let mut writer = open_sound(live.path()).writer;
    let begun_seq = AtomicU64::new(0);
    let is_done = AtomicBool::new(false);
    let mut copies = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            for group in cafe.steps.chunks(4) {
                begun_seq.store(group.last().unwrap().applied.seq, SeqCst);
                apply_group(&mut writer, group).unwrap();
            }
            is_done.store(true, SeqCst);
        });
        while !is_done.load(SeqCst) && copies.len() < 60 {
            let dir = tempdir().unwrap();
            copy(live.path(), dir.path());
            copies.push((dir, begun_seq.load(SeqCst)));
        }
    });
    assert!(copies.len() >= 3, "only {} copies were taken while the writer ran", copies.len());
    for (dir, begun_seq) in copies {
        // Put aside would also do: then nothing is applied and all is caught up with.
        let mut opened = open(dir.path()).unwrap();
        assert!(opened.applied.seq <= begun_seq);
        assert_eq!(cafe.state_at(opened.applied), Some(opened.state));
        cafe.catch_up(&mut opened.writer, opened.applied).unwrap();
        scrub(&mut opened.writer).unwrap();
        cafe.check(&opened.reader);
    }
}

#[test]
fn readers_see_whole_batches_while_the_writer_writes() {
    let cafe = Cafe::busy_days(3, 150, 2);
    let dir = tempdir().unwrap();
    let opened = open_sound(dir.path());
    let (mut writer, reader) = (opened.writer, opened.reader);
    let is_done = AtomicBool::new(false);
    let last_day = *cafe.days().last().unwrap();
    thread::scope(|scope| {
        for _ in 0..3 {
            let reader = reader.clone();
            let (cafe, is_done) = (&cafe, &is_done);
            scope.spawn(move || {
                while !is_done.load(SeqCst) {
                    for order in reader.orders_of_day(last_day, 0, 200).unwrap() {
                        let found = reader.order(&order.order_id).unwrap().unwrap();
                        assert_eq!(found.order_id, order.order_id);
                        assert_eq!(found.items, cafe.orders[&order.order_id].items);
                    }
                    let entries = reader.ledger(1, None, 50).unwrap();
                    for entry in &entries {
                        assert_eq!(cafe.ledger.get(&(1, entry.entry_num)), Some(entry));
                    }
                    assert!(entries.is_sorted_by(|a, b| a.entry_num == b.entry_num + 1));
                }
            });
        }
        cafe.catch_up(&mut writer, Applied::default()).unwrap();
        is_done.store(true, SeqCst);
    });
    cafe.check(&reader);
}

#[test]
fn pages_of_a_day_and_of_a_ledger_continue_where_the_last_ended() {
    let dir = tempdir().unwrap();
    let cafe = Cafe::busy_days(3, 25, 1);
    let reader = fill(dir.path(), &cafe).reader;
    let day = cafe.days()[1];
    let whole = reader.orders_of_day(day, 0, 1_000).unwrap();
    assert_eq!(whole.len(), 25);
    let (first, rest) = (reader.orders_of_day(day, 0, 10), reader.orders_of_day(day, 10, 1_000));
    assert_eq!([first.unwrap(), rest.unwrap()].concat(), whole);
    assert_eq!(reader.orders_of_day(day, i32::MAX, 10).unwrap(), []);

    let whole = reader.ledger(1, None, 1_000).unwrap();
    let first = reader.ledger(1, None, 5).unwrap();
    let rest = reader.ledger(1, Some(first[4].entry_num), 1_000).unwrap();
    assert_eq!([first, rest].concat(), whole);
    assert_eq!(reader.ledger(99, None, 5).unwrap(), []);
}

#[test]
fn requests_are_remembered_for_two_days_and_the_newest_ten_thousand_for_ever() {
    let dir = tempdir().unwrap();
    let cafe = Cafe::open();
    let mut opened = fill(dir.path(), &cafe);
    let mut seq = 1_000;
    let mut remember = |now_ms: i64, count: u64| {
        let first = seq;
        while seq < first + count {
            let requests =
                (seq..first + count).take(GROUP).map(|seq| request(seq, now_ms)).collect();
            seq = (seq + GROUP as u64).min(first + count);
            let last = cafe.steps.last().unwrap();
            let applied = Applied { seq, ..last.applied };
            let step = Step { applied, now_ms, changes: Vec::new(), requests, ..last.clone() };
            apply_group(&mut opened.writer, &[step]).unwrap();
        }
        first
    };
    let start = cafe.now_ms;
    let old = remember(start, REQUESTS_KEPT_MIN + 3_000);
    let young = remember(start + DAY_MS, 3_000);
    let kept = |seq: u64| opened.reader.request(seq.into()).unwrap().is_some();
    assert!(kept(old) && kept(young), "a day later nothing is forgotten");

    let newest = remember(start + 2 * DAY_MS + 1, 200);
    assert!(!kept(old), "after two days the oldest go");
    // A clock that was wrong and jumps by years: only the newest ten thousand are left, all of them.
    let last = remember(start + 5_000 * DAY_MS, 6_500);
    let first_kept = last + 6_500 - REQUESTS_KEPT_MIN;
    let forgotten = (old..last + 6_500).filter(|seq| !kept(*seq)).max().unwrap();
    assert!(forgotten < first_kept, "{forgotten} of the newest ten thousand is forgotten");
    assert!(kept(newest));
    drop(opened);
    let opened = open_sound(dir.path());
    assert_eq!(opened.reader.request(last.into()).unwrap().map(|r| r.first_seq), Some(last));
}

fn request(seq: u64, time_ms: i64) -> Remembered {
    Remembered { request_id: seq.into(), first_seq: seq, events: 1, fingerprint: seq, time_ms }
}

#[test]
fn a_store_that_is_open_is_not_opened_again() {
    let dir = tempdir().unwrap();
    let opened = open_sound(dir.path());
    assert!(matches!(open(dir.path()), Err(OpenError::Locked { .. })));
    drop(opened);
    open_sound(dir.path());
}

#[test]
fn what_a_rebuild_cannot_mend_is_an_error() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("a-file");
    fs::write(&file, b"").unwrap();
    assert!(matches!(open(&file.join("store")), Err(OpenError::Io { .. })));
    assert!(matches!(open(&file), Err(OpenError::Io { .. })));
}

#[test]
fn the_newest_two_damaged_stores_are_kept() {
    let dir = tempdir().unwrap();
    drop(open_sound(dir.path()));
    for number in 1..=4 {
        fs::write(dir.path().join("sled/conf"), b"not what sled wrote").unwrap();
        let put_aside = open(dir.path()).unwrap().put_aside.unwrap();
        assert_eq!(put_aside.path, dir.path().join(format!("damaged-{number}")));
        assert!(put_aside.path.join("conf").exists());
    }
    let kept: Vec<_> =
        (1..=4).filter(|number| dir.path().join(format!("damaged-{number}")).exists()).collect();
    assert_eq!(kept, [3, 4]);
}
