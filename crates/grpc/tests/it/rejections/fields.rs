//! What is wrong with a request is named field by field.

use super::{check, item, refused};
use kiosk_proto::v1::{
    GetOrderRequest, GetSettingRequest, ListOrdersRequest, MenuItem, MenuOption, OptionGroup,
    PlaceOrderItem, PlaceOrderOption, PlaceOrderRequest, PutMenuItemRequest, PutSeatRequest,
    RefundCellRequest, RingBellRequest, SendMessageRequest, SetOrderStatusRequest, SetStockRequest,
    StockCount, SubscribeRequest, cell_service_client::CellServiceClient,
    event_service_client::EventServiceClient, menu_service_client::MenuServiceClient,
    message_service_client::MessageServiceClient, order_service_client::OrderServiceClient,
    seat_service_client::SeatServiceClient, settings_service_client::SettingsServiceClient,
};

use crate::cafe::{AMERICANO, CHOIR, Cafe, TEA, uuid, wish};

#[tokio::test]
async fn every_field_that_is_wrong_is_named_at_once() {
    let cafe = Cafe::open().await;
    let head = cafe.head();
    let bad_order = PlaceOrderRequest {
        request_id: "7".into(),
        items: vec![
            item(AMERICANO, 1),
            PlaceOrderItem { note: "x".repeat(201), ..item(AMERICANO, -1) },
            PlaceOrderItem {
                options: vec![PlaceOrderOption { option_id: 41, quantity: -5 }],
                ..item(TEA, 100)
            },
        ],
        pay_type: 77,
        cell_id: Some(1),
        fulfilment: -1,
        note: "bell\u{7}".into(),
        table: "t".repeat(65),
        buzzer_id: "a/#".into(),
        source: 99,
        external_id: "\u{0}".into(),
        expected_total: None,
        cell_member_id: None,
        cell_pin: "1".into(),
        seat_id: "s".repeat(65),
        seat_holder: "s".repeat(65),
        queue_ticket: "t".repeat(65),
    };
    let bad_group = OptionGroup {
        options: vec![MenuOption { name: "\t".into(), ..Default::default() }],
        ..Default::default()
    };
    let bad_item = MenuItem {
        station: "bar\u{1b}".into(),
        option_groups: vec![bad_group],
        ..Default::default()
    };
    let count = |menu_id, remaining| StockCount { menu_id, remaining: Some(remaining) };
    let rows =
        vec![
        (
            "an order",
            refused!(cafe, OrderServiceClient.place_order(bad_order)),
            "InvalidArgument INVALID [request_id] [items[1].quantity] [items[1].note] \
             [items[2].quantity] [items[2].options[0].quantity] [pay_type] [cell_id] [cell_pin] \
             [cell_member_id] [fulfilment] [source] [note] [table] [seat_id] [seat_holder] [queue_ticket] [buzzer_id] [external_id]"
                .into(),
        ),
        (
            "no order",
            refused!(cafe, OrderServiceClient.place_order(PlaceOrderRequest::default())),
            "InvalidArgument INVALID [request_id] [items] [pay_type]".into(),
        ),
        (
            "a status",
            refused!(
                cafe,
                OrderServiceClient
                    .set_order_status(SetOrderStatusRequest { status: -3, ..Default::default() })
            ),
            "InvalidArgument INVALID [request_id] [order_id] [status]".into(),
        ),
        (
            "an item",
            refused!(
                cafe,
                MenuServiceClient
                    .put_menu_item(PutMenuItemRequest { request_id: uuid(), item: Some(bad_item) })
            ),
            "InvalidArgument INVALID [item.name] [item.station] [item.option_groups[0].name] \
             [item.option_groups[0].options[0].name]"
                .into(),
        ),
        (
            "a count",
            refused!(
                cafe,
                MenuServiceClient.set_stock(SetStockRequest {
                    request_id: uuid(),
                    items: vec![count(1, 0), count(3, -1), count(1, 1_000_001)],
                })
            ),
            "InvalidArgument INVALID [items[1].remaining] [items[2].remaining] [items[2].menu_id]"
                .into(),
        ),
        (
            "a refund",
            refused!(
                cafe,
                CellServiceClient
                    .refund_cell(RefundCellRequest { cell_id: CHOIR, ..Default::default() })
            ),
            "InvalidArgument INVALID [request_id] [amount] [reason]".into(),
        ),
        (
            "a seat",
            refused!(
                cafe,
                SeatServiceClient
                    .put_seat(PutSeatRequest { x: -1, seats: 100, ..Default::default() })
            ),
            "InvalidArgument INVALID [request_id] [seat_id] [name] [x] [width] [height] [seats]"
                .into(),
        ),
        (
            "a message",
            refused!(cafe, MessageServiceClient.send_message(SendMessageRequest::default())),
            "InvalidArgument INVALID [request_id] [room] [text]".into(),
        ),
        (
            "a bell",
            refused!(
                cafe,
                MessageServiceClient.ring_bell(RingBellRequest {
                    reason: "x".repeat(201),
                    place: "x".repeat(65),
                    ..Default::default()
                })
            ),
            "InvalidArgument INVALID [request_id] [reason] [place]".into(),
        ),
        (
            "a list",
            refused!(
                cafe,
                OrderServiceClient.list_orders(ListOrdersRequest {
                    business_date: "yesterday".into(),
                    statuses: vec![1, 0, 9],
                    page_size: 201,
                    page_token: "-1".into(),
                })
            ),
            "InvalidArgument INVALID [business_date] [page_size] [page_token] [statuses[1]] \
             [statuses[2]]"
                .into(),
        ),
        (
            "a stream",
            refused!(
                cafe,
                EventServiceClient.subscribe(SubscribeRequest {
                    after: None,
                    rooms: vec!["kitchen".into(), "cellar".into(), "order_".into()],
                })
            ),
            "InvalidArgument INVALID [rooms[1]] [rooms[2]]".into(),
        ),
    ];
    check(&cafe, head, rows);
}

/// An answer's details travel in HTTP/2 headers, which clients bound.
#[tokio::test]
async fn an_answer_to_a_request_that_is_wrong_everywhere_still_fits() {
    let cafe = Cafe::open().await;
    let head = cafe.head();
    let option = PlaceOrderOption { option_id: 41, quantity: -1 };
    let line = PlaceOrderItem { options: vec![option; 30], ..item(TEA, -1) };
    let wrong = PlaceOrderRequest { items: vec![line; 50], ..wish(TEA, 1) };
    let answered = refused!(cafe, OrderServiceClient.place_order(wrong));
    assert!(answered.starts_with("InvalidArgument INVALID [items[0].quantity]"), "{answered}");
    assert_eq!(answered.matches(" [").count(), 32);

    let long = "x".repeat(200_000);
    let rows = vec![
        (
            "a long id",
            refused!(
                cafe,
                OrderServiceClient.get_order(GetOrderRequest { order_id: long.clone() })
            ),
            "InvalidArgument INVALID [order_id]".into(),
        ),
        (
            "a long key",
            refused!(cafe, SettingsServiceClient.get_setting(GetSettingRequest { key: long })),
            "InvalidArgument INVALID [key]".into(),
        ),
    ];
    check(&cafe, head, rows);
}
