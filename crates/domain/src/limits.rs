//! How large things may be. A command that exceeds one is refused at the edge.

/// Lines that an order is placed with, or that are added at once.
pub const ORDER_ITEMS_MAX: usize = 50;
/// Lines that an order may come to, with additions and with parts that were cancelled or made again.
pub const ORDER_LINES_MAX: usize = 100;
/// What an order keeps free for each line, to be done: its status and a time.
pub const LINE_PROGRESS_BYTES: usize = 20;
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
/// Members of one cell.
pub const CELL_MEMBERS_MAX: usize = 50;
/// Names of cells' members.
pub const MEMBER_NAME_CHARS_MAX: usize = 50;
/// Devices that are let in.
pub const DEVICES_MAX: usize = 500;
/// Names of devices.
pub const DEVICE_NAME_CHARS_MAX: usize = 50;
/// People who may sign in.
pub const STAFF_MAX: usize = 100;
/// Where one of them may be signed in at once.
pub const SESSIONS_MAX: usize = 10;
/// How long they stay signed in.
pub const SESSION_SECONDS: i64 = 12 * 60 * 60;
/// Characters of a password.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Characters of a password.
pub const PASSWORD_CHARS_MAX: usize = 64;
/// Digits of a PIN.
pub const PIN_DIGITS_MIN: usize = 4;
/// Digits of a PIN.
pub const PIN_DIGITS_MAX: usize = 8;
/// What is kept of a PIN or a token.
pub const SECRET_HASH_BYTES_MAX: usize = 200;
/// Items in one stock count, or one restock.
pub const STOCK_BATCH_MAX: usize = 100;
/// Seats on the plan.
pub const SEATS_MAX: usize = 200;
/// Seats that one holder may hold at once.
pub const SEATS_HELD_MAX: usize = 4;
/// People at one seat.
pub const SEAT_PEOPLE_MAX: i32 = 99;
/// How far the plan of seats reaches, in its own units.
pub const PLAN_UNITS_MAX: i32 = 10_000;
/// One staff message.
pub const MESSAGE_CHARS_MAX: usize = 1_000;
/// The newest staff messages of all rooms that are in memory; older ones are read from history.
pub const MESSAGES_AT_HAND_MAX: usize = 200;
/// Bells that wait to be answered.
pub const BELLS_MAX: usize = 100;
/// The newest incidents that are in memory, and in a snapshot.
pub const INCIDENTS_AT_HAND_MAX: usize = 50;
/// What an incident says of itself.
pub const REASON_CHARS_MAX: usize = 500;
/// How long an order, or an item, may take before a kitchen screen says so.
pub const MINUTES_MAX: i32 = 240;
/// How often one bell is counted as rung.
pub const BELL_RINGS_MAX: i32 = 99;
/// Orders that wait to be made, as far as the queue knows them.
pub const QUEUE_LINE_MAX: usize = 2_000;
/// Customers who order at once with a ticket of the waiting room.
pub const QUEUE_ORDERING_MAX: usize = 1_000;
/// Customers in the waiting room.
pub const QUEUE_WAITING_MAX: usize = 1_000;
/// What the items that a day's report lists take as JSON; the others are summed. With the further
/// limits a report is an event of 60 KiB at most, where the broker takes 64.
pub const REPORT_ITEMS_BYTES_MAX: usize = 32 * 1024;
/// The same of its categories.
pub const REPORT_CATEGORIES_BYTES_MAX: usize = 8 * 1024;
/// What one of them takes beside its name, as JSON.
pub const REPORT_ENTRY_BYTES: usize = 200;
/// Business days whose tickets a day's report lists.
pub const REPORT_DAYS_MAX: usize = 31;
/// Places with missing tickets that are listed for each business day.
pub const REPORT_GAPS_MAX: usize = 3;
/// Places with missing events that a day's report lists.
pub const REPORT_MISSING_MAX: usize = 50;
/// Epochs that a day's report names.
pub const REPORT_EPOCHS_MAX: usize = 10;
/// Open orders that a day's report lists.
pub const REPORT_CARRIED_MAX: usize = 30;
/// Stations that a sales report has times of; the others count as none.
pub const REPORT_STATIONS_MAX: usize = 50;
/// Items and categories that are counted for a report, each; further ones count as none.
pub const TALLY_NAMES_MAX: usize = 10_000;
/// Business days that are counted for a day's report: the newest ones.
pub const TALLY_DAYS_MAX: usize = 4_000;
/// Business days that a sales report covers.
pub const SALES_DAYS_MAX: usize = 366;
/// Items that a sales report lists.
pub const SALES_ITEMS_MAX: i32 = 1_000;
/// What may be in a drawer.
pub const CASH_MAX: i64 = 10_000_000_000;
/// One order or one menu item, encoded: sled keeps larger values in files that it never syncs.
pub const ROW_BYTES_MAX: usize = 12 * 1024;
