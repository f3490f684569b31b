//! Numbers at the ends of their types, in commands and in events: refused or bounded, no panic.

use kiosk_domain::{
    Adjustment, Amount, BellCommand, Command, DeviceCommand, LineChoice, PartWish, Quantity,
    SeatCommand, SecretHash, State, decide, limits,
};
use kiosk_proto::{
    Timestamp,
    v1::{
        AuditEntry, Bell, Cell, CellBalanceChanged, CellInfo, CellMember, CellMemberChanged,
        DayReport, DayTickets, Device, LineState, MenuItem, Order, OrderCancelled, OrderItem,
        OrderItemsAdded, OrderLinesChanged, OrderRecalled, OrderStatusChanged, Person, Seat,
        SeatSelected, SettingChanged, SoldOutChanged, StaffMessage, StockChanged, StockCount,
        event::Payload, role::Value as Role,
    },
};
use proptest::{option, prelude::*, sample::select};

use crate::{
    cafe::{Cafe, MORNING_MS, group, item, stamp, wish},
    tables::{self, plan},
};

fn number() -> impl Strategy<Value = i32> + Clone {
    prop_oneof![
        3 => select(vec![i32::MIN, i32::MIN + 1, -1, 0, 1, 2, 3, i32::MAX - 1, i32::MAX]),
        1 => any::<i32>(),
    ]
}

pub(crate) fn time() -> impl Strategy<Value = Timestamp> {
    let seconds = prop_oneof![
        select(vec![i64::MIN, -377_705_116_801, -62_135_596_801, 0, 253_402_300_800, i64::MAX]),
        any::<i64>(),
        0..4_000_000_000_i64,
    ];
    (seconds, number()).prop_map(|(seconds, nanos)| Timestamp { seconds, nanos })
}

fn extreme_item() -> impl Strategy<Value = MenuItem> {
    let numbers = (number(), number(), option::of(number()), number());
    (numbers, number(), number(), number(), number()).prop_map(
        |((id, price, remaining, display_order), min, max, option_id, delta)| MenuItem {
            display_order,
            option_groups: vec![group("size", min, max, &[(option_id, "a", delta)])],
            ..item(id, "tea", price, remaining)
        },
    )
}

/// Commands whose raw parts can be anything that the types permit.
fn extreme_command() -> impl Strategy<Value = Command> {
    let counts = prop::collection::vec((number(), option::of(number())), 0..4);
    prop_oneof![
        extreme_item().prop_map(Command::PutMenuItem),
        number().prop_map(|menu_id| Command::DeleteMenuItem { menu_id }),
        number().prop_map(|menu_id| Command::SetSoldOut { menu_id, is_sold_out: true }),
        counts.prop_map(|counts| {
            let counts = counts.into_iter();
            Command::SetStock(
                counts.map(|(menu_id, remaining)| StockCount { menu_id, remaining }).collect(),
            )
        }),
        (number(), number()).prop_map(|(cell_id, credit_limit)| Command::PutCell {
            cell_id,
            name: "choir".into(),
            credit_limit,
        }),
        (number(), number(), option::of(number())).prop_map(|(menu_id, option_id, expected)| {
            let mut wish = wish(&["1[1*99,2*99]", "2*99", "cell", "1"]);
            wish.items[0].options[0].option_id = option_id;
            wish.items[1].menu_id = menu_id;
            wish.expected_total = expected;
            Command::PlaceOrder(wish)
        }),
        (1..4_i32).prop_map(|cell_id| {
            let amount = Amount::new(limits::MONEY_MAX).unwrap();
            Command::ChargeCell { cell_id, amount, reason: String::new() }
        }),
        (1..4_i32).prop_map(|cell_id| {
            let amount = Adjustment::new(-limits::MONEY_MAX).unwrap();
            Command::AdjustCell { cell_id, amount, reason: String::new() }
        }),
        Just(Command::PlaceOrder(wish(&["1[1]", "cell", "1"]))),
        Just(Command::CancelOrder { order_id: "ORD-1-a".into(), reason: String::new() }),
        Just(Command::RecallOrder { order_id: "ORD-1-a".into() }),
        extreme_line_command(),
        extreme_at_tables(),
        extreme_device(),
    ]
}

fn extreme_line_command() -> impl Strategy<Value = Command> {
    let order_id = || "ORD-1-a".to_owned();
    let ids = || prop::collection::vec(number(), 0..4);
    let part = (number(), option::of(select(vec![1, 99])));
    let parts = move || {
        let part = part.clone().prop_map(|(line_id, count)| PartWish {
            line_id,
            quantity: count.and_then(Quantity::new),
        });
        prop::collection::vec(part, 0..3)
    };
    prop_oneof![
        ids().prop_map(move |ids| Command::BumpLines {
            order_id: order_id(),
            lines: LineChoice::Lines(ids)
        }),
        Just(Command::BumpLines { order_id: order_id(), lines: LineChoice::All }),
        ids().prop_map(move |ids| Command::RecallLines {
            order_id: order_id(),
            lines: LineChoice::Lines(ids)
        }),
        parts().prop_map(move |parts| Command::CancelLines {
            order_id: order_id(),
            parts,
            reason: String::new()
        }),
        parts().prop_map(move |parts| Command::RemakeLines {
            order_id: order_id(),
            parts,
            reason: String::new()
        }),
        number().prop_map(move |expected| Command::AddToOrder {
            order_id: order_id(),
            items: wish(&["1[1*99]", "2*99"]).items,
            expected_total: Some(expected)
        }),
    ]
}

fn extreme_device() -> impl Strategy<Value = Command> {
    let name = || "x".to_owned();
    let audit = (number(), number()).prop_map(|(times, kind)| {
        DeviceCommand::Record(AuditEntry { times, kind, ..AuditEntry::default() })
    });
    let command = prop_oneof![
        number().prop_map(move |device_id| DeviceCommand::Rename { device_id, name: name() }),
        number().prop_map(move |device_id| DeviceCommand::Revoke { device_id, reason: name() }),
        Just(DeviceCommand::Pair {
            role: Role::Pos,
            name: String::new(),
            token_hash: SecretHash::new(String::new()).unwrap(),
            address: String::new(),
            paired_by: Person::default(),
        }),
        audit,
    ];
    command.prop_map(Command::Device)
}

fn extreme_at_tables() -> impl Strategy<Value = Command> {
    let numbers = (number(), number(), number(), number(), number());
    let put = numbers.prop_map(|(x, y, width, height, seats)| {
        Command::Seat(SeatCommand::Put(Seat { x, y, width, height, seats, ..plan("a", "a") }))
    });
    let lines = ["plan a a", "hold a k1", "free a", "move a b", "unplan a", "sit a k1 1"];
    let more = ["ring seat a", "ring order 1", "say all hello", "tick", "tick"];
    let line = select([&lines[..], &more[..]].concat()).prop_map(|line| {
        tables::command(&line.split(' ').collect::<Vec<_>>(), |_| "ORD-1-a".into())
    });
    let answer = number().prop_map(|bell_id| {
        Command::Bell(BellCommand::Answer { bell_id, answered_by: String::new() })
    });
    prop_oneof![1 => put, 6 => line, 1 => answer]
}

/// Seats, bells and messages that no `decide` made.
fn garbage_at_tables() -> impl Strategy<Value = Payload> {
    let time = || option::of(time());
    prop_oneof![
        Just(Payload::SeatChanged(plan("a", "a"))),
        (time(), time()).prop_map(|(timestamp, expires_at)| {
            let (seat_id, holder) = ("a".into(), "k1".into());
            Payload::SeatSelected(SeatSelected {
                seat_id,
                holder,
                timestamp,
                expires_at,
                ..SeatSelected::default()
            })
        }),
        (number(), number(), time()).prop_map(|(bell_id, rings, rung_at)| {
            let seat_id = "a".into();
            Payload::BellRung(Bell { bell_id, seat_id, rings, rung_at, ..Bell::default() })
        }),
        number().prop_map(|message_num| {
            Payload::MessageCreated(StaffMessage { message_num, ..StaffMessage::default() })
        }),
    ]
}

/// Events that no `decide` made.
pub(crate) fn garbage() -> impl Strategy<Value = Payload> {
    let order_id = || select(vec!["ORD-1-a", "ORD-9223372036854775807-b", "ORD--", ""]);
    let number = || prop_oneof![2 => 0..4_i32, 1 => number()];
    prop_oneof![
        garbage_order().prop_map(Payload::OrderCreated),
        garbage_at_tables(),
        (order_id(), number()).prop_map(|(id, status)| Payload::OrderStatusChanged(
            OrderStatusChanged { order_id: id.into(), status, ..Default::default() }
        )),
        (order_id(), number()).prop_map(|(id, status)| Payload::OrderRecalled(OrderRecalled {
            order_id: id.into(),
            status,
            ..Default::default()
        })),
        order_id().prop_map(|id| Payload::OrderCancelled(OrderCancelled {
            order_id: id.into(),
            ..Default::default()
        })),
        (order_id(), number(), number()).prop_map(|(id, line_id, status)| {
            let lines = vec![LineState { line_id, status, done_at: None }];
            let order_id = id.into();
            Payload::OrderLinesChanged(OrderLinesChanged { order_id, lines, ..Default::default() })
        }),
        (order_id(), garbage_lines(), number()).prop_map(|(id, items, total_amount)| {
            Payload::OrderItemsAdded(OrderItemsAdded {
                order_id: id.into(),
                items,
                total_amount,
                ..Default::default()
            })
        }),
        (number(), option::of(number())).prop_map(|(menu_id, remaining)| {
            Payload::MenuStockChanged(StockChanged { menu_id, remaining, ..Default::default() })
        }),
        number().prop_map(|menu_id| Payload::MenuSoldOutChanged(SoldOutChanged {
            menu_id,
            ..Default::default()
        })),
        (number(), any::<u64>(), any::<i64>()).prop_map(|(number, through_seq, total)| {
            Payload::DayClosed(Box::new(DayReport {
                number,
                through_seq,
                gross: total,
                grand_total_after: total,
                tickets: vec![DayTickets { last: number, ..DayTickets::default() }],
                ..DayReport::default()
            }))
        }),
        extreme_item().prop_map(Payload::MenuItemChanged),
        (number(), number()).prop_map(|(device_id, role)| {
            let token_hash = Some(String::new());
            Payload::DeviceChanged(Device { device_id, role, token_hash, ..Device::default() })
        }),
        number().prop_map(|entry_num| {
            Payload::AuditRecorded(AuditEntry { entry_num, ..AuditEntry::default() })
        }),
        (number(), number(), number()).prop_map(|(cell_id, balance, credit_limit)| {
            Payload::CellChanged(Cell { cell_id, balance, credit_limit, ..Cell::default() })
        }),
        (number(), number(), number()).prop_map(|(cell_id, balance_after, entry_num)| {
            Payload::CellBalanceChanged(CellBalanceChanged {
                cell_id,
                balance_after,
                entry_num,
                ..Default::default()
            })
        }),
        (number(), number()).prop_map(|(cell_id, member_id)| {
            let member = Some(CellMember { member_id, ..CellMember::default() });
            Payload::CellMemberChanged(CellMemberChanged { cell_id, member, ..Default::default() })
        }),
        select(vec![("business_day_hour", "999"), ("business_day_hour", "-128"), ("x", "y")])
            .prop_map(|(key, value)| Payload::SettingsChanged(SettingChanged {
                key: key.into(),
                value: value.into(),
                ..Default::default()
            })),
    ]
}

fn garbage_lines() -> impl Strategy<Value = Vec<OrderItem>> {
    let numbers = (number(), number(), number(), number(), number());
    let times = || prop::array::uniform4(option::of(time()));
    let line = (numbers, times()).prop_map(
        |((line_id, quantity, unit_price, status, addition), times)| {
            let [added_at, done_at, cancelled_at, remade_at] = times;
            OrderItem {
                line_id,
                quantity,
                unit_price,
                total_price: unit_price,
                status,
                addition,
                remakes: addition,
                added_at,
                done_at,
                cancelled_at,
                remade_at,
                ..OrderItem::default()
            }
        },
    );
    prop::collection::vec(line, 0..4)
}

fn garbage_order() -> impl Strategy<Value = Order> {
    let date = select(vec!["", "0000-01-01", "9999-12-31", "2026-11-21", "2026-W47-6", "\u{7a7a}"]);
    let id = select(vec!["ORD-1-a", "ORD-9223372036854775807-b", "ORD--", ""]);
    let numbers = (number(), number(), number(), number(), number());
    let times = (option::of(time()), option::of(time()));
    let parts = (id, date, numbers, garbage_lines(), times);
    parts.prop_map(|(id, date, (daily_num, status, total, quantity, cell), lines, times)| Order {
        created_at: times.0,
        updated_at: times.1,
        order_id: id.into(),
        business_date: date.into(),
        daily_num,
        status,
        total_amount: total,
        cell_info: (cell != 0).then(|| CellInfo { id: cell, name: String::new() }),
        items: [vec![OrderItem { menu_id: 1, quantity, ..OrderItem::default() }; 2], lines]
            .concat(),
        external_id: "A1".into(),
        ..Order::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn extreme_numbers_are_refused_or_kept_within_limits(
        commands in prop::collection::vec((extreme_command(), time(), any::<u64>()), 1..12),
    ) {
        let mut state = Cafe::open().state;
        for (command, now, random) in &commands {
            let mut stamp = stamp(0, *random, Role::Staff);
            stamp.now = *now;
            if let Ok(events) = decide(&state, command, &stamp) {
                events.iter().for_each(|event| drop(state.apply(event)));
            }
        }
        for item in state.menu() {
            prop_assert!(item.menu_id > 0 && (0..=limits::MONEY_MAX).contains(&item.price));
            prop_assert!((0..=limits::STOCK_MAX).contains(&item.remaining.unwrap_or(0)));
        }
        for cell in state.cells() {
            prop_assert!(cell.cell_id > 0 && (0..=limits::MONEY_MAX).contains(&cell.credit_limit));
        }
        for order in state.orders() {
            prop_assert!(order.total_amount >= 0 && order.daily_num > 0, "{order:?}");
        }
    }

    #[test]
    fn events_that_make_no_sense_never_panic(
        garbage in prop::collection::vec(garbage(), 1..30),
        commands in prop::collection::vec((extreme_command(), time()), 1..12),
    ) {
        let mut state = State::default();
        garbage.iter().for_each(|event| drop(state.apply(event)));
        for (command, now) in &commands {
            let mut stamp = stamp(MORNING_MS, u64::MAX, Role::Staff);
            stamp.now = *now;
            if let Ok(events) = decide(&state, command, &stamp) {
                events.iter().for_each(|event| drop(state.apply(event)));
            }
        }
    }
}
