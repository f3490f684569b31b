use std::io;
use std::sync::PoisonError;

use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use tracing::info;

use crate::error::ReadError;
use crate::log::Log;
use crate::newest::Scan;
use crate::segment::{self, Segment, Source};
use crate::storage::{StorageFile, read_all, write_all};

/// A segment that was compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compressed {
    /// Name of the compressed file.
    pub file: String,
    /// Before.
    pub plain_bytes: u64,
    /// After.
    pub compressed_bytes: u64,
}

/// A segment was not compressed. It is still there as it was.
#[derive(Debug, thiserror::Error)]
pub enum CompressError {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The compressed file could not be written; the disk may be full.
    #[error("writing {file}")]
    Write {
        /// Name of the compressed file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// What was read back from the compressed file was not what had been compressed.
    #[error("{file} does not decompress to what it was made from")]
    Differs {
        /// Name of the compressed file.
        file: String,
    },
}

impl Log {
    /// Compresses the oldest closed segment that is not yet compressed; `None` when there is none.
    /// Readers of the segment are not disturbed.
    ///
    /// Damaged segments are left as they are. Takes the memory of the segment and its compressed form.
    /// A crash at any moment leaves the plain file, or both, or the compressed one.
    pub fn compress_closed(&self) -> Result<Option<Compressed>, CompressError> {
        let _one_at_a_time = self.shared.compressing.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = self.durable().segment;
        let segments = segment::list(&*self.storage).map_err(ReadError::io("."))?;
        for segment in segments.iter().filter(|s| s.first_seq < newest && !s.compressed) {
            if Scan::of(&*self.storage, segment)?.first_bad.is_none() {
                return self.compress(segment).map(Some);
            }
        }
        Ok(None)
    }

    fn compress(&self, segment: &Segment) -> Result<Compressed, CompressError> {
        let storage = &*self.storage;
        let plain_file = segment.name();
        let plain = storage
            .open_read(&plain_file)
            .and_then(|file| read_all(&*file))
            .map_err(ReadError::io(&*plain_file))?;
        // From memory to memory: the encoder panics where its input or output fails.
        let compressed = compress_to_vec(plain.as_slice(), CompressionLevel::Fastest);
        let file = Segment { compressed: true, ..segment.clone() }.name();
        let temporary = format!("{file}.tmp");
        let write_error = |source| CompressError::Write { file: file.clone(), source };

        let written = storage.create(&temporary).and_then(|out| {
            write_all(&*out, &compressed, 0)?;
            out.sync_data()?;
            read_back(&*out, &plain)
        });
        match written {
            Ok(true) => {}
            Ok(false) | Err(_) => {
                // What can't be removed is removed by the next start.
                let removed = storage.remove(&temporary);
                written.and(removed).map_err(write_error)?;
                return Err(CompressError::Differs { file });
            }
        }
        // The compressed file has its name for good before the plain one goes.
        let replaced = storage
            .rename(&temporary, &file)
            .and_then(|()| storage.sync_dir())
            .and_then(|()| storage.remove(&plain_file));
        replaced.map_err(write_error)?;
        let (plain_bytes, compressed_bytes) = (plain.len() as u64, compressed.len() as u64);
        info!(file, plain_bytes, compressed_bytes, "journal segment compressed");
        Ok(Compressed { file, plain_bytes, compressed_bytes })
    }
}

/// Whether the file decompresses to `plain`.
fn read_back(file: &dyn StorageFile, mut plain: &[u8]) -> io::Result<bool> {
    let mut source = Source::decode(read_all(file)?);
    let mut buf = vec![0; 64 * 1024];
    loop {
        let read = source.read(&mut buf, u64::MAX)?;
        if read == 0 {
            return Ok(plain.is_empty());
        }
        match plain.strip_prefix(&buf[..read]) {
            Some(rest) => plain = rest,
            None => return Ok(false),
        }
    }
}
