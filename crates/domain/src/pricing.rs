use kiosk_proto::v1::{MenuItem, OptionGroup, OrderItem, OrderItemOption};

use crate::{ItemWish, OptionWish, Rejection, State};

/// The most that one order may come to.
const TOTAL_MAX: i32 = 1_000_000_000;

/// Prices the lines by the menu as it is now; the second value is their total.
pub(crate) fn price(
    state: &State,
    wishes: &[ItemWish],
) -> Result<(Vec<OrderItem>, i32), Rejection> {
    let mut items = Vec::with_capacity(wishes.len());
    let mut total = 0_i64;
    for wish in wishes {
        let item = state.menu.get(&wish.menu_id);
        let item = item.ok_or(Rejection::MenuItemNotFound { menu_id: wish.menu_id })?;
        let line = price_line(state, item, wish)?;
        total += i64::from(line.total_price);
        items.push(line);
    }
    Ok((items, bounded(total)?))
}

fn price_line(state: &State, item: &MenuItem, wish: &ItemWish) -> Result<OrderItem, Rejection> {
    let options = choose_options(item, &wish.options)?;
    for group in &item.option_groups {
        check_group(item, group, &options)?;
    }
    let deltas: i64 =
        options.iter().map(|o| i64::from(o.price_delta) * i64::from(o.quantity)).sum();
    // Deltas may be negative; an item never costs less than nothing.
    let unit_price = (i64::from(item.price) + deltas).max(0);
    Ok(OrderItem {
        menu_id: item.menu_id,
        menu_name: item.name.clone(),
        quantity: wish.quantity.get(),
        unit_price: bounded(unit_price)?,
        total_price: bounded(unit_price * i64::from(wish.quantity.get()))?,
        options,
        note: wish.note.clone(),
        station: state.settings.station_of(item).into(),
        category: item.category.clone(),
        ..OrderItem::default()
    })
}

/// The same option named twice counts as one choice of both quantities.
fn choose_options(
    item: &MenuItem,
    wishes: &[OptionWish],
) -> Result<Vec<OrderItemOption>, Rejection> {
    let mut chosen: Vec<OrderItemOption> = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let known = item.option_groups.iter().flat_map(|group| &group.options);
        let option =
            known.into_iter().find(|o| o.option_id == wish.option_id).ok_or_else(|| {
                Rejection::OptionUnknown {
                    menu_id: item.menu_id,
                    menu_name: item.name.clone(),
                    option_id: wish.option_id,
                }
            })?;
        if option.is_sold_out {
            return Err(Rejection::OptionSoldOut {
                menu_id: item.menu_id,
                menu_name: item.name.clone(),
                option_id: option.option_id,
                option_name: option.name.clone(),
            });
        }
        match chosen.iter_mut().find(|c| c.option_id == wish.option_id) {
            Some(again) => again.quantity = again.quantity.saturating_add(wish.quantity.get()),
            None => chosen.push(OrderItemOption {
                option_id: option.option_id,
                option_name: option.name.clone(),
                quantity: wish.quantity.get(),
                price_delta: option.price_delta,
            }),
        }
    }
    Ok(chosen)
}

fn check_group(
    item: &MenuItem,
    group: &OptionGroup,
    chosen: &[OrderItemOption],
) -> Result<(), Rejection> {
    let of_group = |c: &&OrderItemOption| group.options.iter().any(|o| o.option_id == c.option_id);
    let count: i64 = chosen.iter().filter(of_group).map(|c| i64::from(c.quantity)).sum();
    if (i64::from(group.min)..=i64::from(group.max)).contains(&count) {
        return Ok(());
    }
    Err(Rejection::OptionCount {
        menu_id: item.menu_id,
        menu_name: item.name.clone(),
        group: group.name.clone(),
        min: group.min,
        max: group.max,
        chosen: count,
    })
}

/// What an order may come to.
pub(crate) fn bounded(amount: i64) -> Result<i32, Rejection> {
    let too_large = Rejection::TotalTooLarge { max: TOTAL_MAX };
    i32::try_from(amount).ok().filter(|amount| *amount <= TOTAL_MAX).ok_or(too_large)
}
