//! What the rules refuse of orders.

use super::{by_cell, check, item, place, refused};
use kiosk_domain::Command;
use kiosk_proto::v1::{
    CancelOrderRequest, GetOrderRequest, PlaceOrderItem, PlaceOrderOption, PlaceOrderRequest,
    RecallOrderRequest, SetOrderStatusRequest, order_service_client::OrderServiceClient,
    order_source::Value as OrderSource, order_status::Value as Status,
};

use crate::cafe::{
    AMERICANO, BANQUET, CHOIR, Cafe, LAST_CAKE, SOLD_OUT_LATTE, TEA, YOUTH, must, uuid, wish,
};

#[tokio::test]
async fn an_order_that_the_rules_refuse_is_answered_with_the_facts() {
    let cafe = Cafe::open().await;
    let known = place(&cafe, PlaceOrderRequest { external_id: "POS-7".into(), ..wish(1, 1) }).await;
    let inactive = Command::SetSetting { key: "is_kiosk_active".into(), value: "false".into() };
    cafe.submit(inactive).await;
    let head = cafe.head();
    let tea = |options| PlaceOrderRequest {
        items: vec![PlaceOrderItem { options, ..item(TEA, 1) }],
        ..wish(TEA, 1)
    };
    let long = PlaceOrderItem { note: "가".repeat(200), ..item(AMERICANO, 1) };
    let cases = [
        (wish(99, 1), "NotFound NOT_FOUND menu item=99".into()),
        (wish(SOLD_OUT_LATTE, 1), "FailedPrecondition SOLD_OUT menuId=2 menuName=Latte".into()),
        (
            wish(LAST_CAKE, 2),
            "FailedPrecondition OUT_OF_STOCK menuId=3 menuName=Cake remaining=1".into(),
        ),
        (
            tea(vec![]),
            "FailedPrecondition OPTION_COUNT group=size max=1 menuId=4 menuName=Tea min=1".into(),
        ),
        (
            tea(vec![PlaceOrderOption { option_id: 43, quantity: 1 }]),
            "FailedPrecondition OPTION_UNKNOWN menuId=4 menuName=Tea optionId=43".into(),
        ),
        (
            PlaceOrderRequest { expected_total: Some(3_500), ..wish(AMERICANO, 1) },
            "FailedPrecondition TOTAL_CHANGED total=4000".into(),
        ),
        (wish(BANQUET, 99), "FailedPrecondition TOTAL_TOO_LARGE max=1000000000".into()),
        (by_cell(99, 1), "NotFound NOT_FOUND cell=99".into()),
        (
            by_cell(CHOIR, 3),
            "FailedPrecondition INSUFFICIENT_BALANCE available=10000 cellId=1".into(),
        ),
        (
            by_cell(YOUTH, 1),
            "FailedPrecondition INSUFFICIENT_BALANCE available=2000 cellId=2".into(),
        ),
        (
            PlaceOrderRequest { source: OrderSource::Kiosk.into(), ..wish(AMERICANO, 1) },
            "FailedPrecondition KIOSK_INACTIVE".into(),
        ),
        (
            PlaceOrderRequest { source: 0, ..wish(AMERICANO, 1) },
            "FailedPrecondition KIOSK_INACTIVE".into(),
        ),
        (
            PlaceOrderRequest { external_id: "POS-7".into(), ..wish(AMERICANO, 1) },
            format!("AlreadyExists EXTERNAL_ID_USED orderId={}", known.order_id),
        ),
        (
            PlaceOrderRequest { items: vec![long; 50], ..wish(AMERICANO, 1) },
            "OutOfRange TOO_MANY max=12288".into(),
        ),
    ];
    let mut rows = Vec::new();
    for (wish, expected) in cases {
        rows.push(("PlaceOrder", refused!(cafe, OrderServiceClient.place_order(wish)), expected));
    }
    check(&cafe, head, rows);
}

#[tokio::test]
async fn a_step_that_an_order_can_not_take_is_answered_with_where_it_is() {
    let cafe = Cafe::open().await;
    let pending = place(&cafe, wish(AMERICANO, 1)).await.order_id;
    let cancelled = place(&cafe, wish(AMERICANO, 1)).await.order_id;
    let cancel = |order_id: &str| CancelOrderRequest {
        request_id: uuid(),
        order_id: order_id.into(),
        reason: String::new(),
    };
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    must("a cancellation", orders.cancel_order(cancel(&cancelled))).await.unwrap();
    let head = cafe.head();
    let to = |order_id: &str, status: Status| SetOrderStatusRequest {
        request_id: uuid(),
        order_id: order_id.into(),
        status: status.into(),
    };
    let recall =
        |order_id: &str| RecallOrderRequest { request_id: uuid(), order_id: order_id.into() };
    let rows = vec![
        (
            "READY at once",
            refused!(cafe, OrderServiceClient.set_order_status(to(&pending, Status::Ready))),
            "FailedPrecondition STATUS dailyNum=1 from=PENDING to=READY".into(),
        ),
        (
            "CANCELLED by SetOrderStatus",
            refused!(cafe, OrderServiceClient.set_order_status(to(&pending, Status::Cancelled))),
            "FailedPrecondition STATUS dailyNum=1 from=PENDING to=CANCELLED".into(),
        ),
        (
            "recall of PENDING",
            refused!(cafe, OrderServiceClient.recall_order(recall(&pending))),
            "FailedPrecondition NOT_RECALLABLE dailyNum=1 from=PENDING".into(),
        ),
        (
            "cancel twice",
            refused!(cafe, OrderServiceClient.cancel_order(cancel(&cancelled))),
            "FailedPrecondition STATUS dailyNum=2 from=CANCELLED to=CANCELLED".into(),
        ),
        (
            "cancel of nothing",
            refused!(cafe, OrderServiceClient.cancel_order(cancel("ORD-1-abcdef"))),
            "NotFound NOT_FOUND open order=ORD-1-abcdef".into(),
        ),
        (
            "get of nothing",
            refused!(
                cafe,
                OrderServiceClient.get_order(GetOrderRequest { order_id: "ORD-1-abcdef".into() })
            ),
            "NotFound NOT_FOUND order=ORD-1-abcdef".into(),
        ),
    ];
    check(&cafe, head, rows);
}
