//! The append-only log that is the truth of the box.
//!
//! It knows bytes and positions, not orders. One [`Writer`] appends groups of records, each group with
//! one write and one sync; any number of [`Reader`]s follow, up to what is durable. A position is an
//! [`Epoch`] and a `seq`; `seq` rises by one with each event, without gaps, for the life of the log.
//!
//! ```no_run
//! use std::num::NonZeroU32;
//! use kiosk_journal::{Config, Item, NewRecord, open};
//!
//! let mut writer = open(&Config::new("/var/lib/kiosk/journal"))?.writer;
//! let mut reader = writer.log().reader(1);
//! let last = writer.append(&[NewRecord { events: NonZeroU32::MIN, payload: b"an order" }])?;
//! while let Some(item) = reader.next()? {
//!     match item {
//!         Item::Record(record) => assert!(record.first_seq <= last),
//!         Item::Gap(damage) => eprintln!("{damage}"),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a power cut, a full disk, or a damaged one does to the log, and why it can tell them apart, is
//! told in `format.rs`.

mod compress;
mod damage;
mod epoch;
mod error;
mod format;
mod log;
mod newest;
mod open;
mod reader;
mod segment;
mod storage;
mod verify;
mod walk;
mod writer;

pub use compress::{CompressError, Compressed};
pub use damage::Damage;
pub use epoch::{Epoch, ParseEpochError};
pub use error::{AppendError, OpenError, ReadError};
pub use format::{GROUP_BYTES_MAX, PAYLOAD_BYTES_MAX, SEQ_MAX};
pub use log::Log;
pub use open::{Config, Opened, open, open_on};
pub use reader::{Item, Reader, Record};
pub use storage::{Disk, Storage, StorageFile};
pub use verify::{Report, verify, verify_on};
pub use writer::{NewRecord, Writer};
