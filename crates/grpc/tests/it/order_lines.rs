//! Calls about a part of an order, as a client makes them.

use kiosk_proto::v1::{
    AddToOrderRequest, BumpLinesRequest, CancelLinesRequest, GetOrderRequest, LinePart, Order,
    PlaceOrderItem, PlaceOrderRequest, RecallLinesRequest, RemakeLinesRequest, SetPriorityRequest,
    line_status::Value as LineStatus, order_service_client::OrderServiceClient,
    order_status::Value as Status, pay_type::Value as PayType,
};
use tonic::transport::Channel;

use crate::{
    cafe::{AMERICANO, CHOIR, Cafe, LAST_CAKE, must, uuid, wish},
    rejections::{check, item, refused},
};

/// An Americano and the last cake, paid by the choir with all of its points.
async fn placed(orders: &mut OrderServiceClient<Channel>) -> String {
    let order = PlaceOrderRequest {
        items: vec![item(AMERICANO, 1), item(LAST_CAKE, 1)],
        pay_type: PayType::Cell.into(),
        cell_id: Some(CHOIR),
        ..wish(AMERICANO, 1)
    };
    let answer = must("an order", orders.place_order(order)).await.unwrap();
    answer.into_inner().order.unwrap().order_id
}

async fn order(orders: &mut OrderServiceClient<Channel>, order_id: &str) -> Order {
    let request = GetOrderRequest { order_id: order_id.into() };
    must("an order", orders.get_order(request)).await.unwrap().into_inner().order.unwrap()
}

fn bump(order_id: &str, line_ids: &[i32]) -> BumpLinesRequest {
    let (request_id, order_id, line_ids) = (uuid(), order_id.into(), line_ids.to_vec());
    BumpLinesRequest { request_id, order_id, line_ids, station: String::new() }
}

fn part(line_id: i32, quantity: i32) -> LinePart {
    LinePart { line_id, quantity }
}

fn states(order: &Order) -> Vec<(i32, LineStatus)> {
    order.items.iter().map(|item| (item.line_id, item.status())).collect()
}

#[tokio::test]
async fn an_order_is_made_line_by_line_and_a_repeated_call_gets_the_first_answer() {
    let cafe = Cafe::open().await;
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let id = placed(&mut orders).await;
    let first = bump(&id, &[2]);
    let answer = must("a bump", orders.bump_lines(first.clone())).await.unwrap().into_inner();
    assert_eq!(answer.change.as_ref().unwrap().lines[0].line_id, 2);
    let steps: Vec<Status> = answer.steps.iter().map(|step| step.status()).collect();
    assert_eq!(steps, [Status::Making]);

    let last = must("a bump", orders.bump_lines(bump(&id, &[]))).await.unwrap().into_inner();
    assert_eq!(last.steps[0].status(), Status::Ready);
    let again = must("a bump", orders.bump_lines(first)).await.unwrap().into_inner();
    assert_eq!(again, answer);

    let recall = RecallLinesRequest {
        request_id: uuid(),
        order_id: id.clone(),
        line_ids: vec![1],
        station: String::new(),
    };
    let back = must("a recall", orders.recall_lines(recall)).await.unwrap().into_inner();
    assert_eq!((back.steps[0].status(), back.steps.len()), (Status::Making, 1));
    let order = order(&mut orders, &id).await;
    assert_eq!(states(&order), [(1, LineStatus::Waiting), (2, LineStatus::Done)]);
    let nothing = must("a bump", orders.bump_lines(bump(&id, &[2]))).await.unwrap().into_inner();
    assert_eq!((nothing.change, nothing.steps.len()), (None, 0));
}

#[tokio::test]
async fn an_order_is_changed_in_parts_and_its_cell_with_it() {
    let cafe = Cafe::open().await;
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let id = placed(&mut orders).await;
    let balance = || cafe.hub.snapshot().state.cell(CHOIR).unwrap().balance;
    assert_eq!(balance(), 0);

    let cancel = |parts: &[LinePart]| CancelLinesRequest {
        request_id: uuid(),
        order_id: id.clone(),
        lines: parts.to_vec(),
        reason: "changed their mind".into(),
    };
    let answer =
        must("a part", orders.cancel_lines(cancel(&[part(2, 0)]))).await.unwrap().into_inner();
    let change = answer.change.unwrap();
    assert_eq!((change.refund_amount, change.total_amount, balance()), (6_000, 4_000, 6_000));
    assert_eq!(change.pay_type(), PayType::Cell);
    assert_eq!((answer.step, answer.cancelled), (None, None));

    let add = |quantity, expected_total| AddToOrderRequest {
        request_id: uuid(),
        order_id: id.clone(),
        items: vec![item(AMERICANO, quantity)],
        expected_total,
    };
    must("a bump", orders.bump_lines(bump(&id, &[]))).await.unwrap();
    let added =
        must("an addition", orders.add_to_order(add(1, Some(8_000)))).await.unwrap().into_inner();
    assert_eq!(added.change.unwrap().items[0].addition, 1);
    assert_eq!((added.step.unwrap().status(), balance()), (Status::Making, 2_000));
    let head = cafe.head();
    let rows = vec![(
        "more than is left",
        refused!(cafe, OrderServiceClient.add_to_order(add(1, None))),
        "FailedPrecondition INSUFFICIENT_BALANCE available=2000 cellId=1".into(),
    )];
    check(&cafe, head, rows);

    let remake = RemakeLinesRequest {
        request_id: uuid(),
        order_id: id.clone(),
        lines: vec![part(1, 0)],
        reason: "spilled".into(),
    };
    let again = must("a remake", orders.remake_lines(remake)).await.unwrap().into_inner();
    assert_eq!(again.change.unwrap().items[0].remakes, 1);
    let priority =
        SetPriorityRequest { request_id: uuid(), order_id: id.clone(), is_priority: true };
    must("priority", orders.set_priority(priority)).await.unwrap();
    let shown = order(&mut orders, &id).await;
    assert!(shown.is_priority);
    assert_eq!((shown.total_amount, shown.items[0].reason.as_str()), (8_000, "spilled"));

    let all = cancel(&[part(1, 0), part(3, 0)]);
    let end = must("the rest", orders.cancel_lines(all)).await.unwrap().into_inner();
    assert_eq!((end.cancelled.unwrap().refund_amount, balance()), (0, 10_000));
}

#[tokio::test]
async fn what_lines_can_not_take_is_answered_with_the_facts() {
    let cafe = Cafe::open().await;
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let id = placed(&mut orders).await;
    let gone = placed_and_cancelled(&mut orders).await;
    let head = cafe.head();
    let cancel = |order_id: &str, lines: &[LinePart]| CancelLinesRequest {
        request_id: uuid(),
        order_id: order_id.into(),
        lines: lines.to_vec(),
        reason: String::new(),
    };
    let remake = |lines: &[LinePart]| RemakeLinesRequest {
        request_id: uuid(),
        order_id: id.clone(),
        lines: lines.to_vec(),
        reason: String::new(),
    };
    let station = |station: &str| BumpLinesRequest { station: station.into(), ..bump(&id, &[]) };
    let bad = CancelLinesRequest {
        lines: vec![part(0, 1), part(1, 100), part(1, -1)],
        reason: "x".repeat(201),
        ..Default::default()
    };
    let both = BumpLinesRequest { station: "bar".into(), ..bump(&id, &[1, 1]) };
    let addition = AddToOrderRequest {
        items: vec![PlaceOrderItem { quantity: 0, ..item(AMERICANO, 1) }],
        ..Default::default()
    };
    let rows = vec![
        (
            "a line that is not there",
            refused!(cafe, OrderServiceClient.bump_lines(bump(&id, &[3]))),
            "NotFound NOT_FOUND line=3".into(),
        ),
        (
            "a station with nothing to do",
            refused!(cafe, OrderServiceClient.bump_lines(station("oven"))),
            "FailedPrecondition NO_LINE_AT_STATION station=oven".into(),
        ),
        (
            "more than the line has",
            refused!(cafe, OrderServiceClient.cancel_lines(cancel(&id, &[part(1, 2)]))),
            "FailedPrecondition LINE_QUANTITY lineId=1 quantity=1".into(),
        ),
        (
            "a closed order",
            refused!(cafe, OrderServiceClient.cancel_lines(cancel(&gone, &[part(1, 0)]))),
            "FailedPrecondition ORDER_CLOSED dailyNum=2 status=CANCELLED".into(),
        ),
        (
            "a remake of what nobody made",
            refused!(cafe, OrderServiceClient.remake_lines(remake(&[part(1, 0)]))),
            "FailedPrecondition NOT_BEGUN dailyNum=1".into(),
        ),
        (
            "fields of a cancellation",
            refused!(cafe, OrderServiceClient.cancel_lines(bad)),
            "InvalidArgument INVALID [request_id] [order_id] [lines[0].line_id] \
             [lines[1].quantity] [lines[2].line_id] [lines[2].quantity] [reason]"
                .into(),
        ),
        (
            "no lines",
            refused!(cafe, OrderServiceClient.remake_lines(remake(&[]))),
            "InvalidArgument INVALID [lines]".into(),
        ),
        (
            "lines and a station",
            refused!(cafe, OrderServiceClient.bump_lines(both)),
            "InvalidArgument INVALID [station] [line_ids[1]]".into(),
        ),
        (
            "fields of an addition",
            refused!(cafe, OrderServiceClient.add_to_order(addition)),
            "InvalidArgument INVALID [request_id] [order_id] [items[0].quantity]".into(),
        ),
    ];
    check(&cafe, head, rows);
}

async fn placed_and_cancelled(orders: &mut OrderServiceClient<Channel>) -> String {
    let answer = must("an order", orders.place_order(wish(AMERICANO, 1))).await.unwrap();
    let id = answer.into_inner().order.unwrap().order_id;
    let (request_id, order_id, lines) = (uuid(), id.clone(), vec![part(1, 0)]);
    let cancel = CancelLinesRequest { request_id, order_id, lines, reason: String::new() };
    must("a cancellation", orders.cancel_lines(cancel)).await.unwrap();
    id
}
