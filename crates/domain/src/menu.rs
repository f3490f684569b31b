use kiosk_proto::v1::{
    MenuItem, MenuItemDeleted, OptionSoldOutChanged, SoldOutChanged, event::Payload,
};

pub(crate) use crate::stock::{give_back, take, take_again};
use crate::{Rejection, Stamp, State, category, item_problems, limits::MENU_ITEMS_MAX, stock};

pub(crate) fn put(state: &State, item: &MenuItem) -> Result<Vec<Payload>, Rejection> {
    let problems = item_problems(state, item);
    if !problems.is_empty() {
        return Err(Rejection::MenuItemInvalid { problems });
    }
    let old = state.menu.get(&item.menu_id);
    if old.is_none() && state.menu.len() >= MENU_ITEMS_MAX {
        return Err(Rejection::TooMany { what: "items on the menu", max: MENU_ITEMS_MAX });
    }
    let mut item = item.clone();
    category::settle(state, &mut item);
    stock::settle(old.map(|old| &**old), &mut item);
    if item.menu_id == 0 {
        item.menu_id = state
            .counters
            .menu_id
            .checked_add(1)
            .ok_or(Rejection::TooMany { what: "menu ids", max: i32::MAX as usize })?;
    }
    if old.is_some_and(|old| **old == item) {
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

/// What somebody marks, only somebody ends: marking what the stock has sold out keeps it so.
pub(crate) fn set_sold_out(
    state: &State,
    menu_id: i32,
    is_sold_out: bool,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let item = find(state, menu_id)?;
    if item.is_sold_out == is_sold_out && !item.sold_out_by_stock {
        return Ok(Vec::new());
    }
    let menu_name = item.name.clone();
    if !is_sold_out && item.remaining == Some(0) {
        return Err(Rejection::NothingLeft { menu_id, menu_name });
    }
    Ok(vec![Payload::MenuSoldOutChanged(SoldOutChanged {
        menu_id,
        menu_name,
        is_sold_out,
        updated_at: Some(stamp.now),
        by_stock: false,
    })])
}

pub(crate) fn set_option_sold_out(
    state: &State,
    menu_id: i32,
    option_id: i32,
    is_sold_out: bool,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let item = find(state, menu_id)?;
    let mut options = item.option_groups.iter().flat_map(|group| &group.options);
    let option = options.find(|option| option.option_id == option_id).ok_or_else(|| {
        Rejection::OptionUnknown { menu_id, menu_name: item.name.clone(), option_id }
    })?;
    if option.is_sold_out == is_sold_out {
        return Ok(Vec::new());
    }
    Ok(vec![Payload::MenuOptionSoldOutChanged(OptionSoldOutChanged {
        menu_id,
        menu_name: item.name.clone(),
        option_id,
        option_name: option.name.clone(),
        is_sold_out,
        updated_at: Some(stamp.now),
    })])
}

/// An item that grows too large by it is refused as any other.
pub(crate) fn set_image(
    state: &State,
    menu_id: i32,
    image: &str,
) -> Result<Vec<Payload>, Rejection> {
    let item = find(state, menu_id)?.clone();
    put(state, &MenuItem { image: image.into(), ..item })
}

/// A station can't go while something is made there.
pub(crate) fn check_stations(state: &State, stations: &str) -> Result<(), Rejection> {
    let kept = |station: &str| stations.split(',').any(|it| it == station);
    for station in state.settings.stations().filter(|station| !kept(station)) {
        let items = state.menu.values().filter(|item| item.station == station);
        if let Some(items) = category::names(items.map(|item| &**item)) {
            return Err(Rejection::StationInUse { station: station.into(), items });
        }
    }
    Ok(())
}

pub(crate) fn find(state: &State, menu_id: i32) -> Result<&MenuItem, Rejection> {
    state.menu.get(&menu_id).map(|item| &**item).ok_or(Rejection::MenuItemNotFound { menu_id })
}
