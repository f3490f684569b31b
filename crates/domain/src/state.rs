use std::{ops::Range, sync::Arc};

use imbl::OrdMap;
use kiosk_proto::{
    Timestamp,
    v1::{Bell, Incident, MenuCategory, MenuItem, Order, Seat, StaffMessage, event::Payload},
};

use crate::{
    BusinessDate, CellState, Change, DeviceState, LastClose, MemberState, OrderKey, Settings,
    StaffState,
    business_day::{business_date, business_day},
};

/// The working set: what [`decide`](crate::decide()) reads.
///
/// Orders are in it from when they are placed until a new business day begins after they closed.
/// Cloning is cheap: clones share what did not change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    pub(crate) menu: OrdMap<i32, Arc<MenuItem>>,
    pub(crate) categories: OrdMap<i32, Arc<MenuCategory>>,
    pub(crate) cells: OrdMap<i32, Arc<CellState>>,
    /// By cell and member. A member's cell is always there.
    pub(crate) members: OrdMap<(i32, i32), Arc<MemberState>>,
    pub(crate) settings: Settings,
    pub(crate) orders: OrdMap<OrderKey, Arc<Order>>,
    pub(crate) order_keys: OrdMap<String, OrderKey>,
    /// The POS's numbers of the current business day.
    pub(crate) external_ids: OrdMap<(i32, String), OrderKey>,
    pub(crate) seats: OrdMap<String, Arc<Seat>>,
    /// The newest ones.
    pub(crate) messages: OrdMap<i32, Arc<StaffMessage>>,
    /// Not answered yet.
    pub(crate) bells: OrdMap<i32, Arc<Bell>>,
    /// The newest ones.
    pub(crate) incidents: OrdMap<String, Arc<Incident>>,
    /// That are let in.
    pub(crate) devices: OrdMap<i32, Arc<DeviceState>>,
    /// Who may sign in.
    pub(crate) staff: OrdMap<i32, Arc<StaffState>>,
    pub(crate) counters: Counters,
}

/// What has to be remembered beside the entities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// The current business day; never goes back.
    pub date: BusinessDate,
    /// The newest daily number of that day.
    pub daily_num: i32,
    /// The largest menu id ever used.
    pub menu_id: i32,
    /// The largest category id ever used.
    pub category_id: i32,
    /// The largest cell id ever used.
    pub cell_id: i32,
    /// The largest bell id ever used.
    pub bell_id: i32,
    /// The largest device id ever used.
    pub device_id: i32,
    /// The largest staff id ever used.
    pub staff_id: i32,
    /// The newest entry of the record.
    pub audit_num: i32,
    /// Where the last Z report ended.
    pub last_close: LastClose,
}

impl State {
    /// A state to put saved changes back into.
    pub fn with_counters(counters: Counters) -> Self {
        Self { counters, ..Self::default() }
    }

    /// Puts a saved change back, in any order. Orders and messages of history, `Ledger`, `DayClosed`,
    /// `Audit` and what
    /// says that something is gone have no part in the working set: the caller leaves them out.
    pub fn restore(&mut self, change: Change) {
        match change {
            Change::Order(order) => self.put_order(order),
            Change::MenuItem(item) => drop(self.menu.insert(item.menu_id, item)),
            Change::MenuCategory(it) => drop(self.categories.insert(it.category_id, it)),
            Change::Cell(cell) => drop(self.cells.insert(cell.cell.cell_id, cell)),
            Change::CellMember { cell_id, member } => {
                self.members.insert((cell_id, member.member.member_id), member);
            }
            Change::Setting { key, value } => drop(self.settings.0.insert(key, value)),
            Change::Seat(seat) => drop(self.seats.insert(seat.seat_id.clone(), seat)),
            Change::Message(message) => drop(self.messages.insert(message.message_num, message)),
            Change::Bell(bell) => drop(self.bells.insert(bell.bell_id, bell)),
            Change::Incident(it) => drop(self.incidents.insert(it.incident_id.clone(), it)),
            Change::Staff(it) => drop(self.staff.insert(it.member.staff_id, it)),
            Change::Device(it) => drop(self.devices.insert(it.device.device_id, it)),
            Change::MenuItemDeleted(_)
            | Change::MenuCategoryDeleted(_)
            | Change::CellMemberDeleted { .. }
            | Change::Ledger(_)
            | Change::DayClosed(_)
            | Change::OrderRetired(_)
            | Change::SeatDeleted(_)
            | Change::MessageRetired(_)
            | Change::BellAnswered(_)
            | Change::IncidentRetired(_)
            | Change::DeviceRevoked(_)
            | Change::StaffDeleted(_)
            | Change::Audit(_) => {}
        }
    }

    /// What has to be saved beside the changes.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The menu, by display order, then id.
    pub fn menu(&self) -> Vec<&Arc<MenuItem>> {
        let mut items: Vec<_> = self.menu.values().collect();
        items.sort_by_key(|item| (item.display_order, item.menu_id));
        items
    }

    /// One menu item.
    pub fn menu_item(&self, menu_id: i32) -> Option<&Arc<MenuItem>> {
        self.menu.get(&menu_id)
    }

    /// The menu's categories, by display order, then id.
    pub fn categories(&self) -> Vec<&Arc<MenuCategory>> {
        let mut categories: Vec<_> = self.categories.values().collect();
        categories.sort_by_key(|category| (category.display_order, category.category_id));
        categories
    }

    /// One category.
    pub fn category(&self, category_id: i32) -> Option<&Arc<MenuCategory>> {
        self.categories.get(&category_id)
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The business day of the newest order.
    pub fn business_date(&self) -> BusinessDate {
        self.counters.date
    }

    /// The business day that it is. Days never go back, whatever the clock does.
    pub fn business_date_at(&self, now: Timestamp) -> BusinessDate {
        let today =
            business_date(now, self.settings.time_zone(), self.settings.business_day_hour());
        today.max(self.counters.date)
    }

    /// The newest order that was placed.
    pub fn newest_order(&self) -> OrderKey {
        OrderKey { date: self.counters.date, daily_num: self.counters.daily_num }
    }

    /// From the first moment of a business day to the first of the next, by the settings as they
    /// are now. None: the calendar has no such day.
    pub fn business_day(&self, date: BusinessDate) -> Option<Range<Timestamp>> {
        business_day(date, self.settings.time_zone(), self.settings.business_day_hour())
    }

    /// Applies an event that [`decide`](crate::decide()) made, and says what it changed.
    ///
    /// Never fails: what an event speaks of and the state does not have is passed over, so that a
    /// log with a damaged place can still be read to its end.
    pub fn apply(&mut self, event: &Payload) -> Vec<Change> {
        match event {
            Payload::OrderCreated(order) => self.order_created(order),
            Payload::OrderStatusChanged(_)
            | Payload::OrderRecalled(_)
            | Payload::OrderCancelled(_)
            | Payload::OrderLinesChanged(_)
            | Payload::OrderPriorityChanged(_)
            | Payload::OrderTableChanged(_)
            | Payload::OrderItemsAdded(_)
            | Payload::OrderLinesCancelled(_)
            | Payload::OrderLinesRemade(_) => self.change_order(event),
            Payload::MenuSoldOutChanged(e) => self.change_item(e.menu_id, |item| {
                item.is_sold_out = e.is_sold_out;
                item.sold_out_by_stock = e.is_sold_out && e.by_stock;
            }),
            Payload::MenuOptionSoldOutChanged(e) => self.option_sold_out_changed(e),
            Payload::MenuStockChanged(e) => self.stock_changed(e),
            Payload::MenuStockBatchChanged(e) => {
                e.items.iter().flat_map(|change| self.stock_changed(change)).collect()
            }
            Payload::MenuItemChanged(item) => self.menu_item_changed(item),
            Payload::MenuItemDeleted(e) => {
                self.menu.remove(&e.menu_id);
                vec![Change::MenuItemDeleted(e.menu_id)]
            }
            Payload::MenuCategoryChanged(category) => self.category_changed(category),
            Payload::MenuCategoryDeleted(e) => self.category_deleted(e.category_id),
            Payload::CellBalanceChanged(e) => self.balance_changed(e),
            Payload::CellChanged(cell) => self.cell_changed(cell),
            Payload::CellMemberChanged(e) => self.member_changed(e),
            Payload::CellMemberDeleted(e) => self.member_deleted(e),
            Payload::SettingsChanged(e) => {
                self.settings.0.insert(e.key.clone(), e.value.clone());
                vec![Change::Setting { key: e.key.clone(), value: e.value.clone() }]
            }
            Payload::SeatChanged(plan) => self.seat_changed(plan),
            Payload::SeatDeleted(e) => self.seat_deleted(&e.seat_id),
            Payload::SeatSelected(e) => self.seat_selected(e),
            Payload::SeatReleased(e) => self.seat_released(e),
            Payload::MessageCreated(message) => self.message_created(message),
            Payload::BellRung(bell) | Payload::BellEscalated(bell) => self.bell_changed(bell),
            Payload::BellAnswered(e) => self.bell_answered(e.bell_id),
            Payload::IncidentStarted(e) => self.incident_started(e),
            Payload::IncidentResolved(e) => self.incident_resolved(e),
            Payload::DeviceChanged(device) => self.device_changed(device),
            Payload::DeviceRevoked(e) => self.device_revoked(e.device_id),
            Payload::StaffChanged(member) => self.staff_changed(member),
            Payload::StaffDeleted(e) => self.staff_deleted(e.staff_id),
            Payload::AuditRecorded(entry) => self.audit_recorded(entry),
            Payload::DayClosed(report) => self.day_closed(report),
            // Events of other services: they have no part in the rules.
            _ => Vec::new(),
        }
    }
}
