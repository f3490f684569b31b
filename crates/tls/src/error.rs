use std::{io, path::PathBuf};

/// Why the box has no TLS.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file can't be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The CA that was made before is not whole. It is not replaced in silence: every device that
    /// trusts it would refuse the box.
    #[error(
        "the box's CA can't be used: {path}: {problem}. Put the file back from a backup; or remove \
         the folder {folder}, and a new CA is made, which each device must then be given anew"
    )]
    Authority {
        /// The file that is wrong.
        path: PathBuf,
        /// In which way.
        problem: String,
        /// Where the CA is.
        folder: PathBuf,
    },
    /// Something could not be computed, signed or put together.
    #[error("TLS can't be set up: {0}")]
    Crypto(String),
}

impl From<rcgen::Error> for OpenError {
    fn from(error: rcgen::Error) -> Self {
        Self::Crypto(error.to_string())
    }
}

impl From<rustls::Error> for OpenError {
    fn from(error: rustls::Error) -> Self {
        Self::Crypto(error.to_string())
    }
}
