//! How large things may be. A command that exceeds one is refused at the edge.

/// Lines in one order.
pub const ORDER_ITEMS_MAX: usize = 50;
/// Of one line, and of one option of it.
pub const QUANTITY_MAX: i32 = 99;
/// Options chosen on one line.
pub const LINE_OPTIONS_MAX: usize = 30;
/// Notes and reasons.
pub const NOTE_CHARS_MAX: usize = 200;
/// Tables, buzzers, external ids, categories, stations.
pub const LABEL_CHARS_MAX: usize = 64;
/// Names of menu items, option groups and options.
pub const NAME_CHARS_MAX: usize = 100;
/// Names of cells.
pub const CELL_NAME_CHARS_MAX: usize = 50;
/// Setting values.
pub const SETTING_CHARS_MAX: usize = 1_000;
/// Prices, charges and credit limits, in the currency's smallest unit.
pub const MONEY_MAX: i32 = 100_000_000;
/// What can be counted of one menu item.
pub const STOCK_MAX: i32 = 1_000_000;
/// Descriptions of menu items.
pub const DESCRIPTION_CHARS_MAX: usize = 500;
/// Spans of the day in which a menu item is to be had.
pub const AVAILABLE_MAX: usize = 10;
/// Categories of the menu.
pub const CATEGORIES_MAX: usize = 100;
/// Stations.
pub const STATIONS_MAX: usize = 10;
/// What one import comes to, encoded: its events are one record of the journal.
pub const IMPORT_BYTES_MAX: usize = 256 * 1024;
/// Items on the menu.
pub const MENU_ITEMS_MAX: usize = 1_000;
/// Option groups of one menu item, and options of one group.
pub const OPTIONS_MAX: usize = 20;
/// Cells.
pub const CELLS_MAX: usize = 1_000;
/// Items in one stock count, or one restock.
pub const STOCK_BATCH_MAX: usize = 100;
/// One order or one menu item, encoded: sled keeps larger values in files that it never syncs.
pub const ROW_BYTES_MAX: usize = 12 * 1024;
