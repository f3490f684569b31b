//! Events that make no sense never panic what is counted of them: reports, sales, the line.

use kiosk_domain::{BusinessDate, Sales, State, Tally, queue::Line};
use kiosk_proto::v1::Order;
use proptest::prelude::*;

use crate::extremes::{garbage, time};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn reports_of_events_that_make_no_sense_never_panic(
        garbage in prop::collection::vec((any::<u64>(), garbage(), time()), 1..30),
    ) {
        let mut state = State::default();
        let mut tally = Tally::new(&state);
        for (seq, event, now) in &garbage {
            drop(state.apply(event));
            tally.count(*seq, "epoch", *now, event);
            tally.miss(*seq..=u64::MAX);
            let report = tally.report(&state, *now);
            prop_assert_eq!(report.net, report.gross - report.refunds);
        }
        let mut sales = Sales::new(&state);
        state.orders().for_each(|order| sales.count(Order::clone(order)));
        let day = |text: &str| BusinessDate::parse(text).unwrap();
        drop(sales.report(day("0001-01-01"), day("9999-12-31"), usize::MAX));
    }

    #[test]
    fn the_line_of_orders_that_make_no_sense_never_panics(
        garbage in prop::collection::vec((garbage(), time()), 1..30),
    ) {
        let (mut state, mut line) = (State::default(), Line::default());
        for (event, now) in &garbage {
            let seen = state.clone();
            drop(state.apply(event));
            line.update(state.orders_changed_since(&seen).map(|(is_known, order)| (is_known, &**order)));
            let now_ms = now.as_ms();
            let standings: Vec<_> = line.standings(now_ms).collect();
            prop_assert_eq!(standings.len(), line.len());
            state.orders().for_each(|order| drop(line.standing(order, now_ms)));
            line.stations(now_ms);
            line.accuracy();
        }
    }
}
