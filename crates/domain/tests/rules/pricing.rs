use kiosk_domain::Command;

use crate::cafe::{Cafe, check, item};

#[test]
fn an_order_costs_its_items_with_their_options() {
    check(&[
        ("place 1[1]", "order 1 for 4500"),
        ("place 1*3[2]", "order 2 for 15000"),
        ("place 1[3]", "order 3 for 4000"),
        ("place 1*2[2,11*2]", "order 4 for 12800"),
        ("place 1[1,11] 1[3,12]", "order 5 for 5200"),
        ("place 1[1] 2*2 3*99", "order 6 for 10500; 3 bagel"),
    ]);
}

#[test]
fn an_item_never_costs_less_than_nothing() {
    check(&[
        ("place 1[3,12]", "order 1 for 0"),
        ("place 1[1,12*3]", "order 2 for 0"),
        ("place 1[1,12*2] 2", "order 3 for 3000; 4 bagel"),
        ("place 1[1,12] cell 1", "order 4 for 0"),
    ]);
}

#[test]
fn each_group_gets_as_many_options_as_it_needs_and_takes() {
    check(&[
        ("place 1", "no: latte needs 1 to 1 of size, not 0"),
        ("place 1[1,2]", "no: latte needs 1 to 1 of size, not 2"),
        ("place 1[1*2]", "no: latte needs 1 to 1 of size, not 2"),
        ("place 1[1,1]", "no: latte needs 1 to 1 of size, not 2"),
        ("place 1[1,11*4]", "no: latte needs 0 to 3 of extras, not 4"),
        ("place 1[1,11*2,12,11]", "no: latte needs 0 to 3 of extras, not 4"),
        ("place 1[1,11,11,11]", "order 1 for 6600"),
        ("place 1[1,4]", "no: latte has no option 4"),
        ("place 2[1]", "no: bagel has no option 1"),
        ("place 1[1] 9", "no: there is no menu item 9"),
    ]);
}

#[test]
fn a_total_that_the_client_did_not_show_is_refused() {
    check(&[
        ("place 1[2] total 5000", "order 1 for 5000"),
        ("place 1[2] total 4500", "no: the total is now 5000, not 4500"),
        ("place 3 total 0", "order 2 for 0"),
        ("place 3 total -1", "no: the total is now 0, not -1"),
    ]);
}

#[test]
fn a_total_that_clients_can_not_count_is_refused() {
    const NO: &str = "no: the order comes to more than 1000000000";
    let mut cafe = Cafe::open();
    cafe.decide(&Command::PutMenuItem(item(4, "wedding", 100_000_000, None))).unwrap();
    for (line, expected) in [
        ("place 4*11", NO),
        ("place 4*99 4*99", NO),
        ("place 4*10 2", NO),
        ("place 4*10", "order 1 for 1000000000"),
    ] {
        assert_eq!(cafe.run(line), expected, "{line}");
    }
}

#[test]
fn a_line_keeps_what_it_was_sold_for_when_the_menu_changes() {
    let mut cafe = Cafe::open();
    cafe.run("place 2*2 cell 1");
    cafe.decide(&Command::PutMenuItem(item(2, "bagel", 9_000, Some(3)))).unwrap();
    assert_eq!(cafe.run("cancel 1"), "PENDING cancelled; 5 bagel; choir REFUND +6000 = 10000");
    let order = cafe.state.order(&cafe.order_ids[0]).unwrap();
    let line = &order.items[0];
    assert_eq!((line.unit_price, line.total_price, order.total_amount), (3_000, 6_000, 6_000));
}
