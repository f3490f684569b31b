//! The cells in the working set, and what events make of them.

use std::sync::Arc;

use kiosk_proto::v1::{Cell, CellBalanceChanged, LedgerEntry};

use crate::{Change, State};

/// A cell and what it numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CellState {
    /// As clients see it.
    pub cell: Cell,
    /// The number of the newest entry, 0 for none.
    pub entries: i32,
    /// The largest member id ever used, 0 for none.
    pub newest_member_id: i32,
}

impl State {
    /// All cells, by id.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.values().map(|state| &state.cell)
    }

    /// One cell.
    pub fn cell(&self, cell_id: i32) -> Option<&Cell> {
        self.cells.get(&cell_id).map(|state| &state.cell)
    }

    pub(crate) fn cell_changed(&mut self, cell: &Cell) -> Vec<Change> {
        self.counters.cell_id = self.counters.cell_id.max(cell.cell_id);
        let state = self.cells.entry(cell.cell_id).or_default();
        Arc::make_mut(state).cell.clone_from(cell);
        let state = Arc::clone(state);
        vec![Change::Cell(state)]
    }

    pub(crate) fn balance_changed(&mut self, event: &CellBalanceChanged) -> Vec<Change> {
        let Some(state) = self.cells.get_mut(&event.cell_id) else { return Vec::new() };
        let cell = Arc::make_mut(state);
        cell.cell.balance = event.balance_after;
        cell.entries = event.entry_num;
        let entry = LedgerEntry {
            cell_id: event.cell_id,
            entry_num: event.entry_num,
            r#type: event.r#type,
            amount: event.change_amount,
            balance_after: event.balance_after,
            order_id: event.order_id.clone(),
            reason: event.reason.clone(),
            created_at: event.updated_at,
            other_cell: event.other_cell.clone(),
            member_id: event.member_id,
            member_name: event.member_name.clone(),
        };
        vec![Change::Cell(Arc::clone(state)), Change::Ledger(entry)]
    }
}
