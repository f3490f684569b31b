//! The Connect protocol as its clients and `curl -d` speak it.

use serde_json::json;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use uuid::Uuid;

use crate::{
    cafe::{Cafe, must},
    http_client::{post, read, send},
};

const JSON: &str = "Content-Type: application/json";
const PLACE: &str = "/kiosk.v1.OrderService/PlaceOrder";
const LIST: &str = "/kiosk.v1.MenuService/ListMenus";

fn wish() -> String {
    let id = Uuid::new_v4();
    json!({"requestId": id.to_string(), "items": [{"menuId": 1, "quantity": 2}], "pay_type": "CARD"})
        .to_string()
}

#[tokio::test]
async fn an_order_is_placed_with_json_by_either_name_of_a_field() {
    let cafe = Cafe::open().await;
    let wish = wish();
    let placed = post(cafe.address, PLACE, &wish).await;
    assert_eq!(placed.status, 200, "{}", placed.body);
    assert_eq!(placed.header("content-type"), Some("application/json"));
    let order = &placed.json()["order"];
    assert_eq!((&order["dailyNum"], &order["payType"]), (&json!(1), &json!("CARD")));
    assert_eq!((&order["note"], &order["items"][0]["options"]), (&json!(""), &json!([])));
    assert!(order["createdAt"].as_str().unwrap().ends_with('Z'), "{order}");
    assert_eq!(placed.json()["position"]["seq"], json!(cafe.head().to_string()));
    // The same request id again: the same answer, and nothing new.
    assert_eq!(post(cafe.address, PLACE, &wish).await.body, placed.body);
}

#[tokio::test]
async fn what_http_says_of_a_call_follows_the_protocol() {
    let cafe = Cafe::open().await;
    let form = "Content-Type: application/x-www-form-urlencoded";
    for (method, path, headers, body, status, code) in [
        ("POST", LIST, &[JSON][..], "{}", 200, ""),
        ("POST", LIST, &["Content-Type: Application/JSON; charset=UTF-8"], "{}", 200, ""),
        ("POST", LIST, &[JSON, "Connect-Protocol-Version: 1"], "{}", 200, ""),
        ("POST", LIST, &[JSON, "Connect-Timeout-Ms: 9999999999"], "{}", 200, ""),
        ("POST", LIST, &[JSON, "Content-Encoding: identity"], "{}", 200, ""),
        ("POST", LIST, &[form], "{}", 200, ""),
        ("POST", LIST, &[], "", 200, ""),
        ("POST", LIST, &[], "{}", 415, "invalid_argument"),
        ("POST", LIST, &["Content-Type: text/plain"], "{}", 415, "invalid_argument"),
        ("POST", LIST, &["Content-Type: application/proto"], "{}", 415, "invalid_argument"),
        (
            "POST",
            LIST,
            &["Content-Type: application/json; charset=latin1"],
            "{}",
            415,
            "invalid_argument",
        ),
        ("POST", LIST, &[JSON, "Content-Encoding: gzip"], "{}", 415, "unimplemented"),
        ("POST", LIST, &[JSON, "Connect-Protocol-Version: 2"], "{}", 400, "invalid_argument"),
        ("POST", LIST, &[JSON, "Connect-Timeout-Ms: +1"], "{}", 400, "invalid_argument"),
        ("POST", LIST, &[JSON, "Connect-Timeout-Ms: 10000000000"], "{}", 400, "invalid_argument"),
        ("POST", PLACE, &[JSON, "Connect-Timeout-Ms: 0"], &wish(), 504, "deadline_exceeded"),
        ("POST", LIST, &[JSON], "[]", 400, "invalid_argument"),
        ("GET", LIST, &[], "", 405, "unimplemented"),
        ("PUT", LIST, &[JSON], "{}", 405, "unimplemented"),
        ("OPTIONS", LIST, &[], "", 204, ""),
        ("OPTIONS", "/kiosk.v1.MenuService/Nothing", &[], "", 404, ""),
        ("POST", "/kiosk.v1.MenuService/Nothing", &[JSON], "{}", 404, "unimplemented"),
        ("POST", "/kiosk.v1.Nothing/Nothing", &[JSON], "{}", 404, "unimplemented"),
        ("POST", "/kiosk.v1.EventService/Subscribe", &[JSON], "{}", 415, "unimplemented"),
    ] {
        let answer = send(cafe.address, method, path, headers, body).await;
        let what = format!("{method} {path} {headers:?}: {}", answer.body);
        assert_eq!(answer.status, status, "{what}");
        match code {
            "" => assert!(!answer.body.contains("\"code\""), "{what}"),
            code => assert_eq!(answer.json()["code"], code, "{what}"),
        }
        if status == 405 {
            assert_eq!(answer.header("allow"), Some("post, options"), "{what}");
        }
    }
}

#[tokio::test]
async fn json_that_is_no_such_message_is_refused_with_the_place() {
    let cafe = Cafe::open().await;
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for (body, field, says) in [
        (r#"{"items":["#, "", "line 1 column 10"),
        ("{\n \"items\": x}", "", "line 2 column 11"),
        (&deep, "", "recursion limit"),
        ("5", "", "a PlaceOrderRequest is a JSON object"),
        (r#"{"itms":[]}"#, "itms", "there is no such field"),
        (r#"{"items":[{},{"menuID":1}]}"#, "items[1].menuID", "there is no such field"),
        (r#"{"items":5}"#, "items", "it must be a list, not 5"),
        (r#"{"items":[5]}"#, "items[0]", "it must be an object, not 5"),
        (r#"{"items":[{"menuId":"x"}]}"#, "items[0].menu_id", r#"a 32-bit whole number, not "x""#),
        (r#"{"items":[{"menuId":1.5}]}"#, "items[0].menu_id", "a 32-bit whole number, not 1.5"),
        (r#"{"cell_id":2147483648}"#, "cell_id", "a 32-bit whole number, not 2147483648"),
        (r#"{"payType":"GOLD"}"#, "pay_type", r#"CELL, TRANSFER or EXTERNAL, not "GOLD""#),
        (r#"{"note":5}"#, "note", "it must be a text, not 5"),
    ] {
        let answer = post(cafe.address, PLACE, body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        let problem = answer.json();
        assert!(problem["message"].as_str().unwrap().contains(says), "{body}: {}", answer.body);
        let details = problem["details"].as_array().unwrap();
        let bad = details.iter().find(|it| it["type"] == "google.rpc.BadRequest");
        let named = bad.map_or(json!(""), |it| it["debug"]["fieldViolations"][0]["field"].clone());
        assert_eq!(named, field, "{body}: {}", answer.body);
    }
    assert_eq!(post(cafe.address, PLACE, "{\"note\":\"\u{7f}\"").await.status, 400);
}

#[tokio::test]
async fn a_body_is_refused_that_is_too_large_or_does_not_come() {
    let cafe = Cafe::open().await;
    let padded = |bytes: usize| format!("{{}}{}", " ".repeat(bytes - 2));
    assert_eq!(post(cafe.address, LIST, &padded(256 * 1024)).await.status, 200);
    let answer = post(cafe.address, LIST, &padded(256 * 1024 + 1)).await;
    assert_eq!((answer.status, &answer.json()["code"]), (413, &json!("resource_exhausted")));
    assert!(answer.body.contains("262144 bytes"), "{}", answer.body);

    let mut stream = TcpStream::connect(cafe.address).await.unwrap();
    let head = format!(
        "POST {LIST} HTTP/1.1\r\nHost: box\r\n{JSON}\r\nContent-Length: 10\r\n\
         Connection: close\r\nExpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // From now on it waits for the body.
    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut interim = vec![0; go_on.len()];
    must("100", tokio::io::AsyncReadExt::read_exact(&mut stream, &mut interim)).await.unwrap();
    assert_eq!(interim, go_on);
    tokio::time::pause();
    let answer = read(stream).await;
    assert_eq!((answer.status, &answer.json()["code"]), (408, &json!("deadline_exceeded")));
}

#[tokio::test]
async fn calls_are_counted_by_method_and_code_however_they_came() {
    let cafe = Cafe::open().await;
    post(cafe.address, LIST, "{}").await;
    send(cafe.address, "GET", "/api/menus", &[], "").await;
    post(cafe.address, PLACE, "{}").await;
    let metrics = send(cafe.address, "GET", "/metrics", &[], "").await.body;
    for line in [
        "kiosk_calls_total{method=\"kiosk.v1.MenuService/ListMenus\",code=\"OK\"} 2",
        "kiosk_calls_total{method=\"kiosk.v1.OrderService/PlaceOrder\",code=\"INVALID_ARGUMENT\"} 1",
    ] {
        assert!(metrics.lines().any(|it| it == line), "{line} is not in {metrics}");
    }
}
