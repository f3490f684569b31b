//! Bells and messages.

use kiosk_tests::Start;
use serde_json::json;

use crate::operator::Operator;

#[tokio::test]
async fn a_bell_waits_counts_and_is_answered_once() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    let placed = operator.json("order place 17 --seat W3");
    let id = placed["order"]["orderId"].as_str().unwrap();
    assert!(operator.lines(&format!("bell ring --order {id}"))[1].starts_with("1 창가 3 #1 1 "));
    operator.reads("bell ring --seat W3 --reason water");
    let again = &operator.json("bell list")["bells"];
    assert_eq!(again.as_array().unwrap().len(), 1, "the same table");
    assert_eq!([&again[0]["rings"], &again[0]["reason"]], [&json!(2), &json!("water")]);
    let answered = operator.reads("bell answer 1 --by Jisu");
    assert!(answered.starts_with("bell 1 was answered after "), "{answered}");
    let refused = operator.is_refused("bell answer 1", 1);
    assert!(refused.contains("NOT_FOUND: there is no waiting bell 1"), "{refused}");
    assert_eq!(operator.lines("bell list").len(), 1, "the titles");
    assert!(operator.is_refused("bell ring --seat X1", 1).contains("there is no seat X1"));
    operator.is_refused("bell ring --seat W3 --place Door", 2);
    assert!(operator.lines("bell ring --place Door")[1].starts_with("2 Door 1 "));
}

#[tokio::test]
async fn a_box_that_is_well_has_no_incidents_to_resolve() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    assert_eq!(operator.lines("incident list").len(), 1, "the titles");
    assert_eq!(operator.json("incident list")["incidents"].as_array().unwrap().len(), 0);
    let refused = operator.is_refused("incident resolve INC-1", 1);
    assert!(refused.contains("NOT_FOUND: there is no incident INC-1"), "{refused}");
}

#[tokio::test]
async fn messages_are_read_in_the_order_of_time_in_the_room_they_were_sent_to() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    assert!(operator.lines("message send kitchen milk --sender Jisu")[1].ends_with(" Jisu milk"));
    operator.reads("message send counter change");
    operator.reads("message send kitchen cups --sender Ann");
    let listed = operator.lines("message list kitchen");
    assert!(listed[1].starts_with("1 ") && listed[1].ends_with(" Jisu milk"), "{listed:?}");
    assert!(listed[2].starts_with("3 ") && listed[2].ends_with(" Ann cups"), "{listed:?}");
    let newest = operator.json("message list kitchen --limit 1");
    assert_eq!(newest["messages"][0]["text"], "cups");
    assert_eq!(newest["messages"].as_array().unwrap().len(), 1);
    operator.is_refused("message send attic hello", 2);
    // An empty text, from "kitchen " split at its space.
    let refused = operator.is_refused("message send kitchen ", 1);
    assert!(refused.contains("text: it must not be empty"), "{refused}");
}
