//! Devices and staff in the model: who is let in, who may sign in, and how many entries the record has.

use std::collections::BTreeMap;

use kiosk_domain::{
    Command, DeviceCommand, SecretChange, SecretHash, StaffCommand, Stamp, limits::SESSIONS_MAX,
};
use kiosk_proto::v1::{AuditEntry, Person, audit_entry::Kind, role::Value as Role};
use proptest::{prelude::*, sample::select};

use crate::{model::Model, world::World};

const SESSION_MS: i64 = 12 * 3_600_000;

#[derive(Default)]
pub(crate) struct Devices {
    known: BTreeMap<i32, Device>,
    newest_id: i32,
    staff: BTreeMap<i32, Member>,
    newest_staff_id: i32,
    entries: i32,
}

#[derive(Debug, Clone, PartialEq)]
struct Device {
    name: String,
    hash: String,
    /// Of a session: whose, and since when.
    session: Option<(i32, i64)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Member {
    name: String,
    role: Role,
    password: Option<SecretHash>,
    pin: Option<SecretHash>,
}

fn hash(number: u8) -> SecretHash {
    SecretHash::new(format!("$6$salt{number}$")).unwrap()
}

pub(crate) fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => device_command().prop_map(Command::Device),
        6 => staff_command().prop_map(Command::Staff),
    ]
}

fn device_command() -> impl Strategy<Value = DeviceCommand> {
    let name = || select(vec!["", "Door", "Window"]);
    let pair = (name(), 0..3_u8).prop_map(|(name, number)| DeviceCommand::Pair {
        role: Role::Kiosk,
        name: name.into(),
        token_hash: hash(number),
        address: "192.0.2.7".into(),
        paired_by: Person { id: 0, name: "admin".into() },
    });
    let rename = (1..4_i32, name())
        .prop_map(|(device_id, name)| DeviceCommand::Rename { device_id, name: name.into() });
    let revoke =
        (1..6_i32).prop_map(|device_id| DeviceCommand::Revoke { device_id, reason: "lost".into() });
    let entry = AuditEntry { kind: Kind::TokenRefused.into(), times: 3, ..Default::default() };
    prop_oneof![3 => pair, 2 => rename, 2 => revoke, 1 => Just(DeviceCommand::Record(entry))]
}

fn staff_command() -> impl Strategy<Value = StaffCommand> {
    let secret = || {
        prop_oneof![
            2 => Just(SecretChange::Keep),
            1 => Just(SecretChange::Remove),
            3 => (0..2_u8).prop_map(|number| SecretChange::Set(hash(number))),
        ]
    };
    let roles = select(vec![Role::Staff, Role::Staff, Role::Admin, Role::Kiosk]);
    let put = (0..4_i32, select(vec!["", "Jun", "Mina"]), roles, secret(), secret()).prop_map(
        |(staff_id, name, role, password, pin)| StaffCommand::Put {
            staff_id,
            name: name.into(),
            role,
            password,
            pin,
        },
    );
    let sign_in = (1..4_i32, 0..2_u8).prop_map(|(staff_id, number)| StaffCommand::SignIn {
        staff_id,
        checked: hash(number),
        token_hash: hash(9),
        address: "192.0.2.8".into(),
    });
    prop_oneof![
        5 => put,
        1 => (1..4_i32).prop_map(|staff_id| StaffCommand::Delete { staff_id }),
        8 => sign_in,
        1 => (1..12_i32).prop_map(|device_id| StaffCommand::SignOut { device_id }),
    ]
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

    pub(crate) fn objection_to_staff(&self, command: &StaffCommand) -> Vec<&'static str> {
        let Devices { known, staff, .. } = &self.devices;
        let missing = |id: &i32| (!staff.contains_key(id)).then_some("StaffNotFound");
        match command {
            StaffCommand::Put { staff_id, name, role, .. } => {
                let is_taken = staff.iter().any(|(id, it)| id != staff_id && it.name == *name);
                let is_wrong = name.is_empty() || is_taken || *role == Role::Kiosk;
                let unknown = if *staff_id == 0 { None } else { missing(staff_id) };
                unknown.into_iter().chain(is_wrong.then_some("StaffInvalid")).collect()
            }
            StaffCommand::Delete { staff_id } => missing(staff_id).into_iter().collect(),
            StaffCommand::SignIn { staff_id, checked, .. } => match staff.get(staff_id) {
                None => vec!["StaffNotFound"],
                Some(it) => {
                    let fits = [&it.password, &it.pin].contains(&&Some(checked.clone()));
                    (!fits).then_some("SignInStale").into_iter().collect()
                }
            },
            StaffCommand::SignOut { device_id } => {
                let session = known.get(device_id).and_then(|device| device.session);
                session.is_none().then_some("NotSignedIn").into_iter().collect()
            }
        }
    }

    pub(crate) fn obey_device(&mut self, command: &DeviceCommand) {
        let Devices { known, newest_id, entries, .. } = &mut self.devices;
        match command {
            DeviceCommand::Pair { name, token_hash, .. } => {
                *newest_id += 1;
                let name =
                    if name.is_empty() { format!("kiosk {newest_id}") } else { name.clone() };
                let hash = token_hash.expose().into();
                known.insert(*newest_id, Device { name, hash, session: None });
            }
            DeviceCommand::Rename { device_id, name } => {
                let device = known.get_mut(device_id).unwrap();
                if device.name == *name {
                    return;
                }
                device.name.clone_from(name);
            }
            DeviceCommand::Revoke { device_id, .. } => drop(known.remove(device_id)),
            DeviceCommand::Record(_) => {}
        }
        *entries += 1;
    }

    pub(crate) fn obey_staff(&mut self, command: &StaffCommand, stamp: &Stamp) {
        let devices = &mut self.devices;
        match command {
            StaffCommand::Put { staff_id, name, role, password, pin } => {
                let id = if *staff_id == 0 { devices.newest_staff_id + 1 } else { *staff_id };
                let before = devices.staff.get(&id).cloned();
                let kept = |change: &SecretChange, known: Option<SecretHash>| match change {
                    SecretChange::Keep => known,
                    SecretChange::Remove => None,
                    SecretChange::Set(hash) => Some(hash.clone()),
                };
                let (old_password, old_pin) =
                    before.clone().map_or((None, None), |it| (it.password, it.pin));
                let (password, pin) = (kept(password, old_password), kept(pin, old_pin));
                let after = Member { name: name.clone(), role: *role, password, pin };
                if before.as_ref() == Some(&after) {
                    return;
                }
                devices.newest_staff_id = devices.newest_staff_id.max(id);
                devices.entries += 1;
                let key = |it: &Member| (it.role, it.password.clone(), it.pin.clone());
                if before.is_some_and(|before| key(&before) != key(&after)) {
                    devices.sign_out(|_, (who, _)| who == id);
                }
                devices.staff.insert(id, after);
            }
            StaffCommand::Delete { staff_id } => {
                devices.staff.remove(staff_id);
                devices.entries += 1;
                devices.sign_out(|_, (who, _)| who == *staff_id);
            }
            StaffCommand::SignIn { staff_id, token_hash, .. } => {
                let own = |device: &Device| device.session.is_some_and(|(who, _)| who == *staff_id);
                let sessions: Vec<i32> =
                    devices.known.iter().filter(|(_, it)| own(it)).map(|(id, _)| *id).collect();
                if sessions.len() >= SESSIONS_MAX {
                    devices.sign_out(|id, _| id == sessions[0]);
                }
                devices.newest_id += 1;
                devices.entries += 1;
                let name = devices.staff[staff_id].name.clone();
                let session = Some((*staff_id, stamp.now.as_ms()));
                let device = Device { name, hash: token_hash.expose().into(), session };
                devices.known.insert(devices.newest_id, device);
            }
            StaffCommand::SignOut { device_id } => devices.sign_out(|id, _| id == *device_id),
        }
    }

    /// Sessions end after twelve hours, and when the clock was set back by more than that.
    pub(crate) fn end_sessions(&mut self, now_ms: i64) {
        self.devices.sign_out(|_, (_, since_ms)| {
            !(since_ms - SESSION_MS..since_ms + SESSION_MS).contains(&now_ms)
        });
    }
}

impl Devices {
    fn sign_out(&mut self, ends: impl Fn(i32, (i32, i64)) -> bool) {
        let before = self.known.len();
        self.known.retain(|id, device| !device.session.is_some_and(|session| ends(*id, session)));
        self.entries += i32::try_from(before - self.known.len()).unwrap();
    }
}

impl World {
    pub(crate) fn compare_devices(&self) {
        let devices = self.state.devices().map(|it| {
            let device = &it.device;
            assert_eq!(device.token_hash, None, "kept apart");
            let since_ms = device.paired_at.unwrap().as_ms();
            let session = (device.staff_id != 0).then_some((device.staff_id, since_ms));
            let (name, hash) = (device.name.clone(), it.token_hash.expose().to_owned());
            (device.device_id, Device { name, hash, session })
        });
        let model = &self.model.devices;
        assert_eq!(devices.collect::<BTreeMap<_, _>>(), model.known);
        let staff = self.state.staff().map(|it| {
            let member = &it.member;
            assert_eq!((&member.password_hash, &member.pin_hash), (&None, &None), "kept apart");
            let has = (it.password_hash.is_some(), it.pin_hash.is_some());
            assert_eq!((member.has_password, member.has_pin), has);
            let (password, pin) = (it.password_hash.clone(), it.pin_hash.clone());
            let (name, role) = (member.name.clone(), member.role());
            (member.staff_id, Member { name, role, password, pin })
        });
        assert_eq!(staff.collect::<BTreeMap<_, _>>(), model.staff);
        let counters = self.state.counters();
        let expected = (model.newest_id, model.newest_staff_id, model.entries);
        assert_eq!((counters.device_id, counters.staff_id, counters.audit_num), expected);
    }
}
