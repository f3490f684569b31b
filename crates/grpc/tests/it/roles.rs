//! Every method and every role: who may call is let in, who may not is not. `kioskctl roles` shows the
//! table; a test of it says what it must be.

use std::collections::BTreeSet;

use kiosk_proto::{
    method_accesses,
    v1::{
        Event, GetOrderRequest, GetSnapshotRequest, PlaceOrderResponse, SubscribeRequest,
        event::Payload, event_service_client::EventServiceClient,
        order_service_client::OrderServiceClient, role::Value as Role, subscribe_response::Message,
    },
};
use tonic::{Code, Request, Status, transport::Channel};
use tonic_types::StatusExt as _;

use crate::{
    cafe::{AMERICANO, Cafe, must, wish},
    raw::call_with_nothing,
};

const ROLES: [Role; 8] = [
    Role::Admin,
    Role::Staff,
    Role::Kiosk,
    Role::Board,
    Role::Customer,
    Role::Pos,
    Role::Printer,
    Role::Device,
];

/// What the guard says to a call: None, that it lets it through.
fn refusal(status: &Result<(), Status>) -> Option<String> {
    let status = status.as_ref().err()?;
    let reason = status.get_details_error_info()?.reason;
    let codes = [Code::Unauthenticated, Code::PermissionDenied];
    codes.contains(&status.code()).then_some(reason)
}

#[tokio::test]
async fn every_method_lets_in_the_roles_that_the_contract_names_and_nobody_else() {
    let cafe = Cafe::open_closed().await;
    let customer = place(&cafe).await.order_token;
    for role in ROLES {
        let token = match role {
            Role::Customer => customer.clone(),
            role => cafe.pair(role).await.1,
        };
        for (name, access) in method_accesses() {
            let said = refusal(&call_with_nothing(&cafe.channel, name, Some(&token)).await);
            let said = said.as_deref();
            if !access.allows(role) {
                assert_eq!(said, Some("ROLE"), "{role:?} {name}");
            } else if role == Role::Customer && access.is_of_own_order() {
                assert_eq!(said, Some("NOT_OWN_ORDER"), "{name}");
            } else {
                // A code that is none is refused, too.
                assert!(matches!(said, None | Some("CODE_REFUSED")), "{role:?} {name}: {said:?}");
            }
        }
    }
}

#[tokio::test]
async fn without_credentials_or_with_wrong_ones_nothing_but_what_is_for_anyone() {
    let cafe = Cafe::open_closed().await;
    let (device_id, revoked) = cafe.pair(Role::Admin).await;
    cafe.revoke(device_id).await;
    let order = place(&cafe).await;
    let link = order.order_token;
    let another_box = Cafe::open_closed().await.pair(Role::Admin).await.1;
    let cut = &another_box[..another_box.len() - 1];
    let wrong: [&str; 8] = [
        "",
        "x",
        "kd.AAAAAAAAAAAAAAAA.AAAA",
        &revoked,
        &another_box,
        cut,
        "ko.ORD-1-a.AAAA",
        "\u{7f}",
    ];
    let forged = link.replace(&order.order.unwrap().order_id, "ORD-1795143600000-aaaaaa");
    for (name, access) in method_accesses() {
        let said = refusal(&call_with_nothing(&cafe.channel, name, None).await);
        let expected = (!access.anyone).then_some("TOKEN_MISSING");
        assert!(said.as_deref() == expected || access.anyone, "{name}: {said:?}");
        for token in wrong.iter().chain([&&*forged]).filter(|token| !token.contains('\u{7f}')) {
            let said = refusal(&call_with_nothing(&cafe.channel, name, Some(token)).await);
            if !access.anyone {
                let said = said.unwrap();
                assert!(
                    said == "TOKEN_REFUSED" || said == "TOKEN_MISSING",
                    "{name} {token}: {said}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_customer_has_one_order_and_sees_no_other_in_any_way() {
    let cafe = Cafe::open_closed().await;
    let (own, strangers) = (place(&cafe).await, place(&cafe).await);
    let [own_id, strangers_id] =
        [&own, &strangers].map(|placed| placed.order.as_ref().unwrap().order_id.clone());
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let ask =
        |order_id: &str| bearing(&own.order_token, GetOrderRequest { order_id: order_id.into() });
    let found = must("its order", orders.get_order(ask(&own_id))).await.unwrap();
    assert_eq!(found.into_inner().order.unwrap().order_id, own_id);
    let refused = must("a refusal", orders.get_order(ask(&strangers_id))).await.unwrap_err();
    assert_eq!(refused.get_details_error_info().unwrap().reason, "NOT_OWN_ORDER");

    let mut events = EventServiceClient::new(cafe.channel.clone());
    let snapshot = events.get_snapshot(bearing(&own.order_token, GetSnapshotRequest {}));
    let snapshot = must("a snapshot", snapshot).await.unwrap().into_inner();
    let seen: Vec<_> = snapshot.orders.iter().map(|order| &order.order_id).collect();
    assert_eq!(seen, [&own_id]);
    assert!(snapshot.cells.is_empty() && snapshot.settings.is_empty() && snapshot.seats.is_empty());
    assert!(!snapshot.menu.is_empty());

    // All of the log: its own order, and the menu.
    let after = Some(kiosk_proto::v1::Position { seq: 0, ..snapshot.position.clone().unwrap() });
    let stream =
        events.subscribe(bearing(&own.order_token, SubscribeRequest { after, rooms: vec![] }));
    let mut stream = must("a stream", stream).await.unwrap().into_inner();
    let mut created = Vec::new();
    loop {
        match must("an event", stream.message()).await.unwrap().unwrap().message.unwrap() {
            Message::Event(Event { payload: Some(Payload::OrderCreated(order)), .. }) => {
                created.push(order.order_id);
            }
            Message::Event(Event { payload: Some(Payload::MenuItemChanged(_)), .. }) => {}
            Message::Event(other) => panic!("not for a customer: {other:?}"),
            Message::Resumed(_) => break,
        }
    }
    assert_eq!(created, [own_id]);
}

#[tokio::test]
async fn a_snapshot_has_the_parts_of_its_role() {
    let cafe = Cafe::open_closed().await;
    place(&cafe).await;
    for role in ROLES.into_iter().filter(|role| *role != Role::Customer) {
        let token = cafe.pair(role).await.1;
        let mut events = EventServiceClient::new(cafe.channel.clone());
        let snapshot =
            must("a snapshot", events.get_snapshot(bearing(&token, GetSnapshotRequest {})));
        let snapshot = snapshot.await.unwrap().into_inner();
        let parts = [
            ("orders", snapshot.orders.is_empty()),
            ("menu", snapshot.menu.is_empty()),
            ("cells", snapshot.cells.is_empty()),
            ("settings", snapshot.settings.is_empty()),
        ];
        let got: BTreeSet<_> =
            parts.into_iter().filter(|(_, is_empty)| !is_empty).map(|(part, _)| part).collect();
        let expected: &[&str] = match role {
            Role::Board => &["menu", "orders", "settings"],
            Role::Printer | Role::Device => &["orders"],
            _ => &["cells", "menu", "orders", "settings"],
        };
        assert_eq!(got, expected.iter().copied().collect(), "{role:?}");
    }
}

#[tokio::test]
async fn a_board_is_not_told_of_balances_and_the_admin_is() {
    let cafe = Cafe::open_closed().await;
    for (role, sees) in [(Role::Board, false), (Role::Staff, false), (Role::Admin, true)] {
        let token = cafe.pair(role).await.1;
        let mut events = EventServiceClient::new(cafe.channel.clone());
        let head = cafe.hub.snapshot().position;
        let after = Some(kiosk_proto::v1::Position { seq: 0, ..head.into() });
        let stream = events.subscribe(bearing(&token, SubscribeRequest { after, rooms: vec![] }));
        let mut stream = must("a stream", stream).await.unwrap().into_inner();
        let mut balances = 0;
        while let Message::Event(event) =
            must("an event", stream.message()).await.unwrap().unwrap().message.unwrap()
        {
            balances += u32::from(matches!(event.payload, Some(Payload::CellBalanceChanged(_))));
        }
        assert_eq!(balances > 0, sees, "{role:?}");
    }
}

async fn place(cafe: &Cafe) -> PlaceOrderResponse {
    let token = cafe.pair(Role::Kiosk).await.1;
    let mut orders: OrderServiceClient<Channel> = OrderServiceClient::new(cafe.channel.clone());
    let placed = orders.place_order(bearing(&token, wish(AMERICANO, 1)));
    must("an order", placed).await.unwrap().into_inner()
}

pub(crate) fn bearing<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}
