//! What the rules refuse of cells, the menu and settings.

use super::{check, refused};
use kiosk_proto::v1::{
    AdjustCellRequest, ChargeCellRequest, GetSettingRequest, ListLedgerRequest, MenuItem,
    OptionGroup, PutCellRequest, PutMenuItemRequest, SetSettingRequest, SetSoldOutRequest,
    SetStockRequest, StockCount, cell_service_client::CellServiceClient,
    menu_service_client::MenuServiceClient, settings_service_client::SettingsServiceClient,
};

use crate::cafe::{CHOIR, Cafe, YOUTH, must, uuid};

#[tokio::test]
async fn what_the_rules_refuse_of_cells_menu_and_settings_says_why() {
    let cafe = Cafe::open().await;
    for _ in 0..21 {
        let (request_id, amount) = (uuid(), 100_000_000);
        let charge =
            ChargeCellRequest { request_id, cell_id: CHOIR, amount, reason: String::new() };
        let mut cells = CellServiceClient::new(cafe.channel.clone());
        must("a charge", cells.charge_cell(charge)).await.unwrap();
    }
    let head = cafe.head();
    let charge = |cell_id, amount| ChargeCellRequest {
        request_id: uuid(),
        cell_id,
        amount,
        reason: String::new(),
    };
    let set = |key: &str, value: &str| SetSettingRequest {
        request_id: uuid(),
        key: key.into(),
        value: value.into(),
    };
    let rows = vec![
        (
            "a charge beyond what can be counted",
            refused!(cafe, CellServiceClient.charge_cell(charge(CHOIR, 100_000_000))),
            "FailedPrecondition BALANCE_OUT_OF_RANGE cellId=1".into(),
        ),
        (
            "a charge of no cell",
            refused!(cafe, CellServiceClient.charge_cell(charge(99, 1))),
            "NotFound NOT_FOUND cell=99".into(),
        ),
        (
            "a limit below the debt",
            refused!(
                cafe,
                CellServiceClient.put_cell(PutCellRequest {
                    request_id: uuid(),
                    cell_id: YOUTH,
                    name: "Youth".into(),
                    credit_limit: 2_999,
                })
            ),
            "FailedPrecondition CREDIT_IN_USE balance=-3000".into(),
        ),
        (
            "a correction below the limit",
            refused!(
                cafe,
                CellServiceClient.adjust_cell(AdjustCellRequest {
                    request_id: uuid(),
                    cell_id: YOUTH,
                    amount: -2_001,
                    reason: "lost".into(),
                })
            ),
            "FailedPrecondition INSUFFICIENT_BALANCE available=2000 cellId=2".into(),
        ),
        (
            "a ledger of no cell",
            refused!(
                cafe,
                CellServiceClient
                    .list_ledger(ListLedgerRequest { cell_id: 99, ..Default::default() })
            ),
            "NotFound NOT_FOUND cell=99".into(),
        ),
        (
            "a setting that is not known",
            refused!(cafe, SettingsServiceClient.set_setting(set("colour", "blue"))),
            "NotFound NOT_FOUND setting=colour".into(),
        ),
        (
            "a value that can't be",
            refused!(cafe, SettingsServiceClient.set_setting(set("time_zone", "Mars/Base"))),
            "InvalidArgument INVALID [value]".into(),
        ),
        (
            "get of a setting that is not known",
            refused!(
                cafe,
                SettingsServiceClient.get_setting(GetSettingRequest { key: "colour".into() })
            ),
            "NotFound NOT_FOUND setting=colour".into(),
        ),
        (
            "an item at a negative price, late before anyone is warned, with a group of nothing",
            refused!(
                cafe,
                MenuServiceClient.put_menu_item(PutMenuItemRequest {
                    request_id: uuid(),
                    item: Some(MenuItem {
                        name: "Gift".into(),
                        price: -1,
                        warn_minutes: 9,
                        late_minutes: 9,
                        option_groups: vec![OptionGroup {
                            name: "size".into(),
                            max: 1,
                            ..Default::default()
                        }],
                        ..Default::default()
                    }),
                })
            ),
            "InvalidArgument INVALID [item.price] [item.late_minutes] [item.option_groups[0].options]"
                .into(),
        ),
        (
            "stock of no item",
            refused!(
                cafe,
                MenuServiceClient.set_stock(SetStockRequest {
                    request_id: uuid(),
                    items: vec![StockCount { menu_id: 99, remaining: Some(1) }],
                })
            ),
            "NotFound NOT_FOUND menu item=99".into(),
        ),
        (
            "sold out of no item",
            refused!(
                cafe,
                MenuServiceClient.set_sold_out(SetSoldOutRequest {
                    request_id: uuid(),
                    menu_id: 99,
                    is_sold_out: true,
                })
            ),
            "NotFound NOT_FOUND menu item=99".into(),
        ),
    ];
    check(&cafe, head, rows);
}
