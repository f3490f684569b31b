//! The menu as a text: read with the line of every problem, and written so that reading it changes
//! nothing.

mod csv_columns;
mod csv_read;
mod csv_write;
mod json;

use std::collections::BTreeMap;

use kiosk_domain::{
    Command, ImportItem, ItemPlace, Rejection, Stamp, State, decide, item_problems,
};
use kiosk_proto::v1::{
    ImportProblem, MenuCategory, MenuItem, event::Payload, menu_format::Value as MenuFormat,
};

pub(crate) use self::csv_columns::guard;

/// The most that a text may have: with the rest of its request it fits into a message.
pub(crate) const TEXT_BYTES_MAX: usize = 200 * 1024;
/// How many problems are told of.
const PROBLEMS_MAX: usize = 1_000;

/// What a text says.
#[derive(Debug, Default)]
pub(crate) struct MenuText {
    pub(crate) categories: Vec<(Place, MenuCategory)>,
    pub(crate) items: Vec<(ItemLines, ImportItem)>,
    pub(crate) problems: Problems,
}

/// Where something stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Place {
    line: usize,
    column: String,
}

/// Where the parts of an item stand.
#[derive(Debug)]
pub(crate) enum ItemLines {
    Csv(csv_read::Lines),
    Json(json::Lines),
}

/// What is wrong with a text, as far as there is room to tell.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<ImportProblem>);

impl Problems {
    fn add(&mut self, place: Place, problem: impl Into<String>) {
        if self.0.len() < PROBLEMS_MAX {
            let line = i32::try_from(place.line).unwrap_or(i32::MAX);
            self.0.push(ImportProblem { line, column: place.column, problem: problem.into() });
        }
    }

    /// By line.
    pub(crate) fn sorted(mut self) -> Vec<ImportProblem> {
        self.0.sort_by_key(|problem| problem.line);
        self.0
    }
}

impl ItemLines {
    fn place(&self, place: ItemPlace) -> Place {
        match self {
            Self::Csv(lines) => lines.place(place),
            Self::Json(lines) => lines.place(place),
        }
    }
}

/// The whole menu.
pub(crate) fn write(state: &State, format: MenuFormat) -> String {
    let items: Vec<MenuItem> = state.menu().into_iter().map(|item| MenuItem::clone(item)).collect();
    match format {
        MenuFormat::Json => json::write(crate::menu_category::all(state), items),
        _ => csv_write::write(&items),
    }
}

/// What the text says, and all that is wrong with the text itself.
pub(crate) fn read(text: &str, format: MenuFormat) -> MenuText {
    // Excel begins a file with it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut menu = match format {
        MenuFormat::Json => json::read(text),
        _ => csv_read::read(text),
    };
    menu.check_texts();
    menu.check_ids();
    menu
}

impl MenuText {
    pub(crate) fn command(&self) -> Command {
        Command::ImportMenu {
            categories: self.categories.iter().map(|(_, category)| category.clone()).collect(),
            items: self.items.iter().map(|(_, item)| item.clone()).collect(),
        }
    }

    /// Notes all that speaks against putting it on this menu.
    pub(crate) fn check(&mut self, state: &State, stamp: &Stamp) {
        let mut state = state.clone();
        for (place, category) in &self.categories {
            match decide(&state, &Command::PutMenuCategory(category.clone()), stamp) {
                Ok(events) => events.iter().for_each(|event| drop(state.apply(event))),
                Err(rejection) => self.problems.add(place.clone(), rejection.to_string()),
            }
        }
        for (lines, item) in &self.items {
            for wrong in item_problems(&state, &item.on(&state)) {
                self.problems.add(lines.place(wrong.place), wrong.problem);
            }
        }
    }

    /// What putting it on this menu would do.
    pub(crate) fn try_on(&self, state: &State, stamp: &Stamp) -> Result<Vec<Payload>, Rejection> {
        decide(state, &self.command(), stamp)
    }

    fn check_ids(&mut self) {
        let mut first = BTreeMap::new();
        for (lines, item) in &self.items {
            let place = lines.place(ItemPlace::Item("menu_id"));
            let menu_id = item.item.menu_id;
            let line = place.line;
            if let Some(other) = first.get(&menu_id).filter(|_| menu_id != 0) {
                let problem = format!("menu_id {menu_id} is that of line {other}, too");
                self.problems.add(place, problem);
            } else {
                first.insert(menu_id, line);
            }
        }
    }

    /// As every other text that a client sends: control characters could disturb screens and
    /// printers, and a blank can't be told from nothing.
    fn check_texts(&mut self) {
        for (lines, item) in &self.items {
            for (place, text, is_name) in texts(&item.item) {
                if text.chars().any(|c| c.is_control() && c != '\n') {
                    self.problems.add(lines.place(place), "it must not have control characters");
                } else if is_name && !text.is_empty() && text.trim().is_empty() {
                    self.problems.add(lines.place(place), "it must not be blank");
                }
            }
        }
    }
}

/// All texts of an item, and whether each is a name that must be there.
fn texts(item: &MenuItem) -> Vec<(ItemPlace, &str, bool)> {
    let mut texts: Vec<(ItemPlace, &str, bool)> = vec![
        (ItemPlace::Item("name"), &item.name, true),
        (ItemPlace::Item("name_en"), &item.name_en, false),
        (ItemPlace::Item("category"), &item.category, false),
        (ItemPlace::Item("station"), &item.station, false),
        (ItemPlace::Item("description"), &item.description, false),
        (ItemPlace::Item("description_en"), &item.description_en, false),
    ];
    for (g, group) in item.option_groups.iter().enumerate() {
        texts.push((ItemPlace::Group(g, "name"), &group.name, true));
        texts.push((ItemPlace::Group(g, "name_en"), &group.name_en, false));
        for (o, option) in group.options.iter().enumerate() {
            texts.push((ItemPlace::Option(g, o, "name"), &option.name, true));
            texts.push((ItemPlace::Option(g, o, "name_en"), &option.name_en, false));
        }
    }
    texts
}

#[cfg(test)]
mod tests;
