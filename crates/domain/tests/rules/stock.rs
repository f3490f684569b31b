//! Restock, and being sold out because nothing is left.

use kiosk_domain::Command;
use kiosk_proto::v1::{MenuItem, event::Payload};

use crate::cafe::{Cafe, check, item, outcome};

#[test]
fn the_last_one_sells_an_item_out_and_a_restock_puts_it_on_sale_again() {
    check(&[
        ("restock 2=3", "8 bagel"),
        ("place 2*8", "order 1 for 24000; 0 bagel; bagel is sold out"),
        ("place 2", "no: of bagel there are 0 left, not 1"),
        ("back 2", "no: of bagel there are 0 left: restock it, or stop counting it"),
        ("restock 2=2", "2 bagel; bagel is back"),
        ("place 2*2", "order 2 for 6000; 0 bagel; bagel is sold out"),
        ("cancel 2", "PENDING cancelled; 2 bagel; bagel is back"),
        ("stock 2=0", "0 bagel; bagel is sold out"),
        ("stock 2=-", "bagel uncounted; bagel is back"),
    ]);
}

#[test]
fn what_somebody_marked_as_sold_out_no_restock_puts_on_sale() {
    check(&[
        ("sold_out 2", "bagel is sold out"),
        ("stock 2=0", "0 bagel"),
        ("restock 2=4", "4 bagel"),
        ("place 2", "no: bagel is sold out"),
        ("back 2", "bagel is back"),
        // Marked while it is sold out by the stock: from then on it is marked.
        ("place 2*4", "order 1 for 12000; 0 bagel; bagel is sold out"),
        ("sold_out 2", "bagel is sold out"),
        ("sold_out 2", "nothing"),
        ("restock 2=4", "4 bagel"),
        ("place 2", "no: bagel is sold out"),
    ]);
}

#[test]
fn only_what_is_counted_is_restocked_and_all_or_nothing() {
    check(&[
        ("restock 1=3", "no: latte is not counted: count it first"),
        ("restock 2=3 1=3", "no: latte is not counted: count it first"),
        ("restock 2=3 9=1", "no: there is no menu item 9"),
        ("restock 2=3 2=1", "no: the stock can't be like this: menu_id 2 is restocked twice"),
        ("restock 2=0", "no: the stock can't be like this: count of 2 is 0, not 1 to 1000000"),
        (
            "restock 2=999996",
            "no: the stock can't be like this: remaining of 2 would be 1000001, more than 1000000",
        ),
        ("stock 3=1", "1 water"),
        ("restock 2=3 3=2", "8 bagel, 3 water"),
    ]);
}

#[test]
fn an_order_of_several_counted_items_changes_their_stock_in_one_event() {
    let mut cafe = Cafe::open();
    cafe.run("stock 3=2");
    let line = "place 3*2 2*5 1[1]";
    let events = {
        let words: Vec<&str> = line.split(' ').collect();
        let command = cafe.command(&words);
        cafe.decide(&command).unwrap()
    };
    let batches = events.iter().filter(|e| matches!(e, Payload::MenuStockBatchChanged(_)));
    let singles = events.iter().filter(|e| matches!(e, Payload::MenuStockChanged(_)));
    assert_eq!((batches.count(), singles.count()), (1, 0));
    let said = outcome(&Ok(events));
    assert_eq!(said, "order 1 for 19500; 0 bagel, 0 water; bagel is sold out; water is sold out");
}

#[test]
fn an_item_that_is_put_with_nothing_left_is_sold_out_and_what_was_read_can_be_put_back() {
    let mut cafe = Cafe::open();
    cafe.decide(&Command::PutMenuItem(item(2, "bagel", 3_000, Some(0)))).unwrap();
    let mut read = MenuItem::clone(cafe.state.menu_item(2).unwrap());
    assert!(read.is_sold_out && read.sold_out_by_stock);
    // A client that is older than the field leaves it out.
    read.sold_out_by_stock = false;
    read.price = 3_500;
    cafe.decide(&Command::PutMenuItem(read)).unwrap();
    assert_eq!(cafe.run("restock 2=1"), "1 bagel; bagel is back");
    let marked = MenuItem { is_sold_out: true, ..item(4, "scone", 1, Some(0)) };
    cafe.decide(&Command::PutMenuItem(marked)).unwrap();
    assert_eq!(cafe.run("restock 4=1"), "1 scone");
}

#[test]
fn an_item_that_an_older_log_has_with_nothing_left_goes_on_as_it_was() {
    let mut cafe = Cafe::open();
    cafe.state.apply(&Payload::MenuItemChanged(item(2, "bagel", 3_000, Some(0))));
    assert!(!cafe.state.menu_item(2).unwrap().is_sold_out);
    assert_eq!(cafe.run("place 2"), "no: of bagel there are 0 left, not 1");
    assert_eq!(cafe.run("back 2"), "nothing");
    assert_eq!(cafe.run("stock 2=2"), "2 bagel");
    assert_eq!(cafe.run("place 2*2"), "order 1 for 6000; 0 bagel; bagel is sold out");
}
