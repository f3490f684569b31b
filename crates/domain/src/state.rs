use std::{ops::Range, sync::Arc};

use imbl::{OrdMap, ordmap::DiffItem};
use kiosk_proto::{
    Timestamp,
    v1::{
        Bell, Cell, CellBalanceChanged, DayReport, LedgerEntry, MenuCategory, MenuItem, Order,
        Seat, StaffMessage, StockChanged, event::Payload, order_status::Value as OrderStatus,
    },
};

use crate::{
    BusinessDate, LastClose, MemberState, Settings, business_day::business_day, order_event,
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
    pub(crate) counters: Counters,
}

/// An order's place in history: its business day and its daily number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey {
    /// The day.
    pub date: BusinessDate,
    /// From 1.
    pub daily_num: i32,
}

impl OrderKey {
    /// The key of an order of the contract.
    pub fn of(order: &Order) -> Self {
        // `decide` writes the date, so it reads back.
        let date = BusinessDate::parse(&order.business_date).unwrap_or_default();
        Self { date, daily_num: order.daily_num }
    }
}

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
    /// Where the last Z report ended.
    pub last_close: LastClose,
}

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

impl State {
    /// A state to put saved changes back into.
    pub fn with_counters(counters: Counters) -> Self {
        Self { counters, ..Self::default() }
    }

    /// Puts a saved change back, in any order. Orders and messages of history, `Ledger`, `DayClosed` and what
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
            Change::MenuItemDeleted(_)
            | Change::MenuCategoryDeleted(_)
            | Change::CellMemberDeleted { .. }
            | Change::Ledger(_)
            | Change::DayClosed(_)
            | Change::OrderRetired(_)
            | Change::SeatDeleted(_)
            | Change::MessageRetired(_)
            | Change::BellAnswered(_) => {}
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

    /// All cells, by id.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.values().map(|state| &state.cell)
    }

    /// One cell.
    pub fn cell(&self, cell_id: i32) -> Option<&Cell> {
        self.cells.get(&cell_id).map(|state| &state.cell)
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The current business day.
    pub fn business_date(&self) -> BusinessDate {
        self.counters.date
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

    /// An order of the working set.
    pub fn order(&self, order_id: &str) -> Option<&Arc<Order>> {
        self.orders.get(self.order_keys.get(order_id)?)
    }

    /// The orders of the working set, by day and number, from a key on.
    pub fn orders_from(&self, from: OrderKey) -> impl Iterator<Item = (&OrderKey, &Arc<Order>)> {
        self.orders.range(from..)
    }

    /// All orders of the working set.
    pub fn orders(&self) -> impl Iterator<Item = &Arc<Order>> {
        self.orders.values()
    }

    /// The orders that are not as they were in an earlier state, each with whether it was there.
    /// Takes as long as there are changes: states share what did not change.
    pub fn orders_changed_since<'a>(
        &'a self,
        earlier: &'a Self,
    ) -> impl Iterator<Item = (bool, &'a Arc<Order>)> {
        earlier.orders.diff(&self.orders).filter_map(|change| match change {
            DiffItem::Add(_, order) => Some((false, order)),
            DiffItem::Update { new: (_, order), .. } => Some((true, order)),
            DiffItem::Remove(..) => None,
        })
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
            Payload::DayClosed(report) => self.day_closed(report),
            // Events of other services: they have no part in the rules.
            _ => Vec::new(),
        }
    }

    fn order_created(&mut self, order: &Order) -> Vec<Change> {
        let key = OrderKey::of(order);
        let mut changes = Vec::with_capacity(1);
        if key.date > self.counters.date {
            self.begin_day(key.date, &mut changes);
        }
        self.counters.daily_num = self.counters.daily_num.max(key.daily_num);
        let order = Arc::new(order.clone());
        self.put_order(Arc::clone(&order));
        changes.push(Change::Order(order));
        changes
    }

    fn begin_day(&mut self, date: BusinessDate, changes: &mut Vec<Change>) {
        self.counters.date = date;
        self.counters.daily_num = 0;
        self.external_ids.clear();
        let closed = |order: &Order| {
            matches!(order.status(), OrderStatus::Completed | OrderStatus::Cancelled)
        };
        let retired: Vec<OrderKey> =
            self.orders.iter().filter(|(_, order)| closed(order)).map(|(key, _)| *key).collect();
        for key in retired {
            if let Some(order) = self.orders.remove(&key) {
                self.order_keys.remove(&order.order_id);
            }
            changes.push(Change::OrderRetired(key));
        }
    }

    fn put_order(&mut self, order: Arc<Order>) {
        let key = OrderKey::of(&order);
        self.order_keys.insert(order.order_id.clone(), key);
        if !order.external_id.is_empty() && key.date == self.counters.date {
            self.external_ids.insert((order.source, order.external_id.clone()), key);
        }
        self.orders.insert(key, order);
    }

    fn change_order(&mut self, event: &Payload) -> Vec<Change> {
        let key = event.text("orderId").and_then(|order_id| self.order_keys.get(order_id));
        let order = key.and_then(|key| self.orders.get_mut(key));
        let Some(order) = order else { return Vec::new() };
        order_event::apply(Arc::make_mut(order), event);
        vec![Change::Order(Arc::clone(order))]
    }

    pub(crate) fn change_item(
        &mut self,
        menu_id: i32,
        change: impl FnOnce(&mut MenuItem),
    ) -> Vec<Change> {
        let Some(item) = self.menu.get_mut(&menu_id) else { return Vec::new() };
        change(Arc::make_mut(item));
        vec![Change::MenuItem(Arc::clone(item))]
    }

    fn stock_changed(&mut self, event: &StockChanged) -> Vec<Change> {
        self.change_item(event.menu_id, |item| item.remaining = event.remaining)
    }

    fn menu_item_changed(&mut self, item: &MenuItem) -> Vec<Change> {
        self.counters.menu_id = self.counters.menu_id.max(item.menu_id);
        let item = Arc::new(item.clone());
        self.menu.insert(item.menu_id, Arc::clone(&item));
        vec![Change::MenuItem(item)]
    }

    fn cell_changed(&mut self, cell: &Cell) -> Vec<Change> {
        self.counters.cell_id = self.counters.cell_id.max(cell.cell_id);
        let state = self.cells.entry(cell.cell_id).or_default();
        Arc::make_mut(state).cell.clone_from(cell);
        let state = Arc::clone(state);
        vec![Change::Cell(state)]
    }

    fn balance_changed(&mut self, event: &CellBalanceChanged) -> Vec<Change> {
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
