//! The plug is pulled, 25 times, on a real file system.
#![allow(clippy::unwrap_used, reason = "test code ends by panicking")]

mod device;

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
    time::{Duration, Instant},
};

use device::{Device, Dice, Unflushed};
use kiosk_proto::v1::{
    GetSnapshotRequest, ListOrdersRequest, PlaceOrderRequest, Position, SubscribeRequest,
    event::Payload, event_service_client::EventServiceClient, subscribe_response::Message,
};
use kiosk_tests::{Disk, Kioskd, Start, Till, must, uuid};
use tokio::task::JoinSet;

const CUTS: u32 = 25;
const TILLS: usize = 6;

/// Each this many cuts, the box is cut again while it starts on what the cut has left.
const CUT_AGAIN_EVERY: u32 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_orders_survive_a_power_cut() {
    if Disk::in_memory(1).is_none() {
        return;
    }
    let mut device = Device::new();
    let mut dice = Dice::new();
    let mut book = Book::default();
    let mut unanswered = vec![];
    let mut downtime = Duration::ZERO;

    let kinds = [Unflushed::Kept, Unflushed::Lost, Unflushed::Random];
    for (cut, unflushed) in (1..=CUTS).zip(kinds.into_iter().cycle()) {
        let start = start_on(&device);
        if cut % CUT_AGAIN_EVERY == 0 {
            cut_while_starting(&mut device, &start, &mut dice);
        }
        let started = Instant::now();
        let kioskd = start_on(&device).spawn();
        downtime = downtime.max(started.elapsed());
        book.check(&kioskd).await;
        repeat(&kioskd, std::mem::take(&mut unanswered), &mut book).await;

        let load = Load::start(&kioskd);
        // The random instant: often early, sometimes after sled has written its part several times.
        tokio::time::sleep(Duration::from_millis(dice.below(40).pow(2))).await;
        let left = tokio::task::block_in_place(|| device.cut(kioskd.id(), unflushed));
        kioskd.kill();
        unanswered = load.end(&mut book).await;
        println!("cut {cut}, unflushed {unflushed:?}: {} orders so far", book.acknowledged.len());
        device.replace(&left);
    }

    let kioskd = start_on(&device).spawn();
    repeat(&kioskd, unanswered, &mut book).await;
    book.check(&kioskd).await;
    println!("{} orders, {CUTS} cuts, ready after at most {downtime:?}", book.acknowledged.len());
    assert!(kioskd.terminate().await.success());
}

fn start_on(device: &Device) -> Start {
    Start::demo(&device.box_path().join("data"))
}

fn cut_while_starting(device: &mut Device, start: &Start, dice: &mut Dice) {
    let mut process = start.command().stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(dice.below(60)));
    let left = device.cut(process.id(), Unflushed::Random);
    process.kill().unwrap();
    process.wait().unwrap();
    device.replace(&left);
}

/// What the clients were told.
#[derive(Debug, Default)]
struct Book {
    /// The order that answered each wish, by the wish's request id, which is also its note.
    acknowledged: BTreeMap<String, String>,
    epoch: Option<String>,
}

impl Book {
    /// Everything acknowledged is there exactly once, in a log without a gap.
    async fn check(&mut self, kioskd: &Kioskd) {
        let created = self.created(kioskd).await;
        for (wish, order_id) in &self.acknowledged {
            assert_eq!(created.get(wish), Some(order_id), "an acknowledged order is lost");
        }
        let listed = list(kioskd).await;
        let count = listed.len();
        assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), created.into_values().collect());
        assert_eq!(count, self.created(kioskd).await.len());
    }

    /// The log from its beginning: which order each wish has become.
    async fn created(&mut self, kioskd: &Kioskd) -> BTreeMap<String, String> {
        let mut client = EventServiceClient::new(Till::connect(kioskd.grpc).await.channel);
        let snapshot = client.get_snapshot(GetSnapshotRequest {}).await.unwrap().into_inner();
        let head = snapshot.position.unwrap();
        let epoch = self.epoch.get_or_insert_with(|| head.epoch.clone());
        assert_eq!(*epoch, head.epoch, "a power cut is no damage: the log goes on");

        let after = Some(Position { epoch: head.epoch, seq: 0 });
        let request = SubscribeRequest { after, ..Default::default() };
        let mut stream = client.subscribe(request).await.unwrap().into_inner();
        let mut created = BTreeMap::new();
        let mut next_seq = 1;
        while next_seq <= head.seq {
            let message = must("an event", stream.message()).await.unwrap().unwrap().message;
            let Some(Message::Event(event)) = message else { panic!("{message:?}") };
            assert_eq!(event.position.unwrap().seq, next_seq);
            next_seq += 1;
            if let Some(Payload::OrderCreated(order)) = event.payload {
                let first = created.insert(order.note, order.order_id);
                assert_eq!(first, None, "a wish has become two orders");
            }
        }
        created
    }
}

async fn list(kioskd: &Kioskd) -> Vec<String> {
    let mut till = Till::connect(kioskd.grpc).await;
    let mut orders = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListOrdersRequest { page_size: 200, page_token, ..Default::default() };
        let page = till.orders.list_orders(request).await.unwrap().into_inner();
        orders.extend(page.orders.into_iter().map(|order| order.order_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return orders;
        }
    }
}

/// Nobody knows whether these were placed before the cut; now they are, once.
async fn repeat(kioskd: &Kioskd, wishes: Vec<PlaceOrderRequest>, book: &mut Book) {
    let mut till = Till::connect(kioskd.grpc).await;
    let new = PlaceOrderRequest { note: uuid(), ..Till::wish("") };
    for wish in wishes.into_iter().chain([PlaceOrderRequest { request_id: new.note.clone(), ..new }])
    {
        let order = till.place(wish.clone()).await;
        book.acknowledged.insert(wish.note, order.order_id);
    }
}

/// Tills that place orders until the box does not answer any more.
struct Load(JoinSet<(Vec<(String, String)>, PlaceOrderRequest)>);

impl Load {
    fn start(kioskd: &Kioskd) -> Self {
        let tills = (0..TILLS).map(|_| sell(Till::lazy(kioskd.grpc)));
        Self(tills.collect())
    }

    async fn end(self, book: &mut Book) -> Vec<PlaceOrderRequest> {
        let tills = must("the end of all tills", self.0.join_all()).await;
        let unanswered = tills.into_iter().map(|(acknowledged, unanswered)| {
            book.acknowledged.extend(acknowledged);
            unanswered
        });
        unanswered.collect()
    }
}

/// What was acknowledged, and what was not answered.
async fn sell(mut till: Till) -> (Vec<(String, String)>, PlaceOrderRequest) {
    let mut acknowledged = Vec::new();
    loop {
        let wish = Till::wish("");
        let wish = PlaceOrderRequest { note: wish.request_id.clone(), ..wish };
        match till.orders.place_order(wish.clone()).await {
            Ok(answer) => {
                acknowledged.push((wish.note, answer.into_inner().order.unwrap().order_id));
            }
            Err(_) => return (acknowledged, wish),
        }
    }
}

