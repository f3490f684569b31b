//! Every row of the contract's Socket.IO table, with the unmodified client from npm, on both
//! transports.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use std::time::Duration;

use kiosk_proto::v1::{
    SetStockRequest, StockCount, menu_service_client::MenuServiceClient,
    order_status::Value as Status,
};
use kiosk_tests::{Cable, SocketIoClients, Start, Till, must, uuid};
use serde_json::{Value, json};

/// How a client may come: with either transport alone, or with the one after the other.
const TRANSPORTS: [&[&str]; 3] = [&["websocket"], &["polling"], &["polling", "websocket"]];

/// Connects, and lets it change its transport if it wants to.
async fn connect(clients: &mut SocketIoClients, name: &str, transports: &[&str]) -> Value {
    clients.connect(name, json!({"transports": transports})).await;
    let connected = clients.next_of(name, "connect").await;
    assert_eq!(connected["recovered"], false);
    let [first, .., last] = transports else {
        assert_eq!(connected["transport"], transports[0]);
        return connected;
    };
    // It may have changed before it was connected.
    if connected["transport"] == *first {
        assert_eq!(clients.next_of(name, "upgrade").await["transport"], *last);
    }
    connected
}

#[tokio::test]
async fn rooms_events_and_callbacks_are_as_existing_clients_know_them() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let mut till = Till::connect(kioskd.grpc).await;
    for transports in TRANSPORTS {
        let mut clients = SocketIoClients::of(kioskd.web);
        connect(&mut clients, "k", transports).await;
        connect(&mut clients, "p", transports).await;

        clients.emit("k", json!(["join_kitchen", {"roomType": "kitchen"}])).await;
        let joined = clients.next_event("k", "Join_room_success").await;
        assert_eq!(joined[0]["roomType"], "kitchen");
        assert!(joined[0]["message"].is_string());

        let order = till.place(Till::wish("")).await;
        let new = clients.next_event("k", "new_order").await;
        assert_eq!(new[0]["orderId"], order.order_id);
        assert_eq!(new[0]["orderNo"], order.daily_num);
        assert_eq!(new[0]["totalPrice"], order.total_amount);
        assert_eq!(new[0]["items"][0]["menuName"], order.items[0].menu_name);
        assert!(new[0]["createdAt"].as_str().unwrap().ends_with('Z'));
        let created = clients.next_event("k", "order:created").await;
        assert_eq!(created[0]["orderId"], order.order_id);

        // The customer's phone: a callback and an event.
        let room = json!({"roomType": "order", "orderId": order.order_id});
        clients.emit("p", json!(["join_kitchen", room])).await;
        let joined = clients.next_event("p", "join_room_success").await;
        assert_eq!(joined[0]["roomType"], "order");
        assert_eq!(joined[0]["orderId"], order.order_id);

        clients.emit("k", json!(["leave_room", {"roomType": "kitchen"}])).await;
        assert_eq!(clients.next_event("k", "leave_room_success").await[0]["roomType"], "kitchen");
        till.set_status(&order.order_id, Status::Making).await;
        assert_eq!(clients.next_event("p", "order:status_changed").await[0]["status"], "MAKING");
        till.set_status(&order.order_id, Status::Ready).await;
        let ready = clients.next_event("p", "order_ready").await;
        assert_eq!(ready[0]["orderId"], order.order_id);
        assert_eq!(ready[0]["orderNo"], order.daily_num);
        assert_eq!(ready[0]["status"], "READY");
        assert!(ready[0]["updatedAt"].is_string());
        assert_eq!(clients.next_event("p", "order:status_changed").await[0]["status"], "READY");

        let rooms = json!({"rooms": [{"roomType": "kitchen"}, room]});
        clients.emit("k", json!(["restore_rooms", rooms])).await;
        let restored = clients.next_event("k", "restore_rooms_success").await;
        assert_eq!(restored[0]["restoredCount"], 2);
        assert!(restored[0]["message"].is_string() && restored[0]["timestamp"].is_string());
        clients.leave("k").await;
        assert_eq!(clients.next_of("k", "disconnect").await["reason"], "io client disconnect");
    }
    assert!(kioskd.terminate().await.success());
}

#[tokio::test]
async fn a_callback_is_told_success_or_error_and_bad_input_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    for transports in TRANSPORTS {
        let mut clients = SocketIoClients::of(kioskd.web);
        connect(&mut clients, "c", transports).await;
        for (args, code) in [
            (json!(["join_kitchen", {"roomType": "cellar"}]), "ROOM_JOIN_FAILED"),
            (json!(["join_kitchen", {"roomType": "order"}]), "ROOM_JOIN_FAILED"),
            (json!(["join_kitchen"]), "ROOM_JOIN_FAILED"),
            (json!(["leave_room", 5]), "ROOM_LEAVE_FAILED"),
            (json!(["restore_rooms", {"rooms": [{"roomType": "?"}]}]), "ROOM_JOIN_FAILED"),
            (json!(["dance", {}]), "VALIDATION_ERROR"),
        ] {
            clients.emit("c", args.clone()).await;
            let error = clients.next_event("c", "error").await;
            assert_eq!(error[0]["code"], code, "{args}");
            assert!(error[0]["message"].is_string() && error[0]["timestamp"].is_string());
            let answer = clients.ask("c", args.clone()).await;
            assert_eq!(answer[0]["success"], false, "{args}");
            assert_eq!(answer[0]["error"]["code"], code, "{args}");
        }
        assert_eq!(clients.ask("c", json!(["heartbeat_ack"])).await[0]["success"], true);
        // Endpoint subscriptions have callbacks of their own.
        assert_eq!(clients.ask("c", json!(["subscribe:all"])).await, json!([null]));
        let endpoint = json!({"endpointId": "printer-1"});
        assert_eq!(clients.ask("c", json!(["subscribe:endpoint", endpoint])).await, json!([null]));
        assert_eq!(
            clients.ask("c", json!(["unsubscribe:endpoint", endpoint])).await,
            json!([null])
        );
        let refused = clients.ask("c", json!(["subscribe:endpoint", {}])).await;
        assert_eq!(refused[0]["code"], "VALIDATION_ERROR");

        let call = |method: &str, message: Value| json!(["call", {"method": format!("kiosk.v1.{method}"), "message": message}]);
        let answer = clients.ask("c", call("MenuService/ListMenus", json!({}))).await;
        assert_eq!(answer[0]["success"], true);
        assert_eq!(answer[0]["data"]["items"].as_array().unwrap().len(), 40);
        let unknown = call("OrderService/GetOrder", json!({"orderId": "ORD-1-nobody"}));
        let answer = clients.ask("c", unknown).await;
        assert_eq!(answer[0]["error"]["code"], "NOT_FOUND");
        assert!(answer[0]["error"]["details"].is_array());
        let stream = call("EventService/Subscribe", json!({}));
        assert_eq!(clients.ask("c", stream).await[0]["error"]["code"], "UNIMPLEMENTED");
    }
    assert!(kioskd.terminate().await.success());
}

#[tokio::test]
async fn stock_is_told_under_the_older_names_too() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let mut clients = SocketIoClients::of(kioskd.web);
    connect(&mut clients, "c", &["websocket"]).await;
    clients.ask("c", json!(["subscribe", {"rooms": ["menu"]}])).await;
    let mut menu = MenuServiceClient::new(Till::connect(kioskd.grpc).await.channel);
    let set = |counts: &[(i32, i32)]| SetStockRequest {
        request_id: uuid(),
        items: counts
            .iter()
            .map(|&(menu_id, left)| StockCount { menu_id, remaining: Some(left) })
            .collect(),
    };
    menu.set_stock(set(&[(1, 5)])).await.unwrap();
    let data = clients.next_event("c", "ticket-updated").await;
    assert_eq!((&data[0]["menuId"], &data[0]["remaining"]), (&json!(1), &json!(5)));
    assert_eq!(clients.next_event("c", "menu:stock_changed").await[0], data[0]);
    menu.set_stock(set(&[(1, 7), (2, 8)])).await.unwrap();
    let data = clients.next_event("c", "tickets-batch-updated").await;
    assert_eq!(data[0]["items"].as_array().unwrap().len(), 2);
    assert_eq!(clients.next_event("c", "menu:stock_batch_changed").await[0], data[0]);
    assert!(kioskd.terminate().await.success());
}

#[tokio::test]
async fn one_connection_too_many_gets_connect_error_and_an_unknown_namespace_too() {
    let dir = tempfile::tempdir().unwrap();
    let start = Start::demo(dir.path()).with("KIOSK__WEB__SESSIONS_PER_CLIENT_MAX", 2);
    let kioskd = start.spawn();
    for transport in ["websocket", "polling"] {
        let mut clients = SocketIoClients::of(kioskd.web);
        let with = |phone: &str| {
            let token = format!("{phone} by {transport}");
            json!({"transports": [transport], "auth": {"token": token}})
        };
        for name in ["a", "b"] {
            clients.connect(name, with("phone 1")).await;
            clients.next_of(name, "connect").await;
        }
        clients.connect("c", with("phone 1")).await;
        let refused = clients.next_of("c", "connect_error").await;
        assert_eq!(refused["message"], "Too many connections");
        // Another identity is not concerned.
        clients.connect("d", with("phone 2")).await;
        clients.next_of("d", "connect").await;
        clients.connect("e", json!({"transports": [transport], "namespace": "/other"})).await;
        let refused = clients.next_of("e", "connect_error").await;
        assert_eq!(refused["message"], "Invalid namespace");
    }
    assert!(kioskd.terminate().await.success());
}

#[tokio::test]
async fn a_client_is_recovered_after_a_cut_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let start = Start::demo(dir.path());
    let mut kioskd = start.spawn();
    let cable = Cable::to(kioskd.web).await;
    for transports in TRANSPORTS {
        let mut till = Till::connect(kioskd.grpc).await;
        let mut clients = SocketIoClients::of(cable.address);
        let id = connect(&mut clients, "k", transports).await["id"].clone();
        clients.emit("k", json!(["join_kitchen", {"roomType": "kitchen"}])).await;
        clients.next_event("k", "Join_room_success").await;
        for restart in [false, true] {
            let before = till.place(Till::wish("")).await;
            if restart {
                kioskd.kill();
                kioskd = start.spawn();
                cable.lead_to(kioskd.web);
                till = Till::connect(kioskd.grpc).await;
            }
            // Between two polls a client does not notice.
            let mut seen = until_it_notices(&mut clients, &cable).await;
            let missed = till.place(Till::wish("")).await;
            loop {
                let next = clients.next().await;
                if next["what"] == "connect" {
                    assert_eq!((&next["recovered"], &next["id"]), (&json!(true), &id), "{next}");
                } else if next["event"] == "new_order" {
                    seen.push(next["args"][0]["orderId"].clone());
                } else if next["event"] == "order:created"
                    && next["args"][0]["orderId"] == missed.order_id
                {
                    break;
                }
            }
            assert_eq!(seen, [json!(before.order_id), json!(missed.order_id)]);
        }
        clients.leave("k").await;
    }
    must("its end", kioskd.terminate()).await;
}

/// Cuts the cable until the client says so; the orders it has seen before.
async fn until_it_notices(clients: &mut SocketIoClients, cable: &Cable) -> Vec<Value> {
    let mut orders = Vec::new();
    let mut cuts = tokio::time::interval(Duration::from_millis(20));
    loop {
        tokio::select! {
            _ = cuts.tick() => drop(cable.cut()),
            seen = clients.next() => match seen["what"].as_str() {
                Some("disconnect") => return orders,
                _ if seen["event"] == "new_order" => {
                    orders.push(seen["args"][0]["orderId"].clone());
                }
                _ => {}
            },
        }
    }
}

/// `reconnect_success` goes to who was here before, recovered or not.
#[tokio::test]
async fn a_client_that_comes_back_is_told_so_and_starts_anew_if_nothing_proves_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let other = tempfile::tempdir().unwrap();
    let restored = Start::demo(other.path()).spawn();
    let cable = Cable::to(kioskd.web).await;
    let mut clients = SocketIoClients::of(cable.address);
    let id = connect(&mut clients, "k", &["websocket"]).await["id"].clone();
    clients.ask("k", json!(["subscribe", {"rooms": ["kitchen"]}])).await;
    Till::connect(kioskd.grpc).await.place(Till::wish("")).await;
    clients.next_event("k", "new_order").await;
    clients.next_event("k", "order:created").await;
    // Another log is at that address now, as after a restored backup.
    cable.lead_to(restored.web);
    until_it_notices(&mut clients, &cable).await;
    let back = clients.next_of("k", "connect").await;
    assert_eq!(back["recovered"], false);
    assert_ne!(back["id"], id);
    assert!(clients.next_event("k", "reconnect_success").await[0]["timestamp"].is_string());
}
