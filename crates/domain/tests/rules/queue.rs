//! The line of orders: who is where, and how honest its estimates are.

use kiosk_domain::queue::{Line, Standing, Wait};
use kiosk_proto::v1::{LineState, Order, order_status::Value as Status};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};

use crate::{
    cafe::{Cafe, MORNING_MS},
    kitchen::{Kitchen, run},
};

const MINUTE_MS: i64 = 60_000;

/// A café whose line is looked at after each command, as the box does.
struct Watched {
    cafe: Cafe,
    line: Line,
    seen: kiosk_domain::State,
}

impl Watched {
    fn open() -> Self {
        let cafe = Cafe::open();
        let seen = cafe.state.clone();
        Self { cafe, line: Line::default(), seen }
    }

    fn run(&mut self, line: &str) {
        let outcome = self.cafe.run(line);
        assert!(!outcome.starts_with("no:"), "{line}: {outcome}");
        let changed = self.cafe.state.orders_changed_since(&self.seen);
        self.line.update(changed.map(|(is_known, order)| (is_known, &**order)));
        self.seen = self.cafe.state.clone();
    }

    fn standings(&self) -> Vec<Standing> {
        self.line.standings(self.cafe.now_ms).collect()
    }

    /// `1:bar2 2:bar3,kitchen1`: daily numbers, and the load of each part.
    fn text(&self) -> String {
        let part = |standing: &Standing| {
            let loads = standing.parts.iter().map(|p| format!("{}{}", p.station, p.load));
            format!("{}:{}", standing.daily_num, loads.collect::<Vec<_>>().join(","))
        };
        let standings = self.standings();
        for (at, standing) in standings.iter().enumerate() {
            assert_eq!(standing.ahead, at, "{standings:?}");
            let order = self.cafe.state.order(&standing.order_id).unwrap();
            assert_eq!(self.line.standing(order, self.cafe.now_ms).as_ref(), Some(standing));
        }
        standings.iter().map(part).collect::<Vec<_>>().join(" ")
    }
}

#[track_caller]
fn check(lines: &[(&str, &str)]) {
    let mut watched = Watched::open();
    for (line, expected) in lines {
        watched.run(line);
        assert_eq!(watched.text(), *expected, "{line}");
    }
}

/// Item 1 is made at the bar, 2 in the kitchen.
#[test]
fn the_line_moves_as_lines_are_made_and_each_station_has_a_load_of_its_own() {
    check(&[
        ("place 1*2[1]", "1:bar2"),
        ("place 1[1] 2", "1:bar2 2:bar3,kitchen1"),
        ("place 2*2", "1:bar2 2:bar3,kitchen1 3:kitchen3"),
        ("bump 2 @kitchen", "1:bar2 2:bar3 3:kitchen2"),
        ("status 1 MAKING", "1:bar2 2:bar3 3:kitchen2"),
        ("bump 1 all", "2:bar1 3:kitchen2"),
        ("bump 3 all", "2:bar1"),
        ("status 3 COMPLETED", "2:bar1"),
        ("bump 2 all", ""),
    ]);
}

#[test]
fn a_position_only_grows_when_another_order_has_priority_or_comes_back() {
    check(&[
        ("place 3", "1:kitchen1"),
        ("place 3", "1:kitchen1 2:kitchen2"),
        ("place 3", "1:kitchen1 2:kitchen2 3:kitchen3"),
        ("priority 3 on", "3:kitchen1 1:kitchen2 2:kitchen3"),
        ("bump 1 all", "3:kitchen1 2:kitchen2"),
        ("recall 1 all", "3:kitchen1 1:kitchen2 2:kitchen3"),
        ("priority 3 off", "1:kitchen1 2:kitchen2 3:kitchen3"),
        ("bump 1 all", "2:kitchen1 3:kitchen2"),
        ("remake 1 1", "1:kitchen1 2:kitchen2 3:kitchen3"),
        ("cancel 2", "1:kitchen1 3:kitchen2"),
        ("add 1 3*2", "1:kitchen3 3:kitchen4"),
        ("cancel_lines 1 1", "1:kitchen2 3:kitchen3"),
    ]);
}

#[test]
fn what_was_forgotten_for_hours_is_before_nobody() {
    let mut watched = Watched::open();
    watched.run("place 3");
    watched.cafe.run("wait 181");
    watched.run("place 3");
    watched.run("place 3");
    let standings = watched.standings();
    let ahead: Vec<_> = standings.iter().map(|standing| standing.ahead).collect();
    assert_eq!(ahead, [0, 0, 1]);
    assert_eq!(standings[2].parts[0].load, 2);
}

#[test]
fn the_estimate_is_the_median_of_the_same_load_and_old_ones_go_out() {
    let mut watched = Watched::open();
    let make = |watched: &mut Watched, seconds: i64| {
        watched.run("place 3");
        let wait = watched.standings()[0].wait;
        watched.cafe.now_ms += seconds * 1_000;
        let newest = watched.cafe.order_ids.len();
        watched.run(&format!("bump {newest} all"));
        watched.cafe.now_ms += MINUTE_MS;
        wait
    };
    // Before anything was measured there is a guess, with a wide range.
    let guess = make(&mut watched, 30);
    assert_eq!((guess.likely_ms, guess.rounded_seconds()), (75_000, 75));
    assert!(guess.latest_ms > 3 * guess.earliest_ms, "{guess:?}");
    for seconds in [10, 20, 40, 50] {
        make(&mut watched, seconds);
    }
    assert_eq!(make(&mut watched, 30).likely_ms, 30_000);
    // Forty newer ones are what counts.
    for _ in 0..40 {
        make(&mut watched, 300);
    }
    assert_eq!(make(&mut watched, 300).likely_ms, 300_000);
    // And another day's are none.
    watched.cafe.run("wait 1140");
    assert_eq!(make(&mut watched, 300), guess);
}

#[test]
fn who_waits_for_long_is_told_less_until_nobody_knows() {
    let mut watched = Watched::open();
    for (n, seconds) in (1..).zip([100, 110, 120, 130, 140, 150, 160, 170, 180]) {
        watched.run("place 3");
        watched.cafe.now_ms += seconds * 1_000;
        watched.run(&format!("bump {n} all"));
    }
    watched.run("place 3");
    let mut waits = Vec::new();
    for _ in 0..4 {
        waits.push(watched.standings()[0].wait);
        watched.cafe.now_ms += 65_000;
    }
    let likely: Vec<_> = waits.iter().map(|wait| wait.likely_ms / 1_000).collect();
    // Of all, 140; of those over 65, as well; of those over 130, 160; over 195 is none.
    assert_eq!(likely, [140, 75, 30, 48]);
    assert!(waits[3].latest_ms >= 195_000, "{waits:?}");
}

#[test]
fn what_took_for_hours_or_was_cancelled_teaches_nothing() {
    let mut watched = Watched::open();
    watched.run("place 3");
    watched.cafe.run("wait 121");
    watched.run("bump 1 all");
    watched.run("place 3");
    watched.cafe.run("wait 3");
    watched.run("cancel 2");
    assert!(watched.line.stations(watched.cafe.now_ms).is_empty());
    watched.run("place 3");
    watched.cafe.run("wait 3");
    watched.run("bump 3 all");
    assert_eq!(watched.line.stations(watched.cafe.now_ms)[0].samples, 1);
}

#[test]
fn a_line_that_is_too_long_takes_orders_in_when_it_has_room_again() {
    let mut line = Line::default();
    let order = |daily_num: i32| {
        let item = kiosk_proto::v1::OrderItem { line_id: 1, quantity: 1, ..Default::default() };
        let time = Some(kiosk_proto::Timestamp::from_ms(MORNING_MS));
        let status = Status::Pending.into();
        let (created_at, updated_at, items) = (time, time, vec![item]);
        Order { daily_num, status, created_at, updated_at, items, ..Order::default() }
    };
    let orders: Vec<Order> = (1..=2_001).map(order).collect();
    line.update(orders.iter().map(|order| (false, order)));
    assert_eq!(line.len(), 2_000);
    assert!(!line.has(&orders[2_000]) && !line.has_room_again());
    let made = |order: &Order| Order { status: Status::Ready.into(), ..order.clone() };
    let made: Vec<Order> = orders[..1_500].iter().map(made).collect();
    line.update(made.iter().map(|order| (true, order)));
    assert!(line.has_room_again() && !line.has_room_again());
    line.update([(false, &orders[2_000])]);
    assert_eq!((line.len(), line.has(&orders[2_000])), (501, true));
}

/// After a restart the line is made of the day's orders at once.
#[test]
fn a_line_made_of_the_days_orders_stands_and_estimates_as_one_that_saw_them() {
    let mut seen = Line::default();
    let orders = run(&Kitchen::default(), 150, |order, is_known, _| {
        seen.update([(is_known, order)]);
    });
    let now_ms = orders.iter().filter_map(|order| order.updated_at).max().unwrap().as_ms();
    let open = |mut order: Order| {
        // The kitchen stops: these are still to be made.
        order.status = Status::Pending.into();
        order.items.iter_mut().for_each(|item| {
            let undone = LineState { line_id: item.line_id, status: 1, done_at: None };
            (item.status, item.done_at) = (undone.status, undone.done_at);
        });
        order
    };
    let mut newest = open(orders[149].clone());
    newest.daily_num = 151;
    newest.created_at = Some(kiosk_proto::Timestamp::from_ms(now_ms));
    newest.updated_at = newest.created_at;
    seen.update([(false, &newest)]);
    let mut made_of = Line::default();
    made_of.update(orders.iter().chain([&newest]).map(|order| (false, order)));
    let standings = |line: &Line| line.standings(now_ms).collect::<Vec<_>>();
    assert_eq!(standings(&made_of), standings(&seen));
    assert_eq!(made_of.stations(now_ms), seen.stations(now_ms));
    // Loads are followed by the second, so now and then they differ by what moved in one.
    let (made_of, seen) = (made_of.accuracy(), seen.accuracy());
    assert_eq!((made_of.orders, seen.orders), (150, 150));
    assert!(made_of.within_range.abs_diff(seen.within_range) <= 5, "{made_of:?}, {seen:?}");
    assert!((made_of.bias_ms - seen.bias_ms).abs() <= 2_000, "{made_of:?}, {seen:?}");
}

/// What orders are told, and what they take, in a kitchen that works on as it does.
fn told_and_took(kitchen: &Kitchen, orders: usize) -> (Line, Vec<(Wait, i64)>) {
    let mut line = Line::default();
    let mut told = Vec::new();
    let orders = run(kitchen, orders, |order, is_known, now_ms| {
        line.update([(is_known, order)]);
        if !is_known {
            told.push(line.standing(order, now_ms).unwrap().wait);
        }
    });
    let took = orders
        .iter()
        .map(|order| order.updated_at.unwrap().as_ms() - order.created_at.unwrap().as_ms());
    (line, told.into_iter().zip(took).collect())
}

/// A claim about chances: judged over many kitchens, and always the same ones.
#[test]
fn estimates_hold_in_a_kitchen_that_works_on_as_it_does() {
    let mut runner = TestRunner::deterministic();
    let (mut ours, mut naive) = (0, 0);
    for _ in 0..48 {
        let kitchen = crate::kitchen::any().new_tree(&mut runner).unwrap().current();
        let (line, orders) = told_and_took(&kitchen, 600);
        // The first hundred teach it.
        let orders = &orders[100..];
        let within = orders
            .iter()
            .filter(|(told, took)| (told.earliest_ms..=told.latest_ms).contains(took))
            .count();
        assert!(within * 10 >= orders.len() * 6, "{within} of {} in {kitchen:?}", orders.len());
        // The best that one number for all could do, found when all was over.
        let mut all: Vec<i64> = orders.iter().map(|(_, took)| *took).collect();
        all.sort_unstable();
        let constant = all[all.len() / 2];
        let error = |of: &dyn Fn(&(Wait, i64)) -> i64| {
            orders.iter().map(|order| (of(order) - order.1).abs()).sum::<i64>()
        };
        let here = (error(&|order| order.0.likely_ms), error(&|_| constant));
        // Where there is hardly a line, one number does nearly as well.
        assert!(here.0 < here.1, "{here:?} in {kitchen:?}");
        (ours, naive) = (ours + here.0, naive + here.1);
        let accuracy = line.accuracy();
        assert_eq!(accuracy.orders, 200);
        assert!(accuracy.within_range >= 120, "{accuracy:?} in {kitchen:?}");
    }
    println!("errors: {ours} ms, with one number {naive} ms");
    assert!(ours * 10 < naive * 7, "{ours} against {naive}");
}
