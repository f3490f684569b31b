use std::time::Duration;

use kiosk_proto::v1::{
    CancelOrderRequest, GetSnapshotRequest, ListOrdersRequest, ListOrdersResponse,
    SetOrderStatusRequest, event_service_client::EventServiceClient,
    order_service_client::OrderServiceClient, order_status::Value as Status,
};
use tonic::{Code, transport::Channel};

use crate::cafe::{AMERICANO, Cafe, must, uuid, wish};

async fn place(orders: &mut OrderServiceClient<Channel>, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let answer = must("an order", orders.place_order(wish(AMERICANO, 1))).await.unwrap();
        ids.push(answer.into_inner().order.unwrap().order_id);
    }
    ids
}

async fn list(
    orders: &mut OrderServiceClient<Channel>,
    request: ListOrdersRequest,
) -> ListOrdersResponse {
    must("a list", orders.list_orders(request)).await.unwrap().into_inner()
}

/// All pages: the daily numbers of each.
async fn pages(
    orders: &mut OrderServiceClient<Channel>,
    mut request: ListOrdersRequest,
) -> Vec<Vec<i32>> {
    let mut pages = Vec::new();
    loop {
        let page = list(orders, request.clone()).await;
        pages.push(page.orders.iter().map(|order| order.daily_num).collect());
        if page.next_page_token.is_empty() {
            return pages;
        }
        request.page_token = page.next_page_token;
    }
}

#[tokio::test]
async fn a_days_orders_come_in_pages_by_daily_number_and_by_status() {
    let cafe = Cafe::open().await;
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let ids = place(&mut orders, 7).await;
    for order_id in [&ids[1], &ids[4], &ids[5]] {
        let (request_id, order_id) = (uuid(), order_id.clone());
        let making = SetOrderStatusRequest { request_id, order_id, status: Status::Making.into() };
        must("a step", orders.set_order_status(making)).await.unwrap();
    }
    let asked = |page_size, statuses: &[Status]| ListOrdersRequest {
        page_size,
        statuses: statuses.iter().map(|status| *status as i32).collect(),
        ..Default::default()
    };
    let all = pages(&mut orders, asked(0, &[])).await;
    assert_eq!(all, [vec![1, 2, 3, 4, 5, 6, 7]]);
    assert_eq!(pages(&mut orders, asked(3, &[])).await.concat(), all[0]);
    assert_eq!(pages(&mut orders, asked(2, &[Status::Making])).await.concat(), [2, 5, 6]);
    let both = [Status::Pending, Status::Making];
    assert_eq!(pages(&mut orders, asked(1, &both)).await.concat(), all[0]);
    assert_eq!(pages(&mut orders, asked(200, &[Status::Ready])).await.concat(), [0; 0]);
}

#[tokio::test]
async fn a_day_that_is_over_is_read_from_history_with_what_is_still_open_of_it() {
    let cafe = Cafe::open().await;
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let ids = place(&mut orders, 5).await;
    cafe.clock.advance(Duration::from_secs(24 * 60 * 60));
    place(&mut orders, 1).await;
    let (request_id, order_id) = (uuid(), ids[2].clone());
    let making = SetOrderStatusRequest { request_id, order_id, status: Status::Making.into() };
    must("a step", orders.set_order_status(making)).await.unwrap();

    let today = list(&mut orders, ListOrdersRequest::default()).await;
    assert_eq!((&*today.business_date, today.orders.len()), ("2026-11-21", 1));
    assert_eq!(today.orders[0].daily_num, 1);
    cafe.store_has_all().await;
    let yesterday = |statuses| ListOrdersRequest {
        business_date: "2026-11-20".into(),
        page_size: 2,
        statuses,
        ..Default::default()
    };
    assert_eq!(pages(&mut orders, yesterday(vec![])).await, [vec![1, 2], vec![3, 4], vec![5]]);
    let making = vec![Status::Making.into()];
    assert_eq!(pages(&mut orders, yesterday(making)).await.concat(), [3]);
    let never = ListOrdersRequest { business_date: "1999-01-01".into(), ..Default::default() };
    assert_eq!(pages(&mut orders, never).await, [vec![0; 0]]);
}

#[tokio::test]
async fn before_a_days_first_order_the_day_is_that_of_the_clock_and_has_what_is_still_open() {
    let cafe = Cafe::open().await;
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let mut events = EventServiceClient::new(cafe.channel.clone());
    let mut snapshot = async || {
        let asked = events.get_snapshot(GetSnapshotRequest {});
        let shown = must("a snapshot", asked).await.unwrap().into_inner();
        let numbers: Vec<i32> = shown.orders.iter().map(|order| order.daily_num).collect();
        (shown.business_date, numbers)
    };
    assert_eq!(snapshot().await, ("2026-11-20".into(), vec![]));
    let ids = place(&mut orders, 2).await;
    let (request_id, order_id) = (uuid(), ids[0].clone());
    let cancel = CancelOrderRequest { request_id, order_id, reason: String::new() };
    must("a step", orders.cancel_order(cancel)).await.unwrap();
    assert_eq!(snapshot().await, ("2026-11-20".into(), vec![1, 2]));
    cafe.clock.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(snapshot().await, ("2026-11-21".into(), vec![2]));
    cafe.store_has_all().await;
    let today = list(&mut orders, ListOrdersRequest::default()).await;
    assert_eq!((&*today.business_date, today.orders.len()), ("2026-11-21", 0));
    let asked =
        ListOrdersRequest { business_date: "2026-11-20".into(), ..ListOrdersRequest::default() };
    assert_eq!(pages(&mut orders, asked).await, [vec![1, 2]]);
}

#[tokio::test]
async fn a_page_token_that_no_answer_had_is_refused() {
    let cafe = Cafe::open().await;
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    place(&mut orders, 1).await;
    for token in ["0", "-1", "abc", "1.5", "99999999999", " 1", "ORD-1-abcdef"] {
        let request = ListOrdersRequest { page_token: token.into(), ..Default::default() };
        let refused = must("an answer", orders.list_orders(request)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{token}");
    }
    let beyond = ListOrdersRequest { page_token: i32::MAX.to_string(), ..Default::default() };
    assert_eq!(list(&mut orders, beyond).await.orders, []);
}
