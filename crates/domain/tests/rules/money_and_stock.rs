use std::collections::BTreeMap;

use kiosk_proto::v1::order_status::Value as Status;
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};

use crate::{steps::steps, world::World};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    /// The comparisons are in [`World`]: after each step money, stock, orders and the day are what
    /// the model has, and a command is refused exactly when the model objects, for its reason.
    #[test]
    fn no_sequence_of_commands_makes_money_or_stock_appear_or_numbers_repeat(steps in steps()) {
        let mut world = World::open();
        for step in &steps {
            // Refused or not, and for what, the model has said.
            let _ = world.step(step);
            world.audit_numbers();
        }
        world.audit_payments();
        world.audit_days();
    }
}

/// Every rejection that the random steps are to meet. The others need larger numbers than theirs,
/// and have cases of their own.
const MET: &[&str] = &[
    "",
    "BellNotFound",
    "CancelNeedsStaff",
    "CategoryInUse",
    "CategoryInvalid",
    "CategoryNotFound",
    "CellArchived",
    "CellInvalid",
    "CellMemberNotFound",
    "CellNotFound",
    "Closed",
    "CreditInUse",
    "DayClosed",
    "DeviceInvalid",
    "DeviceNotFound",
    "ExternalIdUsed",
    "Holiday",
    "IncidentNotFound",
    "InsufficientBalance",
    "KioskInactive",
    "LastOrder",
    "LineCancelled",
    "LineNamedTwice",
    "LineNeedsStaff",
    "LineNotFound",
    "LineQuantity",
    "MenuItemInvalid",
    "MenuItemNotFound",
    "MessageInvalid",
    "NoLineAtStation",
    "NotAvailable",
    "NotBegun",
    "NotCounted",
    "NotRecallable",
    "NotSignedIn",
    "NothingLeft",
    "OptionCount",
    "OptionSoldOut",
    "OptionUnknown",
    "OrderClosed",
    "OrderNotFound",
    "OutOfStock",
    "PinRequired",
    "PinWrong",
    "SeatFree",
    "SeatHeld",
    "SeatNotFound",
    "SeatOccupied",
    "SettingInvalid",
    "SignInStale",
    "SoldOut",
    "StaffInvalid",
    "StaffNotFound",
    "StationInUse",
    "StockInvalid",
    "TicketRefused",
    "TotalChanged",
    "Transition",
];

/// Steps that are all refused would prove nothing.
#[test]
fn the_random_steps_reach_what_they_are_to_prove() {
    let mut runner = TestRunner::deterministic();
    let mut met = BTreeMap::<String, u32>::new();
    let (mut orders, mut gone, mut paid, mut back) = (0, 0, 0, 0);
    for _ in 0..400 {
        let mut world = World::open();
        for step in &steps().new_tree(&mut runner).unwrap().current() {
            *met.entry(world.step(step).err().unwrap_or_default()).or_default() += 1;
        }
        let model = world.model;
        orders += model.orders.len();
        gone += model.orders.iter().filter(|order| order.is_gone).count();
        let by_cell = model.orders.iter().filter(|order| !order.booked.is_empty());
        paid += by_cell.clone().count();
        back += by_cell.filter(|order| order.status == Status::Cancelled).count();
    }
    println!("{met:?}: {orders} orders, {gone} gone, {paid} paid by cells, {back} given back");
    let names: Vec<&str> = met.keys().map(String::as_str).collect();
    let mut expected = MET.to_vec();
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert!(met[""] > 1_000 && orders > 500 && gone > 50 && paid > 100 && back > 20);
}
