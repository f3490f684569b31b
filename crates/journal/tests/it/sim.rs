//! A storage that keeps what was written and what was synced apart, fails when told to, and loses
//! power: then any part of what was not synced may have reached the disk, in any order.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use kiosk_journal::{Storage, StorageFile};

/// Smaller than any real one, so that small groups are torn in many ways.
pub(crate) const SECTOR_BYTES: usize = 64;

/// Combinations of unsynced changes that are tried in full; of more, this many are drawn.
const COMBINATIONS: u64 = 256;

/// One disk; clones are handles on the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct SimDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    unsynced_names: Vec<NameChange>,
    /// How many operations changed something, or tried to.
    changes: u64,
    fault: Option<Fault>,
    /// All files together, if the disk has an end.
    capacity_bytes: Option<u64>,
    /// Writes take one byte at a time, and every other one is interrupted.
    tiresome: bool,
    /// What is written is stored with a bit flipped, and nobody is told.
    lying: bool,
}

#[derive(Debug, Default, Clone)]
struct Inode {
    live: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Sector { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Clone)]
enum NameChange {
    Link(String, usize),
    Unlink(String),
    Rename(String, String, usize),
}

/// What goes wrong, at the n-th change.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// That one change fails and does nothing.
    Error(u64, ErrorKind),
    /// That one write does half and then fails, as does every change after it.
    PowerOff(u64),
}

/// The disk after a power cut, for every combination of unsynced changes.
pub(crate) fn after_power_cuts(disk: &SimDisk) -> impl Iterator<Item = SimDisk> {
    let mut unsynced = 0_u32;
    disk.after_power_cut(|| {
        unsynced += 1;
        true
    });
    let all = 1_u64.checked_shl(unsynced).filter(|n| *n <= COMBINATIONS);
    (0..all.unwrap_or(COMBINATIONS)).map(move |n| {
        // Drawn by a multiplication whose high bits depend on all of n; the first two are nothing
        // and everything.
        let drawn = match n {
            0 => 0,
            1 => u64::MAX,
            n => (n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).rotate_right(29),
        };
        let mut bits = if all.is_some() { n } else { drawn };
        disk.after_power_cut(|| {
            let survives = bits & 1 == 1;
            bits = bits.rotate_right(1);
            survives
        })
    })
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    inode: usize,
}

impl SimDisk {
    /// A disk on which these files are, and durable.
    pub(crate) fn with_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let disk = SimDisk::default();
        let mut state = disk.state();
        for (name, bytes) in files {
            let inode = Inode { live: bytes.clone(), durable: bytes, unsynced: Vec::new() };
            state.files.push(inode);
            let index = state.files.len() - 1;
            state.names.insert(name.clone(), index);
            state.durable_names.insert(name, index);
        }
        drop(state);
        disk
    }

    /// The files as they are seen now, synced or not: what a killed process leaves.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        let live = |inode: &usize| state.files[*inode].live.clone();
        state.names.iter().map(|(name, inode)| (name.clone(), live(inode))).collect()
    }

    /// Flips a bit of what is seen and of what is durable.
    pub(crate) fn flip(&self, name: &str, at: usize) {
        let mut state = self.state();
        let inode = state.names[name];
        state.files[inode].live[at] ^= 1;
        state.files[inode].durable[at] ^= 1;
    }

    pub(crate) fn set_fault(&self, fault: Fault) {
        let mut state = self.state();
        state.changes = 0;
        state.fault = Some(fault);
    }

    pub(crate) fn set_capacity(&self, bytes: Option<u64>) {
        self.state().capacity_bytes = bytes;
    }

    pub(crate) fn set_tiresome(&self) {
        self.state().tiresome = true;
    }

    pub(crate) fn set_lying(&self, lying: bool) {
        self.state().lying = lying;
    }

    /// Changes since the fault was set.
    pub(crate) fn changes(&self) -> u64 {
        self.state().changes
    }

    /// The disk after a power cut. `survives` is asked about each change that was not synced.
    pub(crate) fn after_power_cut(&self, mut survives: impl FnMut() -> bool) -> Self {
        let state = self.state();
        let mut names = state.durable_names.clone();
        for change in &state.unsynced_names {
            if survives() {
                apply_name(&mut names, change);
            }
        }
        let content = |inode: &Inode, survives: &mut dyn FnMut() -> bool| {
            let mut bytes = inode.durable.clone();
            for change in &inode.unsynced {
                if survives() {
                    apply(&mut bytes, change);
                }
            }
            bytes
        };
        let files: Vec<_> = names
            .iter()
            .map(|(name, inode)| (name.clone(), content(&state.files[*inode], &mut survives)))
            .collect();
        SimDisk::with_files(files)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Counts a change, and fails if it is its turn.
    fn change(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        let n = state.changes;
        state.changes += 1;
        match state.fault {
            Some(Fault::Error(at, kind)) if n == at => Err(kind.into()),
            Some(Fault::PowerOff(at)) if n >= at => Err(io::Error::other("the power is off")),
            _ => Ok(state),
        }
    }

    fn file(&self, inode: usize) -> Box<dyn StorageFile> {
        Box::new(SimFile { disk: self.clone(), inode })
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        self.state().names.get(name).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }
}

impl State {
    fn change_names(&mut self, change: NameChange) {
        apply_name(&mut self.names, &change);
        self.unsynced_names.push(change);
    }

    fn change_file(&mut self, inode: usize, change: Change) {
        let inode = &mut self.files[inode];
        apply(&mut inode.live, &change);
        inode.unsynced.push(change);
    }

    /// How much of a write there is room for.
    fn room(&self, inode: usize, offset: usize, bytes: usize) -> usize {
        let Some(capacity) = self.capacity_bytes else { return bytes };
        let used: usize = self.names.values().map(|i| self.files[*i].live.len()).sum();
        let overwrites = self.files[inode].live.len().saturating_sub(offset);
        bytes.min((capacity as usize).saturating_sub(used) + overwrites)
    }
}

fn apply_name(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::Link(name, inode) => {
            names.insert(name.clone(), *inode);
        }
        NameChange::Unlink(name) => {
            names.remove(name);
        }
        NameChange::Rename(from, to, inode) => {
            names.remove(from);
            names.insert(to.clone(), *inode);
        }
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Length(length) => bytes.resize(*length, 0),
        Change::Sector { offset, bytes: new } => {
            // What lies before and was lost reads as zeros.
            bytes.resize(bytes.len().max(offset + new.len()), 0);
            bytes[*offset..offset + new.len()].copy_from_slice(new);
        }
    }
}

impl Storage for SimDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state().names.keys().cloned().collect())
    }

    fn open_read(&self, name: &str) -> io::Result<Box<dyn StorageFile>> {
        Ok(self.file(self.find(name)?))
    }

    fn open_write(&self, name: &str) -> io::Result<Box<dyn StorageFile>> {
        self.open_read(name)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn StorageFile>> {
        let mut state = self.change()?;
        let existing = state.names.get(name).copied();
        let inode = existing.unwrap_or_else(|| {
            state.files.push(Inode::default());
            let inode = state.files.len() - 1;
            state.change_names(NameChange::Link(name.to_owned(), inode));
            inode
        });
        if existing.is_some() {
            state.change_file(inode, Change::Length(0));
        }
        Ok(self.file(inode))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let inode = self.find(from)?;
        self.change()?.change_names(NameChange::Rename(from.to_owned(), to.to_owned(), inode));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.find(name)?;
        self.change()?.change_names(NameChange::Unlink(name.to_owned()));
        Ok(())
    }

    fn sync_dir(&self) -> io::Result<()> {
        let mut state = self.change()?;
        state.durable_names = state.names.clone();
        state.unsynced_names.clear();
        Ok(())
    }
}

impl StorageFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.state().files[self.inode].live.len() as u64)
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.state();
        let rest = state.files[self.inode].live.get(offset as usize..).unwrap_or_default();
        let read = rest.len().min(buf.len());
        buf[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let (changed, mut state) = match self.disk.change() {
            Ok(state) => (Ok(bytes.len()), state),
            // The power goes while the write is under way.
            Err(e) => match self.disk.state() {
                state if matches!(state.fault, Some(Fault::PowerOff(n)) if n + 1 == state.changes) => {
                    (Err(e), state)
                }
                _ => return Err(e),
            },
        };
        let offset = offset as usize;
        let mut length = if changed.is_ok() { bytes.len() } else { bytes.len() / 2 };
        if state.tiresome {
            if state.changes % 2 == 0 {
                return Err(ErrorKind::Interrupted.into());
            }
            length = length.min(1);
        }
        length = state.room(self.inode, offset, length);
        if length == 0 && !bytes.is_empty() && changed.is_ok() {
            return Err(ErrorKind::StorageFull.into());
        }
        let mut at = 0;
        while at < length {
            let in_sector = SECTOR_BYTES - (offset + at) % SECTOR_BYTES;
            let end = length.min(at + in_sector);
            let mut bytes = bytes[at..end].to_vec();
            bytes[0] ^= u8::from(state.lying);
            let change = Change::Sector { offset: offset + at, bytes };
            state.change_file(self.inode, change);
            at = end;
        }
        changed.map(|_| length)
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.disk.change()?.change_file(self.inode, Change::Length(bytes as usize));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.disk.change()?;
        let inode = &mut state.files[self.inode];
        inode.durable = inode.live.clone();
        inode.unsynced.clear();
        Ok(())
    }
}
