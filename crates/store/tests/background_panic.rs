//! A test binary of its own: panics of sled's threads are counted for the process.
#![allow(clippy::unwrap_used)]

mod support;

use std::thread;

use kiosk_store::StoreError;
use support::{Cafe, fill, open};
use tempfile::tempdir;

#[test]
fn a_panic_in_a_thread_of_sled_stops_the_writer_and_the_next_open_heals() {
    let dir = tempdir().unwrap();
    let mut cafe = Cafe::busy_days(2, 10, 1);
    let mut opened = fill(dir.path(), &cafe);
    // Stands for sled's flusher, which has this name: when it has panicked nothing is written
    // out any more, and sled does not say so.
    let flusher = thread::Builder::new().name("log flusher".into());
    assert!(flusher.spawn(|| panic!("as sled does on a damaged page")).unwrap().join().is_err());

    assert!(cafe.place(1, None, "", 1));
    let refused = cafe.catch_up(&mut opened.writer, opened.reader.applied());
    assert!(matches!(refused, Err(StoreError::Panicked(_))), "{refused:?}");
    let refused = cafe.catch_up(&mut opened.writer, opened.reader.applied());
    assert!(matches!(refused, Err(StoreError::Failed)), "{refused:?}");
    drop(opened);

    let mut healed = open(dir.path()).unwrap();
    assert!(healed.put_aside.is_some());
    cafe.catch_up(&mut healed.writer, healed.applied).unwrap();
    cafe.check(&healed.reader);
}
