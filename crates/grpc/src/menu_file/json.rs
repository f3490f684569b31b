use std::{collections::BTreeMap, sync::Arc};

use kiosk_domain::{IMPORT_FIELDS, ImportItem, ItemPlace};
use kiosk_proto::v1::{MenuCategory, MenuItem};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{ItemLines, MenuText, Place};

/// The file.
#[derive(Serialize)]
struct Menu {
    categories: Vec<MenuCategory>,
    items: Vec<MenuItem>,
}

/// The file, whose parts are not read yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    #[serde(borrow, default)]
    categories: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    items: Vec<&'a RawValue>,
}

/// An item's text, to find the line of a field when it is asked for.
#[derive(Debug)]
pub(crate) struct Lines {
    text: Arc<str>,
    line: usize,
    index: usize,
}

pub(super) fn write(categories: Vec<MenuCategory>, items: Vec<MenuItem>) -> String {
    // Its keys are text: it can always be written.
    serde_json::to_string_pretty(&Menu { categories, items }).unwrap_or_default()
}

pub(super) fn read(text: &str) -> MenuText {
    let mut menu = MenuText::default();
    let raw: Raw<'_> = match serde_json::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let place = Place { line: error.line(), column: String::new() };
            menu.problems.add(place, message(&error));
            return menu;
        }
    };
    for (index, raw) in raw.categories.into_iter().enumerate() {
        let column = format!("categories[{index}]");
        let line = line_at(text, raw.get());
        match read_part(raw, &column, line) {
            Ok(category) => menu.categories.push((Place { line, column }, category)),
            Err((place, problem)) => menu.problems.add(place, problem),
        }
    }
    for (index, raw) in raw.items.into_iter().enumerate() {
        let line = line_at(text, raw.get());
        match read_part(raw, &format!("items[{index}]"), line) {
            Ok(item) => {
                let lines = Lines { text: raw.get().into(), line, index };
                let item = ImportItem { item, absent: absent(raw) };
                menu.items.push((ItemLines::Json(lines), item));
            }
            Err((place, problem)) => menu.problems.add(place, problem),
        }
    }
    menu
}

/// A part of the file, or the field of it that can't be read, and why.
fn read_part<T: DeserializeOwned>(
    raw: &RawValue,
    column: &str,
    line: usize,
) -> Result<T, (Place, String)> {
    let mut text = serde_json::Deserializer::from_str(raw.get());
    serde_path_to_error::deserialize(&mut text).map_err(|error| {
        let field = error.path().to_string();
        let column = if field == "." { column.into() } else { format!("{column}.{field}") };
        let line = line + error.inner().line().saturating_sub(1);
        (Place { line, column }, message(error.inner()))
    })
}

/// The fields that it does not say.
fn absent(raw: &RawValue) -> Vec<&'static str> {
    // It has been read as an item, so it is an object.
    let there: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    let is_there = |field: &str| there.contains_key(&camel(field)) || there.contains_key(field);
    IMPORT_FIELDS.into_iter().filter(|field| !is_there(field)).collect()
}

/// Without the place, which is told by the line.
fn message(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split(" at line ").next().unwrap_or_default().to_owned()
}

/// The line that a part of the text begins on, from 1.
fn line_at(text: &str, part: &str) -> usize {
    let offset = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    1 + text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count()
}

impl Lines {
    pub(super) fn place(&self, place: ItemPlace) -> Place {
        let steps = match place {
            ItemPlace::Item("") => Vec::new(),
            ItemPlace::Item(field) => vec![Step::Key(field)],
            ItemPlace::Group(g, field) => {
                vec![Step::Key("option_groups"), Step::Index(g), Step::Key(field)]
            }
            ItemPlace::Option(g, o, field) => vec![
                Step::Key("option_groups"),
                Step::Index(g),
                Step::Key("options"),
                Step::Index(o),
                Step::Key(field),
            ],
        };
        let mut column = format!("items[{}]", self.index);
        let mut found: Option<&str> = Some(&self.text);
        let mut nearest = &*self.text;
        for step in steps {
            match step {
                Step::Key(field) => column += &format!(".{}", camel(field)),
                Step::Index(index) => column += &format!("[{index}]"),
            }
            // A field that is not written is wrong where it would be.
            found = found.and_then(|part| step.into(part));
            nearest = found.unwrap_or(nearest);
        }
        Place { line: self.line + line_at(&self.text, nearest) - 1, column }
    }
}

#[derive(Clone, Copy)]
enum Step {
    Key(&'static str),
    Index(usize),
}

impl Step {
    fn into(self, part: &str) -> Option<&str> {
        match self {
            Self::Key(field) => {
                let fields: BTreeMap<String, &RawValue> = serde_json::from_str(part).ok()?;
                let value = fields.get(&camel(field)).or_else(|| fields.get(field))?;
                Some(value.get())
            }
            Self::Index(index) => {
                let parts: Vec<&RawValue> = serde_json::from_str(part).ok()?;
                parts.get(index).map(|part| part.get())
            }
        }
    }
}

/// A field's name in JSON.
fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        name.extend(word.chars().take(1).map(|letter| letter.to_ascii_uppercase()));
        name.extend(word.chars().skip(1));
    }
    name
}
