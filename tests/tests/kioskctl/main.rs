//! `kioskctl`, as an operator types it, against a real `kioskd`.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

mod cells;
mod devices;
mod hours;
mod lines;
mod menu;
mod operator;
mod reports;
mod simulate;
mod staff;
mod tables;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use kiosk_tests::{Start, free_address, must, uuid};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};

use self::operator::{Operator, Position, text};

#[tokio::test]
async fn an_order_is_led_through_its_life_from_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    let menu = operator.reads("menu list");
    assert!(menu.contains("아메리카노") && menu.contains("2 라지 +700"), "{menu}");

    let placed = operator.reads("order place 1x2+2+12+21 --buzzer 12 --expect-total 8400");
    assert!(placed.starts_with("#1 PENDING\n") && placed.contains("8,400"), "{placed}");
    let list = operator.json("order list");
    let id = list["orders"][0]["orderId"].as_str().unwrap();
    assert!(placed.contains(id), "{placed}");

    // As the screen says it, or as one types it.
    assert_eq!(operator.reads(&format!("order status {id} MAKING")), "#1 PENDING -> MAKING\n");
    assert_eq!(operator.reads(&format!("order status {id} ready")), "#1 MAKING -> READY\n");
    assert_eq!(operator.reads(&format!("order recall {id}")), "#1 READY -> MAKING\n");
    assert_eq!(
        operator.reads(&format!("order cancel {id} --reason spilled")),
        "#1 MAKING -> CANCELLED\n"
    );
    let shown = operator.json(&format!("order show {id}"));
    assert_eq!(
        (&shown["order"]["status"], &shown["order"]["cancelReason"]),
        (&"CANCELLED".into(), &"spilled".into())
    );
    assert!(operator.reads("order list --status CANCELLED").contains(id));
    assert!(!operator.reads("order list --status pending").contains(id));

    let refused = operator.is_refused(&format!("order status {id} making"), 1);
    assert!(refused.starts_with("kioskctl: FAILED_PRECONDITION: "), "{refused}");
    assert!(refused.contains("from=CANCELLED to=MAKING"), "{refused}");
}

#[tokio::test]
async fn a_request_repeated_by_its_id_is_carried_out_once() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    let place = format!("order place 17 --request-id {}", uuid());
    assert_eq!(operator.json(&place), operator.json(&place));
    assert_eq!(operator.json("order list")["orders"].as_array().unwrap().len(), 1);
    let charge = format!("cell charge 1 500 --request-id {}", uuid());
    assert_eq!(operator.json(&charge), operator.json(&charge));
    assert_eq!(operator.json("cell ledger 1")["entries"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn cells_and_settings_are_kept_from_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    assert_eq!(
        operator.reads("cell charge 1 5000 --reason cash"),
        "청년부: 100,000 -> 105,000 (CHARGE)\n"
    );
    operator.reads("order place 17 --cell 1");
    assert_eq!(
        operator.reads("cell adjust 1 -500 --reason counted"),
        "청년부: 100,500 -> 100,000 (ADJUST)\n"
    );
    let ledger = operator.json("cell ledger 1");
    let entries: Vec<_> = ledger["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| json!([e["type"], e["amount"], e["balanceAfter"]]))
        .collect();
    assert_eq!(
        entries,
        [
            json!(["ADJUST", -500, 100_000]),
            json!(["PAYMENT", -4500, 100_500]),
            json!(["CHARGE", 5000, 105_000]),
            json!(["CHARGE", 100_000, 100_000]),
        ]
    );
    // Six at 5,800, of 30,000 points.
    let refused = operator.is_refused("order place 30x6 --cell 6", 1);
    assert!(refused.starts_with("kioskctl: FAILED_PRECONDITION: "), "{refused}");
    assert_eq!(operator.json("cell list")["cells"][5]["balance"], 30_000);

    assert_eq!(operator.reads("setting set is_kiosk_active false"), "is_kiosk_active = false\n");
    assert_eq!(operator.reads("setting get is_kiosk_active"), "false\n");
    let refused = operator.is_refused("setting set is_kiosk_active perhaps", 1);
    assert!(refused.contains("INVALID_ARGUMENT"), "{refused}");
    let snapshot = operator.json("snapshot");
    assert_eq!(snapshot["cells"][0]["balance"], 100_000);
    assert_eq!(snapshot["menu"].as_array().unwrap().len(), 40);
}

/// `kioskctl --json watch`, killed when dropped.
struct Watch {
    lines: Lines<BufReader<tokio::process::ChildStdout>>,
    _process: tokio::process::Child,
}

impl Watch {
    fn start(operator: &Operator, from: &Position) -> Self {
        let from = format!("--json watch --from {}:{}", from.epoch, from.seq);
        let command = operator.command(&from);
        let mut process = tokio::process::Command::from(command)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { lines, _process: process }
    }

    /// The next event's name, and its position.
    async fn next(&mut self) -> (String, Position) {
        let line = must("an event", self.lines.next_line()).await.unwrap().unwrap();
        let event: Value = serde_json::from_str(&line).unwrap();
        (event["event"].as_str().unwrap().into(), Position::of(&event))
    }
}

#[tokio::test]
async fn a_watch_goes_on_where_it_was_when_the_box_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    // The same address after the restart.
    let start = Start::demo(dir.path()).with("KIOSK__GRPC__LISTEN", free_address());
    let kioskd = start.spawn();
    let operator = Operator::at(&kioskd);
    let first = operator.causes("order place 17");
    let second = operator.causes("order place 17");
    let mut watch = Watch::start(&operator, &first);
    assert_eq!(watch.next().await, ("order:created".into(), second));
    let third = operator.causes("setting set is_kiosk_active false");
    assert_eq!(watch.next().await, ("settings:changed".into(), third));

    kioskd.kill();
    let kioskd = start.spawn();
    let fourth = operator.causes("order place 17");
    assert_eq!(watch.next().await, ("order:created".into(), fourth), "not the ones before again");
    assert!(kioskd.terminate().await.success());
}

#[tokio::test]
async fn the_journal_is_read_beside_the_running_box_and_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    operator.reads("order place 17");
    let last = operator.causes("order place 17");
    the_journal_ends_at(dir.path(), &operator, &last);
    kioskd.signal(Signal::INT);
    assert!(kioskd.wait().await.success());
    the_journal_ends_at(dir.path(), &operator, &last);

    let journal = dir.path().join("journal");
    let segment = fs::read_dir(&journal).unwrap().map(|entry| entry.unwrap().path());
    let segment = segment.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let verify = operator.ends(&format!("journal verify --data-dir {}", dir.path().display()));
    assert_eq!(verify.status.code(), Some(1));
    assert!(text(&verify.stderr).contains("damaged"), "{}", text(&verify.stderr));
}

fn the_journal_ends_at(data_dir: &Path, operator: &Operator, last: &Position) {
    let data_dir = data_dir.display();
    let report = operator.json(&format!("journal verify --data-dir {data_dir}"));
    assert_eq!(report["epoch"], *last.epoch);
    assert_eq!([&report["lastSeq"], &report["events"]], [last.seq, last.seq]);
    assert_eq!(report["damage"], json!([]));
    let dump = operator.reads(&format!("journal dump --data-dir {data_dir}"));
    let seqs = dump.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].clone());
    assert!(seqs.eq((1..=last.seq).map(Value::from)), "{dump}");
    let tail = operator.reads(&format!("journal dump --data-dir {data_dir} --from {}", last.seq));
    assert_eq!(tail.lines().collect::<Vec<_>>(), [dump.lines().last().unwrap()]);
}

#[tokio::test]
async fn a_small_load_is_measured_on_every_wire() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    let figures = operator.json(&format!(
        "bench --orders 200 --ws 2 --ws-url ws://{}/ws --grpc 1 --mqtt mqtt://{} --pid {}",
        kioskd.web,
        kioskd.mqtt,
        kioskd.id()
    ));
    assert_eq!((&figures["acknowledged"], &figures["refused"]), (&200.into(), &json!({})));
    assert!(figures["ordersPerSecond"].as_f64().unwrap() > 0.0);
    let wires: Vec<_> = figures["wires"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| json!([w["wire"], w["each"]["count"], w["missing"], w["repeated"], w["ended"]]))
        .collect();
    assert_eq!(
        wires,
        [
            json!(["grpc", 200, 0, 0, []]),
            json!(["mqtt", 200, 0, 0, []]),
            json!(["websocket", 400, 0, 0, []]),
        ]
    );

    let stats = operator.json("stats");
    assert_eq!(stats["position"], operator.json("snapshot")["position"]);
    assert!(
        stats["commits"]["commands"].to_string().trim_matches('"').parse::<u64>().unwrap() > 200
    );
    assert!(operator.reads("stats").contains("healthy"));
}

#[test]
fn exit_codes_tell_a_wrong_word_from_a_box_that_is_not_there() {
    let nobody = Operator::nowhere(free_address());
    assert!(nobody.is_refused("order list", 69).contains("cannot reach"));
    assert!(nobody.is_refused("watch", 69).contains("cannot reach"));
    for wrong in ["order place", "order place latte", "order status ORD-1 burnt", "brew"] {
        assert!(nobody.is_refused(wrong, 2).contains("--help"), "{wrong}");
    }
}

#[test]
fn bash_understands_the_completion() {
    let nobody = Operator::nowhere(free_address());
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("kioskctl.bash");
    fs::write(&script, nobody.reads("completion bash")).unwrap();
    let bash = Command::new("bash").arg("-n").arg(&script).output().unwrap();
    assert!(bash.status.success(), "{}", text(&bash.stderr));
}
