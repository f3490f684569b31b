use std::{num::IntErrorKind, str::FromStr};

use kiosk_proto::v1::{PlaceOrderItem, PlaceOrderOption};
use thiserror::Error;

/// One item of an order as the operator writes it: `MENU_ID[xQUANTITY][+OPTION_ID...]`.
///
/// `1x2+2+2+5` is two of menu item 1, each with option 2 twice and option 5.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    menu_id: i32,
    quantity: i32,
    /// Option id and how often, in the order first named.
    options: Vec<(i32, i32)>,
}

/// What is wrong with an item's text.
#[derive(Debug, Error, PartialEq)]
pub(crate) enum ItemError {
    #[error("{0} is missing: expected MENU_ID[xQUANTITY][+OPTION_ID...], such as 1x2+2")]
    Missing(&'static str),
    #[error("{what} is not a number: {text:?}")]
    NotANumber { what: &'static str, text: String },
    #[error("{what} is out of range: {text}")]
    OutOfRange { what: &'static str, text: String },
}

impl FromStr for Item {
    type Err = ItemError;

    fn from_str(text: &str) -> Result<Self, ItemError> {
        let mut parts = text.split('+');
        let head = parts.next().unwrap_or_default();
        let (menu_id, quantity) = match head.split_once('x') {
            Some((menu_id, quantity)) => (menu_id, number("the quantity", quantity)?),
            None => (head, 1),
        };
        let menu_id = number("the menu id", menu_id)?;
        let mut options: Vec<(i32, i32)> = Vec::new();
        for part in parts {
            let id = number("the option id", part)?;
            match options.iter_mut().find(|(known, _)| *known == id) {
                Some((_, times)) => *times += 1,
                None => options.push((id, 1)),
            }
        }
        Ok(Self { menu_id, quantity, options })
    }
}

impl From<Item> for PlaceOrderItem {
    fn from(item: Item) -> Self {
        let options = item.options.into_iter();
        Self {
            menu_id: item.menu_id,
            quantity: item.quantity,
            options: options
                .map(|(option_id, quantity)| PlaceOrderOption { option_id, quantity })
                .collect(),
            note: String::new(),
        }
    }
}

/// A positive number; which ones exist, and how many may be ordered, is for the box to say.
pub(super) fn number(what: &'static str, text: &str) -> Result<i32, ItemError> {
    if text.is_empty() {
        return Err(ItemError::Missing(what));
    }
    let out_of_range = || ItemError::OutOfRange { what, text: text.to_owned() };
    match text.parse::<i32>() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) => Err(out_of_range()),
        Err(error) => match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => Err(out_of_range()),
            _ => Err(ItemError::NotANumber { what, text: text.to_owned() }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(menu_id: i32, quantity: i32, options: &[(i32, i32)]) -> Item {
        Item { menu_id, quantity, options: options.to_vec() }
    }

    fn check(text: &str, expected: Result<Item, &str>) {
        let parsed = text.parse::<Item>().map_err(|error| error.to_string());
        assert_eq!(parsed, expected.map_err(str::to_owned), "{text:?}");
    }

    #[test]
    fn an_item_names_its_menu_id_quantity_and_options() {
        check("12", Ok(item(12, 1, &[])));
        check("1x2", Ok(item(1, 2, &[])));
        check("1x2+2", Ok(item(1, 2, &[(2, 1)])));
        check("1+5+2+5", Ok(item(1, 1, &[(5, 2), (2, 1)])));
    }

    #[test]
    fn an_error_names_the_part_that_is_wrong() {
        let missing = "is missing: expected MENU_ID[xQUANTITY][+OPTION_ID...], such as 1x2+2";
        check("", Err(&format!("the menu id {missing}")));
        check("x2", Err(&format!("the menu id {missing}")));
        check("1x", Err(&format!("the quantity {missing}")));
        check("1x2+", Err(&format!("the option id {missing}")));
        check("latte", Err("the menu id is not a number: \"latte\""));
        check("1x2x3", Err("the quantity is not a number: \"2x3\""));
        check("1x-2", Err("the quantity is out of range: -2"));
        check("1x0", Err("the quantity is out of range: 0"));
        check("1+99999999999", Err("the option id is out of range: 99999999999"));
        check("1+두번", Err("the option id is not a number: \"두번\""));
    }
}
