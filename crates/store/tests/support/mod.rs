//! A café in miniature: commands decided and applied by the domain, batches kept as a journal
//! would, so that what a store holds can be compared with the truth.
// Each test binary uses a part of it.
#![allow(dead_code, unreachable_pub)]

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
};

use kiosk_domain::{
    Actor, Amount, BusinessDate, Change, Command, Counters, ItemWish, LineChoice, PartWish,
    PlaceOrder, Quantity, SecretChange, SecretHash, Stamp, State, TicketClaim, decide,
};
use kiosk_proto::{
    Timestamp,
    v1::{
        LedgerEntry, MenuCategory, MenuItem, Order, StockCount, fulfilment::Value as Fulfilment,
        order_source::Value as OrderSource, order_status::Value as Status,
        pay_type::Value as PayType, role::Value as Role,
    },
};
use kiosk_store::{
    Applied, Batch, Config, OpenError, Opened, Reader, Remembered, Scrub, StoreError, Writer,
};

pub const EPOCH: u64 = 7;
/// 2026-11-21T00:00:00Z
pub const START_MS: i64 = 1_795_219_200_000;
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What one command did.
#[derive(Debug, Clone)]
pub struct Step {
    pub applied: Applied,
    pub counters: Counters,
    pub now_ms: i64,
    pub changes: Vec<Change>,
    pub requests: Vec<Remembered>,
    /// As it is afterwards.
    pub state: State,
}

/// Commands in one group commit, at most.
pub const GROUP: usize = 64;

/// One batch for all of them.
pub fn apply_group(writer: &mut Writer, group: &[Step]) -> Result<(), StoreError> {
    let Some(last) = group.last() else { return Ok(()) };
    let changes: Vec<_> = group.iter().flat_map(|step| step.changes.clone()).collect();
    let requests: Vec<_> = group.iter().flat_map(|step| step.requests.clone()).collect();
    writer.apply(&Batch {
        applied: last.applied,
        counters: last.counters,
        now_ms: last.now_ms,
        changes: &changes,
        requests: &requests,
    })
}

/// The truth: everything that happened, in memory.
#[derive(Debug, Clone, Default)]
pub struct Cafe {
    pub state: State,
    pub steps: Vec<Step>,
    pub orders: BTreeMap<String, Order>,
    pub ledger: BTreeMap<(i32, i32), LedgerEntry>,
    pub now_ms: i64,
    seq: u64,
}

impl Cafe {
    /// With a menu of eight and three cells.
    pub fn open() -> Self {
        let mut cafe = Self { now_ms: START_MS, ..Self::default() };
        for number in 1..=8 {
            let item = MenuItem {
                name: format!("Coffee {number}"),
                price: 1_000 * number,
                remaining: (number % 2 == 0).then_some(100_000),
                ..MenuItem::default()
            };
            assert!(cafe.run(&Command::PutMenuItem(item)));
        }
        for number in 1..=3 {
            let name = format!("Cell {number}");
            assert!(cafe.run(&Command::PutCell { cell_id: 0, name, credit_limit: 50_000_000 }));
        }
        cafe
    }

    /// Whether the rules let it happen.
    pub fn run(&mut self, command: &Command) -> bool {
        let actor = Actor { role: Role::Admin, id: 1, name: "Mina".into() };
        let random = self.seq.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let stamp = Stamp { now: Timestamp::from_ms(self.now_ms), random, actor };
        let Ok(events) = decide(&self.state, command, &stamp) else { return false };
        if events.is_empty() {
            return true; // Nothing to journal, so nothing to catch up with.
        }
        let mut changes = Vec::new();
        for event in &events {
            changes.extend(self.state.apply(event));
        }
        for change in &changes {
            match change {
                Change::Order(order) => {
                    self.orders.insert(order.order_id.clone(), (**order).clone());
                }
                Change::Ledger(entry) => {
                    self.ledger.insert((entry.cell_id, entry.entry_num), entry.clone());
                }
                _ => {}
            }
        }
        let first_seq = self.seq + 1;
        self.seq += events.len() as u64;
        self.steps.push(Step {
            applied: Applied { epoch: EPOCH, seq: self.seq },
            counters: self.state.counters(),
            now_ms: self.now_ms,
            changes,
            requests: vec![Remembered {
                request_id: request_id(self.steps.len()),
                first_seq,
                events: events.len() as u32,
                fingerprint: random,
                time_ms: self.now_ms,
            }],
            state: self.state.clone(),
        });
        true
    }

    /// Names a category, and puts an item into it.
    pub fn categorize(&mut self, category_id: i32, name: usize, menu_id: i32) {
        let name = ["coffee", "tea", "cake"][name].into();
        let category = MenuCategory { category_id, name, ..MenuCategory::default() };
        self.run(&Command::PutMenuCategory(category));
        let item = self.state.menu_item(menu_id).map(|item| MenuItem::clone(item));
        if let Some(item) = item {
            self.run(&Command::PutMenuItem(MenuItem { category_id, ..item }));
        }
    }

    pub fn place(&mut self, menu_id: i32, cell_id: Option<i32>, note: &str, lines: usize) -> bool {
        self.now_ms += 1_000;
        let quantity = Quantity::new(2).unwrap();
        let line = ItemWish { menu_id, quantity, options: Vec::new(), note: note.into() };
        self.run(&Command::PlaceOrder(PlaceOrder {
            items: vec![line; lines],
            pay_type: if cell_id.is_some() { PayType::Cell } else { PayType::Card },
            cell_id,
            member: None,
            fulfilment: Fulfilment::DineIn,
            note: String::new(),
            table: "4".into(),
            buzzer_id: "b-12".into(),
            source: OrderSource::Kiosk,
            external_id: String::new(),
            expected_total: None,
            seat_id: String::new(),
            seat_holder: String::new(),
            ticket: TicketClaim::Absent,
        }))
    }

    /// The next step forward of the order that is `back` orders before the newest.
    pub fn forward(&mut self, back: usize) -> bool {
        let open: Vec<_> = self.state.orders().cloned().collect();
        let Some(order) = open.iter().rev().nth(back) else { return false };
        let order_id = order.order_id.clone();
        let status = match order.status() {
            Status::Pending => Status::Making,
            Status::Making => Status::Ready,
            _ => Status::Completed,
        };
        self.run(&Command::SetOrderStatus { order_id, status })
    }

    pub fn cancel(&mut self, back: usize) -> bool {
        let open: Vec<_> = self.state.orders().cloned().collect();
        let Some(order) = open.iter().rev().nth(back) else { return false };
        let order_id = order.order_id.clone();
        self.run(&Command::CancelOrder { order_id, reason: "changed their mind".into() })
    }

    pub fn bump(&mut self, back: usize, line_id: i32) -> bool {
        let lines = LineChoice::Lines(vec![line_id]);
        self.order_id(back)
            .is_some_and(|order_id| self.run(&Command::BumpLines { order_id, lines }))
    }

    pub fn remake(&mut self, back: usize, line_id: i32) -> bool {
        let parts = vec![PartWish { line_id, quantity: None }];
        let reason = "spilled".into();
        self.order_id(back)
            .is_some_and(|order_id| self.run(&Command::RemakeLines { order_id, parts, reason }))
    }

    /// One of a line's two.
    pub fn cancel_one(&mut self, back: usize, line_id: i32) -> bool {
        let parts = vec![PartWish { line_id, quantity: Quantity::new(1) }];
        let reason = "changed their mind".into();
        self.order_id(back)
            .is_some_and(|order_id| self.run(&Command::CancelLines { order_id, parts, reason }))
    }

    pub fn add(&mut self, back: usize, menu_id: i32) -> bool {
        let quantity = Quantity::new(2).unwrap();
        let items = vec![ItemWish { menu_id, quantity, options: Vec::new(), note: String::new() }];
        self.order_id(back).is_some_and(|order_id| {
            self.run(&Command::AddToOrder { order_id, items, expected_total: None })
        })
    }

    fn order_id(&self, back: usize) -> Option<String> {
        let orders: Vec<_> = self.state.orders().collect();
        orders.iter().rev().nth(back).map(|order| order.order_id.clone())
    }

    pub fn charge(&mut self, cell_id: i32, points: i32) -> bool {
        let amount = Amount::new(points).unwrap();
        self.run(&Command::ChargeCell { cell_id, amount, reason: "at the till".into() })
    }

    pub fn member(&mut self, cell_id: i32, member_id: i32, pin: Option<String>) -> bool {
        let pin = pin.and_then(SecretHash::new).map_or(SecretChange::Keep, SecretChange::Set);
        let name = "Mina".into();
        self.run(&Command::PutCellMember { cell_id, member_id, name, pin })
    }

    pub fn set(&mut self, key: &str, value: &str) -> bool {
        self.run(&Command::SetSetting { key: key.into(), value: value.into() })
    }

    pub fn count_stock(&mut self, menu_id: i32, remaining: Option<i32>) -> bool {
        self.run(&Command::SetStock(vec![StockCount { menu_id, remaining }]))
    }

    /// Days of orders, most of them closed, some paid by a cell.
    pub fn busy_days(days: usize, orders_a_day: usize, lines: usize) -> Self {
        let mut cafe = Self::open();
        for _ in 0..days {
            for number in 0..orders_a_day {
                let cell_id = (number % 3 == 0).then_some(1 + (number % 2) as i32);
                assert!(cafe.place(1 + (number % 8) as i32, cell_id, "less ice, more foam", lines));
                for _ in 0..3 * usize::from(number % 10 != 0) {
                    assert!(cafe.forward(0));
                }
            }
            cafe.now_ms += DAY_MS;
        }
        cafe
    }

    pub fn days(&self) -> Vec<BusinessDate> {
        let mut days: Vec<_> =
            self.orders.values().filter_map(|o| BusinessDate::parse(&o.business_date)).collect();
        days.sort();
        days.dedup();
        days
    }

    pub fn applied(&self) -> Applied {
        self.steps.last().map(|step| step.applied).unwrap_or_default()
    }

    /// The working set as it was at a position; None if no command ended there.
    pub fn state_at(&self, applied: Applied) -> Option<State> {
        if applied == Applied::default() {
            return Some(State::default());
        }
        self.steps.iter().find(|step| step.applied == applied).map(|step| step.state.clone())
    }

    /// Applies what a store lacks, in groups as the writer of the journal makes them.
    pub fn catch_up(&self, writer: &mut Writer, from: Applied) -> Result<(), StoreError> {
        let done = self.steps.partition_point(|step| step.applied.seq <= from.seq);
        self.steps[done..].chunks(GROUP).try_for_each(|group| apply_group(writer, group))
    }

    /// Every query answers, and with the truth.
    #[track_caller]
    pub fn check(&self, reader: &Reader) {
        assert_eq!(self.check_answers(reader).unwrap(), Answers::True);
    }

    /// Whether every query answers with the truth, until the first that does not answer at all.
    pub fn check_answers(&self, reader: &Reader) -> Result<Answers, StoreError> {
        let mut is_true = reader.applied() == self.applied();
        is_true &= reader.order_count() == self.orders.len() as u64;
        let mut listed = 0;
        for day in self.days() {
            for order in reader.orders_of_day(day, 0, usize::MAX)? {
                is_true &= self.orders.get(&order.order_id) == Some(&order);
                listed += 1;
            }
        }
        is_true &= listed == self.orders.len();
        for (order_id, order) in &self.orders {
            is_true &= reader.order(order_id)?.as_ref() == Some(order);
        }
        for cell in self.state.cells() {
            let newest_first: Vec<_> = self
                .ledger
                .range((cell.cell_id, 0)..(cell.cell_id, i32::MAX))
                .rev()
                .map(|(_, entry)| entry.clone())
                .collect();
            is_true &= reader.ledger(cell.cell_id, None, usize::MAX)? == newest_first;
        }
        for remembered in self.steps.iter().flat_map(|step| &step.requests) {
            is_true &= reader.request(remembered.request_id)? == Some(*remembered);
        }
        Ok(if is_true { Answers::True } else { Answers::Wrong })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    True,
    Wrong,
}

pub fn request_id(number: usize) -> u128 {
    (number as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
}

pub fn open(dir: &Path) -> Result<Opened, OpenError> {
    kiosk_store::open(&Config::new(dir))
}

/// Opens a store that is sound.
#[track_caller]
pub fn open_sound(dir: &Path) -> Opened {
    let opened = open(dir).unwrap();
    assert_eq!(opened.put_aside, None);
    opened
}

/// A store that holds everything that happened in the café.
pub fn fill(dir: &Path, cafe: &Cafe) -> Opened {
    let mut opened = open_sound(dir);
    cafe.catch_up(&mut opened.writer, opened.applied).unwrap();
    opened
}

/// The whole history is checked.
pub fn scrub(writer: &mut Writer) -> Result<(), StoreError> {
    while writer.scrub_step(100, &|| {})? == Scrub::Going {}
    Ok(())
}

/// Copies a directory, whatever is being written to it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => copy(&entry.path(), &target),
            // A snapshot may be renamed meanwhile; then the crash was after that.
            _ => drop(fs::copy(entry.path(), target)),
        }
    }
}

/// Does something to the rows of a store that is closed, and comes back when it is closed again:
/// sled unlocks its file some time after it is dropped.
pub fn with_sled<T>(dir: &Path, change: impl FnOnce(&sled::Db) -> T) -> T {
    let sled_dir = dir.join("sled");
    let sled = sled::Config::new().path(&sled_dir).segment_size(1024 * 1024).open().unwrap();
    let result = change(&sled);
    drop(sled);
    File::open(sled_dir.join("db")).unwrap().lock().unwrap();
    result
}
