use kiosk_domain::{
    Command,
    limits::{DESCRIPTION_CHARS_MAX, LABEL_CHARS_MAX, NAME_CHARS_MAX},
};
use kiosk_hub::Hub;
use kiosk_proto::v1::{
    DeleteMenuCategoryRequest, DeleteMenuCategoryResponse, DeleteMenuItemRequest,
    DeleteMenuItemResponse, ExportMenuRequest, ExportMenuResponse, ImportMenuRequest,
    ImportMenuResponse, ListMenuCategoriesRequest, ListMenuCategoriesResponse, ListMenusRequest,
    ListMenusResponse, MenuItem, PutMenuCategoryRequest, PutMenuCategoryResponse,
    PutMenuItemRequest, PutMenuItemResponse, RemoveMenuImageRequest, RemoveMenuImageResponse,
    RestockRequest, RestockResponse, SetOptionSoldOutRequest, SetOptionSoldOutResponse,
    SetSoldOutRequest, SetSoldOutResponse, SetStockRequest, SetStockResponse,
    UploadMenuImageRequest, UploadMenuImageResponse, event::Payload,
    menu_service_server::MenuService,
};
use tonic::{Request, Response, Status};

use crate::{
    menu_category,
    menu_image::Uploads,
    menu_import,
    menu_stock::stock_changes,
    mutation::{Mutation, commit, pick},
    parse::Violations,
};

pub(crate) struct Menus(Hub, Uploads);

impl Menus {
    pub(crate) fn new(hub: Hub) -> Self {
        Self(hub, Uploads::default())
    }
}

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
        let committed = commit(&self.0, &request).await?;
        let changed = pick(&committed, |event| match event {
            Payload::MenuItemChanged(item) => Some(item.clone()),
            _ => None,
        });
        let unchanged = || {
            let menu_id = request.get_ref().item.as_ref()?.menu_id;
            self.0.snapshot().state.menu_item(menu_id).map(|item| MenuItem::clone(item))
        };
        let item = changed.or_else(unchanged);
        let position = Some(committed.position.into());
        Ok(Response::new(PutMenuItemResponse { position, item }))
    }

    async fn delete_menu_item(
        &self,
        request: Request<DeleteMenuItemRequest>,
    ) -> Result<Response<DeleteMenuItemResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let position = Some(committed.position.into());
        Ok(Response::new(DeleteMenuItemResponse { position }))
    }

    async fn set_sold_out(
        &self,
        request: Request<SetSoldOutRequest>,
    ) -> Result<Response<SetSoldOutResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let change = pick(&committed, |event| match event {
            Payload::MenuSoldOutChanged(change) => Some(change.clone()),
            _ => None,
        });
        Ok(Response::new(SetSoldOutResponse { position: Some(committed.position.into()), change }))
    }

    async fn set_option_sold_out(
        &self,
        request: Request<SetOptionSoldOutRequest>,
    ) -> Result<Response<SetOptionSoldOutResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let change = pick(&committed, |event| match event {
            Payload::MenuOptionSoldOutChanged(change) => Some(change.clone()),
            _ => None,
        });
        let position = Some(committed.position.into());
        Ok(Response::new(SetOptionSoldOutResponse { position, change }))
    }

    async fn set_stock(
        &self,
        request: Request<SetStockRequest>,
    ) -> Result<Response<SetStockResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let (position, changes) = (Some(committed.position.into()), stock_changes(&committed));
        Ok(Response::new(SetStockResponse { position, changes }))
    }

    async fn restock(
        &self,
        request: Request<RestockRequest>,
    ) -> Result<Response<RestockResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let (position, changes) = (Some(committed.position.into()), stock_changes(&committed));
        Ok(Response::new(RestockResponse { position, changes }))
    }

    async fn list_menu_categories(
        &self,
        _: Request<ListMenuCategoriesRequest>,
    ) -> Result<Response<ListMenuCategoriesResponse>, Status> {
        let snapshot = self.0.snapshot();
        let position = Some(snapshot.position.into());
        let categories = menu_category::all(&snapshot.state);
        Ok(Response::new(ListMenuCategoriesResponse { categories, position }))
    }

    async fn put_menu_category(
        &self,
        request: Request<PutMenuCategoryRequest>,
    ) -> Result<Response<PutMenuCategoryResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let changed = pick(&committed, |event| match event {
            Payload::MenuCategoryChanged(category) => Some(category.clone()),
            _ => None,
        });
        // Nothing changed: the category is as it was sent.
        let category = changed.or_else(|| request.get_ref().category.clone());
        let position = Some(committed.position.into());
        Ok(Response::new(PutMenuCategoryResponse { position, category }))
    }

    async fn delete_menu_category(
        &self,
        request: Request<DeleteMenuCategoryRequest>,
    ) -> Result<Response<DeleteMenuCategoryResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let position = Some(committed.position.into());
        Ok(Response::new(DeleteMenuCategoryResponse { position }))
    }

    async fn upload_menu_image(
        &self,
        request: Request<UploadMenuImageRequest>,
    ) -> Result<Response<UploadMenuImageResponse>, Status> {
        self.1.take(&self.0, request).await.map(Response::new)
    }

    async fn remove_menu_image(
        &self,
        request: Request<RemoveMenuImageRequest>,
    ) -> Result<Response<RemoveMenuImageResponse>, Status> {
        let committed = self.1.remove(&self.0, &request).await?;
        let position = Some(committed.position.into());
        Ok(Response::new(RemoveMenuImageResponse { position }))
    }

    async fn export_menu(
        &self,
        request: Request<ExportMenuRequest>,
    ) -> Result<Response<ExportMenuResponse>, Status> {
        menu_import::export(&self.0, request.get_ref()).map(Response::new)
    }

    async fn import_menu(
        &self,
        request: Request<ImportMenuRequest>,
    ) -> Result<Response<ImportMenuResponse>, Status> {
        menu_import::import(&self.0, &request).await.map(Response::new)
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
    violations.text("item.description", &item.description, DESCRIPTION_CHARS_MAX);
    violations.text("item.description_en", &item.description_en, DESCRIPTION_CHARS_MAX);
    violations.text("item.station", &item.station, LABEL_CHARS_MAX);
    for (index, group) in item.option_groups.iter().enumerate() {
        let group_name = format!("item.option_groups[{index}]");
        violations.filled(&format!("{group_name}.name"), &group.name, NAME_CHARS_MAX);
        violations.text(&format!("{group_name}.name_en"), &group.name_en, NAME_CHARS_MAX);
        for (index, option) in group.options.iter().enumerate() {
            let field = format!("{group_name}.options[{index}].name");
            violations.filled(&field, &option.name, NAME_CHARS_MAX);
            violations.text(&format!("{field}_en"), &option.name_en, NAME_CHARS_MAX);
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

impl Mutation for SetOptionSoldOutRequest {
    const METHOD: &'static str = "kiosk.v1.MenuService/SetOptionSoldOut";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, _: &mut Violations) -> Option<Command> {
        let Self { menu_id, option_id, is_sold_out, .. } = *self;
        Some(Command::SetOptionSoldOut { menu_id, option_id, is_sold_out })
    }
}
