//! The table from refusals to `google.rpc.Status`, as a client reads it.

use kiosk_domain::Command;
use kiosk_proto::v1::{
    AdjustCellRequest, AnswerBellRequest, CancelOrderRequest, ChargeCellRequest, GetOrderRequest,
    GetSettingRequest, ListLedgerRequest, ListOrdersRequest, MenuItem, MenuOption, MoveSeatRequest,
    OptionGroup, Order, PlaceOrderItem, PlaceOrderOption, PlaceOrderRequest, PutCellRequest,
    PutMenuItemRequest, PutSeatRequest, RecallOrderRequest, RefundCellRequest, RingBellRequest,
    SelectSeatRequest, SendMessageRequest, SetOrderStatusRequest, SetSettingRequest,
    SetSoldOutRequest, SetStockRequest, StockCount, SubscribeRequest,
    cell_service_client::CellServiceClient, event_service_client::EventServiceClient,
    menu_service_client::MenuServiceClient, message_service_client::MessageServiceClient,
    order_service_client::OrderServiceClient, order_source::Value as OrderSource,
    order_status::Value as Status, pay_type::Value as PayType,
    seat_service_client::SeatServiceClient, settings_service_client::SettingsServiceClient,
};
use tonic_types::StatusExt as _;

use crate::cafe::{
    AMERICANO, BANQUET, CHOIR, Cafe, LAST_CAKE, SOLD_OUT_LATTE, TEA, YOUTH, must, uuid, wish,
};

/// Calls a method that must refuse, and tells how.
macro_rules! refused {
    ($cafe:expr, $client:ident.$method:ident($request:expr)) => {{
        let mut client = $client::new($cafe.channel.clone());
        $crate::rejections::describe(
            &$crate::cafe::must("an answer", client.$method($request)).await.unwrap_err(),
        )
    }};
}

pub(crate) use refused;

/// `Code REASON fact=value [field] (retry)`.
pub(crate) fn describe(status: &tonic::Status) -> String {
    assert!(!status.message().is_empty());
    let mut text = format!("{:?}", status.code());
    let details = status.get_error_details();
    if let Some(info) = details.error_info() {
        assert_eq!(info.domain, "kiosk.v1");
        let mut facts: Vec<_> = info.metadata.iter().map(|(k, v)| format!(" {k}={v}")).collect();
        facts.sort();
        text += &format!(" {}{}", info.reason, facts.concat());
    }
    if let Some(resource) = details.resource_info() {
        text += &format!(" {}={}", resource.resource_type, resource.resource_name);
    }
    for violation in details.bad_request().iter().flat_map(|b| &b.field_violations) {
        assert!(!violation.description.is_empty());
        text += &format!(" [{}]", violation.field);
    }
    if let Some(delay) = details.retry_info().and_then(|retry| retry.retry_delay) {
        text += &format!(" (retry after {delay:?})");
    }
    text
}

/// One row of the table: what was asked, what was answered, what must be.
pub(crate) type Row = (&'static str, String, String);

pub(crate) fn check(cafe: &Cafe, head: u64, rows: Vec<Row>) {
    for (asked, answered, expected) in rows {
        assert_eq!(answered, expected, "{asked}");
    }
    assert_eq!(cafe.head(), head, "a refusal has changed something");
}

pub(crate) fn item(menu_id: i32, quantity: i32) -> PlaceOrderItem {
    PlaceOrderItem { menu_id, quantity, ..Default::default() }
}

fn by_cell(cell_id: i32, quantity: i32) -> PlaceOrderRequest {
    let pay_type = PayType::Cell.into();
    PlaceOrderRequest { pay_type, cell_id: Some(cell_id), ..wish(AMERICANO, quantity) }
}

async fn place(cafe: &Cafe, wish: PlaceOrderRequest) -> Order {
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    must("an order", orders.place_order(wish)).await.unwrap().into_inner().order.unwrap()
}

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
        (wish(SOLD_OUT_LATTE, 1), "FailedPrecondition SOLD_OUT menuId=2".into()),
        (wish(LAST_CAKE, 2), "FailedPrecondition OUT_OF_STOCK menuId=3 remaining=1".into()),
        (tea(vec![]), "FailedPrecondition OPTION_COUNT group=size max=1 menuId=4 min=1".into()),
        (
            tea(vec![PlaceOrderOption { option_id: 43, quantity: 1 }]),
            "FailedPrecondition OPTION_UNKNOWN menuId=4 optionId=43".into(),
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
            "FailedPrecondition STATUS from=PENDING to=READY".into(),
        ),
        (
            "CANCELLED by SetOrderStatus",
            refused!(cafe, OrderServiceClient.set_order_status(to(&pending, Status::Cancelled))),
            "FailedPrecondition STATUS from=PENDING to=CANCELLED".into(),
        ),
        (
            "recall of PENDING",
            refused!(cafe, OrderServiceClient.recall_order(recall(&pending))),
            "FailedPrecondition NOT_RECALLABLE from=PENDING".into(),
        ),
        (
            "cancel twice",
            refused!(cafe, OrderServiceClient.cancel_order(cancel(&cancelled))),
            "FailedPrecondition STATUS from=CANCELLED to=CANCELLED".into(),
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

#[tokio::test]
async fn what_the_rules_refuse_of_cells_menu_and_settings_says_why() {
    let cafe = Cafe::open().await;
    for _ in 0..21 {
        let (request_id, amount) = (uuid(), 100_000_000);
        let charge =
            ChargeCellRequest { request_id, cell_id: CHOIR, amount, reason: String::new() };
        let mut cells = CellServiceClient::new(cafe.channel.clone());
        must("a charge", cells.charge_cell(charge)).await.unwrap();
    }
    let head = cafe.head();
    let charge = |cell_id, amount| ChargeCellRequest {
        request_id: uuid(),
        cell_id,
        amount,
        reason: String::new(),
    };
    let set = |key: &str, value: &str| SetSettingRequest {
        request_id: uuid(),
        key: key.into(),
        value: value.into(),
    };
    let rows = vec![
        (
            "a charge beyond what can be counted",
            refused!(cafe, CellServiceClient.charge_cell(charge(CHOIR, 100_000_000))),
            "FailedPrecondition BALANCE_OUT_OF_RANGE cellId=1".into(),
        ),
        (
            "a charge of no cell",
            refused!(cafe, CellServiceClient.charge_cell(charge(99, 1))),
            "NotFound NOT_FOUND cell=99".into(),
        ),
        (
            "a limit below the debt",
            refused!(
                cafe,
                CellServiceClient.put_cell(PutCellRequest {
                    request_id: uuid(),
                    cell_id: YOUTH,
                    name: "Youth".into(),
                    credit_limit: 2_999,
                })
            ),
            "FailedPrecondition CREDIT_IN_USE balance=-3000".into(),
        ),
        (
            "a correction below the limit",
            refused!(
                cafe,
                CellServiceClient.adjust_cell(AdjustCellRequest {
                    request_id: uuid(),
                    cell_id: YOUTH,
                    amount: -2_001,
                    reason: "lost".into(),
                })
            ),
            "FailedPrecondition INSUFFICIENT_BALANCE available=2000 cellId=2".into(),
        ),
        (
            "a ledger of no cell",
            refused!(
                cafe,
                CellServiceClient
                    .list_ledger(ListLedgerRequest { cell_id: 99, ..Default::default() })
            ),
            "NotFound NOT_FOUND cell=99".into(),
        ),
        (
            "a setting that is not known",
            refused!(cafe, SettingsServiceClient.set_setting(set("colour", "blue"))),
            "NotFound NOT_FOUND setting=colour".into(),
        ),
        (
            "a value that can't be",
            refused!(cafe, SettingsServiceClient.set_setting(set("time_zone", "Mars/Base"))),
            "InvalidArgument INVALID [value]".into(),
        ),
        (
            "get of a setting that is not known",
            refused!(
                cafe,
                SettingsServiceClient.get_setting(GetSettingRequest { key: "colour".into() })
            ),
            "NotFound NOT_FOUND setting=colour".into(),
        ),
        (
            "an item at a negative price",
            refused!(
                cafe,
                MenuServiceClient.put_menu_item(PutMenuItemRequest {
                    request_id: uuid(),
                    item: Some(MenuItem { name: "Gift".into(), price: -1, ..Default::default() }),
                })
            ),
            "InvalidArgument INVALID [item]".into(),
        ),
        (
            "stock of no item",
            refused!(
                cafe,
                MenuServiceClient.set_stock(SetStockRequest {
                    request_id: uuid(),
                    items: vec![StockCount { menu_id: 99, remaining: Some(1) }],
                })
            ),
            "NotFound NOT_FOUND menu item=99".into(),
        ),
        (
            "sold out of no item",
            refused!(
                cafe,
                MenuServiceClient.set_sold_out(SetSoldOutRequest {
                    request_id: uuid(),
                    menu_id: 99,
                    is_sold_out: true,
                })
            ),
            "NotFound NOT_FOUND menu item=99".into(),
        ),
    ];
    check(&cafe, head, rows);
}

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
            refused!(cafe, MessageServiceClient.ring_bell(RingBellRequest::default())),
            "InvalidArgument INVALID [request_id] [seat_id]".into(),
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

#[tokio::test]
async fn what_the_rules_refuse_of_seats_and_bells_says_who_is_there() {
    let cafe = Cafe::open().await;
    let mut seats = SeatServiceClient::new(cafe.channel.clone());
    for seat_id in ["A1", "A2", "A3"] {
        must("a seat", seats.put_seat(table(seat_id, seat_id))).await.unwrap();
    }
    let select = |seat_id: &str, holder: &str| SelectSeatRequest {
        request_id: uuid(),
        seat_id: seat_id.into(),
        holder: holder.into(),
        order_id: String::new(),
    };
    must("a hold", seats.select_seat(select("A1", "kiosk-1"))).await.unwrap();
    let sits = PlaceOrderRequest { seat_id: "A2".into(), ..wish(AMERICANO, 1) };
    let order_id = place(&cafe, sits).await.order_id;
    let head = cafe.head();
    let held =
        "AlreadyExists SEAT_HELD expiresAt=2026-11-20T03:02:00.000Z holder=kiosk-1 seatId=A1";
    let leave = |from: &str| MoveSeatRequest {
        request_id: uuid(),
        from_seat_id: from.into(),
        to_seat_id: "A1".into(),
        holder: String::new(),
    };
    let at = |table: &str| PlaceOrderRequest { table: table.into(), ..wish(AMERICANO, 1) };
    let answer = AnswerBellRequest { request_id: uuid(), bell_id: 7, answered_by: String::new() };
    let occupied = format!("FailedPrecondition SEAT_OCCUPIED orderId={order_id} seatId=A2");
    let rows = vec![
        (
            "a held seat",
            refused!(cafe, SeatServiceClient.select_seat(select("A1", ""))),
            held.into(),
        ),
        ("a held table", refused!(cafe, OrderServiceClient.place_order(at("A1"))), held.into()),
        (
            "an occupied one",
            refused!(cafe, SeatServiceClient.select_seat(select("A2", ""))),
            occupied,
        ),
        (
            "no seat",
            refused!(cafe, SeatServiceClient.select_seat(select("Z9", ""))),
            "NotFound NOT_FOUND seat=Z9".into(),
        ),
        (
            "nobody to move",
            refused!(cafe, SeatServiceClient.move_seat(leave("A3"))),
            "FailedPrecondition SEAT_FREE seatId=A3".into(),
        ),
        (
            "a name that stands for another seat",
            refused!(cafe, SeatServiceClient.put_seat(table("A4", "A1"))),
            "InvalidArgument INVALID [seat_id]".into(),
        ),
        (
            "no bell",
            refused!(cafe, MessageServiceClient.answer_bell(answer)),
            "NotFound NOT_FOUND waiting bell=7".into(),
        ),
    ];
    check(&cafe, head, rows);
}

fn table(seat_id: &str, name: &str) -> PutSeatRequest {
    PutSeatRequest {
        request_id: uuid(),
        seat_id: seat_id.into(),
        name: name.into(),
        width: 1,
        height: 1,
        seats: 1,
        ..Default::default()
    }
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

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_its_id_nothing_else() {
    let cafe = Cafe::open().await;
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let first = wish(AMERICANO, 1);
    let answer = must("an order", orders.place_order(first.clone())).await.unwrap().into_inner();
    let head = cafe.head();
    let again = must("an order", orders.place_order(first.clone())).await.unwrap().into_inner();
    assert_eq!(again, answer);
    let other = PlaceOrderRequest { request_id: first.request_id, ..wish(AMERICANO, 2) };
    let rows = vec![(
        "another order under the same id",
        refused!(cafe, OrderServiceClient.place_order(other)),
        "InvalidArgument REQUEST_ID_REUSED [request_id]".into(),
    )];
    check(&cafe, head, rows);
}

#[tokio::test]
async fn a_full_disk_and_a_box_that_stops_say_when_to_ask_again() {
    let cafe = Cafe::open_with(u64::MAX).await;
    let rows = vec![(
        "an order on a full disk",
        refused!(cafe, OrderServiceClient.place_order(wish(AMERICANO, 1))),
        "ResourceExhausted DISK_FULL (retry after 10s)".into(),
    )];
    check(&cafe, 0, rows);

    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let closing = cafe.stop().await;
    let stopping = must("an answer", orders.place_order(wish(AMERICANO, 1))).await.unwrap_err();
    assert_eq!(describe(&stopping), "Unavailable STOPPING (retry after 200ms)");
    drop(orders);
    closing.end().await;
}

#[tokio::test]
async fn a_queue_that_is_full_answers_at_once_and_recovers() {
    let cafe = Cafe::open().await;
    cafe.clock.stop();
    let mut sold_out = false;
    let mut queue = || {
        sold_out = !sold_out;
        let command = Command::SetSoldOut { menu_id: AMERICANO, is_sold_out: sold_out };
        let request = crate::cafe::request(command);
        futures_util::FutureExt::now_or_never(cafe.hub.submit(request))
    };
    let before = cafe.head();
    // The writer takes the first, and then nothing more.
    assert!(queue().is_none());
    cafe.clock.waited_for().await;
    let queued = 1 + (0_u64..).find(|_| queue().is_some()).unwrap();
    assert_eq!(queued, 1 + 1_024);

    let answered = refused!(cafe, OrderServiceClient.place_order(wish(TEA, 1)));
    assert_eq!(answered, "ResourceExhausted BUSY (retry after 200ms)");
    assert_eq!(cafe.head(), before);

    cafe.clock.start();
    let mut follower = cafe.hub.follow(&cafe.hub.stats().grpc);
    while follower.position().seq < before + queued {
        must("an event", follower.next()).await.unwrap();
    }
    place(&cafe, PlaceOrderRequest { items: vec![item(LAST_CAKE, 1)], ..wish(TEA, 1) }).await;
}
