//! What a menu item must be like.

use std::{
    collections::BTreeSet,
    fmt::{self, Display},
};

use kiosk_proto::v1::{
    AvailableSpan, MenuItem, OptionGroup, allergen::Value as Allergen, available_span::Day,
};
use prost::Message as _;

use crate::{
    State, TimeSpan,
    limits::{
        AVAILABLE_MAX, DESCRIPTION_CHARS_MAX, LABEL_CHARS_MAX, MINUTES_MAX, MONEY_MAX,
        NAME_CHARS_MAX, OPTIONS_MAX, QUANTITY_MAX, ROW_BYTES_MAX, STOCK_MAX,
    },
};

/// Something that is wrong with a menu item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemProblem {
    /// Where.
    pub place: ItemPlace,
    /// What, for people; it names the field, too.
    pub problem: String,
}

/// A field of a menu item, by its name in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemPlace {
    /// Of the item itself.
    Item(&'static str),
    /// Of the group of that index.
    Group(usize, &'static str),
    /// Of the option of that index, of the group of that index.
    Option(usize, usize, &'static str),
}

/// As the field is named from an item on: `price`, `option_groups[0].options[2].name`; empty: the
/// item itself.
impl Display for ItemPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Item(field) => f.write_str(field),
            Self::Group(group, field) => write!(f, "option_groups[{group}].{field}"),
            Self::Option(group, option, field) => {
                write!(f, "option_groups[{group}].options[{option}].{field}")
            }
        }
    }
}

/// All that is wrong with an item that is to be put on this menu.
pub fn item_problems(state: &State, item: &MenuItem) -> Vec<ItemProblem> {
    let mut check = Check(Vec::new());
    check.texts_and_numbers(item);
    check.station(state, item);
    check.category(state, item);
    check.groups(item);
    check.allergens(&item.allergens);
    check.available(&item.available);
    check.image(&item.image);
    let bytes = item.encoded_len();
    if bytes > ROW_BYTES_MAX {
        let problem = format!("it has {bytes} bytes, more than {ROW_BYTES_MAX}");
        check.add(ItemPlace::Item(""), problem);
    }
    check.0
}

struct Check(Vec<ItemProblem>);

impl Check {
    fn add(&mut self, place: ItemPlace, problem: String) {
        self.0.push(ItemProblem { place, problem });
    }

    fn chars(&mut self, place: ItemPlace, name: &str, text: &str, min: usize, max: usize) {
        let count = text.chars().count();
        if !(min..=max).contains(&count) {
            self.add(place, format!("{name} has {count} characters, not {min} to {max}"));
        }
    }

    fn number(&mut self, place: ItemPlace, name: impl Display, value: i32, min: i32, max: i32) {
        if !(min..=max).contains(&value) {
            self.add(place, format!("{name} is {value}, not {min} to {max}"));
        }
    }

    fn texts_and_numbers(&mut self, item: &MenuItem) {
        let of = ItemPlace::Item;
        self.number(of("menu_id"), "menu_id", item.menu_id, 0, i32::MAX);
        for (field, text, min, max) in [
            ("name", &item.name, 1, NAME_CHARS_MAX),
            ("name_en", &item.name_en, 0, NAME_CHARS_MAX),
            ("category", &item.category, 0, LABEL_CHARS_MAX),
            ("station", &item.station, 0, LABEL_CHARS_MAX),
            ("description", &item.description, 0, DESCRIPTION_CHARS_MAX),
            ("description_en", &item.description_en, 0, DESCRIPTION_CHARS_MAX),
        ] {
            self.chars(of(field), field, text, min, max);
        }
        self.number(of("price"), "price", item.price, 0, MONEY_MAX);
        self.number(of("remaining"), "remaining", item.remaining.unwrap_or(0), 0, STOCK_MAX);
        let (warn, late) = (item.warn_minutes, item.late_minutes);
        self.number(of("warn_minutes"), "warn_minutes", warn, 0, MINUTES_MAX);
        self.number(of("late_minutes"), "late_minutes", late, 0, MINUTES_MAX);
        if late != 0 && warn >= late {
            let problem =
                format!("late_minutes is {late}, not after warn_minutes, which is {warn}");
            self.add(of("late_minutes"), problem);
        }
    }

    /// A station that an item has already may stay: menus are older than the list of stations.
    fn station(&mut self, state: &State, item: &MenuItem) {
        let station = &*item.station;
        let is_kept = state.menu.get(&item.menu_id).is_some_and(|old| old.station == station);
        let is_known = station.is_empty() || state.settings.stations().any(|it| it == station);
        if !is_kept && !is_known && station.chars().count() <= LABEL_CHARS_MAX {
            let known: Vec<_> = state.settings.stations().collect();
            let problem = format!("station is {station:?}, not one of {}", known.join(", "));
            self.add(ItemPlace::Item("station"), problem);
        }
    }

    fn category(&mut self, state: &State, item: &MenuItem) {
        let id = item.category_id;
        if id != 0 && !state.categories.contains_key(&id) {
            let problem = format!("category_id is {id}, and there is no such category");
            self.add(ItemPlace::Item("category_id"), problem);
        }
    }

    fn groups(&mut self, item: &MenuItem) {
        let place = ItemPlace::Item("option_groups");
        let max = OPTIONS_MAX as i32;
        self.number(place, "the count of option_groups", count(&item.option_groups), 0, max);
        let mut ids = BTreeSet::new();
        // No more than may be: a message has room for a hundred thousand empty ones.
        for (index, group) in item.option_groups.iter().enumerate().take(OPTIONS_MAX) {
            self.group(index, group);
            self.options(index, group, item.price, &mut ids);
        }
    }

    fn group(&mut self, index: usize, group: &OptionGroup) {
        let of = |field| ItemPlace::Group(index, field);
        let OptionGroup { name, name_en, min, max, options } = group;
        self.chars(of("name"), "the name of an option group", name, 1, NAME_CHARS_MAX);
        self.chars(of("name_en"), &format!("name_en of {name}"), name_en, 0, NAME_CHARS_MAX);
        self.number(of("max"), format_args!("max of {name}"), *max, 1, QUANTITY_MAX);
        let most = if *max < 1 { QUANTITY_MAX } else { *max };
        self.number(of("min"), format_args!("min of {name}"), *min, 0, most);
        let options_max = OPTIONS_MAX as i32;
        let title = format_args!("the count of options of {name}");
        self.number(of("options"), title, count(options), 1, options_max);
        let defaults = options.iter().filter(|option| option.is_default).count();
        if i64::try_from(defaults).is_ok_and(|defaults| defaults > i64::from(*max)) {
            let problem = format!("{name} has {defaults} defaults, and max is {max}");
            self.add(of("options"), problem);
        }
    }

    fn options(&mut self, at: usize, group: &OptionGroup, price: i32, ids: &mut BTreeSet<i32>) {
        for (index, option) in group.options.iter().enumerate().take(OPTIONS_MAX) {
            let of = |field| ItemPlace::Option(at, index, field);
            let (name, name_en) = (&*option.name, &*option.name_en);
            self.chars(of("name"), "the name of an option", name, 1, NAME_CHARS_MAX);
            self.chars(of("name_en"), &format!("name_en of {name}"), name_en, 0, NAME_CHARS_MAX);
            let title = format_args!("price_delta of {name}");
            // A price that can't be is said once.
            let least = if price < 0 { i32::MIN } else { -price };
            self.number(of("price_delta"), title, option.price_delta, least, MONEY_MAX);
            if !ids.insert(option.option_id) {
                let problem = format!("option_id {} stands for two options", option.option_id);
                self.add(of("option_id"), problem);
            }
        }
    }

    fn allergens(&mut self, allergens: &[i32]) {
        let mut seen = BTreeSet::new();
        let place = ItemPlace::Item("allergens");
        for number in allergens.iter() {
            let known = Allergen::try_from(*number).ok().filter(|it| *it != Allergen::Unspecified);
            let problem = match known {
                None => format!("allergens has {number}, which stands for none"),
                Some(known) if !seen.insert(*number) => {
                    format!("allergens has {} twice", known.as_str_name())
                }
                Some(_) => continue,
            };
            return self.add(place, problem);
        }
    }

    fn available(&mut self, spans: &[AvailableSpan]) {
        let place = ItemPlace::Item("available");
        let max = AVAILABLE_MAX as i32;
        self.number(place, "the count of available", count(spans), 0, max);
        for (index, span) in spans.iter().enumerate().take(AVAILABLE_MAX) {
            if let Err((field, problem)) = TimeSpan::parse(&span.from, &span.to) {
                self.add(place, format!("available[{index}].{field}: {problem}"));
            }
            let known = |day: &i32| Day::try_from(*day).is_ok_and(|day| day != Day::Unspecified);
            let different: BTreeSet<&i32> = span.days.iter().collect();
            if !span.days.iter().all(known) || different.len() < span.days.len() {
                let problem = "they are different days from MONDAY to SUNDAY";
                self.add(place, format!("available[{index}].days: {problem}"));
            }
        }
    }

    fn image(&mut self, image: &str) {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if !image.is_empty() && (image.len() != 64 || !image.bytes().all(is_digit)) {
            let problem = "image is not a hash: 64 of 0 to 9 and a to f".into();
            self.add(ItemPlace::Item("image"), problem);
        }
    }
}

fn count<T>(items: &[T]) -> i32 {
    i32::try_from(items.len()).unwrap_or(i32::MAX)
}
