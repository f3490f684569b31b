use std::{fs, path::Path};

use kiosk_domain::State;
use kiosk_hub::{StartError, start};
use kiosk_proto::v1::event::Payload;

use crate::shop::{Shop, TEA, config, order};

/// A shop with some orders, closed; the state it had.
async fn closed_shop(dir: &Path) -> State {
    let shop = Shop::new(dir).await;
    for id in 1..=100 {
        shop.place(id, TEA).await.unwrap();
    }
    let state = shop.hub.snapshot().state.clone();
    shop.drain().await;
    state
}

/// The incidents in the log.
async fn incidents_after(shop: &Shop, after: u64) -> Vec<Payload> {
    let mut incidents = Vec::new();
    let mut follower = shop.hub.follow(&shop.hub.stats().grpc);
    follower.seek(after);
    while follower.position().seq < shop.head() {
        for event in follower.next().await.unwrap() {
            let payload = event.event.payload.clone();
            incidents.extend(payload.filter(|it| matches!(it, Payload::IncidentStarted(_))));
        }
    }
    incidents
}

/// The reasons of them.
async fn incidents(shop: &Shop, after: u64) -> Vec<String> {
    let reason = |payload| match payload {
        Payload::IncidentStarted(incident) => incident.reason,
        _ => String::new(),
    };
    incidents_after(shop, after).await.into_iter().map(reason).collect()
}

/// Nothing but the incidents that the log tells of was added, and a restart knows of them, too.
async fn is_as_before_with_its_incidents(shop: Shop, before: State, dir: &Path) -> Shop {
    let mut expected = before;
    for incident in incidents_after(&shop, 0).await {
        expected.apply(&incident);
    }
    assert_eq!(shop.hub.snapshot().state, expected);
    shop.drain().await;
    let shop = Shop::open(dir);
    assert_eq!(shop.hub.snapshot().state, expected);
    shop
}

#[tokio::test]
async fn a_restart_leads_to_the_identical_state() {
    let dir = tempfile::tempdir().unwrap();
    let state = closed_shop(dir.path()).await;
    let shop = Shop::open(dir.path());
    assert_eq!(shop.hub.snapshot().state, state);
    assert_eq!(incidents(&shop, 0).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_store_that_is_gone_is_rebuilt_from_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let state = closed_shop(dir.path()).await;
    fs::remove_dir_all(dir.path().join("state")).unwrap();
    let shop = Shop::open(dir.path());
    assert_eq!(shop.hub.snapshot().state, state);
    assert_eq!(shop.hub.history().unwrap().order_count(), 100);
    let again = shop.place(50, TEA).await.unwrap();
    assert_eq!(order(&again).daily_num, 50);
}

#[tokio::test]
async fn a_damaged_store_is_put_aside_rebuilt_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let state = closed_shop(dir.path()).await;
    // What sled takes for a torn tail it cuts, and the journal fills in again; this it can't open.
    fs::write(dir.path().join("state/sled/conf"), b"not a configuration").unwrap();
    let shop = Shop::open(dir.path());
    let shop = is_as_before_with_its_incidents(shop, state, dir.path()).await;
    let reasons = incidents(&shop, 0).await;
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(reasons[0].contains("rebuilt"), "{reasons:?}");
    shop.drain().await;
    // Once is enough.
    let shop = Shop::open(dir.path());
    assert_eq!(incidents(&shop, 0).await.len(), 1);
}

#[tokio::test]
async fn a_store_of_another_journal_is_put_aside() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let state = closed_shop(dir.path()).await;
    closed_shop(other.path()).await;
    fs::remove_dir_all(dir.path().join("state")).unwrap();
    fs::rename(other.path().join("state"), dir.path().join("state")).unwrap();
    let shop = Shop::open(dir.path());
    let shop = is_as_before_with_its_incidents(shop, state, dir.path()).await;
    assert!(incidents(&shop, 0).await[0].contains("another journal"));
}

/// The newest segment of the journal.
pub(crate) fn newest_segment(dir: &Path) -> std::path::PathBuf {
    let entries = fs::read_dir(dir.join("journal")).unwrap();
    entries.map(|entry| entry.unwrap().path()).max().unwrap()
}

#[tokio::test]
async fn a_damaged_journal_goes_on_under_a_new_epoch_and_loses_no_state() {
    let dir = tempfile::tempdir().unwrap();
    closed_shop(dir.path()).await;
    let segment = newest_segment(dir.path());
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes).unwrap();

    let before = Shop::open(dir.path());
    let head = before.hub.snapshot().position;
    assert_eq!(before.hub.snapshot().state.incidents().len(), 1);
    let reasons = incidents(&before, head.seq - 1).await;
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    before.place(101, TEA).await.unwrap();
    before.drain().await;

    let after = Shop::open(dir.path());
    assert_eq!(after.hub.snapshot().position.epoch, head.epoch);
    assert_eq!(after.hub.snapshot().state.orders().count(), 101);
}

#[tokio::test]
async fn a_journal_that_ends_before_the_store_never_gives_a_number_twice() {
    let dir = tempfile::tempdir().unwrap();
    let state = closed_shop(dir.path()).await;
    let segment = newest_segment(dir.path());
    let bytes = fs::read(&segment).unwrap();
    fs::write(&segment, &bytes[..bytes.len() / 2]).unwrap();

    let shop = Shop::open(dir.path());
    assert_eq!(shop.hub.snapshot().state.orders().count(), state.orders().count());
    assert_eq!(shop.hub.snapshot().state.incidents().len(), 1);
    // The incident is the first event behind all that were ever acknowledged: 2 items, 100 orders.
    assert_eq!(shop.head(), 103);
    assert!(incidents(&shop, 102).await[0].contains("102"));
    let placed = shop.place(101, TEA).await.unwrap();
    assert_eq!((placed.position.seq, order(&placed).daily_num), (104, 101));
}

#[tokio::test]
async fn two_hubs_never_share_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let _shop = Shop::open(dir.path());
    assert!(matches!(start(config(dir.path())), Err(StartError::Locked(_))));
}
