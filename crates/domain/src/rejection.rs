use kiosk_proto::{Timestamp, v1::order_status::Value as OrderStatus};

use crate::ItemProblem;

/// Why a command was refused, with the facts that a person needs. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are said in the messages
pub enum Rejection {
    #[error("there is no order {order_id} that can still change")]
    OrderNotFound { order_id: String },
    #[error("there is no menu item {menu_id}")]
    MenuItemNotFound { menu_id: i32 },
    #[error("there is no category {category_id}")]
    CategoryNotFound { category_id: i32 },
    #[error("there is no cell {cell_id}")]
    CellNotFound { cell_id: i32 },
    #[error("there is no setting {key:?}")]
    SettingUnknown { key: String },
    #[error("{key} can't be {value:?}: {problem}")]
    SettingInvalid { key: String, value: String, problem: &'static str },
    #[error("the menu item can't be like this: {}", joined(problems))]
    MenuItemInvalid { problems: Vec<ItemProblem> },
    #[error("the stock can't be like this: {problem}")]
    StockInvalid { problem: String },
    #[error("the category can't be like this: {problem}")]
    CategoryInvalid { problem: String },
    #[error("{name} is the category of {items}")]
    CategoryInUse { category_id: i32, name: String, items: String },
    #[error("{station} is the station of {items}")]
    StationInUse { station: String, items: String },
    #[error("the cell can't be like this: {problem}")]
    CellInvalid { problem: String },
    #[error("the order can't be like this: {problem}")]
    OrderInvalid { problem: &'static str },
    #[error("the ticket can't be ordered with: {problem}")]
    TicketRefused { problem: &'static str },
    #[error("order {daily_num} is {} and can't become {}", from.as_str_name(), to.as_str_name())]
    Transition { daily_num: i32, from: OrderStatus, to: OrderStatus },
    #[error("order {daily_num} is {} and can't go back a step", from.as_str_name())]
    NotRecallable { daily_num: i32, from: OrderStatus },
    #[error("order {daily_num} is READY: only staff can cancel it")]
    CancelNeedsStaff { daily_num: i32 },
    #[error("order {daily_num} is {} and can't be changed", status.as_str_name())]
    OrderClosed { daily_num: i32, status: OrderStatus },
    #[error("order {daily_num} is PENDING: nothing of it was made yet")]
    NotBegun { daily_num: i32 },
    #[error("order {daily_num} has no line {line_id}")]
    LineNotFound { daily_num: i32, line_id: i32 },
    #[error("line {line_id} is named twice")]
    LineNamedTwice { line_id: i32 },
    #[error("order {daily_num} has nothing for {station:?}")]
    NoLineAtStation { daily_num: i32, station: String },
    #[error("line {line_id} of order {daily_num} is cancelled")]
    LineCancelled { daily_num: i32, line_id: i32 },
    #[error("line {line_id} of order {daily_num} is of {has}, not {wanted}")]
    LineQuantity { daily_num: i32, line_id: i32, has: i32, wanted: i32 },
    #[error("line {line_id} of order {daily_num} is done: only staff can cancel it")]
    LineNeedsStaff { daily_num: i32, line_id: i32 },
    #[error("{menu_name} is sold out")]
    SoldOut { menu_id: i32, menu_name: String },
    #[error("of {menu_name} there are {remaining} left, not {wanted}")]
    OutOfStock { menu_id: i32, menu_name: String, remaining: i32, wanted: i32 },
    #[error("of {menu_name} there are 0 left: restock it, or stop counting it")]
    NothingLeft { menu_id: i32, menu_name: String },
    #[error("{menu_name} is not counted: count it first")]
    NotCounted { menu_id: i32, menu_name: String },
    #[error("{menu_name} is not to be had now, but {when}")]
    NotAvailable { menu_id: i32, menu_name: String, when: String },
    #[error("{menu_name} has no option {option_id}")]
    OptionUnknown { menu_id: i32, menu_name: String, option_id: i32 },
    #[error("{option_name} of {menu_name} is sold out")]
    OptionSoldOut { menu_id: i32, menu_name: String, option_id: i32, option_name: String },
    #[error("{menu_name} needs {min} to {max} of {group}, not {chosen}")]
    OptionCount { menu_id: i32, menu_name: String, group: String, min: i32, max: i32, chosen: i64 },
    #[error("the total is now {actual}, not {expected}")]
    TotalChanged { expected: i32, actual: i32 },
    #[error("the order comes to more than {max}")]
    TotalTooLarge { max: i32 },
    #[error("{cell_name} has {available} points, not {amount}")]
    InsufficientBalance { cell_id: i32, cell_name: String, available: i64, amount: i32 },
    #[error("the balance of {cell_name} would leave the range that can be kept")]
    BalanceOutOfRange { cell_id: i32, cell_name: String },
    #[error(
        "the credit limit of {cell_name} can't be {credit_limit} while its balance is {balance}"
    )]
    CreditInUse { cell_id: i32, cell_name: String, credit_limit: i32, balance: i32 },
    #[error("{cell_name} is archived")]
    CellArchived { cell_id: i32, cell_name: String },
    #[error("{cell_name} has no member {member_id}")]
    CellMemberNotFound { cell_id: i32, cell_name: String, member_id: i32 },
    #[error("{cell_name} pays at a kiosk only for a member with the PIN")]
    PinRequired { cell_id: i32, cell_name: String },
    #[error("this is not the PIN of that member of {cell_name}")]
    PinWrong { cell_id: i32, cell_name: String },
    #[error("there is no seat {seat_id} on the plan")]
    SeatNotFound { seat_id: String },
    #[error("the seat can't be like this: {problem}")]
    SeatInvalid { problem: String },
    #[error("seat {seat_id} is held by {holder:?} until {expires_at}")]
    SeatHeld { seat_id: String, holder: String, expires_at: Timestamp },
    #[error("seat {seat_id} is occupied by order {order_id}")]
    SeatOccupied { seat_id: String, order_id: String },
    #[error("seat {seat_id} is free: there is nobody to move")]
    SeatFree { seat_id: String },
    #[error("the message can't be like this: {problem}")]
    MessageInvalid { problem: String },
    #[error("the bell can't be rung like this: {problem}")]
    BellInvalid { problem: &'static str },
    #[error("no bell {bell_id} is waiting: it was answered, or never rang")]
    BellNotFound { bell_id: i32 },
    #[error("nobody has signed in with this token: there is nothing to sign out of")]
    NotSignedIn,
    #[error("there is no incident {incident_id}")]
    IncidentNotFound { incident_id: String },
    #[error("there is no device {device_id}: it was revoked, or never paired")]
    DeviceNotFound { device_id: i32 },
    #[error("the device can't be like this: {problem}")]
    DeviceInvalid { problem: String },
    #[error("there is nobody {staff_id} on the staff")]
    StaffNotFound { staff_id: i32 },
    #[error("nobody on the staff can be like this: {problem}")]
    StaffInvalid { problem: String },
    #[error("the password or PIN was changed meanwhile")]
    SignInStale,
    #[error("the kiosk takes no orders now")]
    KioskInactive,
    #[error("the café is closed{}", again(opens_at))]
    Closed { opens_at: Option<Timestamp> },
    #[error("the café is closed for a holiday{}", again(opens_at))]
    Holiday { opens_at: Option<Timestamp> },
    #[error("the last orders were taken{}", again(opens_at))]
    LastOrder { opens_at: Option<Timestamp> },
    #[error("the external id {external_id:?} was used today, by {order_id}")]
    ExternalIdUsed { external_id: String, order_id: String },
    #[error("the day was closed meanwhile, with report {number}")]
    DayClosed { number: i32 },
    #[error("there can't be more than {max} {what}")]
    TooMany { what: &'static str, max: usize },
}

/// When it is worth trying again.
fn again(opens_at: &Option<Timestamp>) -> String {
    let at = opens_at.and_then(|at| jiff::Timestamp::from_millisecond(at.as_ms()).ok());
    at.map_or_else(String::new, |at| format!("; it opens at {at}"))
}

fn joined(problems: &[ItemProblem]) -> String {
    let problems: Vec<&str> = problems.iter().map(|it| &*it.problem).collect();
    problems.join("; ")
}
