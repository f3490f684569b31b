//! The headings of the menu.
//!
//! An item has its category's name as text too. What keeps the two together: an item put or a
//! category named so that its text is a category's name, gets that category's id.

use kiosk_proto::v1::{MenuCategory, MenuCategoryDeleted, MenuItem, event::Payload};

use crate::{
    Rejection, Stamp, State,
    limits::{CATEGORIES_MAX, LABEL_CHARS_MAX},
};

/// How many items a refusal names.
const NAMED_MAX: usize = 5;

pub(crate) fn put(state: &State, category: &MenuCategory) -> Result<Vec<Payload>, Rejection> {
    check_category(state, category).map_err(|problem| Rejection::CategoryInvalid { problem })?;
    let known = state.categories.get(&category.category_id);
    if known.is_none() && state.categories.len() >= CATEGORIES_MAX {
        return Err(Rejection::TooMany { what: "categories", max: CATEGORIES_MAX });
    }
    if known.is_some_and(|known| **known == *category) {
        return Ok(Vec::new());
    }
    let mut category = category.clone();
    if category.category_id == 0 {
        let next = state.counters.category_id.checked_add(1);
        let too_many = Rejection::TooMany { what: "category ids", max: i32::MAX as usize };
        category.category_id = next.ok_or(too_many)?;
    }
    Ok(vec![Payload::MenuCategoryChanged(category)])
}

/// Says what is wrong with a category, naming the field.
fn check_category(state: &State, category: &MenuCategory) -> Result<(), String> {
    let MenuCategory { category_id, name, name_en, .. } = category;
    if *category_id < 0 {
        return Err(format!("category_id is {category_id}, not 0 or more"));
    }
    for (field, text, min) in [("name", name, 1), ("name_en", name_en, 0)] {
        let chars = text.chars().count();
        if !(min..=LABEL_CHARS_MAX).contains(&chars) {
            return Err(format!("{field} has {chars} characters, not {min} to {LABEL_CHARS_MAX}"));
        }
    }
    match named(state, name) {
        Some(other) if other.category_id != *category_id => {
            Err(format!("name is that of category {}", other.category_id))
        }
        _ => Ok(()),
    }
}

pub(crate) fn delete(
    state: &State,
    category_id: i32,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let category = state.categories.get(&category_id);
    let category = category.ok_or(Rejection::CategoryNotFound { category_id })?;
    let name = category.name.clone();
    let items = state.menu.values().filter(|item| item.category_id == category_id);
    if let Some(items) = names(items.map(|item| &**item)) {
        return Err(Rejection::CategoryInUse { category_id, name, items });
    }
    let updated_at = Some(stamp.now);
    Ok(vec![Payload::MenuCategoryDeleted(MenuCategoryDeleted { category_id, name, updated_at })])
}

/// The category of that name.
fn named<'a>(state: &'a State, name: &str) -> Option<&'a MenuCategory> {
    state.categories.values().find(|category| category.name == name).map(|category| &**category)
}

/// Makes the item's category and its text agree: the id counts, else the text.
pub(crate) fn settle(state: &State, item: &mut MenuItem) {
    match state.categories.get(&item.category_id) {
        Some(category) => item.category.clone_from(&category.name),
        None => {
            let named = named(state, &item.category);
            item.category_id = named.map_or(0, |category| category.category_id);
        }
    }
}

/// `latte, bagel and 3 more`; None of no items.
pub(crate) fn names<'a>(items: impl Iterator<Item = &'a MenuItem>) -> Option<String> {
    let names: Vec<&str> = items.map(|item| &*item.name).collect();
    let listed = names.get(..NAMED_MAX).unwrap_or(&names).join(", ");
    match names.len() {
        0 => None,
        count if count > NAMED_MAX => Some(format!("{listed} and {} more", count - NAMED_MAX)),
        _ => Some(listed),
    }
}
