//! Random steps: a moment, who asks, and a command. Small numbers of everything, so that steps
//! meet the same orders, items and cells again and again.

use kiosk_domain::{
    Adjustment, Amount, BellCommand, Command, ImportItem, ItemWish, LineChoice, MemberClaim,
    OptionWish, PartWish, PinClaim, PlaceOrder, Quantity, SeatCommand, SecretChange, TicketClaim,
    WatchedFault,
};
use kiosk_proto::v1::{
    AvailableSpan, DayReport, MenuCategory, MenuItem, RestockCount, StockCount,
    fulfilment::Value as Fulfilment, order_source::Value as Source, order_status::Value as Status,
    pay_type::Value as PayType, role::Value as Role,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::{
    cafe::{group, item, pin_hash},
    model_devices,
    tables::{self, holder, seat_id},
};

/// The days that most steps are on.
const HOLIDAYS: &str = "2026-11-20 closed; 2026-11-21 closed; 2026-11-22 closed; \
    2026-11-23 10:00-11:00; 2026-11-24 closed; 2026-11-25 closed";
const HOUR_MS: i64 = 3_600_000;

#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// How far the clock has moved since the step before.
    pub(crate) jump_ms: i64,
    pub(crate) random: u64,
    pub(crate) role: Role,
    /// `order_id` counts back from the newest order.
    pub(crate) command: Command,
}

impl Step {
    /// The command, about one of these orders; the newest is the last.
    pub(crate) fn command(&self, order_ids: &[&str]) -> Command {
        let mut command = self.command.clone();
        if let Command::SetOrderStatus { order_id, .. }
        | Command::RecallOrder { order_id }
        | Command::CancelOrder { order_id, .. }
        | Command::BumpLines { order_id, .. }
        | Command::RecallLines { order_id, .. }
        | Command::SetPriority { order_id, .. }
        | Command::CancelLines { order_id, .. }
        | Command::RemakeLines { order_id, .. }
        | Command::AddToOrder { order_id, .. }
        | Command::Seat(SeatCommand::Select { order_id, .. })
        | Command::Bell(BellCommand::Ring { order_id, .. }) = &mut command
            && !order_id.is_empty()
        {
            let back: usize = order_id.parse().unwrap();
            *order_id = (*order_ids.iter().rev().nth(back).unwrap_or(&"ORD-0-nobody")).into();
        }
        command
    }
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..150)
}

fn step() -> impl Strategy<Value = Step> {
    let jump_ms = prop_oneof![
        8 => Just(0),
        4 => 1..90_000_i64,
        1 => 1..30 * HOUR_MS,
        1 => -30 * HOUR_MS..0,
        // To the same millisecond of another day.
        2 => select(vec![-48, -24, 24, 48]).prop_map(|hours| hours * HOUR_MS),
        1 => Just(240 * HOUR_MS),
    ];
    let role = select(vec![Role::Staff, Role::Staff, Role::Admin, Role::Kiosk, Role::Customer]);
    (jump_ms, 0..3_u64, role, command()).prop_map(|(jump_ms, random, role, command)| Step {
        jump_ms,
        random,
        role,
        command,
    })
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        12 => place().prop_map(Command::PlaceOrder),
        14 => set_status(),
        3 => order_id().prop_map(|order_id| Command::RecallOrder { order_id }),
        4 => order_id()
            .prop_map(|order_id| Command::CancelOrder { order_id, reason: "changed".into() }),
        14 => line_command(),
        6 => menu_command(),
        4 => cell_command(),
        2 => cell_administration(),
        4 => setting(),
        1 => incident(),
        2 => close(),
        2 => model_devices::command(),
        10 => tables::step(),
    ]
}

fn incident() -> impl Strategy<Value = Command> {
    (select(vec!["INC-1", "INC-2"]), any::<bool>()).prop_map(|(incident_id, is_new)| {
        let incident_id = incident_id.into();
        if !is_new {
            return Command::ResolveIncident { incident_id };
        }
        Command::StartIncident(WatchedFault {
            incident_id,
            endpoint_id: "screen:1".into(),
            endpoint_name: "Kitchen screen".into(),
            reason: "it has shown nothing".into(),
        })
    })
}

/// A report over all that is new, or one that was closed already.
fn close() -> impl Strategy<Value = Command> {
    let number = prop_oneof![5 => Just(0), 1 => Just(-1)];
    number.prop_map(|number| {
        Command::CloseDay(Box::new(DayReport { number, ..DayReport::default() }))
    })
}

fn set_status() -> impl Strategy<Value = Command> {
    let forward = select(vec![Status::Making, Status::Ready, Status::Completed]);
    let any = select(vec![Status::Unspecified, Status::Pending, Status::Cancelled]);
    let status = prop_oneof![8 => forward, 1 => any];
    (order_id(), status).prop_map(|(order_id, status)| Command::SetOrderStatus { order_id, status })
}

fn line_command() -> impl Strategy<Value = Command> {
    let quantity = option::weighted(0.6, (1..4_i32).prop_map(|n| Quantity::new(n).unwrap()));
    let part = (line_id(), quantity).prop_map(|(line_id, quantity)| PartWish { line_id, quantity });
    let parts = || vec(part.clone(), 1..3);
    let expected_total = prop_oneof![9 => Just(None), 1 => Just(Some(6_000))];
    let reason = || "spilled".to_owned();
    prop_oneof![
        4 => (order_id(), line_choice())
            .prop_map(|(order_id, lines)| Command::BumpLines { order_id, lines }),
        3 => (order_id(), line_choice())
            .prop_map(|(order_id, lines)| Command::RecallLines { order_id, lines }),
        1 => (order_id(), any::<bool>())
            .prop_map(|(order_id, is_priority)| Command::SetPriority { order_id, is_priority }),
        3 => (order_id(), parts()).prop_map(move |(order_id, parts)| Command::CancelLines {
            order_id,
            parts,
            reason: reason()
        }),
        3 => (order_id(), parts()).prop_map(move |(order_id, parts)| Command::RemakeLines {
            order_id,
            parts,
            reason: reason()
        }),
        3 => (order_id(), vec(item_wish(), 1..3), expected_total).prop_map(
            |(order_id, items, expected_total)| Command::AddToOrder {
                order_id,
                items,
                expected_total
            }
        ),
    ]
}

fn line_id() -> impl Strategy<Value = i32> + Clone {
    prop_oneof![9 => 1..4_i32, 1 => 4..9_i32]
}

fn line_choice() -> impl Strategy<Value = LineChoice> {
    let station = select(vec!["bar", "kitchen", "kitchen"]);
    prop_oneof![
        2 => Just(LineChoice::All),
        2 => station.prop_map(|station| LineChoice::Station(station.into())),
        4 => vec(line_id(), 1..3).prop_map(LineChoice::Lines),
    ]
}

pub(crate) fn order_id() -> impl Strategy<Value = String> {
    prop_oneof![8 => 0..3_usize, 1 => 3..12_usize].prop_map(|back| back.to_string())
}

fn place() -> impl Strategy<Value = PlaceOrder> {
    let items = vec(item_wish(), 1..4);
    let source = select(vec![Source::Kiosk, Source::Pos, Source::Staff, Source::Web]);
    let external_id = prop_oneof![4 => Just(""), 1 => select(vec!["A1", "A2", "A3", "A4"])];
    let expected_total = prop_oneof![9 => Just(None), 1 => Just(Some(3_000))];
    let payer =
        option::weighted(0.4, (cell_id(), option::weighted(0.4, claim()))).prop_map(|payer| {
            let (cell_id, member) = payer.unzip();
            (cell_id, member.flatten())
        });
    let seat = (option::weighted(0.15, seat_id()), option::weighted(0.1, seat_id()), holder());
    let ticket = prop_oneof![
        16 => Just(TicketClaim::Absent),
        2 => Just(TicketClaim::Admitted),
        1 => Just(TicketClaim::Refused("it waits for its turn")),
    ];
    (items, source, external_id, expected_total, payer, seat, ticket).prop_map(
        |(items, source, external_id, expected_total, (cell_id, member), seat, ticket)| {
            PlaceOrder {
                items,
                pay_type: if cell_id.is_some() { PayType::Cell } else { PayType::Card },
                cell_id,
                member,
                fulfilment: Fulfilment::DineIn,
                note: String::new(),
                table: seat.0.unwrap_or_default().into(),
                buzzer_id: "7".into(),
                source,
                external_id: external_id.into(),
                expected_total,
                seat_id: seat.1.unwrap_or_default().into(),
                seat_holder: seat.2.into(),
                ticket,
            }
        },
    )
}

/// Mostly what the menu of the start has: item 1 needs a size, the others have no options.
fn item_wish() -> impl Strategy<Value = ItemWish> {
    let quantity = prop_oneof![9 => 1..4_i32, 1 => 4..100_i32];
    let size = || (1..4_i32, Just(1));
    let extras = vec((11..13_i32, 1..3_i32), 0..2);
    let sized = (size(), extras).prop_map(|(size, mut options)| {
        options.push(size);
        (1, options)
    });
    let plain = (2..4_i32).prop_map(|menu_id| (menu_id, Vec::new()));
    let any = (menu_id(), vec((prop_oneof![1..4_i32, 9..14_i32], 1..4_i32), 0..4));
    let wish = prop_oneof![6 => sized, 6 => plain, 1 => any];
    (wish, quantity).prop_map(|((menu_id, options), count)| {
        let options = options.into_iter().map(|(option_id, count)| {
            let quantity = Quantity::new(count).unwrap();
            OptionWish { option_id, quantity }
        });
        let quantity = Quantity::new(count).unwrap();
        ItemWish { menu_id, quantity, options: options.collect(), note: String::new() }
    })
}

fn menu_id() -> impl Strategy<Value = i32> {
    prop_oneof![9 => 1..4_i32, 1 => 4..6_i32]
}

fn cell_id() -> impl Strategy<Value = i32> {
    prop_oneof![9 => 1..3_i32, 1 => 3..5_i32]
}

fn menu_command() -> impl Strategy<Value = Command> {
    let left = prop_oneof![1 => Just(0), 3 => -1..40_i32];
    let counts = vec((menu_id(), option::of(left)), 1..4).prop_map(|counts| {
        let counts = counts.into_iter();
        Command::SetStock(
            counts.map(|(menu_id, remaining)| StockCount { menu_id, remaining }).collect(),
        )
    });
    let restocks = vec((menu_id(), 0..9_i32), 1..3).prop_map(|counts| {
        let counts = counts.into_iter();
        Command::Restock(counts.map(|(menu_id, count)| RestockCount { menu_id, count }).collect())
    });
    let category = (0..3_i32, category_name()).prop_map(|(category_id, name)| {
        Command::PutMenuCategory(MenuCategory { category_id, name, ..Default::default() })
    });
    prop_oneof![
        3 => menu_item().prop_map(Command::PutMenuItem),
        1 => menu_id().prop_map(|menu_id| Command::DeleteMenuItem { menu_id }),
        2 => (menu_id(), prop::bool::weighted(0.3))
            .prop_map(|(menu_id, is_sold_out)| Command::SetSoldOut { menu_id, is_sold_out }),
        4 => counts,
        2 => restocks,
        1 => (menu_id(), 1..4_i32, any::<bool>()).prop_map(|(menu_id, option_id, is_sold_out)| {
            Command::SetOptionSoldOut { menu_id, option_id, is_sold_out }
        }),
        2 => category,
        1 => (menu_item(), any::<bool>()).prop_map(|(item, keeps_stock)| {
            let absent = if keeps_stock { vec!["is_sold_out", "remaining"] } else { Vec::new() };
            let items = vec![ImportItem { item, absent }];
            Command::ImportMenu { categories: Vec::new(), items }
        }),
        1 => (menu_id(), select(vec!["a0", ""])).prop_map(|(menu_id, image)| {
            Command::SetMenuImage { menu_id, image: image.repeat(32) }
        }),
        1 => (1..3_i32).prop_map(|category_id| Command::DeleteMenuCategory { category_id }),
    ]
}

fn category_name() -> impl Strategy<Value = String> {
    select(vec!["coffee", "tea", "cake"]).prop_map(String::from)
}

/// Days as in the contract: 6 is Saturday, the day these tests begin on.
fn available() -> impl Strategy<Value = Vec<AvailableSpan>> {
    let days = select(vec![vec![], vec![6, 7], vec![1, 3, 5]]);
    let times = select(vec![("09:00", "11:00"), ("22:00", "10:30"), ("00:00", "24:00")]);
    let span = (days, times).prop_map(|(days, (from, to))| AvailableSpan {
        days,
        from: from.into(),
        to: to.into(),
    });
    prop_oneof![3 => Just(Vec::new()), 1 => vec(span, 1..3)]
}

fn menu_item() -> impl Strategy<Value = MenuItem> {
    let id = prop_oneof![1 => Just(0), 4 => menu_id()];
    let remaining = option::of(-1..60_i32);
    let parts = (id, 0..6_000_i32, remaining, prop::bool::weighted(0.1));
    let station = prop_oneof![4 => select(vec!["", "bar", "kitchen"]), 1 => Just("grill")];
    let category = (prop_oneof![3 => Just(0), 1 => 1..4_i32], category_name());
    let more = (station, category, available(), prop::bool::weighted(0.2));
    (parts, more).prop_map(|((id, price, remaining, is_odd), more)| {
        let (station, (category_id, category), available, is_sold_out) = more;
        let item = item(id, "tea", price, remaining);
        let station = station.into();
        let mut item = MenuItem { station, category_id, category, available, is_sold_out, ..item };
        if (id == 1) != is_odd {
            let sizes = [(1, "tall", 0), (2, "grande", 500), (3, "short", -400)];
            item.option_groups.push(group("size", 1, 1, &sizes));
            let extras = [(11, "shot", 700), (12, "own cup", -price)];
            item.option_groups.push(group("extras", 0, 3, &extras));
        }
        item
    })
}

fn cell_command() -> impl Strategy<Value = Command> {
    let id = prop_oneof![1 => Just(0), 6 => cell_id()];
    let put = (id, select(vec!["choir", "band"]), select(vec![-1, 0, 1_000, 20_000])).prop_map(
        |(cell_id, name, credit_limit)| Command::PutCell {
            cell_id,
            name: name.into(),
            credit_limit,
        },
    );
    let amount = || (1..8_000_i32).prop_map(|points| Amount::new(points).unwrap());
    let adjustment = (-9_000..9_000_i32).prop_filter_map("not 0", Adjustment::new);
    let reason = String::new;
    prop_oneof![
        put,
        (cell_id(), amount()).prop_map(move |(cell_id, amount)| Command::ChargeCell {
            cell_id,
            amount,
            reason: reason()
        }),
        (cell_id(), amount()).prop_map(move |(cell_id, amount)| Command::RefundCell {
            cell_id,
            amount,
            reason: reason()
        }),
        (cell_id(), adjustment).prop_map(move |(cell_id, amount)| Command::AdjustCell {
            cell_id,
            amount,
            reason: reason()
        }),
    ]
}

fn cell_administration() -> impl Strategy<Value = Command> {
    let amount = (1..8_000_i32).prop_map(|points| Amount::new(points).unwrap());
    let transfer = (cell_id(), cell_id(), amount).prop_map(|(from_cell_id, to_cell_id, amount)| {
        Command::TransferPoints { from_cell_id, to_cell_id, amount, reason: "moved".into() }
    });
    let archive = (cell_id(), prop::bool::weighted(0.3))
        .prop_map(|(cell_id, is_archived)| Command::ArchiveCell { cell_id, is_archived });
    let pin = prop_oneof![
        Just(SecretChange::Keep),
        Just(SecretChange::Remove),
        select(vec!["1111", "2222"]).prop_map(|pin| SecretChange::Set(pin_hash(pin))),
    ];
    let put = (cell_id(), 0..4_i32, select(vec!["mina", "juno"]), pin).prop_map(
        |(cell_id, member_id, name, pin)| Command::PutCellMember {
            cell_id,
            member_id,
            name: name.into(),
            pin,
        },
    );
    let delete = (cell_id(), 1..4_i32)
        .prop_map(|(cell_id, member_id)| Command::DeleteCellMember { cell_id, member_id });
    prop_oneof![3 => transfer, 2 => archive, 4 => put, 1 => delete]
}

fn claim() -> impl Strategy<Value = MemberClaim> {
    let fits = select(vec!["1111", "2222"]).prop_map(|pin| PinClaim::Fits(pin_hash(pin)));
    let pin = prop_oneof![1 => Just(PinClaim::Absent), 1 => Just(PinClaim::Wrong), 4 => fits];
    (prop_oneof![4 => 1..3_i32, 1 => 3..5_i32], pin)
        .prop_map(|(member_id, pin)| MemberClaim { member_id, pin })
}

fn setting() -> impl Strategy<Value = Command> {
    select(vec![
        ("is_kiosk_active", "false"),
        ("is_kiosk_active", "true"),
        ("is_kiosk_active", "wrong"),
        ("business_day_hour", "0"),
        ("business_day_hour", "4"),
        ("business_day_hour", "23"),
        ("opening_hours", ""),
        ("opening_hours", "09:00-21:00"),
        ("opening_hours", "mon-fri 08:00-20:00; sat 22:00-02:00"),
        ("holidays", HOLIDAYS),
        ("holidays", HOLIDAYS),
        ("last_order_minutes", "240"),
        ("seat_free_on", "completed"),
        ("seat_free_on", "staff"),
        ("seat_hold_seconds", "30"),
        ("stations", "bar,kitchen,dessert"),
        ("stations", "grill,bar"),
        ("time_zone", "UTC"),
        ("time_zone", "Asia/Seoul"),
        ("time_zone", "Pacific/Honolulu"),
    ])
    .prop_map(|(key, value)| Command::SetSetting { key: key.into(), value: value.into() })
}
