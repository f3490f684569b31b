//! Devices that are let in, and the record of who was and who was not.

use std::sync::Arc;

use kiosk_proto::v1::{
    AuditEntry, Device, DeviceRevoked, Person, audit_entry::Kind, event::Payload,
    role::Value as Role,
};

use crate::{
    Change, Rejection, SecretHash, Stamp, State,
    limits::{DEVICE_NAME_CHARS_MAX, DEVICES_MAX},
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
    match command {
        DeviceCommand::Pair { role, name, token_hash, address, paired_by } => {
            let device = new_device(state, *role, name, paired_by, stamp)?;
            let token_hash = Some(token_hash.expose().into());
            let by = Some(paired_by.clone());
            let address = address.clone();
            let audit = AuditEntry { address, by, ..entry(Kind::Paired, &device) };
            Ok(vec![
                Payload::DeviceChanged(Device { token_hash, ..device }),
                record(state, audit, stamp),
            ])
        }
        DeviceCommand::Rename { device_id, name } => rename(state, *device_id, name, stamp),
        DeviceCommand::Revoke { device_id, reason } => revoke(state, *device_id, reason, stamp),
        DeviceCommand::Record(audit) => Ok(vec![record(state, audit.clone(), stamp)]),
    }
}

fn new_device(
    state: &State,
    role: Role,
    name: &str,
    paired_by: &Person,
    stamp: &Stamp,
) -> Result<Device, Rejection> {
    if state.devices.len() >= DEVICES_MAX {
        return Err(Rejection::TooMany { what: "devices", max: DEVICES_MAX });
    }
    let device_id = state.counters.device_id.checked_add(1);
    let device_id =
        device_id.ok_or(Rejection::TooMany { what: "device ids", max: i32::MAX as usize })?;
    let by_role = || format!("{} {device_id}", role.as_str_name().to_lowercase());
    let name = if name.is_empty() { by_role() } else { checked(name)?.into() };
    Ok(Device {
        device_id,
        name,
        role: role.into(),
        paired_at: Some(stamp.now),
        paired_by: Some(paired_by.clone()),
        token_hash: None,
    })
}

fn rename(
    state: &State,
    device_id: i32,
    name: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let DeviceState { device, token_hash } = find(state, device_id)?;
    if device.name == checked(name)? {
        return Ok(Vec::new());
    }
    let detail = format!("was {:?}", device.name);
    let device = Device { name: name.into(), ..device.clone() };
    let audit = AuditEntry { detail, by: Some(by(stamp)), ..entry(Kind::Renamed, &device) };
    let token_hash = Some(token_hash.expose().into());
    Ok(vec![Payload::DeviceChanged(Device { token_hash, ..device }), record(state, audit, stamp)])
}

fn revoke(
    state: &State,
    device_id: i32,
    reason: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let device = &find(state, device_id)?.device;
    let detail = reason.to_owned();
    let audit = AuditEntry { detail, by: Some(by(stamp)), ..entry(Kind::Revoked, device) };
    Ok(vec![
        Payload::DeviceRevoked(DeviceRevoked {
            device_id,
            name: device.name.clone(),
            role: device.role,
            reason: reason.into(),
            revoked_by: Some(by(stamp)),
            revoked_at: Some(stamp.now),
        }),
        record(state, audit, stamp),
    ])
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

fn by(stamp: &Stamp) -> Person {
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

fn record(state: &State, entry: AuditEntry, stamp: &Stamp) -> Payload {
    Payload::AuditRecorded(AuditEntry {
        entry_num: state.counters.audit_num.saturating_add(1),
        time: Some(stamp.now),
        times: entry.times.max(1),
        ..entry
    })
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
