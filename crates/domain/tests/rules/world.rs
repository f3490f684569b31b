//! The rules and the model, side by side.

use std::collections::{BTreeMap, BTreeSet};

use kiosk_domain::{Change, Command, State, decide};
use kiosk_proto::v1::{
    LedgerEntry, MenuCategory, MenuItem, Order, OrderItem, event::Payload,
    ledger_type::Value as LedgerType, line_status::Value as LineStatus,
    order_status::Value as Status,
};

use crate::{
    cafe::{Cafe, MORNING_MS, item, latte, stamp},
    model::{Model, name},
    model_days::Days,
    model_lines::Line,
    steps::Step,
};

#[derive(Default)]
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) model: Model,
    /// All events, as the journal has them.
    pub(crate) journal: Vec<Payload>,
    /// All ledgers, as the store has them.
    ledgers: BTreeMap<i32, Vec<LedgerEntry>>,
    /// All orders, as they were when they were placed.
    placed: Vec<Order>,
    pub(crate) days: Days,
    pub(crate) now_ms: i64,
}

impl World {
    /// A café with a menu and two cells, put there by commands.
    pub(crate) fn open() -> Self {
        let mut world = Self { now_ms: MORNING_MS, ..Self::default() };
        let cafe = Cafe::open();
        let mut commands = vec![
            Command::PutMenuCategory(MenuCategory { name: "coffee".into(), ..Default::default() }),
            Command::PutMenuItem(MenuItem { category_id: 1, station: "kitchen".into(), ..latte() }),
            Command::PutMenuItem(item(2, "bagel", 3_000, Some(20))),
            Command::PutMenuItem(item(3, "water", 0, None)),
        ];
        commands.extend(["choir", "band"].map(|name| Command::PutCell {
            cell_id: 0,
            name: name.into(),
            credit_limit: 20_000,
        }));
        commands.push(cafe.command(&["charge", "1", "8000"]));
        commands.extend(["a", "b", "c"].map(|id| cafe.command(&["plan", id, id])));
        for command in commands {
            world.step(&Step { jump_ms: 0, random: 0, role: cafe.role, command }).unwrap();
        }
        world
    }

    /// Decides, compares with the model, applies, and compares again. A refusal is
    /// given by its name.
    pub(crate) fn step(&mut self, step: &Step) -> Result<(), String> {
        self.now_ms += step.jump_ms;
        let stamp = stamp(self.now_ms, step.random, step.role);
        let ids: Vec<&str> = self.model.orders.iter().map(|order| &*order.id).collect();
        let command = self.fill_in(step.command(&ids));
        let objections = self.model.objections(&command, &stamp);
        let events = match decide(&self.state, &command, &stamp) {
            Ok(events) => events,
            Err(rejection) => {
                let name = name(&rejection);
                assert!(
                    objections.contains(&*name),
                    "{rejection:?}, the model has {objections:?}: {command:?}"
                );
                return Err(name);
            }
        };
        assert!(objections.is_empty(), "the model has {objections:?}: {command:?}: {events:?}");
        let new_order = events.iter().find_map(|event| match event {
            Payload::OrderCreated(order) => Some(order),
            _ => None,
        });
        self.model.obey(&command, &stamp, new_order.map(|order| &*order.order_id));
        self.placed.extend(new_order.cloned());
        for event in events {
            for change in self.state.apply(&event) {
                match change {
                    Change::Ledger(entry) => {
                        self.ledgers.entry(entry.cell_id).or_default().push(entry);
                    }
                    Change::Order(order) => self.days.put(&order),
                    _ => {}
                }
            }
            self.days.hear(stamp.now, &event);
            self.journal.push(event);
        }
        self.compare_orders();
        self.compare_menu_and_settings();
        self.compare_cells();
        self.compare_tables();
        let incidents = self.state.incidents().into_iter();
        let incidents = incidents.map(|it| (it.incident_id.clone(), it.resolved_at.is_some()));
        assert_eq!(incidents.collect::<BTreeMap<_, _>>(), self.model.incidents);
        self.compare_devices();
        Ok(())
    }

    fn compare_orders(&self) {
        let known: BTreeSet<&str> = self.state.orders().map(|order| &*order.order_id).collect();
        let at_hand = self.model.orders.iter().filter(|order| !order.is_gone);
        assert_eq!(known, at_hand.map(|order| &*order.id).collect());
        for expected in self.model.orders.iter().filter(|order| !order.is_gone) {
            let order = self.state.order(&expected.id).unwrap();
            assert_eq!(order.status(), expected.status);
            assert_eq!(order.business_date, date(expected.day));
            assert_eq!(usize::try_from(order.daily_num), Ok(expected.number));
            assert_eq!(i64::from(order.total_amount), expected.total());
            assert_eq!(order.is_priority, expected.is_priority);
            assert_eq!(order.table, expected.table);
            compare_lines(order, &expected.lines);
        }
        let day = self.model.day.map_or("0000-00-00".into(), date);
        assert_eq!(self.state.business_date().to_string(), day);
    }

    fn compare_menu_and_settings(&self) {
        let stock = self.state.menu().into_iter().map(|item| {
            let by_stock = item.sold_out_by_stock;
            let stock = (item.is_sold_out, by_stock, item.remaining.map(i64::from));
            (item.menu_id, (item.price, stock, item.category_id, &item.category))
        });
        let expected = self.model.menu.items.iter().map(|(id, it)| {
            let stock = (it.is_sold_out(), it.is_sold_out() && !it.is_marked, it.remaining);
            (*id, (it.item.price, stock, it.item.category_id, &it.item.category))
        });
        assert_eq!(stock.collect::<BTreeMap<_, _>>(), expected.collect());
        let categories = self.state.categories().into_iter();
        let categories = categories.map(|it| (it.category_id, it.name.clone()));
        assert_eq!(categories.collect::<BTreeMap<_, _>>(), self.model.menu.categories);
        for (key, value) in &self.model.settings {
            assert_eq!(self.state.settings().get(key), Some(&**value));
        }
    }

    /// The state, the ledgers of the store and the model have the same money.
    fn compare_cells(&self) {
        assert_eq!(self.state.cells().count(), self.model.cells.len());
        for (id, expected) in &self.model.cells {
            let cell = self.state.cell(*id).unwrap();
            assert_eq!(
                (&cell.name, i64::from(cell.credit_limit)),
                (&expected.name, expected.limit)
            );
            assert!(i64::from(cell.balance) >= -expected.limit);
            assert_eq!(cell.is_archived, expected.is_archived);
            let members = self.state.cell_members(*id).map(|member| {
                assert_eq!(member.pin_hash, None, "what clients see has no hash");
                let pin_hash = self.state.pin_hash(*id, member.member_id).cloned();
                assert_eq!(member.has_pin, pin_hash.is_some());
                (member.member_id, (member.name.clone(), pin_hash))
            });
            assert_eq!(members.collect::<BTreeMap<_, _>>(), expected.members);
            let ledger = self.ledgers.get(id).map_or(&[][..], Vec::as_slice);
            let amounts: Vec<i64> = ledger.iter().map(|entry| i64::from(entry.amount)).collect();
            assert_eq!(amounts, expected.ledger);
            let mut balance = 0;
            for (entry, number) in ledger.iter().zip(1..) {
                balance += entry.amount;
                assert_eq!((entry.entry_num, entry.balance_after), (number, balance));
            }
            assert_eq!(balance, cell.balance);
        }
    }

    /// Each order of a cell was paid for what it comes to, and not at all if it was cancelled.
    pub(crate) fn audit_payments(&self) {
        for order in &self.model.orders {
            let entries = self.ledgers.iter().flat_map(|(cell, ledger)| {
                ledger.iter().filter(|e| e.order_id == order.id).map(|e| (*cell, e))
            });
            let booked: Vec<_> =
                entries.map(|(c, e)| (Some(c), e.r#type(), i64::from(e.amount))).collect();
            let expected = order.booked.iter().map(|amount| {
                let kind = if *amount < 0 { LedgerType::Payment } else { LedgerType::Refund };
                (order.cell, kind, *amount)
            });
            assert_eq!(booked, expected.collect::<Vec<_>>(), "{}", order.id);
            let is_paid = order.cell.is_some() && order.status != Status::Cancelled;
            let paid = if is_paid { order.total() } else { 0 };
            assert_eq!(order.booked.iter().sum::<i64>(), -paid, "{}", order.id);
        }
        let of_orders = |e: &&LedgerEntry| !e.order_id.is_empty();
        let with_order = self.ledgers.values().flatten().filter(of_orders).count();
        let of_known =
            |id: &str| self.ledgers.values().flatten().filter(|e| e.order_id == id).count();
        let known: usize = self.model.orders.iter().map(|order| of_known(&order.id)).sum();
        assert_eq!(with_order, known, "an entry speaks of an order that there never was");
    }

    /// No id twice ever; numbers 1, 2, 3… within days that only go forward.
    pub(crate) fn audit_numbers(&self) {
        let ids: BTreeSet<&str> = self.placed.iter().map(|order| &*order.order_id).collect();
        assert_eq!(ids.len(), self.placed.len(), "an order id repeats");
        for pair in self.placed.windows(2) {
            let [before, after] = pair else { unreachable!("windows of two") };
            if before.business_date == after.business_date {
                assert_eq!(after.daily_num, before.daily_num + 1);
            } else {
                assert!(before.business_date < after.business_date, "the day went back");
                assert_eq!(after.daily_num, 1);
            }
        }
    }
}

/// The same lines, and READY or COMPLETED exactly when none is open.
fn compare_lines(order: &Order, expected: &[Line]) {
    let lines = order.items.iter().map(|item| {
        let each = (item.line_id, item.menu_id, i64::from(item.quantity));
        assert_eq!(item.total_price, item.unit_price * item.quantity);
        assert_eq!(item.done_at.is_some(), item.status() == LineStatus::Done || was_done(item));
        let marks = (item.addition, item.remakes, item.split_from);
        (each, i64::from(item.unit_price), &*item.station, item.status(), marks)
    });
    let expected = expected.iter().map(|line| {
        let each = (line.id, line.menu_id, line.count);
        let marks = (line.addition, line.remakes, line.split_from);
        (each, line.price, &*line.station, line.progress.status(), marks)
    });
    assert_eq!(lines.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{}", order.order_id);
    let is_made = matches!(order.status(), Status::Ready | Status::Completed);
    if order.status() != Status::Cancelled {
        assert_eq!(is_made, order.items.iter().all(|item| item.status() != LineStatus::Waiting));
        assert!(order.items.iter().any(|item| item.status() != LineStatus::Cancelled));
    }
}

/// What is cancelled when it was done keeps the time.
fn was_done(item: &OrderItem) -> bool {
    item.status() == LineStatus::Cancelled && item.done_at.is_some()
}

fn date(day: i64) -> String {
    let day = i32::try_from(day).unwrap();
    let first = jiff::civil::date(1970, 1, 1);
    first.checked_add(jiff::Span::new().days(day)).unwrap().to_string()
}
