//! The menu of the model: categories, marks and stock of items, when they are to be had.

use std::collections::{BTreeMap, BTreeSet};

use kiosk_domain::{Command, ImportItem, Stamp};
use kiosk_proto::v1::{MenuCategory, MenuItem};

use crate::model::{Model, id_or_next};

#[derive(Default)]
pub(crate) struct Menu {
    pub(crate) items: BTreeMap<i32, Item>,
    /// Names by id.
    pub(crate) categories: BTreeMap<i32, String>,
    newest_item_id: i32,
    newest_category_id: i32,
}

pub(crate) struct Item {
    pub(crate) item: MenuItem,
    /// Somebody has marked it as sold out.
    pub(crate) is_marked: bool,
    pub(crate) remaining: Option<i64>,
}

impl Item {
    pub(crate) fn is_sold_out(&self) -> bool {
        self.is_marked || self.is_gone()
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.remaining == Some(0)
    }

    /// By counting the minutes since 1970 of all that begins today or began yesterday.
    pub(crate) fn is_to_be_had(&self, local_minute: i64) -> bool {
        let minute = |text: &str| -> i64 {
            let (hour, minute) = text.split_once(':').unwrap();
            hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap()
        };
        let today = local_minute.div_euclid(1_440);
        let begins_on = |day: i64, days: &[i32]| {
            // 1970 began on a Thursday, 4 in the contract.
            let weekday = i32::try_from((day + 3).rem_euclid(7)).unwrap() + 1;
            days.is_empty() || days.contains(&weekday)
        };
        self.item.available.is_empty()
            || self.item.available.iter().any(|span| {
                let (from, to) = (minute(&span.from), minute(&span.to));
                let length = if to > from { to - from } else { to + 1_440 - from };
                [today - 1, today].iter().any(|day| {
                    let begin = day * 1_440 + from;
                    begins_on(*day, &span.days) && (begin..begin + length).contains(&local_minute)
                })
            })
    }
}

impl Model {
    fn stations(&self) -> Vec<String> {
        let stations = self.setting("stations", "bar,kitchen,dessert");
        stations.split(',').map(str::to_owned).collect()
    }

    pub(crate) fn objections_to_menu(&self, command: &Command) -> BTreeSet<&'static str> {
        let mut no = BTreeSet::new();
        let mut object = |when: bool, name| {
            if when {
                no.insert(name);
            }
        };
        let Menu { items, categories, .. } = &self.menu;
        match command {
            Command::PutMenuItem(item) => object(self.is_wrong(item), "MenuItemInvalid"),
            Command::DeleteMenuItem { menu_id } | Command::SetMenuImage { menu_id, .. } => {
                object(!items.contains_key(menu_id), "MenuItemNotFound");
            }
            Command::SetSoldOut { menu_id, is_sold_out } => {
                let item = items.get(menu_id);
                object(item.is_none(), "MenuItemNotFound");
                object(item.is_some_and(Item::is_gone) && !is_sold_out, "NothingLeft");
            }
            Command::SetOptionSoldOut { menu_id, option_id, .. } => match items.get(menu_id) {
                None => object(true, "MenuItemNotFound"),
                Some(item) => {
                    let mut groups = item.item.option_groups.iter();
                    let known = groups.any(|g| g.options.iter().any(|o| o.option_id == *option_id));
                    object(!known, "OptionUnknown");
                }
            },
            Command::SetStock(counts) => {
                let ids: BTreeSet<i32> = counts.iter().map(|count| count.menu_id).collect();
                let negative = counts.iter().any(|count| count.remaining.is_some_and(|n| n < 0));
                object(ids.len() < counts.len() || negative, "StockInvalid");
                object(!ids.iter().all(|id| items.contains_key(id)), "MenuItemNotFound");
            }
            Command::Restock(counts) => {
                let ids: BTreeSet<i32> = counts.iter().map(|count| count.menu_id).collect();
                let none = counts.iter().any(|count| count.count < 1);
                object(ids.len() < counts.len() || none, "StockInvalid");
                object(!ids.iter().all(|id| items.contains_key(id)), "MenuItemNotFound");
                let uncounted = |id| items.get(id).is_some_and(|item| item.remaining.is_none());
                object(ids.iter().any(uncounted), "NotCounted");
            }
            // A file of one item: of more, the first may change what speaks against the next.
            Command::ImportMenu { items: wished, .. } => {
                let [wished] = &wished[..] else { panic!("one item: {wished:?}") };
                object(self.is_wrong(&self.imported(wished)), "MenuItemInvalid");
            }
            Command::PutMenuCategory(MenuCategory { category_id, name, .. }) => {
                let mut others = categories.iter().filter(|(id, _)| *id != category_id);
                object(others.any(|(_, other)| other == name), "CategoryInvalid");
            }
            Command::DeleteMenuCategory { category_id } => {
                object(!categories.contains_key(category_id), "CategoryNotFound");
                let mut in_it = items.values().filter(|i| i.item.category_id == *category_id);
                object(in_it.next().is_some(), "CategoryInUse");
            }
            other => panic!("not of the menu: {other:?}"),
        }
        no
    }

    fn is_wrong(&self, item: &MenuItem) -> bool {
        let options = item.option_groups.iter().flat_map(|group| &group.options);
        let mut deltas = options.map(|option| option.price_delta);
        let old = self.menu.items.get(&item.menu_id);
        let keeps_station = old.is_some_and(|old| old.item.station == item.station);
        let knows_station = item.station.is_empty() || self.stations().contains(&item.station);
        let category_id = item.category_id;
        deltas.any(|delta| delta < -item.price)
            || item.remaining.is_some_and(|remaining| remaining < 0)
            || !(keeps_station || knows_station)
            || (category_id != 0 && !self.menu.categories.contains_key(&category_id))
    }

    /// Where it is made.
    pub(crate) fn station_of(&self, item: &MenuItem) -> String {
        let first = || self.stations().swap_remove(0);
        if item.station.is_empty() { first() } else { item.station.clone() }
    }

    /// Whether the setting takes a station away from an item.
    pub(crate) fn takes_station(&self, stations: &str) -> bool {
        let kept: Vec<&str> = stations.split(',').collect();
        let gone: Vec<String> =
            self.stations().into_iter().filter(|it| !kept.contains(&&**it)).collect();
        self.menu.items.values().any(|item| gone.contains(&item.item.station))
    }

    /// Minutes since 1970 on the shop's clock.
    pub(crate) fn local_minute(&self, stamp: &Stamp) -> i64 {
        stamp.now.as_ms().div_euclid(60_000) + self.zone_hours() * 60
    }

    /// These tests leave out the stock alone.
    fn imported(&self, wished: &ImportItem) -> MenuItem {
        let mut item = wished.item.clone();
        if let Some(old) = self.menu.items.get(&item.menu_id).filter(|_| !wished.absent.is_empty())
        {
            assert_eq!(wished.absent, ["is_sold_out", "remaining"]);
            item.is_sold_out = old.is_marked;
            item.remaining = old.remaining.map(|count| i32::try_from(count).unwrap());
        }
        item
    }

    pub(crate) fn obey_menu(&mut self, command: &Command) {
        if let Command::ImportMenu { items, .. } = command {
            let item = self.imported(&items[0]);
            return self.put_item(item);
        }
        let Menu { items, categories, newest_category_id, .. } = &mut self.menu;
        match command {
            Command::PutMenuItem(item) => self.put_item(item.clone()),
            Command::DeleteMenuItem { menu_id } => drop(items.remove(menu_id)),
            Command::SetSoldOut { menu_id, is_sold_out } => {
                items.get_mut(menu_id).unwrap().is_marked = *is_sold_out;
            }
            Command::SetOptionSoldOut { menu_id, option_id, is_sold_out } => {
                let groups = &mut items.get_mut(menu_id).unwrap().item.option_groups;
                let mut options = groups.iter_mut().flat_map(|group| &mut group.options);
                options.find(|o| o.option_id == *option_id).unwrap().is_sold_out = *is_sold_out;
            }
            Command::SetMenuImage { menu_id, image } => {
                items.get_mut(menu_id).unwrap().item.image.clone_from(image);
            }
            Command::SetStock(counts) => {
                for count in counts {
                    items.get_mut(&count.menu_id).unwrap().remaining =
                        count.remaining.map(i64::from);
                }
            }
            Command::Restock(counts) => {
                for count in counts {
                    let remaining = &mut items.get_mut(&count.menu_id).unwrap().remaining;
                    *remaining.as_mut().unwrap() += i64::from(count.count);
                }
            }
            Command::PutMenuCategory(MenuCategory { category_id, name, .. }) => {
                let id = id_or_next(*category_id, newest_category_id);
                categories.insert(id, name.clone());
                for Item { item, .. } in items.values_mut() {
                    if item.category_id == id {
                        item.category.clone_from(name);
                    } else if item.category_id == 0 && item.category == *name {
                        item.category_id = id;
                    }
                }
            }
            Command::DeleteMenuCategory { category_id } => drop(categories.remove(category_id)),
            other => panic!("not of the menu: {other:?}"),
        }
    }

    fn put_item(&mut self, mut item: MenuItem) {
        let id = id_or_next(item.menu_id, &mut self.menu.newest_item_id);
        let old = self.menu.items.get(&id);
        let was_by_stock = old.is_some_and(|old| old.is_gone() && !old.is_marked);
        let remaining = item.remaining.map(i64::from);
        let is_marked = item.is_sold_out && !(was_by_stock && remaining == Some(0));
        if let Some(name) = self.menu.categories.get(&item.category_id) {
            item.category.clone_from(name);
        } else {
            let mut named = self.menu.categories.iter().filter(|(_, name)| **name == item.category);
            item.category_id = named.next().map_or(0, |(id, _)| *id);
        }
        self.menu.items.insert(id, Item { item, is_marked, remaining });
    }
}
