//! `kioskctl simulate` plays a day, and every total is counted again from the journal's files.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::Path,
    process::Stdio,
    time::Duration,
};

use kiosk_hub::{Clock as _, SystemClock};
use kiosk_journal::{Item, Log};
use kiosk_proto::v1::{
    CloseDayRequest, DayReport, Event, GetSnapshotRequest, GetSnapshotResponse, JournalRecord,
    Order, OrderItem, SetSettingRequest, event::Payload, event_service_client::EventServiceClient,
    ledger_type::Value as LedgerType, line_status::Value as LineStatus,
    order_status::Value as Status, pay_type::Value as PayType,
    report_service_client::ReportServiceClient, settings_service_client::SettingsServiceClient,
};
use kiosk_tests::{Start, Till, free_address, must, program, uuid};
use prost::Message as _;
use serde_json::Value;
use tokio::process::{Child, Command};

const CUSTOMERS: u64 = 400;

/// What the journal says, by arithmetic that nothing else shares.
#[derive(Debug, Default)]
struct Recount {
    orders: BTreeMap<String, Order>,
    /// How often the log says that the order has been brought to this step.
    steps: BTreeMap<Status, u64>,
    cells: BTreeMap<i32, i64>,
    stock: BTreeMap<i32, i32>,
    charged: i64,
    /// What cells have paid for orders, less what they were given back.
    paid_by_cells: i64,
    /// Of all orders, as they stand.
    lines: BTreeMap<(String, i32), OrderItem>,
    /// What came in and went back, by hour.
    hours: BTreeMap<i64, (i64, i64)>,
    /// Entries of the ledgers: how many, and what they come to.
    ledger: BTreeMap<LedgerType, (i64, i64)>,
    closed: Option<DayReport>,
}

impl Recount {
    fn of(data_dir: &Path) -> Self {
        let log = Log::snapshot(&data_dir.join("journal")).unwrap().unwrap();
        let mut reader = log.reader(1);
        let mut recount = Self::default();
        while let Some(item) = reader.next().unwrap() {
            let Item::Record(record) = item else { panic!("{item:?}") };
            let record = JournalRecord::decode(&*record.payload).unwrap();
            // The zone of this day is UTC.
            let hour = record.time.unwrap().as_ms() / 3_600_000 % 24;
            for event in record.events {
                recount.hear_lines(hour, event.payload.as_ref().unwrap());
                recount.hear(event);
            }
        }
        recount
    }

    fn hear(&mut self, event: Event) {
        match event.payload.unwrap() {
            Payload::OrderCreated(order) => {
                let lines: i32 = order.items.iter().map(|item| item.total_price).sum();
                assert_eq!(lines, order.total_amount);
                assert!(self.orders.insert(order.order_id.clone(), order).is_none());
            }
            Payload::OrderStatusChanged(e) => {
                *self.steps.entry(e.status()).or_default() += 1;
                self.orders.get_mut(&e.order_id).unwrap().status = e.status;
            }
            Payload::OrderRecalled(e) => {
                *self.steps.entry(e.previous_status()).or_default() -= 1;
                self.orders.get_mut(&e.order_id).unwrap().status = e.status;
            }
            Payload::OrderCancelled(e) => {
                self.orders.get_mut(&e.order_id).unwrap().status = Status::Cancelled.into();
            }
            Payload::CellBalanceChanged(e) => {
                let balance = self.cells.entry(e.cell_id).or_default();
                *balance += i64::from(e.change_amount);
                assert_eq!(*balance, i64::from(e.balance_after));
                match e.r#type() {
                    LedgerType::Charge if e.reason != "demo" => {
                        self.charged += i64::from(e.change_amount);
                    }
                    LedgerType::Payment | LedgerType::Refund => {
                        self.paid_by_cells -= i64::from(e.change_amount);
                    }
                    _ => {}
                }
            }
            Payload::MenuItemChanged(item) => {
                item.remaining.and_then(|count| self.stock.insert(item.menu_id, count));
            }
            Payload::MenuStockChanged(e) => {
                self.stock.insert(e.menu_id, e.remaining.unwrap());
            }
            Payload::MenuStockBatchChanged(e) => {
                self.stock
                    .extend(e.items.iter().map(|item| (item.menu_id, item.remaining.unwrap())));
            }
            _ => {}
        }
    }

    fn hear_lines(&mut self, hour: i64, event: &Payload) {
        let (gross, refunds) = self.hours.entry(hour).or_default();
        let (order_id, items) = match event {
            Payload::OrderCreated(e) => {
                *gross += i64::from(e.total_amount);
                (&e.order_id, &e.items)
            }
            Payload::OrderItemsAdded(e) => {
                *gross += i64::from(e.added_amount);
                (&e.order_id, &e.items)
            }
            Payload::OrderLinesCancelled(e) => {
                *refunds += i64::from(e.refund_amount);
                (&e.order_id, &e.items)
            }
            Payload::OrderCancelled(e) => {
                *refunds += i64::from(e.refund_amount);
                return;
            }
            Payload::OrderLinesRemade(e) => (&e.order_id, &e.items),
            Payload::CellBalanceChanged(e) => {
                let (count, amount) = self.ledger.entry(e.r#type()).or_default();
                (*count, *amount) = (*count + 1, *amount + i64::from(e.change_amount));
                return;
            }
            Payload::DayClosed(report) => {
                assert!(self.closed.replace(DayReport::clone(report)).is_none());
                return;
            }
            _ => return,
        };
        let lines = items.iter().map(|item| ((order_id.clone(), item.line_id), item.clone()));
        self.lines.extend(lines);
    }

    /// What came in and went back, by what `key` makes of a line and its order.
    fn money<K: Ord>(&self, key: impl Fn(&Order, &OrderItem) -> K) -> BTreeMap<K, (i64, i64)> {
        let mut sums = BTreeMap::<K, (i64, i64)>::new();
        for ((order_id, _), item) in &self.lines {
            let order = &self.orders[order_id];
            let (gross, refunds) = sums.entry(key(order, item)).or_default();
            *gross += i64::from(item.total_price);
            if order.status() == Status::Cancelled || item.status() == LineStatus::Cancelled {
                *refunds += i64::from(item.total_price);
            }
        }
        sums
    }

    /// Orders and what they come to, of those that `which` takes.
    fn sum(&self, which: impl Fn(&Order) -> bool) -> (u64, i64) {
        let chosen: Vec<_> = self.orders.values().filter(|order| which(order)).collect();
        (chosen.len() as u64, chosen.iter().map(|order| i64::from(order.total_amount)).sum())
    }
}

/// The report's sum of that pay type; none is nothing.
fn reported(report: &Value, what: &str, pay_type: PayType) -> (u64, i64) {
    let sum = &report[what][pay_type.as_str_name()];
    (sum["orders"].as_u64().unwrap_or(0), sum["amount"].as_i64().unwrap_or(0))
}

/// A new business day in the middle of the test would be the test's mistake: it begins half a day
/// from now.
async fn put_off_the_next_day(address: SocketAddr) {
    let hours = SystemClock.now().as_ms() / 3_600_000;
    let mut settings = SettingsServiceClient::new(Till::connect(address).await.channel);
    for (key, value) in
        [("time_zone", "UTC".to_owned()), ("business_day_hour", ((hours + 12) % 24).to_string())]
    {
        let (request_id, key) = (uuid(), key.to_owned());
        settings.set_setting(SetSettingRequest { request_id, key, value }).await.unwrap();
    }
}

async fn snapshot(address: SocketAddr) -> GetSnapshotResponse {
    let client = EventServiceClient::new(Till::connect(address).await.channel);
    let mut client = client.max_decoding_message_size(usize::MAX);
    client.get_snapshot(GetSnapshotRequest {}).await.unwrap().into_inner()
}

async fn close(address: SocketAddr) -> DayReport {
    let mut reports = ReportServiceClient::new(Till::connect(address).await.channel);
    let request = CloseDayRequest { request_id: uuid(), ..Default::default() };
    reports.close_day(request).await.unwrap().into_inner().report.unwrap()
}

/// A day, as it is being played.
fn simulate(address: SocketAddr, seed: u64) -> Child {
    Command::new(program("kioskctl"))
        .args(["--json", "--address", &address.to_string(), "simulate"])
        .args(["--speed", "max", "--kiosks", "6", "--baristas", "4"])
        .args(["--customers", &CUSTOMERS.to_string(), "--seed", &seed.to_string()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn report(day: Child) -> Value {
    let output = must("the end of the day", day.wait_with_output()).await.unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_simulated_days_totals_are_those_of_a_recount_from_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    put_off_the_next_day(kioskd.grpc).await;
    let report = report(simulate(kioskd.grpc, 7)).await;
    let shown = snapshot(kioskd.grpc).await;
    let closed = close(kioskd.grpc).await;
    assert!(kioskd.terminate().await.success());
    let recount = Recount::of(dir.path());
    assert_agree(&report, &shown, &recount);
    assert_closed(&closed, &recount);
}

#[tokio::test]
async fn the_totals_of_a_day_in_which_the_box_was_killed_are_right_too() {
    let dir = tempfile::tempdir().unwrap();
    let start = Start::demo(dir.path()).with("KIOSK__GRPC__LISTEN", free_address()).quiet();
    let mut kioskd = start.spawn();
    put_off_the_next_day(kioskd.grpc).await;
    let day = simulate(kioskd.grpc, 8);
    for quarter in 1..=3 {
        while snapshot(kioskd.grpc).await.orders.len() < quarter * CUSTOMERS as usize / 5 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        kioskd.kill();
        kioskd = start.spawn();
    }
    let report = report(day).await;
    let shown = snapshot(kioskd.grpc).await;
    let closed = close(kioskd.grpc).await;
    assert!(kioskd.terminate().await.success());
    let recount = Recount::of(dir.path());
    assert_agree(&report, &shown, &recount);
    assert_closed(&closed, &recount);
}

/// What the actors were told, what the screens see, and what the journal says.
fn assert_agree(report: &Value, shown: &GetSnapshotResponse, recount: &Recount) {
    for pay_type in [PayType::Card, PayType::Cash, PayType::Cell, PayType::Transfer] {
        let placed = recount.sum(|order| order.pay_type() == pay_type);
        let cancelled =
            recount.sum(|o| o.pay_type() == pay_type && o.status() == Status::Cancelled);
        assert_eq!(reported(report, "placed", pay_type), placed, "{pay_type:?}");
        assert_eq!(reported(report, "cancelledOrders", pay_type), cancelled, "{pay_type:?}");
    }
    // Everybody was served, was refused, or gave it up; there is something of each.
    let (orders, _) = recount.sum(|_| true);
    let (cancelled, _) = recount.sum(|order| order.status() == Status::Cancelled);
    let (completed, _) = recount.sum(|order| order.status() == Status::Completed);
    let refused: u64 = report["left"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(orders + refused, CUSTOMERS);
    assert_eq!(cancelled + completed, orders);
    assert_eq!(report["completed"], completed);
    assert_eq!(recount.steps[&Status::Completed], completed);
    assert!(refused > 0 && cancelled > 0 && completed > CUSTOMERS / 2, "{report}");

    let numbers: BTreeSet<i32> = recount.orders.values().map(|order| order.daily_num).collect();
    assert!(numbers.into_iter().eq(1..=i32::try_from(orders).unwrap()));
    assert_eq!(report["charged"], recount.charged);
    let by_cell = recount.sum(|o| o.pay_type() == PayType::Cell && o.status() == Status::Completed);
    assert_eq!(recount.paid_by_cells, by_cell.1);

    let balances = shown.cells.iter().map(|cell| (cell.cell_id, i64::from(cell.balance)));
    assert_eq!(balances.collect::<BTreeMap<_, _>>(), recount.cells);
    let stock = shown.menu.iter().filter_map(|item| Some((item.menu_id, item.remaining?)));
    assert_eq!(stock.collect::<BTreeMap<_, _>>(), recount.stock);
    let of = |order: &Order| (order.order_id.clone(), order.status, order.total_amount);
    let counted: BTreeSet<_> = recount.orders.values().map(of).collect();
    assert_eq!(shown.orders.iter().map(of).collect::<BTreeSet<_>>(), counted);
}

/// The Z report, sum by sum, and what the journal says.
fn assert_closed(closed: &DayReport, recount: &Recount) {
    assert_eq!(Some(closed), recount.closed.as_ref());
    assert_eq!((closed.number, closed.after_seq, closed.missing_events), (1, 0, 0));
    let orders = recount.orders.len() as i64;
    let (gross, refunds) = recount.money(|_, _| ())[&()];
    assert!(refunds > 0 && gross > refunds);
    assert_eq!((closed.orders, closed.gross, closed.refunds), (orders, gross, refunds));
    assert_eq!(closed.net, gross - refunds);
    assert_eq!((closed.grand_total_before, closed.grand_total_after), (0, gross));

    let totals = closed.by_pay_type.iter().map(|it| (it.pay_type, (it.gross, it.refunds)));
    assert_eq!(totals.collect::<BTreeMap<_, _>>(), recount.money(|order, _| order.pay_type));
    let totals = closed.by_item.iter().map(|it| (it.menu_id, (it.gross, it.refunds)));
    assert_eq!(totals.collect::<BTreeMap<_, _>>(), recount.money(|_, item| item.menu_id));
    let totals = closed.by_category.iter();
    let totals = totals.map(|it| (it.category.clone(), (it.gross, it.refunds)));
    assert_eq!(totals.collect::<BTreeMap<_, _>>(), recount.money(|_, item| item.category.clone()));
    let totals = closed.by_hour.iter().map(|it| (i64::from(it.hour), (it.gross, it.refunds)));
    let busy = |(_, sums): &(i64, (i64, i64))| *sums != (0, 0);
    let hours = recount.hours.clone().into_iter().filter(busy);
    assert_eq!(totals.filter(busy).collect::<Vec<_>>(), hours.collect::<Vec<_>>());

    let [day] = &closed.tickets[..] else { panic!("{:?}", closed.tickets) };
    assert_eq!((day.first, i64::from(day.last), i64::from(day.count)), (1, orders, orders));
    let cancelled = recount.sum(|order| order.status() == Status::Cancelled).0 as i64;
    assert_eq!(closed.cancelled_orders.as_ref().unwrap().count, cancelled);
    assert_eq!(closed.carried_over.as_ref().unwrap().count, 0);

    let cells = closed.cells.as_ref().unwrap();
    for (r#type, sum) in [
        (LedgerType::Charge, &cells.charged),
        (LedgerType::Payment, &cells.paid),
        (LedgerType::Refund, &cells.refunded),
        (LedgerType::Adjust, &cells.adjusted),
    ] {
        let sum = sum.as_ref().unwrap();
        let counted = recount.ledger.get(&r#type).copied().unwrap_or_default();
        assert_eq!((sum.count, sum.amount), counted, "{:?}", r#type);
    }
    assert_eq!(cells.balance, recount.cells.values().sum::<i64>());
}
