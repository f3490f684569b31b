use std::sync::Arc;

use kiosk_hub::Refusal;
use tokio::task::JoinSet;

use crate::shop::{CAKE, Shop, TEA, order};

#[tokio::test]
async fn the_same_request_again_has_the_same_answer_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    let first = shop.place(7, TEA).await.unwrap();
    let head = shop.head();
    let again = shop.place(7, TEA).await.unwrap();
    assert_eq!((again.position, order(&again)), (first.position, order(&first)));
    assert_eq!(shop.head(), head);
    shop.drain().await;

    let shop = Shop::open(dir.path());
    let again = shop.place(7, TEA).await.unwrap();
    assert_eq!((again.position, order(&again)), (first.position, order(&first)));
    assert_eq!(shop.head(), head);
}

#[tokio::test]
async fn a_request_that_is_sent_twice_at_once_is_one_order() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Arc::new(Shop::new(dir.path()).await);
    for id in 1..=50 {
        let mut twins = JoinSet::new();
        for _ in 0..4 {
            let shop = Arc::clone(&shop);
            twins.spawn(async move { order(&shop.place(id, TEA).await.unwrap()).order_id });
        }
        let mut ids = twins.join_all().await;
        ids.dedup();
        assert_eq!(ids.len(), 1);
    }
    assert_eq!(shop.hub.snapshot().state.orders().count(), 50);
}

#[tokio::test]
async fn an_id_is_not_taken_for_another_request() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    shop.place(7, TEA).await.unwrap();
    let head = shop.head();
    assert!(matches!(shop.place(7, CAKE).await, Err(Refusal::RequestIdReused)));
    assert_eq!(shop.head(), head);
    shop.drain().await;
    let shop = Shop::open(dir.path());
    assert!(matches!(shop.place(7, CAKE).await, Err(Refusal::RequestIdReused)));
}
