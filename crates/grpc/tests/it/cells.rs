use kiosk_proto::v1::{
    ArchiveCellRequest, Cell, ListCellsRequest, ListLedgerRequest, PlaceOrderRequest,
    TransferPointsRequest, TransferPointsResponse, cell_service_client::CellServiceClient,
    event_service_client::EventServiceClient, ledger_type::Value as LedgerType,
    order_service_client::OrderServiceClient, pay_type::Value as PayType,
};
use tokio::task::JoinSet;
use tonic::{Code, transport::Channel};
use tonic_types::StatusExt as _;

use crate::cafe::{AMERICANO, CHOIR, Cafe, YOUTH, connect, must, uuid, wish};

fn by_cell(cell_id: i32) -> PlaceOrderRequest {
    let pay_type = PayType::Cell.into();
    PlaceOrderRequest { pay_type, cell_id: Some(cell_id), ..wish(AMERICANO, 1) }
}

async fn cells(cafe: &Cafe, include_archived: bool) -> Vec<Cell> {
    let mut cells = CellServiceClient::new(cafe.channel.clone());
    let asked = ListCellsRequest { include_archived };
    must("the cells", cells.list_cells(asked)).await.unwrap().into_inner().cells
}

/// What one terminal has come to: orders taken, orders that the cell had no points for.
async fn pay(channel: Channel, cell_id: i32, times: usize) -> (usize, usize) {
    let mut orders = OrderServiceClient::new(channel);
    let (mut taken, mut short) = (0, 0);
    for _ in 0..times {
        match must("an answer", orders.place_order(by_cell(cell_id))).await {
            Ok(_) => taken += 1,
            Err(refused) => {
                let info = refused.get_details_error_info().unwrap();
                assert_eq!(info.reason, "INSUFFICIENT_BALANCE");
                short += 1;
            }
        }
    }
    (taken, short)
}

/// Each americano is 4,000. The choir has 10,000 and no credit, the youth -3,000 of -5,000.
#[tokio::test(flavor = "multi_thread")]
async fn terminals_that_pay_at_the_same_instant_never_overdraw_a_cell() {
    let cafe = Cafe::open().await;
    let mut cells_of = CellServiceClient::new(cafe.channel.clone());
    let charge = kiosk_proto::v1::ChargeCellRequest {
        request_id: uuid(),
        cell_id: CHOIR,
        amount: 90_000,
        reason: String::new(),
    };
    must("a charge", cells_of.charge_cell(charge)).await.unwrap();
    let mut terminals = JoinSet::new();
    for _ in 0..8 {
        // Each has a connection of its own.
        let channel = connect(cafe.address).await.unwrap();
        terminals.spawn(pay(channel, CHOIR, 6));
    }
    let come_to = must("the terminals", terminals.join_all()).await;
    let taken: usize = come_to.iter().map(|(taken, _)| taken).sum();
    let short: usize = come_to.iter().map(|(_, short)| short).sum();
    assert_eq!((taken, short), (25, 23), "100,000 points are 25 orders of 4,000");
    assert_eq!(pay(cafe.channel.clone(), YOUTH, 2).await, (0, 2));
    let balances: Vec<i32> = cells(&cafe, false).await.iter().map(|cell| cell.balance).collect();
    assert_eq!(balances, [0, -3_000]);

    cafe.store_has_all().await;
    let ledger = ListLedgerRequest { cell_id: CHOIR, page_size: 200, ..Default::default() };
    let ledger = must("the ledger", cells_of.list_ledger(ledger)).await.unwrap().into_inner();
    let payments = ledger.entries.iter().filter(|e| e.r#type() == LedgerType::Payment);
    assert_eq!(payments.map(|entry| entry.amount).collect::<Vec<_>>(), [-4_000; 25]);
    let mut balance = 0;
    for entry in ledger.entries.iter().rev() {
        balance += entry.amount;
        assert_eq!(entry.balance_after, balance);
        assert!(balance >= 0);
    }
    assert_eq!(balance, 0);
}

#[tokio::test]
async fn a_transfer_is_answered_with_both_halves_and_again_when_it_is_repeated() {
    let cafe = Cafe::open().await;
    let mut cells_of = CellServiceClient::new(cafe.channel.clone());
    let transfer = TransferPointsRequest {
        request_id: uuid(),
        from_cell_id: CHOIR,
        to_cell_id: YOUTH,
        amount: 4_000,
        reason: "camp".into(),
    };
    let mut answers = Vec::new();
    for _ in 0..2 {
        let answer = must("a transfer", cells_of.transfer_points(transfer.clone())).await.unwrap();
        answers.push(answer.into_inner());
    }
    assert_eq!(answers[0], answers[1]);
    let TransferPointsResponse { from, to, .. } = answers.swap_remove(0);
    let (from, to) = (from.unwrap(), to.unwrap());
    assert_eq!((from.cell_id, from.change_amount, from.balance_after), (CHOIR, -4_000, 6_000));
    assert_eq!((to.cell_id, to.change_amount, to.balance_after), (YOUTH, 4_000, 1_000));
    assert_eq!((from.other_cell.unwrap().id, to.other_cell.unwrap().id), (YOUTH, CHOIR));
    assert_eq!((from.r#type, &*from.reason), (LedgerType::Transfer.into(), "camp"));

    let own = TransferPointsRequest { request_id: uuid(), to_cell_id: CHOIR, ..transfer };
    let refused = must("an answer", cells_of.transfer_points(own)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let wrong = refused.get_details_bad_request().unwrap().field_violations;
    assert_eq!(wrong[0].field, "to_cell_id");
}

#[tokio::test]
async fn an_archived_cell_is_not_offered_and_its_ledger_stays() {
    let cafe = Cafe::open().await;
    let mut cells_of = CellServiceClient::new(cafe.channel.clone());
    let archive =
        |is_archived| ArchiveCellRequest { request_id: uuid(), cell_id: CHOIR, is_archived };
    for _ in 0..2 {
        let answer = must("an archive", cells_of.archive_cell(archive(true))).await.unwrap();
        assert!(answer.into_inner().cell.unwrap().is_archived);
    }
    let ids = |cells: &[Cell]| cells.iter().map(|cell| cell.cell_id).collect::<Vec<_>>();
    assert_eq!(ids(&cells(&cafe, false).await), [YOUTH]);
    assert_eq!(ids(&cells(&cafe, true).await), [CHOIR, YOUTH]);
    let mut events = EventServiceClient::new(cafe.channel.clone());
    let snapshot = must("a snapshot", events.get_snapshot(kiosk_proto::v1::GetSnapshotRequest {}));
    assert_eq!(ids(&snapshot.await.unwrap().into_inner().cells), [YOUTH]);

    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let refused = must("an answer", orders.place_order(by_cell(CHOIR))).await.unwrap_err();
    assert_eq!(refused.get_details_error_info().unwrap().reason, "CELL_ARCHIVED");
    cafe.store_has_all().await;
    let ledger = ListLedgerRequest { cell_id: CHOIR, ..Default::default() };
    let ledger = must("the ledger", cells_of.list_ledger(ledger)).await.unwrap().into_inner();
    assert_eq!(ledger.entries.len(), 1);

    must("a restore", cells_of.archive_cell(archive(false))).await.unwrap();
    must("an order", orders.place_order(by_cell(CHOIR))).await.unwrap();
}
