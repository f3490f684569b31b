//! Orders, and what happens when the box refuses, is silent, or is cut off.

use crate::support::{TestBox, kioskctl, within};
use kiosk_proto::v1::*;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

fn answer() -> PlaceOrderResponse {
    let item = |menu_name: &str, quantity, total_price| OrderItem {
        menu_name: menu_name.into(),
        quantity,
        unit_price: total_price / quantity,
        total_price,
        ..Default::default()
    };
    let latte = OrderItem {
        line_id: 1,
        station: "bar".into(),
        status: line_status::Value::Waiting.into(),
        addition: 1,
        remakes: 1,
        ..item("아메리카노", 2, 7000)
    };
    let order = Order {
        order_id: "ORD-1795230245678-k3x9qa".into(),
        daily_num: 42,
        status: order_status::Value::Pending.into(),
        pay_type: pay_type::Value::Cell.into(),
        items: vec![latte, item("Cheese cake", 1, 1000)],
        total_amount: 8000,
        ..Default::default()
    };
    let position = Position { epoch: "5f0c2a9be3d14477".into(), seq: 7 };
    PlaceOrderResponse { position: Some(position), order: Some(order), ..Default::default() }
}

#[tokio::test]
async fn an_order_says_what_the_operator_said_and_its_answer_is_a_table() {
    let mut the_box = TestBox::start().await;
    let place = [
        "order",
        "place",
        "1x2+2",
        "12",
        "--cell",
        "7",
        "--buzzer",
        "12",
        "--take-out",
        "--note",
        "hot",
        "--expect-total",
        "8000",
        "--request-id",
        "7f3c0000-0000-4000-8000-000000000001",
    ];
    let running = the_box.kioskctl(&place);
    let (request, reply) = within(the_box.placed.recv()).await.unwrap();
    let option = PlaceOrderOption { option_id: 2, quantity: 1 };
    let latte =
        PlaceOrderItem { menu_id: 1, quantity: 2, options: vec![option], ..Default::default() };
    let cake = PlaceOrderItem { menu_id: 12, quantity: 1, ..Default::default() };
    let expected = PlaceOrderRequest {
        request_id: "7f3c0000-0000-4000-8000-000000000001".into(),
        items: vec![latte, cake],
        pay_type: pay_type::Value::Cell.into(),
        cell_id: Some(7),
        fulfilment: fulfilment::Value::TakeOut.into(),
        note: "hot".into(),
        buzzer_id: "12".into(),
        source: order_source::Value::Staff.into(),
        expected_total: Some(8000),
        ..Default::default()
    };
    assert_eq!(request, expected);
    reply.send(Ok(answer())).unwrap();
    let (code, stdout, stderr) = running.end().await;
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with("#42 PENDING\n"), "{stdout}");
    let rows: Vec<Vec<&str>> =
        stdout.lines().rev().take(2).map(|row| row.split_whitespace().collect()).collect();
    // A line from before lines had numbers is known by its place.
    assert_eq!(rows[0].join(" "), "2 1 Cheese cake 1,000 1,000");
    assert_eq!(rows[1].join(" "), "1 2 아메리카노 bar WAITING ADD-ON REMAKE 3,500 7,000");
}

#[tokio::test]
async fn a_program_gets_the_answer_as_canonical_json() {
    let mut the_box = TestBox::start().await;
    let running = the_box.kioskctl(&["--json", "order", "place", "1"]);
    let (_, reply) = within(the_box.placed.recv()).await.unwrap();
    reply.send(Ok(answer())).unwrap();
    let (code, stdout, _) = running.end().await;
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(code, 0);
    assert_eq!(json["order"]["orderId"], "ORD-1795230245678-k3x9qa");
    assert_eq!(json["order"]["payType"], "CELL");
    assert_eq!(json["order"]["note"], "", "default values are written");
}

#[tokio::test]
async fn an_order_whose_answer_was_cut_off_is_sent_again_as_it_was() {
    let mut the_box = TestBox::start().await;
    let running = the_box.kioskctl(&["order", "place", "1x2", "--note", "once"]);
    let (first, _unanswered) = within(the_box.placed.recv()).await.unwrap();
    the_box.cut();
    let (second, reply) = within(the_box.placed.recv()).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(first.request_id.len(), 36, "a UUID, although the operator gave none");
    reply.send(Ok(answer())).unwrap();
    let (code, stdout, stderr) = running.end().await;
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout.matches("#42").count(), 1);
}

#[tokio::test]
async fn an_order_that_the_box_gave_up_waiting_for_is_sent_again_too() {
    let mut the_box = TestBox::start().await;
    let running = the_box.kioskctl(&["order", "place", "1"]);
    let mut requests = Vec::new();
    for gave_up in [Status::cancelled("Timeout expired"), Status::deadline_exceeded("too long")] {
        let (request, reply) = within(the_box.placed.recv()).await.unwrap();
        requests.push(request);
        reply.send(Err(gave_up)).unwrap();
    }
    let (request, reply) = within(the_box.placed.recv()).await.unwrap();
    assert!(requests.iter().all(|earlier| *earlier == request));
    reply.send(Ok(answer())).unwrap();
    assert_eq!(running.end().await.0, 0);
}

#[tokio::test]
async fn a_rejection_exits_1_with_its_code_and_details_on_stderr() {
    let mut the_box = TestBox::start().await;
    let running = the_box.kioskctl(&["order", "place", "99"]);
    let (_, reply) = within(the_box.placed.recv()).await.unwrap();
    let details = ErrorDetails::with_bad_request_violation("items[0].menu_id", "no menu item 99");
    let status = Status::with_error_details(Code::InvalidArgument, "the order is wrong", details);
    reply.send(Err(status)).unwrap();
    let (code, stdout, stderr) = running.end().await;
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert_eq!(
        stderr,
        "kioskctl: INVALID_ARGUMENT: the order is wrong\n  items[0].menu_id: no menu item 99\n"
    );
}

#[tokio::test]
async fn an_order_without_an_answer_exits_69_and_tells_how_to_repeat_it() {
    let mut the_box = TestBox::start().await;
    let running = the_box.kioskctl(&["order", "place", "1", "--timeout", "0.3"]);
    let (request, _unanswered) = within(the_box.placed.recv()).await.unwrap();
    let (code, _, stderr) = running.end().await;
    assert_eq!(code, 69);
    assert!(stderr.contains(&format!("--request-id {}", request.request_id)), "{stderr}");
}

#[tokio::test]
async fn a_box_that_is_not_there_exits_69_at_once() {
    // Bound but not listening: the port is ours, and connections to it are refused.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    for command in [&["order", "place", "1"][..], &["watch"], &["bench"]] {
        let (code, stdout, stderr) = kioskctl(&address, command).end().await;
        assert_eq!((code, stdout.as_str()), (69, ""), "{command:?}");
        assert!(stderr.starts_with(&format!("kioskctl: cannot reach {address}/: ")), "{stderr}");
        assert!(stderr.contains("refused"), "{stderr}");
    }
}

#[tokio::test]
async fn wrong_usage_exits_2_and_asks_nothing_of_the_box() {
    let the_box = TestBox::start().await;
    for wrong in [
        &["order", "place", "latte"][..],
        &["order", "place"],
        &["order", "place", "1", "--pay", "cell"],
        &["order", "place", "1", "--request-id", "again"],
        &["order", "status", "ORD-1", "eaten"],
        &["watch", "--from", "12"],
        &["menu", "put", "/nonexistent/menu.json"],
    ] {
        let (code, stdout, stderr) = the_box.kioskctl(wrong).end().await;
        assert_eq!((code, stdout.as_str()), (2, ""), "{wrong:?}: {stderr}");
    }
}

#[tokio::test]
async fn a_days_orders_are_fetched_page_after_page_up_to_the_limit() {
    let mut the_box = TestBox::start().await;
    let running = the_box.kioskctl(&["order", "list", "--status", "ready", "--limit", "2"]);
    let order = |daily_num| Order { daily_num, ..Default::default() };
    for (token, next) in [("", "one"), ("one", "two")] {
        let (request, reply) = within(the_box.listed.recv()).await.unwrap();
        assert_eq!(request.page_token, token);
        assert_eq!(request.statuses, [i32::from(order_status::Value::Ready)]);
        let business_date = if token.is_empty() { "" } else { "2026-11-21" };
        assert_eq!(request.business_date, business_date, "the day does not change between pages");
        let page = ListOrdersResponse {
            orders: vec![order(request.page_token.len() as i32)],
            next_page_token: next.into(),
            business_date: "2026-11-21".into(),
        };
        reply.send(Ok(page)).unwrap();
    }
    let (code, stdout, stderr) = running.end().await;
    assert_eq!((code, stdout.lines().count()), (0, 3), "{stdout}");
    assert_eq!(stderr, "kioskctl: the first 2 orders; more with --limit\n");
}
