//! Close of day: what is counted, and when.

use crate::cafe::{Cafe, stamp};
use kiosk_domain::{CashWish, Command, Rejection, Sales, State, Tally, decide};
use kiosk_proto::{
    Timestamp,
    v1::{
        DayReport, Event, HourTotal, Order, OrderCancelled, OrderItem, TicketRange, event::Payload,
        pay_type::Value as PayType, role::Value as Role,
    },
};

/// A café with the log of what happened in it.
struct Shop {
    cafe: Cafe,
    log: Vec<(Timestamp, Payload)>,
}

impl Shop {
    fn open() -> Self {
        Self { cafe: Cafe::open(), log: Vec::new() }
    }

    /// Lines that must succeed, and only be what they are.
    fn run(&mut self, lines: &[&str]) {
        for line in lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            if matches!(words[0], "wait" | "as") {
                self.cafe.run(line);
                continue;
            }
            let command = self.cafe.command(&words);
            self.commit(&command).unwrap();
        }
    }

    fn commit(&mut self, command: &Command) -> Result<(), Rejection> {
        let now = Timestamp::from_ms(self.cafe.now_ms);
        let events = self.cafe.decide(command)?;
        self.log.extend(events.into_iter().map(|event| (now, event)));
        Ok(())
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally::new(&self.cafe.state);
        let after = tally.through_seq();
        for ((time, event), seq) in self.log.iter().zip(1_u64..).filter(|(_, seq)| *seq > after) {
            tally.count(seq, "5f0c2a9be3d14477", *time, event);
        }
        tally
    }

    fn x(&self) -> DayReport {
        self.tally().report(&self.cafe.state, Timestamp::from_ms(self.cafe.now_ms))
    }

    fn closing(&self, cash: CashWish) -> DayReport {
        let now = Timestamp::from_ms(self.cafe.now_ms);
        self.tally().closing(&self.cafe.state, now, cash, "rainy")
    }

    fn z(&mut self) -> DayReport {
        let report = self.closing(CashWish::default());
        self.commit(&Command::CloseDay(Box::new(report))).unwrap();
        match &self.log.last().unwrap().1 {
            Payload::DayClosed(report) => DayReport::clone(report),
            other => panic!("{other:?}"),
        }
    }
}

fn money(report: &DayReport) -> (i64, i64, i64, i64) {
    (report.orders, report.gross, report.refunds, report.net)
}

fn items(report: &DayReport) -> Vec<(&str, i64, i64, i64, i64)> {
    let of = |it: &'_ kiosk_proto::v1::ItemTotal| {
        (it.quantity, it.gross, it.refunded_quantity, it.refunds)
    };
    let each = report.by_item.iter().map(|it| (&*it.menu_name, of(it)));
    each.map(|(name, (a, b, c, d))| (name, a, b, c, d)).collect()
}

#[test]
fn what_is_sold_added_and_cancelled_is_counted_when_the_money_moves() {
    let mut shop = Shop::open();
    shop.run(&["place 1*2[1] 2", "place 2*2 cell 1", "add 1 3 2", "cancel_lines 1 1*1"]);
    let report = shop.x();
    assert_eq!(money(&report), (2, 21_000, 4_500, 16_500));
    assert_eq!(
        items(&report),
        [("bagel", 4, 12_000, 0, 0), ("latte", 2, 9_000, 1, 4_500), ("water", 1, 0, 0, 0)]
    );
    let by_pay_type: Vec<_> =
        report.by_pay_type.iter().map(|it| (it.pay_type(), it.orders, it.net)).collect();
    assert_eq!(by_pay_type, [(PayType::Card, 1, 10_500), (PayType::Cell, 1, 6_000)]);
    let counts = |it: &Option<kiosk_proto::v1::CountAndAmount>| {
        let it = it.as_ref().unwrap();
        (it.count, it.amount)
    };
    assert_eq!(counts(&report.cancelled_lines), (1, 4_500));
    assert_eq!(counts(&report.cancelled_orders), (0, 0));

    shop.run(&["bump 1 all", "cancel 1"]);
    let report = shop.x();
    assert_eq!(money(&report), (2, 21_000, 15_000, 6_000));
    assert_eq!(counts(&report.cancelled_orders), (1, 10_500));
    // Latte, bagel, water and bagel had been made.
    assert_eq!(counts(&report.wasted_lines), (4, 10_500));
    assert_eq!(report.average, 10_500);
}

#[test]
fn the_last_line_that_is_cancelled_cancels_its_order_and_gives_nothing_back_twice() {
    let mut shop = Shop::open();
    shop.run(&["place 1[1] 2", "cancel_lines 1 1 2"]);
    let report = shop.x();
    assert_eq!(money(&report), (1, 7_500, 7_500, 0));
    let orders = report.cancelled_orders.unwrap();
    let lines = report.cancelled_lines.unwrap();
    assert_eq!((orders.count, orders.amount, lines.count, lines.amount), (1, 0, 2, 7_500));
}

#[test]
fn what_is_made_again_is_counted_once_and_costs_nothing() {
    let mut shop = Shop::open();
    shop.run(&["place 1*3[1] 2", "bump 1 all", "wait 1", "remake 1 1*2", "wait 1", "remake 1 1 2"]);
    let report = shop.x();
    assert_eq!((report.remade_quantity, report.net), (4, 16_500));
    let latte = report.by_item.iter().find(|it| it.menu_id == 1).unwrap();
    assert_eq!(latte.remade_quantity, 3);
}

#[test]
fn what_is_cancelled_after_a_close_goes_back_in_the_next_report() {
    let mut shop = Shop::open();
    shop.run(&["place 1[1] 2", "place 2"]);
    let first = shop.z();
    shop.run(&["cancel 1", "place 1[2]"]);
    let second = shop.z();
    assert_eq!((first.number, second.number), (1, 2));
    assert_eq!(
        (money(&first), money(&second)),
        ((2, 10_500, 0, 10_500), (1, 5_000, 7_500, -2_500))
    );
    assert_eq!((second.grand_total_before, second.grand_total_after), (10_500, 15_500));
    assert_eq!(first.through_seq, second.after_seq);
    assert_eq!(first.closed_at, second.opened_at);
    // Orders that are still open go on.
    let carried = first.carried_over.unwrap();
    assert_eq!((carried.count, carried.amount, carried.orders.len()), (2, 10_500, 2));
    let numbers = |report: &DayReport| {
        let days = report.tickets.iter();
        days.map(|day| (day.first, day.last, day.count, day.missing_count)).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&shop.x()), []);
    assert_eq!((first.tickets[0].first, first.tickets[0].last), (1, 2));
    assert_eq!(numbers(&second), [(3, 3, 1, 0)]);
}

#[test]
fn a_report_may_be_empty_and_daily_numbers_go_on_after_it() {
    let mut shop = Shop::open();
    shop.z();
    let empty = shop.z();
    assert_eq!((empty.number, money(&empty)), (2, (0, 0, 0, 0)));
    // The event of the first close is all that it spans.
    assert_eq!((empty.after_seq, empty.through_seq), (0, 1));
    shop.run(&["place 2"]);
    assert_eq!(shop.cafe.state.order(&shop.cafe.order_ids[0]).unwrap().daily_num, 1);
}

#[test]
fn a_report_that_was_overtaken_is_refused() {
    let mut shop = Shop::open();
    shop.run(&["place 2"]);
    let overtaken = shop.closing(CashWish::default());
    shop.z();
    let refused = shop.commit(&Command::CloseDay(Box::new(overtaken)));
    assert_eq!(refused, Err(Rejection::DayClosed { number: 1 }));
    let mut hole = shop.closing(CashWish::default());
    hole.after_seq += 1;
    let refused = shop.commit(&Command::CloseDay(Box::new(hole)));
    assert_eq!(refused, Err(Rejection::DayClosed { number: 1 }));
}

#[test]
fn the_drawer_is_compared_with_what_was_paid_in_cash() {
    let mut shop = Shop::open();
    shop.run(&["place 2", "place 2", "cancel 2"]);
    for (_, event) in &mut shop.log {
        match event {
            Payload::OrderCreated(order) => order.pay_type = PayType::Cash.into(),
            Payload::OrderCancelled(e) => e.pay_type = PayType::Cash.into(),
            _ => {}
        }
    }
    let cash = |opening, counted| {
        let cash = shop.closing(CashWish { opening, counted }).cash.unwrap();
        (cash.gross, cash.refunds, cash.expected, cash.difference)
    };
    assert_eq!(cash(None, None), (6_000, 3_000, 3_000, None));
    assert_eq!(cash(Some(50_000), Some(52_500)), (6_000, 3_000, 53_000, Some(-500)));
}

#[test]
fn hours_are_those_of_the_shops_wall_clock() {
    let mut shop = Shop::open();
    shop.run(&["place 2", "wait 119", "place 2", "wait 1", "cancel 1"]);
    let busy = |report: &DayReport| {
        let busy = report.by_hour.iter().filter(|it| it.orders + it.gross + it.refunds != 0);
        busy.map(|it: &HourTotal| (it.hour, it.orders, it.gross, it.refunds)).collect::<Vec<_>>()
    };
    let expected = [(10, 1, 3_000, 0), (11, 1, 3_000, 0), (12, 0, 0, 3_000)];
    assert_eq!(busy(&shop.x()), expected);
    assert_eq!(shop.x().by_hour.len(), 24);
    shop.run(&["set time_zone UTC"]);
    assert_eq!(busy(&shop.x()), expected.map(|(hour, a, b, c)| (hour - 9, a, b, c)));
}

#[test]
fn a_tally_that_is_kept_goes_on_until_a_close_or_another_clock() {
    let mut shop = Shop::open();
    let kept = shop.tally();
    shop.run(&["place 2"]);
    assert!(kept.may_go_on(&shop.cafe.state));
    shop.run(&["set time_zone UTC"]);
    assert!(!kept.may_go_on(&shop.cafe.state));
    let kept = shop.tally();
    shop.z();
    assert!(!kept.may_go_on(&shop.cafe.state));
}

#[test]
fn cells_are_counted_by_what_moved_points() {
    let mut shop = Shop::open();
    shop.run(&["cell 2 band 0", "charge 2 500", "place 2 cell 1", "cancel 1", "transfer 1 2 100"]);
    shop.run(&["adjust 1 -70", "refund 2 30"]);
    let cells = shop.x().cells.unwrap();
    let sums = [cells.charged, cells.paid, cells.refunded, cells.adjusted, cells.transferred];
    let sums = sums.map(|sum| sum.map(|sum| (sum.count, sum.amount)).unwrap());
    assert_eq!(sums, [(1, 500), (1, -3_000), (2, 3_030), (1, -70), (2, 0)]);
    // The 10,000 of the start are from before the log of this test.
    assert_eq!((cells.net, cells.balance), (460, 10_460));
}

#[test]
fn missing_tickets_and_events_are_declared() {
    let mut shop = Shop::open();
    shop.run(&["place 2", "place 2", "place 2", "place 2", "place 2"]);
    shop.z();
    shop.run(&["place 3", "place 3", "place 3", "place 3"]);
    let mut tally = Tally::new(&shop.cafe.state);
    let after = usize::try_from(tally.through_seq()).unwrap();
    for (at, (time, event)) in shop.log.iter().enumerate().skip(after) {
        let seq = at as u64 + 1;
        match event {
            Payload::OrderCreated(order) if [6, 8].contains(&order.daily_num) => {
                tally.miss(seq..=seq);
            }
            _ => tally.count(seq, if seq < 15 { "a" } else { "b" }, *time, event),
        }
    }
    let report = tally.report(&shop.cafe.state, Timestamp::default());
    let day = &report.tickets[0];
    let ranges = [TicketRange { first: 6, last: 6 }, TicketRange { first: 8, last: 8 }];
    assert_eq!((day.first, day.last, day.count, day.missing_count), (7, 9, 2, 2));
    assert_eq!(day.missing, ranges);
    assert_eq!((report.missing_events, report.missing.len()), (2, 2));
    assert_eq!(report.epochs, ["a", "b"]);
}

#[test]
fn a_log_from_before_cancellations_said_their_lines_still_adds_up() {
    let mut shop = Shop::open();
    shop.run(&["place 2*2", "cancel 1"]);
    for (_, event) in &mut shop.log {
        if let Payload::OrderCancelled(e) = event {
            assert_eq!(e.items.len(), 1);
            e.items.clear();
        }
    }
    let report = shop.x();
    assert_eq!(items(&report), [("bagel", 2, 6_000, 0, 0), ("", 0, 0, 0, 6_000)]);
    assert_eq!(report.by_item[1].menu_id, 0);
    assert_eq!(report.net, 0);
}

/// Everything as long as it may be; what has no room is summed.
#[test]
fn a_report_has_room_in_any_event_and_still_adds_up() {
    let mut shop = Shop::open();
    for _ in 0..40 {
        shop.run(&["place 3"]);
    }
    let mut tally = Tally::new(&shop.cafe.state);
    for n in 1..=1_000 {
        let item = OrderItem {
            menu_id: 1_000_000_000 + n,
            menu_name: "아".repeat(100),
            category: format!("{n}{}", "\"".repeat(60)),
            quantity: n,
            total_price: 1_000_000 + n,
            ..Default::default()
        };
        let order = Order {
            daily_num: 1_000_000_000 + 2 * n,
            business_date: format!("{:04}-01-01", 1_000 + n / 10),
            pay_type: n % 6,
            total_amount: 1_000_000 + n,
            items: vec![item],
            ..Order::default()
        };
        let seq = u64::MAX - 10_000 + 2 * n.unsigned_abs() as u64;
        tally.miss(seq - 1..=seq - 1);
        let epoch = format!("{n:016x}");
        tally.count(seq, &epoch, Timestamp::default(), &Payload::OrderCreated(order));
    }
    let state = &shop.cafe.state;
    let report = tally.closing(state, Timestamp::default(), CashWish::default(), &"비".repeat(200));
    assert!((65..140).contains(&report.by_item.len()), "{}", report.by_item.len());
    assert_eq!(report.by_item[0].gross, 1_001_000);
    assert_eq!(report.by_item.last().unwrap().menu_id, 0);
    assert_eq!((report.tickets.len(), report.more_ticket_days), (31, 70));
    assert_eq!((report.missing.len(), report.missing_events), (50, 1_000));
    for net in [
        report.by_item.iter().map(|it| it.net).sum::<i64>(),
        report.by_category.iter().map(|it| it.net).sum(),
    ] {
        assert_eq!(net, report.net);
    }
    let payload = Some(Payload::DayClosed(Box::new(report)));
    let event = Event { payload, ..Event::default() };
    let json = kiosk_proto::envelope(&event).len();
    assert!((40 * 1024..60 * 1024).contains(&json), "{json}");
}

#[test]
fn nonsense_in_the_log_is_counted_without_a_panic() {
    let shop = Shop::open();
    let mut tally = Tally::new(&shop.cafe.state);
    let extreme = |number| {
        let order = Order { daily_num: number, total_amount: number, ..Order::default() };
        let cancelled = OrderCancelled { refund_amount: number, ..OrderCancelled::default() };
        [Payload::OrderCreated(order), Payload::OrderCancelled(cancelled)]
    };
    for event in [i32::MIN, -1, 0, i32::MAX].into_iter().flat_map(extreme) {
        tally.count(u64::MAX, "", Timestamp::from_ms(i64::MAX), &event);
    }
    tally.miss(0..=u64::MAX);
    tally.report(&shop.cafe.state, Timestamp::from_ms(i64::MIN));
    let mut state = State::default();
    let report =
        DayReport { number: i32::MAX, grand_total_after: i64::MAX, ..DayReport::default() };
    state.apply(&Payload::DayClosed(Box::new(report)));
    let refused = decide(&state, &Command::CloseDay(Box::default()), &stamp(0, 0, Role::Admin));
    assert!(refused.is_err());
}

#[test]
fn sales_are_of_the_day_of_the_order_with_what_became_of_it() {
    let mut shop = Shop::open();
    shop.run(&["place 1*2[1] 2", "wait 1", "bump 1 @bar", "wait 60", "add 1 2", "bump 1 all"]);
    shop.run(&["place 2", "wait 1440", "cancel_lines 2 1", "place 3"]);
    let mut sales = Sales::new(&shop.cafe.state);
    shop.cafe.state.orders().for_each(|order| sales.count(Order::clone(order)));
    // The cancelled order has left the working set with the new day.
    let day = shop.cafe.state.business_date();
    let report = sales.report(day, day, 1);
    assert_eq!((report.orders, report.gross, report.net), (2, 15_000, 15_000));
    assert_eq!(report.by_item.len(), 2);
    let stations = report.preparation.iter();
    let times: Vec<_> = stations.map(|it| (&*it.station, it.lines, it.longest_seconds)).collect();
    assert_eq!(times, [("bar", 1, 60), ("kitchen", 2, 3_660)]);
}
