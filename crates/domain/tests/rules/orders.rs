use std::collections::BTreeSet;

use kiosk_domain::{Command, PlaceOrder, Rejection};
use kiosk_proto::v1::pay_type::Value as PayType;
use proptest::prelude::*;

use crate::cafe::{Cafe, MORNING_MS, check, wish};

const DAY_MS: i64 = 86_400_000;

#[test]
fn cancelling_gives_points_back_once_and_stock_while_nothing_was_made() {
    check(&[
        ("place 2*2 cell 1", "order 1 for 6000; 3 bagel; choir PAYMENT -6000 = 4000"),
        ("cancel 1", "PENDING cancelled; 5 bagel; choir REFUND +6000 = 10000"),
        ("cancel 1", "no: order 1 is CANCELLED and can't become CANCELLED"),
        ("place 2 cell 1", "order 2 for 3000; 4 bagel; choir PAYMENT -3000 = 7000"),
        ("status 2 MAKING", "PENDING to MAKING"),
        ("cancel 2", "MAKING cancelled; choir REFUND +3000 = 10000"),
        ("place 2", "order 3 for 3000; 3 bagel"),
        ("cancel 3", "PENDING cancelled; 4 bagel"),
        ("place 3 cell 1", "order 4 for 0"),
        ("cancel 4", "PENDING cancelled"),
    ]);
}

#[test]
fn stock_goes_back_only_to_what_is_still_counted_and_on_the_menu() {
    check(&[
        ("stock 3=9", "9 water"),
        ("place 2*2 3*4", "order 1 for 6000; 3 bagel, 5 water"),
        ("place 2*2 3*4", "order 2 for 6000; 1 bagel, 1 water"),
        ("stock 3=-", "water uncounted"),
        ("cancel 1", "PENDING cancelled; 3 bagel"),
        ("delete 2", "bagel is off the menu"),
        ("cancel 2", "PENDING cancelled"),
    ]);
}

#[test]
fn a_kiosk_takes_no_orders_while_it_is_inactive() {
    const NO: &str = "no: the kiosk takes no orders now";
    check(&[
        ("set is_kiosk_active false", "is_kiosk_active is false"),
        ("place 3 from KIOSK", NO),
        ("place 3 from STAFF", "order 1 for 0"),
        ("place 3 from WEB", "order 2 for 0"),
        ("as KIOSK", ""),
        ("place 3 from STAFF", NO),
        ("place 3 from UNSPECIFIED", NO),
        ("as STAFF", ""),
        ("set is_kiosk_active true", "is_kiosk_active is true"),
        ("place 3 from KIOSK", "order 3 for 0"),
    ]);
}

#[test]
fn an_external_id_is_used_once_per_source_and_business_day() {
    let mut cafe = Cafe::open();
    assert_eq!(cafe.run("place 3 from POS ext A1"), "order 1 for 0");
    let used =
        Rejection::ExternalIdUsed { external_id: "A1".into(), order_id: cafe.order_ids[0].clone() };
    for (line, expected) in [
        ("place 3 from POS ext A1", format!("no: {used}")),
        ("place 3 from WEB ext A1", "order 2 for 0".into()),
        ("place 3 from POS", "order 3 for 0".into()),
        ("place 3 from POS", "order 4 for 0".into()),
        // Cancelled, it was still used.
        ("cancel 1", "PENDING cancelled".into()),
        ("place 3 from POS ext A1", format!("no: {used}")),
        ("wait 1440", String::new()),
        ("place 3 from POS ext A1", "order 1 for 0".into()),
    ] {
        assert_eq!(cafe.run(line), expected, "{line}");
    }
}

#[test]
fn the_daily_number_restarts_with_a_business_day_that_never_goes_back() {
    check(&[
        ("place 3", "order 1 for 0"),
        ("place 3", "order 2 for 0"),
        // 03:59 of the next morning, then 04:00.
        ("wait 1079", ""),
        ("place 3", "order 3 for 0"),
        ("wait 1", ""),
        ("place 3", "order 1 for 0"),
        // The clock, then the cut-over hour would have it be yesterday.
        ("wait -2880", ""),
        ("place 3", "order 2 for 0"),
        ("wait 2880", ""),
        ("set business_day_hour 23", "business_day_hour is 23"),
        ("place 3", "order 3 for 0"),
        ("set time_zone Pacific/Honolulu", "time_zone is Pacific/Honolulu"),
        ("place 3", "order 4 for 0"),
    ]);
}

#[test]
fn a_closed_order_can_be_recalled_until_a_new_business_day_has_its_first_order() {
    let mut cafe = Cafe::open();
    for line in ["place 3", "status 1 MAKING", "status 1 READY", "status 1 COMPLETED", "place 3"] {
        cafe.run(line);
    }
    cafe.run("wait 1440");
    assert_eq!(cafe.run("recall 1"), "COMPLETED back to READY");
    assert_eq!(cafe.run("status 1 COMPLETED"), "READY to COMPLETED");
    assert_eq!(cafe.run("place 3"), "order 1 for 0");
    let gone = Rejection::OrderNotFound { order_id: cafe.order_ids[0].clone() };
    assert_eq!(cafe.run("recall 1"), format!("no: {gone}"));
    // What is still open stays at hand, whatever day it is.
    assert_eq!(cafe.run("status 2 MAKING"), "PENDING to MAKING");
}

#[test]
fn an_order_that_nobody_would_pay_is_refused() {
    let mut cafe = Cafe::open();
    let good = wish(&["2", "cell", "1"]);
    let no_cell = PlaceOrder { cell_id: None, ..good.clone() };
    let not_by_cell = PlaceOrder { pay_type: PayType::Cash, ..good.clone() };
    for wrong in [no_cell, not_by_cell, wish(&[])] {
        let rejection = cafe.decide(&Command::PlaceOrder(wrong.clone())).unwrap_err();
        assert!(matches!(rejection, Rejection::OrderInvalid { .. }), "{wrong:?}: {rejection}");
    }
    cafe.decide(&Command::PlaceOrder(good)).unwrap();
}

/// The ids of orders placed at these times and cancelled, so that a new day retires them; the
/// random number is always the same.
fn ids_at(times_ms: impl IntoIterator<Item = i64>) -> Vec<String> {
    let mut cafe = Cafe::open();
    for now_ms in times_ms {
        cafe.now_ms = now_ms;
        cafe.run("place 3");
        let newest = cafe.order_ids.len();
        cafe.run(&format!("cancel {newest}"));
    }
    cafe.order_ids
}

#[test]
fn order_ids_differ_and_keep_their_form_at_the_ends_of_time() {
    let late_ms = MORNING_MS + 9 * DAY_MS;
    let ids = ids_at([MORNING_MS, -5, 0, i64::MAX, i64::MIN, i64::MAX, late_ms, late_ms]);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 8);
    for id in ids {
        let (ms, random) = id.strip_prefix("ORD-").unwrap().split_once('-').unwrap();
        assert!(ms.bytes().all(|b| b.is_ascii_digit()), "{id}");
        assert!(random.len() == 6 && random.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn order_ids_never_repeat_whatever_the_clock_does(
        days in prop::collection::vec(0..4_i64, 1..20),
    ) {
        let ids = ids_at(days.iter().map(|day| MORNING_MS + day * DAY_MS));
        prop_assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), days.len());
    }
}
