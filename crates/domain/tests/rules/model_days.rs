//! Days are closed at random moments: what all reports come to, counted again from the orders and
//! ledgers as they stand in the model, which knows no events and no moments.

use std::collections::BTreeMap;

use kiosk_domain::{CashWish, Command, OrderKey, Sales, State, Tally};
use kiosk_proto::{
    Timestamp,
    v1::{DayReport, Order, event::Payload, order_status::Value as Status, pay_type::Value as Pay},
};

use crate::{
    model::{self, Model},
    model_lines::{Line, Progress},
    world::World,
};

#[derive(Default)]
pub(crate) struct Days {
    pub(crate) closed: Vec<DayReport>,
    /// When each event of the journal was committed.
    times: Vec<Timestamp>,
    /// As they stand, those that have left the working set too.
    orders: BTreeMap<OrderKey, Order>,
}

/// What is still to be closed has this number in a random step; all else is an old report.
const NEW: i32 = 0;

impl Days {
    pub(crate) fn hear(&mut self, now: Timestamp, event: &Payload) {
        self.times.push(now);
        if let Payload::DayClosed(report) = event {
            self.closed.push(DayReport::clone(report));
        }
    }

    pub(crate) fn put(&mut self, order: &Order) {
        self.orders.insert(OrderKey::of(order), order.clone());
    }
}

impl Model {
    pub(crate) fn objection_to_close(&self, report: &DayReport) -> Option<&'static str> {
        (report.number != self.closed + 1).then_some("DayClosed")
    }
}

impl World {
    /// The step's command, with a report in it if it closes the day.
    pub(crate) fn fill_in(&self, command: Command) -> Command {
        match command {
            Command::CloseDay(wish) if wish.number == NEW => {
                let now = Timestamp::from_ms(self.now_ms);
                let cash = CashWish::default();
                let report = self.tally(&self.state).closing(&self.state, now, cash, "evening");
                Command::CloseDay(Box::new(report))
            }
            other => other,
        }
    }

    fn tally(&self, state: &State) -> Tally {
        let mut tally = Tally::new(state);
        let journal = self.journal.iter().zip(&self.days.times).zip(1_u64..);
        for ((event, time), seq) in journal.skip(usize::try_from(tally.through_seq()).unwrap()) {
            tally.count(seq, "e", *time, event);
        }
        tally
    }

    /// All reports together and what is not closed yet are the whole log, once.
    pub(crate) fn audit_days(&self) {
        let now = Timestamp::from_ms(self.now_ms);
        let open = self.tally(&self.state).report(&self.state, now);
        let mut end = (0, 0, 0);
        for (report, number) in self.days.closed.iter().zip(1..) {
            assert_eq!(end, (report.number - 1, report.after_seq, report.grand_total_before));
            assert_eq!(report.number, number);
            assert!(report.grand_total_after >= report.grand_total_before);
            end = (report.number, report.through_seq, report.grand_total_after);
        }
        assert_eq!((open.after_seq, open.grand_total_before), (end.1, end.2));
        assert_eq!(usize::try_from(open.through_seq), Ok(self.journal.len()));
        let all: Vec<&DayReport> = self.days.closed.iter().chain([&open]).collect();
        all.iter().for_each(|report| agrees_with_itself(report));
        self.audit_money(&all);
        self.audit_items(&all);
        self.audit_cells_of(&all, &open);
        self.audit_tickets(&all);
        let carried = open.carried_over.unwrap();
        let is_open =
            |order: &&model::Order| ![Status::Completed, Status::Cancelled].contains(&order.status);
        let orders = self.model.orders.iter().filter(is_open);
        let amount: i64 = orders.clone().map(|order| order.total()).sum();
        assert_eq!((carried.count, carried.amount), (orders.count() as i64, amount));
    }

    fn audit_money(&self, all: &[&DayReport]) {
        let sum = |of: fn(&DayReport) -> i64| all.iter().map(|report| of(report)).sum::<i64>();
        let model = &self.model;
        let lines = || model.orders.iter().flat_map(|o| o.lines.iter().map(move |line| (o, line)));
        let gross: i64 = lines().map(|(_, line)| line.count * line.price).sum();
        let net: i64 = lines().filter(stands).map(|(_, line)| line.count * line.price).sum();
        assert_eq!(sum(|it| it.gross), gross);
        assert_eq!(sum(|it| it.net), net);
        assert_eq!(sum(|it| it.orders), model.orders.len() as i64);
        let cancelled = model.orders.iter().filter(|order| order.status == Status::Cancelled);
        assert_eq!(sum(|it| it.cancelled_orders.as_ref().unwrap().count), cancelled.count() as i64);
        for (pay_type, by_cell) in [(Pay::Card, false), (Pay::Cell, true)] {
            let totals = all.iter().flat_map(|report| &report.by_pay_type);
            let totals = totals.filter(|total| total.pay_type() == pay_type);
            let of_type = lines().filter(|(order, _)| order.cell.is_some() == by_cell);
            let expected: i64 =
                of_type.filter(stands).map(|(_, line)| line.count * line.price).sum();
            assert_eq!(totals.map(|total| total.net).sum::<i64>(), expected, "{pay_type:?}");
        }
        let sales = self.sales();
        assert_eq!((sales.gross, sales.net), (gross, net));
    }

    fn sales(&self) -> kiosk_proto::v1::SalesReport {
        let mut sales = Sales::new(&self.state);
        self.days.orders.values().cloned().for_each(|order| sales.count(order));
        let day = self.state.business_date();
        let sales = sales.report(day, day, 2);
        let net = |nets: Vec<i64>| assert_eq!(nets.into_iter().sum::<i64>(), sales.net);
        net(sales.by_day.iter().map(|it| it.net).collect());
        net(sales.by_weekday.iter().map(|it| it.net).collect());
        net(sales.by_hour.iter().map(|it| it.net).collect());
        net(sales.by_item.iter().map(|it| it.net).collect());
        net(sales.by_category.iter().map(|it| it.net).collect());
        net(sales.by_pay_type.iter().map(|it| it.net).collect());
        sales
    }

    fn audit_items(&self, all: &[&DayReport]) {
        let mut expected = BTreeMap::<i32, [i64; 4]>::new();
        for order in &self.model.orders {
            for line in &order.lines {
                let sums = expected.entry(line.menu_id).or_default();
                let back = i64::from(!stands(&(order, line)));
                let of_line = [line.count, line.count * line.price];
                let all = [of_line[0], of_line[1], back * of_line[0], back * of_line[1]];
                sums.iter_mut().zip(all).for_each(|(sum, it)| *sum += it);
            }
        }
        let mut reported = BTreeMap::<i32, [i64; 4]>::new();
        for total in all.iter().flat_map(|report| &report.by_item) {
            let sums = reported.entry(total.menu_id).or_default();
            let all = [total.quantity, total.gross, total.refunded_quantity, total.refunds];
            sums.iter_mut().zip(all).for_each(|(sum, it)| *sum += it);
        }
        // An item of which only something was remade since the last close.
        reported.retain(|_, sums| *sums != [0; 4]);
        assert_eq!(reported, expected);
    }

    fn audit_cells_of(&self, all: &[&DayReport], open: &DayReport) {
        let balance: i64 = self.model.cells.values().map(model::Cell::balance).sum();
        let cells = |report: &DayReport| report.cells.unwrap();
        assert_eq!(cells(open).balance, balance);
        assert_eq!(all.iter().map(|report| cells(report).net).sum::<i64>(), balance);
        let paid: i64 = all.iter().map(|report| cells(report).paid.unwrap().amount).sum();
        let booked = self.model.orders.iter().flat_map(|order| &order.booked);
        assert_eq!(paid, booked.filter(|amount| **amount < 0).sum::<i64>());
        assert!(all.iter().all(|report| cells(report).transferred.unwrap().amount == 0));
    }

    fn audit_tickets(&self, all: &[&DayReport]) {
        let mut next = BTreeMap::new();
        for day in all.iter().flat_map(|report| &report.tickets) {
            let next = next.entry(&day.business_date).or_insert(1);
            assert_eq!((day.first, day.missing_count), (*next, 0));
            assert_eq!(day.count, day.last - day.first + 1);
            *next = day.last + 1;
        }
        let orders: i32 = next.values().map(|next| next - 1).sum();
        assert_eq!(usize::try_from(orders), Ok(self.model.orders.len()));
    }
}

fn stands((order, line): &(&model::Order, &Line)) -> bool {
    order.status != Status::Cancelled && line.progress != Progress::Cancelled
}

/// The same sums, whatever they are by.
fn agrees_with_itself(report: &DayReport) {
    let sums = (report.gross, report.refunds, report.net);
    assert_eq!(report.net, report.gross - report.refunds);
    let check = |what, totals: Vec<(i64, i64, i64)>| {
        let sum =
            totals.iter().fold((0, 0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1, sum.2 + it.2));
        assert_eq!(sum, sums, "by {what}");
    };
    check("item", report.by_item.iter().map(|it| (it.gross, it.refunds, it.net)).collect());
    check("category", report.by_category.iter().map(|it| (it.gross, it.refunds, it.net)).collect());
    check("hour", report.by_hour.iter().map(|it| (it.gross, it.refunds, it.net)).collect());
    check("pay type", report.by_pay_type.iter().map(|it| (it.gross, it.refunds, it.net)).collect());
    let back = [&report.cancelled_orders, &report.cancelled_lines];
    let back: i64 = back.into_iter().flatten().map(|it| it.amount).sum();
    assert_eq!(back, report.refunds);
    let orders = |it: i64| assert_eq!(it, report.orders);
    orders(report.tickets.iter().map(|day| i64::from(day.count)).sum());
    orders(report.by_source.iter().map(|it| it.orders).sum());
    orders(report.by_fulfilment.iter().map(|it| it.orders).sum());
    orders(report.by_hour.iter().map(|it| it.orders).sum());
    orders(report.by_pay_type.iter().map(|it| it.orders).sum());
}
