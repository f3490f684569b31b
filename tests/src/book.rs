use std::collections::{BTreeMap, BTreeSet};

use kiosk_proto::v1::{
    GetSnapshotRequest, ListOrdersRequest, PlaceOrderRequest, Position, SubscribeRequest,
    event::Payload, event_service_client::EventServiceClient, subscribe_response::Message,
};
use tokio::task::JoinSet;
use tonic::Status;

use crate::{Kioskd, Till, must};

const TILLS: usize = 6;

/// What the clients were told.
#[derive(Debug, Default)]
pub struct Book {
    /// The order that answered each wish, by the wish's request id.
    pub acknowledged: BTreeMap<String, String>,
    epoch: Option<String>,
}

impl Book {
    /// Places an order that must succeed, and notes it.
    pub async fn place(&mut self, till: &mut Till, wish: PlaceOrderRequest) {
        let order = till.place(wish.clone()).await;
        self.acknowledged.insert(wish.request_id, order.order_id);
    }

    /// Everything acknowledged is there exactly once, in a log without a gap.
    pub async fn check(&mut self, kioskd: &Kioskd) {
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
        let client = EventServiceClient::new(Till::connect(kioskd.grpc).await.channel);
        // A snapshot of many large orders is larger than a client takes unasked.
        let mut client = client.max_decoding_message_size(usize::MAX);
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

/// Tills that place orders until one does not go through.
#[derive(Debug)]
pub struct Load(JoinSet<Sold>);

#[derive(Debug)]
struct Sold {
    /// Request ids and order ids.
    acknowledged: Vec<(String, String)>,
    left: PlaceOrderRequest,
    why: Status,
}

impl Load {
    /// Starts them.
    pub fn start(kioskd: &Kioskd) -> Self {
        Self::start_with(kioskd, || Till::wish(""))
    }

    /// The same with another order than the usual one.
    pub fn start_with(kioskd: &Kioskd, wish: fn() -> PlaceOrderRequest) -> Self {
        let tills = (0..TILLS).map(|_| sell(Till::lazy(kioskd.grpc), wish));
        Self(tills.collect())
    }

    /// Waits for that, and returns the wish that each till was left with, and why.
    pub async fn end(self, book: &mut Book) -> Vec<(PlaceOrderRequest, Status)> {
        let tills = must("the end of all tills", self.0.join_all()).await;
        let left = tills.into_iter().map(|sold| {
            book.acknowledged.extend(sold.acknowledged);
            (sold.left, sold.why)
        });
        left.collect()
    }
}

async fn sell(mut till: Till, new_wish: fn() -> PlaceOrderRequest) -> Sold {
    let mut acknowledged = Vec::new();
    loop {
        let wish = new_wish();
        match till.orders.place_order(wish.clone()).await {
            Ok(answer) => {
                acknowledged.push((wish.request_id, answer.into_inner().order.unwrap().order_id));
            }
            Err(why) => return Sold { acknowledged, left: wish, why },
        }
    }
}
