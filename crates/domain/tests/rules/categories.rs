//! Categories, stations, options that are sold out, and the hours of an item.

use kiosk_domain::{Command, State};
use kiosk_proto::v1::{AvailableSpan, MenuItem, allergen::Value as Allergen, event::Payload};

use crate::cafe::{Cafe, check, item, latte, outcome};

fn put(cafe: &mut Cafe, item: MenuItem) -> String {
    outcome(&cafe.decide(&Command::PutMenuItem(item)))
}

fn category_of(state: &State, menu_id: i32) -> (i32, &str) {
    let item = state.menu_item(menu_id).unwrap();
    (item.category_id, &item.category)
}

#[test]
fn a_new_name_of_a_category_is_shown_by_all_its_items() {
    let mut cafe = Cafe::open();
    let tea = |id, category: &str| MenuItem {
        category_id: id,
        category: category.into(),
        ..item(4, "tea", 1, None)
    };
    assert_eq!(cafe.run("category 0 Drinks"), "Drinks is category 1");
    assert_eq!(put(&mut cafe, tea(1, "something else")), "tea is menu item 4");
    assert_eq!(category_of(&cafe.state, 4), (1, "Drinks"));
    assert_eq!(cafe.run("category 1 Hot"), "Hot is category 1");
    assert_eq!(category_of(&cafe.state, 4), (1, "Hot"));
    // A client that is older than the id sends the text alone.
    assert_eq!(put(&mut cafe, tea(0, "Hot")), "nothing");
    assert_eq!(put(&mut cafe, tea(0, "Cold")), "tea is menu item 4");
    assert_eq!(category_of(&cafe.state, 4), (0, "Cold"));
    let wrong = put(&mut cafe, tea(9, ""));
    assert!(wrong.ends_with("category_id is 9, and there is no such category"), "{wrong}");
}

#[test]
fn a_new_category_takes_in_the_items_of_an_older_log_that_name_it() {
    let mut cafe = Cafe::open();
    let old = MenuItem { category: "coffee".into(), ..latte() };
    cafe.state.apply(&Payload::MenuItemChanged(old));
    assert_eq!(category_of(&cafe.state, 1), (0, "coffee"));
    cafe.run("category 0 coffee");
    assert_eq!(category_of(&cafe.state, 1), (1, "coffee"));
    cafe.run("category 1 Kaffee");
    assert_eq!(category_of(&cafe.state, 1), (1, "Kaffee"));
}

#[test]
fn a_category_in_use_stays_and_the_refusal_names_what_is_in_it() {
    let mut cafe = Cafe::open();
    cafe.run("category 0 cake");
    for id in 11..=17 {
        put(&mut cafe, MenuItem { category_id: 1, ..item(id, &format!("cake {id}"), 1, None) });
    }
    assert_eq!(
        cafe.run("uncategory 1"),
        "no: cake is the category of cake 11, cake 12, cake 13, cake 14, cake 15 and 2 more"
    );
    for id in 12..=17 {
        cafe.run(&format!("delete {id}"));
    }
    assert_eq!(cafe.run("uncategory 1"), "no: cake is the category of cake 11");
    cafe.run("delete 11");
    assert_eq!(cafe.run("uncategory 1"), "cake is no category");
    assert_eq!(cafe.run("uncategory 1"), "no: there is no category 1");
    assert_eq!(cafe.run("category 0 cake"), "cake is category 2");
}

#[test]
fn no_two_categories_have_the_same_name_and_each_has_one() {
    check(&[
        ("category 0 cake", "cake is category 1"),
        ("category 1 cake", "nothing"),
        ("category 0 cake", "no: the category can't be like this: name is that of category 1"),
        ("category 7 pie", "pie is category 7"),
        ("category 7 cake", "no: the category can't be like this: name is that of category 1"),
        ("category -1 x", "no: the category can't be like this: category_id is -1, not 0 or more"),
        ("category 0 bun", "bun is category 8"),
    ]);
}

#[test]
fn a_station_is_one_of_the_settings_and_empty_is_the_first() {
    let mut cafe = Cafe::open();
    for other in [1, 3] {
        cafe.run(&format!("delete {other}"));
    }
    let at = |station: &str| MenuItem { station: station.into(), ..item(2, "bagel", 1, None) };
    let unknown = "no: the menu item can't be like this: \
                   station is \"grill\", not one of bar, kitchen, dessert";
    assert_eq!(put(&mut cafe, at("grill")), unknown);
    put(&mut cafe, at("kitchen"));
    let in_use = "no: kitchen is the station of bagel";
    assert_eq!(cafe.run("set stations grill,bar"), in_use);
    assert_eq!(cafe.run("set stations grill,kitchen"), "stations is grill,kitchen");
    put(&mut cafe, at("grill"));
    let settings = cafe.state.settings();
    assert_eq!(settings.station_of(&at("")), "grill");
    assert_eq!(settings.station_of(&at("kitchen")), "kitchen");
    // An older log's own station stays until somebody changes it.
    cafe.state.apply(&Payload::MenuItemChanged(at("oven")));
    assert_eq!(put(&mut cafe, MenuItem { price: 7, ..at("oven") }), "bagel is menu item 2");
}

#[test]
fn an_option_can_be_sold_out_alone() {
    check(&[
        ("option_sold_out 1 11", "shot of latte is sold out: true"),
        ("option_sold_out 1 11", "nothing"),
        ("place 1[1,11]", "no: shot of latte is sold out"),
        ("place 1[1]", "order 1 for 4500"),
        ("option_sold_out 1 99", "no: latte has no option 99"),
        ("option_sold_out 9 1", "no: there is no menu item 9"),
    ]);
}

#[test]
fn outside_its_hours_only_staff_and_the_till_order_an_item() {
    let mut cafe = Cafe::open();
    // It is Saturday, 10:00.
    let span = AvailableSpan { days: vec![6], from: "11:00".into(), to: "14:00".into() };
    put(&mut cafe, MenuItem { available: vec![span], ..item(4, "soup", 100, None) });
    let no = "no: soup is not to be had now, but Sat 11:00-14:00";
    for (line, expected) in [
        ("place 4 from KIOSK", no),
        ("place 4 from WEB", no),
        ("place 4 from STAFF", "order 1 for 100"),
        ("place 4 from POS", "order 2 for 100"),
        ("as KIOSK", ""),
        ("place 4 from POS", no),
        ("wait 60", ""),
        ("place 4 from KIOSK", "order 3 for 100"),
        ("set time_zone UTC", "time_zone is UTC"),
        ("place 4 from KIOSK", no),
    ] {
        assert_eq!(cafe.run(line), expected, "{line}");
    }
}

#[test]
fn the_new_fields_of_an_item_are_checked() {
    let with = |change: &dyn Fn(&mut MenuItem)| {
        let mut item = latte();
        change(&mut item);
        item
    };
    let span =
        |from: &str, to: &str| AvailableSpan { days: vec![], from: from.into(), to: to.into() };
    let milk = Allergen::Milk as i32;
    let cases: &[(&str, MenuItem)] = &[
        (
            "size has 2 defaults, and max is 1",
            with(&|i| {
                i.option_groups[0].options[0].is_default = true;
                i.option_groups[0].options[1].is_default = true;
            }),
        ),
        (
            "name_en of size has 101 characters, not 0 to 100",
            with(&|i| {
                i.option_groups[0].name_en = "x".repeat(101);
            }),
        ),
        (
            "name_en of tall has 101 characters, not 0 to 100",
            with(&|i| {
                i.option_groups[0].options[0].name_en = "x".repeat(101);
            }),
        ),
        ("allergens has MILK twice", with(&|i| i.allergens = vec![milk, milk])),
        ("allergens has 99, which stands for none", with(&|i| i.allergens = vec![99])),
        ("allergens has 0, which stands for none", with(&|i| i.allergens = vec![0])),
        (
            "description has 501 characters, not 0 to 500",
            with(&|i| i.description = "x".repeat(501)),
        ),
        (
            "available[0].from: it is HH:MM, 00:00 to 23:59",
            with(&|i| {
                i.available = vec![span("24:00", "01:00")];
            }),
        ),
        (
            "available[0].days: they are different days from MONDAY to SUNDAY",
            with(&|i| {
                i.available = vec![AvailableSpan { days: vec![1, 1], ..span("01:00", "02:00") }];
            }),
        ),
        (
            "the count of available is 11, not 0 to 10",
            with(&|i| {
                i.available = vec![span("01:00", "02:00"); 11];
            }),
        ),
        ("image is not a hash: 64 of 0 to 9 and a to f", with(&|i| i.image = "../x".into())),
    ];
    for (problem, item) in cases {
        let said = put(&mut Cafe::open(), item.clone());
        assert_eq!(said, format!("no: the menu item can't be like this: {problem}"));
    }
    let fine = with(&|i| {
        i.option_groups[0].options[0].is_default = true;
        i.allergens = vec![milk, Allergen::Egg as i32];
        i.available = vec![span("22:00", "02:00")];
        i.image = "0a".repeat(32);
    });
    assert_eq!(put(&mut Cafe::open(), fine), "latte is menu item 1");
}
