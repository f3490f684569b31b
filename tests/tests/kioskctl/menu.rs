//! Categories, pictures, and the menu as a text.

use std::{fs, path::Path};

use kiosk_tests::{Start, get};
use serde_json::{Value, json};

use crate::operator::Operator;

/// Two by two red pixels.
const RED_PNG: [u8; 73] = [
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x08, 0x02, 0x00, 0x00, 0x00, 0xfd, 0xd4, 0x9a,
    0x73, 0x00, 0x00, 0x00, 0x10, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xf8, 0xcf, 0xc0, 0x00,
    0x44, 0x0c, 0x10, 0x0a, 0x00, 0x1f, 0xee, 0x03, 0xfd, 0x63, 0x5e, 0xbb, 0x5b, 0x00, 0x00, 0x00,
    0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// The item at that place of the menu, from 0.
fn item(operator: &Operator, at: usize) -> Value {
    operator.json("menu list")["items"][at].clone()
}

#[tokio::test]
async fn a_category_that_is_renamed_is_shown_by_its_items_and_one_in_use_stays() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    assert_eq!(operator.lines("menu category list")[1], "1 커피 Coffee 10");
    assert_eq!(operator.reads("menu category put Bakery --order 70"), "7 Bakery\n");
    assert_eq!(
        operator.reads("menu category put 원두커피 --id 1 --name-en Coffee"),
        "1 원두커피\n"
    );
    let menu = operator.json("menu list");
    assert_eq!([&menu["items"][0]["category"], &menu["items"][9]["category"]], ["원두커피"; 2]);
    let refused = operator.is_refused("menu category put Bakery", 1);
    assert!(refused.contains("category: name is that of category 7"), "{refused}");
    let refused = operator.is_refused("menu category delete 4", 1);
    assert!(refused.contains("reason CATEGORY_IN_USE categoryId=4"), "{refused}");
    assert_eq!(operator.reads("menu category delete 7"), "deleted 7\n");
    operator.is_refused("menu category delete 7", 1);
    let listed = operator.json("menu category list");
    assert_eq!(listed["categories"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn an_item_gets_a_picture_that_is_served_until_it_is_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    let file = dir.path().join("red.png");
    fs::write(&file, RED_PNG).unwrap();
    let said = operator.reads(&format!("menu image 17 {}", file.display()));
    let path = said.split_whitespace().last().unwrap();
    assert!(path.starts_with("/images/") && path.ends_with("-960.jpg"), "{said}");
    assert_eq!(get(kioskd.web, path).await.0, 200);
    let image = item(&operator, 16)["image"].as_str().unwrap().to_owned();
    assert!(path.contains(&image) && !image.is_empty(), "{said}");
    assert_eq!(operator.reads("menu image 17 --remove"), "17 has no picture\n");
    assert_eq!(item(&operator, 16)["image"], "");

    fs::write(&file, "no picture").unwrap();
    let refused = operator.is_refused(&format!("menu image 17 {}", file.display()), 1);
    assert!(refused.contains("INVALID_ARGUMENT"), "{refused}");
    let missing = operator.is_refused("menu image 17 /nowhere.png", 2);
    assert!(missing.contains("/nowhere.png: No such file"), "{missing}");
    assert!(operator.is_refused("menu image 99 --remove", 1).contains("no menu item 99"));
}

#[tokio::test]
async fn the_menu_is_exported_edited_and_imported_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let kioskd = Start::demo(dir.path()).spawn();
    let operator = Operator::at(&kioskd);
    let file = dir.path().join("menu.csv");
    let import = |flags: &str| format!("menu import --csv{flags} {}", file.display());
    let csv = operator.reads("menu export --csv");
    let price = |price: &str| csv.replace(",대추차,Jujube Tea,차·라떼,4500,", price);
    fs::write(&file, &csv).unwrap();
    assert_eq!(operator.reads(&import("")), "changed 0 items, 0 categories\n");

    // Nothing of a text with a wrong line, which is told as an editor finds it.
    let line = 1 + csv.lines().position(|line| line.starts_with("17,")).unwrap();
    fs::write(&file, price(",대추차,Jujube Tea,차·라떼,-5,").replace("Americano", "Black"))
        .unwrap();
    for flags in ["", " --dry-run"] {
        let told = operator.is_refused(&import(flags), 1);
        assert!(told.starts_with("kioskctl: nothing was imported\n"), "{told}");
        let place = format!("{}:{line}: price: price is -5, not 0 to ", file.display());
        assert!(told.contains(&place), "{told}");
    }
    assert_eq!(item(&operator, 0)["nameEn"], "Americano");

    fs::write(&file, price(",대추차,Jujube Tea,차·라떼,4600,")).unwrap();
    assert_eq!(operator.reads(&import(" --dry-run")), "would change 1 items, 0 categories\n");
    assert_eq!(item(&operator, 16)["price"], 4_500);
    assert_eq!(operator.reads(&import("")), "changed 1 items, 0 categories\n");
    assert_eq!(item(&operator, 16)["price"], 4_600);

    operator.is_refused("menu export", 2);
    assert!(
        operator.is_refused("menu import --csv /nowhere.csv", 2).contains("/nowhere.csv: No such")
    );
}

#[tokio::test]
async fn the_menu_goes_to_another_box_as_json() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (demo, bare) = (Start::demo(dir.path()).spawn(), Start::bare(other.path()).spawn());
    let (from, to) = (Operator::at(&demo), Operator::first_at(&bare, other.path()));
    let menu = from.json("menu export");
    let file = other.path().join("menu.json");
    fs::write(&file, menu.to_string()).unwrap();
    let json = |operator: &Operator, file: &Path| {
        operator.json(&format!("menu import {}", file.display()))
    };
    let answer = json(&to, &file);
    assert_eq!([&answer["items"], &answer["categories"]], [40, 6]);
    assert_eq!(to.json("menu list")["items"], from.json("menu list")["items"]);

    let mut wrong: Value = menu;
    wrong["items"][3]["price"] = json!("dear");
    let wrong = serde_json::to_string_pretty(&wrong).unwrap();
    fs::write(&file, &wrong).unwrap();
    let told = to.is_refused(&format!("--json menu import {}", file.display()), 1);
    let line = 1 + wrong.lines().position(|line| line.contains("dear")).unwrap();
    assert!(told.contains(&format!("{}:{line}: items[3].price: ", file.display())), "{told}");
}
