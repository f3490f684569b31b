use std::collections::BTreeSet;

use kiosk_domain::{
    Command,
    limits::{LABEL_CHARS_MAX, NAME_CHARS_MAX, STOCK_BATCH_MAX, STOCK_MAX},
};
use kiosk_hub::Hub;
use kiosk_proto::v1::{
    DeleteMenuItemRequest, DeleteMenuItemResponse, ListMenusRequest, ListMenusResponse, MenuItem,
    PutMenuItemRequest, PutMenuItemResponse, SetSoldOutRequest, SetSoldOutResponse,
    SetStockRequest, SetStockResponse, event::Payload, menu_service_server::MenuService,
};
use tonic::{Request, Response, Status};

use crate::{
    mutation::{Mutation, commit, pick},
    parse::Violations,
};

pub(crate) struct Menus(pub(crate) Hub);

#[tonic::async_trait]
impl MenuService for Menus {
    async fn list_menus(
        &self,
        _: Request<ListMenusRequest>,
    ) -> Result<Response<ListMenusResponse>, Status> {
        let snapshot = self.0.snapshot();
        let items = snapshot.state.menu().into_iter().map(|item| MenuItem::clone(item)).collect();
        let position = Some(snapshot.position.into());
        Ok(Response::new(ListMenusResponse { items, position }))
    }

    async fn put_menu_item(
        &self,
        request: Request<PutMenuItemRequest>,
    ) -> Result<Response<PutMenuItemResponse>, Status> {
        let committed = commit(&self.0, request.get_ref()).await?;
        let changed = pick(&committed, |event| match event {
            Payload::MenuItemChanged(item) => Some(item.clone()),
            _ => None,
        });
        // Nothing changed: the item is as it was sent.
        let item = changed.or_else(|| request.get_ref().item.clone());
        let position = Some(committed.position.into());
        Ok(Response::new(PutMenuItemResponse { position, item }))
    }

    async fn delete_menu_item(
        &self,
        request: Request<DeleteMenuItemRequest>,
    ) -> Result<Response<DeleteMenuItemResponse>, Status> {
        let committed = commit(&self.0, request.get_ref()).await?;
        let position = Some(committed.position.into());
        Ok(Response::new(DeleteMenuItemResponse { position }))
    }

    async fn set_sold_out(
        &self,
        request: Request<SetSoldOutRequest>,
    ) -> Result<Response<SetSoldOutResponse>, Status> {
        let committed = commit(&self.0, request.get_ref()).await?;
        let change = pick(&committed, |event| match event {
            Payload::MenuSoldOutChanged(change) => Some(change.clone()),
            _ => None,
        });
        Ok(Response::new(SetSoldOutResponse { position: Some(committed.position.into()), change }))
    }

    async fn set_stock(
        &self,
        request: Request<SetStockRequest>,
    ) -> Result<Response<SetStockResponse>, Status> {
        let committed = commit(&self.0, request.get_ref()).await?;
        let changes = pick(&committed, |event| match event {
            Payload::MenuStockChanged(change) => Some(vec![change.clone()]),
            Payload::MenuStockBatchChanged(batch) => Some(batch.items.clone()),
            _ => None,
        });
        let position = Some(committed.position.into());
        Ok(Response::new(SetStockResponse { position, changes: changes.unwrap_or_default() }))
    }
}

impl Mutation for PutMenuItemRequest {
    const METHOD: &'static str = "kiosk.v1.MenuService/PutMenuItem";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        match &self.item {
            Some(item) => check_texts(violations, item),
            None => violations.add("item", "it must be there"),
        }
        self.item.clone().map(Command::PutMenuItem)
    }
}

/// The texts of an item; its numbers are the rules' affair.
fn check_texts(violations: &mut Violations, item: &MenuItem) {
    violations.filled("item.name", &item.name, NAME_CHARS_MAX);
    violations.text("item.name_en", &item.name_en, NAME_CHARS_MAX);
    violations.text("item.category", &item.category, LABEL_CHARS_MAX);
    violations.text("item.station", &item.station, LABEL_CHARS_MAX);
    for (index, group) in item.option_groups.iter().enumerate() {
        let group_name = format!("item.option_groups[{index}]");
        violations.filled(&format!("{group_name}.name"), &group.name, NAME_CHARS_MAX);
        for (index, option) in group.options.iter().enumerate() {
            let field = format!("{group_name}.options[{index}].name");
            violations.filled(&field, &option.name, NAME_CHARS_MAX);
        }
    }
}

impl Mutation for DeleteMenuItemRequest {
    const METHOD: &'static str = "kiosk.v1.MenuService/DeleteMenuItem";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, _: &mut Violations) -> Option<Command> {
        Some(Command::DeleteMenuItem { menu_id: self.menu_id })
    }
}

impl Mutation for SetSoldOutRequest {
    const METHOD: &'static str = "kiosk.v1.MenuService/SetSoldOut";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, _: &mut Violations) -> Option<Command> {
        Some(Command::SetSoldOut { menu_id: self.menu_id, is_sold_out: self.is_sold_out })
    }
}

impl Mutation for SetStockRequest {
    const METHOD: &'static str = "kiosk.v1.MenuService/SetStock";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        if self.items.is_empty() || self.items.len() > STOCK_BATCH_MAX {
            violations.add("items", format!("there must be 1 to {STOCK_BATCH_MAX}"));
            return None;
        }
        let mut ids = BTreeSet::new();
        for (index, count) in self.items.iter().enumerate() {
            let remaining = count.remaining.unwrap_or(0);
            violations.range(&format!("items[{index}].remaining"), remaining, 0, STOCK_MAX);
            if !ids.insert(count.menu_id) {
                violations.add(format!("items[{index}].menu_id"), "it is counted twice");
            }
        }
        Some(Command::SetStock(self.items.clone()))
    }
}
