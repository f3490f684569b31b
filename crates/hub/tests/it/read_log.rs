//! The log between two places, out of memory and from the disk.

use std::{fs, ops::ControlFlow};

use kiosk_domain::{Command, SecretChange, SecretHash};
use kiosk_hub::{Heard, Hub};
use kiosk_proto::v1::event::Payload;

use crate::{
    recover::newest_segment,
    shop::{Shop, TEA},
};

/// The numbers of the events that were heard, and those that are missing.
fn heard(hub: &Hub, after: u64, through: u64) -> (Vec<u64>, Vec<u64>) {
    let (mut events, mut missing) = (Vec::new(), Vec::new());
    let read = hub.read_log(after, through, |heard| {
        match heard {
            Heard::Event { seq, epoch, time, .. } => {
                assert_eq!((epoch.len(), time.as_ms()), (16, 1_795_230_000_000));
                events.push(seq);
            }
            Heard::Missing(range) => missing.extend(range),
        }
        ControlFlow::Continue(())
    });
    read.unwrap();
    (events, missing)
}

fn all(range: std::ops::RangeInclusive<u64>) -> (Vec<u64>, Vec<u64>) {
    (range.collect(), Vec::new())
}

#[tokio::test]
async fn events_are_read_in_order_and_once_wherever_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    // More than is kept at hand.
    for start in (0..2_400).step_by(60) {
        let orders = (start..start + 60).map(|id| shop.place(id, TEA));
        for placed in futures_util::future::join_all(orders).await {
            placed.unwrap();
        }
    }
    let head = shop.head();
    assert_eq!(head, 2_402);
    assert!(shop.hub.recent_after(0).len() < 2_100);
    for (after, through) in [(0, head), (0, 10), (300, 420), (2_300, 2_350), (head - 1, head)] {
        assert_eq!(heard(&shop.hub, after, through), all(after + 1..=through));
    }
    assert_eq!(heard(&shop.hub, head, head).0, [0; 0]);
    assert_eq!(heard(&shop.hub, 2_390, u64::MAX), all(2_391..=head));
    shop.drain().await;
    let shop = Shop::open(dir.path());
    assert_eq!(heard(&shop.hub, 5, head), all(6..=head));
}

#[tokio::test]
async fn who_breaks_off_hears_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    let mut count = 0;
    let stop = |_: Heard<'_>| {
        count += 1;
        ControlFlow::Break(())
    };
    assert_eq!(shop.hub.read_log(0, 2, stop).unwrap(), 1);
    assert_eq!(count, 1);
}

#[tokio::test]
async fn what_can_not_be_read_back_is_said_to_be_missing() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    for id in 1..=100 {
        shop.place(id, TEA).await.unwrap();
    }
    shop.drain().await;
    let segment = newest_segment(dir.path());
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes).unwrap();

    let shop = Shop::open(dir.path());
    let head = shop.head();
    let (events, missing) = heard(&shop.hub, 0, head);
    assert!(!missing.is_empty() && missing.len() < 100, "{missing:?}");
    let mut together = [events, missing.clone()].concat();
    together.sort_unstable();
    assert_eq!(together, (1..=head).collect::<Vec<_>>());
    // Ends within the gap.
    let last = missing[0];
    assert_eq!(heard(&shop.hub, last - 1, last), (Vec::new(), vec![last]));
}

#[tokio::test]
async fn secrets_are_not_heard() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    let put = Command::PutCell { cell_id: 1, name: "choir".into(), credit_limit: 0 };
    shop.submit(1, put).await.unwrap();
    let pin = SecretChange::Set(SecretHash::new("$argon2id$secret".into()).unwrap());
    let name = "mina".into();
    shop.submit(2, Command::PutCellMember { cell_id: 1, member_id: 0, name, pin }).await.unwrap();
    shop.drain().await;
    let shop = Shop::open(dir.path());
    let mut members = 0;
    let read = shop.hub.read_log(0, shop.head(), |heard| {
        if let Heard::Event { payload: Payload::CellMemberChanged(e), .. } = heard {
            let member = e.member.as_ref().unwrap();
            assert!(member.has_pin && member.pin_hash.is_none());
            members += 1;
        }
        ControlFlow::Continue(())
    });
    read.unwrap();
    assert_eq!(members, 1);
}
