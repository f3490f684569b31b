//! Devices that are let in, and the record of who was and who was not.

use std::sync::Arc;

use kiosk_proto::{
    Timestamp,
    v1::{
        AuditEntry, Device, DeviceRevoked, Person, audit_entry::Kind, event::Payload,
        role::Value as Role,
    },
};

use crate::{
    Change, Rejection, SecretHash, Stamp, State,
    limits::{DEVICE_NAME_CHARS_MAX, DEVICES_MAX},
    time_out::is_over,
};

/// A device as clients see it, and apart from that what is kept of its token.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceState {
    /// Without the hash.
    pub device: Device,
    /// What its token is checked against.
    pub token_hash: SecretHash,
}

/// What can be done with devices.
#[derive(Debug, Clone, PartialEq)]
pub enum DeviceCommand {
    /// Lets a device in.
    Pair {
        /// What it is from then on.
        role: Role,
        /// Empty: by its role and id.
        name: String,
        /// Of the token that it was given.
        token_hash: SecretHash,
        /// From where it came.
        address: String,
        /// Who made its code.
        paired_by: Person,
    },
    /// Names a device anew.
    Rename {
        /// Which device.
        device_id: i32,
        /// 1 to 50 characters.
        name: String,
    },
    /// Lets it in no more.
    Revoke {
        /// Which device.
        device_id: i32,
        /// For people; may be empty.
        reason: String,
    },
    /// Something that is to be known of later; its number and time are filled in.
    Record(AuditEntry),
}

pub(crate) fn decide(
    state: &State,
    command: &DeviceCommand,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let mut trail = Trail::new(state, stamp);
    match command {
        DeviceCommand::Pair { role, name, token_hash, address, paired_by } => {
            let device_id = next_id(state)?;
            let by_role = || format!("{} {device_id}", role.as_str_name().to_lowercase());
            let name = if name.is_empty() { by_role() } else { checked(name)?.into() };
            let paired_by = Some(paired_by.clone());
            let device =
                Device { device_id, name, role: (*role).into(), paired_by, ..Device::default() };
            trail.let_in(device, token_hash, Kind::Paired, address);
        }
        DeviceCommand::Rename { device_id, name } => {
            let DeviceState { device, token_hash } = find(state, *device_id)?;
            if device.name == checked(name)? {
                return Ok(Vec::new());
            }
            let detail = format!("was {:?}", device.name);
            let device = Device { name: name.clone(), ..device.clone() };
            let audit = AuditEntry { detail, by: Some(by(stamp)), ..entry(Kind::Renamed, &device) };
            trail.put(device, token_hash);
            trail.record(audit);
        }
        DeviceCommand::Revoke { device_id, reason } => {
            let device = &find(state, *device_id)?.device;
            trail.revoke(device, Kind::Revoked, reason);
        }
        DeviceCommand::Record(audit) => {
            // Somebody asks for a code; all else the box tells by itself.
            let is_asked = audit.kind() == Kind::CodeCreated && audit.by.is_none();
            let by = if is_asked { Some(by(stamp)) } else { audit.by.clone() };
            trail.record(AuditEntry { by, ..audit.clone() });
        }
    }
    Ok(trail.events)
}

/// The sessions that are over.
pub(crate) fn expire(state: &State, stamp: &Stamp) -> Vec<Payload> {
    let mut trail = Trail::new(state, stamp);
    for device in state.devices().filter(|device| device.is_expired(stamp.now)) {
        trail.revoke(&device.device, Kind::Expired, "");
    }
    trail.events
}

/// The events of a command, with their entries of the record.
pub(crate) struct Trail<'a> {
    stamp: &'a Stamp,
    newest_entry: i32,
    pub(crate) events: Vec<Payload>,
}

impl<'a> Trail<'a> {
    pub(crate) fn new(state: &State, stamp: &'a Stamp) -> Self {
        Self { stamp, newest_entry: state.counters.audit_num, events: Vec::new() }
    }

    /// A new device.
    pub(crate) fn let_in(
        &mut self,
        device: Device,
        token_hash: &SecretHash,
        kind: Kind,
        address: &str,
    ) {
        let device = Device { paired_at: Some(self.stamp.now), ..device };
        let by = device.paired_by.clone();
        let audit = AuditEntry { address: address.into(), by, ..entry(kind, &device) };
        self.put(device, token_hash);
        self.record(audit);
    }

    fn put(&mut self, device: Device, token_hash: &SecretHash) {
        let token_hash = Some(token_hash.expose().into());
        self.events.push(Payload::DeviceChanged(Device { token_hash, ..device }));
    }

    pub(crate) fn revoke(&mut self, device: &Device, kind: Kind, reason: &str) {
        let by = by(self.stamp);
        let (detail, revoked_by) = (reason.into(), Some(by.clone()));
        self.events.push(Payload::DeviceRevoked(DeviceRevoked {
            device_id: device.device_id,
            name: device.name.clone(),
            role: device.role,
            reason: reason.into(),
            revoked_by,
            revoked_at: Some(self.stamp.now),
        }));
        self.record(AuditEntry { detail, by: Some(by), ..entry(kind, device) });
    }

    pub(crate) fn record(&mut self, entry: AuditEntry) {
        self.newest_entry = self.newest_entry.saturating_add(1);
        self.events.push(Payload::AuditRecorded(AuditEntry {
            entry_num: self.newest_entry,
            time: Some(self.stamp.now),
            times: entry.times.max(1),
            ..entry
        }));
    }
}

pub(crate) fn next_id(state: &State) -> Result<i32, Rejection> {
    if state.devices.len() >= DEVICES_MAX {
        return Err(Rejection::TooMany { what: "devices", max: DEVICES_MAX });
    }
    let next = state.counters.device_id.checked_add(1);
    next.ok_or(Rejection::TooMany { what: "device ids", max: i32::MAX as usize })
}

fn find(state: &State, device_id: i32) -> Result<&DeviceState, Rejection> {
    let found = state.devices.get(&device_id).map(|state| &**state);
    found.ok_or(Rejection::DeviceNotFound { device_id })
}

fn checked(name: &str) -> Result<&str, Rejection> {
    let chars = name.chars().count();
    if (1..=DEVICE_NAME_CHARS_MAX).contains(&chars) {
        return Ok(name);
    }
    let problem = format!("its name has {chars} characters, not 1 to {DEVICE_NAME_CHARS_MAX}");
    Err(Rejection::DeviceInvalid { problem })
}

pub(crate) fn by(stamp: &Stamp) -> Person {
    Person { id: stamp.actor.id, name: stamp.actor.name.clone() }
}

fn entry(kind: Kind, device: &Device) -> AuditEntry {
    AuditEntry {
        kind: kind.into(),
        device_id: device.device_id,
        device_name: device.name.clone(),
        role: device.role,
        ..AuditEntry::default()
    }
}

impl DeviceState {
    /// Whether its time is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        let Device { paired_at, expires_at, .. } = self.device;
        expires_at.is_some_and(|end| is_over(paired_at.unwrap_or_default(), end, now))
    }
}

impl State {
    /// All devices that are let in, by id.
    pub fn devices(&self) -> impl Iterator<Item = &DeviceState> {
        self.devices.values().map(|state| &**state)
    }

    /// One of them.
    pub fn device(&self, device_id: i32) -> Option<&DeviceState> {
        self.devices.get(&device_id).map(|state| &**state)
    }

    pub(crate) fn device_changed(&mut self, device: &Device) -> Vec<Change> {
        // Without a hash nobody could ever be it.
        let Some(token_hash) = device.token_hash.clone().and_then(SecretHash::new) else {
            return Vec::new();
        };
        self.counters.device_id = self.counters.device_id.max(device.device_id);
        let device = Device { token_hash: None, ..device.clone() };
        let state = Arc::new(DeviceState { device, token_hash });
        self.devices.insert(state.device.device_id, Arc::clone(&state));
        vec![Change::Device(state)]
    }

    pub(crate) fn device_revoked(&mut self, device_id: i32) -> Vec<Change> {
        match self.devices.remove(&device_id) {
            Some(_) => vec![Change::DeviceRevoked(device_id)],
            None => Vec::new(),
        }
    }

    pub(crate) fn audit_recorded(&mut self, entry: &AuditEntry) -> Vec<Change> {
        self.counters.audit_num = self.counters.audit_num.max(entry.entry_num);
        vec![Change::Audit(Arc::new(entry.clone()))]
    }
}
