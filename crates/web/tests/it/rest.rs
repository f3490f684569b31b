//! The REST paths of the contract.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    cafe::Cafe,
    http_client::{Answer, send},
};

const JSON: &str = "Content-Type: application/json";

async fn ask(cafe: &Cafe, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(cafe.address, method, path, &[JSON], &body).await
}

fn id() -> String {
    Uuid::new_v4().to_string()
}

#[tokio::test]
async fn every_path_of_the_contract_does_what_its_method_does() {
    let cafe = Cafe::open().await;
    let items = json!([{"menuId": 1, "quantity": 1}]);
    let wish = json!({"requestId": id(), "items": items, "payType": "CARD"});
    let placed = ask(&cafe, "POST", "/api/orders", &wish).await.json();
    let order = placed["order"]["orderId"].as_str().unwrap_or_else(|| panic!("{placed}"));
    let (one, none) = (format!("/api/orders/{order}"), Value::Null);
    assert_eq!(ask(&cafe, "GET", &one, &none).await.json()["order"], placed["order"]);
    let making = json!({"requestId": id(), "status": "MAKING"});
    let moved = ask(&cafe, "PATCH", &format!("{one}/status"), &making).await.json();
    assert_eq!(moved["change"]["previousStatus"], "PENDING", "{moved}");
    let why = json!({"requestId": id(), "reason": "gone"});
    let cancelled = ask(&cafe, "POST", &format!("{one}/cancel"), &why).await.json();
    assert_eq!(cancelled["change"]["reason"], "gone", "{cancelled}");

    let menus = ask(&cafe, "GET", "/api/menus", &none).await.json();
    assert_eq!(menus["items"][0]["name"], "Americano", "{menus}");
    let sold_out = json!({"requestId": id(), "isSoldOut": true});
    let changed = ask(&cafe, "PATCH", "/api/menus/1/sold-out", &sold_out).await.json();
    assert_eq!(changed["change"]["isSoldOut"], true, "{changed}");

    assert_eq!(ask(&cafe, "GET", "/api/cells", &none).await.json()["cells"], json!([]));
    let charge = json!({"requestId": id(), "amount": 1000});
    let refused = ask(&cafe, "POST", "/api/cells/9/charge", &charge).await;
    assert_eq!(refused.status, 404, "{}", refused.body);

    let off = json!({"requestId": id(), "value": "false"});
    let set = ask(&cafe, "PUT", "/api/settings/is_kiosk_active", &off).await.json();
    assert_eq!(set["change"]["value"], "false", "{set}");
    let setting = ask(&cafe, "GET", "/api/settings/is_kiosk_active", &none).await.json();
    assert_eq!(setting, json!({"setting": {"key": "is_kiosk_active", "value": "false"}}));
}

#[tokio::test]
async fn query_parameters_are_fields() {
    let cafe = Cafe::open().await;
    for _ in 0..3 {
        let items = json!([{"menuId": 1, "quantity": 1}]);
        let wish = json!({"requestId": id(), "items": items, "payType": "CARD"});
        assert_eq!(ask(&cafe, "POST", "/api/orders", &wish).await.status, 200);
    }
    let check = async |query: &str, status: u16, orders: usize, says: &str| {
        let answer = send(cafe.address, "GET", &format!("/api/orders?{query}"), &[], "").await;
        assert_eq!(answer.status, status, "{query}: {}", answer.body);
        assert!(answer.body.contains(says), "{query}: {}", answer.body);
        let found = answer.json()["orders"].as_array().map_or(0, Vec::len);
        assert_eq!(found, orders, "{query}: {}", answer.body);
    };
    check("", 200, 3, "").await;
    check("&", 200, 3, "").await;
    check("pageSize=2", 200, 2, "").await;
    check("page_size=2", 200, 2, "").await;
    check("statuses=PENDING&statuses=MAKING", 200, 3, "").await;
    check("statuses=MAKING", 200, 0, "").await;
    check("statuses=%50ENDING", 200, 3, "").await;
    check("statuses=1", 200, 3, "").await;
    check("pageSiz=2", 400, 0, "pageSiz: there is no such parameter").await;
    check("pageSize.x=2", 400, 0, "there is no such parameter").await;
    check("pageSize=2&page_size=2", 400, 0, "it was given already").await;
    check("pageSize=two", 400, 0, "page_size: it must be a 32-bit whole number").await;
    check("statuses=WAITING", 400, 0, "statuses[0]: it must be one of").await;
    check("statuses=%ff", 400, 0, "not UTF-8").await;
}

#[tokio::test]
async fn the_path_the_body_and_the_header_must_agree() {
    let cafe = Cafe::open().await;
    let sold_out = |body: Value, headers: Vec<String>| {
        let address = cafe.address;
        async move {
            let headers: Vec<&str> = headers.iter().map(String::as_str).chain([JSON]).collect();
            send(address, "PATCH", "/api/menus/1/sold-out", &headers, &body.to_string()).await
        }
    };
    let key = |id: &str| vec![format!("Idempotency-Key: {id}")];
    // A request id of its own, or the header's.
    let (mine, other) = (id(), id());
    let first = sold_out(json!({"isSoldOut": true}), key(&mine)).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let same = json!({"isSoldOut": true, "menuId": 1, "request_id": mine});
    assert_eq!(sold_out(same, key(&other)).await.body, first.body, "the body's id counts");
    let none = sold_out(json!({"isSoldOut": true, "requestId": ""}), vec![]).await;
    assert_eq!(none.status, 400);
    assert!(none.body.contains("request_id"), "{}", none.body);
    for (name, value) in [("menuId", json!(2)), ("menu_id", json!("2")), ("menuId", json!([]))] {
        let answer = sold_out(json!({name: value, "isSoldOut": true}), key(&other)).await;
        assert_eq!(answer.status, 400, "{name} {value}");
        assert!(answer.body.contains("menu_id: it is 1 in the path, but"), "{}", answer.body);
    }
    let query = send(cafe.address, "POST", "/api/orders?note=x", &[JSON], "{}").await;
    assert!(query.body.contains("note: it belongs into the body"), "{}", query.body);
}

#[tokio::test]
async fn paths_and_methods_are_answered_with_their_status() {
    let cafe = Cafe::open().await;
    for (method, path, status, allow) in [
        ("DELETE", "/api/orders", 405, Some("post, get, head, options")),
        ("GET", "/api/orders/ORD-1-x/cancel", 405, Some("post, options")),
        ("OPTIONS", "/api/settings/x", 204, Some("get, put, head, options")),
        ("OPTIONS", "/api/nothing", 404, None),
        ("GET", "/api/nothing", 404, None),
        ("GET", "/api/", 404, None),
        ("GET", "/api/orders/", 404, None),
        ("GET", "/api/orders/ORD-1-nobody", 404, None),
        ("GET", "/api/settings/%ff", 400, None),
        ("GET", "/api/settings/a%2Fb", 404, None),
        ("HEAD", "/api/menus", 200, None),
    ] {
        let answer = send(cafe.address, method, path, &[], "").await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
        if status >= 400 && method != "OPTIONS" {
            assert!(answer.json()["error"]["code"].is_string(), "{}", answer.body);
        }
    }
}
