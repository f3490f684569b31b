//! A file system of 6 MiB that fills up, and has room again.
#![allow(clippy::unwrap_used)]

mod support;

use std::{fs, path::Path, process::Command};

use kiosk_store::{OpenError, StoreError};
use support::{Cafe, open, open_sound, scrub};
use tempfile::{TempDir, tempdir};

#[test]
fn a_full_disk_refuses_batches_and_the_store_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: mounting a tmpfs needs root");
        return;
    };
    let dir = disk.path().join("store");
    let ballast = disk.path().join("ballast");
    fs::write(&ballast, vec![1; 2 * 1024 * 1024]).unwrap();
    let cafe = Cafe::busy_days(10, 150, 10);

    let mut opened = open_sound(&dir);
    let full = cafe.catch_up(&mut opened.writer, opened.applied);
    assert!(matches!(full, Err(StoreError::NoSpace)), "{full:?}");
    let refused = cafe.catch_up(&mut opened.writer, opened.reader.applied());
    assert!(matches!(refused, Err(StoreError::Failed)), "{refused:?}");
    drop(opened);

    match open(&dir) {
        Err(OpenError::NoSpace { .. }) => {}
        Err(error) => panic!("{error}"),
        Ok(opened) => assert_eq!(cafe.state_at(opened.applied), Some(opened.state)),
    }

    disk.grow();
    let mut opened = open(&dir).unwrap();
    assert_eq!(cafe.state_at(opened.applied), Some(opened.state));
    cafe.catch_up(&mut opened.writer, opened.applied).unwrap();
    scrub(&mut opened.writer).unwrap();
    cafe.check(&opened.reader);
}

struct SmallDisk(TempDir);

impl SmallDisk {
    /// None without the rights to mount.
    fn mount() -> Option<Self> {
        let dir = tempdir().unwrap();
        mount(&["-t", "tmpfs", "-o", "size=6m", "tmpfs"], dir.path()).then_some(Self(dir))
    }

    fn grow(&self) {
        assert!(mount(&["-o", "remount,size=256m"], self.path()));
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a sick sled may have been left behind with a file open.
        let unmounted = Command::new("umount").arg("--lazy").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

fn mount(options: &[&str], at: &Path) -> bool {
    let output = Command::new("mount").args(options).arg(at).output();
    output.is_ok_and(|output| output.status.success())
}
