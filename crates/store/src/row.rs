//! A value is its content followed by the CRC32C of key and content, so that damage to either,
//! and a value under another's key, is seen at every read.

use std::{fmt, sync::Arc};

use kiosk_domain::{CellState, Change, DeviceState, MemberState, SecretHash, StaffState};
use kiosk_proto::v1::{Cell, CellMember, Device, StaffMember};
use prost::Message;

use crate::StoreError;

/// sled keeps a page of up to 17 rows that is longer than a quarter of its segment in a file of
/// its own, which it never syncs. With segments of 1 MiB, rows of this length can't get there.
/// The domain's longest is 12 KiB, a reason of 800 bytes, and the name of a table it moved to.
pub const VALUE_BYTES_MAX: usize = 14 * 1024;

const CRC_BYTES: usize = 4;

/// The value to store for a message.
pub(crate) fn seal(key: &[u8], content: &impl Message) -> Result<Vec<u8>, StoreError> {
    let mut value = Vec::with_capacity(content.encoded_len() + CRC_BYTES);
    // A Vec grows, so encoding can't run out of room.
    let _ = content.encode(&mut value);
    seal_bytes(key, value)
}

/// The value to store for bytes.
pub(crate) fn seal_bytes(key: &[u8], mut content: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    let crc = crc(key, &content);
    content.extend_from_slice(&crc);
    if content.len() > VALUE_BYTES_MAX {
        return Err(StoreError::RowTooLarge { bytes: content.len(), max: VALUE_BYTES_MAX });
    }
    Ok(content)
}

/// The content of a stored value.
pub(crate) fn unseal<'a>(key: &[u8], value: &'a [u8]) -> Result<&'a [u8], StoreError> {
    match value.split_last_chunk::<CRC_BYTES>() {
        Some((content, stored)) if *stored == crc(key, content) => Ok(content),
        _ => Err(damaged("has a wrong checksum", key)),
    }
}

/// The message in a stored value.
pub(crate) fn message<M: Message + Default>(key: &[u8], value: &[u8]) -> Result<M, StoreError> {
    Ok(M::decode(unseal(key, value)?)?)
}

/// The eight bytes in a stored value.
pub(crate) fn eight_bytes(key: &[u8], value: &[u8]) -> Result<[u8; 8], StoreError> {
    unseal(key, value)?.try_into().map_err(|_| damaged("has not eight bytes", key))
}

/// An error that names the row.
pub(crate) fn damaged(problem: &str, key: &[u8]) -> StoreError {
    StoreError::Damaged(format!("row {} {problem}", key.escape_ascii()))
}

fn crc(key: &[u8], content: &[u8]) -> [u8; CRC_BYTES] {
    crc32c::crc32c_append(crc32c::crc32c(key), content).to_le_bytes()
}

/// What a request caused, to answer it again when it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered {
    /// The client's UUID.
    pub request_id: u128,
    /// The position of its first event; of the newest event before it if it caused none.
    pub first_seq: u64,
    /// How many events it caused.
    pub events: u32,
    /// Tells whether the repetition asks for the same.
    pub fingerprint: u64,
    /// When it was taken, in Unix milliseconds.
    pub time_ms: i64,
}

/// A remembered request without its id, which is the key.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RequestRow {
    #[prost(uint64, tag = "1")]
    first_seq: u64,
    #[prost(uint32, tag = "2")]
    events: u32,
    #[prost(fixed64, tag = "3")]
    fingerprint: u64,
    #[prost(int64, tag = "4")]
    time_ms: i64,
}

impl RequestRow {
    pub(crate) fn new(request: &Remembered) -> Self {
        let Remembered { request_id: _, first_seq, events, fingerprint, time_ms } = *request;
        Self { first_seq, events, fingerprint, time_ms }
    }

    pub(crate) fn with_id(&self, request_id: u128) -> Remembered {
        let Self { first_seq, events, fingerprint, time_ms } = *self;
        Remembered { request_id, first_seq, events, fingerprint, time_ms }
    }
}

/// A piece of something that is longer than a row.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PieceRow {
    /// How many pieces there are of it.
    #[prost(uint32, tag = "1")]
    pub(crate) count: u32,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) bytes: Vec<u8>,
}

/// [`CellState`] as stored.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CellRow {
    #[prost(message, optional, tag = "1")]
    cell: Option<Cell>,
    #[prost(int32, tag = "2")]
    entries: i32,
    #[prost(int32, tag = "3")]
    newest_member_id: i32,
}

impl CellRow {
    pub(crate) fn new(state: &CellState) -> Self {
        let CellState { cell, entries, newest_member_id } = state.clone();
        Self { cell: Some(cell), entries, newest_member_id }
    }

    pub(crate) fn into_state(self) -> CellState {
        let Self { cell, entries, newest_member_id } = self;
        CellState { cell: cell.unwrap_or_default(), entries, newest_member_id }
    }
}

/// [`MemberState`] as stored.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(crate) struct MemberRow {
    #[prost(int32, tag = "1")]
    cell_id: i32,
    #[prost(message, optional, tag = "2")]
    member: Option<CellMember>,
    #[prost(string, optional, tag = "3")]
    pin_hash: Option<String>,
}

impl MemberRow {
    pub(crate) fn new(cell_id: i32, state: &MemberState) -> Self {
        let pin_hash = state.pin_hash.as_ref().map(|hash| hash.expose().into());
        Self { cell_id, member: Some(state.member.clone()), pin_hash }
    }

    /// None: the hash is none of the domain's.
    pub(crate) fn into_change(self) -> Option<Change> {
        let Self { cell_id, member, pin_hash } = self;
        let pin_hash = match pin_hash {
            Some(hash) => Some(SecretHash::new(hash)?),
            None => None,
        };
        let state = MemberState { member: member.unwrap_or_default(), pin_hash };
        Some(Change::CellMember { cell_id, member: Arc::new(state) })
    }
}

/// [`StaffState`] as stored.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(crate) struct StaffRow {
    #[prost(message, optional, tag = "1")]
    member: Option<StaffMember>,
    #[prost(string, optional, tag = "2")]
    password_hash: Option<String>,
    #[prost(string, optional, tag = "3")]
    pin_hash: Option<String>,
}

impl StaffRow {
    pub(crate) fn new(state: &StaffState) -> Self {
        let StaffState { member, password_hash, pin_hash } = state.clone();
        let [password_hash, pin_hash] =
            [password_hash, pin_hash].map(|hash| hash.map(|hash| hash.expose().into()));
        Self { member: Some(member), password_hash, pin_hash }
    }

    /// None: a hash is none of the domain's.
    pub(crate) fn into_change(self) -> Option<Change> {
        let Self { member, password_hash, pin_hash } = self;
        let kept = |hash: Option<String>| match hash {
            Some(hash) => Some(Some(SecretHash::new(hash)?)),
            None => Some(None),
        };
        let (password_hash, pin_hash) = (kept(password_hash)?, kept(pin_hash)?);
        let member = member.unwrap_or_default();
        Some(Change::Staff(Arc::new(StaffState { member, password_hash, pin_hash })))
    }
}

impl fmt::Debug for StaffRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaffRow").field("member", &self.member).finish_non_exhaustive()
    }
}

/// [`DeviceState`] as stored.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(crate) struct DeviceRow {
    #[prost(message, optional, tag = "1")]
    device: Option<Device>,
    #[prost(string, tag = "2")]
    token_hash: String,
}

impl DeviceRow {
    pub(crate) fn new(state: &DeviceState) -> Self {
        let DeviceState { device, token_hash } = state.clone();
        Self { device: Some(device), token_hash: token_hash.expose().into() }
    }

    /// None: the hash is none of the domain's.
    pub(crate) fn into_change(self) -> Option<Change> {
        let token_hash = SecretHash::new(self.token_hash)?;
        let device = self.device.unwrap_or_default();
        Some(Change::Device(Arc::new(DeviceState { device, token_hash })))
    }
}

impl fmt::Debug for DeviceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceRow").field("device", &self.device).finish_non_exhaustive()
    }
}

impl fmt::Debug for MemberRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemberRow").field("cell_id", &self.cell_id).finish_non_exhaustive()
    }
}
