use std::sync::Arc;

use kiosk_proto::v1::{
    AuditEntry, Bell, DayReport, Incident, LedgerEntry, MenuCategory, MenuItem, Order, Seat,
    StaffMessage,
};

use crate::{CellState, DeviceState, MemberState, OrderKey, StaffState};

/// What one event changed, as the store has to keep it.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The order is like this now.
    Order(Arc<Order>),
    /// The order has left the working set and stays in history.
    OrderRetired(OrderKey),
    /// The menu item is like this now.
    MenuItem(Arc<MenuItem>),
    /// The item is off the menu.
    MenuItemDeleted(i32),
    /// The category is like this now.
    MenuCategory(Arc<MenuCategory>),
    /// There is no such category any more.
    MenuCategoryDeleted(i32),
    /// The cell is like this now.
    Cell(Arc<CellState>),
    /// The cell's member is like this now.
    CellMember {
        /// Which cell.
        cell_id: i32,
        /// Who.
        member: Arc<MemberState>,
    },
    /// The cell has this member no more.
    CellMemberDeleted {
        /// Which cell.
        cell_id: i32,
        /// Who.
        member_id: i32,
    },
    /// The cell's ledger has a new entry.
    Ledger(LedgerEntry),
    /// The seat is like this now.
    Seat(Arc<Seat>),
    /// The seat is off the plan.
    SeatDeleted(String),
    /// A message was sent.
    Message(Arc<StaffMessage>),
    /// The message has left the working set and stays in history.
    MessageRetired(i32),
    /// The bell waits like this now.
    Bell(Arc<Bell>),
    /// The bell waits no more.
    BellAnswered(i32),
    /// The incident is like this now.
    Incident(Arc<Incident>),
    /// The incident has left the working set.
    IncidentRetired(String),
    /// The device is let in like this now.
    Device(Arc<DeviceState>),
    /// It is let in no more.
    DeviceRevoked(i32),
    /// Somebody may sign in like this now.
    Staff(Arc<StaffState>),
    /// They may no more.
    StaffDeleted(i32),
    /// The record has a new entry.
    Audit(Arc<AuditEntry>),
    /// The day was closed with this report, which never changes.
    DayClosed(Arc<DayReport>),
    /// The setting has this value now.
    Setting {
        /// One of the known keys.
        key: String,
        /// Its text.
        value: String,
    },
}
