use std::{collections::BTreeSet, sync::Arc, sync::atomic::Ordering::Relaxed};

use kiosk_domain::Rejection;
use kiosk_hub::Refusal;
use tokio::task::JoinSet;

use crate::shop::{CAKE, Shop, TEA, order};

#[tokio::test]
async fn commands_that_wait_together_share_a_sync_and_no_number_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Arc::new(Shop::new(dir.path()).await);
    let before = (shop.hub.stats().groups.load(Relaxed), shop.head());
    let mut orders = JoinSet::new();
    for id in 1..=500 {
        let shop = Arc::clone(&shop);
        orders.spawn(async move { shop.place(id, TEA).await.unwrap() });
    }
    let committed = orders.join_all().await;
    let seqs: BTreeSet<u64> = committed.iter().map(|c| c.position.seq).collect();
    assert_eq!(seqs, (before.1 + 1..=before.1 + 500).collect());
    let numbers: BTreeSet<i32> = committed.iter().map(|c| order(c).daily_num).collect();
    assert_eq!(numbers, (1..=500).collect());
    let groups = shop.hub.stats().groups.load(Relaxed) - before.0;
    assert!((8..=250).contains(&groups), "500 commands took {groups} syncs");
}

#[tokio::test]
async fn a_command_sees_those_before_it_in_its_group() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Arc::new(Shop::new(dir.path()).await);
    let mut orders = JoinSet::new();
    for id in 1..=20 {
        let shop = Arc::clone(&shop);
        orders.spawn(async move { shop.place(id, CAKE).await });
    }
    let (sold, refused): (Vec<_>, Vec<_>) =
        orders.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((sold.len(), refused.len()), (3, 17));
    for refusal in refused {
        let refusal = refusal.unwrap_err();
        assert!(
            matches!(refusal, Refusal::Rejected(Rejection::OutOfStock { remaining: 0, .. })),
            "{refusal:?}"
        );
    }
    assert_eq!(shop.hub.snapshot().state.menu_item(CAKE).unwrap().remaining, Some(0));
}

#[tokio::test]
async fn a_refused_command_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    let before = shop.hub.snapshot();
    assert!(matches!(
        shop.place(1, 99).await,
        Err(Refusal::Rejected(Rejection::MenuItemNotFound { menu_id: 99 }))
    ));
    let after = shop.hub.snapshot();
    assert_eq!((after.position, &after.state), (before.position, &before.state));
    // Nor is the refusal remembered: the same request may succeed later.
    shop.place(1, TEA).await.unwrap();
}

#[tokio::test]
async fn what_was_answered_is_in_the_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    for id in 1..=50 {
        let committed = shop.place(id, TEA).await.unwrap();
        let snapshot = shop.hub.snapshot();
        assert!(snapshot.position.seq >= committed.position.seq);
        assert!(snapshot.state.order(&order(&committed).order_id).is_some());
    }
}
