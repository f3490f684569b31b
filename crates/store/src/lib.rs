//! The state that follows from the journal, kept in sled, and the queries over history.
//!
//! The journal is the truth. The store is written behind it by one thread, a batch at a time, and
//! each batch carries the position it reaches; what the store lacks after a crash is applied
//! again from the journal. So the store may always be thrown away: [`open`] puts a damaged one
//! aside and starts an empty one in its place.
//!
//! sled 0.34.7 does not see all damage and answers some of it with a panic. Here every row has a
//! CRC, every partition of the rows a digest, and every call into sled is contained.

#[cfg(not(panic = "unwind"))]
compile_error!("sled's panics are caught: build with panic = \"unwind\"");

mod contain;
mod db;
mod digest;
mod error;
mod keys;
mod load;
mod meta;
mod open;
mod reader;
mod row;
mod scrub;
mod writer;

pub use error::{OpenError, StoreError};
pub use meta::Applied;
pub use open::{Config, Opened, PutAside, condemn, open};
pub use reader::Reader;
pub use row::{Remembered, VALUE_BYTES_MAX};
pub use scrub::Scrub;
pub use writer::{Batch, REQUESTS_KEPT_MIN, REQUESTS_KEPT_MS, Writer};
