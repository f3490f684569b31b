//! Who orders for a cell, and the PIN that proves it at a kiosk.

use std::{fmt, sync::Arc};

use kiosk_proto::v1::{Cell, CellMember, CellMemberChanged, CellMemberDeleted, event::Payload};

use crate::{
    Change, Rejection, Stamp, State, cell,
    limits::{CELL_MEMBERS_MAX, MEMBER_NAME_CHARS_MAX, SECRET_HASH_BYTES_MAX},
};

/// A member as clients see them, and apart from that what is kept of the PIN.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberState {
    /// Without the hash.
    pub member: CellMember,
    /// None: no PIN.
    pub pin_hash: Option<SecretHash>,
}

/// What is kept of a PIN. To compare and to store, not to show: a PIN is short, so whoever has its
/// hash can try them all.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash(String);

impl SecretHash {
    /// None when it is longer than [`SECRET_HASH_BYTES_MAX`].
    pub fn new(hash: String) -> Option<Self> {
        (hash.len() <= SECRET_HASH_BYTES_MAX).then_some(Self(hash))
    }

    /// For whoever checks a PIN or writes the store.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(secret)")
    }
}

/// What becomes of a PIN or a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretChange {
    /// It stays as it was.
    Keep,
    /// There is none from now on.
    Remove,
    /// A new one.
    Set(SecretHash),
}

impl SecretChange {
    /// What is kept then.
    pub(crate) fn of(&self, known: Option<&SecretHash>) -> Option<SecretHash> {
        match self {
            Self::Keep => known.cloned(),
            Self::Remove => None,
            Self::Set(hash) => Some(hash.clone()),
        }
    }
}

/// Who says to be ordering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberClaim {
    /// Of the cell that pays.
    pub member_id: i32,
    /// How it is proved.
    pub pin: PinClaim,
}

/// What came of the PIN. It was checked before the command, which takes long; so the command says
/// against what, and a PIN that was changed meanwhile is noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinClaim {
    /// No PIN came with the order.
    Absent,
    /// It fits nobody's.
    Wrong,
    /// It fits this.
    Fits(SecretHash),
}

impl State {
    /// A cell's members, by id, without what is kept of their PINs.
    pub fn cell_members(&self, cell_id: i32) -> impl Iterator<Item = &CellMember> {
        self.members_of(cell_id).map(|state| &state.member)
    }

    /// Whether a kiosk's order by that cell must bring a member's PIN.
    pub fn needs_pin(&self, cell_id: i32) -> bool {
        self.members_of(cell_id).any(|state| state.pin_hash.is_some())
    }

    /// What a PIN of that member is to be checked against.
    pub fn pin_hash(&self, cell_id: i32, member_id: i32) -> Option<&SecretHash> {
        self.members.get(&(cell_id, member_id))?.pin_hash.as_ref()
    }

    fn members_of(&self, cell_id: i32) -> impl Iterator<Item = &MemberState> {
        let all = (cell_id, i32::MIN)..=(cell_id, i32::MAX);
        self.members.range(all).map(|(_, state)| &**state)
    }

    pub(crate) fn member_changed(&mut self, event: &CellMemberChanged) -> Vec<Change> {
        let cell_id = event.cell_id;
        let cell = self.cells.get_mut(&cell_id);
        let Some((cell, member)) = cell.zip(event.member.clone()) else { return Vec::new() };
        let newest = &mut Arc::make_mut(cell).newest_member_id;
        *newest = member.member_id.max(*newest);
        let pin_hash = member.pin_hash.clone().map(SecretHash);
        let member = CellMember { pin_hash: None, ..member };
        let state = Arc::new(MemberState { member, pin_hash });
        self.members.insert((cell_id, state.member.member_id), Arc::clone(&state));
        vec![Change::Cell(Arc::clone(cell)), Change::CellMember { cell_id, member: state }]
    }

    pub(crate) fn member_deleted(&mut self, event: &CellMemberDeleted) -> Vec<Change> {
        let CellMemberDeleted { cell_id, member_id, .. } = *event;
        match self.members.remove(&(cell_id, member_id)) {
            Some(_) => vec![Change::CellMemberDeleted { cell_id, member_id }],
            None => Vec::new(),
        }
    }
}

pub(crate) fn put(
    state: &State,
    cell_id: i32,
    member_id: i32,
    name: &str,
    pin: &SecretChange,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let cell = cell::find(state, cell_id)?;
    check_member(member_id, name).map_err(|problem| Rejection::CellInvalid { problem })?;
    let known = state.members.get(&(cell_id, member_id));
    if known.is_none() && state.members_of(cell_id).count() >= CELL_MEMBERS_MAX {
        return Err(Rejection::TooMany { what: "members of a cell", max: CELL_MEMBERS_MAX });
    }
    let new_id = || cell.newest_member_id.checked_add(1);
    let member_id = if member_id == 0 { new_id() } else { Some(member_id) };
    let member_id =
        member_id.ok_or(Rejection::TooMany { what: "member ids", max: i32::MAX as usize })?;
    let pin_hash = pin.of(known.and_then(|known| known.pin_hash.as_ref()));
    let member = CellMember {
        member_id,
        name: name.into(),
        has_pin: pin_hash.is_some(),
        pin_hash: pin_hash.as_ref().map(|hash| hash.0.clone()),
    };
    if known.is_some_and(|known| known.member.name == name && known.pin_hash == pin_hash) {
        return Ok(Vec::new());
    }
    Ok(vec![Payload::CellMemberChanged(CellMemberChanged {
        cell_id,
        cell_name: cell.cell.name.clone(),
        member: Some(member),
        updated_at: Some(stamp.now),
    })])
}

/// Says what is wrong with a member, naming the field.
fn check_member(member_id: i32, name: &str) -> Result<(), String> {
    let chars = name.chars().count();
    if member_id < 0 {
        Err(format!("member_id is {member_id}, not 0 or more"))
    } else if !(1..=MEMBER_NAME_CHARS_MAX).contains(&chars) {
        Err(format!("a member's name has {chars} characters, not 1 to {MEMBER_NAME_CHARS_MAX}"))
    } else {
        Ok(())
    }
}

pub(crate) fn delete(
    state: &State,
    cell_id: i32,
    member_id: i32,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let cell = &cell::find(state, cell_id)?.cell;
    let member = find(state, cell, member_id)?;
    Ok(vec![Payload::CellMemberDeleted(CellMemberDeleted {
        cell_id,
        cell_name: cell.name.clone(),
        member_id,
        member_name: member.name.clone(),
        updated_at: Some(stamp.now),
    })])
}

/// Who orders, if that is said. At a kiosk, a cell that has PINs wants one that fits; whether there
/// is such a member is not told to those who have none.
pub(crate) fn authorize<'a>(
    state: &'a State,
    cell: &Cell,
    claim: Option<&MemberClaim>,
    is_kiosk: bool,
) -> Result<Option<&'a CellMember>, Rejection> {
    let (cell_id, cell_name) = (cell.cell_id, || cell.name.clone());
    if is_kiosk && state.needs_pin(cell_id) {
        let given = claim.filter(|claim| claim.pin != PinClaim::Absent);
        let claim = given.ok_or(Rejection::PinRequired { cell_id, cell_name: cell_name() })?;
        let fits = match (&claim.pin, state.pin_hash(cell_id, claim.member_id)) {
            (PinClaim::Fits(checked), Some(current)) => checked == current,
            _ => false,
        };
        if !fits {
            return Err(Rejection::PinWrong { cell_id, cell_name: cell_name() });
        }
    }
    claim.map(|claim| find(state, cell, claim.member_id)).transpose()
}

fn find<'a>(state: &'a State, cell: &Cell, member_id: i32) -> Result<&'a CellMember, Rejection> {
    let Cell { cell_id, name, .. } = cell;
    let found = state.members.get(&(*cell_id, member_id)).map(|state| &state.member);
    let missing =
        || Rejection::CellMemberNotFound { cell_id: *cell_id, cell_name: name.clone(), member_id };
    found.ok_or_else(missing)
}
