//! Categories, stock and options as clients meet them.

use kiosk_proto::v1::{
    DeleteMenuCategoryRequest, GetSnapshotRequest, ListMenuCategoriesRequest, MenuCategory,
    MenuItem, PutMenuCategoryRequest, PutMenuItemRequest, RestockCount, RestockRequest,
    SetOptionSoldOutRequest, SetSoldOutRequest, SetStockRequest, StockCount,
    event_service_client::EventServiceClient, menu_service_client::MenuServiceClient,
    order_service_client::OrderServiceClient,
};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

use crate::cafe::{AMERICANO, Cafe, LAST_CAKE, TEA, must, uuid, wish};

type Menus = MenuServiceClient<Channel>;

async fn put_category(menus: &mut Menus, category_id: i32, name: &str) -> MenuCategory {
    let category = MenuCategory { category_id, name: name.into(), ..Default::default() };
    let request = PutMenuCategoryRequest { request_id: uuid(), category: Some(category) };
    must("a category", menus.put_menu_category(request))
        .await
        .unwrap()
        .into_inner()
        .category
        .unwrap()
}

async fn put_item(menus: &mut Menus, item: MenuItem) -> Result<MenuItem, Status> {
    let request = PutMenuItemRequest { request_id: uuid(), item: Some(item) };
    must("an item", menus.put_menu_item(request)).await.map(|it| it.into_inner().item.unwrap())
}

/// The reason and the facts, sorted.
fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    let mut facts: Vec<String> =
        info.metadata.iter().map(|(name, fact)| format!(" {name}={fact}")).collect();
    facts.sort();
    format!("{}{}", info.reason, facts.concat())
}

#[tokio::test]
async fn a_category_is_put_listed_renamed_and_deleted_when_nothing_is_in_it() {
    let cafe = Cafe::open().await;
    let mut menus = Menus::new(cafe.channel.clone());
    let drinks = put_category(&mut menus, 0, "Drinks").await;
    assert_eq!(drinks.category_id, 1);
    // The answer to what changes nothing is the same category.
    assert_eq!(put_category(&mut menus, 1, "Drinks").await, drinks);
    let item = MenuItem { category_id: 1, name: "Juice".into(), ..Default::default() };
    let juice = put_item(&mut menus, item).await.unwrap();
    assert_eq!(juice.category, "Drinks");
    put_category(&mut menus, 1, "Cold").await;

    let mut events = EventServiceClient::new(cafe.channel.clone());
    let snapshot = must("a snapshot", events.get_snapshot(GetSnapshotRequest {})).await;
    let snapshot = snapshot.unwrap().into_inner();
    let listed = must("a list", menus.list_menu_categories(ListMenuCategoriesRequest {})).await;
    assert_eq!(listed.unwrap().into_inner().categories, snapshot.categories);
    assert_eq!(snapshot.categories[0].name, "Cold");
    let shown = snapshot.menu.iter().find(|item| item.menu_id == juice.menu_id).unwrap();
    assert_eq!(shown.category, "Cold");

    let delete = |category_id| DeleteMenuCategoryRequest { request_id: uuid(), category_id };
    let refused = must("a refusal", menus.delete_menu_category(delete(1))).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "CATEGORY_IN_USE categoryId=1 items=Juice");
    put_item(&mut menus, MenuItem { category_id: 0, category: String::new(), ..juice })
        .await
        .unwrap();
    must("a deletion", menus.delete_menu_category(delete(1))).await.unwrap();
    let gone = must("a refusal", menus.delete_menu_category(delete(1))).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
}

#[tokio::test]
async fn a_restock_adds_puts_on_sale_and_is_done_once() {
    let cafe = Cafe::open().await;
    let mut menus = Menus::new(cafe.channel.clone());
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    must("an order", orders.place_order(wish(LAST_CAKE, 1))).await.unwrap();
    let cake = |cafe: &Cafe| cafe.hub.snapshot().state.menu_item(LAST_CAKE).unwrap().clone();
    assert!(cake(&cafe).is_sold_out);
    let on_sale = SetSoldOutRequest { request_id: uuid(), menu_id: LAST_CAKE, is_sold_out: false };
    let refused = must("a refusal", menus.set_sold_out(on_sale)).await.unwrap_err();
    assert_eq!(reason(&refused), "NOTHING_LEFT menuId=3 menuName=Cake");

    let count = |menu_id, count| RestockCount { menu_id, count };
    let restock = RestockRequest { request_id: uuid(), items: vec![count(LAST_CAKE, 4)] };
    let first = must("a restock", menus.restock(restock.clone())).await.unwrap().into_inner();
    let again = must("a restock", menus.restock(restock)).await.unwrap().into_inner();
    assert_eq!(first, again);
    assert_eq!(first.changes[0].remaining, Some(4));
    assert_eq!((cake(&cafe).is_sold_out, cake(&cafe).remaining), (false, Some(4)));

    let uncounted = RestockRequest { request_id: uuid(), items: vec![count(AMERICANO, 1)] };
    let refused = must("a refusal", menus.restock(uncounted)).await.unwrap_err();
    assert_eq!(reason(&refused), "NOT_COUNTED menuId=1 menuName=Americano");
    let items = vec![count(LAST_CAKE, 0), count(LAST_CAKE, 1)];
    let wrong = RestockRequest { request_id: uuid(), items };
    let refused = must("a refusal", menus.restock(wrong)).await.unwrap_err();
    let details = refused.get_error_details();
    let fields: Vec<&str> = details
        .bad_request()
        .iter()
        .flat_map(|it| it.field_violations.iter().map(|it| &*it.field))
        .collect();
    assert_eq!(fields, ["items[0].count", "items[1].menu_id"]);
}

#[tokio::test]
async fn an_option_is_sold_out_alone_and_several_counts_are_one_event() {
    let cafe = Cafe::open().await;
    let mut menus = Menus::new(cafe.channel.clone());
    let sold_out = SetOptionSoldOutRequest {
        request_id: uuid(),
        menu_id: TEA,
        option_id: 42,
        is_sold_out: true,
    };
    let answer = must("a change", menus.set_option_sold_out(sold_out)).await.unwrap().into_inner();
    assert_eq!(answer.change.unwrap().option_name, "large");
    let mut tea = wish(TEA, 1);
    tea.items[0].options = vec![kiosk_proto::v1::PlaceOrderOption { option_id: 42, quantity: 1 }];
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let refused = must("a refusal", orders.place_order(tea)).await.unwrap_err();
    assert_eq!(
        reason(&refused),
        "OPTION_SOLD_OUT menuId=4 menuName=Tea optionId=42 optionName=large"
    );

    let before = cafe.head();
    let count = |menu_id, count| StockCount { menu_id, remaining: Some(count) };
    let items = vec![count(AMERICANO, 9), count(LAST_CAKE, 9)];
    let stock = SetStockRequest { request_id: uuid(), items };
    let answer = must("a count", menus.set_stock(stock)).await.unwrap().into_inner();
    assert_eq!((answer.changes.len(), cafe.head()), (2, before + 1));
}

#[tokio::test]
async fn a_station_that_is_not_known_is_refused_with_those_that_are() {
    let cafe = Cafe::open().await;
    let mut menus = Menus::new(cafe.channel.clone());
    let item = MenuItem { name: "Toast".into(), station: "grill".into(), ..Default::default() };
    let refused = put_item(&mut menus, item).await.unwrap_err();
    let says = "station is \"grill\", not one of bar, kitchen, dessert";
    assert!(refused.message().ends_with(says), "{}", refused.message());
}
