//! The line of orders and the waiting room, as the box runs them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Barrier, atomic::Ordering::SeqCst},
    thread,
    time::Duration,
};

use kiosk_domain::{
    Actor, Command, LineChoice,
    queue::{Ticket, TicketStatus},
};
use kiosk_hub::{Hub, QueueReport, Request, Signals, Whereabouts};
use kiosk_proto::v1::{
    MenuItem, Order, QueueLine, QueueUpdated, event::Payload, role::Value as Role,
};

use crate::{
    hands::{Hands, hands, open},
    shop::{TEA, order, wish},
};

/// How long a test waits for what must come: far longer than it takes on a loaded machine.
const WAIT_MAX: Duration = Duration::from_secs(30);

struct Counter<'a> {
    hub: &'a Hub,
    requests: u128,
}

impl Counter<'_> {
    async fn run(&mut self, command: Command) -> Order {
        self.requests += 1;
        let actor = Actor { role: Role::Admin, id: 0, name: "test".into() };
        let request = Request { request_id: self.requests, fingerprint: 0, command, actor };
        let committed = self.hub.submit(request).await.unwrap();
        match &committed.events[0].event.payload {
            Some(Payload::OrderCreated(_)) => order(&committed),
            _ => Order::default(),
        }
    }

    async fn open_shop(&mut self) {
        let name = "tea".to_owned();
        let item = MenuItem { menu_id: TEA, name, price: 4_500, ..MenuItem::default() };
        self.run(Command::PutMenuItem(item)).await;
    }

    async fn place(&mut self) -> Order {
        self.run(wish(TEA)).await
    }

    async fn make(&mut self, order: &Order) {
        let (order_id, lines) = (order.order_id.clone(), LineChoice::All);
        self.run(Command::BumpLines { order_id, lines }).await;
    }

    async fn set(&mut self, key: &str, value: &str) {
        self.run(Command::SetSetting { key: key.into(), value: value.into() }).await;
    }
}

/// The next of the signals that `pick` takes.
async fn next<T>(signals: &mut Signals, pick: impl Fn(&Payload) -> Option<T>) -> T {
    let found = async {
        loop {
            let signal = signals.next().await;
            if let Some(found) = signal.event.payload.as_ref().and_then(&pick) {
                break found;
            }
        }
    };
    tokio::time::timeout(WAIT_MAX, found).await.expect("a signal must come")
}

async fn update(signals: &mut Signals, of: &str) -> QueueUpdated {
    next(signals, |payload| match payload {
        Payload::QueueUpdated(it) if it.order_id == of || it.ticket_id == of => Some(it.clone()),
        _ => None,
    })
    .await
}

fn positions(report: &QueueReport) -> Vec<(i32, usize)> {
    report.standings.iter().map(|standing| (standing.daily_num, standing.ahead)).collect()
}

fn pass(clock: &Hands, seconds: i64) {
    clock.0.fetch_add(seconds * 1_000, SeqCst);
}

#[tokio::test]
async fn an_order_hears_how_the_line_moves_and_that_its_wait_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let (hub, running) = open(dir.path(), &hands());
    let mut signals = hub.signals();
    let mut counter = Counter { hub: &hub, requests: 0 };
    counter.open_shop().await;
    let (first, second) = (counter.place().await, counter.place().await);
    let told = update(&mut signals, &second.order_id).await;
    assert_eq!((told.position, told.ahead), (2, 1));
    let wait = told.estimated_wait_seconds;
    assert!(told.earliest_wait_seconds < wait && wait < told.latest_wait_seconds, "{told:?}");
    counter.make(&first).await;
    let over = update(&mut signals, &first.order_id).await;
    let expected = QueueUpdated { order_id: first.order_id.clone(), ..QueueUpdated::default() };
    assert_eq!(over, expected);
    let moved = update(&mut signals, &second.order_id).await;
    assert_eq!((moved.position, moved.ahead), (1, 0));
    assert!(moved.estimated_wait_seconds < wait, "{moved:?}");
    assert_eq!(hub.queue_line().whereabouts(&first), Whereabouts::IsOver);
    running.drain().await.unwrap();
}

#[tokio::test]
async fn after_a_restart_every_order_has_its_position_and_a_like_estimate() {
    let dir = tempfile::tempdir().unwrap();
    let clock = hands();
    let (hub, running) = open(dir.path(), &clock);
    let mut counter = Counter { hub: &hub, requests: 0 };
    counter.open_shop().await;
    for _ in 0..20 {
        let made = counter.place().await;
        // As a box looks, which is once a second.
        hub.queue_line().report();
        pass(&clock, 240);
        counter.make(&made).await;
        pass(&clock, 30);
    }
    for _ in 0..4 {
        counter.place().await;
        pass(&clock, 20);
    }
    let before = hub.queue_line().report();
    assert_eq!(positions(&before), [(21, 0), (22, 1), (23, 2), (24, 3)]);
    assert_eq!((before.accuracy.orders, before.stations[0].samples), (20, 20));
    running.drain().await.unwrap();
    drop(hub);

    let (hub, running) = open(dir.path(), &clock);
    let after = hub.queue_line().report();
    assert_eq!(positions(&after), positions(&before));
    for (before, after) in before.standings.iter().zip(&after.standings) {
        let (before, after) = (before.wait.likely_ms, after.wait.likely_ms);
        assert!((before - after).abs() * 5 < before, "{before} {after}");
    }
    // One that is made knows better than what is believed without any.
    assert!((150_000..300_000).contains(&after.standings[0].wait.likely_ms), "{after:?}");
    assert_eq!(after.accuracy.orders, 20);
    running.drain().await.unwrap();
}

#[test]
fn of_many_who_come_at_once_no_more_than_may_are_admitted_and_nobody_twice() {
    const CLIENTS: usize = 32;
    let dir = tempfile::tempdir().unwrap();
    let clock = hands();
    let (hub, _running) = open(dir.path(), &clock);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut counter = Counter { hub: &hub, requests: 0 };
        counter.set("is_queue_active", "true").await;
        counter.set("queue_threshold", "5").await;
    });
    let barrier = Barrier::new(CLIENTS);
    let room = hub.waiting_room();
    let mut tickets: Vec<Ticket> = thread::scope(|scope| {
        let client = |key: usize| {
            let (room, barrier) = (Arc::clone(room), &barrier);
            scope.spawn(move || {
                barrier.wait();
                let ticket = room.take(key as u128, format!("t{key}")).unwrap();
                // A reload keeps the place.
                let again = room.take(key as u128, format!("again{key}")).unwrap();
                assert_eq!((&again.ticket_id, again.number), (&ticket.ticket_id, ticket.number));
                room.show(&ticket.ticket_id).unwrap()
            })
        };
        let clients: Vec<_> = (0..CLIENTS).map(client).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    tickets.sort_by_key(|ticket| ticket.number);
    for (ticket, number) in tickets.iter().zip(1..) {
        assert_eq!(ticket.number, number);
        let is_admitted = ticket.status == TicketStatus::Admitted;
        assert_eq!(is_admitted, number <= 5, "first come, first served: {ticket:?}");
    }
    let line = room.report().line;
    assert_eq!((line.ordering, line.waiting), (5, 27));
}

#[tokio::test]
async fn a_clock_that_is_set_makes_nobody_absent_and_nobody_eternal() {
    let dir = tempfile::tempdir().unwrap();
    let clock = hands();
    let (hub, running) = open(dir.path(), &clock);
    let room = hub.waiting_room();
    for (key, hours) in [(1, 24), (2, -48)] {
        let ticket = room.take(key, format!("t{key}")).unwrap();
        clock.1.fetch_add(hours * 3_600_000, SeqCst);
        clock.0.fetch_add(hours * 3_600_000, SeqCst);
        let shown = room.show(&ticket.ticket_id).unwrap();
        assert_eq!(shown.status, TicketStatus::Admitted);
        assert_eq!(shown.seen_ms, clock.0.load(SeqCst), "by the time of day");
    }
    pass(&clock, 61);
    assert_eq!(room.show("t2").unwrap().status, TicketStatus::Lost);
    running.drain().await.unwrap();
}

#[tokio::test]
async fn the_next_one_is_admitted_by_the_clock_alone_and_staff_see_the_line_change() {
    let dir = tempfile::tempdir().unwrap();
    let clock = hands();
    let (hub, running) = open(dir.path(), &clock);
    let mut counter = Counter { hub: &hub, requests: 0 };
    counter.set("is_queue_active", "true").await;
    counter.set("queue_threshold", "1").await;
    let mut signals = hub.signals();
    let room = hub.waiting_room();
    for key in 1..=3 {
        room.take(key, format!("t{key}")).unwrap();
    }
    let waits = update(&mut signals, "t3").await;
    assert_eq!((waits.position, waits.is_admitted, waits.is_over), (2, false, false));
    let lines = |payload: &Payload| match payload {
        Payload::QueueLineChanged(line) => Some(*line),
        _ => None,
    };
    let line = next(&mut signals, lines).await;
    let expected = QueueLine { ordering: 1, waiting: 2, threshold: 1, is_active: true, ..line };
    assert_eq!(line, expected);

    // The one who orders is gone, and the next one has not looked for as long.
    pass(&clock, 40);
    room.show("t3").unwrap();
    pass(&clock, 21);
    let mut told = BTreeMap::new();
    while told.len() < 2 {
        let update = next(&mut signals, |payload| match payload {
            Payload::QueueUpdated(it) if it.position == 0 => Some(it.clone()),
            _ => None,
        });
        let update = update.await;
        told.insert(update.ticket_id, (update.is_admitted, update.is_over));
    }
    let expected = [("t2".to_owned(), (false, true)), ("t3".to_owned(), (true, false))];
    assert_eq!(told, BTreeMap::from(expected));
    let status = |ticket_id: &str| room.show(ticket_id).unwrap().status;
    let now = ["t1", "t2", "t3"].map(status);
    assert_eq!(now, [TicketStatus::Lost, TicketStatus::Lost, TicketStatus::Admitted]);

    // Off: whoever waits is let in.
    room.take(4, "t4".into()).unwrap();
    update(&mut signals, "t4").await;
    counter.set("is_queue_active", "false").await;
    assert!(update(&mut signals, "t4").await.is_admitted);
    running.drain().await.unwrap();
}
