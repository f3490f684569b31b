use clap::Subcommand;
use kiosk_proto::v1::{
    DeleteMenuCategoryRequest, ListMenuCategoriesRequest, MenuCategory, PutMenuCategoryRequest,
    menu_service_client::MenuServiceClient,
};

use crate::{
    cli::Mutation,
    client::Client,
    failure::Failure,
    output::{Column, Output, table},
};

#[derive(Debug, Subcommand)]
pub(crate) enum CategoryCommand {
    /// All categories.
    List,
    /// Create a category, or replace it. Its new name is shown by all its items.
    Put {
        name: String,
        /// The category to replace; without it, a new one.
        #[arg(long, default_value = "0", hide_default_value = true, value_name = "CATEGORY_ID")]
        id: i32,
        /// Its name in English.
        #[arg(long, default_value = "", hide_default_value = true)]
        name_en: String,
        /// Lower ones come first.
        #[arg(long, default_value = "0", allow_hyphen_values = true, value_name = "NUMBER")]
        order: i32,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Remove a category that no item is in.
    Delete {
        category_id: i32,
        #[command(flatten)]
        mutation: Mutation,
    },
}

pub(crate) async fn run(
    command: CategoryCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        CategoryCommand::List => {
            let call = async |channel, request| {
                MenuServiceClient::new(channel).list_menu_categories(request).await
            };
            let answer = client.call(ListMenuCategoriesRequest {}, call).await?;
            output.message(&answer, |answer| category_table(&answer.categories))
        }
        CategoryCommand::Put { name, id, name_en, order, mutation } => {
            let request_id = mutation.request_id();
            let category = MenuCategory { category_id: id, name, name_en, display_order: order };
            let request =
                PutMenuCategoryRequest { request_id: request_id.clone(), category: Some(category) };
            let call = async |channel, request| {
                MenuServiceClient::new(channel).put_menu_category(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| {
                let category = answer.category.clone().unwrap_or_default();
                format!("{} {}", category.category_id, category.name)
            })
        }
        CategoryCommand::Delete { category_id, mutation } => {
            let request_id = mutation.request_id();
            let request = DeleteMenuCategoryRequest { request_id: request_id.clone(), category_id };
            let call = async |channel, request| {
                MenuServiceClient::new(channel).delete_menu_category(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |_| format!("deleted {category_id}"))
        }
    }
}

fn category_table(categories: &[MenuCategory]) -> String {
    let row = |it: &MenuCategory| {
        [
            it.category_id.to_string(),
            it.name.clone(),
            it.name_en.clone(),
            it.display_order.to_string(),
        ]
    };
    let columns = [
        Column::Right("ID"),
        Column::Left("NAME"),
        Column::Left("ENGLISH"),
        Column::Right("ORDER"),
    ];
    table(columns, categories.iter().map(row))
}
