//! A request that is repeated is answered as it was the first time.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

use futures_util::future::join_all;
use kiosk_proto::v1::{ListOrdersRequest, PlaceOrderRequest, PlaceOrderResponse};
use kiosk_tests::{Start, Till, must};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

async fn place(till: &Till, wish: &PlaceOrderRequest) -> Result<PlaceOrderResponse, Status> {
    let mut orders = till.orders.clone();
    Ok(must("an answer", orders.place_order(wish.clone())).await?.into_inner())
}

/// Order ids in the order of their daily numbers.
async fn listed(till: &Till) -> Vec<String> {
    let request = ListOrdersRequest { page_size: 200, ..ListOrdersRequest::default() };
    let page = till.orders.clone().list_orders(request).await.unwrap().into_inner();
    assert_eq!(page.next_page_token, "");
    page.orders.into_iter().map(|order| order.order_id).collect()
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_after_a_restart_and_after_thousands_of_others() {
    /// More events than are at hand: the first answer must be read back from the journal.
    const OTHERS: usize = 2_100;
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let till = Till::connect(kioskd.grpc).await;
    let wish = Till::wish("12");
    let first = place(&till, &wish).await.unwrap();
    assert_eq!(place(&till, &wish).await.unwrap(), first);
    for _ in 0..OTHERS / 30 {
        // Below the limit of streams on one connection.
        let others = join_all((0..30).map(|_| async { place(&till, &Till::wish("")).await }));
        assert!(others.await.iter().all(Result::is_ok));
    }
    assert_eq!(place(&till, &wish).await.unwrap(), first);
    assert!(kioskd.terminate().await.success());

    // Nothing is in memory now: only the store can tell.
    let kioskd = Start::demo(dir.path()).spawn();
    let till = Till::connect(kioskd.grpc).await;
    assert_eq!(place(&till, &wish).await.unwrap(), first);
    let next = place(&till, &Till::wish("")).await.unwrap();
    let count = i32::try_from(OTHERS).unwrap();
    assert_eq!(next.order.unwrap().daily_num, first.order.unwrap().daily_num + count + 1);
    assert_eq!(next.position.unwrap().seq, first.position.unwrap().seq + OTHERS as u64 + 1);
    assert!(kioskd.terminate().await.success());
}

#[tokio::test]
async fn a_request_id_with_other_content_is_refused_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let till = Till::connect(kioskd.grpc).await;
    let wish = Till::wish("12");
    let other = PlaceOrderRequest { buzzer_id: "13".into(), ..wish.clone() };
    let first = place(&till, &wish).await.unwrap();
    assert_is_reused(&place(&till, &other).await.unwrap_err());
    assert!(kioskd.terminate().await.success());

    let kioskd = Start::demo(dir.path()).spawn();
    let till = Till::connect(kioskd.grpc).await;
    assert_is_reused(&place(&till, &other).await.unwrap_err());
    assert_eq!(place(&till, &wish).await.unwrap(), first);
    assert_eq!(listed(&till).await, [first.order.unwrap().order_id]);
    assert!(kioskd.terminate().await.success());
}

fn assert_is_reused(refusal: &Status) {
    assert_eq!(refusal.code(), Code::InvalidArgument);
    assert_eq!(refusal.get_details_error_info().unwrap().reason, "REQUEST_ID_REUSED");
    let field = &refusal.get_details_bad_request().unwrap().field_violations[0].field;
    assert_eq!(field, "request_id");
}

#[tokio::test]
async fn two_concurrent_requests_with_one_id_are_one_order() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let (one, other) = (Till::connect(kioskd.grpc).await, Till::connect(kioskd.grpc).await);
    let mut placed = Vec::new();
    for _ in 0..100 {
        let wish = Till::wish("");
        let (a, b) = tokio::join!(place(&one, &wish), place(&other, &wish));
        let a = a.unwrap();
        assert_eq!(a, b.unwrap());
        placed.push(a.order.unwrap().order_id);
    }
    assert_eq!(listed(&one).await, placed);
    assert!(kioskd.terminate().await.success());
}
