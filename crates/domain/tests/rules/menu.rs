use kiosk_domain::{Command, limits};
use kiosk_proto::v1::MenuItem;

use crate::cafe::{Cafe, check, group, item, latte, outcome};

#[test]
fn counted_stock_is_sold_to_the_last_and_no_further() {
    check(&[
        ("place 2*6", "no: of bagel there are 5 left, not 6"),
        ("place 2*3 2*3", "no: of bagel there are 5 left, not 6"),
        ("place 2*3 2*2", "order 1 for 15000; 0 bagel; bagel is sold out"),
        ("place 2", "no: of bagel there are 0 left, not 1"),
        ("stock 2=1", "1 bagel; bagel is back"),
        ("place 2", "order 2 for 3000; 0 bagel; bagel is sold out"),
        ("stock 2=-", "bagel uncounted; bagel is back"),
        ("place 2*99", "order 3 for 297000"),
    ]);
}

#[test]
fn sold_out_is_refused_whatever_is_left() {
    check(&[
        ("sold_out 2", "bagel is sold out"),
        ("sold_out 2", "nothing"),
        ("place 3 2", "no: bagel is sold out"),
        ("back 2", "bagel is back"),
        ("place 3 2", "order 1 for 3000; 4 bagel"),
        ("sold_out 9", "no: there is no menu item 9"),
    ]);
}

#[test]
fn stock_is_counted_for_all_named_items_or_none() {
    check(&[
        ("stock 2=5", "nothing"),
        ("stock 2=7 3=1 1=-", "7 bagel, 1 water"),
        ("stock 2=8 9=1", "no: there is no menu item 9"),
        ("stock 2=8 2=7", "no: the stock can't be like this: menu_id 2 is counted twice"),
        ("stock 2=-1", "no: the stock can't be like this: remaining of 2 is -1, not 0 to 1000000"),
        ("stock 2=1000001", &too_many(1_000_001)),
        ("stock 2=2147483647", &too_many(i32::MAX)),
        ("stock 2=7", "nothing"),
        ("stock 2=1000000", "1000000 bagel"),
        ("stock 2=0", "0 bagel; bagel is sold out"),
    ]);
}

fn too_many(remaining: i32) -> String {
    format!("no: the stock can't be like this: remaining of 2 is {remaining}, not 0 to 1000000")
}

#[test]
fn a_menu_id_is_not_given_twice() {
    let mut cafe = Cafe::open();
    let mut put = |line: &str, menu_id: i32, expected: &str| {
        if !line.is_empty() {
            cafe.run(line);
        }
        let command = Command::PutMenuItem(item(menu_id, "tea", 1, None));
        assert_eq!(outcome(&cafe.decide(&command)), expected);
    };
    put("", 0, "tea is menu item 4");
    put("delete 4", 0, "tea is menu item 5");
    put("", 50, "tea is menu item 50");
    put("", 50, "nothing");
    put("", 0, "tea is menu item 51");
    put("", i32::MAX, "tea is menu item 2147483647");
    put("", 0, "no: there can't be more than 2147483647 menu ids");
}

#[test]
fn an_item_that_can_not_be_sold_right_is_refused() {
    let ids = |id: i32| [(1, "a", 0), (id, "b", 0)];
    let with = |change: &dyn Fn(&mut MenuItem)| {
        let mut item = latte();
        change(&mut item);
        item
    };
    let cases: &[(&str, MenuItem)] = &[
        ("menu_id is -1, not 0 to 2147483647", with(&|i| i.menu_id = -1)),
        ("name has 0 characters, not 1 to 100", with(&|i| i.name.clear())),
        ("name has 101 characters, not 1 to 100", with(&|i| i.name = "가".repeat(101))),
        ("station has 65 characters, not 0 to 64", with(&|i| i.station = "x".repeat(65))),
        ("price is -1, not 0 to 100000000", with(&|i| i.price = -1)),
        ("price is 100000001, not 0 to 100000000", with(&|i| i.price = limits::MONEY_MAX + 1)),
        ("remaining is -1, not 0 to 1000000", with(&|i| i.remaining = Some(-1))),
        ("remaining is 1000001, not 0 to 1000000", with(&|i| i.remaining = Some(1_000_001))),
        ("price_delta of own cup is -4500, not -4499 to 100000000", with(&|i| i.price = 4_499)),
        ("max of size is 0, not 1 to 99", with(&|i| i.option_groups[0].max = 0)),
        ("max of size is 100, not 1 to 99", with(&|i| i.option_groups[0].max = 100)),
        ("min of size is 2, not 0 to 1", with(&|i| i.option_groups[0].min = 2)),
        ("min of size is -1, not 0 to 1", with(&|i| i.option_groups[0].min = -1)),
        (
            "the count of options of size is 0, not 1 to 20",
            with(&|i| i.option_groups[0].options.clear()),
        ),
        (
            "option_id 1 stands for two options",
            with(&|i| i.option_groups[1] = group("again", 0, 1, &ids(1)[1..])),
        ),
        (
            "the count of option_groups is 21, not 0 to 20",
            with(&|i| {
                let groups = (1..=21).map(|id| group("size", 0, 1, &[(id, "a", 0)]));
                i.option_groups = groups.collect();
            }),
        ),
    ];
    for (problem, item) in cases {
        let result = Cafe::open().decide(&Command::PutMenuItem(item.clone()));
        assert_eq!(outcome(&result), format!("no: the menu item can't be like this: {problem}"));
    }
}

#[test]
fn an_item_too_large_for_the_store_is_refused() {
    let mut large = latte();
    let name = "가".repeat(100);
    large.option_groups =
        (0..20).map(|g| group(&name, 0, 1, &[(2 * g, &name, 0), (2 * g + 1, &name, 0)])).collect();
    let said = outcome(&Cafe::open().decide(&Command::PutMenuItem(large)));
    assert!(said.ends_with("bytes, more than 12288"), "{said}");
}
