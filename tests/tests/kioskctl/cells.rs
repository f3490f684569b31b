//! Cells: archive, members, transfers, statements.

use kiosk_tests::Start;
use serde_json::json;

use crate::operator::Operator;

#[tokio::test]
async fn an_archived_cell_is_not_offered_until_it_is_restored() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    assert_eq!(operator.lines("cell archive 3")[1], "3 고등부 50,000 0 archived");
    let is_listed = |words: &str| operator.reads(words).contains("고등부");
    assert_eq!([is_listed("cell list"), is_listed("cell list --archived")], [false, true]);
    let refused = operator.is_refused("order place 17 --cell 3", 1);
    assert!(refused.contains("reason CELL_ARCHIVED cellId=3"), "{refused}");
    operator.is_refused("cell charge 3 1000", 1);
    assert_eq!(operator.json("cell restore 3")["cell"]["isArchived"], false);
    operator.reads("order place 17 --cell 3");
    assert!(operator.is_refused("cell archive 99", 1).contains("NOT_FOUND"));
}

#[tokio::test]
async fn points_move_from_one_cell_to_another_or_stay() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    assert_eq!(
        operator.reads("cell transfer 1 2 5000 --reason camp"),
        "청년부: 100,000 -> 95,000 (TRANSFER)\n중등부: 50,000 -> 55,000 (TRANSFER)\n"
    );
    let moved = operator.json("cell transfer 2 1 5000 --reason back");
    assert_eq!([&moved["from"]["balanceAfter"], &moved["to"]["balanceAfter"]], [50_000, 100_000]);
    let refused = operator.is_refused("cell transfer 7 8 30001 --reason more", 1);
    assert!(refused.contains("reason INSUFFICIENT_BALANCE available=30000 cellId=7"), "{refused}");
    let refused = operator.is_refused("cell transfer 1 1 5 --reason same", 1);
    assert!(refused.contains("to_cell_id: it must be another cell than from_cell_id"), "{refused}");
    operator.is_refused("cell transfer 1 2 5000", 2);
    let balances = operator.json("cell list");
    let of = |at: usize| balances["cells"][at]["balance"].clone();
    assert_eq!([of(0), of(1), of(6), of(7)], [100_000, 50_000, 30_000, 30_000]);
}

#[tokio::test]
async fn members_are_kept_and_their_pins_are_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    assert_eq!(
        operator.lines("cell member list 1"),
        ["ID NAME PIN", "1 김민아 yes", "2 박준호 yes"]
    );
    let refused = operator.is_refused("cell member put 2 Ann --pin 12", 1);
    assert!(refused.contains("pin: it must have 4 to 8 digits"), "{refused}");
    let put = operator.command("cell member put 2 Ann").env("KIOSK_MEMBER_PIN", "2580").output();
    assert!(put.unwrap().status.success());
    assert_eq!(operator.lines("cell member put 2 Anna --id 1")[1], "1 Anna yes", "the PIN stays");
    assert_eq!(
        operator.json("cell member list 2")["members"],
        json!([{"memberId": 1, "name": "Anna", "hasPin": true}])
    );
    assert_eq!(operator.lines("cell member put 2 Anna --id 1 --no-pin")[1], "1 Anna no");
    assert_eq!(operator.json("cell member list 2")["needsPin"], false);
    assert_eq!(operator.reads("cell member delete 2 1"), "deleted\n");
    assert!(operator.is_refused("cell member delete 2 1", 1).contains("no cell member 2/1"));
}

#[tokio::test]
async fn a_statement_goes_from_the_opening_to_the_closing_balance_also_for_a_spreadsheet() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    operator.reads("cell transfer 1 2 5000 --reason =camp");
    let id = operator.json("order place 17 --cell 1 --member 2")["order"]["orderId"].clone();
    let id = id.as_str().unwrap();
    let text = operator.lines("cell statement 1");
    assert_eq!(
        [&*text[0], &*text[1], &*text[6]],
        ["청년부", "opening balance 0", "closing balance 90,500"]
    );
    assert!(text[4].starts_with("2 TRANSFER -5,000 95,000 "), "{text:?}");
    assert!(text[5].ends_with(&format!(" 박준호 {id}")), "{text:?}");

    let csv = operator.reads("cell statement 1 --csv");
    let rows: Vec<&str> = csv.lines().collect();
    assert!(rows[0].starts_with("\u{feff}no,time,type,amount,balance,"), "{csv}");
    let ends = |at: usize, end: &str| assert!(rows[at].ends_with(end), "{csv}");
    ends(2, ",CHARGE,100000,100000,,,,demo");
    ends(3, ",TRANSFER,-5000,95000,,중등부,,'=camp");
    ends(4, &format!(",PAYMENT,-4500,90500,박준호,,{id},"));
    ends(5, ",CLOSING,,90500,,,,");
    assert_eq!(rows.len(), 6);

    let none = operator.json("cell statement 1 --from 2040-01-01");
    assert_eq!([&none["openingBalance"], &none["closingBalance"]], [90_500, 90_500]);
    assert_eq!(none["entries"], json!([]));
    operator.is_refused("cell statement 1 --from yesterday", 2);
    assert!(operator.is_refused("cell statement 99", 1).contains("NOT_FOUND"));
}
