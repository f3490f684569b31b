//! A file of the menu: all of it or nothing, within what one record holds.

use kiosk_domain::{Command, ImportItem};
use kiosk_proto::v1::{MenuCategory, MenuItem};

use crate::cafe::{Cafe, item, outcome};

fn import(cafe: &mut Cafe, categories: &[&str], items: Vec<MenuItem>) -> String {
    let category = |name: &&str| MenuCategory { name: (*name).into(), ..Default::default() };
    let items = items.into_iter().map(|item| ImportItem { item, absent: Vec::new() });
    let categories = categories.iter().map(category).collect();
    outcome(&cafe.decide(&Command::ImportMenu { categories, items: items.collect() }))
}

#[test]
fn items_of_a_file_see_the_categories_and_ids_of_those_before_them() {
    let mut cafe = Cafe::open();
    let pie = MenuItem { category: "cake".into(), ..item(0, "pie", 1, None) };
    let tart = MenuItem { category_id: 1, ..item(0, "tart", 2, Some(0)) };
    let said = import(&mut cafe, &["cake"], vec![pie.clone(), tart]);
    assert_eq!(said, "cake is category 1; pie is menu item 4; tart is menu item 5");
    assert_eq!(cafe.state.menu_item(4).unwrap().category_id, 1);
    assert!(cafe.state.menu_item(5).unwrap().sold_out_by_stock);
    let again = MenuItem { menu_id: 4, ..pie };
    assert_eq!(import(&mut cafe, &[], vec![again]), "nothing");
}

#[test]
fn one_wrong_item_keeps_the_whole_file_out() {
    let mut cafe = Cafe::open();
    let before = cafe.state.clone();
    let said = import(&mut cafe, &["cake"], vec![item(0, "pie", 1, None), item(0, "", 1, None)]);
    assert!(said.contains("name has 0 characters"), "{said}");
    assert_eq!(cafe.state, before);
}

#[test]
fn a_file_larger_than_a_record_is_refused() {
    let large = |id| MenuItem { description: "가".repeat(500), ..item(id, "pie", 1, None) };
    let mut cafe = Cafe::open();
    let said = import(&mut cafe, &[], (10..400).map(large).collect());
    assert_eq!(said, "no: there can't be more than 262144 bytes in one import");
    assert!(import(&mut cafe, &[], (10..100).map(large).collect()).starts_with("pie is"));
}

#[test]
fn a_field_that_a_file_does_not_have_stays_as_it_is() {
    let mut cafe = Cafe::open();
    cafe.run("category 0 bread");
    let bagel = MenuItem { category_id: 1, station: "bar".into(), ..item(2, "bagel", 1, Some(5)) };
    cafe.decide(&Command::PutMenuItem(bagel)).unwrap();
    cafe.run("place 2*5");
    let absent = vec!["name", "category", "is_sold_out", "remaining", "category_id"];
    let station = String::new();
    let item = MenuItem { station, ..item(2, "", 7, None) };
    let items = vec![ImportItem { item, absent }];
    cafe.decide(&Command::ImportMenu { categories: Vec::new(), items }).unwrap();
    let bagel = cafe.state.menu_item(2).unwrap();
    assert_eq!((&*bagel.name, bagel.price, bagel.remaining), ("bagel", 7, Some(0)));
    assert!(bagel.is_sold_out && bagel.sold_out_by_stock);
    assert_eq!((bagel.category_id, &*bagel.category), (1, "bread"));
    assert_eq!(bagel.station, "", "it is in the file, and empty");
}
