//! Lines of an order: done, waiting again, cancelled, made again, added.

use kiosk_domain::{Command, LineChoice, PartWish, Quantity, Rejection, State, limits};
use kiosk_proto::v1::{
    OrderItem, event::Payload, line_status::Value as LineStatus, order_status::Value as Status,
};
use prost::Message as _;

use crate::cafe::{Cafe, check, item, wish};

#[test]
fn an_order_is_ready_when_its_stations_are() {
    check(&[
        ("place 1[1] 2*2 2", "order 1 for 13500; 2 bagel"),
        ("lines 1", "1 latte WAITING, 2 bagel*2 WAITING, 3 bagel WAITING"),
        ("bump 1 @bar", "PENDING to MAKING; 1 done"),
        ("bump 1 @bar", "nothing"),
        ("bump 1 @dessert", "no: order 1 has nothing for \"dessert\""),
        ("bump 1 2", "2 done"),
        ("bump 1 @kitchen", "3 done; MAKING to READY"),
        ("bump 1 all", "nothing"),
        ("status 1 COMPLETED", "READY to COMPLETED"),
        ("bump 1 all", "no: order 1 is COMPLETED and can't be changed"),
    ]);
}

#[test]
fn a_whole_order_is_bumped_at_once_with_each_step_on_the_way() {
    check(&[
        ("place 1[1] 2", "order 1 for 7500; 4 bagel"),
        ("bump 1 all", "PENDING to MAKING; 1,2 done; MAKING to READY"),
        ("place 1[1] 2", "order 2 for 7500; 3 bagel"),
        ("status 2 MAKING", "PENDING to MAKING"),
        ("bump 2 1,2", "1,2 done; MAKING to READY"),
        ("bump 2 3", "no: order 2 has no line 3"),
        ("recall 2 1,1", "no: line 1 is named twice"),
        ("cancel 2", "READY cancelled"),
        ("bump 2 all", "no: order 2 is CANCELLED and can't be changed"),
        ("recall 2 all", "no: order 2 is CANCELLED and can't be changed"),
    ]);
}

#[test]
fn lines_that_were_done_wait_again_until_the_day_is_over() {
    check(&[
        ("place 1[1] 2", "order 1 for 7500; 4 bagel"),
        ("recall 1 all", "nothing"),
        ("bump 1 all", "PENDING to MAKING; 1,2 done; MAKING to READY"),
        ("recall 1 @kitchen", "2 wait again; READY back to MAKING"),
        ("lines 1", "1 latte DONE, 2 bagel WAITING"),
        ("recall 1 1", "1 wait again"),
        ("bump 1 all", "1,2 done; MAKING to READY"),
        ("status 1 COMPLETED", "READY to COMPLETED"),
        ("recall 1 1", "1 wait again; COMPLETED back to READY; READY back to MAKING"),
        ("lines 1", "1 latte WAITING, 2 bagel DONE"),
        ("bump 1 1", "1 done; MAKING to READY"),
        ("status 1 COMPLETED", "READY to COMPLETED"),
        ("wait 1440", ""),
        ("recall 1 2", "2 wait again; COMPLETED back to READY; READY back to MAKING"),
        ("bump 1 2", "2 done; MAKING to READY"),
        ("status 1 COMPLETED", "READY to COMPLETED"),
        ("place 3", "order 1 for 0"),
    ]);
    let mut cafe = Cafe::open();
    for line in ["place 3", "bump 1 all", "status 1 COMPLETED", "wait 1440", "place 3"] {
        cafe.run(line);
    }
    assert!(cafe.run("recall 1 all").starts_with("no: there is no order ORD-"));
}

#[test]
fn a_step_of_the_order_takes_its_lines_along() {
    check(&[
        ("place 1[1] 2 2", "order 1 for 10500; 3 bagel"),
        ("bump 1 2", "PENDING to MAKING; 2 done"),
        ("wait 1", ""),
        ("status 1 READY", "MAKING to READY"),
        ("lines 1", "1 latte DONE, 2 bagel DONE, 3 bagel DONE"),
        // The bump that came too early, not the one before.
        ("recall 1", "READY back to MAKING"),
        ("lines 1", "1 latte WAITING, 2 bagel DONE, 3 bagel WAITING"),
        ("recall 1", "MAKING back to PENDING"),
        ("lines 1", "1 latte WAITING, 2 bagel WAITING, 3 bagel WAITING"),
        ("cancel 1", "PENDING cancelled; 5 bagel"),
    ]);
}

#[test]
fn a_part_of_an_order_is_cancelled_and_given_back() {
    check(&[
        ("place 2*3 3 cell 1", "order 1 for 9000; 2 bagel; choir PAYMENT -9000 = 1000"),
        (
            "cancel_lines 1 1*1",
            "1,3 cancelled, 3000 back, now 6000; 3 bagel; choir REFUND +3000 = 4000",
        ),
        ("lines 1", "1 bagel*2 WAITING, 2 water WAITING, 3 bagel CANCELLED"),
        ("cancel_lines 1 3", "no: line 3 of order 1 is cancelled"),
        ("cancel_lines 1 1*3", "no: line 1 of order 1 is of 2, not 3"),
        ("cancel_lines 1 1 1*1", "no: line 1 is named twice"),
        ("cancel_lines 1 1*1 4", "no: order 1 has no line 4"),
        ("cancel_lines 1 2", "2 cancelled, 0 back, now 6000"),
        ("status 1 MAKING", "PENDING to MAKING"),
        // What is being made is used up.
        ("cancel_lines 1 1*1", "1,4 cancelled, 3000 back, now 3000; choir REFUND +3000 = 7000"),
        ("cancel 1", "MAKING cancelled; choir REFUND +3000 = 10000"),
        ("cancel_lines 1 1", "no: order 1 is CANCELLED and can't be changed"),
    ]);
}

#[test]
fn what_was_cancelled_before_is_not_given_back_again() {
    check(&[
        ("place 2*3 cell 1", "order 1 for 9000; 2 bagel; choir PAYMENT -9000 = 1000"),
        (
            "cancel_lines 1 1*2",
            "1,2 cancelled, 6000 back, now 3000; 4 bagel; choir REFUND +6000 = 7000",
        ),
        ("cancel 1", "PENDING cancelled; 5 bagel; choir REFUND +3000 = 10000"),
    ]);
}

#[test]
fn without_its_open_lines_an_order_is_ready_and_without_any_it_is_cancelled() {
    check(&[
        ("place 1[1] 2", "order 1 for 7500; 4 bagel"),
        ("bump 1 1", "PENDING to MAKING; 1 done"),
        ("cancel_lines 1 2", "2 cancelled, 3000 back, now 4500; MAKING to READY"),
        ("cancel_lines 1 1", "1 cancelled, 4500 back, now 0; READY cancelled"),
        ("place 1[1] 2", "order 2 for 7500; 3 bagel"),
        ("cancel_lines 2 1 2", "1,2 cancelled, 7500 back, now 0; 4 bagel; PENDING cancelled"),
    ]);
}

#[test]
fn only_staff_cancel_what_is_done() {
    check(&[
        ("place 1*2[1] 2", "order 1 for 12000; 4 bagel"),
        ("bump 1 1", "PENDING to MAKING; 1 done"),
        ("as CUSTOMER", ""),
        ("cancel_lines 1 1", "no: line 1 of order 1 is done: only staff can cancel it"),
        ("cancel_lines 1 2", "2 cancelled, 3000 back, now 9000; MAKING to READY"),
        ("as STAFF", ""),
        ("cancel_lines 1 1*1", "1,3 cancelled, 4500 back, now 4500"),
        ("status 1 COMPLETED", "READY to COMPLETED"),
        ("cancel_lines 1 1", "no: order 1 is COMPLETED and can't be changed"),
    ]);
}

#[test]
fn what_is_made_again_waits_again_and_costs_only_the_stock() {
    check(&[
        ("place 2*3 1[1] cell 1", "no: choir has 12000 points, not 13500"),
        ("place 2*3 3 cell 1", "order 1 for 9000; 2 bagel; choir PAYMENT -9000 = 1000"),
        ("remake 1 1", "no: order 1 is PENDING: nothing of it was made yet"),
        ("bump 1 all", "PENDING to MAKING; 1,2 done; MAKING to READY"),
        ("remake 1 1*1 2", "1,2,3 remade; 1 bagel; READY back to MAKING"),
        ("lines 1", "1 bagel*2 DONE, 2 water WAITING again, 3 bagel WAITING again"),
        ("remake 1 1", "no: of bagel there are 1 left, not 2"),
        ("remake 1 3", "3 remade; 0 bagel; bagel is sold out"),
        ("bump 1 all", "2,3 done; MAKING to READY"),
        ("status 1 COMPLETED", "READY to COMPLETED"),
        ("delete 2", "bagel is off the menu"),
        ("remake 1 1", "1 remade; COMPLETED back to READY; READY back to MAKING"),
        ("cancel 1", "MAKING cancelled; choir REFUND +9000 = 10000"),
        ("remake 1 1", "no: order 1 is CANCELLED and can't be changed"),
    ]);
}

#[test]
fn an_addition_is_paid_marked_and_takes_a_ready_order_back() {
    check(&[
        ("place 2 cell 1", "order 1 for 3000; 4 bagel; choir PAYMENT -3000 = 7000"),
        ("add 1 2*2 3", "2,3 added for 6000, now 9000; 2 bagel; choir PAYMENT -6000 = 1000"),
        ("add 1 1[1]", "no: choir has 3000 points, not 4500"),
        ("add 1 2*3", "no: of bagel there are 2 left, not 3"),
        ("add 1 2 total 12001", "no: the total is now 12000, not 12001"),
        ("bump 1 all", "PENDING to MAKING; 1,2,3 done; MAKING to READY"),
        (
            "add 1 2 total 12000",
            "4 added for 3000, now 12000; 1 bagel; choir PAYMENT -3000 = -2000; READY back to MAKING",
        ),
        ("lines 1", "1 bagel DONE, 2 bagel*2 DONE +1, 3 water DONE +1, 4 bagel WAITING +2"),
        (
            "cancel_lines 1 4",
            "4 cancelled, 3000 back, now 9000; choir REFUND +3000 = 1000; MAKING to READY",
        ),
        ("add 1 3", "5 added for 0, now 9000; READY back to MAKING"),
        ("bump 1 all", "5 done; MAKING to READY"),
        ("status 1 COMPLETED", "READY to COMPLETED"),
        ("add 1 3", "no: order 1 is COMPLETED and can't be changed"),
    ]);
}

#[test]
fn a_kiosk_adds_nothing_while_it_is_inactive() {
    check(&[
        ("place 3", "order 1 for 0"),
        ("set is_kiosk_active false", "is_kiosk_active is false"),
        ("add 1 3", "2 added for 0, now 0"),
        ("as KIOSK", ""),
        ("add 1 3", "no: the kiosk takes no orders now"),
    ]);
}

#[test]
fn an_open_order_goes_first_and_back_among_the_others() {
    check(&[
        ("place 3", "order 1 for 0"),
        ("priority 1 off", "nothing"),
        ("priority 1 on", "goes first"),
        ("priority 1 on", "nothing"),
        ("priority 1 off", "goes with the others"),
        ("cancel 1", "PENDING cancelled"),
        ("priority 1 on", "no: order 1 is CANCELLED and can't be changed"),
    ]);
}

#[test]
fn a_later_change_of_the_menu_does_not_move_lines() {
    let mut cafe = Cafe::open();
    cafe.run("place 2");
    let mut bagel = item(2, "bagel", 3_000, None);
    bagel.station = "dessert".into();
    cafe.decide(&Command::PutMenuItem(bagel)).unwrap();
    cafe.run("add 1 2");
    assert_eq!(cafe.run("bump 1 @dessert"), "PENDING to MAKING; 2 done");
    assert_eq!(cafe.run("bump 1 @kitchen"), "1 done; MAKING to READY");
}

/// As a journal from before lines had numbers has it.
fn placed_long_ago(cafe: &mut Cafe, status: Status) {
    let mut order = (**cafe.state.order(&cafe.order_ids[0]).unwrap()).clone();
    order.status = status.into();
    for line in &mut order.items {
        *line = OrderItem {
            line_id: 0,
            station: String::new(),
            category: String::new(),
            status: 0,
            done_at: None,
            ..line.clone()
        };
    }
    let mut state = State::default();
    state.apply(&Payload::OrderCreated(order));
    cafe.state = state;
}

#[test]
fn an_order_from_before_lines_had_numbers_goes_on() {
    let mut cafe = Cafe::open();
    cafe.run("place 3 3");
    placed_long_ago(&mut cafe, Status::Making);
    assert_eq!(cafe.run("lines 1"), "0 water UNSPECIFIED, 0 water UNSPECIFIED");
    assert_eq!(cafe.run("bump 1 2"), "2 done");
    assert_eq!(cafe.run("lines 1"), "1 water WAITING, 2 water DONE");
    placed_long_ago(&mut cafe, Status::Ready);
    assert_eq!(cafe.run("recall 1 2"), "2 wait again; READY back to MAKING");
    assert_eq!(cafe.run("lines 1"), "1 water DONE, 2 water WAITING");
    placed_long_ago(&mut cafe, Status::Ready);
    assert_eq!(cafe.run("recall 1"), "READY back to MAKING");
    assert_eq!(cafe.run("lines 1"), "1 water WAITING, 2 water WAITING");
}

#[test]
fn an_order_has_a_bounded_count_of_lines() {
    let mut cafe = Cafe::open();
    let lines = vec!["3*3"; limits::ORDER_ITEMS_MAX].join(" ");
    cafe.run(&format!("place {lines}"));
    cafe.run(&format!("add 1 {lines}"));
    let full = "no: there can't be more than 100 lines in one order";
    assert_eq!(cafe.run("add 1 3"), full);
    assert_eq!(cafe.run("cancel_lines 1 1*1"), full);
    assert_eq!(cafe.run("cancel_lines 1 100"), "100 cancelled, 0 back, now 0");
}

/// Whatever is done to the largest order that is accepted, the store can keep it.
#[test]
fn an_order_as_large_as_can_be_is_still_made() {
    let mut cafe = Cafe::open();
    let mut order = wish(&["3"]);
    order.items[0].note = "가".repeat(25);
    order.items[0].quantity = Quantity::new(2).unwrap();
    order.items = vec![order.items[0].clone(); limits::ORDER_ITEMS_MAX];
    cafe.decide(&Command::PlaceOrder(order.clone())).unwrap();
    let order_id = cafe.order_ids[0].clone();
    let add = || Command::AddToOrder {
        order_id: order_id.clone(),
        items: order.items[..1].to_vec(),
        expected_total: None,
    };
    let refused = (0..100).find_map(|_| cafe.decide(&add()).err()).unwrap();
    assert_eq!(
        refused,
        Rejection::TooMany { what: "bytes in one order", max: limits::ROW_BYTES_MAX }
    );
    let bytes = |cafe: &Cafe| cafe.state.order(&order_id).unwrap().encoded_len();
    assert!(bytes(&cafe) > limits::ROW_BYTES_MAX * 3 / 4, "{}", bytes(&cafe));
    for line in ["bump 1 1", "status 1 READY", "recall 1 all", "bump 1 all", "priority 1 on"] {
        assert!(!cafe.run(line).starts_with("no"), "{line}");
        assert!(bytes(&cafe) <= limits::ROW_BYTES_MAX, "{}", bytes(&cafe));
    }
    // What would no longer fit is refused.
    let reason = "가".repeat(limits::NOTE_CHARS_MAX);
    let part = PartWish { line_id: 1, quantity: Quantity::new(1) };
    let mut parts = 0;
    let full = loop {
        let command = Command::RemakeLines {
            order_id: order_id.clone(),
            parts: vec![part],
            reason: reason.clone(),
        };
        match cafe.decide(&command) {
            Ok(_) => parts += 1,
            Err(rejection) => break rejection,
        }
        cafe.decide(&Command::BumpLines { order_id: order_id.clone(), lines: LineChoice::All })
            .unwrap();
        assert!(bytes(&cafe) <= limits::ROW_BYTES_MAX && parts < 100);
    };
    assert!(matches!(full, Rejection::TooMany { .. }), "{full}");
}

#[test]
fn an_event_says_all_that_changed() {
    let mut cafe = Cafe::open();
    cafe.run("place 2*3");
    let part = PartWish { line_id: 1, quantity: Quantity::new(1) };
    let order_id = cafe.order_ids[0].clone();
    let reason = "changed".to_owned();
    let events =
        cafe.decide(&Command::CancelLines { order_id, parts: vec![part], reason }).unwrap();
    let [Payload::OrderLinesCancelled(e), _] = &events[..] else { panic!("{events:?}") };
    let lines: Vec<_> = e
        .items
        .iter()
        .map(|i| (i.line_id, i.quantity, i.split_from, i.total_price, i.status(), &*i.reason))
        .collect();
    let expected = [
        (1, 2, 0, 6_000, LineStatus::Waiting, ""),
        (2, 1, 1, 3_000, LineStatus::Cancelled, "changed"),
    ];
    assert_eq!(lines, expected);
}
