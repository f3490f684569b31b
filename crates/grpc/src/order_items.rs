use kiosk_domain::{
    ItemWish, OptionWish,
    limits::{LINE_OPTIONS_MAX, NOTE_CHARS_MAX, ORDER_ITEMS_MAX},
};
use kiosk_proto::v1::PlaceOrderItem;

use crate::parse::Violations;

/// The items of an order or of an addition; all that is wrong with any of them is noted.
pub(crate) fn parse_items(
    violations: &mut Violations,
    items: &[PlaceOrderItem],
) -> Option<Vec<ItemWish>> {
    if items.is_empty() || items.len() > ORDER_ITEMS_MAX {
        violations.add("items", format!("there must be 1 to {ORDER_ITEMS_MAX}"));
        return None;
    }
    // Not short-circuited: every line's problems are noted.
    let parsed: Vec<Option<ItemWish>> =
        items.iter().enumerate().map(|(index, item)| parse_item(violations, index, item)).collect();
    parsed.into_iter().collect()
}

fn parse_item(
    violations: &mut Violations,
    index: usize,
    item: &PlaceOrderItem,
) -> Option<ItemWish> {
    let name = |field: &str| format!("items[{index}].{field}");
    let quantity = violations.quantity(&name("quantity"), item.quantity);
    let note = violations.text(&name("note"), &item.note, NOTE_CHARS_MAX);
    if item.options.len() > LINE_OPTIONS_MAX {
        violations.add(name("options"), format!("there must be at most {LINE_OPTIONS_MAX}"));
        return None;
    }
    let mut options = Vec::with_capacity(item.options.len());
    for (option_index, option) in item.options.iter().enumerate() {
        let field = name(&format!("options[{option_index}].quantity"));
        let count = if option.quantity == 0 { 1 } else { option.quantity };
        let quantity = violations.quantity(&field, count);
        options
            .extend(quantity.map(|quantity| OptionWish { option_id: option.option_id, quantity }));
    }
    Some(ItemWish { menu_id: item.menu_id, quantity: quantity?, options, note: note? })
}
