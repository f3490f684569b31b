use std::{io, path::PathBuf};

/// Why there is no store, and none can be made by rebuilding it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another handle of this one, has it open.
    #[error("the store in {dir} is in use")]
    Locked {
        /// [`Config::dir`](crate::Config::dir).
        dir: PathBuf,
    },
    /// The file system is full.
    #[error("there is no room to open the store in {dir}")]
    NoSpace {
        /// [`Config::dir`](crate::Config::dir).
        dir: PathBuf,
    },
    /// The file system refuses: permissions, read-only, too many open files.
    #[error("the store in {dir} can't be opened")]
    Io {
        /// [`Config::dir`](crate::Config::dir).
        dir: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Not even an empty store opens.
    #[error("an empty store in {dir} does not open: {reason}")]
    Empty {
        /// [`Config::dir`](crate::Config::dir).
        dir: PathBuf,
        /// For people.
        reason: String,
    },
}

/// Why a read or a batch failed. Nothing of a failed batch outlives the handle; readers may see
/// some of it until then.
///
/// After any of these but [`RowTooLarge`](Self::RowTooLarge) a [`Writer`](crate::Writer) takes no
/// more batches: drop it and its readers, then [`open`](crate::open) again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system is full.
    #[error("there is no room for the store to grow")]
    NoSpace,
    /// The file system failed.
    #[error("the store's file system failed")]
    Io(#[source] io::Error),
    /// Rows are not what was written. The next `open` puts the store aside.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// sled panicked. The next `open` puts the store aside.
    #[error("sled panicked: {0}")]
    Panicked(String),
    /// An earlier batch failed.
    #[error("an earlier batch failed, open the store again")]
    Failed,
    /// The batch changed nothing. The domain bounds rows well below this.
    #[error("a row of {bytes} bytes is longer than {max}")]
    RowTooLarge {
        /// Encoded, with its checksum.
        bytes: usize,
        /// [`VALUE_BYTES_MAX`](crate::VALUE_BYTES_MAX).
        max: usize,
    },
}

impl StoreError {
    /// Whether the next open has to put the store aside.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged(_) | Self::Panicked(_))
    }
}

impl From<sled::Error> for StoreError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(e) if e.kind() == io::ErrorKind::StorageFull => Self::NoSpace,
            sled::Error::Io(e) => Self::Io(e),
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl From<prost::DecodeError> for StoreError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Damaged(format!("a row does not decode: {error}"))
    }
}
