//! What is in the way of opening.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;

use kiosk_store::OpenError;
use support::{open, open_sound};
use tempfile::tempdir;

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
