//! A disk whose power can be cut: what it has received and what it was made to keep are told apart.
//!
//! ```text
//! kioskd
//! ext4, the box's file system
//! loop device             writes and flushes arrive here
//! the image, a file on    what the device has received: its volatile cache
//! ext4, the device's inside
//! loop device
//! the flash, a file       what the device was made to keep
//! ```
//!
//! A flush of the upper loop device is an fsync of the image, and that is when the image's bytes come
//! to the flash. Files are read below the mounted file systems, whose own caches therefore have no
//! part in it: what the box did not sync is in neither.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::Write as _,
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use kiosk_tests::{Disk, Random, format_ext4, uuid};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

const BLOCK_BYTES: usize = 4096;
/// As many orders as a fast machine places between all cuts have room.
const IMAGE_BYTES: usize = 192 * 1024 * 1024;
const FLASH_BYTES: usize = IMAGE_BYTES + 64 * 1024 * 1024;

// Fields of a block device's counts (the kernel's Documentation/block/stat.rst).
const WRITES: usize = 4;
const IN_FLIGHT: usize = 8;
const DISCARDS: usize = 11;
const FLUSHES: usize = 15;

/// What a cut leaves of the blocks that the device received and was not made to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unflushed {
    /// All of them, and nothing of what came a moment later: cut in the middle of a write.
    Kept,
    /// None of them.
    Lost,
    /// Any of them.
    Random,
}

#[derive(Debug)]
pub(crate) struct Device {
    /// None only while the image is replaced.
    box_side: Option<Disk>,
    inside: Disk,
    dir: TempDir,
}

impl Device {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let flash = flash(dir.path());
        File::create(&flash).unwrap().set_len(FLASH_BYTES as u64).unwrap();
        format_ext4(&flash);
        let inside = Disk::ext4(&flash);
        let image = image(&inside);
        fs::write(&image, vec![0; IMAGE_BYTES]).unwrap();
        format_ext4(&image);
        let box_side = Disk::ext4(&image);
        let device = Self { box_side: Some(box_side), inside, dir };
        write_synced(&device.box_path().join("received"), &block(""));
        device
    }

    /// The file system that the box has on it.
    pub(crate) fn box_path(&self) -> &Path {
        self.box_side.as_ref().unwrap().path()
    }

    /// Stops the process and returns the bytes that a power cut at this moment would leave.
    pub(crate) fn cut(&self, pid: u32, unflushed: Unflushed, random: &mut Random) -> Vec<u8> {
        let synced = uuid();
        write_synced(&self.box_path().join("synced"), &block(&synced));
        let left = match unflushed {
            Unflushed::Kept => self.cut_while_writing(pid),
            Unflushed::Lost => {
                stop(pid, &['T']);
                self.cut_at_rest(|| false)
            }
            Unflushed::Random => {
                stop(pid, &['T']);
                self.cut_at_rest(|| random.below(2) == 0)
            }
        };
        assert!(has(&left, &synced), "the copy lacks what was synced");
        left
    }

    /// What a cut would leave at worst of what this process has written, which writes nothing more.
    /// Nothing is synced for it, unlike for [`Self::cut`]: that would flush the device.
    pub(crate) fn cut_untouched(&self) -> Vec<u8> {
        self.cut_at_rest(|| false)
    }

    /// The power is back, and this is what the disk has.
    pub(crate) fn replace(&mut self, bytes: &[u8]) {
        self.box_side = None;
        write_synced(&image(&self.inside), bytes);
        self.box_side = Some(Disk::ext4(&image(&self.inside)));
    }

    /// The device takes no more writes from one moment on, whatever the process is doing.
    fn cut_while_writing(&self, pid: u32) -> Vec<u8> {
        let unsynced = self.write_unsynced();
        let frozen = self.inside.freeze();
        // A thread that waits for the frozen disk comes no further than to the end of its call.
        stop(pid, &['T', 'D']);
        let received = fs::read(image(&self.inside)).unwrap();
        drop(frozen);
        assert!(!has(&received, &unsynced), "the copy has what was never written out");
        received
    }

    /// The process stands still and so does the device: what it keeps and what it has received can
    /// both be read.
    fn cut_at_rest(&self, mut survives: impl FnMut() -> bool) -> Vec<u8> {
        loop {
            let unsynced = self.write_unsynced();
            let unflushed = uuid();
            let flushes = self.flushes();
            write_unflushed(&self.box_path().join("received"), &unflushed);
            let writes = self.writes();
            let flash = fs::read(flash(self.dir.path())).unwrap();
            let received = fs::read(image(&self.inside)).unwrap();
            if self.writes() != writes || self.flushes() != flushes {
                // The kernel wrote something back just then (it does every 5 s), or sled did.
                continue;
            }
            let mut left = self.image_in(&flash);
            for bytes in [&received, &left] {
                assert!(!has(bytes, &unsynced), "the copy has what was never written out");
            }
            assert!(has(&received, &unflushed), "the copy lacks what the device has received");
            assert!(!has(&left, &unflushed), "the copy has what was never flushed");
            let blocks = left.chunks_mut(BLOCK_BYTES).zip(received.chunks(BLOCK_BYTES));
            for (kept, received) in blocks {
                if kept != received && survives() {
                    kept.copy_from_slice(received);
                }
            }
            return left;
        }
    }

    fn write_unsynced(&self) -> String {
        let text = uuid();
        // Not emptied first: ext4 writes a file out that was emptied and filled again.
        open_keeping(&self.box_path().join("unsynced")).write_all(&block(&text)).unwrap();
        text
    }

    /// How often either loop device was written to or flushed, and what is under way.
    fn writes(&self) -> BTreeSet<(String, Vec<u64>)> {
        let disks = [self.box_side.as_ref().unwrap(), &self.inside];
        let writes = disks.map(|disk| {
            let name = disk.loop_device();
            let stat = stat(&name);
            (name, [WRITES, IN_FLIGHT, DISCARDS, FLUSHES].map(|field| stat[field]).to_vec())
        });
        writes.into()
    }

    /// How often the device was made to keep what it had received.
    fn flushes(&self) -> u64 {
        let name = self.box_side.as_ref().unwrap().loop_device();
        stat(&name)[FLUSHES]
    }

    /// The image as the flash has it: the device's inside is mended as after any power cut.
    fn image_in(&self, flash: &[u8]) -> Vec<u8> {
        let copy = self.dir.path().join("copy");
        fs::write(&copy, flash).unwrap();
        fs::read(image(&Disk::ext4(&copy))).unwrap()
    }
}

fn stat(loop_device: &str) -> Vec<u64> {
    let stat = fs::read_to_string(format!("/sys/block/{loop_device}/stat")).unwrap();
    stat.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

fn flash(dir: &Path) -> PathBuf {
    dir.join("flash")
}

fn image(inside: &Disk) -> PathBuf {
    inside.path().join("image")
}

/// Returns when each thread of the process is in one of these states (proc(5)).
fn stop(pid: u32, states: &[char]) {
    let process = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    kill_process(process, Signal::STOP).unwrap();
    let tasks = format!("/proc/{pid}/task");
    let stands = |task: fs::DirEntry| match fs::read_to_string(task.path().join("stat")) {
        Ok(stat) => stat.rsplit_once(") ").unwrap().1.starts_with(states),
        Err(_) => true, // It has ended.
    };
    while !fs::read_dir(&tasks).unwrap().all(|task| stands(task.unwrap())) {
        std::thread::yield_now();
    }
}

fn write_synced(path: &Path, bytes: &[u8]) {
    let mut file = open_keeping(path);
    file.write_all(bytes).unwrap();
    file.sync_all().unwrap();
}

fn open_keeping(path: &Path) -> File {
    OpenOptions::new().write(true).create(true).truncate(false).open(path).unwrap()
}

/// Past the file system's cache into the device, and no flush.
fn write_unflushed(path: &Path, text: &str) {
    #[repr(align(4096))]
    struct Aligned([u8; BLOCK_BYTES]);
    let direct = i32::try_from(rustix::fs::OFlags::DIRECT.bits()).unwrap();
    let file = OpenOptions::new().write(true).custom_flags(direct).open(path).unwrap();
    let block = Aligned(block(text));
    file.write_all_at(&block.0, 0).unwrap();
}

fn block(text: &str) -> [u8; BLOCK_BYTES] {
    let mut block = [0; BLOCK_BYTES];
    block[..text.len()].copy_from_slice(text.as_bytes());
    block
}

/// Whether one of the blocks begins with that text.
fn has(image: &[u8], text: &str) -> bool {
    image.chunks(BLOCK_BYTES).any(|block| block.starts_with(text.as_bytes()))
}
