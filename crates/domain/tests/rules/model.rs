//! The café once more, as simply as can be: plain numbers, sums over whole histories, and the
//! command itself (never the events) as the source of what happens.

use std::collections::{BTreeMap, BTreeSet};

use crate::{model_devices::Devices, model_menu::Menu};
use kiosk_domain::{
    BellCommand, Command, ItemWish, MemberClaim, PinClaim, PlaceOrder, Rejection, SecretChange,
    SecretHash, Stamp, TicketClaim,
};
use kiosk_proto::v1::{
    MenuItem, order_source::Value as Source, order_status::Value as Status, role::Value as Role,
};

use crate::model_lines::{Line, Progress};
use crate::tables::Tables;

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) menu: Menu,
    pub(crate) cells: BTreeMap<i32, Cell>,
    pub(crate) orders: Vec<Order>,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) tables: Tables,
    /// Whether each is resolved.
    pub(crate) incidents: BTreeMap<String, bool>,
    /// Days since 1970; None before the first order.
    pub(crate) day: Option<i64>,
    external_ids: BTreeSet<(i64, i32, String)>,
    newest_cell_id: i32,
    /// How often the day was closed.
    pub(crate) closed: i32,
    pub(crate) devices: Devices,
}

#[derive(Default)]
pub(crate) struct Cell {
    pub(crate) name: String,
    pub(crate) limit: i64,
    /// Every booking there ever was.
    pub(crate) ledger: Vec<i64>,
    pub(crate) is_archived: bool,
    /// Names and PINs.
    pub(crate) members: BTreeMap<i32, (String, Option<SecretHash>)>,
    newest_member_id: i32,
}

pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) day: i64,
    pub(crate) number: usize,
    pub(crate) status: Status,
    pub(crate) is_priority: bool,
    pub(crate) table: String,
    pub(crate) cell: Option<i32>,
    pub(crate) lines: Vec<Line>,
    /// What its cell paid and got back.
    pub(crate) booked: Vec<i64>,
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

    pub(crate) fn zone_hours(&self) -> i64 {
        match &*self.setting("time_zone", "Asia/Seoul") {
            "Asia/Seoul" => 9,
            "UTC" => 0,
            "Pacific/Honolulu" => -10,
            other => panic!("{other} is not of these tests"),
        }
    }

    /// Minutes after the midnight of a day, if it is open then.
    fn hours_of(&self, day: i64) -> Option<(i64, i64)> {
        // 1970 began on a Thursday.
        let weekday = (day + 3).rem_euclid(7);
        match (&*self.setting("holidays", ""), day) {
            ("", _) => {}
            (_, 20_780) => return Some((600, 660)),
            (_, 20_777..=20_782) => return None,
            _ => {}
        }
        match &*self.setting("opening_hours", "") {
            "" => Some((0, 1_440)),
            "09:00-21:00" => Some((540, 1_260)),
            _ if weekday < 5 => Some((480, 1_200)),
            _ if weekday == 5 => Some((1_320, 1_560)),
            _ => None,
        }
    }

    pub(crate) fn objection_to_time(&self, stamp: &Stamp) -> Option<&'static str> {
        let minute = stamp.now.as_ms().div_euclid(60_000) + self.zone_hours() * 60;
        let today = minute.div_euclid(1_440);
        let last_order: i64 = self.setting("last_order_minutes", "0").parse().unwrap();
        let is_open = |minute: i64| {
            [minute.div_euclid(1_440) - 1, minute.div_euclid(1_440)].into_iter().any(|day| {
                let hours =
                    self.hours_of(day).map(|(from, to)| day * 1_440 + from..day * 1_440 + to);
                hours.is_some_and(|hours| hours.contains(&minute))
            })
        };
        if !is_open(minute) {
            let holiday =
                (20_777..=20_782).contains(&today) && !self.setting("holidays", "").is_empty();
            return Some(if holiday { "Holiday" } else { "Closed" });
        }
        (0..=last_order).any(|wait| !is_open(minute + wait)).then_some("LastOrder")
    }

    /// The zones of these tests have no summer time, so that a day is arithmetic.
    pub(crate) fn day_of(&self, stamp: &Stamp) -> i64 {
        let zone_hours = self.zone_hours();
        let cut_over: i64 = self.setting("business_day_hour", "4").parse().unwrap();
        let hours = stamp.now.as_ms().div_euclid(3_600_000) + zone_hours - cut_over;
        self.day.unwrap_or(i64::MIN).max(hours.div_euclid(24))
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
            Command::BumpLines { .. }
            | Command::RecallLines { .. }
            | Command::SetPriority { .. }
            | Command::CancelLines { .. }
            | Command::RemakeLines { .. }
            | Command::AddToOrder { .. } => no = self.objections_to_lines(command, stamp),
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
            Command::ChargeCell { cell_id, .. } => {
                object(!self.cells.contains_key(cell_id), "CellNotFound");
                object(self.is_archived(*cell_id), "CellArchived");
            }
            Command::RefundCell { cell_id, .. }
            | Command::ArchiveCell { cell_id, .. }
            | Command::PutCellMember { cell_id, .. } => {
                object(!self.cells.contains_key(cell_id), "CellNotFound");
            }
            Command::DeleteCellMember { cell_id, member_id } => match self.cells.get(cell_id) {
                None => object(true, "CellNotFound"),
                Some(cell) => {
                    object(!cell.members.contains_key(member_id), "CellMemberNotFound");
                }
            },
            Command::TransferPoints { from_cell_id, to_cell_id, amount, .. } => {
                object(from_cell_id == to_cell_id, "CellInvalid");
                for id in [from_cell_id, to_cell_id] {
                    object(!self.cells.contains_key(id), "CellNotFound");
                    object(self.is_archived(*id), "CellArchived");
                }
                let from = self.cells.get(from_cell_id);
                let amount = i64::from(amount.get());
                let short = from.is_some_and(|from| from.balance() - amount < -from.limit);
                object(short, "InsufficientBalance");
            }
            Command::AdjustCell { cell_id, amount, .. } => {
                let amount = i64::from(amount.get());
                let cell = self.cells.get(cell_id);
                object(cell.is_none(), "CellNotFound");
                let short = cell.is_some_and(|cell| cell.balance() + amount < -cell.limit);
                object(amount < 0 && short, "InsufficientBalance");
            }
            Command::StartIncident(_) => {}
            Command::ResolveIncident { incident_id } => {
                object(!self.incidents.contains_key(incident_id), "IncidentNotFound");
            }
            Command::SetSetting { key, value } => {
                object(value == "wrong", "SettingInvalid");
                object(key == "stations" && self.takes_station(value), "StationInUse");
            }
            Command::Seat(command) => no.extend(self.objections_to_seating(command, stamp)),
            Command::Bell(BellCommand::Ring { order_id, seat_id, .. }) => {
                object(!seat_id.is_empty() && !self.tables.knows(seat_id), "SeatNotFound");
                let order_id = self.tables.caller(order_id, seat_id).0;
                let missing = !order_id.is_empty() && self.order(&order_id).is_none();
                object(missing, "OrderNotFound");
            }
            Command::Bell(BellCommand::Answer { bell_id, .. }) => {
                object(!self.tables.bells.contains_key(bell_id), "BellNotFound");
            }
            Command::SendMessage { text, .. } => object(text.is_empty(), "MessageInvalid"),
            Command::Device(command) => no.extend(self.objection_to_device(command)),
            Command::Staff(command) => no.extend(self.objection_to_staff(command)),
            Command::CloseDay(report) => no.extend(self.objection_to_close(report)),
            Command::TimeOut => {}
        }
        no
    }

    fn objections_to_order(&self, wish: &PlaceOrder, stamp: &Stamp) -> BTreeSet<&'static str> {
        let mut no = BTreeSet::new();
        if matches!(wish.ticket, TicketClaim::Refused(_)) {
            no.insert("TicketRefused");
        }
        let kiosk = wish.source == Source::Kiosk || stamp.actor.role == Role::Kiosk;
        if kiosk && self.setting("is_kiosk_active", "true") == "false" {
            no.insert("KioskInactive");
        }
        no.extend(self.objection_to_time(stamp).filter(|_| kiosk));
        no.extend(
            wish.cell_id
                .map(|id| self.objections_to_payer(id, wish.member.as_ref(), kiosk))
                .unwrap_or_default(),
        );
        let external_id = (self.day_of(stamp), wish.source as i32, wish.external_id.clone());
        if self.external_ids.contains(&external_id) {
            no.insert("ExternalIdUsed");
        }
        let customer = kiosk || wish.source == Source::Web || stamp.actor.role == Role::Customer;
        no.extend(self.objections_to_items(&wish.items, customer, stamp));
        if no.contains("MenuItemNotFound") || no.contains("OptionUnknown") {
            return no; // It has no price.
        }
        no.extend(self.objections_to_sitting(wish, stamp));
        let total = self.price(&wish.items);
        if wish.expected_total.is_some_and(|expected| i64::from(expected) != total) {
            no.insert("TotalChanged");
        }
        let payer = wish.cell_id.and_then(|id| self.cells.get(&id));
        if payer.is_some_and(|cell| cell.balance() - total < -cell.limit) {
            no.insert("InsufficientBalance");
        }
        no
    }

    pub(crate) fn objections_to_items(
        &self,
        items: &[ItemWish],
        customer: bool,
        stamp: &Stamp,
    ) -> BTreeSet<&'static str> {
        let mut no = BTreeSet::new();
        for line in items {
            let Some(item) = self.menu.items.get(&line.menu_id) else {
                no.insert("MenuItemNotFound");
                continue;
            };
            if item.is_marked {
                no.insert("SoldOut");
            }
            if customer && !item.is_to_be_had(self.local_minute(stamp)) {
                no.insert("NotAvailable");
            }
            let same = items.iter().filter(|other| other.menu_id == line.menu_id);
            let wanted: i64 = same.map(|line| i64::from(line.quantity.get())).sum();
            if item.remaining.is_some_and(|remaining| remaining < wanted) {
                no.insert("OutOfStock");
            }
            no.extend(objections_to_options(&item.item, line));
        }
        no
    }

    pub(crate) fn objections_to_payer(
        &self,
        id: i32,
        member: Option<&MemberClaim>,
        kiosk: bool,
    ) -> Vec<&'static str> {
        let Some(cell) = self.cells.get(&id) else { return vec!["CellNotFound"] };
        let mut no = Vec::new();
        if cell.is_archived {
            no.push("CellArchived");
        }
        let known = member.map(|claim| cell.members.get(&claim.member_id));
        if kiosk && cell.members.values().any(|(_, pin)| pin.is_some()) {
            match (member.map(|claim| &claim.pin), known.flatten()) {
                (None | Some(PinClaim::Absent), _) => no.push("PinRequired"),
                (Some(PinClaim::Fits(pin)), Some((_, Some(own)))) if pin == own => {}
                _ => no.push("PinWrong"),
            }
        } else if known == Some(None) {
            no.push("CellMemberNotFound");
        }
        no
    }

    fn is_archived(&self, cell_id: i32) -> bool {
        self.cells.get(&cell_id).is_some_and(|cell| cell.is_archived)
    }

    pub(crate) fn price(&self, items: &[ItemWish]) -> i64 {
        items.iter().map(|line| self.price_of_one(line) * i64::from(line.quantity.get())).sum()
    }

    pub(crate) fn price_of_one(&self, line: &ItemWish) -> i64 {
        let item = &self.menu.items[&line.menu_id].item;
        let deltas = line.options.iter().map(|chosen| {
            let mut options = item.option_groups.iter().flat_map(|group| &group.options);
            let option = options.find(|option| option.option_id == chosen.option_id).unwrap();
            i64::from(option.price_delta) * i64::from(chosen.quantity.get())
        });
        (i64::from(item.price) + deltas.sum::<i64>()).max(0)
    }

    /// Does what a command without objections does; the model makes no ids of orders.
    pub(crate) fn obey(&mut self, command: &Command, stamp: &Stamp, new_order_id: Option<&str>) {
        self.obey_at_tables(command, stamp, new_order_id);
        match command {
            Command::PlaceOrder(wish) => self.place(wish, stamp, new_order_id.unwrap()),
            Command::SetOrderStatus { order_id, status } => {
                self.set_status(order_id, *status);
                if *status == Status::Ready {
                    self.finish(order_id, stamp, |line| line.progress == Progress::Open);
                }
            }
            Command::RecallOrder { order_id } => {
                let status = step_before(self.order(order_id).unwrap().status).unwrap();
                self.set_status(order_id, status);
                self.lines_wait_again(order_id, status);
            }
            Command::BumpLines { .. }
            | Command::RecallLines { .. }
            | Command::SetPriority { .. }
            | Command::CancelLines { .. }
            | Command::RemakeLines { .. }
            | Command::AddToOrder { .. } => self.obey_lines(command, stamp),
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
            Command::TransferPoints { from_cell_id, to_cell_id, amount, .. } => {
                self.book(*from_cell_id, -i64::from(amount.get()));
                self.book(*to_cell_id, i64::from(amount.get()));
            }
            Command::ArchiveCell { cell_id, is_archived } => {
                self.cells.get_mut(cell_id).unwrap().is_archived = *is_archived;
            }
            Command::PutCellMember { cell_id, member_id, name, pin } => {
                let cell = self.cells.get_mut(cell_id).unwrap();
                let id = id_or_next(*member_id, &mut cell.newest_member_id);
                let member = cell.members.entry(id).or_default();
                member.0.clone_from(name);
                match pin {
                    SecretChange::Keep => {}
                    SecretChange::Remove => member.1 = None,
                    SecretChange::Set(hash) => member.1 = Some(hash.clone()),
                }
            }
            Command::DeleteCellMember { cell_id, member_id } => {
                self.cells.get_mut(cell_id).unwrap().members.remove(member_id);
            }
            Command::StartIncident(fault) => {
                self.incidents.insert(fault.incident_id.clone(), false);
            }
            Command::ResolveIncident { incident_id } => {
                self.incidents.insert(incident_id.clone(), true);
            }
            Command::Device(command) => self.obey_device(command),
            Command::Staff(command) => self.obey_staff(command, stamp),
            Command::CloseDay(_) => self.closed += 1,
            Command::TimeOut => self.end_sessions(stamp.now.as_ms()),
            // Done above.
            Command::Seat(_) | Command::Bell(_) | Command::SendMessage { .. } => {}
            Command::SetSetting { key, value } => {
                self.settings.insert(key.clone(), value.clone());
            }
        }
    }

    fn book(&mut self, cell_id: i32, amount: i64) {
        self.cells.get_mut(&cell_id).unwrap().ledger.push(amount);
    }

    /// A payment or a refund of an order, if a cell paid it.
    pub(crate) fn book_order(&mut self, id: &str, amount: i64) {
        let order = self.order_mut(id);
        if let Some(cell_id) = order.cell.filter(|_| amount != 0) {
            order.booked.push(amount);
            self.book(cell_id, amount);
        }
    }

    pub(crate) fn order_mut(&mut self, id: &str) -> &mut Order {
        self.orders.iter_mut().find(|order| order.id == id).unwrap()
    }

    pub(crate) fn set_status(&mut self, id: &str, status: Status) {
        self.order_mut(id).status = status;
    }

    fn place(&mut self, wish: &PlaceOrder, stamp: &Stamp, id: &str) {
        let day = self.day_of(stamp);
        if self.day < Some(day) {
            for order in &mut self.orders {
                order.is_gone |= [Status::Completed, Status::Cancelled].contains(&order.status);
            }
        }
        self.day = Some(day);
        if !wish.external_id.is_empty() {
            self.external_ids.insert((day, wish.source as i32, wish.external_id.clone()));
        }
        let mut order = Order {
            id: id.into(),
            day,
            number: 1 + self.orders.iter().filter(|order| order.day == day).count(),
            status: Status::Pending,
            is_priority: false,
            // Without one it is the seat's, whose id is its name here.
            table: if wish.table.is_empty() { &wish.seat_id } else { &wish.table }.clone(),
            cell: wish.cell_id,
            lines: Vec::new(),
            booked: Vec::new(),
            is_gone: false,
        };
        order.lines = self.lines_of(&wish.items, 0, 0);
        let total = order.total();
        self.move_stock(&order.lines, -1);
        self.orders.push(order);
        self.book_order(id, -total);
    }

    fn cancel(&mut self, id: &str) {
        let order = self.order(id).unwrap();
        let total = order.total();
        if order.status == Status::Pending {
            let standing: Vec<Line> = order.standing().cloned().collect();
            self.move_stock(&standing, 1);
        }
        self.book_order(id, total);
        self.set_status(id, Status::Cancelled);
    }

    pub(crate) fn move_stock(&mut self, lines: &[Line], sign: i64) {
        for line in lines {
            if let Some(remaining) =
                self.menu.items.get_mut(&line.menu_id).and_then(|item| item.remaining.as_mut())
            {
                *remaining += sign * line.count;
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
