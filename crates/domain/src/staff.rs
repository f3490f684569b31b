//! Who may sign in, and their sessions: devices of their own, for a while.

use std::sync::Arc;

use kiosk_proto::v1::{
    AuditEntry, Device, Person, StaffMember, StaffMemberDeleted, audit_entry::Kind, event::Payload,
    role::Value as Role,
};

use crate::{
    Change, Rejection, SecretChange, SecretHash, Stamp, State,
    device::{Trail, by, next_id},
    limits::{MEMBER_NAME_CHARS_MAX, SESSION_SECONDS, SESSIONS_MAX, STAFF_MAX},
    time_out::later,
};

/// Somebody of the staff as clients see them, and apart from that what is kept of their secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct StaffState {
    /// Without the hashes.
    pub member: StaffMember,
    /// None: no password.
    pub password_hash: Option<SecretHash>,
    /// None: no PIN.
    pub pin_hash: Option<SecretHash>,
}

/// What can be done with the staff.
#[derive(Debug, Clone, PartialEq)]
pub enum StaffCommand {
    /// Adds somebody (id 0), or changes what is known of them.
    Put {
        /// 0: the next id.
        staff_id: i32,
        /// No two have the same.
        name: String,
        /// STAFF or ADMIN.
        role: Role,
        /// What becomes of the password.
        password: SecretChange,
        /// What becomes of the PIN.
        pin: SecretChange,
    },
    /// Takes somebody out, and signs them out.
    Delete {
        /// Who.
        staff_id: i32,
    },
    /// Begins a session.
    SignIn {
        /// Who.
        staff_id: i32,
        /// What their secret was checked against: it must not have changed since.
        checked: SecretHash,
        /// Of the session's token.
        token_hash: SecretHash,
        /// From where they came.
        address: String,
    },
    /// Ends the session.
    SignOut {
        /// Which one.
        device_id: i32,
    },
}

pub(crate) fn decide(
    state: &State,
    command: &StaffCommand,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    match command {
        StaffCommand::Put { staff_id, name, role, password, pin } => {
            put(state, *staff_id, (name, *role), [password, pin], stamp)
        }
        StaffCommand::Delete { staff_id } => delete(state, *staff_id, stamp),
        StaffCommand::SignIn { staff_id, checked, token_hash, address } => {
            sign_in(state, *staff_id, checked, token_hash, address, stamp)
        }
        StaffCommand::SignOut { device_id } => sign_out(state, *device_id, stamp),
    }
}

fn put(
    state: &State,
    staff_id: i32,
    (name, role): (&str, Role),
    [password, pin]: [&SecretChange; 2],
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let known = state.staff.get(&staff_id).map(|known| &**known);
    if staff_id != 0 && known.is_none() {
        return Err(Rejection::StaffNotFound { staff_id });
    }
    check(state, staff_id, name, role).map_err(|problem| Rejection::StaffInvalid { problem })?;
    if known.is_none() && state.staff.len() >= STAFF_MAX {
        return Err(Rejection::TooMany { what: "people on the staff", max: STAFF_MAX });
    }
    let next_id = || state.counters.staff_id.checked_add(1);
    let new_id = if staff_id == 0 { next_id() } else { Some(staff_id) };
    let new_id = new_id.ok_or(Rejection::TooMany { what: "staff ids", max: i32::MAX as usize })?;
    let password_hash = password.of(known.and_then(|known| known.password_hash.as_ref()));
    let pin_hash = pin.of(known.and_then(|known| known.pin_hash.as_ref()));
    let member = StaffMember {
        staff_id: new_id,
        name: name.into(),
        role: role.into(),
        has_password: password_hash.is_some(),
        has_pin: pin_hash.is_some(),
        ..StaffMember::default()
    };
    let is_same = |known: &StaffState| {
        let same_secrets = known.password_hash == password_hash && known.pin_hash == pin_hash;
        (known.member == member, same_secrets && known.member.role == member.role)
    };
    let (is_as_it_was, may_stay) = known.map_or((false, true), is_same);
    if is_as_it_was && may_stay {
        return Ok(Vec::new());
    }
    let mut trail = Trail::new(state, stamp);
    let expose = |hash: Option<SecretHash>| hash.map(|hash| hash.expose().into());
    let audit = entry(Kind::StaffChanged, &member, stamp);
    trail.events.push(Payload::StaffChanged(StaffMember {
        password_hash: expose(password_hash),
        pin_hash: expose(pin_hash),
        ..member
    }));
    trail.record(audit);
    if !may_stay {
        sign_out_everywhere(state, &mut trail, new_id, "the role, password or PIN was changed");
    }
    Ok(trail.events)
}

/// Says what is wrong with somebody, naming the field.
fn check(state: &State, staff_id: i32, name: &str, role: Role) -> Result<(), String> {
    let chars = name.chars().count();
    let others = state.staff.values().map(|it| &it.member).filter(|it| it.staff_id != staff_id);
    if !(1..=MEMBER_NAME_CHARS_MAX).contains(&chars) {
        return Err(format!("name has {chars} characters, not 1 to {MEMBER_NAME_CHARS_MAX}"));
    }
    if !matches!(role, Role::Admin | Role::Staff) {
        return Err("role must be STAFF or ADMIN".into());
    }
    match others.into_iter().find(|it| it.name == name) {
        Some(other) => Err(format!("{name:?} is the name of {} already", other.staff_id)),
        None => Ok(()),
    }
}

fn delete(state: &State, staff_id: i32, stamp: &Stamp) -> Result<Vec<Payload>, Rejection> {
    let member = &find(state, staff_id)?.member;
    let mut trail = Trail::new(state, stamp);
    trail.events.push(Payload::StaffDeleted(StaffMemberDeleted {
        staff_id,
        name: member.name.clone(),
        updated_at: Some(stamp.now),
    }));
    trail.record(entry(Kind::StaffDeleted, member, stamp));
    sign_out_everywhere(state, &mut trail, staff_id, "is not of the staff any more");
    Ok(trail.events)
}

fn sign_in(
    state: &State,
    staff_id: i32,
    checked: &SecretHash,
    token_hash: &SecretHash,
    address: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let StaffState { member, password_hash, pin_hash } = find(state, staff_id)?;
    if ![password_hash, pin_hash].into_iter().flatten().any(|hash| hash == checked) {
        return Err(Rejection::SignInStale);
    }
    let mut trail = Trail::new(state, stamp);
    let sessions: Vec<&Device> = sessions(state, staff_id).collect();
    if let Some(oldest) = sessions.first().filter(|_| sessions.len() >= SESSIONS_MAX) {
        trail.revoke(oldest, Kind::Revoked, "signed in elsewhere too often");
    }
    // The one that made room is still counted; a box with so many devices has other worries.
    let session = Device {
        device_id: next_id(state)?,
        name: member.name.clone(),
        role: member.role,
        paired_by: Some(Person { id: staff_id, name: member.name.clone() }),
        expires_at: Some(later(stamp.now, SESSION_SECONDS)),
        staff_id,
        ..Device::default()
    };
    trail.let_in(session, token_hash, Kind::SignedIn, address);
    Ok(trail.events)
}

fn sign_out(state: &State, device_id: i32, stamp: &Stamp) -> Result<Vec<Payload>, Rejection> {
    let device = state.devices.get(&device_id).map(|state| &state.device);
    let session = device.filter(|device| device.staff_id != 0);
    let session = session.ok_or(Rejection::NotSignedIn)?;
    let mut trail = Trail::new(state, stamp);
    trail.revoke(session, Kind::Revoked, "signed out");
    Ok(trail.events)
}

fn sign_out_everywhere(state: &State, trail: &mut Trail<'_>, staff_id: i32, reason: &str) {
    for session in sessions(state, staff_id) {
        trail.revoke(session, Kind::Revoked, reason);
    }
}

/// Oldest first.
fn sessions(state: &State, staff_id: i32) -> impl Iterator<Item = &Device> {
    state.devices().map(|it| &it.device).filter(move |device| device.staff_id == staff_id)
}

fn find(state: &State, staff_id: i32) -> Result<&StaffState, Rejection> {
    let found = state.staff.get(&staff_id).map(|state| &**state);
    found.ok_or(Rejection::StaffNotFound { staff_id })
}

fn entry(kind: Kind, member: &StaffMember, stamp: &Stamp) -> AuditEntry {
    AuditEntry {
        kind: kind.into(),
        device_name: member.name.clone(),
        role: member.role,
        by: Some(by(stamp)),
        ..AuditEntry::default()
    }
}

impl State {
    /// Who may sign in, by id.
    pub fn staff(&self) -> impl Iterator<Item = &StaffState> {
        self.staff.values().map(|state| &**state)
    }

    pub(crate) fn staff_changed(&mut self, member: &StaffMember) -> Vec<Change> {
        let [password_hash, pin_hash] = [&member.password_hash, &member.pin_hash]
            .map(|hash| hash.clone().and_then(SecretHash::new));
        let member = StaffMember { password_hash: None, pin_hash: None, ..member.clone() };
        self.counters.staff_id = self.counters.staff_id.max(member.staff_id);
        let state = Arc::new(StaffState { member, password_hash, pin_hash });
        self.staff.insert(state.member.staff_id, Arc::clone(&state));
        vec![Change::Staff(state)]
    }

    pub(crate) fn staff_deleted(&mut self, staff_id: i32) -> Vec<Change> {
        match self.staff.remove(&staff_id) {
            Some(_) => vec![Change::StaffDeleted(staff_id)],
            None => Vec::new(),
        }
    }
}
