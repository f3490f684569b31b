//! Seats: the plan, holds, orders that sit down, moves.

use kiosk_tests::Start;
use serde_json::{Value, json};

use crate::operator::Operator;

/// A seat's row: without the time until which it is held.
fn row(operator: &Operator, seat_id: &str) -> String {
    let rows = operator.lines("seat list");
    let row = rows.iter().find(|row| row.starts_with(&format!("{seat_id} "))).unwrap();
    let until = row.find(" 20").unwrap_or(row.len());
    row[..until].trim_end_matches(" -").into()
}

#[tokio::test]
async fn the_plan_of_tables_is_kept_and_a_taken_one_stays_on_it() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    operator.reads("seat put T9 --name Corner --zone out --seats 6 --x 40");
    assert_eq!(row(&operator, "T9"), "T9 Corner out 6 FREE");
    let seats = operator.json("seat list");
    let plan = seats["seats"].as_array().unwrap();
    assert_eq!(plan.len(), 13);
    let corner: Vec<&Value> = plan.iter().filter(|seat| seat["seatId"] == "T9").collect();
    assert_eq!([&corner[0]["x"], &corner[0]["width"], &corner[0]["seats"]], [40, 80, 6]);

    let refused = operator.is_refused("seat put T8 --name Corner", 1);
    assert!(refused.contains("stands for seat T9 already"), "{refused}");
    operator.reads("seat select T9 --holder Ann");
    assert!(operator.is_refused("seat delete T9", 1).contains("reason SEAT_HELD"));
    operator.reads("seat release T9");
    assert_eq!(operator.reads("seat delete T9"), "");
    assert!(operator.is_refused("seat delete T9", 1).contains("NOT_FOUND: there is no seat T9"));
}

#[tokio::test]
async fn of_two_who_want_a_seat_one_holds_it_and_the_other_is_told_who() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    assert!(operator.reads("seat select W1 --holder Ann").starts_with("W1: Ann until 20"));
    let refused = operator.is_refused("seat select W1 --holder Bob", 1);
    assert!(refused.contains("ALREADY_EXISTS: seat W1 is held by \"Ann\" until "), "{refused}");
    assert!(refused.contains("holder=Ann seatId=W1"), "{refused}");
    operator.is_refused("seat release W1 --holder Bob", 1);
    assert!(operator.reads("seat move W1 W2").starts_with("W2: Ann until 20"));
    assert_eq!(row(&operator, "W2"), "W2 창가 2 홀 2 HELD Ann");
    assert_eq!(row(&operator, "W1"), "W1 창가 1 홀 2 FREE");
    assert_eq!(operator.reads("seat release W2 --holder Ann"), "W2 is free\n");
    assert_eq!(operator.reads("seat release W2"), "it was free already\n");
    assert_eq!(operator.json("seat release W2")["change"], json!(null));
}

#[tokio::test]
async fn an_order_sits_where_its_guest_held_a_seat_until_staff_free_it() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    operator.reads("seat select W3 --holder Ann");
    assert!(operator.is_refused("order place 17 --seat W3", 1).contains("reason SEAT_HELD"));
    let placed = operator.json("order place 17 --seat W3 --seat-holder Ann");
    let id = placed["order"]["orderId"].as_str().unwrap();
    assert_eq!(placed["order"]["table"], "창가 3");
    assert_eq!(row(&operator, "W3"), format!("W3 창가 3 홀 2 OCCUPIED {id}"));
    let refused = operator.is_refused("seat select W3 --holder Bob", 1);
    assert!(refused.contains(&format!("reason SEAT_OCCUPIED orderId={id} seatId=W3")), "{refused}");
    assert!(operator.is_refused("seat move W3 W4", 1).contains("there is no seat W4"));
    let moved = format!("H1: {id}\n#1 is served at 홀 1\n");
    assert_eq!(operator.reads("seat move W3 H1"), moved);
    assert_eq!(operator.reads("seat release H1"), "H1 is free\n");
    assert_eq!(operator.reads(&format!("seat select B1 --order {id}")), format!("B1: {id}\n"));
}
