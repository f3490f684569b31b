//! The queue on the web's wires: who is told how the line moves, and who asks.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    cafe::{Cafe, Screen},
    http_client::{Answer, post, send},
    socket_io::Client,
};

async fn get(cafe: &Cafe, path: &str) -> Answer {
    send(cafe.address, "GET", path, &[], "").await
}

async fn call(cafe: &Cafe, method: &str, message: Value) -> Value {
    let answer = post(cafe.address, &format!("/kiosk.v1.{method}"), &message.to_string()).await;
    assert_eq!(answer.status, 200, "{method}: {}", answer.body);
    answer.json()
}

fn id() -> String {
    Uuid::new_v4().to_string()
}

async fn place(cafe: &Cafe) -> String {
    let items = json!([{"menuId": 1, "quantity": 1}]);
    let wish = json!({"requestId": id(), "items": items, "payType": "CARD"});
    let placed = call(cafe, "OrderService/PlaceOrder", wish).await;
    placed["order"]["orderId"].as_str().unwrap().into()
}

async fn make(cafe: &Cafe, order_id: &str) {
    let bump = json!({"requestId": id(), "orderId": order_id});
    call(cafe, "OrderService/BumpLines", bump).await;
}

/// The next `queue:updated` with that position; what else comes before is passed over.
async fn told(screen: &mut Screen, position: i64) -> Value {
    loop {
        let frame = screen.next().await;
        if frame["event"] == "queue:updated" && frame["data"]["position"] == position {
            assert_eq!(frame.get("seq"), None, "{frame}");
            return frame["data"].clone();
        }
    }
}

#[tokio::test]
async fn who_follows_an_order_is_told_as_the_line_moves_and_nobody_else() {
    let cafe = Cafe::open().await;
    let (first, second) = (place(&cafe).await, place(&cafe).await);
    let mut of_all = Screen::connect(&cafe).await;
    let mut phone = Screen::connect(&cafe).await;
    phone.ask("subscribe", json!({"rooms": [format!("order_{second}")]})).await;
    let (mut other, _) = Client::connect(&cafe, json!({})).await;
    other.send(&format!(r#"42["join_kitchen",{{"roomType":"order","orderId":"{second}"}}]"#)).await;
    while other.next_event().await[0] != "join_room_success" {}

    // A change is told; that it stands at 2 may have been told before they came.
    make(&cafe, &first).await;
    let update = told(&mut phone, 1).await;
    assert_eq!((&update["orderId"], &update["ahead"]), (&json!(second), &json!(0)));
    assert!(update["estimatedWaitSeconds"].as_i64().is_some_and(|wait| wait > 0), "{update}");
    let update = loop {
        let event = other.next_event().await;
        if event[0] == "queue:updated" && event[1]["position"] == 1 {
            break event[1].clone();
        }
    };
    assert_eq!(update["orderId"], json!(second));

    make(&cafe, &second).await;
    let over = told(&mut phone, 0).await;
    assert_eq!((&over["orderId"], &over["estimatedWaitSeconds"]), (&json!(second), &json!(0)));
    // Who is in no room of an order heard of the two orders, and of no queue.
    cafe.put_item("the end").await;
    loop {
        let frame = of_all.next().await;
        assert_ne!(frame["event"], "queue:updated", "{frame}");
        if frame["event"] == "menu:item_changed" {
            break;
        }
    }
}

#[tokio::test]
async fn a_ticket_has_a_room_of_its_own() {
    let cafe = Cafe::open().await;
    cafe.set("is_queue_active", "true").await;
    cafe.set("queue_threshold", "1").await;
    let take = async || {
        let answer = call(&cafe, "QueueService/TakeTicket", json!({"clientKey": id()})).await;
        answer["ticket"].clone()
    };
    let (first, second) = (take().await, take().await);
    assert_eq!((&first["status"], &second["status"]), (&json!("ADMITTED"), &json!("WAITING")));
    let mut phone = Screen::connect(&cafe).await;
    let room = format!("ticket_{}", second["ticketId"].as_str().unwrap());
    phone.ask("subscribe", json!({"rooms": [room]})).await;
    let leave = json!({"ticketId": first["ticketId"]});
    call(&cafe, "QueueService/LeaveQueue", leave).await;
    let update = told(&mut phone, 0).await;
    assert_eq!((&update["ticketId"], &update["isAdmitted"]), (&second["ticketId"], &json!(true)));
    assert_eq!(update["orderId"], "");
}

#[tokio::test]
async fn the_rest_path_and_the_metrics_say_how_long_it_takes() {
    let cafe = Cafe::open().await;
    let (_first, second) = (place(&cafe).await, place(&cafe).await);
    let status = get(&cafe, &format!("/api/queue/status/{second}")).await.json();
    assert_eq!((&status["position"], &status["ahead"]), (&json!(2), &json!(1)), "{status}");
    assert_eq!((&status["status"], &status["orderId"]), (&json!("PENDING"), &json!(second)));
    assert!(status["estimatedWaitSeconds"].as_i64().is_some_and(|wait| wait > 0), "{status}");
    let nobody = get(&cafe, "/api/queue/status/ORD-1-nobody").await;
    assert_eq!((nobody.status, &nobody.json()["error"]["code"]), (404, &json!("NOT_FOUND")));
    make(&cafe, &second).await;
    let metrics = get(&cafe, "/metrics").await.body;
    for line in [
        "kiosk_queue_orders 1",
        "kiosk_queue_estimated_orders 1",
        "kiosk_queue_customers{status=\"waiting\"} 0",
        "# TYPE kiosk_queue_error_seconds gauge",
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
}
