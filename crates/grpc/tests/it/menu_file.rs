//! The menu as a text.

use kiosk_proto::v1::{
    ExportMenuRequest, ImportMenuRequest, menu_format::Value as MenuFormat,
    menu_service_client::MenuServiceClient,
};
use tonic::{Code, transport::Channel};

use crate::cafe::{AMERICANO, Cafe, must, uuid};

type Menus = MenuServiceClient<Channel>;

fn import(text: &str, dry_run: bool) -> ImportMenuRequest {
    let format = MenuFormat::Csv.into();
    ImportMenuRequest { request_id: uuid(), format, text: text.into(), dry_run }
}

#[tokio::test]
async fn a_menu_is_exported_edited_and_imported_in_one_commit() {
    let cafe = Cafe::open().await;
    let mut menus = Menus::new(cafe.channel.clone());
    let export = ExportMenuRequest { format: MenuFormat::Csv.into() };
    let text = must("a text", menus.export_menu(export)).await.unwrap().into_inner().text;
    let head = cafe.head();
    let same = must("an answer", menus.import_menu(import(&text, false))).await.unwrap();
    assert_eq!((same.get_ref().items, cafe.head()), (0, head));

    let edited = text.replace("Americano", "Long black") + ",Cocoa,,,4200\r\n";
    let tried = must("an answer", menus.import_menu(import(&edited, true))).await.unwrap();
    assert_eq!((tried.get_ref().items, cafe.head()), (2, head));
    let request = import(&edited, false);
    let done = must("an answer", menus.import_menu(request.clone())).await.unwrap().into_inner();
    assert_eq!((done.items, cafe.head()), (2, head + 2));
    let again = must("an answer", menus.import_menu(request)).await.unwrap().into_inner();
    assert_eq!((again, cafe.head()), (done, head + 2));
    let snapshot = cafe.hub.snapshot();
    assert_eq!(snapshot.state.menu_item(AMERICANO).unwrap().name, "Long black");
}

#[tokio::test]
async fn a_text_with_wrong_lines_changes_nothing_and_each_is_told() {
    let cafe = Cafe::open().await;
    let mut menus = Menus::new(cafe.channel.clone());
    let head = cafe.head();
    let text = "name,price\nGood,1\nBad,-1\nWorse,x\n";
    let tried = must("an answer", menus.import_menu(import(text, true))).await.unwrap();
    let lines: Vec<(i32, &str)> =
        tried.get_ref().problems.iter().map(|it| (it.line, &*it.column)).collect();
    assert_eq!(lines, [(3, "price"), (4, "price")]);
    let refused = must("a refusal", menus.import_menu(import(text, false))).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let words = "text: line 3, price: price is -1, not 0 to 100000000; \
                 text: line 4, price: \"x\" is not a whole number";
    assert_eq!(refused.message(), words);

    let many = format!("name,price\n{}", "Bad,-1\n".repeat(40));
    let tried = must("an answer", menus.import_menu(import(&many, true))).await.unwrap();
    assert_eq!(tried.get_ref().problems.len(), 40);
    let refused = must("a refusal", menus.import_menu(import(&many, false))).await.unwrap_err();
    assert!(refused.message().ends_with("; and 8 more"), "{}", refused.message());
    let long = import(&"x".repeat(200 * 1024 + 1), true);
    let refused = must("a refusal", menus.import_menu(long)).await.unwrap_err();
    assert_eq!(refused.message(), "text: it has 204801 bytes, more than 204800");
    assert_eq!(cafe.head(), head);
}
