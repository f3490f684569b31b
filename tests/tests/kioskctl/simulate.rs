//! A day that is played, and what is said of it.

use kiosk_tests::{Start, free_address};
use serde_json::Value;

use crate::operator::Operator;

#[tokio::test]
async fn a_day_is_told_in_words_and_for_programs() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    let told = operator.lines("simulate --speed max --customers 40 --seed 3");
    assert!(told[0].starts_with("PAID BY ORDERS AMOUNT ADDED CANCELLED IN PART GIVEN BACK"));
    for begin in ["CARD ", "orders: ", "crew: ", "guests: ", "staff: ", "PlaceOrder ", "BumpLines "]
    {
        assert!(told.iter().any(|line| line.starts_with(begin)), "{begin}: {told:?}");
    }

    // One barista for all stations, many kiosks, several connections: everybody is served.
    let day = operator.json(
        "simulate --speed max --customers 60 --seed 4 --baristas 1 --kiosks 20 --connections 4",
    );
    let count = |pointer: &str| day.pointer(pointer).and_then(Value::as_u64).unwrap();
    let placed = day["placed"].as_object().unwrap().values();
    let placed: u64 = placed.filter_map(|sum| sum["orders"].as_u64()).sum();
    assert_eq!(count("/completed") + count("/cancelled"), placed);
    let answers = day["load"]["answers"].as_object().unwrap();
    let counts = answers.values().filter_map(|answer| answer["count"].as_u64());
    assert_eq!(counts.sum::<u64>(), count("/load/commands"));
    assert!(count("/load/answers/PlaceOrder/count") >= 60, "{day}");
    for figure in ["p50Us", "p90Us", "p99Us", "maxUs"] {
        assert!(count(&format!("/load/answers/PlaceOrder/{figure}")) > 0, "{figure}");
    }
    assert!(day["load"]["ordersPerSecond"].as_f64().unwrap() > 0.0);
    assert!(day["load"]["commandsPerSecond"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_day_needs_a_box_and_a_speed() {
    let nobody = Operator::nowhere(free_address());
    assert!(nobody.is_refused("simulate", 69).contains("cannot reach"));
    nobody.is_refused("simulate --speed warp", 2);
    nobody.is_refused("simulate --kiosks 0", 2);
}
