//! What events of the menu do to its items.

use std::sync::Arc;

use kiosk_proto::v1::{MenuCategory, MenuItem, OptionSoldOutChanged, StockChanged};

use crate::{Change, State};

impl State {
    pub(crate) fn change_item(
        &mut self,
        menu_id: i32,
        change: impl FnOnce(&mut MenuItem),
    ) -> Vec<Change> {
        let Some(item) = self.menu.get_mut(&menu_id) else { return Vec::new() };
        change(Arc::make_mut(item));
        vec![Change::MenuItem(Arc::clone(item))]
    }

    pub(crate) fn stock_changed(&mut self, event: &StockChanged) -> Vec<Change> {
        self.change_item(event.menu_id, |item| item.remaining = event.remaining)
    }

    pub(crate) fn menu_item_changed(&mut self, item: &MenuItem) -> Vec<Change> {
        self.counters.menu_id = self.counters.menu_id.max(item.menu_id);
        let item = Arc::new(item.clone());
        self.menu.insert(item.menu_id, Arc::clone(&item));
        vec![Change::MenuItem(item)]
    }

    pub(crate) fn option_sold_out_changed(&mut self, event: &OptionSoldOutChanged) -> Vec<Change> {
        self.change_item(event.menu_id, |item| {
            let options = item.option_groups.iter_mut().flat_map(|group| &mut group.options);
            for option in options.filter(|option| option.option_id == event.option_id) {
                option.is_sold_out = event.is_sold_out;
            }
        })
    }

    /// Its items show its name, and those that have shown it as a text alone are in it from now on.
    pub(crate) fn category_changed(&mut self, category: &MenuCategory) -> Vec<Change> {
        let id = category.category_id;
        self.counters.category_id = self.counters.category_id.max(id);
        let name = &category.name;
        let is_in = |item: &MenuItem| {
            if item.category_id == 0 { item.category == *name } else { item.category_id == id }
        };
        let is_old = |item: &MenuItem| item.category_id != id || item.category != *name;
        let category = Arc::new(category.clone());
        self.categories.insert(id, Arc::clone(&category));
        let mut changes = vec![Change::MenuCategory(category)];
        changes.extend(self.change_items(
            |item| is_in(item) && is_old(item),
            |item| {
                item.category_id = id;
                item.category.clone_from(name);
            },
        ));
        changes
    }

    /// `decide` lets no category go that items are in; a log with a hole may.
    pub(crate) fn category_deleted(&mut self, id: i32) -> Vec<Change> {
        self.categories.remove(&id);
        let mut changes = vec![Change::MenuCategoryDeleted(id)];
        changes
            .extend(self.change_items(|item| item.category_id == id, |item| item.category_id = 0));
        changes
    }

    fn change_items(
        &mut self,
        which: impl Fn(&MenuItem) -> bool,
        change: impl Fn(&mut MenuItem),
    ) -> Vec<Change> {
        let items = self.menu.iter().filter(|(_, item)| which(item));
        let ids: Vec<i32> = items.map(|(id, _)| *id).collect();
        ids.into_iter().flat_map(|id| self.change_item(id, &change)).collect()
    }
}
