//! A café to try commands on, written as lines of text: see [`Cafe::run`].

use kiosk_domain::{
    Actor, Adjustment, Amount, Command, ItemWish, LineChoice, MemberClaim, OptionWish, PartWish,
    PinClaim, PlaceOrder, Quantity, Rejection, SecretChange, SecretHash, Stamp, State, TicketClaim,
    decide,
};
use kiosk_proto::{
    Timestamp,
    v1::{
        MenuCategory, MenuItem, MenuOption, OptionGroup, OrderItem, RestockCount, StockChanged,
        StockCount, event::Payload, fulfilment::Value as Fulfilment,
        order_source::Value as OrderSource, order_status::Value as Status,
        pay_type::Value as PayType, role::Value as Role,
    },
};

use crate::tables;

/// 2026-11-21 10:00 in Seoul.
pub(crate) const MORNING_MS: i64 = 1_795_222_800_000;

pub(crate) struct Cafe {
    pub(crate) state: State,
    pub(crate) role: Role,
    pub(crate) now_ms: i64,
    /// The id of each order, in the order of their placing.
    pub(crate) order_ids: Vec<String>,
}

/// Runs the lines on a new café, each with the outcome that it must have.
#[track_caller]
pub(crate) fn check(lines: &[(&str, &str)]) {
    let mut cafe = Cafe::open();
    for (at, (line, expected)) in lines.iter().enumerate() {
        assert_eq!(cafe.run(line), *expected, "line {at}: {line}");
    }
}

impl Cafe {
    /// Latte (1) at 4,500 with a size to choose and extras, bagel (2) at 3,000 with 5 left,
    /// water (3) for nothing; cell 1 with 10,000 points and 2,000 credit.
    pub(crate) fn open() -> Self {
        let state = State::default();
        let mut cafe = Self { state, role: Role::Staff, now_ms: MORNING_MS, order_ids: Vec::new() };
        cafe.put(Command::PutMenuItem(latte()));
        cafe.put(Command::PutMenuItem(item(2, "bagel", 3_000, Some(5))));
        cafe.put(Command::PutMenuItem(item(3, "water", 0, None)));
        let name = "choir".into();
        cafe.put(Command::PutCell { cell_id: 1, name, credit_limit: 2_000 });
        cafe.run("charge 1 10000");
        cafe
    }

    fn put(&mut self, command: Command) {
        self.decide(&command).unwrap();
    }

    /// Decides and applies.
    pub(crate) fn decide(&mut self, command: &Command) -> Result<Vec<Payload>, Rejection> {
        let stamp = stamp(self.now_ms, 7, self.role);
        let events = decide(&self.state, command, &stamp)?;
        for event in &events {
            self.state.apply(event);
            if let Payload::OrderCreated(order) = event {
                self.order_ids.push(order.order_id.clone());
            }
        }
        Ok(events)
    }

    /// Runs a line and says what came of it. Orders are named by the count of their placing.
    ///
    /// `restock ITEM=COUNT …`, `option_sold_out ITEM OPTION`, `category ID NAME`, `uncategory ID`,
    /// `as ROLE`, `wait MINUTES`, `seconds SECONDS`, `place ITEM*QUANTITY[OPTION*QUANTITY,…] … [cell ID]
    /// [from SOURCE] [ext ID] [total SUM] [member ID [pin PIN|wrong]]`, `status N STATUS`, `recall N`,
    /// `cancel N`, `stock ITEM=COUNT|- …`, `sold_out ITEM`, `back ITEM`, `delete ITEM`, `cell ID NAME
    /// LIMIT`, `charge|refund|adjust ID POINTS`, `transfer FROM TO POINTS`, `archive ID`, `unarchive
    /// ID`, `member CELL ID NAME keep|none|PIN`, `unmember CELL ID`, `set KEY VALUE`; a PIN's hash is
    /// the PIN; `bump|recall N LINE,…|@STATION|all`, `priority N on|off`,
    /// `cancel_lines|remake N LINE[*QUANTITY] …`, `add N ITEM… [total SUM]`, `lines N`; and what
    /// [`tables::command`] knows. An order may sit: `seat ID`, `by HOLDER`, `table TEXT`.
    pub(crate) fn run(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["as", role] => self.role = Role::from_str_name(role).unwrap(),
            ["lines", n] => return self.lines(n),
            ["wait", minutes] => self.now_ms += minutes.parse::<i64>().unwrap() * 60_000,
            ["seconds", seconds] => self.now_ms += seconds.parse::<i64>().unwrap() * 1_000,
            _ => {
                let command = self.command(&words);
                return outcome(&self.decide(&command));
            }
        }
        String::new()
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let number = |word: &str| word.parse::<i32>().unwrap();
        let amount = |word: &str| Amount::new(number(word)).unwrap();
        let reason = String::new();
        match *words {
            ["place", ref words @ ..] => Command::PlaceOrder(wish(words)),
            ["status", n, status] => Command::SetOrderStatus {
                order_id: self.order_id(n),
                status: Status::from_str_name(status).unwrap(),
            },
            ["recall", n] => Command::RecallOrder { order_id: self.order_id(n) },
            ["cancel", n] => Command::CancelOrder { order_id: self.order_id(n), reason },
            ["bump", n, which] => {
                Command::BumpLines { order_id: self.order_id(n), lines: choice(which) }
            }
            ["recall", n, which] => {
                Command::RecallLines { order_id: self.order_id(n), lines: choice(which) }
            }
            ["priority", n, on] => {
                Command::SetPriority { order_id: self.order_id(n), is_priority: on == "on" }
            }
            ["cancel_lines", n, ref parts @ ..] => {
                let parts = parts.iter().map(|part| part_wish(part)).collect();
                Command::CancelLines { order_id: self.order_id(n), parts, reason }
            }
            ["remake", n, ref parts @ ..] => {
                let parts = parts.iter().map(|part| part_wish(part)).collect();
                Command::RemakeLines { order_id: self.order_id(n), parts, reason }
            }
            ["add", n, ref words @ ..] => {
                let PlaceOrder { items, expected_total, .. } = wish(words);
                Command::AddToOrder { order_id: self.order_id(n), items, expected_total }
            }
            ["stock", ref counts @ ..] => {
                Command::SetStock(counts.iter().map(|count| stock_count(count)).collect())
            }
            ["sold_out", id] => Command::SetSoldOut { menu_id: number(id), is_sold_out: true },
            ["back", id] => Command::SetSoldOut { menu_id: number(id), is_sold_out: false },
            ["restock", ref counts @ ..] => {
                Command::Restock(counts.iter().map(|count| restock_count(count)).collect())
            }
            ["option_sold_out", id, option_id] => Command::SetOptionSoldOut {
                menu_id: number(id),
                option_id: number(option_id),
                is_sold_out: true,
            },
            ["category", id, name] => Command::PutMenuCategory(MenuCategory {
                category_id: number(id),
                name: name.into(),
                ..MenuCategory::default()
            }),
            ["uncategory", id] => Command::DeleteMenuCategory { category_id: number(id) },
            ["delete", id] => Command::DeleteMenuItem { menu_id: number(id) },
            ["cell", id, name, limit] => Command::PutCell {
                cell_id: number(id),
                name: name.into(),
                credit_limit: number(limit),
            },
            ["charge", id, n] => {
                Command::ChargeCell { cell_id: number(id), amount: amount(n), reason }
            }
            ["refund", id, n] => {
                Command::RefundCell { cell_id: number(id), amount: amount(n), reason }
            }
            ["adjust", id, n] => {
                let amount = Adjustment::new(number(n)).unwrap();
                Command::AdjustCell { cell_id: number(id), amount, reason }
            }
            ["transfer", from, to, n] => Command::TransferPoints {
                from_cell_id: number(from),
                to_cell_id: number(to),
                amount: amount(n),
                reason,
            },
            ["archive", id] => Command::ArchiveCell { cell_id: number(id), is_archived: true },
            ["unarchive", id] => Command::ArchiveCell { cell_id: number(id), is_archived: false },
            ["member", cell, id, name, pin] => Command::PutCellMember {
                cell_id: number(cell),
                member_id: number(id),
                name: name.into(),
                pin: match pin {
                    "keep" => SecretChange::Keep,
                    "none" => SecretChange::Remove,
                    pin => SecretChange::Set(pin_hash(pin)),
                },
            },
            ["unmember", cell, id] => {
                Command::DeleteCellMember { cell_id: number(cell), member_id: number(id) }
            }
            ["set", key, value] => Command::SetSetting { key: key.into(), value: value.into() },
            _ => tables::command(words, |n| self.order_id(n)),
        }
    }

    /// `1 latte*2 DONE, 2 bagel WAITING +1`: an addition has `+`, what is made again `again`.
    fn lines(&self, n: &str) -> String {
        let order = self.state.order(&self.order_id(n)).unwrap();
        let line = |item: &OrderItem| {
            let mut text = format!("{} {}", item.line_id, item.menu_name);
            if item.quantity > 1 {
                text += &format!("*{}", item.quantity);
            }
            text += &format!(" {}", item.status().as_str_name());
            if item.addition > 0 {
                text += &format!(" +{}", item.addition);
            }
            if item.remakes > 0 {
                text += " again";
            }
            text
        };
        order.items.iter().map(line).collect::<Vec<_>>().join(", ")
    }

    fn order_id(&self, n: &str) -> String {
        let n: usize = n.parse().unwrap();
        self.order_ids.get(n - 1).cloned().unwrap_or_else(|| "ORD-0-nobody".into())
    }
}

pub(crate) fn stamp(now_ms: i64, random: u64, role: Role) -> Stamp {
    let actor = Actor { role, id: 4, name: "Mina".into() };
    Stamp { now: Timestamp::from_ms(now_ms), random, actor }
}

pub(crate) fn pin_hash(pin: &str) -> SecretHash {
    SecretHash::new(pin.into()).unwrap()
}

pub(crate) fn item(menu_id: i32, name: &str, price: i32, remaining: Option<i32>) -> MenuItem {
    let station = if menu_id == 1 { "bar" } else { "kitchen" }.into();
    MenuItem { menu_id, name: name.into(), price, remaining, station, ..MenuItem::default() }
}

/// A size (1 to 3) must be chosen; up to 3 extras (11, 12) may.
pub(crate) fn latte() -> MenuItem {
    let sizes = [(1, "tall", 0), (2, "grande", 500), (3, "short", -500)];
    let extras = [(11, "shot", 700), (12, "own cup", -4_500)];
    let option_groups = vec![group("size", 1, 1, &sizes), group("extras", 0, 3, &extras)];
    MenuItem { option_groups, ..item(1, "latte", 4_500, None) }
}

pub(crate) fn group(name: &str, min: i32, max: i32, options: &[(i32, &str, i32)]) -> OptionGroup {
    let options = options.iter().map(|&(option_id, name, price_delta)| {
        let name = name.into();
        MenuOption { option_id, name, price_delta, ..MenuOption::default() }
    });
    let options = options.collect();
    OptionGroup { name: name.into(), min, max, options, ..OptionGroup::default() }
}

pub(crate) fn wish(words: &[&str]) -> PlaceOrder {
    let mut wish = PlaceOrder {
        items: Vec::new(),
        pay_type: PayType::Card,
        cell_id: None,
        member: None,
        fulfilment: Fulfilment::TakeOut,
        note: String::new(),
        table: String::new(),
        buzzer_id: String::new(),
        source: OrderSource::Staff,
        external_id: String::new(),
        expected_total: None,
        seat_id: String::new(),
        seat_holder: String::new(),
        ticket: TicketClaim::Absent,
    };
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let mut argument = || words.next().unwrap();
        match word {
            "cell" => {
                wish.pay_type = PayType::Cell;
                wish.cell_id = Some(argument().parse().unwrap());
            }
            "from" => wish.source = OrderSource::from_str_name(argument()).unwrap(),
            "seat" => wish.seat_id = argument().into(),
            "by" => wish.seat_holder = argument().into(),
            "table" => wish.table = argument().into(),
            "ext" => wish.external_id = argument().into(),
            "total" => wish.expected_total = Some(argument().parse().unwrap()),
            "member" => {
                let member_id = argument().parse().unwrap();
                wish.member = Some(MemberClaim { member_id, pin: PinClaim::Absent });
            }
            "pin" => {
                wish.member.as_mut().unwrap().pin = match argument() {
                    "wrong" => PinClaim::Wrong,
                    pin => PinClaim::Fits(pin_hash(pin)),
                }
            }
            line => wish.items.push(item_wish(line)),
        }
    }
    wish
}

fn item_wish(text: &str) -> ItemWish {
    let (item, options) = text.trim_end_matches(']').split_once('[').unwrap_or((text, ""));
    let (menu_id, quantity) = times(item);
    let options = options.split(',').filter(|text| !text.is_empty()).map(|text| {
        let (option_id, quantity) = times(text);
        OptionWish { option_id, quantity }
    });
    ItemWish { menu_id, quantity, options: options.collect(), note: String::new() }
}

fn times(text: &str) -> (i32, Quantity) {
    let (id, count) = text.split_once('*').unwrap_or((text, "1"));
    (id.parse().unwrap(), Quantity::new(count.parse().unwrap()).unwrap())
}

fn choice(text: &str) -> LineChoice {
    match text.strip_prefix('@') {
        Some(station) => LineChoice::Station(station.into()),
        None if text == "all" => LineChoice::All,
        None => LineChoice::Lines(text.split(',').map(|line| line.parse().unwrap()).collect()),
    }
}

fn part_wish(text: &str) -> PartWish {
    let (line, count) = text.split_once('*').unwrap_or((text, ""));
    let quantity = count.parse().ok().map(|count| Quantity::new(count).unwrap());
    PartWish { line_id: line.parse().unwrap(), quantity }
}

fn stock_count(text: &str) -> StockCount {
    let (id, count) = text.split_once('=').unwrap();
    let remaining = (count != "-").then(|| count.parse().unwrap());
    StockCount { menu_id: id.parse().unwrap(), remaining }
}

fn restock_count(text: &str) -> RestockCount {
    let (id, count) = text.split_once('=').unwrap();
    RestockCount { menu_id: id.parse().unwrap(), count: count.parse().unwrap() }
}

pub(crate) fn outcome(result: &Result<Vec<Payload>, Rejection>) -> String {
    match result {
        Ok(events) if events.is_empty() => "nothing".into(),
        Ok(events) => events.iter().map(event_text).collect::<Vec<_>>().join("; "),
        Err(rejection) => format!("no: {rejection}"),
    }
}

fn event_text(event: &Payload) -> String {
    match event {
        Payload::OrderCreated(e) => format!("order {} for {}", e.daily_num, e.total_amount),
        Payload::OrderStatusChanged(e) => {
            format!("{} to {}", e.previous_status().as_str_name(), e.status().as_str_name())
        }
        Payload::OrderRecalled(e) => {
            format!("{} back to {}", e.previous_status().as_str_name(), e.status().as_str_name())
        }
        Payload::OrderCancelled(e) => format!("{} cancelled", e.previous_status().as_str_name()),
        Payload::OrderLinesChanged(e) => {
            let lines: Vec<_> = e.lines.iter().map(|line| line.line_id.to_string()).collect();
            let what = if e.is_recall { "wait again" } else { "done" };
            format!("{} {what}", lines.join(","))
        }
        Payload::OrderPriorityChanged(e) if e.is_priority => "goes first".into(),
        Payload::OrderPriorityChanged(_) => "goes with the others".into(),
        Payload::OrderTableChanged(e) => format!("{} at {}", e.daily_num, e.table),
        Payload::OrderItemsAdded(e) => {
            format!("{} added for {}, now {}", ids(&e.items), e.added_amount, e.total_amount)
        }
        Payload::OrderLinesCancelled(e) => {
            format!("{} cancelled, {} back, now {}", ids(&e.items), e.refund_amount, e.total_amount)
        }
        Payload::OrderLinesRemade(e) => format!("{} remade", ids(&e.items)),
        Payload::MenuSoldOutChanged(e) if e.is_sold_out => format!("{} is sold out", e.menu_name),
        Payload::MenuSoldOutChanged(e) => format!("{} is back", e.menu_name),
        Payload::MenuStockChanged(e) => stock_text(e),
        Payload::MenuStockBatchChanged(e) => {
            e.items.iter().map(stock_text).collect::<Vec<_>>().join(", ")
        }
        Payload::MenuItemChanged(e) => format!("{} is menu item {}", e.name, e.menu_id),
        Payload::MenuItemDeleted(e) => format!("{} is off the menu", e.menu_name),
        Payload::MenuCategoryChanged(e) => format!("{} is category {}", e.name, e.category_id),
        Payload::MenuCategoryDeleted(e) => format!("{} is no category", e.name),
        Payload::MenuOptionSoldOutChanged(e) => {
            format!("{} of {} is sold out: {}", e.option_name, e.menu_name, e.is_sold_out)
        }
        Payload::CellBalanceChanged(e) => {
            let kind = e.r#type().as_str_name();
            format!("{} {kind} {:+} = {}", e.cell_name, e.change_amount, e.balance_after)
        }
        Payload::CellChanged(e) if e.is_archived => format!("{} is archived", e.name),
        Payload::CellMemberChanged(e) => {
            let member = e.member.as_ref().unwrap();
            let pin = if member.has_pin { "a" } else { "no" };
            format!("{} is member {} with {pin} PIN", member.name, member.member_id)
        }
        Payload::CellMemberDeleted(e) => format!("{} has left {}", e.member_name, e.cell_name),
        Payload::CellChanged(e) => {
            format!("{} is cell {} with {} credit", e.name, e.cell_id, e.credit_limit)
        }
        Payload::SettingsChanged(e) => format!("{} is {}", e.key, e.value),
        other => tables::event_text(other),
    }
}

fn ids(items: &[OrderItem]) -> String {
    items.iter().map(|item| item.line_id.to_string()).collect::<Vec<_>>().join(",")
}

fn stock_text(e: &StockChanged) -> String {
    match e.remaining {
        Some(remaining) => format!("{remaining} {}", e.menu_name),
        None => format!("{} uncounted", e.menu_name),
    }
}
