//! The contract: types generated from `proto/`, what the descriptors say about events, and the
//! JSON that every wire shares.
//!
//! JSON is the canonical proto3 mapping with default values written out, and times in RFC 3339
//! with milliseconds and `Z`.

mod access;
mod code;
mod envelope;
mod meta;
mod secrets;
mod timestamp;

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

pub use access::{MethodAccess, method_accesses, snapshot_parts, snapshot_shows};
pub use code::code_name;
pub use envelope::envelope;
pub use meta::{EventMeta, event_metas, is_room};
pub use secrets::Secrets;
pub use timestamp::Timestamp;

/// The package `kiosk.v1`.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/kiosk.v1.rs"));
    include!(concat!(env!("OUT_DIR"), "/kiosk.v1.serde.rs"));
    include!(concat!(env!("OUT_DIR"), "/payload.rs"));
    include!(concat!(env!("OUT_DIR"), "/secrets.rs"));
}

/// The encoded `FileDescriptorSet` of the contract, with imports and comments.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The same, ready to be asked.
pub fn descriptors() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        // The descriptors were made by this crate's build script, and a test reads them all.
        DescriptorPool::decode(DESCRIPTORS).expect("the descriptors in the binary are whole")
    });
    &POOL
}
