use csv::{ReaderBuilder, StringRecord};
use kiosk_domain::{IMPORT_FIELDS, ImportItem, ItemPlace};
use kiosk_proto::v1::{MenuItem, MenuOption, OptionGroup};

use super::{
    ItemLines, MenuText, Place, Problems,
    csv_columns::{self as columns, GROUP, ITEM, OPTION, boolean, number, unguard},
};

/// Where an item's rows are.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    line: usize,
    /// Of each group, and of its options.
    groups: Vec<(usize, Vec<usize>)>,
}

impl Lines {
    pub(super) fn place(&self, place: ItemPlace) -> Place {
        let group = |index: usize| self.groups.get(index);
        let line = match place {
            ItemPlace::Item(_) => None,
            ItemPlace::Group(g, _) => group(g).map(|(line, _)| *line),
            ItemPlace::Option(g, o, _) => group(g).and_then(|(_, lines)| lines.get(o)).copied(),
        };
        Place { line: line.unwrap_or(self.line), column: columns::of(place).into() }
    }
}

/// Reads commas, semicolons or tabs: whatever the first line has most of.
pub(super) fn read(text: &str) -> MenuText {
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: char| first.matches(delimiter).count();
    // The first of the largest: a header of one column has none of them.
    let delimiter = if count(';') > count(',') { ';' } else { ',' };
    let delimiter = if count('\t') > count(delimiter) { b'\t' } else { delimiter as u8 };
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut menu = MenuText::default();
    let mut header = None;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                menu.problems.add(Place::default(), error.to_string());
                break;
            }
        };
        let line = line_of(text, &record);
        match &header {
            None => header = Some(Header::read(&record, line, &mut menu.problems)),
            Some(header) => Row { header, record: &record, line }.read(&mut menu),
        }
    }
    if header.is_none() {
        menu.problems
            .add(Place { line: 1, column: String::new() }, "there is no line of column names");
    }
    menu
}

/// The reader says where it stood before the record: between the CR and the LF of the row before,
/// where rows end with both, and before empty lines.
fn line_of(text: &str, record: &StringRecord) -> usize {
    let Some(at) = record.position() else { return 0 };
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(number(at.byte())..).unwrap_or_default();
    let skipped = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    number(at.line()) + skipped.filter(|byte| **byte == b'\n').count()
}

struct Header {
    /// From left to right; None: not one of ours.
    columns: Vec<Option<&'static str>>,
    /// The fields of an item that the file says nothing of.
    absent: Vec<&'static str>,
}

impl Header {
    fn read(record: &StringRecord, line: usize, problems: &mut Problems) -> Self {
        let mut names: Vec<Option<&'static str>> = Vec::new();
        for cell in record {
            let known = columns::all().find(|name| *name == cell.trim());
            let problem = match known {
                None => "there is no such column",
                Some(_) if names.contains(&known) => "the column is there twice",
                Some(_) => "",
            };
            if !problem.is_empty() {
                problems.add(Place { line, column: cell.into() }, problem);
            }
            names.push(known);
        }
        if !names.contains(&Some("menu_id")) && !names.contains(&Some("name")) {
            let place = Place { line, column: String::new() };
            problems.add(place, "there is no column menu_id, nor name");
        }
        let is_absent = |field: &&str| match *field {
            "option_groups" => !names.contains(&Some("group")),
            field => !names.contains(&Some(field)),
        };
        let absent = IMPORT_FIELDS.into_iter().filter(is_absent).collect();
        Self { columns: names, absent }
    }
}

struct Row<'a> {
    header: &'a Header,
    record: &'a StringRecord,
    /// Its first one, from 1.
    line: usize,
}

impl Row<'_> {
    fn read(&self, menu: &mut MenuText) {
        let filled = |names: &[&str]| names.iter().any(|name| !self.cell(name).is_empty());
        if self.record.len() > self.header.columns.len() {
            let (cells, columns) = (self.record.len(), self.header.columns.len());
            let problem = format!("it has {cells} cells, and there are {columns} columns");
            menu.problems.add(self.place(""), problem);
        }
        if filled(&["menu_id", "name"]) {
            menu.items.push(self.item(&mut menu.problems));
        } else if let Some(name) = ITEM.into_iter().find(|name| filled(&[name])) {
            let problem = "only the first row of an item, which has its name or menu_id, has this";
            menu.problems.add(self.place(name), problem);
        }
        if !filled(&GROUP) && !filled(&OPTION) {
            return;
        }
        let Some((ItemLines::Csv(lines), ImportItem { item, .. })) = menu.items.last_mut() else {
            menu.problems.add(self.place(""), "it goes on with an item, and there is none above");
            return;
        };
        if filled(&["group"]) {
            item.option_groups.push(self.group(&mut menu.problems));
            lines.groups.push((self.line, Vec::new()));
        } else if let Some(name) = GROUP.into_iter().find(|name| filled(&[name])) {
            menu.problems.add(self.place(name), "only the first row of a group has this");
        }
        if !filled(&OPTION) {
            return;
        }
        let (Some(group), Some((_, rows))) =
            (item.option_groups.last_mut(), lines.groups.last_mut())
        else {
            menu.problems.add(self.place("option"), "it is in no group");
            return;
        };
        group.options.push(self.option(&mut menu.problems));
        rows.push(self.line);
    }

    fn item(&self, problems: &mut Problems) -> (ItemLines, ImportItem) {
        let item = MenuItem {
            menu_id: self.number("menu_id", 0, problems),
            name: self.text("name"),
            name_en: self.text("name_en"),
            category: self.text("category"),
            price: self.price(problems),
            is_sold_out: self.value("is_sold_out", boolean, problems),
            remaining: self.value("remaining", count, problems),
            station: self.text("station"),
            display_order: self.number("display_order", 0, problems),
            allergens: self.value("allergens", columns::allergens, problems),
            description: self.text("description"),
            description_en: self.text("description_en"),
            available: self.value("available", columns::available, problems),
            image: self.text("image"),
            warn_minutes: self.number("warn_minutes", 0, problems),
            late_minutes: self.number("late_minutes", 0, problems),
            ..MenuItem::default()
        };
        let lines = Lines { line: self.line, groups: Vec::new() };
        (ItemLines::Csv(lines), ImportItem { item, absent: self.header.absent.clone() })
    }

    /// Nothing is not for nothing: that is 0.
    fn price(&self, problems: &mut Problems) -> i32 {
        let is_there = self.header.columns.contains(&Some("price"));
        if is_there && self.cell("price").is_empty() {
            problems.add(self.place("price"), "an item needs a price");
        }
        self.number("price", 0, problems)
    }

    fn group(&self, problems: &mut Problems) -> OptionGroup {
        OptionGroup {
            name: self.text("group"),
            name_en: self.text("group_en"),
            min: self.number("group_min", 0, problems),
            max: self.number("group_max", 1, problems),
            options: Vec::new(),
        }
    }

    fn option(&self, problems: &mut Problems) -> MenuOption {
        MenuOption {
            option_id: self.number("option_id", 0, problems),
            name: self.text("option"),
            name_en: self.text("option_en"),
            price_delta: self.number("price_delta", 0, problems),
            is_default: self.value("is_default", boolean, problems),
            is_sold_out: self.value("option_is_sold_out", boolean, problems),
        }
    }

    fn text(&self, name: &str) -> String {
        unguard(self.cell(name))
    }

    fn number(&self, name: &str, default: i32, problems: &mut Problems) -> i32 {
        let parsed = self.value(name, count, problems);
        parsed.unwrap_or(default)
    }

    fn value<T: Default>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
        problems: &mut Problems,
    ) -> T {
        parse(self.cell(name)).unwrap_or_else(|problem| {
            problems.add(self.place(name), problem);
            T::default()
        })
    }

    /// Empty if the file has no such column.
    fn cell(&self, name: &str) -> &str {
        let index = self.header.columns.iter().position(|column| *column == Some(name));
        index.and_then(|index| self.record.get(index)).unwrap_or_default()
    }

    fn place(&self, column: &str) -> Place {
        Place { line: self.line, column: column.into() }
    }
}

/// A number, or none.
fn count(cell: &str) -> Result<Option<i32>, String> {
    if cell.trim().is_empty() { Ok(None) } else { number(cell).map(Some) }
}
