//! Orders placed by other people's clients: Node's gRPC, WebSocket and MQTT libraries, `curl`, and
//! Debian's `mosquitto_sub` talk to a real `kioskd`. What they do is in `tests/clients`.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

use std::{net::SocketAddr, path::Path, process::Stdio};

use kiosk_proto::v1::order_status::Value as Status;
use kiosk_tests::{Kioskd, MosquittoSub, Start, Till, must};
use serde_json::{Value, json};
use tokio::process::Command;

/// What a script of `tests/clients` has seen, in order.
struct Observations(Vec<Value>);

impl Observations {
    async fn of(kioskd: &Kioskd) -> Self {
        let addresses = [kioskd.grpc, kioskd.web, kioskd.mqtt].map(|a| a.to_string());
        Self::of_script("main.js", &addresses).await
    }

    async fn of_script(script: &str, arguments: &[String]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
        assert!(folder.join("node_modules").exists(), "run `npm ci` in {}", folder.display());
        let mut node = Command::new("node");
        node.arg(folder.join(script)).args(arguments);
        let lines = stdout(&mut node).await;
        Self(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    /// All of that kind.
    fn all(&self, what: &str) -> Vec<&Value> {
        self.0.iter().filter(|seen| seen["what"] == what).collect()
    }

    /// The only one of that kind.
    fn one(&self, what: &str) -> &Value {
        let all = self.all(what);
        assert_eq!(all.len(), 1, "{what}");
        all[0]
    }
}

/// What the command prints, which must succeed.
async fn stdout(command: &mut Command) -> String {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let output = command.spawn().unwrap().wait_with_output();
    let output = must("the client's end", output).await.unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn clients_that_know_only_the_contract_place_and_follow_an_order() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let seen = Observations::of(&kioskd).await;

    the_server_describes_itself(&seen);
    the_order_is_priced_with_its_options(&seen);
    every_wire_shows_the_same_events(&seen);
    mistakes_are_named_field_by_field(&seen);
    a_screen_that_comes_late_gets_what_it_missed(&seen);
    assert!(kioskd.terminate().await.success());
}

fn the_server_describes_itself(seen: &Observations) {
    let reflection = seen.one("reflection");
    for service in ["OrderService", "MenuService", "CellService", "SettingsService", "EventService"]
    {
        let name = format!("kiosk.v1.{service}").into();
        assert!(reflection["services"].as_array().unwrap().contains(&name), "{name}");
    }
    // Without our files the client calls fields as the proto does, not as JSON does.
    let names = |menu: &Value, field: &str| -> Vec<(Value, Value)> {
        let items = menu.as_array().unwrap().iter();
        items.map(|item| (item["name"].clone(), item[field].clone())).collect()
    };
    let by_files = names(&seen.one("menu")["menu"], "menuId");
    assert_eq!(by_files[0], ("아메리카노".into(), 1.into()));
    assert_eq!(names(&reflection["menu"], "menu_id"), by_files);
}

fn the_order_is_priced_with_its_options(seen: &Observations) {
    let order = &seen.one("placed")["order"];
    // 3,000, large 700, iced 0, one more shot 500.
    let item = &order["items"][0];
    assert_eq!((&item["unitPrice"], &item["totalPrice"]), (&4200.into(), &8400.into()));
    let options: Vec<_> =
        item["options"].as_array().unwrap().iter().map(|o| o["optionName"].clone()).collect();
    assert_eq!(options, ["라지", "ICE", "샷 추가"]);
    assert_eq!(order["totalAmount"], 8400);
    assert_eq!((&order["status"], &order["source"]), (&"PENDING".into(), &"POS".into()));
    for field in ["position", "order"] {
        let first = &seen.one("placed")[field];
        assert_eq!(first, &seen.one("repeated")[field], "the same request id again");
    }
}

fn every_wire_shows_the_same_events(seen: &Observations) {
    let placed = seen.one("placed");
    let (position, id) = (&placed["position"], &placed["order"]["orderId"]);
    let first = position["seq"].as_u64().unwrap();
    let event = |(i, (event, status)): (usize, (&str, &str))| {
        let seq = first + i as u64;
        json!({"event": event, "epoch": position["epoch"], "seq": seq, "orderId": id, "status": status})
    };
    let expected: Vec<_> = [
        ("order:created", "PENDING"),
        ("order:status_changed", "MAKING"),
        ("order:status_changed", "READY"),
    ]
    .into_iter()
    .enumerate()
    .map(event)
    .collect();
    let wires = seen.all("seen");
    assert_eq!(wires.iter().map(|w| &w["wire"]).collect::<Vec<_>>(), ["grpc", "ws", "mqtt"]);
    for wire in wires {
        assert_eq!(wire["events"], json!(expected), "{}", wire["wire"]);
    }
    let moved: Vec<_> = seen.all("moved").iter().map(|m| m["position"]["seq"].clone()).collect();
    assert_eq!(moved, [first + 1, first + 2], "an answer tells the position that it caused");
}

fn mistakes_are_named_field_by_field(seen: &Observations) {
    let errors = seen.one("errors");
    let code_and_reason = |name: &str| {
        let error = &errors[name];
        let details = error["details"].as_array().unwrap();
        let info = details.iter().find(|d| d["type"] == "google.rpc.ErrorInfo").unwrap();
        (error["code"].as_str().unwrap(), info["reason"].as_str().unwrap())
    };
    assert_eq!(code_and_reason("fields"), ("INVALID_ARGUMENT", "INVALID"));
    assert_eq!(code_and_reason("total"), ("FAILED_PRECONDITION", "TOTAL_CHANGED"));
    assert_eq!(code_and_reason("step"), ("FAILED_PRECONDITION", "STATUS"));
    assert_eq!(code_and_reason("order"), ("NOT_FOUND", "NOT_FOUND"));

    let details = errors["fields"]["details"].as_array().unwrap();
    let bad = details.iter().find(|d| d["type"] == "google.rpc.BadRequest").unwrap();
    let violations = bad["fieldViolations"].as_array().unwrap();
    let fields: Vec<_> = violations.iter().map(|v| v["field"].clone()).collect();
    assert_eq!(fields, ["request_id", "items[0].quantity"]);
    assert_eq!(violations[1]["description"], "it must be from 1 to 99");
    let details = errors["order"]["details"].as_array().unwrap();
    let resource = details.iter().find(|d| d["type"] == "google.rpc.ResourceInfo").unwrap();
    assert_eq!(resource["resourceName"], "ORD-1-nobody");
}

fn a_screen_that_comes_late_gets_what_it_missed(seen: &Observations) {
    let first = seen.one("placed")["position"]["seq"].as_u64().unwrap();
    let frames = seen.one("resumed")["frames"].as_array().unwrap();
    let missed: Vec<_> = frames.iter().filter_map(|frame| frame["seq"].as_u64()).collect();
    assert_eq!(missed, [first + 1, first + 2], "each once, in order");
    let last = frames.last().unwrap();
    assert_eq!(last["data"], json!({"recovered": true, "missed": 2}));

    let refused = seen.one("refused");
    assert_eq!((&refused["event"], &refused["id"]), (&"error".into(), &"brew".into()));
    assert_eq!(refused["data"]["code"], "VALIDATION_ERROR");
}

#[tokio::test]
async fn a_connect_client_places_an_order_and_is_refused_as_a_grpc_client_is() {
    let dir = tempfile::tempdir().unwrap();
    let contract = dir.path().join("contract.bin");
    std::fs::write(&contract, kiosk_proto::DESCRIPTORS).unwrap();
    let kioskd = Start::demo(&dir.path().join("data")).spawn();
    let contract = contract.display().to_string();
    let arguments = [kioskd.web.to_string(), kioskd.grpc.to_string(), contract];
    let seen = Observations::of_script("connect.js", &arguments).await;

    let order = &seen.one("placed")["order"];
    assert_eq!((&order["totalAmount"], &order["status"]), (&9000.into(), &"PENDING".into()));
    assert_eq!(seen.one("repeated")["order"], *order, "the same request id again");
    let mistakes = seen.all("mistake");
    assert_eq!(mistakes.len(), 3);
    for mistake in mistakes {
        // What has no value is written by one library only.
        let mut grpc = mistake["grpc"].clone();
        for detail in grpc["details"].as_array_mut().unwrap() {
            detail.as_object_mut().unwrap().retain(|_, value| *value != json!({}));
        }
        assert_eq!(mistake["connect"], grpc, "{}", mistake["name"]);
        assert!(!grpc["details"].as_array().unwrap().is_empty(), "{grpc}");
    }
    assert!(kioskd.terminate().await.success());
}

/// The lines of the README.
#[tokio::test]
async fn curl_places_and_moves_an_order() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let ask = async |options: &[&str], path: &str| {
        let (code, body) = curl_with(options, kioskd.web, path).await;
        assert_eq!(code, "200", "{path}: {body}");
        serde_json::from_str::<Value>(&body).unwrap()
    };
    let id = kiosk_tests::uuid();
    let wish =
        json!({"requestId": id, "items": [{"menuId": 17, "quantity": 1}], "payType": "CARD"});
    let placed = ask(&["-d", &wish.to_string()], "/kiosk.v1.OrderService/PlaceOrder").await;
    let path = format!("/api/orders/{}", placed["order"]["orderId"].as_str().unwrap());
    let key = format!("Idempotency-Key: {}", kiosk_tests::uuid());
    let making = ["-X", "PATCH", "-H", &key, "-d", r#"{"status":"MAKING"}"#];
    let moved = ask(&making, &format!("{path}/status")).await;
    assert_eq!(moved["change"]["status"], "MAKING");
    assert_eq!(ask(&[], &path).await["order"]["status"], "MAKING");
    assert!(kioskd.terminate().await.success());
}

async fn curl(web: SocketAddr, path: &str) -> (String, String) {
    curl_with(&[], web, path).await
}

async fn curl_with(options: &[&str], web: SocketAddr, path: &str) -> (String, String) {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--write-out", "\n%{http_code}"]).args(options);
    let output = stdout(curl.arg(format!("http://{web}{path}"))).await;
    let (body, code) = output.rsplit_once('\n').unwrap();
    (code.into(), body.into())
}

#[tokio::test]
async fn curl_sees_that_the_box_is_healthy_and_what_it_has_counted() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let mut till = Till::connect(kioskd.grpc).await;
    till.place(Till::wish("")).await;

    assert_eq!(curl(kioskd.web, "/healthz").await, ("200".into(), "ok\n".into()));
    assert_eq!(curl(kioskd.web, "/readyz").await, ("200".into(), "ready\n".into()));
    let (code, metrics) = curl(kioskd.web, "/metrics").await;
    assert_eq!(code, "200");
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "not a Prometheus sample: {line}");
    }
    assert_eq!(curl(kioskd.web, "/nothing").await.0, "404");
    assert!(kioskd.terminate().await.success());
}

#[tokio::test]
async fn a_sign_that_subscribes_late_shows_what_is_true_now() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let mut till = Till::connect(kioskd.grpc).await;
    // It follows from the start: the bridge has done what it shows.
    let mut early = MosquittoSub::start(kioskd.mqtt, "kiosk/cafe/board").await;
    let made = till.place(Till::wish("")).await;
    let waiting = till.place(Till::wish("")).await;
    let gone = till.place(Till::wish("")).await;
    till.set_status(&waiting.order_id, Status::Making).await;
    for status in [Status::Making, Status::Ready] {
        till.set_status(&made.order_id, status).await;
        till.set_status(&gone.order_id, status).await;
    }
    let last = till.set_status(&gone.order_id, Status::Completed).await.position.unwrap().seq;
    let on_board = loop {
        let board: Value = serde_json::from_str(&early.next().await.1).unwrap();
        if board["seq"] == last {
            break board;
        }
    };

    let (preparing, ready) = ([waiting.daily_num], [made.daily_num]);
    assert_eq!(on_board, json!({"preparing": preparing, "ready": ready, "seq": last}));
    let mut late = MosquittoSub::start(kioskd.mqtt, "kiosk/cafe/board").await;
    assert_eq!(serde_json::from_str::<Value>(&late.next().await.1).unwrap(), on_board);

    let mut states = MosquittoSub::start(kioskd.mqtt, "kiosk/cafe/order/+/state").await;
    let mut open = [states.next().await, states.next().await];
    open.sort();
    for ((topic, payload), (order, status)) in
        open.iter().zip([(&made, "READY"), (&waiting, "MAKING")])
    {
        assert_eq!(*topic, format!("kiosk/cafe/order/{}/state", order.order_id));
        let state: Value = serde_json::from_str(payload).unwrap();
        assert_eq!(
            (&state["dailyNum"], &state["status"]),
            (&order.daily_num.into(), &status.into())
        );
    }
    // The next that comes is news, not a third retained state: what is gone was cleared.
    till.set_status(&waiting.order_id, Status::Ready).await;
    let (topic, payload) = states.next().await;
    assert_eq!(topic, format!("kiosk/cafe/order/{}/state", waiting.order_id));
    assert!(payload.contains("READY"), "{payload}");
    assert!(kioskd.terminate().await.success());
}
