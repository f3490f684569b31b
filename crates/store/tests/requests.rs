//! How long requests are remembered.
#![allow(clippy::unwrap_used)]

mod support;

use kiosk_store::{Applied, REQUESTS_KEPT_MIN, Remembered};
use support::{Cafe, DAY_MS, GROUP, Step, apply_group, fill, open_sound};
use tempfile::tempdir;

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
