use std::io;

use crate::format::{GROUP_BYTES_MAX, PAYLOAD_BYTES_MAX};

/// The log could not be read. Damage is no error: see [`Damage`](crate::Damage).
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The disk failed, or a file went away.
    #[error("reading the journal, {file}")]
    Io {
        /// Name of the file, or `.` for the directory.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// Written by a later version of this program.
    #[error("{file} has format version {version}, which this program does not know")]
    Version {
        /// Name of the segment file.
        file: String,
        /// The version it states.
        version: u32,
    },
}

/// The log could not be opened for writing.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// What is there could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The directory, the repair of the tail, or the first segment could not be written.
    #[error("writing the journal")]
    Io(#[from] io::Error),
}

/// A group was not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The disk is full. Nothing of the group was kept; it may be tried again.
    #[error("no space left for the journal")]
    NoSpace,
    /// A payload is larger than the format allows. Nothing was written.
    #[error("a record of {bytes} bytes is larger than the {PAYLOAD_BYTES_MAX} allowed")]
    RecordTooLarge {
        /// Size of the payload.
        bytes: usize,
    },
    /// The group as a whole is larger than the format allows. Nothing was written.
    #[error("a group of {bytes} bytes is larger than the {GROUP_BYTES_MAX} allowed")]
    GroupTooLarge {
        /// Size of the group, with its record headers.
        bytes: usize,
    },
    /// It is not known what is on the disk. The caller must end the process: a failed sync is never
    /// tried again, as the system may have dropped the bytes and forgotten the error. The writer
    /// refuses everything from now on.
    #[error("the disk failed under the journal")]
    Fatal(#[source] io::Error),
}

impl ReadError {
    pub(crate) fn io(file: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let file = file.into();
        move |source| ReadError::Io { file, source }
    }
}
