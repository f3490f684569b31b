//! Cuts at any moment, with the writer at work.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    thread,
};

use support::{Cafe, apply_group, copy, open, open_sound, scrub};
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
