//! How much is left of what is counted.
//!
//! An item of which 0 are left is sold out, and is on sale again as soon as more are left or it is
//! no longer counted. One that somebody marked as sold out stays so, whatever is left: only who
//! marks it as on sale ends that.

use std::collections::{BTreeMap, BTreeSet};

use kiosk_proto::v1::{
    MenuItem, OrderItem, RestockCount, SoldOutChanged, StockBatchChanged, StockChanged, StockCount,
    event::Payload,
};

use crate::{ItemWish, Rejection, Stamp, State, limits::STOCK_MAX, menu::find};

pub(crate) fn set(
    state: &State,
    counts: &[StockCount],
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let mut changes = Vec::with_capacity(counts.len());
    let mut counted = BTreeSet::new();
    for count in counts {
        let item = find(state, count.menu_id)?;
        check_count(count, counted.insert(count.menu_id))
            .map_err(|problem| Rejection::StockInvalid { problem })?;
        if item.remaining != count.remaining {
            changes.push((item, count.remaining));
        }
    }
    Ok(events(changes, stamp))
}

fn check_count(count: &StockCount, is_first: bool) -> Result<(), String> {
    let StockCount { menu_id, remaining } = count;
    match *remaining {
        _ if !is_first => Err(format!("menu_id {menu_id} is counted twice")),
        Some(remaining) if !(0..=STOCK_MAX).contains(&remaining) => {
            Err(format!("remaining of {menu_id} is {remaining}, not 0 to {STOCK_MAX}"))
        }
        _ => Ok(()),
    }
}

/// Adds to what is left. Of what is not counted nobody knows how many there are then.
pub(crate) fn restock(
    state: &State,
    counts: &[RestockCount],
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let mut changes = Vec::with_capacity(counts.len());
    let mut counted = BTreeSet::new();
    for RestockCount { menu_id, count } in counts {
        let item = find(state, *menu_id)?;
        let invalid = |problem| Err(Rejection::StockInvalid { problem });
        if !counted.insert(*menu_id) {
            return invalid(format!("menu_id {menu_id} is restocked twice"));
        }
        if !(1..=STOCK_MAX).contains(count) {
            return invalid(format!("count of {menu_id} is {count}, not 1 to {STOCK_MAX}"));
        }
        let Some(remaining) = item.remaining else {
            let menu_name = item.name.clone();
            return Err(Rejection::NotCounted { menu_id: *menu_id, menu_name });
        };
        let sum = remaining.saturating_add(*count);
        if sum > STOCK_MAX {
            return invalid(format!(
                "remaining of {menu_id} would be {sum}, more than {STOCK_MAX}"
            ));
        }
        changes.push((item, Some(sum)));
    }
    Ok(events(changes, stamp))
}

/// What is left of each counted item after these lines; an error when one is sold out or short.
pub(crate) fn take(
    state: &State,
    wishes: &[ItemWish],
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let mut wanted = BTreeMap::<i32, i32>::new();
    for wish in wishes {
        find(state, wish.menu_id)?;
        let sum = wanted.entry(wish.menu_id).or_default();
        *sum = sum.saturating_add(wish.quantity.get());
    }
    take_counted(state, wanted, stamp)
}

/// As [`take`], for lines that are made again: what is off the menu is not counted any more.
pub(crate) fn take_again(
    state: &State,
    lines: &[OrderItem],
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    take_counted(state, counted(lines), stamp)
}

fn take_counted(
    state: &State,
    wanted: BTreeMap<i32, i32>,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let mut changes = Vec::new();
    for (menu_id, wanted) in wanted {
        let Some(item) = state.menu.get(&menu_id).map(|item| &**item) else { continue };
        let menu_name = item.name.clone();
        // Of what the stock has sold out, it is told below that 0 are left.
        if item.is_sold_out && !item.sold_out_by_stock {
            return Err(Rejection::SoldOut { menu_id, menu_name });
        }
        let Some(remaining) = item.remaining else { continue };
        if remaining < wanted {
            return Err(Rejection::OutOfStock { menu_id, menu_name, remaining, wanted });
        }
        changes.push((item, Some(remaining.saturating_sub(wanted))));
    }
    Ok(events(changes, stamp))
}

/// The stock of a cancelled order goes back to the items that are still on the menu and counted.
pub(crate) fn give_back<'a>(
    state: &State,
    lines: impl IntoIterator<Item = &'a OrderItem>,
    stamp: &Stamp,
) -> Vec<Payload> {
    let changes = counted(lines).into_iter().filter_map(|(menu_id, count)| {
        let item = state.menu.get(&menu_id)?;
        Some((&**item, Some(item.remaining?.saturating_add(count))))
    });
    events(changes.collect(), stamp)
}

/// How many of each item.
fn counted<'a>(lines: impl IntoIterator<Item = &'a OrderItem>) -> BTreeMap<i32, i32> {
    let mut counts = BTreeMap::<i32, i32>::new();
    for line in lines {
        let sum = counts.entry(line.menu_id).or_default();
        *sum = sum.saturating_add(line.quantity);
    }
    counts
}

/// One event for all changes, and one for each item that is on sale or sold out by it.
fn events(changes: Vec<(&MenuItem, Option<i32>)>, stamp: &Stamp) -> Vec<Payload> {
    let sold_out: Vec<Payload> = changes
        .iter()
        .filter_map(|(item, remaining)| sold_out_changed(item, *remaining, stamp))
        .collect();
    let changes = changes.into_iter().map(|(item, remaining)| StockChanged {
        menu_id: item.menu_id,
        menu_name: item.name.clone(),
        remaining,
        updated_at: Some(stamp.now),
    });
    one_or_batch(changes.collect()).into_iter().chain(sold_out).collect()
}

fn sold_out_changed(item: &MenuItem, remaining: Option<i32>, stamp: &Stamp) -> Option<Payload> {
    let is_sold_out = remaining == Some(0);
    let is_news = if is_sold_out { !item.is_sold_out } else { item.sold_out_by_stock };
    is_news.then(|| {
        Payload::MenuSoldOutChanged(SoldOutChanged {
            menu_id: item.menu_id,
            menu_name: item.name.clone(),
            is_sold_out,
            updated_at: Some(stamp.now),
            by_stock: true,
        })
    })
}

fn one_or_batch(mut changes: Vec<StockChanged>) -> Option<Payload> {
    match changes.len() {
        0 | 1 => changes.pop().map(Payload::MenuStockChanged),
        _ => Some(Payload::MenuStockBatchChanged(StockBatchChanged { items: changes })),
    }
}

/// An item that is put is sold out if it says so, or if it says that 0 are left. It is the stock that
/// did it unless only the item says so, and not because it was read when the stock had done it.
pub(crate) fn settle(old: Option<&MenuItem>, item: &mut MenuItem) {
    let is_gone = item.remaining == Some(0);
    let was_by_stock = item.sold_out_by_stock || old.is_some_and(|old| old.sold_out_by_stock);
    item.sold_out_by_stock = is_gone && (!item.is_sold_out || was_by_stock);
    item.is_sold_out |= is_gone;
}
