//! The lines of the model's orders.

use std::collections::BTreeSet;

use kiosk_domain::{Command, ItemWish, LineChoice, PartWish, Stamp};
use kiosk_proto::v1::{
    line_status::Value as LineStatus, order_status::Value as Status, role::Value as Role,
};

use crate::model::{Model, Order};

#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: i32,
    pub(crate) menu_id: i32,
    pub(crate) station: String,
    pub(crate) count: i64,
    /// Of one.
    pub(crate) price: i64,
    pub(crate) progress: Progress,
    pub(crate) addition: i32,
    pub(crate) remakes: i32,
    pub(crate) split_from: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Open,
    /// At that millisecond.
    Done(i64),
    Cancelled,
}

impl Progress {
    pub(crate) fn status(self) -> LineStatus {
        match self {
            Self::Open => LineStatus::Waiting,
            Self::Done(_) => LineStatus::Done,
            Self::Cancelled => LineStatus::Cancelled,
        }
    }
}

impl Order {
    pub(crate) fn standing(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.progress != Progress::Cancelled)
    }

    pub(crate) fn total(&self) -> i64 {
        self.standing().map(|line| line.count * line.price).sum()
    }

    fn line(&self, id: i32) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }
}

impl Model {
    pub(crate) fn objections_to_lines(
        &self,
        command: &Command,
        stamp: &Stamp,
    ) -> BTreeSet<&'static str> {
        let (Command::BumpLines { order_id, .. }
        | Command::RecallLines { order_id, .. }
        | Command::SetPriority { order_id, .. }
        | Command::CancelLines { order_id, .. }
        | Command::RemakeLines { order_id, .. }
        | Command::AddToOrder { order_id, .. }) = command
        else {
            unreachable!("not about lines");
        };
        let Some(order) = self.order(order_id) else { return ["OrderNotFound"].into() };
        let mut no = BTreeSet::new();
        let may_be_completed =
            matches!(command, Command::RecallLines { .. } | Command::RemakeLines { .. });
        let is_closed = order.status == Status::Cancelled
            || order.status == Status::Completed && !may_be_completed;
        if is_closed {
            no.insert("OrderClosed");
        }
        match command {
            Command::BumpLines { lines, .. } | Command::RecallLines { lines, .. } => {
                no.extend(objections_to_choice(order, lines));
            }
            Command::CancelLines { parts, .. } => {
                no.extend(objections_to_parts(order, parts));
                let staff = [Role::Admin, Role::Staff, Role::Pos].contains(&stamp.actor.role);
                let mut named = parts.iter().filter_map(|part| order.line(part.line_id));
                if named.any(|line| matches!(line.progress, Progress::Done(_))) && !staff {
                    no.insert("LineNeedsStaff");
                }
            }
            Command::RemakeLines { parts, .. } => {
                if order.status == Status::Pending {
                    no.insert("NotBegun");
                }
                no.extend(objections_to_parts(order, parts));
                no.extend(self.objections_to_remake(order, parts));
            }
            Command::AddToOrder { items, expected_total, .. } => {
                let kiosk = stamp.actor.role == Role::Kiosk;
                if kiosk && self.setting("is_kiosk_active", "true") == "false" {
                    no.insert("KioskInactive");
                }
                no.extend(self.objection_to_time(stamp).filter(|_| kiosk));
                let payer = order.cell.map(|id| self.objections_to_payer(id, None, kiosk));
                no.extend(payer.unwrap_or_default());
                no.extend(self.objections_to_addition(order, items, *expected_total, stamp));
            }
            _ => {}
        }
        no
    }

    fn objections_to_remake(&self, order: &Order, parts: &[PartWish]) -> BTreeSet<&'static str> {
        let mut no = BTreeSet::new();
        let again = || {
            parts.iter().filter_map(|part| {
                let line = order.line(part.line_id)?;
                let count = part.quantity.map_or(line.count, |count| count.get().into());
                Some((line.menu_id, count))
            })
        };
        for (menu_id, _) in again() {
            let Some(item) = self.menu.items.get(&menu_id) else { continue };
            let wanted: i64 = again().filter(|(id, _)| *id == menu_id).map(|(_, n)| n).sum();
            if item.is_marked {
                no.insert("SoldOut");
            }
            if item.remaining.is_some_and(|remaining| remaining < wanted) {
                no.insert("OutOfStock");
            }
        }
        no
    }

    fn objections_to_addition(
        &self,
        order: &Order,
        items: &[ItemWish],
        expected_total: Option<i32>,
        stamp: &Stamp,
    ) -> BTreeSet<&'static str> {
        let customer = [Role::Kiosk, Role::Customer].contains(&stamp.actor.role);
        let mut no = self.objections_to_items(items, customer, stamp);
        if no.contains("MenuItemNotFound") || no.contains("OptionUnknown") {
            return no; // They have no price.
        }
        let added = self.price(items);
        if expected_total.is_some_and(|expected| i64::from(expected) != order.total() + added) {
            no.insert("TotalChanged");
        }
        let cell = order.cell.and_then(|id| self.cells.get(&id));
        if cell.is_some_and(|cell| added > 0 && cell.balance() - added < -cell.limit) {
            no.insert("InsufficientBalance");
        }
        no
    }

    pub(crate) fn obey_lines(&mut self, command: &Command, stamp: &Stamp) {
        match command {
            Command::BumpLines { order_id, lines } => {
                let is_chosen = chosen(lines);
                self.finish(order_id, stamp, |line| {
                    line.progress == Progress::Open && is_chosen(line)
                });
            }
            Command::RecallLines { order_id, lines } => {
                let is_chosen = chosen(lines);
                let order = self.order_mut(order_id);
                let done = order
                    .lines
                    .iter_mut()
                    .filter(|line| matches!(line.progress, Progress::Done(_)) && is_chosen(line));
                let again = done.map(|line| line.progress = Progress::Open).count();
                if again > 0 {
                    order.status = Status::Making;
                }
            }
            Command::SetPriority { order_id, is_priority } => {
                self.order_mut(order_id).is_priority = *is_priority;
            }
            Command::CancelLines { order_id, parts, .. } => self.cancel_lines(order_id, parts),
            Command::RemakeLines { order_id, parts, .. } => {
                let order = self.order_mut(order_id);
                order.status = Status::Making;
                let mut again = Vec::new();
                for id in split(order, parts) {
                    let line = order.lines.iter_mut().find(|line| line.id == id).unwrap();
                    line.progress = Progress::Open;
                    line.remakes += 1;
                    again.push(line.clone());
                }
                self.move_stock(&again, -1);
            }
            Command::AddToOrder { order_id, items, .. } => {
                let order = self.order(order_id).unwrap();
                let addition = 1 + order.lines.iter().map(|line| line.addition).max().unwrap();
                let added = self.lines_of(items, order.lines.len(), addition);
                let price = self.price(items);
                self.move_stock(&added, -1);
                self.book_order(order_id, -price);
                let order = self.order_mut(order_id);
                order.lines.extend(added);
                if order.status == Status::Ready {
                    order.status = Status::Making;
                }
            }
            _ => unreachable!("not about lines"),
        }
    }

    fn cancel_lines(&mut self, id: &str, parts: &[PartWish]) {
        let order = self.order_mut(id);
        let before = order.total();
        let mut gone = Vec::new();
        for id in split(order, parts) {
            let line = order.lines.iter_mut().find(|line| line.id == id).unwrap();
            line.progress = Progress::Cancelled;
            gone.push(line.clone());
        }
        let back = before - order.total();
        let was_pending = order.status == Status::Pending;
        if order.standing().next().is_none() {
            order.status = Status::Cancelled;
        } else if order.standing().all(|line| line.progress != Progress::Open) {
            order.status = Status::Ready;
        }
        let is_cancelled = order.status == Status::Cancelled;
        if was_pending {
            self.move_stock(&gone, 1);
        }
        self.book_order(id, back);
        if is_cancelled && self.setting("seat_free_on", "cancelled") != "staff" {
            self.leave(id);
        }
    }

    /// These lines are done, and the order with them if they were the last.
    pub(crate) fn finish(&mut self, id: &str, stamp: &Stamp, which: impl Fn(&Line) -> bool) {
        let order = self.order_mut(id);
        let which = order.lines.iter_mut().filter(|line| which(line));
        let done = which.map(|line| line.progress = Progress::Done(stamp.now.as_ms())).count();
        if done > 0 {
            let is_open = order.lines.iter().any(|line| line.progress == Progress::Open);
            order.status = if is_open { Status::Making } else { Status::Ready };
        }
    }

    /// What the step back of the whole order takes along.
    pub(crate) fn lines_wait_again(&mut self, id: &str, to: Status) {
        let lines = &mut self.order_mut(id).lines;
        let done_at = |line: &Line| match line.progress {
            Progress::Done(at) => Some(at),
            _ => None,
        };
        let last = lines.iter().filter_map(done_at).max();
        for line in lines {
            let is_back = match to {
                Status::Pending => done_at(line).is_some(),
                Status::Making => done_at(line).is_some() && done_at(line) == last,
                _ => false,
            };
            if is_back {
                line.progress = Progress::Open;
            }
        }
    }

    /// New lines, after so many that there are.
    pub(crate) fn lines_of(&self, items: &[ItemWish], known: usize, addition: i32) -> Vec<Line> {
        let line = |(wish, id): (&ItemWish, i32)| Line {
            id,
            menu_id: wish.menu_id,
            station: self.station_of(&self.menu.items[&wish.menu_id].item),
            count: wish.quantity.get().into(),
            price: self.price_of_one(wish),
            progress: Progress::Open,
            addition,
            remakes: 0,
            split_from: 0,
        };
        items.iter().zip(1 + i32::try_from(known).unwrap()..).map(line).collect()
    }
}

fn chosen(choice: &LineChoice) -> impl Fn(&Line) -> bool {
    |line: &Line| match choice {
        LineChoice::All => true,
        LineChoice::Station(station) => line.station == *station,
        LineChoice::Lines(ids) => ids.contains(&line.id),
    }
}

fn objections_to_choice(order: &Order, choice: &LineChoice) -> BTreeSet<&'static str> {
    match choice {
        LineChoice::All => BTreeSet::new(),
        LineChoice::Station(station) => {
            let none = !order.standing().any(|line| line.station == *station);
            none.then_some("NoLineAtStation").into_iter().collect()
        }
        LineChoice::Lines(ids) => objections_to_ids(order, ids),
    }
}

fn objections_to_ids(order: &Order, ids: &[i32]) -> BTreeSet<&'static str> {
    let mut no = BTreeSet::new();
    if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
        no.insert("LineNamedTwice");
    }
    for id in ids {
        match order.line(*id).map(|line| line.progress) {
            None => drop(no.insert("LineNotFound")),
            Some(Progress::Cancelled) => drop(no.insert("LineCancelled")),
            Some(_) => {}
        }
    }
    no
}

fn objections_to_parts(order: &Order, parts: &[PartWish]) -> BTreeSet<&'static str> {
    let ids: Vec<i32> = parts.iter().map(|part| part.line_id).collect();
    let mut no = objections_to_ids(order, &ids);
    for part in parts {
        let has = order.line(part.line_id).map_or(i64::MAX, |line| line.count);
        if part.quantity.is_some_and(|count| i64::from(count.get()) > has) {
            no.insert("LineQuantity");
        }
    }
    no
}

/// Makes lines of their own of the parts; their numbers are the counts of lines.
fn split(order: &mut Order, parts: &[PartWish]) -> Vec<i32> {
    let mut ids = Vec::new();
    for part in parts {
        let id = i32::try_from(order.lines.len()).unwrap() + 1;
        let line = order.lines.iter_mut().find(|line| line.id == part.line_id).unwrap();
        let count = part.quantity.map_or(line.count, |count| count.get().into());
        if count == line.count {
            ids.push(line.id);
            continue;
        }
        line.count -= count;
        let part = Line { id, count, split_from: line.id, ..line.clone() };
        order.lines.push(part);
        ids.push(id);
    }
    ids
}
