use csv::{Terminator, WriterBuilder};
use kiosk_proto::v1::{MenuItem, MenuOption, OptionGroup};

use super::csv_columns::{GROUP, ITEM, OPTION, all, allergens_text, available_text, guard};

/// A row for each item and one more for each further option, as Excel reads it by a double click.
pub(super) fn write(items: &[MenuItem]) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let rows = [all().map(str::to_owned).collect()].into_iter().chain(items.iter().flat_map(rows));
    for row in rows {
        // Every row is as long as the first, and memory can be written: nothing here can fail.
        let _ = writer.write_record(row);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    format!("\u{feff}{}", String::from_utf8_lossy(&bytes))
}

fn rows(item: &MenuItem) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut item_cells = item_cells(item);
    for group in &item.option_groups {
        let mut group_cells = group_cells(group);
        for option in &group.options {
            let cells = [item_cells, group_cells, option_cells(option)];
            rows.push(cells.concat());
            (item_cells, group_cells) = (empty(ITEM.len()), empty(GROUP.len()));
        }
    }
    if rows.is_empty() {
        rows.push([item_cells, empty(GROUP.len()), empty(OPTION.len())].concat());
    }
    rows
}

fn empty(count: usize) -> Vec<String> {
    vec![String::new(); count]
}

/// In the order of [`ITEM`].
fn item_cells(item: &MenuItem) -> Vec<String> {
    // What the stock did, the stock does again: the mark of a person is what is to be kept.
    let is_marked = item.is_sold_out && !item.sold_out_by_stock;
    vec![
        item.menu_id.to_string(),
        guard(&item.name),
        guard(&item.name_en),
        guard(&item.category),
        item.price.to_string(),
        is_marked.to_string(),
        item.remaining.map_or_else(String::new, |count| count.to_string()),
        guard(&item.station),
        item.display_order.to_string(),
        allergens_text(item.allergens()),
        guard(&item.description),
        guard(&item.description_en),
        available_text(&item.available),
        item.image.clone(),
        item.warn_minutes.to_string(),
        item.late_minutes.to_string(),
    ]
}

/// In the order of [`GROUP`].
fn group_cells(group: &OptionGroup) -> Vec<String> {
    let OptionGroup { name, name_en, min, max, .. } = group;
    vec![guard(name), guard(name_en), min.to_string(), max.to_string()]
}

/// In the order of [`OPTION`].
fn option_cells(option: &MenuOption) -> Vec<String> {
    vec![
        option.option_id.to_string(),
        guard(&option.name),
        guard(&option.name_en),
        option.price_delta.to_string(),
        option.is_default.to_string(),
        option.is_sold_out.to_string(),
    ]
}
