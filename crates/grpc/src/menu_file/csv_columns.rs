//! The columns of the CSV, and what their cells look like.

use kiosk_domain::ItemPlace;
use kiosk_proto::v1::{AvailableSpan, allergen::Value as Allergen, available_span::Day};

/// Of an item; on its first row.
pub(super) const ITEM: [&str; 16] = [
    "menu_id",
    "name",
    "name_en",
    "category",
    "price",
    "is_sold_out",
    "remaining",
    "station",
    "display_order",
    "allergens",
    "description",
    "description_en",
    "available",
    "image",
    "warn_minutes",
    "late_minutes",
];
/// Of a group of options; on the row of its first option.
pub(super) const GROUP: [&str; 4] = ["group", "group_en", "group_min", "group_max"];
/// Of an option.
pub(super) const OPTION: [&str; 6] =
    ["option_id", "option", "option_en", "price_delta", "is_default", "option_is_sold_out"];

/// All, from left to right.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    ITEM.into_iter().chain(GROUP).chain(OPTION)
}

/// The column of a field of the contract.
pub(super) fn of(place: ItemPlace) -> &'static str {
    match place {
        ItemPlace::Item("category_id") => "category",
        ItemPlace::Item("option_groups") => "group",
        ItemPlace::Item(field) => field,
        ItemPlace::Group(_, field) => match field {
            "name_en" => "group_en",
            "min" => "group_min",
            "max" => "group_max",
            "options" => "option",
            _ => "group",
        },
        ItemPlace::Option(_, _, field) => match field {
            "name" => "option",
            "name_en" => "option_en",
            "is_sold_out" => "option_is_sold_out",
            field => field,
        },
    }
}

/// What a spreadsheet would compute begins with one of these. The apostrophe is among them so that
/// the one that is put before them can be taken away again.
const GUARDED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// A text that no spreadsheet takes for a formula.
pub(crate) fn guard(text: &str) -> String {
    if text.starts_with(GUARDED) { format!("'{text}") } else { text.into() }
}

/// What was guarded.
pub(super) fn unguard(cell: &str) -> String {
    let text = cell.strip_prefix('\'').filter(|text| text.starts_with(GUARDED)).unwrap_or(cell);
    // A line that was broken in a cell, by a spreadsheet of Windows.
    text.replace("\r\n", "\n")
}

pub(super) fn number(cell: &str) -> Result<i32, String> {
    cell.trim().parse().map_err(|_| format!("{cell:?} is not a whole number"))
}

pub(super) fn boolean(cell: &str) -> Result<bool, String> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" | "" => Ok(false),
        _ => Err(format!("{cell:?} is not true or false")),
    }
}

/// `MILK EGG`.
pub(super) fn allergens_text(allergens: impl Iterator<Item = Allergen>) -> String {
    allergens.map(|it| it.as_str_name()).collect::<Vec<_>>().join(" ")
}

pub(super) fn allergens(cell: &str) -> Result<Vec<i32>, String> {
    let known = |word: &str| {
        let known = Allergen::from_str_name(&word.to_ascii_uppercase());
        let known = known.filter(|it| *it != Allergen::Unspecified);
        known.map(i32::from).ok_or_else(|| format!("there is no allergen {word:?}"))
    };
    cell.split_whitespace().map(known).collect()
}

/// `MONDAY FRIDAY 11:00-14:00; 18:00-20:00`.
pub(super) fn available_text(spans: &[AvailableSpan]) -> String {
    let span = |span: &AvailableSpan| {
        let days = span.days().map(|day| day.as_str_name().to_owned());
        let words = days.chain([format!("{}-{}", span.from, span.to)]);
        words.collect::<Vec<_>>().join(" ")
    };
    spans.iter().map(span).collect::<Vec<_>>().join("; ")
}

pub(super) fn available(cell: &str) -> Result<Vec<AvailableSpan>, String> {
    if cell.trim().is_empty() {
        return Ok(Vec::new());
    }
    cell.split(';').map(span).collect()
}

fn span(text: &str) -> Result<AvailableSpan, String> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let times = words.pop().unwrap_or_default();
    let wrong = || format!("{times:?} is not HH:MM-HH:MM");
    let (from, to) = times.split_once('-').ok_or_else(wrong)?;
    let day = |word: &&str| {
        let known = Day::from_str_name(&word.to_ascii_uppercase());
        let known = known.filter(|day| *day != Day::Unspecified);
        known.map(i32::from).ok_or_else(|| format!("there is no day {word:?}"))
    };
    let days = words.iter().map(day).collect::<Result<_, _>>()?;
    Ok(AvailableSpan { days, from: from.into(), to: to.into() })
}
