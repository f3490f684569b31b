//! Many items at once, as a file has them.

use kiosk_proto::v1::{MenuCategory, MenuItem, event::Payload};
use prost::Message as _;

use crate::{Rejection, State, category, limits::IMPORT_BYTES_MAX, menu};

/// The fields of an item that a file may leave out.
pub const IMPORT_FIELDS: [&str; 17] = [
    "name",
    "name_en",
    "category",
    "price",
    "is_sold_out",
    "remaining",
    "option_groups",
    "station",
    "display_order",
    "category_id",
    "allergens",
    "description",
    "description_en",
    "available",
    "image",
    "warn_minutes",
    "late_minutes",
];

/// What a file says of an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportItem {
    /// With the default of each field that is absent.
    pub item: MenuItem,
    /// Those of [`IMPORT_FIELDS`] that the file says nothing of: they stay as they are when it is
    /// committed, so that an old file does not undo what was sold since.
    pub absent: Vec<&'static str>,
}

impl ImportItem {
    /// The item as it is to be on this menu.
    pub fn on(&self, state: &State) -> MenuItem {
        let mut item = self.item.clone();
        if let Some(old) = state.menu.get(&item.menu_id) {
            self.absent.iter().for_each(|field| keep(&mut item, old, field));
        }
        item
    }
}

fn keep(item: &mut MenuItem, old: &MenuItem, field: &str) {
    match field {
        "name" => item.name.clone_from(&old.name),
        "name_en" => item.name_en.clone_from(&old.name_en),
        "category" => item.category.clone_from(&old.category),
        "price" => item.price = old.price,
        "is_sold_out" => {
            item.is_sold_out = old.is_sold_out && !old.sold_out_by_stock;
        }
        "remaining" => item.remaining = old.remaining,
        "option_groups" => item.option_groups.clone_from(&old.option_groups),
        "station" => item.station.clone_from(&old.station),
        "display_order" => item.display_order = old.display_order,
        // A file that names another category means that one.
        "category_id" if item.category == old.category => item.category_id = old.category_id,
        "allergens" => item.allergens.clone_from(&old.allergens),
        "description" => item.description.clone_from(&old.description),
        "description_en" => item.description_en.clone_from(&old.description_en),
        "available" => item.available.clone_from(&old.available),
        "image" => item.image.clone_from(&old.image),
        "warn_minutes" => item.warn_minutes = old.warn_minutes,
        "late_minutes" => item.late_minutes = old.late_minutes,
        _ => {}
    }
}

/// All of it or nothing.
pub(crate) fn import(
    state: &State,
    categories: &[MenuCategory],
    items: &[ImportItem],
) -> Result<Vec<Payload>, Rejection> {
    let mut state = state.clone();
    let mut events = Vec::new();
    let mut bytes = 0_usize;
    let mut add = |state: &mut State, made: Vec<Payload>| {
        for event in made {
            bytes += match &event {
                Payload::MenuItemChanged(item) => item.encoded_len(),
                Payload::MenuCategoryChanged(category) => category.encoded_len(),
                _ => 0,
            };
            // What an event is wrapped in.
            bytes += 16;
            state.apply(&event);
            events.push(event);
        }
        let fits = bytes <= IMPORT_BYTES_MAX;
        let too_many = Rejection::TooMany { what: "bytes in one import", max: IMPORT_BYTES_MAX };
        fits.then_some(()).ok_or(too_many)
    };
    for category in categories {
        let made = category::put(&state, category)?;
        add(&mut state, made)?;
    }
    for item in items {
        let made = menu::put(&state, &item.on(&state))?;
        add(&mut state, made)?;
    }
    Ok(events)
}
