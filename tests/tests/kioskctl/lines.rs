//! Lines of an order: bump, recall, remake, cancel, add, priority.

use kiosk_tests::Start;
use serde_json::{Value, json};

use crate::operator::Operator;

/// Three jujube teas, a toast and a warm scone; of three stations.
fn order(operator: &Operator) -> String {
    let placed = operator.json("order place 17x3 36 31+51");
    placed["order"]["orderId"].as_str().unwrap().into()
}

/// The rows of its lines.
fn rows(operator: &Operator, id: &str) -> Vec<String> {
    let shown = operator.lines(&format!("order show {id}"));
    let title = shown.iter().position(|line| line.starts_with("LINE QTY")).unwrap();
    shown[title + 1..].to_vec()
}

#[tokio::test]
async fn lines_are_bumped_and_recalled_by_number_and_by_station() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    let id = order(&operator);
    let bump = |what: &str| operator.reads(&format!("order bump {id}{what}"));
    assert_eq!(bump(" 1"), "#1 line 1 done\n#1 PENDING -> MAKING\n");
    assert_eq!(bump(" 1"), "nothing changed\n");
    assert_eq!(bump(" --station dessert"), "#1 line 3 done\n");
    assert_eq!(operator.reads(&format!("order recall {id} 1")), "#1 line 1 waits again\n");
    assert_eq!(
        rows(&operator, &id),
        [
            "1 3 대추차 bar WAITING 4,500 13,500",
            "2 1 햄치즈 토스트 kitchen WAITING 4,500 4,500",
            "3 1 스콘 데워 주세요 dessert DONE 3,200 3,200",
        ]
    );
    let refused = operator.is_refused(&format!("order bump {id} --station oven"), 1);
    assert!(refused.contains("reason NO_LINE_AT_STATION station=oven"), "{refused}");
    let refused = operator.is_refused(&format!("order bump {id} 4"), 1);
    assert!(refused.contains("NOT_FOUND: there is no line 4"), "{refused}");
    operator.is_refused(&format!("order bump {id} 1 --station bar"), 2);

    // What is left of it, as programs read it.
    let bumped = operator.json(&format!("order bump {id}"));
    let ids: Vec<&Value> =
        bumped["change"]["lines"].as_array().unwrap().iter().map(|it| &it["lineId"]).collect();
    assert_eq!(ids, [1, 2]);
    assert_eq!(bumped["steps"][0]["status"], "READY");
    operator.reads(&format!("order status {id} completed"));
    let refused = operator.is_refused(&format!("order bump {id}"), 1);
    assert!(refused.contains("reason ORDER_CLOSED dailyNum=1 status=COMPLETED"), "{refused}");
    // Handed out too early: both steps go back.
    assert_eq!(
        operator.reads(&format!("order recall {id} --station kitchen")),
        "#1 line 2 waits again\n#1 COMPLETED -> READY\n#1 READY -> MAKING\n"
    );
}

#[tokio::test]
async fn a_part_of_a_line_is_made_again_or_cancelled_with_its_money_back() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    let id = order(&operator);
    let refused = operator.is_refused(&format!("order remake {id} 1x1"), 1);
    assert!(refused.contains("reason NOT_BEGUN"), "{refused}");
    operator.reads(&format!("order bump {id} --station bar"));
    assert_eq!(
        operator.reads(&format!("order remake {id} 1x1 --reason spilled")),
        "#1 REMAKE 대추차\n"
    );
    assert_eq!(
        operator.reads(&format!("order cancel-lines {id} 1x1 --reason cold")),
        "#1 CANCEL 대추차: 4,500 back, now 16,700\n"
    );
    assert_eq!(
        rows(&operator, &id),
        [
            "1 1 대추차 bar DONE 4,500 4,500",
            "2 1 햄치즈 토스트 kitchen WAITING 4,500 4,500",
            "3 1 스콘 데워 주세요 dessert WAITING 3,200 3,200",
            "4 1 대추차 bar WAITING REMAKE 4,500 4,500",
            "5 1 대추차 bar CANCELLED 4,500 4,500",
        ]
    );
    let refused = operator.is_refused(&format!("order cancel-lines {id} 1x2"), 1);
    assert!(refused.contains("reason LINE_QUANTITY lineId=1 quantity=1"), "{refused}");
    let refused = operator.is_refused(&format!("order cancel-lines {id} 2 5"), 1);
    assert!(refused.contains("reason LINE_CANCELLED lineId=5"), "{refused}");
    operator.is_refused(&format!("order cancel-lines {id} 1x0"), 2);

    // The last lines take the order with them.
    let cancelled = operator.json(&format!("order cancel-lines {id} 1 2 3 4"));
    assert_eq!(cancelled["change"]["refundAmount"], 16_700);
    assert_eq!(cancelled["cancelled"]["previousStatus"], "MAKING");
    assert!(operator.reads(&format!("order show {id}")).starts_with("#1 CANCELLED\n"));
}

#[tokio::test]
async fn an_order_is_added_to_at_the_total_that_was_told_and_put_before_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    let id = order(&operator);
    let refused = operator.is_refused(&format!("order add {id} 17 --expect-total 21200"), 1);
    assert!(refused.contains("reason TOTAL_CHANGED total=25700"), "{refused}");
    operator.reads(&format!("order bump {id}"));
    assert_eq!(
        operator.reads(&format!("order add {id} 17 --expect-total 25700")),
        "#1 ADD-ON 대추차 for 4,500, now 25,700\n#1 READY -> MAKING\n"
    );
    assert_eq!(rows(&operator, &id)[3], "4 1 대추차 bar WAITING ADD-ON 4,500 4,500");

    let priority = |what: &str| operator.reads(&format!("order priority {id}{what}"));
    assert_eq!(priority(""), "#1 before the others\n");
    assert_eq!(priority(""), "nothing changed\n");
    assert!(
        operator.lines(&format!("order show {id}")).contains(&"priority before the others".into())
    );
    assert_eq!(priority(" --off"), "#1 among the others\n");
    operator.reads(&format!("order cancel {id}"));
    let refused = operator.is_refused(&format!("order priority {id}"), 1);
    assert!(refused.contains("reason ORDER_CLOSED dailyNum=1 status=CANCELLED"), "{refused}");
    operator.is_refused(&format!("order add {id} 17"), 1);
    assert_eq!(operator.json(&format!("order show {id}"))["order"]["totalAmount"], json!(25_700));
}
