use kiosk_domain::{Actor, limits::MONEY_MAX};
use kiosk_proto::{
    Timestamp,
    v1::{AvailableSpan, MenuOption, OptionGroup, role::Value as Role},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;

fn stamp() -> Stamp {
    let actor = Actor { role: Role::Admin, id: 0, name: "test".into() };
    Stamp { now: Timestamp::from_ms(0), random: 0, actor }
}

fn put(state: &mut State, command: &Command) {
    let events = decide(state, command, &stamp()).unwrap();
    events.iter().for_each(|event| drop(state.apply(event)));
}

/// What a spreadsheet computes, what a CSV quotes, and Korean.
fn text(min: usize) -> impl Strategy<Value = String> {
    let letter =
        select(vec!['=', '+', '-', '@', '\'', '"', ',', ';', '\n', ' ', 'a', '가', '{', '0']);
    vec(letter, min..8)
        .prop_map(|letters| letters.into_iter().collect::<String>())
        .prop_filter("not blank", move |text| min == 0 || !text.trim().is_empty())
}

fn groups() -> impl Strategy<Value = Vec<OptionGroup>> {
    let option = (text(1), text(0), -500..500_i32, any::<bool>(), any::<bool>());
    let group = (text(1), text(0), vec(option, 1..4));
    vec(group, 0..3).prop_map(|groups| {
        let mut ids = -1..;
        let groups = groups.into_iter().map(|(name, name_en, options)| {
            let options = options.into_iter().map(|(name, name_en, delta, default, sold_out)| {
                let option_id = ids.next().unwrap();
                let (is_default, is_sold_out) = (default, sold_out);
                MenuOption { option_id, name, price_delta: delta, name_en, is_default, is_sold_out }
            });
            OptionGroup { name, name_en, min: 0, max: 3, options: options.collect() }
        });
        groups.collect()
    })
}

fn item() -> impl Strategy<Value = MenuItem> {
    let texts = (text(1), text(0), text(0), text(0), text(0));
    let minutes = select(vec![(0, 0), (3, 0), (0, 9), (7, 12)]);
    let numbers = (500..MONEY_MAX, option::of(0..3_i32), any::<i32>(), any::<bool>(), minutes);
    let days = select(vec![vec![], vec![1, 7]]);
    let spans = vec((days, select(vec![("09:00", "24:00"), ("22:00", "02:30")])), 0..3);
    let codes = (select(vec![vec![], vec![19, 1]]), spans, select(vec!["", "bar", "dessert"]));
    (texts, numbers, codes, groups()).prop_map(|(texts, numbers, codes, option_groups)| {
        let (name, name_en, category, description, description_en) = texts;
        let (price, remaining, display_order, is_sold_out, minutes) = numbers;
        let (warn_minutes, late_minutes) = minutes;
        let (allergens, spans, station) = codes;
        let span = |(days, (from, to)): (Vec<i32>, (&str, &str))| AvailableSpan {
            days,
            from: from.into(),
            to: to.into(),
        };
        let available = spans.into_iter().map(span).collect();
        let (station, image) = (station.into(), String::new());
        #[rustfmt::skip]
        let item = MenuItem {
            name, name_en, category, description, description_en, price, remaining, display_order,
            is_sold_out, allergens, available, station, option_groups, image, warn_minutes, late_minutes,
            ..Default::default()
        };
        item
    })
}

/// A menu, two of whose categories are known as such.
fn menu(items: Vec<MenuItem>) -> State {
    let mut state = State::default();
    for name in ["=coffee", "차"] {
        let category = MenuCategory { name: name.into(), ..Default::default() };
        put(&mut state, &Command::PutMenuCategory(category));
    }
    for (index, item) in items.into_iter().enumerate() {
        let category_id = i32::try_from(index % 3).unwrap();
        put(&mut state, &Command::PutMenuItem(MenuItem { category_id, ..item }));
    }
    state
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_is_exported_and_imported_changes_nothing(items in vec(item(), 0..6)) {
        let state = menu(items);
        for format in [MenuFormat::Csv, MenuFormat::Json] {
            let text = write(&state, format);
            let mut read = read(&text, format);
            read.check(&state, &stamp());
            prop_assert!(read.problems.0.is_empty(), "{:?}\n{}", read.problems, text);
            prop_assert_eq!(read.items.len(), state.menu().len());
            prop_assert_eq!(read.try_on(&state, &stamp()), Ok(Vec::new()), "{}", text);
        }
    }

    #[test]
    fn an_empty_box_gets_the_menu_as_it_was(items in vec(item(), 0..6)) {
        let state = menu(items);
        let mut copy = State::default();
        put(&mut copy, &read(&write(&state, MenuFormat::Json), MenuFormat::Json).command());
        prop_assert_eq!(copy.menu(), state.menu());
        prop_assert_eq!(copy.categories(), state.categories());
    }

    #[test]
    fn no_text_makes_it_panic(text in "(menu_id|name|price|group|option|[,;\"\n{}:0-9a-z\\[\\]]){0,60}") {
        for format in [MenuFormat::Csv, MenuFormat::Json] {
            let mut read = read(&text, format);
            read.check(&State::default(), &stamp());
        }
    }
}

/// `line column: problem`, by line.
fn problems(text: &str, format: MenuFormat) -> Vec<String> {
    let mut state = menu(Vec::new());
    put(&mut state, &Command::PutMenuItem(MenuItem { name: "라떼".into(), ..Default::default() }));
    let mut read = read(text, format);
    read.check(&state, &stamp());
    let line = |it: ImportProblem| format!("{} {}: {}", it.line, it.column, it.problem);
    read.problems.sorted().into_iter().map(line).collect()
}

#[test]
fn every_wrong_line_of_a_csv_is_told_with_its_column() {
    let text = "menu_id,name,price,station,group,group_max,option_id,option,price_delta,allergens\n\
                ,Tea,12x,grill,,,,,,MILK MOON\n\
                ,\"two\nlines\",100,,Size,0,1,small,-101,\n\
                ,,,,,,1,large,0,\n\
                ,,5,,,,,,,\n\
                1,,,,,,,,,,,\n\
                1,Latte,-1,,,,,,,\n";
    let expected = [
        "2 price: \"12x\" is not a whole number",
        "2 allergens: there is no allergen \"MOON\"",
        "2 station: station is \"grill\", not one of bar, kitchen, dessert",
        "3 group_max: max of Size is 0, not 1 to 99",
        "3 price_delta: price_delta of small is -101, not -100 to 100000000",
        "5 option_id: option_id 1 stands for two options",
        "6 price: only the first row of an item, which has its name or menu_id, has this",
        "7 : it has 12 cells, and there are 10 columns",
        "7 price: an item needs a price",
        "7 name: name has 0 characters, not 1 to 100",
        "8 menu_id: menu_id 1 is that of line 7, too",
        "8 price: price is -1, not 0 to 100000000",
    ];
    assert_eq!(problems(text, MenuFormat::Csv), expected);
    let of_windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(problems(&of_windows, MenuFormat::Csv), expected);
    let with_gaps = problems("name,price\r\n\r\n\r\n,\r\nTea,x\r\n", MenuFormat::Csv);
    assert_eq!(with_gaps, ["5 price: \"x\" is not a whole number"]);
}

#[test]
fn the_columns_of_a_csv_are_checked_too() {
    let told = problems("nmae,price,price\nx,1,2\n", MenuFormat::Csv);
    let expected = [
        "1 nmae: there is no such column",
        "1 price: the column is there twice",
        "1 : there is no column menu_id, nor name",
        "2 price: only the first row of an item, which has its name or menu_id, has this",
    ];
    assert_eq!(told, expected);
    assert_eq!(problems("", MenuFormat::Csv), ["1 : there is no line of column names"]);
    let orphan = problems("name,group,option\n,Size,small\n", MenuFormat::Csv);
    assert_eq!(orphan, ["2 : it goes on with an item, and there is none above"]);
}

#[test]
fn every_wrong_place_of_a_json_is_told_with_its_line() {
    let text = r#"{"categories": [{"name": "차"}],
  "items": [
    {"name": "Tea", "price": -1},
    {"name": "Juice",
     "prise": 1},
    {"name": "Pie", "price": 100, "optionGroups": [
       {"name": "Size", "max": 1, "options": [
          {"optionId": 1, "name": "small",
           "priceDelta": -101}]}]},
    {"price": 5},
    {"name": "Nut",
     "optionGroups": [{"max": "two"}]},
    7
]}"#;
    let told = problems(text, MenuFormat::Json);
    let starts = [
        "1 categories[0]: the category can't be like this: name is that of category 2",
        "3 items[0].price: price is -1, not 0 to 100000000",
        "5 items[1].prise: unknown field `prise`",
        "9 items[2].optionGroups[0].options[0].priceDelta: price_delta of small is -101",
        "10 items[3].name: name has 0 characters, not 1 to 100",
        "12 items[4].optionGroups[0].max: invalid digit found in string",
        "13 items[5]: invalid type: integer `7`",
    ];
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (told, start) in told.iter().zip(starts) {
        assert!(told.starts_with(start), "{told} is not {start}");
    }
    let broken = problems("{\"items\": [\n{},\n", MenuFormat::Json);
    assert!(broken[0].starts_with("3 : EOF"), "{broken:?}");
}

#[test]
fn what_excel_makes_of_it_is_read() {
    let text =
        "\u{feff}name;price;is_sold_out;available\r\n\"a\r\nb\";5;TRUE;MONDAY 09:00-10:00\r\n";
    let menu = read(text, MenuFormat::Csv);
    assert!(menu.problems.0.is_empty(), "{:?}", menu.problems);
    let item = &menu.items[0].1.item;
    assert_eq!((&*item.name, item.price, item.is_sold_out), ("a\nb", 5, true));
    assert_eq!(item.available[0].days, [1]);
    let tabs = read("name\tprice\nx\t3\n", MenuFormat::Csv);
    assert_eq!(tabs.items[0].1.item.price, 3);
}

#[test]
fn no_cell_is_a_formula_to_a_spreadsheet() {
    let mut state = State::default();
    let item = MenuItem {
        name: "=HYPERLINK(\"http://x\")".into(),
        description: "@SUM(A1)".into(),
        ..Default::default()
    };
    put(&mut state, &Command::PutMenuItem(item));
    let text = write(&state, MenuFormat::Csv);
    assert!(text.contains("\"'=HYPERLINK(") && text.contains(",'@SUM("), "{text}");
    assert!(text.starts_with("\u{feff}menu_id,name,") && text.ends_with("\r\n"));
}

#[test]
fn what_a_file_says_nothing_of_stays_as_it_is_when_it_is_committed() {
    let mut state = State::default();
    let item = MenuItem {
        name: "Bagel".into(),
        price: 3_000,
        remaining: Some(5),
        option_groups: vec![OptionGroup {
            name: "Spread".into(),
            max: 1,
            options: vec![MenuOption { option_id: 1, name: "jam".into(), ..Default::default() }],
            ..Default::default()
        }],
        ..Default::default()
    };
    put(&mut state, &Command::PutMenuItem(item));
    let csv = read("menu_id,price\n1,3500\n", MenuFormat::Csv).command();
    let json = read(r#"{"items":[{"menuId":1,"nameEn":"Bagel"}]}"#, MenuFormat::Json).command();
    // Sold meanwhile.
    let count = kiosk_proto::v1::StockCount { menu_id: 1, remaining: Some(4) };
    put(&mut state, &Command::SetStock(vec![count]));
    put(&mut state, &csv);
    put(&mut state, &json);
    let item = state.menu_item(1).unwrap();
    assert_eq!((item.price, item.remaining, item.option_groups.len()), (3_500, Some(4), 1));
    assert_eq!((&*item.name, &*item.name_en), ("Bagel", "Bagel"));
}
