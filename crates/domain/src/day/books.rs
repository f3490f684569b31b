//! Sums by pay type, hour, category and item. Whatever is entered is entered in each of them, so each
//! comes to the same.

use std::{cmp::Reverse, collections::BTreeMap};

use jiff::tz::TimeZone;
use kiosk_proto::{
    Timestamp,
    v1::{CategoryTotal, HourTotal, ItemTotal, OrderItem, PayTypeTotal},
};

use crate::limits::{REPORT_CATEGORIES_BYTES_MAX, REPORT_ENTRY_BYTES, TALLY_NAMES_MAX};

/// Which way money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    In,
    Back,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Money {
    pub(crate) orders: i64,
    pub(crate) gross: i64,
    pub(crate) refunds: i64,
}

impl Money {
    pub(crate) fn net(&self) -> i64 {
        self.gross - self.refunds
    }

    /// What came in for each order.
    pub(crate) fn average(&self) -> i64 {
        self.gross.checked_div_euclid(self.orders).unwrap_or(0)
    }

    pub(crate) fn enter(&mut self, side: Side, amount: i64) {
        match side {
            Side::In => self.gross += amount,
            Side::Back => self.refunds += amount,
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Goods {
    quantity: i64,
    refunded_quantity: i64,
    remade_quantity: i64,
    money: Money,
}

impl Goods {
    fn enter(&mut self, side: Side, quantity: i64, amount: i64) {
        match side {
            Side::In => self.quantity += quantity,
            Side::Back => self.refunded_quantity += quantity,
        }
        self.money.enter(side, amount);
    }

    fn add(&mut self, other: &Self) {
        self.quantity += other.quantity;
        self.refunded_quantity += other.refunded_quantity;
        self.remade_quantity += other.remade_quantity;
        self.money.gross += other.money.gross;
        self.money.refunds += other.money.refunds;
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Books {
    pub(crate) total: Money,
    by_pay_type: BTreeMap<i32, Money>,
    by_hour: [Money; 24],
    by_category: BTreeMap<String, Goods>,
    by_item: BTreeMap<i32, (String, Goods)>,
}

impl Books {
    /// An order was placed.
    pub(crate) fn count_order(&mut self, pay_type: i32, hour: usize) {
        self.total.orders += 1;
        self.by_pay_type.entry(pay_type).or_default().orders += 1;
        if let Some(money) = self.by_hour.get_mut(hour) {
            money.orders += 1;
        }
    }

    /// These lines, for that amount. What they do not come to was of no item that is known.
    pub(crate) fn enter(
        &mut self,
        side: Side,
        pay_type: i32,
        hour: usize,
        items: &[OrderItem],
        amount: i32,
    ) {
        let mut rest = i64::from(amount);
        for item in items {
            rest -= i64::from(item.total_price);
            self.enter_line(side, pay_type, hour, item);
        }
        if rest != 0 {
            self.enter_sums(side, pay_type, hour, rest);
            self.category("").enter(side, 0, rest);
            self.item(0, "").enter(side, 0, rest);
        }
    }

    /// One line, for its price.
    pub(crate) fn enter_line(&mut self, side: Side, pay_type: i32, hour: usize, item: &OrderItem) {
        let (quantity, amount) = (item.quantity.into(), item.total_price.into());
        self.enter_sums(side, pay_type, hour, amount);
        self.category(&item.category).enter(side, quantity, amount);
        self.item(item.menu_id, &item.menu_name).enter(side, quantity, amount);
    }

    /// It was made again; nobody paid for that.
    pub(crate) fn count_remade(&mut self, item: &OrderItem) {
        self.item(item.menu_id, &item.menu_name).remade_quantity += i64::from(item.quantity);
    }

    pub(crate) fn by_pay_type(&self) -> Vec<PayTypeTotal> {
        let total = |(&pay_type, money): (&i32, &Money)| PayTypeTotal {
            pay_type,
            orders: money.orders,
            gross: money.gross,
            refunds: money.refunds,
            net: money.net(),
        };
        self.by_pay_type.iter().map(total).collect()
    }

    pub(crate) fn by_hour(&self) -> Vec<HourTotal> {
        let total = |(hour, money): (i32, &Money)| HourTotal {
            hour,
            orders: money.orders,
            gross: money.gross,
            refunds: money.refunds,
            net: money.net(),
        };
        (0..).zip(&self.by_hour).map(total).collect()
    }

    pub(crate) fn by_category(&self) -> Vec<CategoryTotal> {
        let named = self.by_category.iter().filter(|(name, _)| !name.is_empty());
        let named = named.map(|(name, it)| (name, name, *it));
        let (listed, left) = largest(named, usize::MAX, REPORT_CATEGORIES_BYTES_MAX);
        let unnamed = [self.by_category.get("").copied(), left];
        let unnamed = sum(unnamed).map(|it| (String::new(), it));
        let total = |(category, it): (String, Goods)| CategoryTotal {
            category,
            quantity: it.quantity,
            gross: it.money.gross,
            refunded_quantity: it.refunded_quantity,
            refunds: it.money.refunds,
            net: it.money.net(),
        };
        listed.into_iter().map(|(name, it)| (name.clone(), it)).chain(unnamed).map(total).collect()
    }

    /// So many, and such that their JSON is not longer than that.
    pub(crate) fn by_item(&self, items_max: usize, bytes_max: usize) -> Vec<ItemTotal> {
        let named = self.by_item.iter().filter(|(menu_id, _)| **menu_id != 0);
        let named = named.map(|(menu_id, (name, it))| ((*menu_id, name), name, *it));
        let (listed, left) = largest(named, items_max, bytes_max);
        let unnamed = [self.by_item.get(&0).map(|(_, it)| *it), left];
        let unnamed = sum(unnamed).map(|it| ((0, String::new()), it));
        let total = |((menu_id, menu_name), it): ((i32, String), Goods)| ItemTotal {
            menu_id,
            menu_name,
            quantity: it.quantity,
            gross: it.money.gross,
            refunded_quantity: it.refunded_quantity,
            refunds: it.money.refunds,
            net: it.money.net(),
            remade_quantity: it.remade_quantity,
        };
        let listed = listed.into_iter().map(|((id, name), it)| ((id, name.clone()), it));
        listed.chain(unnamed).map(total).collect()
    }

    pub(crate) fn remade_quantity(&self) -> i64 {
        self.by_item.values().map(|(_, it)| it.remade_quantity).sum()
    }

    fn enter_sums(&mut self, side: Side, pay_type: i32, hour: usize, amount: i64) {
        self.total.enter(side, amount);
        self.by_pay_type.entry(pay_type).or_default().enter(side, amount);
        if let Some(money) = self.by_hour.get_mut(hour) {
            money.enter(side, amount);
        }
    }

    /// Names that there is no room for count as none.
    fn category(&mut self, name: &str) -> &mut Goods {
        let is_full = self.by_category.len() >= TALLY_NAMES_MAX;
        let name = if is_full && !self.by_category.contains_key(name) { "" } else { name };
        self.by_category.entry(name.into()).or_default()
    }

    /// The name that was used last is the one that is shown.
    fn item(&mut self, menu_id: i32, name: &str) -> &mut Goods {
        let is_full = self.by_item.len() >= TALLY_NAMES_MAX;
        let menu_id = if is_full && !self.by_item.contains_key(&menu_id) { 0 } else { menu_id };
        let (known, goods) = self.by_item.entry(menu_id).or_default();
        if known != name {
            name.clone_into(known);
        }
        goods
    }
}

/// The hour of the day by the wall clock there.
pub(crate) fn local_hour(time: Timestamp, zone: &TimeZone) -> usize {
    let time =
        jiff::Timestamp::from_millisecond(time.as_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    usize::from(zone.to_datetime(time).hour().unsigned_abs())
}

/// Those with the largest gross, largest first, as many as there is room for; and the sum of the
/// others.
fn largest<'a, K: Ord + Copy>(
    all: impl Iterator<Item = (K, &'a String, Goods)>,
    max: usize,
    bytes_max: usize,
) -> (Vec<(K, Goods)>, Option<Goods>) {
    let mut all: Vec<(K, &String, Goods)> = all.collect();
    all.sort_by_key(|(key, _, it)| (Reverse(it.money.gross), *key));
    let mut bytes = 0_usize;
    let fitting = all.iter().take_while(|(_, name, _)| {
        bytes = bytes.saturating_add(REPORT_ENTRY_BYTES).saturating_add(json_bytes(name));
        bytes <= bytes_max
    });
    let listed = fitting.count().min(max);
    let left = all.split_off(listed);
    let listed = all.into_iter().map(|(key, _, it)| (key, it)).collect();
    (listed, sum(left.into_iter().map(|(.., it)| Some(it))))
}

/// What a text takes between its quotes; one that is written as its code takes six bytes.
fn json_bytes(text: &str) -> usize {
    text.bytes().map(|byte| if byte < b' ' || matches!(byte, b'"' | b'\\') { 6 } else { 1 }).sum()
}

/// None when there is none.
fn sum(all: impl IntoIterator<Item = Option<Goods>>) -> Option<Goods> {
    all.into_iter().flatten().reduce(|mut sum, it| {
        sum.add(&it);
        sum
    })
}
