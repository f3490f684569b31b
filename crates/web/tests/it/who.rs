//! Who may come in over HTTP, WebSocket and Socket.IO, by what they show; and what becomes of who must
//! not any more. What each role may call is in `kiosk-grpc`'s tests: the stack is the same, and here it
//! is asked whether all of it is passed through.

use futures_util::{SinkExt as _, StreamExt as _};
use kiosk_domain::{Command, DeviceCommand};
use kiosk_proto::{method_accesses, v1::role::Value as Role};
use kiosk_web::Origin;
use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::{
    cafe::{Cafe, Screen, must},
    http_client::{Answer, send},
    socket_io::Client,
};

/// A session with these headers, and what it hears first; else the code that it is closed with.
async fn session(cafe: &Cafe, query: &str, headers: &[(&'static str, &str)]) -> Result<Value, u16> {
    let mut request = format!("ws://{}/ws{query}", cafe.address).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
    }
    let (mut socket, _) = must("a handshake", connect_async(request)).await.unwrap();
    match must("a message", socket.next()).await.unwrap().unwrap() {
        Message::Text(text) => Ok(serde_json::from_str(&text).unwrap()),
        Message::Close(frame) => Err(frame.unwrap().code.into()),
        other => panic!("{other:?}"),
    }
}

fn role(hello: &Result<Value, u16>) -> &str {
    hello.as_ref().unwrap()["data"]["role"].as_str().unwrap()
}

async fn who_am_i(cafe: &Cafe, header: &str) -> Value {
    let headers = ["Content-Type: application/json", header];
    let path = "/kiosk.v1.DeviceService/WhoAmI";
    send(cafe.address, "POST", path, &headers, "{}").await.json()["role"].clone()
}

async fn sign_in(cafe: &Cafe, headers: &[&str]) -> Answer {
    send(cafe.address, "POST", "/session", headers, "").await
}

#[tokio::test]
async fn a_screen_shows_its_token_in_any_of_the_ways_that_it_can() {
    let cafe = Cafe::closed().await;
    let token = cafe.pair(Role::Board).await.1;
    let bearer = format!("Bearer {token}");
    assert_eq!(role(&session(&cafe, "", &[("authorization", &bearer)]).await), "board");
    let cookie = format!("a=b; kiosk_token={token}");
    assert_eq!(role(&session(&cafe, "", &[("cookie", &cookie)]).await), "board");
    let protocols = format!("kiosk.v1.json, kiosk.token.{token}");
    let offered = session(&cafe, "", &[("sec-websocket-protocol", &protocols)]).await;
    assert_eq!(role(&offered), "board");
    assert_eq!(role(&session(&cafe, &format!("?token={token}"), &[]).await), "board");
}

#[tokio::test]
async fn the_first_frame_may_show_the_token_and_nothing_else_is_heard_before() {
    let cafe = Cafe::closed().await;
    let token = cafe.pair(Role::Staff).await.1;
    let url = format!("ws://{}/ws", cafe.address);
    let (mut socket, _) = must("a handshake", connect_async(&url)).await.unwrap();
    cafe.put_item("Tea").await;
    let first = json!({"event": "authenticate", "data": {"token": token}});
    socket.send(Message::text(first.to_string())).await.unwrap();
    let hello = must("hello", socket.next()).await.unwrap().unwrap();
    let hello: Value = serde_json::from_str(hello.to_text().unwrap()).unwrap();
    assert_eq!((&hello["event"], &hello["data"]["role"]), (&json!("hello"), &json!("staff")));

    let (mut socket, _) = must("a handshake", connect_async(&url)).await.unwrap();
    socket.send(Message::text(r#"{"event":"subscribe","data":{"rooms":["all"]}}"#)).await.unwrap();
    let Message::Close(frame) = must("the end", socket.next()).await.unwrap().unwrap() else {
        panic!("something was said before it was known who listens")
    };
    assert_eq!(u16::from(frame.unwrap().code), 1008);
}

#[tokio::test]
async fn who_shows_nothing_for_five_seconds_is_sent_away_and_wrong_tokens_at_once() {
    let cafe = Cafe::closed().await;
    let (device_id, revoked) = cafe.pair(Role::Admin).await;
    cafe.revoke(device_id).await;
    for token in ["x", &revoked, "kd.AAAAAAAAAAAAAAAA.AAAA", "ko.ORD-1-a.AAAAAAAAAAAAAAAAAAAAAA"] {
        let bearer = format!("Bearer {token}");
        assert_eq!(session(&cafe, "", &[("authorization", &bearer)]).await, Err(4001), "{token}");
    }
    tokio::time::pause();
    assert_eq!(session(&cafe, "", &[]).await, Err(1008));
}

#[tokio::test]
async fn a_socket_io_client_is_let_in_by_its_token_or_told_that_it_is_not() {
    let cafe = Cafe::closed().await;
    let (device_id, token) = cafe.pair(Role::Staff).await;
    let (mut client, welcome) = Client::connect(&cafe, json!({"token": token})).await;
    assert!(welcome["sid"].is_string());
    for auth in [json!({}), json!({"token": "x"}), json!({"token": 7}), json!({"token": ""})] {
        let mut refused = Client::saying(&cafe, &format!("40{auth}")).await;
        let said = refused.next().await.unwrap();
        assert_eq!(said, r#"44{"message":"UNAUTHORIZED"}"#, "{auth}");
    }
    cafe.revoke(device_id).await;
    assert_eq!(client.next().await, None, "closed");
}

#[tokio::test]
async fn what_is_revoked_is_closed_within_a_second() {
    let cafe = Cafe::closed().await;
    let (device_id, token) = cafe.pair(Role::Kiosk).await;
    let (_, other) = cafe.pair(Role::Kiosk).await;
    let mut screens = Vec::new();
    for token in [&token, &other] {
        let mut request = format!("ws://{}/ws", cafe.address).into_client_request().unwrap();
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        request.headers_mut().insert("authorization", bearer);
        let (mut socket, _) = must("a handshake", connect_async(request)).await.unwrap();
        must("hello", socket.next()).await.unwrap().unwrap();
        screens.push(socket);
    }
    let began = std::time::Instant::now();
    cafe.revoke(device_id).await;
    let closed = must("the end", screens[0].next()).await.unwrap().unwrap();
    let took = began.elapsed();
    let Message::Close(Some(frame)) = closed else { panic!("{closed:?}") };
    assert_eq!(u16::from(frame.code), 4001);
    // The clock looks twice a second.
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
    cafe.put_item("Tea").await;
    let event = must("an event", screens[1].next()).await.unwrap().unwrap();
    assert!(event.is_text(), "the other one goes on: {event:?}");
}

#[tokio::test]
async fn a_cookie_stands_for_the_token_and_no_script_can_read_it() {
    let cafe = Cafe::closed().await;
    let token = cafe.pair(Role::Pos).await.1;
    let answer = sign_in(&cafe, &[&format!("Authorization: Bearer {token}")]).await;
    assert_eq!(answer.status, 204);
    let cookie = answer.header("set-cookie").unwrap().to_owned();
    for word in ["httponly", "samesite=strict", "path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert_eq!(who_am_i(&cafe, &format!("Cookie: kiosk_token={token}")).await, "POS");
    assert_eq!(who_am_i(&cafe, "X-Nothing: 1").await, "UNSPECIFIED");
    assert!(!cookie.contains("; secure"), "over plain HTTP no browser would take it: {cookie}");
    for headers in [&["Authorization: Bearer x"][..], &[], &["Authorization: Basic x"]] {
        assert_eq!(sign_in(&cafe, headers).await.status, 401, "{headers:?}");
    }
    let bearer = format!("Authorization: Bearer {token}");
    let foreign = sign_in(&cafe, &[&bearer, "Origin: https://evil.example"]).await;
    assert_eq!(foreign.status, 403);
    let ended = send(cafe.address, "DELETE", "/session", &[], "").await;
    assert!(ended.header("set-cookie").unwrap().contains("max-age=0"));
}

#[tokio::test]
async fn a_foreign_page_gets_nowhere_with_the_cookie_of_a_screen() {
    let cafe = Cafe::closed_with_origins(vec![
        Origin::try_from("https://pos.example".to_owned()).unwrap(),
    ]);
    let cafe = cafe.await;
    let token = cafe.pair(Role::Admin).await.1;
    let cookie = format!("Cookie: kiosk_token={token}");
    let body = r#"{"requestId":"3f1e0a86-5a6f-4e0a-9a39-0b7d1a0f5c11","key":"is_kiosk_active","value":"false"}"#;
    let put = |origin: &'static str| {
        let (cookie, cafe) = (cookie.clone(), &cafe);
        async move {
            let headers = ["Content-Type: application/json", &cookie, origin];
            send(cafe.address, "PUT", "/api/settings/is_kiosk_active", &headers, body).await.status
        }
    };
    assert_eq!(put("Origin: https://evil.example").await, 403);
    assert_eq!(put("Origin: null").await, 403);
    assert_eq!(put("Origin: http://box").await, 200);
}

#[tokio::test]
async fn every_method_asks_who_calls_on_every_wire() {
    let cafe = Cafe::closed().await;
    let board = cafe.pair(Role::Board).await.1;
    let mut screen = Screen::with_token(&cafe, &board).await;
    let bearer = format!("Authorization: Bearer {board}");
    for (name, access) in method_accesses() {
        let path = format!("/{name}");
        let json = "Content-Type: application/json";
        if !name.ends_with("/Subscribe") {
            let nobody = send(cafe.address, "POST", &path, &[json], "{}").await;
            let expected = if access.anyone { 0 } else { 401 };
            assert!(nobody.status == expected || access.anyone, "{name}: {}", nobody.body);
            let called = send(cafe.address, "POST", &path, &[json, &bearer], "{}").await;
            let is_refused = called.body.contains("must not call");
            assert_eq!(is_refused, !access.allows(Role::Board), "{name}: {}", called.body);
        }
        let call = json!({"event": "call", "id": name, "data": {"method": name}});
        screen.send_raw(Message::text(call.to_string())).await;
        let answer = screen.answer(name).await;
        let is_refused = answer["data"]["message"].as_str().unwrap_or_default();
        let is_refused = is_refused.contains("must not call");
        assert_eq!(is_refused, !access.allows(Role::Board), "{answer}");
        let cancel = json!({"event": "cancel", "data": {"id": name}});
        screen.send_raw(Message::text(cancel.to_string())).await;
    }
}

#[tokio::test]
async fn rest_paths_and_counters_are_for_who_may() {
    let cafe = Cafe::closed().await;
    let [board, staff] = [cafe.pair(Role::Board).await.1, cafe.pair(Role::Staff).await.1];
    let get = |path: &'static str, token: Option<&str>| {
        let bearer = token.map(|token| format!("Authorization: Bearer {token}"));
        let cafe = &cafe;
        async move {
            let headers: Vec<&str> = bearer.iter().map(String::as_str).collect();
            send(cafe.address, "GET", path, &headers, "").await.status
        }
    };
    for (path, of_board, of_staff) in [
        ("/api/cells", 403, 200),
        ("/api/orders?businessDate=2026-11-21", 403, 200),
        ("/api/settings/is_kiosk_active", 200, 200),
        ("/api/menus", 200, 200),
        ("/metrics", 401, 200),
    ] {
        assert_eq!(get(path, None).await, 401, "{path}");
        assert_eq!(get(path, Some("x")).await, 401, "{path}");
        assert_eq!(get(path, Some(&board)).await, of_board, "{path}");
        assert_eq!(get(path, Some(&staff)).await, of_staff, "{path}");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(path, None).await, 200, "{path}");
    }
}

#[tokio::test]
async fn a_customers_phone_hears_of_its_own_order_alone() {
    let cafe = Cafe::closed().await;
    cafe.place_order().await;
    let state = cafe.hub.snapshot();
    let own = state.state.orders().next().unwrap().clone();
    let link = cafe.hub.access().order_token(&own);
    let mut phone = Screen::with_token(&cafe, &link).await;
    assert_eq!(phone.hello["data"]["role"], "customer");
    cafe.place_order().await;
    let next = kiosk_proto::v1::order_status::Value::Making;
    let order_id = own.order_id.clone();
    cafe.submit(Command::SetOrderStatus { order_id, status: next }).await;
    let heard = phone.next().await;
    assert_eq!(
        (&heard["event"], &heard["data"]["orderId"]),
        (&json!("order:status_changed"), &json!(own.order_id))
    );
    // Nor by naming the room of another.
    phone.send("subscribe", "1", json!({"rooms": ["kitchen", "all"]})).await;
    phone.answer("1").await;
    cafe.place_order().await;
    cafe.put_item("Tea").await;
    assert_eq!(phone.next().await["event"], "menu:item_changed");
}

#[tokio::test]
async fn nobody_takes_places_without_end_by_saying_nothing() {
    let cafe = Cafe::closed_with_sessions(2).await;
    let url = format!("ws://{}/ws", cafe.address);
    let mut silent = Vec::new();
    for _ in 0..2 {
        silent.push(must("a handshake", connect_async(&url)).await.unwrap().0);
    }
    // A device has places of its own.
    let token = cafe.pair(Role::Board).await.1;
    assert_eq!(session(&cafe, "", &[]).await, Err(4029));
    assert_eq!(role(&session(&cafe, &format!("?token={token}"), &[]).await), "board");
}

#[tokio::test]
async fn a_call_of_a_revoked_session_is_refused() {
    let cafe = Cafe::closed().await;
    let (device_id, token) = cafe.pair(Role::Staff).await;
    let revoke = DeviceCommand::Revoke { device_id, reason: String::new() };
    cafe.submit(Command::Device(revoke)).await;
    let headers = ["Content-Type: application/json", &format!("Authorization: Bearer {token}")];
    let answer = send(cafe.address, "GET", "/api/cells", &headers, "").await;
    assert_eq!(answer.status, 401);
    assert!(answer.body.contains("TOKEN_REFUSED"), "{}", answer.body);
}
