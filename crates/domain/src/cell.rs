use kiosk_proto::v1::{
    Cell, CellBalanceChanged, CellInfo, CellMember, Order, event::Payload,
    ledger_type::Value as LedgerType,
};

use crate::{
    CellState, MemberClaim, Rejection, Stamp, State,
    limits::{CELL_NAME_CHARS_MAX, CELLS_MAX, MONEY_MAX},
    member,
};

pub(crate) fn put(
    state: &State,
    cell_id: i32,
    name: &str,
    credit_limit: i32,
) -> Result<Vec<Payload>, Rejection> {
    check_cell(cell_id, name, credit_limit)
        .map_err(|problem| Rejection::CellInvalid { problem })?;
    let known = state.cells.get(&cell_id);
    if known.is_none() && state.cells.len() >= CELLS_MAX {
        return Err(Rejection::TooMany { what: "cells", max: CELLS_MAX });
    }
    let new_id = || state.counters.cell_id.checked_add(1);
    let cell_id = if cell_id == 0 { new_id() } else { Some(cell_id) };
    let cell_id = cell_id.ok_or(Rejection::TooMany { what: "cell ids", max: i32::MAX as usize })?;
    let balance = known.map_or(0, |known| known.cell.balance);
    if i64::from(balance) < -i64::from(credit_limit) {
        let cell_name = name.into();
        return Err(Rejection::CreditInUse { cell_id, cell_name, credit_limit, balance });
    }
    let is_archived = known.is_some_and(|known| known.cell.is_archived);
    let cell = Cell { cell_id, name: name.into(), balance, credit_limit, is_archived };
    if known.is_some_and(|known| known.cell == cell) {
        return Ok(Vec::new());
    }
    Ok(vec![Payload::CellChanged(cell)])
}

/// Says what is wrong with a cell, naming the field.
fn check_cell(cell_id: i32, name: &str, credit_limit: i32) -> Result<(), String> {
    let chars = name.chars().count();
    if cell_id < 0 {
        Err(format!("cell_id is {cell_id}, not 0 or more"))
    } else if !(1..=CELL_NAME_CHARS_MAX).contains(&chars) {
        Err(format!("name has {chars} characters, not 1 to {CELL_NAME_CHARS_MAX}"))
    } else if !(0..=MONEY_MAX).contains(&credit_limit) {
        Err(format!("credit_limit is {credit_limit}, not 0 to {MONEY_MAX}"))
    } else {
        Ok(())
    }
}

/// The balance stays as it is: it can be refunded or adjusted away, and is there when the cell comes
/// back.
pub(crate) fn archive(
    state: &State,
    cell_id: i32,
    is_archived: bool,
) -> Result<Vec<Payload>, Rejection> {
    let cell = &find(state, cell_id)?.cell;
    if cell.is_archived == is_archived {
        return Ok(Vec::new());
    }
    Ok(vec![Payload::CellChanged(Cell { is_archived, ..cell.clone() })])
}

/// An entry that somebody makes by hand. What was archived is not charged, but can be corrected.
pub(crate) fn enter(
    state: &State,
    cell_id: i32,
    r#type: LedgerType,
    amount: i32,
    reason: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let cell = match r#type {
        LedgerType::Charge => find_active(state, cell_id)?,
        _ => find(state, cell_id)?,
    };
    Ok(vec![book(cell, Entry { reason, ..Entry::new(r#type, amount) }, stamp)?])
}

/// Two entries, each of which names the other cell; or neither.
pub(crate) fn transfer(
    state: &State,
    from_cell_id: i32,
    to_cell_id: i32,
    amount: i32,
    reason: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    if from_cell_id == to_cell_id {
        let problem = "it can't get points from itself".into();
        return Err(Rejection::CellInvalid { problem });
    }
    let from = find_active(state, from_cell_id)?;
    let to = find_active(state, to_cell_id)?;
    let half = |other: &CellState, amount| Entry {
        reason,
        other_cell: Some(cell_info(&other.cell)),
        ..Entry::new(LedgerType::Transfer, amount)
    };
    Ok(vec![book(from, half(to, -amount), stamp)?, book(to, half(from, amount), stamp)?])
}

/// The cell that is to pay for an order, and who orders if that is said.
pub(crate) struct Payer<'a> {
    cell: &'a CellState,
    member: Option<&'a CellMember>,
}

pub(crate) fn payer<'a>(
    state: &'a State,
    cell_id: i32,
    claim: Option<&MemberClaim>,
    is_kiosk: bool,
) -> Result<Payer<'a>, Rejection> {
    let cell = find_active(state, cell_id)?;
    Ok(Payer { cell, member: member::authorize(state, &cell.cell, claim, is_kiosk)? })
}

impl Payer<'_> {
    pub(crate) fn cell_info(&self) -> CellInfo {
        cell_info(&self.cell.cell)
    }

    /// What is bought with the order. None if it costs nothing.
    pub(crate) fn pay(
        &self,
        order: &Order,
        amount: i32,
        stamp: &Stamp,
    ) -> Result<Option<Payload>, Rejection> {
        let amount = -amount;
        let entry = Entry {
            order_id: &order.order_id,
            member: self.member,
            ..Entry::new(LedgerType::Payment, amount)
        };
        (amount != 0).then(|| book(self.cell, entry, stamp)).transpose()
    }
}

/// What is cancelled of the order. None if it cost nothing.
pub(crate) fn refund_order(
    state: &CellState,
    order: &Order,
    amount: i32,
    reason: &str,
    stamp: &Stamp,
) -> Result<Option<Payload>, Rejection> {
    let order_id = &order.order_id;
    let entry = Entry { order_id, reason, ..Entry::new(LedgerType::Refund, amount) };
    (amount != 0).then(|| book(state, entry, stamp)).transpose()
}

pub(crate) fn find(state: &State, cell_id: i32) -> Result<&CellState, Rejection> {
    state.cells.get(&cell_id).map(|cell| &**cell).ok_or(Rejection::CellNotFound { cell_id })
}

fn find_active(state: &State, cell_id: i32) -> Result<&CellState, Rejection> {
    let found = find(state, cell_id)?;
    if found.cell.is_archived {
        return Err(Rejection::CellArchived { cell_id, cell_name: found.cell.name.clone() });
    }
    Ok(found)
}

fn cell_info(cell: &Cell) -> CellInfo {
    CellInfo { id: cell.cell_id, name: cell.name.clone() }
}

struct Entry<'a> {
    r#type: LedgerType,
    amount: i32,
    order_id: &'a str,
    reason: &'a str,
    other_cell: Option<CellInfo>,
    member: Option<&'a CellMember>,
}

impl Entry<'_> {
    fn new(r#type: LedgerType, amount: i32) -> Self {
        Self { r#type, amount, order_id: "", reason: "", other_cell: None, member: None }
    }
}

/// One more entry of the ledger, if the balance stays within its limits.
fn book(state: &CellState, entry: Entry<'_>, stamp: &Stamp) -> Result<Payload, Rejection> {
    let cell = &state.cell;
    let after = i64::from(cell.balance) + i64::from(entry.amount);
    if entry.amount < 0 && after < -i64::from(cell.credit_limit) {
        return Err(Rejection::InsufficientBalance {
            cell_id: cell.cell_id,
            cell_name: cell.name.clone(),
            available: i64::from(cell.balance) + i64::from(cell.credit_limit),
            amount: entry.amount.saturating_neg(),
        });
    }
    let out_of_range =
        || Rejection::BalanceOutOfRange { cell_id: cell.cell_id, cell_name: cell.name.clone() };
    Ok(Payload::CellBalanceChanged(CellBalanceChanged {
        cell_id: cell.cell_id,
        cell_name: cell.name.clone(),
        balance_before: cell.balance,
        balance_after: i32::try_from(after).map_err(|_| out_of_range())?,
        change_amount: entry.amount,
        r#type: entry.r#type.into(),
        updated_at: Some(stamp.now),
        entry_num: state.entries.checked_add(1).ok_or_else(out_of_range)?,
        order_id: entry.order_id.into(),
        reason: entry.reason.into(),
        other_cell: entry.other_cell,
        member_id: entry.member.map_or(0, |member| member.member_id),
        member_name: entry.member.map_or_else(String::new, |member| member.name.clone()),
    }))
}
