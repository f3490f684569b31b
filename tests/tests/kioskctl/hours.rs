//! Opening hours, as the operator sets and reads them.

use kiosk_tests::Start;
use serde_json::json;

use crate::operator::{Operator, text};

#[tokio::test]
async fn hours_say_whether_kiosks_may_order_and_why_not() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    // The value is one word of the command line, with spaces.
    let open =
        |hours: &str| operator.command("setting set opening_hours").arg(hours).output().unwrap();
    assert_eq!(operator.lines("hours")[0], "kiosks may order (OPEN)");
    let wrong = open("mon-sun 8am");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("INVALID_ARGUMENT: opening_hours can't be \"8am\""));
    assert_eq!(operator.lines("hours")[0], "kiosks may order (OPEN)");

    assert!(open("mon-sun closed").status.success());
    assert_eq!(operator.lines("hours")[0], "kiosks may not order (CLOSED)");
    let hours = operator.json("hours");
    assert_eq!(hours["activity"]["acceptsKioskOrders"], false);
    assert_eq!(hours["activity"]["opensAt"], json!(null), "it never opens");
    operator.reads("order place 17");

    assert!(open("").status.success());
    operator.reads("setting set is_kiosk_active false");
    assert_eq!(operator.lines("hours")[0], "kiosks may not order (KIOSK_INACTIVE)");
}
