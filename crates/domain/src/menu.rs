use std::collections::{BTreeMap, BTreeSet};

use kiosk_proto::v1::{
    MenuItem, MenuItemDeleted, OrderItem, SoldOutChanged, StockBatchChanged, StockChanged,
    StockCount, event::Payload,
};
use prost::Message as _;

use crate::{
    ItemWish, Rejection, Stamp, State,
    limits::{
        LABEL_CHARS_MAX, MENU_ITEMS_MAX, MONEY_MAX, NAME_CHARS_MAX, OPTIONS_MAX, QUANTITY_MAX,
        ROW_BYTES_MAX, STOCK_MAX,
    },
};

pub(crate) fn put(state: &State, item: &MenuItem) -> Result<Vec<Payload>, Rejection> {
    check_item(item).map_err(|problem| Rejection::MenuItemInvalid { problem })?;
    let is_new = !state.menu.contains_key(&item.menu_id);
    if is_new && state.menu.len() >= MENU_ITEMS_MAX {
        return Err(Rejection::TooMany { what: "items on the menu", max: MENU_ITEMS_MAX });
    }
    let mut item = item.clone();
    if item.menu_id == 0 {
        item.menu_id = state
            .counters
            .menu_id
            .checked_add(1)
            .ok_or(Rejection::TooMany { what: "menu ids", max: i32::MAX as usize })?;
    }
    if state.menu.get(&item.menu_id).is_some_and(|old| **old == item) {
        return Ok(Vec::new());
    }
    Ok(vec![Payload::MenuItemChanged(item)])
}

pub(crate) fn delete(
    state: &State,
    menu_id: i32,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let menu_name = find(state, menu_id)?.name.clone();
    let updated_at = Some(stamp.now);
    Ok(vec![Payload::MenuItemDeleted(MenuItemDeleted { menu_id, menu_name, updated_at })])
}

pub(crate) fn set_sold_out(
    state: &State,
    menu_id: i32,
    is_sold_out: bool,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let item = find(state, menu_id)?;
    if item.is_sold_out == is_sold_out {
        return Ok(Vec::new());
    }
    Ok(vec![Payload::MenuSoldOutChanged(SoldOutChanged {
        menu_id,
        menu_name: item.name.clone(),
        is_sold_out,
        updated_at: Some(stamp.now),
    })])
}

pub(crate) fn set_stock(
    state: &State,
    counts: &[StockCount],
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let mut changes = Vec::with_capacity(counts.len());
    let mut counted = BTreeSet::new();
    for count in counts {
        let item = find(state, count.menu_id)?;
        check_count(count, counted.insert(count.menu_id))
            .map_err(|problem| Rejection::MenuItemInvalid { problem })?;
        if item.remaining != count.remaining {
            changes.push(stock_changed(item, count.remaining, stamp));
        }
    }
    Ok(one_or_batch(changes).into_iter().collect())
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

/// What is left of each counted item after these lines; an error when one is sold out or short.
pub(crate) fn take(
    state: &State,
    wishes: &[ItemWish],
    stamp: &Stamp,
) -> Result<Option<Payload>, Rejection> {
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
) -> Result<Option<Payload>, Rejection> {
    take_counted(state, counted(lines), stamp)
}

fn take_counted(
    state: &State,
    wanted: BTreeMap<i32, i32>,
    stamp: &Stamp,
) -> Result<Option<Payload>, Rejection> {
    let mut changes = Vec::new();
    for (menu_id, wanted) in wanted {
        let Some(item) = state.menu.get(&menu_id) else { continue };
        let menu_name = item.name.clone();
        if item.is_sold_out {
            return Err(Rejection::SoldOut { menu_id, menu_name });
        }
        let Some(remaining) = item.remaining else { continue };
        if remaining < wanted {
            return Err(Rejection::OutOfStock { menu_id, menu_name, remaining, wanted });
        }
        changes.push(stock_changed(item, Some(remaining - wanted), stamp));
    }
    Ok(one_or_batch(changes))
}

/// The stock of a cancelled order goes back to the items that are still on the menu and counted.
pub(crate) fn give_back<'a>(
    state: &State,
    lines: impl IntoIterator<Item = &'a OrderItem>,
    stamp: &Stamp,
) -> Option<Payload> {
    let changes = counted(lines).into_iter().filter_map(|(menu_id, count)| {
        let item = state.menu.get(&menu_id)?;
        Some(stock_changed(item, Some(item.remaining?.saturating_add(count)), stamp))
    });
    one_or_batch(changes.collect())
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

fn find(state: &State, menu_id: i32) -> Result<&MenuItem, Rejection> {
    state.menu.get(&menu_id).map(|item| &**item).ok_or(Rejection::MenuItemNotFound { menu_id })
}

fn stock_changed(item: &MenuItem, remaining: Option<i32>, stamp: &Stamp) -> StockChanged {
    StockChanged {
        menu_id: item.menu_id,
        menu_name: item.name.clone(),
        remaining,
        updated_at: Some(stamp.now),
    }
}

fn one_or_batch(mut changes: Vec<StockChanged>) -> Option<Payload> {
    match changes.len() {
        0 | 1 => changes.pop().map(Payload::MenuStockChanged),
        _ => Some(Payload::MenuStockBatchChanged(StockBatchChanged { items: changes })),
    }
}

/// Says what is wrong with an item, naming the field.
fn check_item(item: &MenuItem) -> Result<(), String> {
    let chars = |name: &str, text: &str, min: usize, max: usize| {
        let count = text.chars().count();
        let fits = (min..=max).contains(&count);
        fits.then_some(())
            .ok_or_else(|| format!("{name} has {count} characters, not {min} to {max}"))
    };
    let number = |name: &str, value: i32, min: i32, max: i32| {
        let fits = (min..=max).contains(&value);
        fits.then_some(()).ok_or_else(|| format!("{name} is {value}, not {min} to {max}"))
    };
    number("menu_id", item.menu_id, 0, i32::MAX)?;
    chars("name", &item.name, 1, NAME_CHARS_MAX)?;
    chars("name_en", &item.name_en, 0, NAME_CHARS_MAX)?;
    chars("category", &item.category, 0, LABEL_CHARS_MAX)?;
    chars("station", &item.station, 0, LABEL_CHARS_MAX)?;
    number("price", item.price, 0, MONEY_MAX)?;
    number("remaining", item.remaining.unwrap_or(0), 0, STOCK_MAX)?;
    number("the count of option_groups", count(&item.option_groups), 0, OPTIONS_MAX as i32)?;
    let mut ids = BTreeSet::new();
    for group in &item.option_groups {
        chars("the name of an option group", &group.name, 1, NAME_CHARS_MAX)?;
        number(&format!("max of {}", group.name), group.max, 1, QUANTITY_MAX)?;
        number(&format!("min of {}", group.name), group.min, 0, group.max)?;
        number(
            &format!("the count of options of {}", group.name),
            count(&group.options),
            1,
            OPTIONS_MAX as i32,
        )?;
        for option in &group.options {
            chars("the name of an option", &option.name, 1, NAME_CHARS_MAX)?;
            number(
                &format!("price_delta of {}", option.name),
                option.price_delta,
                -item.price,
                MONEY_MAX,
            )?;
            if !ids.insert(option.option_id) {
                return Err(format!("option_id {} stands for two options", option.option_id));
            }
        }
    }
    let bytes = item.encoded_len();
    let fits = bytes <= ROW_BYTES_MAX;
    fits.then_some(()).ok_or_else(|| format!("it has {bytes} bytes, more than {ROW_BYTES_MAX}"))
}

fn count<T>(items: &[T]) -> i32 {
    i32::try_from(items.len()).unwrap_or(i32::MAX)
}
