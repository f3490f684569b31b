//! What the journal asks of a disk, and the real one.
//!
//! There are two implementations: [`Disk`], and the one in the tests that keeps what was written
//! and what was synced apart, so that a power cut can be made at every step.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// One flat directory of files. What was not synced may be lost, in part and in any order.
pub trait Storage: Send + Sync + fmt::Debug {
    /// The names of all files.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Opens a file for reading.
    fn open_read(&self, name: &str) -> io::Result<Box<dyn StorageFile>>;
    /// Opens a file for reading and writing.
    fn open_write(&self, name: &str) -> io::Result<Box<dyn StorageFile>>;
    /// Makes an empty file, or empties the one that is there.
    fn create(&self, name: &str) -> io::Result<Box<dyn StorageFile>>;
    /// Renames a file at once, over another if there is one.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file. Who has it open can read on.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes created, renamed and removed names durable.
    fn sync_dir(&self) -> io::Result<()>;
}

/// An open file.
pub trait StorageFile: Send + Sync + fmt::Debug {
    /// Length in bytes.
    fn size(&self) -> io::Result<u64>;
    /// Reads at an offset; 0 means the end. May read less than asked for.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes at an offset. May write less than asked for.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;
    /// Cuts the file to a length.
    fn truncate(&self, bytes: u64) -> io::Result<()>;
    /// Makes the file's bytes and length durable. After an error nothing is known about them, and
    /// asking again does not tell.
    fn sync_data(&self) -> io::Result<()>;
}

/// A directory of a real file system.
#[derive(Debug)]
pub struct Disk {
    dir: PathBuf,
}

impl Disk {
    /// The directory, which is made if it is missing.
    pub fn create(dir: &Path) -> io::Result<Self> {
        if !dir.is_dir() {
            fs::create_dir_all(dir)?;
            if let Some(parent) = dir.parent().filter(|p| !p.as_os_str().is_empty()) {
                File::open(parent)?.sync_all()?;
            }
        }
        Ok(Disk { dir: dir.to_owned() })
    }

    /// The directory, which must exist; nothing is written.
    pub fn existing(dir: &Path) -> io::Result<Self> {
        fs::read_dir(dir)?;
        Ok(Disk { dir: dir.to_owned() })
    }
}

impl Storage for Disk {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            // A name that is not UTF-8 is none of ours.
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn open_read(&self, name: &str) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(File::open(self.dir.join(name))?))
    }

    fn open_write(&self, name: &str) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(OpenOptions::new().read(true).write(true).open(self.dir.join(name))?))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn StorageFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        Ok(Box::new(options.open(self.dir.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.dir.join(from), self.dir.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.dir.join(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }
}

impl StorageFile for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buf, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        FileExt::write_at(self, bytes, offset)
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }

    fn sync_data(&self) -> io::Result<()> {
        File::sync_data(self)
    }
}

/// Reads a whole file.
pub(crate) fn read_all(file: &dyn StorageFile) -> io::Result<Vec<u8>> {
    let mut out = vec![0; usize::try_from(file.size()?).map_err(io::Error::other)?];
    let mut done = 0;
    while done < out.len() {
        match file.read_at(&mut out[done..], done as u64) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    out.truncate(done);
    Ok(out)
}

/// Writes all of `bytes`, however little the file takes at a time.
pub(crate) fn write_all(file: &dyn StorageFile, mut bytes: &[u8], offset: u64) -> io::Result<()> {
    let mut offset = offset;
    while !bytes.is_empty() {
        match file.write_at(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => {
                bytes = &bytes[n..];
                offset += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Whether the disk, or the user's share of it, is full.
pub(crate) fn is_no_space(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
