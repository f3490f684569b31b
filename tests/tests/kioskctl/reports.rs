//! The end of the day, as an operator closes it.

use std::fs;

use kiosk_tests::{Start, uuid};
use serde_json::json;

use crate::operator::{Operator, text};

#[tokio::test]
async fn a_day_is_closed_from_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    operator.reads("order place 17 --pay cash");
    let shown = operator.reads("report x");
    assert!(shown.contains("orders 1  gross 4,500  refunds 0  net 4,500"), "{shown}");
    let close = format!("report z --counted-cash 4000 --note rainy --request-id {}", uuid());
    let closed = operator.json(&close);
    assert_eq!((&closed["number"], &closed["cash"]["difference"]), (&json!(1), &json!("-500")));
    assert_eq!(operator.json(&close), closed);
    assert_eq!(operator.json("report show 1"), closed);
    assert_eq!(operator.json("report list")["net"], "4500");
    let printed = operator.reads("report show 1 --print --width 32 --english");
    assert!(printed.contains("Z report 0001\n"), "{printed}");
    assert!(operator.reads("report x --csv").contains("total,,,0,0,,0,0\r\n"));
    let missing = operator.is_refused("report show 2", 1);
    assert!(missing.contains("there is no day report 2"), "{missing}");

    let output = operator.command("report export 1 --csv").current_dir(dir.path()).output();
    assert_eq!(text(&output.unwrap().stdout), "z-0001.csv\n");
    let written = fs::read_to_string(dir.path().join("z-0001.csv")).unwrap();
    assert!(written.contains("report,note,rainy,"), "{written}");
    operator.is_refused("report export 1", 2);
    let date = closed["businessDate"].as_str().unwrap();
    let sales = operator.reads(&format!("report sales {date} {date}"));
    assert!(sales.contains("대추차 ×1"), "{sales}");
}
