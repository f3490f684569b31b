use kiosk_proto::v1::{OrderLinesChanged, OrderPriorityChanged};

use super::*;

fn order(daily_num: i32, lines: &[(i32, &str, i32)]) -> Order {
    let line = |(line_id, station, quantity): &(i32, &str, i32)| OrderItem {
        line_id: *line_id,
        station: (*station).to_owned(),
        quantity: *quantity,
        status: Line::Waiting.into(),
        ..Default::default()
    };
    Order {
        order_id: format!("ORD-{daily_num}"),
        daily_num,
        business_date: "2026-11-21".into(),
        status: Status::Pending.into(),
        items: lines.iter().map(line).collect(),
        ..Default::default()
    }
}

fn cafe(orders: &[Order]) -> Kitchen {
    Kitchen::new(vec!["bar".into(), "kitchen".into()], orders)
}

fn at(station: &str) -> Vec<String> {
    vec![station.to_owned()]
}

fn event(payload: Payload) -> Event {
    Event { payload: Some(payload), ..Default::default() }
}

fn prefer(order_id: &str) -> Event {
    event(Payload::OrderPriorityChanged(OrderPriorityChanged {
        order_id: order_id.into(),
        is_priority: true,
        ..Default::default()
    }))
}

fn done(order_id: &str, line_id: i32, waits_again: bool) -> Event {
    let status = if waits_again { Line::Waiting } else { Line::Done };
    event(Payload::OrderLinesChanged(OrderLinesChanged {
        order_id: order_id.into(),
        lines: vec![LineState { line_id, status: status.into(), done_at: None }],
        is_recall: waits_again,
        ..Default::default()
    }))
}

/// The order's number and the lines of what is taken next.
fn taken(kitchen: &mut Kitchen, stations: &[String], one_line: bool) -> Option<(String, Vec<i32>)> {
    kitchen.take(stations, one_line).map(|job| (job.order_id, job.line_ids))
}

#[test]
fn a_station_takes_its_own_lines_of_the_oldest_order_and_priority_goes_first() {
    let mut kitchen = cafe(&[
        order(2, &[(1, "bar", 1)]),
        order(1, &[(1, "bar", 1), (2, "kitchen", 1), (3, "bar", 2)]),
        order(3, &[(1, "bar", 1)]),
    ]);
    kitchen.hear(&prefer("ORD-3"));
    let mut next = |one_line| taken(&mut kitchen, &at("bar"), one_line);
    assert_eq!(next(false), Some(("ORD-3".into(), vec![1])));
    assert_eq!(next(true), Some(("ORD-1".into(), vec![1])));
    assert_eq!(next(false), Some(("ORD-1".into(), vec![3])));
    assert_eq!(next(false), Some(("ORD-2".into(), vec![1])));
    assert_eq!(next(false), None);
    assert_eq!(taken(&mut kitchen, &at("kitchen"), false), Some(("ORD-1".into(), vec![2])));
}

#[test]
fn what_is_put_down_undone_or_recalled_has_its_turn_again() {
    let mut kitchen = cafe(&[order(1, &[(1, "bar", 1)])]);
    let job = kitchen.take(&at("bar"), false).unwrap();
    assert_eq!(kitchen.take(&at("bar"), false), None, "somebody has it in hand");
    kitchen.put_down(&job);
    let job = kitchen.take(&at("bar"), false).unwrap();
    kitchen.hear(&done("ORD-1", 1, false));
    assert_eq!(kitchen.still_wait(&job), [0; 0]);
    kitchen.put_down(&job);
    assert_eq!(kitchen.take(&at("bar"), false), None);
    kitchen.hear(&done("ORD-1", 1, true));
    assert_eq!(kitchen.take(&at("bar"), false), Some(job));
}

#[test]
fn an_order_is_settled_when_it_is_ready_and_nobody_works_on_it() {
    let mut kitchen = cafe(&[order(1, &[(1, "bar", 1)])]);
    let settled = kitchen.watch("ORD-1");
    let job = kitchen.take(&at("bar"), false).unwrap();
    kitchen.moved("ORD-1", Status::Ready, &[]);
    assert_eq!(*settled.borrow(), None, "a barista has it in hand");
    kitchen.put_down(&job);
    assert_eq!(*settled.borrow(), Some(Status::Ready));
}

#[test]
fn lines_of_a_station_that_is_gone_are_made_at_the_first() {
    let mut kitchen = cafe(&[order(1, &[(1, "oven", 1), (2, "bar", 1)])]);
    let job = kitchen.take(&at("bar"), false).unwrap();
    assert_eq!((&*job.station, &*job.line_ids), ("oven", &[1][..]), "a bump names one station");
    assert_eq!(taken(&mut kitchen, &at("bar"), false), Some(("ORD-1".into(), vec![2])));
}

#[test]
fn lines_from_before_they_had_numbers_have_their_place() {
    let mut old = order(1, &[(0, "bar", 1), (0, "bar", 1)]);
    for item in &mut old.items {
        item.status = Line::Unspecified.into();
    }
    let mut kitchen = cafe(&[old]);
    assert_eq!(taken(&mut kitchen, &at("bar"), false), Some(("ORD-1".into(), vec![1, 2])));
}
