//! Devices in the model: who is let in, and how many entries the record has.

use std::collections::BTreeMap;

use kiosk_domain::{Command, DeviceCommand, DeviceState, SecretHash};
use kiosk_proto::v1::{AuditEntry, Person, audit_entry::Kind, role::Value as Role};
use proptest::{prelude::*, sample::select};

use crate::{model::Model, world::World};

#[derive(Default)]
pub(crate) struct Devices {
    /// Names, and what is kept of their tokens.
    known: BTreeMap<i32, (String, String)>,
    newest_id: i32,
    entries: i32,
}

pub(crate) fn command() -> impl Strategy<Value = Command> {
    let name = || select(vec!["", "Door", "Window"]);
    let pair = (name(), 0..3_u8).prop_map(|(name, hash)| DeviceCommand::Pair {
        role: Role::Kiosk,
        name: name.into(),
        token_hash: SecretHash::new(format!("$6$salt{hash}$")).unwrap(),
        address: "192.0.2.7".into(),
        paired_by: Person { id: 0, name: "admin".into() },
    });
    let rename = (1..5_i32, name())
        .prop_map(|(device_id, name)| DeviceCommand::Rename { device_id, name: name.into() });
    let revoke =
        (1..5_i32).prop_map(|device_id| DeviceCommand::Revoke { device_id, reason: "lost".into() });
    let entry = AuditEntry { kind: Kind::TokenRefused.into(), times: 3, ..Default::default() };
    let command =
        prop_oneof![3 => pair, 2 => rename, 2 => revoke, 1 => Just(DeviceCommand::Record(entry))];
    command.prop_map(Command::Device)
}

impl Model {
    pub(crate) fn objection_to_device(&self, command: &DeviceCommand) -> Vec<&'static str> {
        let missing = |id: &i32| (!self.devices.known.contains_key(id)).then_some("DeviceNotFound");
        match command {
            DeviceCommand::Pair { .. } | DeviceCommand::Record(_) => Vec::new(),
            DeviceCommand::Rename { device_id, name } => {
                let nameless = name.is_empty().then_some("DeviceInvalid");
                missing(device_id).into_iter().chain(nameless).collect()
            }
            DeviceCommand::Revoke { device_id, .. } => missing(device_id).into_iter().collect(),
        }
    }

    pub(crate) fn obey_device(&mut self, command: &DeviceCommand) {
        let Devices { known, newest_id, entries } = &mut self.devices;
        match command {
            DeviceCommand::Pair { name, token_hash, .. } => {
                *newest_id += 1;
                let name =
                    if name.is_empty() { format!("kiosk {newest_id}") } else { name.clone() };
                known.insert(*newest_id, (name, token_hash.expose().into()));
            }
            DeviceCommand::Rename { device_id, name } => {
                let device = known.get_mut(device_id).unwrap();
                if device.0 == *name {
                    return;
                }
                device.0.clone_from(name);
            }
            DeviceCommand::Revoke { device_id, .. } => drop(known.remove(device_id)),
            DeviceCommand::Record(_) => {}
        }
        *entries += 1;
    }
}

impl World {
    pub(crate) fn compare_devices(&self) {
        let devices = self.state.devices().map(|it| {
            let DeviceState { device, token_hash } = it;
            assert_eq!(device.token_hash, None, "kept apart");
            (device.device_id, (device.name.clone(), token_hash.expose().to_owned()))
        });
        assert_eq!(devices.collect::<BTreeMap<_, _>>(), self.model.devices.known);
        let counters = self.state.counters();
        let expected = (self.model.devices.newest_id, self.model.devices.entries);
        assert_eq!((counters.device_id, counters.audit_num), expected);
    }
}
