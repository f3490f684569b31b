mod category;
mod file;
mod image;

use std::{fs, io, path::PathBuf};

use clap::{Args, Subcommand};
use kiosk_proto::v1::{
    DeleteMenuItemRequest, ListMenusRequest, ListMenusResponse, MenuItem, PutMenuItemRequest,
    RestockCount, RestockRequest, SetOptionSoldOutRequest, SetSoldOutRequest, SetStockRequest,
    StockChanged, StockCount, menu_service_client::MenuServiceClient,
};
use serde::Deserialize;

use self::{
    category::CategoryCommand,
    file::{ExportArgs, ImportArgs},
    image::ImageArgs,
};
use crate::{
    cli::Mutation,
    client::Client,
    failure::Failure,
    output::{Column, Output, grouped, table},
};

#[derive(Debug, Subcommand)]
pub(crate) enum MenuCommand {
    /// All items.
    List,
    /// Create items, or replace them whole, from a file or from the flags.
    ///
    /// The file holds one item or an array of them, as `menu list --json` prints them:
    /// {"menuId":0,"name":"라떼","price":5000,"category":"coffee","optionGroups":[{"name":"cup",
    /// "min":1,"max":1,"options":[{"optionId":1,"name":"ice","priceDelta":500}]}]}.
    /// Menu id 0 takes the next free id. A replaced item's stock is what is given here.
    Put(PutArgs),
    /// Remove an item from the menu.
    Delete {
        menu_id: i32,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Mark an item as sold out, or no longer.
    SoldOut {
        menu_id: i32,
        /// It can be ordered again.
        #[arg(long)]
        off: bool,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Mark one option of an item as sold out, or no longer.
    OptionSoldOut {
        menu_id: i32,
        option_id: i32,
        /// It can be chosen again.
        #[arg(long)]
        off: bool,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// The headings that items stand under.
    #[command(subcommand)]
    Category(CategoryCommand),
    /// Give an item a picture (JPEG, PNG or WebP, up to 5 MiB), or take it away.
    Image(ImageArgs),
    /// Print the whole menu as a text to edit and to import again.
    Export(ExportArgs),
    /// Put what a text says onto the menu, all of it or nothing. Items that it does not name stay.
    ///
    /// First everything is checked: each wrong line is told with its column, and nothing changes.
    Import(ImportArgs),
    /// Add what has come to what is left: `1=20` is 20 more of item 1, which must be counted.
    Restock {
        #[arg(required = true, value_name = "MENU_ID=COUNT", value_parser = parse_restock)]
        counts: Vec<RestockCount>,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Count the stock anew: `1=20` leaves 20 of item 1, `2=none` stops counting item 2.
    Stock {
        #[arg(required = true, value_name = "MENU_ID=COUNT", value_parser = parse_count)]
        counts: Vec<StockCount>,
        #[command(flatten)]
        mutation: Mutation,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PutArgs {
    /// JSON of the item or items; `-` reads standard input.
    #[arg(required_unless_present = "name", conflicts_with = "name")]
    file: Option<PathBuf>,
    /// The item to replace; without it, a new one.
    #[arg(
        long,
        default_value = "0",
        hide_default_value = true,
        requires = "name",
        value_name = "MENU_ID"
    )]
    id: i32,
    /// What it is called, in the shop's language.
    #[arg(long, requires = "price")]
    name: Option<String>,
    /// In the currency's smallest unit.
    #[arg(long, requires = "name", value_name = "AMOUNT")]
    price: Option<i32>,
    /// Its name in English.
    #[arg(long, default_value = "", hide_default_value = true, requires = "name")]
    name_en: String,
    /// The heading it stands under.
    #[arg(long, default_value = "", hide_default_value = true, requires = "name")]
    category: String,
    /// Where it is made: bar, kitchen, ….
    #[arg(long, default_value = "", hide_default_value = true, requires = "name")]
    station: String,
    /// How many are left; not counted if not given.
    #[arg(long, requires = "name", value_name = "COUNT")]
    remaining: Option<i32>,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(
    command: MenuCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        MenuCommand::List => {
            let answer = list(client).await?;
            output.message(&answer, |answer| menu_table(&answer.items))
        }
        MenuCommand::Put(args) => put(args, client, output).await,
        MenuCommand::Delete { menu_id, mutation } => {
            let request_id = mutation.request_id();
            let request = DeleteMenuItemRequest { request_id: request_id.clone(), menu_id };
            let call = async |channel, request| {
                MenuServiceClient::new(channel).delete_menu_item(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |_| format!("deleted {menu_id}"))
        }
        MenuCommand::SoldOut { menu_id, off, mutation } => {
            let request_id = mutation.request_id();
            let request =
                SetSoldOutRequest { request_id: request_id.clone(), menu_id, is_sold_out: !off };
            let call = async |channel, request| {
                MenuServiceClient::new(channel).set_sold_out(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| {
                let name = answer.change.as_ref().map_or("", |change| &change.menu_name);
                format!("{name} is {}", if off { "on sale" } else { "sold out" })
            })
        }
        MenuCommand::OptionSoldOut { menu_id, option_id, off, mutation } => {
            let (request_id, is_sold_out) = (mutation.request_id(), !off);
            let id = request_id.clone();
            let request = SetOptionSoldOutRequest { request_id, menu_id, option_id, is_sold_out };
            let call = async |channel, request| {
                MenuServiceClient::new(channel).set_option_sold_out(request).await
            };
            let answer = client.mutate(&id, request, call).await?;
            output.message(&answer, |answer| {
                let change = answer.change.clone().unwrap_or_default();
                let now = if off { "on sale" } else { "sold out" };
                format!("{} {} is {now}", change.menu_name, change.option_name)
            })
        }
        MenuCommand::Category(command) => category::run(command, client, output).await,
        MenuCommand::Image(args) => image::run(args, client, output).await,
        MenuCommand::Export(args) => file::export(args, client, output).await,
        MenuCommand::Import(args) => file::import(args, client, output).await,
        MenuCommand::Restock { counts, mutation } => {
            let request_id = mutation.request_id();
            let request = RestockRequest { request_id: request_id.clone(), items: counts };
            let call =
                async |channel, request| MenuServiceClient::new(channel).restock(request).await;
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| stock_lines(&answer.changes))
        }
        MenuCommand::Stock { counts, mutation } => {
            let request_id = mutation.request_id();
            let request = SetStockRequest { request_id: request_id.clone(), items: counts };
            let call =
                async |channel, request| MenuServiceClient::new(channel).set_stock(request).await;
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| stock_lines(&answer.changes))
        }
    }
}

fn stock_lines(changes: &[StockChanged]) -> String {
    let lines = changes.iter().map(|c| format!("{}: {}\n", c.menu_name, left(c.remaining)));
    lines.collect()
}

/// All items of the menu.
pub(crate) async fn list(client: &Client) -> Result<ListMenusResponse, Failure> {
    let call = async |channel, request| MenuServiceClient::new(channel).list_menus(request).await;
    client.call(ListMenusRequest {}, call).await
}

/// One line an item, with its options.
pub(crate) fn menu_table(items: &[MenuItem]) -> String {
    table(
        [
            Column::Right("ID"),
            Column::Left("NAME"),
            Column::Left("CATEGORY"),
            Column::Right("PRICE"),
            Column::Right("LEFT"),
            Column::Left("STATION"),
            Column::Left("OPTIONS"),
        ],
        items.iter().map(|item| {
            [
                item.menu_id.to_string(),
                item.name.clone(),
                item.category.clone(),
                grouped(item.price),
                if item.is_sold_out { "sold out".into() } else { left(item.remaining) },
                item.station.clone(),
                options(item),
            ]
        }),
    )
}

async fn put(args: PutArgs, client: &Client, output: Output) -> Result<(), Failure> {
    let items = match &args.file {
        Some(file) => read_items(file)?,
        None => vec![MenuItem {
            menu_id: args.id,
            name: args.name.unwrap_or_default(),
            name_en: args.name_en,
            category: args.category,
            price: args.price.unwrap_or_default(),
            station: args.station,
            remaining: args.remaining,
            ..Default::default()
        }],
    };
    if args.mutation.is_repeat() && items.len() != 1 {
        return Err(Failure::Usage("--request-id is for one item".into()));
    }
    for item in items {
        let request_id = args.mutation.request_id();
        let request = PutMenuItemRequest { request_id: request_id.clone(), item: Some(item) };
        let call =
            async |channel, request| MenuServiceClient::new(channel).put_menu_item(request).await;
        let answer = client.mutate(&request_id, request, call).await?;
        output.message(&answer, |answer| {
            let item = answer.item.clone().unwrap_or_default();
            format!("{} {} {}", item.menu_id, item.name, grouped(item.price))
        })?;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ItemFile {
    Many(Vec<serde_json::Value>),
    One(serde_json::Value),
}

/// The items are decoded one by one, so that an error names the item and its field.
fn read_items(file: &PathBuf) -> Result<Vec<MenuItem>, Failure> {
    let wrong =
        |error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", file.display()));
    let text = if file.as_os_str() == "-" {
        io::read_to_string(io::stdin())
    } else {
        fs::read_to_string(file)
    };
    let text = text.map_err(|error| wrong(&error))?;
    let values = match serde_json::from_str(&text).map_err(|error| wrong(&error))? {
        ItemFile::Many(values) => values,
        ItemFile::One(value) => vec![value],
    };
    let items = values.into_iter().enumerate().map(|(i, value)| {
        serde_json::from_value(value).map_err(|error| wrong(&format!("item {}: {error}", i + 1)))
    });
    items.collect()
}

fn parse_count(text: &str) -> Result<StockCount, String> {
    let (menu_id, count) = text.split_once('=').ok_or("expected MENU_ID=COUNT, such as 1=20")?;
    let menu_id = menu_id.parse().map_err(|_| format!("not a menu id: {menu_id:?}"))?;
    let remaining = match count {
        "none" => None,
        count => Some(count.parse().map_err(|_| format!("not a count: {count:?}"))?),
    };
    Ok(StockCount { menu_id, remaining })
}

fn parse_restock(text: &str) -> Result<RestockCount, String> {
    let StockCount { menu_id, remaining } = parse_count(text)?;
    let count = remaining.ok_or("expected a count")?;
    Ok(RestockCount { menu_id, count })
}

fn left(remaining: Option<i32>) -> String {
    remaining.map_or_else(|| "-".into(), |count| count.to_string())
}

/// `cup (1): 1 ice +500, 2 hot`.
fn options(item: &MenuItem) -> String {
    let groups = item.option_groups.iter().map(|group| {
        let range = if group.min == group.max {
            group.min.to_string()
        } else {
            format!("{}-{}", group.min, group.max)
        };
        let options = group.options.iter().map(|option| match option.price_delta {
            _ if option.is_sold_out => format!("{} {} sold out", option.option_id, option.name),
            0 => format!("{} {}", option.option_id, option.name),
            delta if delta > 0 => {
                format!("{} {} +{}", option.option_id, option.name, grouped(delta))
            }
            delta => format!("{} {} {}", option.option_id, option.name, grouped(delta)),
        });
        format!("{} ({range}): {}", group.name, options.collect::<Vec<_>>().join(", "))
    });
    groups.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn items_of(text: &str) -> Result<Vec<MenuItem>, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        read_items(&file.path().to_owned()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_menu_file_holds_one_item_or_many() {
        assert_eq!(items_of(r#"{"name":"라떼","price":5000}"#).unwrap()[0].price, 5000);
        let many = items_of(r#"[{"name":"a"},{"name":"b","remaining":3}]"#).unwrap();
        assert_eq!((many.len(), many[1].remaining), (2, Some(3)));
    }

    #[test]
    fn a_wrong_menu_file_is_told_by_item_and_field() {
        let error = items_of(r#"[{"name":"a"},{"nmae":"b"}]"#).unwrap_err();
        assert!(error.contains("item 2: ") && error.contains("nmae"), "{error}");
        assert!(items_of("{").unwrap_err().contains("EOF"));
    }

    #[test]
    fn stock_is_a_count_or_none() {
        assert_eq!(parse_count("1=20"), Ok(StockCount { menu_id: 1, remaining: Some(20) }));
        assert_eq!(parse_count("2=none"), Ok(StockCount { menu_id: 2, remaining: None }));
        assert_eq!(parse_count("2=many").unwrap_err(), "not a count: \"many\"");
        assert_eq!(parse_restock("1=20"), Ok(RestockCount { menu_id: 1, count: 20 }));
        assert_eq!(parse_restock("1=none").unwrap_err(), "expected a count");
        assert_eq!(parse_count("20").unwrap_err(), "expected MENU_ID=COUNT, such as 1=20");
    }
}
