//! What one customer is going to do.

use std::time::Duration;

use kiosk_proto::v1::{
    MenuItem, OptionGroup, PlaceOrderItem, PlaceOrderOption, PlaceOrderRequest,
    fulfilment::Value as Fulfilment, order_source::Value as Source, pay_type::Value as PayType,
};
use rand::{Rng, RngExt as _, seq::IndexedRandom as _};

use super::{day::minutes, purse::Member};

/// One customer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Visit {
    /// From opening on.
    pub(super) arrives: Duration,
    /// Without a request id, a seat or a PIN.
    pub(super) wish: PlaceOrderRequest,
    /// Who pays with a PIN, and whether a wrong one is typed first.
    pub(super) member: Option<(Member, bool)>,
    /// Who eats here takes a table.
    pub(super) table: Option<Table>,
    /// So long after the order was placed; in the order of time.
    pub(super) deeds: Vec<(Duration, Deed)>,
    /// From READY to the counter.
    pub(super) walks: Duration,
    pub(super) ending: Ending,
}

/// Which table, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Table {
    /// Of what the screen shows as free, this one, counted round and round.
    pub(super) taste: u32,
    /// Taps one first that somebody has.
    pub(super) taps_taken: bool,
    /// Once everything is eaten.
    pub(super) stays: Duration,
}

/// Between order and counter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Deed {
    /// Wants it no more.
    Cancel,
    /// Wants one thing less, of this line, counted round and round.
    Drop(usize),
    /// Wants one line more, which should cost so much.
    Add(PlaceOrderItem, i32),
    /// Is let go before the others, or no more.
    Hurry(bool),
    /// Calls staff to the table.
    Ring,
}

/// How it ends at the counter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ending {
    Well,
    /// Something is not on the tray: back to the kitchen with it.
    Missing,
    /// It is not what was ordered: the money back.
    Complaint,
    /// Spilt on the way to the table: one is made again.
    Spilt,
}

/// What there is to wish for, and who pays.
pub(super) struct Choice<'a> {
    pub(super) menu: &'a [MenuItem],
    /// At a kiosk, what customers may order at any time of the real day.
    pub(super) payers: &'a [Payer],
    pub(super) has_seats: bool,
}

/// A cell, and who of it orders, where it wants to know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Payer {
    pub(super) cell_id: i32,
    pub(super) member_id: Option<i32>,
}

/// A customer of the till or of a kiosk.
pub(super) fn plan(
    random: &mut impl Rng,
    choice: &Choice<'_>,
    arrives: Duration,
    at_till: bool,
) -> Visit {
    let lines = [1, 1, 1, 2, 2, 3, 4].choose(random).copied().unwrap_or(1);
    let mut total = 0_i32;
    let mut items = Vec::new();
    for item in choice.menu.sample(random, lines) {
        let (line, price) = line(random, item);
        total = total.saturating_add(price);
        items.push(line);
    }
    let payer = choice.payers.choose(random).filter(|_| random.random_bool(0.25));
    let pay_type = match random.random_range(0..100) {
        _ if payer.is_some() => PayType::Cell,
        0..75 => PayType::Card,
        75..95 => PayType::Cash,
        _ => PayType::Transfer,
    };
    let dine_in = random.random_bool(0.4);
    let table = (dine_in && !at_till && choice.has_seats).then(|| table(random));
    let fumbles = random.random_bool(0.15);
    let member = payer.filter(|_| !at_till).and_then(|it| Some((it.cell_id, it.member_id?)));
    Visit {
        arrives,
        wish: PlaceOrderRequest {
            items,
            pay_type: pay_type.into(),
            cell_id: payer.map(|payer| payer.cell_id),
            fulfilment: if dine_in { Fulfilment::DineIn } else { Fulfilment::TakeOut }.into(),
            source: if at_till { Source::Pos } else { Source::Kiosk }.into(),
            expected_total: Some(total),
            ..PlaceOrderRequest::default()
        },
        member: member.map(|member| (member, fumbles)),
        deeds: deeds(random, choice.menu, table.is_some()),
        table,
        walks: minutes(random, 0.1, 3.0),
        ending: match random.random_range(0..1_000) {
            0..20 => Ending::Missing,
            20..35 => Ending::Complaint,
            35..60 => Ending::Spilt,
            _ => Ending::Well,
        },
    }
}

fn table(random: &mut impl Rng) -> Table {
    // Half of the guests like the first table best, so that kiosks tap the same.
    let taste = if random.random_bool(0.5) { 0 } else { random.random_range(0..1_000) };
    Table { taste, taps_taken: random.random_bool(0.1), stays: minutes(random, 5.0, 40.0) }
}

fn deeds(random: &mut impl Rng, menu: &[MenuItem], has_table: bool) -> Vec<(Duration, Deed)> {
    let mut deeds = Vec::new();
    if random.random_bool(0.03) {
        deeds.push((minutes(random, 0.2, 4.0), Deed::Cancel));
    }
    if random.random_bool(0.06) {
        deeds.push((minutes(random, 0.2, 4.0), Deed::Drop(random.random_range(0..10))));
    }
    if random.random_bool(0.06)
        && let Some(item) = menu.choose(random)
    {
        let (line, price) = line(random, item);
        deeds.push((minutes(random, 0.5, 5.0), Deed::Add(line, price)));
    }
    if random.random_bool(0.05) {
        let since = minutes(random, 0.1, 2.0);
        deeds.push((since, Deed::Hurry(true)));
        if random.random_bool(0.5) {
            deeds.push((since + minutes(random, 0.5, 2.0), Deed::Hurry(false)));
        }
    }
    if has_table && random.random_bool(0.25) {
        deeds.push((minutes(random, 1.0, 10.0), Deed::Ring));
    }
    deeds.sort_by_key(|(after, _)| *after);
    deeds
}

/// A line of an order, and what it should cost.
fn line(random: &mut impl Rng, item: &MenuItem) -> (PlaceOrderItem, i32) {
    let quantity = if random.random_bool(0.85) { 1 } else { random.random_range(2..=4) };
    let mut options = Vec::new();
    let mut price = item.price;
    for group in &item.option_groups {
        for (option_id, count, delta) in choose(random, group) {
            price = price.saturating_add(delta.saturating_mul(count));
            options.push(PlaceOrderOption { option_id, quantity: count });
        }
    }
    let note = if random.random_bool(0.05) { "연하게 부탁드려요" } else { "" };
    let line = PlaceOrderItem { menu_id: item.menu_id, quantity, options, note: note.to_owned() };
    (line, price.max(0).saturating_mul(quantity))
}

/// As many options as the group asks for, seldom more: id, quantity and price of one.
fn choose(random: &mut impl Rng, group: &OptionGroup) -> Vec<(i32, i32, i32)> {
    let more = i32::from(group.max > group.min && random.random_bool(0.2));
    let wanted = group.min.saturating_add(more);
    let on_sale: Vec<_> = group.options.iter().filter(|option| !option.is_sold_out).collect();
    let mut chosen: Vec<_> = on_sale
        .sample(random, usize::try_from(wanted).unwrap_or(0))
        .map(|option| (option.option_id, 1, option.price_delta))
        .collect();
    // A group may ask for more than it has: then one of them several times.
    let lacking = wanted.saturating_sub(chosen.len() as i32);
    if let Some((_, count, _)) = chosen.last_mut() {
        *count += lacking;
    }
    chosen
}
