//! The café once more, as simply as can be: plain numbers, sums over whole histories, and the
//! command itself (never the events) as the source of what happens.

use std::collections::{BTreeMap, BTreeSet};

use crate::model_menu::Menu;
use kiosk_domain::{Command, PlaceOrder, Rejection, Stamp};
use kiosk_proto::v1::{
    MenuItem, order_source::Value as Source, order_status::Value as Status, role::Value as Role,
};

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) menu: Menu,
    pub(crate) cells: BTreeMap<i32, Cell>,
    pub(crate) orders: Vec<Order>,
    pub(crate) settings: BTreeMap<String, String>,
    /// Days since 1970; None before the first order.
    pub(crate) day: Option<i64>,
    external_ids: BTreeSet<(i64, i32, String)>,
    newest_cell_id: i32,
}

#[derive(Default)]
pub(crate) struct Cell {
    pub(crate) name: String,
    pub(crate) limit: i64,
    /// Every booking there ever was.
    pub(crate) ledger: Vec<i64>,
}

pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) day: i64,
    pub(crate) number: usize,
    pub(crate) status: Status,
    pub(crate) total: i64,
    pub(crate) cell: Option<i32>,
    /// Item and count.
    lines: Vec<(i32, i64)>,
    /// Closed before a new business day began.
    pub(crate) is_gone: bool,
}

impl Cell {
    pub(crate) fn balance(&self) -> i64 {
        self.ledger.iter().sum()
    }
}

impl Model {
    pub(crate) fn setting(&self, key: &str, default: &str) -> String {
        self.settings.get(key).map_or(default, String::as_str).into()
    }

    /// The zones of these tests have no summer time, so that a day is arithmetic.
    fn day_of(&self, stamp: &Stamp) -> i64 {
        let cut_over: i64 = self.setting("business_day_hour", "4").parse().unwrap();
        let hours = stamp.now.as_ms().div_euclid(3_600_000) + self.zone_hours() - cut_over;
        self.day.unwrap_or(i64::MIN).max(hours.div_euclid(24))
    }

    pub(crate) fn zone_hours(&self) -> i64 {
        match &*self.setting("time_zone", "Asia/Seoul") {
            "Asia/Seoul" => 9,
            "UTC" => 0,
            "Pacific/Honolulu" => -10,
            other => panic!("{other} is not of these tests"),
        }
    }

    pub(crate) fn order(&self, id: &str) -> Option<&Order> {
        self.orders.iter().find(|order| order.id == id && !order.is_gone)
    }

    /// All that speaks against a command, as the names of rejections; none: it succeeds.
    pub(crate) fn objections(&self, command: &Command, stamp: &Stamp) -> BTreeSet<&'static str> {
        let mut no = BTreeSet::new();
        let mut object = |when: bool, name| {
            if when {
                no.insert(name);
            }
        };
        match command {
            Command::PlaceOrder(wish) => no = self.objections_to_order(wish, stamp),
            Command::SetOrderStatus { order_id, status } => match self.order(order_id) {
                None => object(true, "OrderNotFound"),
                Some(order) => object(step_after(order.status) != Some(*status), "Transition"),
            },
            Command::RecallOrder { order_id } => match self.order(order_id) {
                None => object(true, "OrderNotFound"),
                Some(order) => object(step_before(order.status).is_none(), "NotRecallable"),
            },
            Command::CancelOrder { order_id, .. } => match self.order(order_id) {
                None => object(true, "OrderNotFound"),
                Some(order) => {
                    let staff = [Role::Admin, Role::Staff, Role::Pos].contains(&stamp.actor.role);
                    object(order.status == Status::Ready && !staff, "CancelNeedsStaff");
                    let closed = [Status::Completed, Status::Cancelled].contains(&order.status);
                    object(closed, "Transition");
                }
            },
            Command::PutMenuItem(_)
            | Command::DeleteMenuItem { .. }
            | Command::SetSoldOut { .. }
            | Command::SetOptionSoldOut { .. }
            | Command::SetStock(_)
            | Command::Restock(_)
            | Command::SetMenuImage { .. }
            | Command::ImportMenu { .. }
            | Command::PutMenuCategory(_)
            | Command::DeleteMenuCategory { .. } => no = self.objections_to_menu(command),
            Command::PutCell { cell_id, credit_limit, .. } => {
                object(*credit_limit < 0, "CellInvalid");
                let balance = self.cells.get(cell_id).map_or(0, Cell::balance);
                object(balance + i64::from(*credit_limit) < 0, "CreditInUse");
            }
            Command::ChargeCell { cell_id, .. } | Command::RefundCell { cell_id, .. } => {
                object(!self.cells.contains_key(cell_id), "CellNotFound");
            }
            Command::AdjustCell { cell_id, amount, .. } => {
                let amount = i64::from(amount.get());
                let cell = self.cells.get(cell_id);
                object(cell.is_none(), "CellNotFound");
                let short = cell.is_some_and(|cell| cell.balance() + amount < -cell.limit);
                object(amount < 0 && short, "InsufficientBalance");
            }
            // What is watched has no part in the rules.
            Command::StartIncident(_) | Command::ResolveIncident { .. } => {}
            Command::SetSetting { key, value } => {
                object(value == "wrong", "SettingInvalid");
                object(key == "stations" && self.takes_station(value), "StationInUse");
            }
        }
        no
    }

    fn objections_to_order(&self, wish: &PlaceOrder, stamp: &Stamp) -> BTreeSet<&'static str> {
        let mut no = BTreeSet::new();
        let kiosk = wish.source == Source::Kiosk || stamp.actor.role == Role::Kiosk;
        if kiosk && self.setting("is_kiosk_active", "true") == "false" {
            no.insert("KioskInactive");
        }
        let external_id = (self.day_of(stamp), wish.source as i32, wish.external_id.clone());
        if self.external_ids.contains(&external_id) {
            no.insert("ExternalIdUsed");
        }
        for line in &wish.items {
            let Some(item) = self.menu.items.get(&line.menu_id) else {
                no.insert("MenuItemNotFound");
                continue;
            };
            if item.is_marked {
                no.insert("SoldOut");
            }
            let customer =
                kiosk || wish.source == Source::Web || stamp.actor.role == Role::Customer;
            if customer && !item.is_to_be_had(self.local_minute(stamp)) {
                no.insert("NotAvailable");
            }
            let same = wish.items.iter().filter(|other| other.menu_id == line.menu_id);
            let wanted: i64 = same.map(|line| i64::from(line.quantity.get())).sum();
            if item.remaining.is_some_and(|remaining| remaining < wanted) {
                no.insert("OutOfStock");
            }
            no.extend(objections_to_options(&item.item, line));
        }
        if no.contains("MenuItemNotFound") || no.contains("OptionUnknown") {
            return no; // It has no price.
        }
        let total = self.total(wish);
        if wish.expected_total.is_some_and(|expected| i64::from(expected) != total) {
            no.insert("TotalChanged");
        }
        match wish.cell_id.map(|id| self.cells.get(&id)) {
            Some(None) => drop(no.insert("CellNotFound")),
            Some(Some(cell)) if cell.balance() - total < -cell.limit => {
                no.insert("InsufficientBalance");
            }
            _ => {}
        }
        no
    }

    fn total(&self, wish: &PlaceOrder) -> i64 {
        let lines = wish.items.iter().map(|line| {
            let item = &self.menu.items[&line.menu_id].item;
            let deltas = line.options.iter().map(|chosen| {
                let mut options = item.option_groups.iter().flat_map(|group| &group.options);
                let option = options.find(|option| option.option_id == chosen.option_id).unwrap();
                i64::from(option.price_delta) * i64::from(chosen.quantity.get())
            });
            let price = i64::from(item.price) + deltas.sum::<i64>();
            price.max(0) * i64::from(line.quantity.get())
        });
        lines.sum()
    }

    /// Does what a command without objections does; the model makes no ids of orders.
    pub(crate) fn obey(&mut self, command: &Command, stamp: &Stamp, new_order_id: Option<&str>) {
        match command {
            Command::PlaceOrder(wish) => self.place(wish, stamp, new_order_id.unwrap()),
            Command::SetOrderStatus { order_id, status } => self.set_status(order_id, *status),
            Command::RecallOrder { order_id } => {
                let status = step_before(self.order(order_id).unwrap().status).unwrap();
                self.set_status(order_id, status);
            }
            Command::CancelOrder { order_id, .. } => self.cancel(order_id),
            Command::PutMenuItem(_)
            | Command::DeleteMenuItem { .. }
            | Command::SetSoldOut { .. }
            | Command::SetOptionSoldOut { .. }
            | Command::SetStock(_)
            | Command::Restock(_)
            | Command::SetMenuImage { .. }
            | Command::ImportMenu { .. }
            | Command::PutMenuCategory(_)
            | Command::DeleteMenuCategory { .. } => self.obey_menu(command),
            Command::PutCell { cell_id, name, credit_limit } => {
                let id = id_or_next(*cell_id, &mut self.newest_cell_id);
                let cell = self.cells.entry(id).or_default();
                cell.name.clone_from(name);
                cell.limit = i64::from(*credit_limit);
            }
            Command::ChargeCell { cell_id, amount, .. }
            | Command::RefundCell { cell_id, amount, .. } => {
                self.book(*cell_id, i64::from(amount.get()));
            }
            Command::AdjustCell { cell_id, amount, .. } => {
                self.book(*cell_id, i64::from(amount.get()));
            }
            // What is watched has no part in the rules.
            Command::StartIncident(_) | Command::ResolveIncident { .. } => {}
            Command::SetSetting { key, value } => {
                self.settings.insert(key.clone(), value.clone());
            }
        }
    }

    fn book(&mut self, cell_id: i32, amount: i64) {
        self.cells.get_mut(&cell_id).unwrap().ledger.push(amount);
    }

    fn set_status(&mut self, id: &str, status: Status) {
        self.orders.iter_mut().find(|order| order.id == id).unwrap().status = status;
    }

    fn place(&mut self, wish: &PlaceOrder, stamp: &Stamp, id: &str) {
        let (day, total) = (self.day_of(stamp), self.total(wish));
        if self.day < Some(day) {
            for order in &mut self.orders {
                order.is_gone |= [Status::Completed, Status::Cancelled].contains(&order.status);
            }
        }
        self.day = Some(day);
        if !wish.external_id.is_empty() {
            self.external_ids.insert((day, wish.source as i32, wish.external_id.clone()));
        }
        let lines = wish.items.iter().map(|line| (line.menu_id, i64::from(line.quantity.get())));
        let order = Order {
            id: id.into(),
            day,
            number: 1 + self.orders.iter().filter(|order| order.day == day).count(),
            status: Status::Pending,
            total,
            cell: wish.cell_id,
            lines: lines.collect(),
            is_gone: false,
        };
        self.move_stock(&order.lines, -1);
        if let Some(cell_id) = wish.cell_id.filter(|_| total != 0) {
            self.book(cell_id, -total);
        }
        self.orders.push(order);
    }

    fn cancel(&mut self, id: &str) {
        let order = self.order(id).unwrap();
        let (total, cell, lines) = (order.total, order.cell, order.lines.clone());
        if order.status == Status::Pending {
            self.move_stock(&lines, 1);
        }
        if let Some(cell_id) = cell.filter(|_| total != 0) {
            self.book(cell_id, total);
        }
        self.set_status(id, Status::Cancelled);
    }

    fn move_stock(&mut self, lines: &[(i32, i64)], sign: i64) {
        for (menu_id, count) in lines {
            if let Some(remaining) =
                self.menu.items.get_mut(menu_id).and_then(|item| item.remaining.as_mut())
            {
                *remaining += sign * count;
            }
        }
    }
}

fn objections_to_options(item: &MenuItem, line: &kiosk_domain::ItemWish) -> Vec<&'static str> {
    let mut no = Vec::new();
    let ids = |group: &kiosk_proto::v1::OptionGroup| -> Vec<i32> {
        group.options.iter().map(|option| option.option_id).collect()
    };
    let known: Vec<i32> = item.option_groups.iter().flat_map(ids).collect();
    if line.options.iter().any(|chosen| !known.contains(&chosen.option_id)) {
        no.push("OptionUnknown");
    }
    let mut options = item.option_groups.iter().flat_map(|group| &group.options);
    let chosen = |id| line.options.iter().any(|chosen| chosen.option_id == id);
    if options.any(|option| option.is_sold_out && chosen(option.option_id)) {
        no.push("OptionSoldOut");
    }
    for group in &item.option_groups {
        let ids = ids(group);
        let chosen = line.options.iter().filter(|chosen| ids.contains(&chosen.option_id));
        let count: i32 = chosen.map(|chosen| chosen.quantity.get()).sum();
        if count < group.min || count > group.max {
            no.push("OptionCount");
        }
    }
    no
}

pub(crate) fn id_or_next(id: i32, newest: &mut i32) -> i32 {
    let id = if id == 0 { *newest + 1 } else { id };
    *newest = id.max(*newest);
    id
}

const STEPS: [Status; 4] = [Status::Pending, Status::Making, Status::Ready, Status::Completed];

fn step_after(status: Status) -> Option<Status> {
    let at = STEPS.iter().position(|step| *step == status)?;
    STEPS.get(at + 1).copied()
}

fn step_before(status: Status) -> Option<Status> {
    let at = STEPS.iter().position(|step| *step == status)?;
    STEPS.get(at.checked_sub(1)?).copied()
}

/// What `Model::objections` calls a rejection.
pub(crate) fn name(rejection: &Rejection) -> String {
    let debug = format!("{rejection:?}");
    debug.split([' ', '{']).next().unwrap_or_default().into()
}
