//! The menu's categories.

use kiosk_domain::{Command, State, limits::LABEL_CHARS_MAX};
use kiosk_proto::v1::{DeleteMenuCategoryRequest, MenuCategory, PutMenuCategoryRequest};

use crate::{mutation::Mutation, parse::Violations};

/// All categories, by display order.
pub(crate) fn all(state: &State) -> Vec<MenuCategory> {
    state.categories().into_iter().map(|category| MenuCategory::clone(category)).collect()
}

impl Mutation for PutMenuCategoryRequest {
    const METHOD: &'static str = "kiosk.v1.MenuService/PutMenuCategory";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let Some(category) = &self.category else {
            violations.add("category", "it must be there");
            return None;
        };
        violations.range("category.category_id", category.category_id, 0, i32::MAX);
        violations.filled("category.name", &category.name, LABEL_CHARS_MAX);
        violations.text("category.name_en", &category.name_en, LABEL_CHARS_MAX);
        Some(Command::PutMenuCategory(category.clone()))
    }
}

impl Mutation for DeleteMenuCategoryRequest {
    const METHOD: &'static str = "kiosk.v1.MenuService/DeleteMenuCategory";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, _: &mut Violations) -> Option<Command> {
        Some(Command::DeleteMenuCategory { category_id: self.category_id })
    }
}
