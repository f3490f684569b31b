use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use kiosk_proto::v1::{
    CellBalanceChanged, Event, ListCellsRequest, ListOrdersRequest, Order, PlaceOrderRequest,
    Position, Resumed, SubscribeRequest, cell_service_client::CellServiceClient, event::Payload,
    event_service_client::EventServiceClient, ledger_type::Value as LedgerType,
    pay_type::Value as PayType, subscribe_response::Message,
};
use kiosk_tests::{Till, must};
use serde_json::Value;

use crate::till::{Answer, CELL_ID, Wire, Wish};

/// Marks the order after which nothing happens.
pub(crate) const END_NOTE: &str = "the end";

/// Compares what the clients were told with what the box has.
pub(crate) struct Audit {
    till: Till,
    epoch: String,
    /// The last event before the clients began.
    began_at: u64,
}

/// What the log comes to.
#[derive(Default)]
struct Books {
    orders: BTreeMap<String, Order>,
    /// Orders that a cell paid, with what they cost.
    payments: BTreeMap<String, i32>,
    balance: i32,
    entries: i32,
}

impl Audit {
    pub(crate) async fn new(grpc: SocketAddr, hello: &Value) -> Self {
        let epoch = hello["epoch"].as_str().unwrap().into();
        let began_at = hello["seq"].as_u64().unwrap();
        Self { till: Till::connect(grpc).await, epoch, began_at }
    }

    /// Places the order that ends the screens.
    pub(crate) async fn mark_the_end(&self) {
        let end = PlaceOrderRequest { note: END_NOTE.into(), ..Till::wish("") };
        self.till.clone().place(end).await;
    }

    /// What was answered is in the log, once, and nothing else is; the screens saw all of it.
    pub(crate) async fn check(&self, done: Vec<(Wish, Answer)>, seen: &[Vec<Value>]) {
        let log = self.read_log().await;
        let began_at = usize::try_from(self.began_at).unwrap();
        let as_sent = |event| serde_json::from_str(&kiosk_proto::envelope(event)).unwrap();
        let expected: Vec<Value> = log[began_at..].iter().map(as_sent).collect();
        for seen in seen {
            assert!(*seen == expected, "a screen saw other events than the log has");
        }
        eprintln!("{} answers, {} events", done.len(), log.len());

        self.check_answers(&done, &log);
        let mut books = Books::default();
        for event in &log {
            books.enter(event.payload.as_ref().unwrap());
        }
        self.check_orders(&books, &done).await;
        self.check_cell(&books).await;
        self.check_repeated(&done).await;
    }

    /// All events since the first, without a gap and in one epoch.
    async fn read_log(&self) -> Vec<Event> {
        let after = Some(Position { epoch: self.epoch.clone(), seq: 0 });
        let request = SubscribeRequest { after, ..SubscribeRequest::default() };
        let mut client = EventServiceClient::new(self.till.channel.clone());
        let mut stream = client.subscribe(request).await.unwrap().into_inner();
        let mut log = Vec::new();
        loop {
            match must("the log", stream.message()).await.unwrap().unwrap().message.unwrap() {
                Message::Event(event) => {
                    let seq = log.len() as u64 + 1;
                    assert_eq!(event.position, Some(Position { epoch: self.epoch.clone(), seq }));
                    log.push(event);
                }
                Message::Resumed(Resumed { recovered, missed, .. }) => {
                    assert!(recovered && missed == log.len() as u64);
                    return log;
                }
            }
        }
    }

    /// Each answer's event is in the log at the position that the answer names, or just before it
    /// when a cell paid; and the clients' requests have no other events.
    fn check_answers(&self, done: &[(Wish, Answer)], log: &[Event]) {
        let mut answered = BTreeSet::new();
        for (_, answer) in done {
            let (position, events, expected) = match answer.clone() {
                Answer::Placed(placed) => {
                    let order = placed.order.unwrap();
                    let events = 1 + u64::from(order.pay_type() == PayType::Cell);
                    (placed.position, events, Payload::OrderCreated(order))
                }
                Answer::Moved(moved) => {
                    (moved.position, 1, Payload::OrderStatusChanged(moved.change.unwrap()))
                }
                Answer::Charged(charged) => {
                    (charged.position, 1, Payload::CellBalanceChanged(charged.change.unwrap()))
                }
            };
            let position = position.unwrap();
            assert_eq!(position.epoch, self.epoch);
            let seqs = position.seq + 1 - events..=position.seq;
            let found = seqs.clone().any(|seq| {
                log[usize::try_from(seq).unwrap() - 1].payload.as_ref() == Some(&expected)
            });
            assert!(found, "{expected:?} is not at {position:?}");
            for seq in seqs {
                assert!(answered.insert(seq), "two answers name {seq}");
            }
        }
        // The last event is the end's.
        let all: BTreeSet<u64> = (self.began_at + 1..log.len() as u64).collect();
        assert!(answered == all, "events of no answered request");
    }

    /// The box shows each order as the log has it.
    async fn check_orders(&self, books: &Books, done: &[(Wish, Answer)]) {
        let mut wire = Wire::new(self.till.clone());
        for (_, answer) in done {
            if let Answer::Placed(placed) = answer {
                let order_id = &placed.order.as_ref().unwrap().order_id;
                assert_eq!(wire.order(order_id).await.unwrap(), books.orders[order_id]);
            }
        }
        let days: BTreeSet<&String> = books.orders.values().map(|o| &o.business_date).collect();
        let mut listed = BTreeMap::new();
        for day in days {
            for order in self.list(day).await {
                assert!(listed.insert(order.order_id.clone(), order).is_none(), "listed twice");
            }
        }
        assert!(listed == books.orders, "ListOrders shows other orders than the log has");
    }

    async fn list(&self, business_date: &str) -> Vec<Order> {
        let mut orders = Vec::new();
        let mut page_token = String::new();
        loop {
            let business_date = business_date.into();
            let request =
                ListOrdersRequest { business_date, page_token, ..ListOrdersRequest::default() };
            let page = self.till.orders.clone().list_orders(request).await.unwrap().into_inner();
            orders.extend(page.orders);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return orders;
            }
        }
    }

    async fn check_cell(&self, books: &Books) {
        let mut client = CellServiceClient::new(self.till.channel.clone());
        let cells =
            client.list_cells(ListCellsRequest::default()).await.unwrap().into_inner().cells;
        let cell = cells.iter().find(|cell| cell.cell_id == CELL_ID).unwrap();
        assert_eq!(cell.balance, books.balance);
        let paid_by_cell = books.orders.values().filter(|o| o.pay_type() == PayType::Cell);
        let expected = paid_by_cell.map(|o| (o.order_id.clone(), o.total_amount)).collect();
        assert_eq!(books.payments, expected);
    }

    /// A request of long ago is answered as it was then, and changes nothing.
    async fn check_repeated(&self, done: &[(Wish, Answer)]) {
        let mut wire = Wire::new(self.till.clone());
        for (wish, answer) in done.iter().step_by(16) {
            assert_eq!(wire.ask(wish).await.unwrap(), *answer);
        }
        let hello = kiosk_tests::must("the log", self.read_log()).await;
        assert!(matches!(&hello.last().unwrap().payload,
            Some(Payload::OrderCreated(order)) if order.note == END_NOTE));
    }
}

impl Books {
    fn enter(&mut self, event: &Payload) {
        match event {
            Payload::OrderCreated(order) => {
                let double = self.orders.insert(order.order_id.clone(), order.clone());
                assert_eq!(double, None);
            }
            Payload::OrderStatusChanged(change) => {
                let order = self.orders.get_mut(&change.order_id).unwrap();
                assert_eq!(order.status, change.previous_status);
                order.status = change.status;
                order.updated_at = change.updated_at;
                for line in &change.lines {
                    let item = order.items.iter_mut().find(|item| item.line_id == line.line_id);
                    let item = item.unwrap();
                    (item.status, item.done_at) = (line.status, line.done_at);
                }
            }
            Payload::CellBalanceChanged(change) if change.cell_id == CELL_ID => self.book(change),
            _ => {}
        }
    }

    fn book(&mut self, change: &CellBalanceChanged) {
        assert_eq!(change.balance_before, self.balance);
        assert_eq!(change.balance_after, self.balance + change.change_amount);
        assert_eq!(change.entry_num, self.entries + 1);
        self.balance = change.balance_after;
        self.entries += 1;
        if change.r#type() == LedgerType::Payment {
            let double = self.payments.insert(change.order_id.clone(), -change.change_amount);
            assert_eq!(double, None);
        }
    }
}
