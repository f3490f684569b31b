use std::time::Duration;

use kiosk_domain::{Adjustment, Command};
use kiosk_proto::v1::{
    GetStatementRequest, GetStatementResponse, PutCellRequest,
    cell_service_client::CellServiceClient,
};
use tonic::{Code, Status};

use crate::cafe::{CHOIR, Cafe, must, uuid};

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn adjust(cafe: &Cafe, points: i32) {
    let amount = Adjustment::new(points).unwrap();
    let reason = "test".into();
    cafe.submit(Command::AdjustCell { cell_id: CHOIR, amount, reason }).await;
}

async fn page(cafe: &Cafe, ask: GetStatementRequest) -> Result<GetStatementResponse, Status> {
    let mut cells = CellServiceClient::new(cafe.channel.clone());
    must("a statement", cells.get_statement(ask)).await.map(tonic::Response::into_inner)
}

/// Opening balance, amounts, closing balance; of all pages, each of which goes on from the one
/// before.
async fn statement(cafe: &Cafe, mut ask: GetStatementRequest) -> (i32, Vec<i32>, i32) {
    let first = page(cafe, ask.clone()).await.unwrap();
    let (opening, mut closing) = (first.opening_balance, first.opening_balance);
    let mut amounts = Vec::new();
    let mut next = first;
    loop {
        assert_eq!(next.opening_balance, closing);
        amounts.extend(next.entries.iter().map(|entry| entry.amount));
        closing = next.closing_balance;
        assert_eq!(closing, opening + amounts.iter().sum::<i32>());
        if next.next_page_token.is_empty() {
            return (opening, amounts, closing);
        }
        assert!(!next.entries.is_empty(), "a page that is not the last has entries");
        ask.page_token = next.next_page_token;
        next = page(cafe, ask.clone()).await.unwrap();
    }
}

fn days(from: &str, to: &str) -> GetStatementRequest {
    let (from_date, to_date) = (from.into(), to.into());
    GetStatementRequest { cell_id: CHOIR, from_date, to_date, page_size: 2, ..Default::default() }
}

/// The choir begins with 10,000 at noon of the 20th in Seoul. A day begins at four.
#[tokio::test]
async fn a_statement_goes_from_one_balance_to_another_over_days_or_times() {
    let cafe = Cafe::open().await;
    for points in [-1, -2, -4] {
        adjust(&cafe, points).await;
    }
    // 03:00 of the 21st is still the 20th's.
    cafe.clock.advance(15 * HOUR);
    adjust(&cafe, -8).await;
    cafe.clock.advance(HOUR);
    adjust(&cafe, -16).await;
    let at_four = cafe.hub.now();
    cafe.clock.advance(48 * HOUR);
    adjust(&cafe, -32).await;
    cafe.store_has_all().await;

    let all = vec![10_000, -1, -2, -4, -8, -16, -32];
    assert_eq!(statement(&cafe, days("", "")).await, (0, all.clone(), 9_937));
    let first = (0, all[..5].to_vec(), 9_985);
    assert_eq!(statement(&cafe, days("2026-11-20", "2026-11-20")).await, first);
    assert_eq!(statement(&cafe, days("", "2026-11-20")).await, first);
    let second = (9_985, vec![-16], 9_969);
    assert_eq!(statement(&cafe, days("2026-11-21", "2026-11-22")).await, second);
    assert_eq!(statement(&cafe, days("2026-11-22", "2026-11-22")).await, (9_969, vec![], 9_969));
    assert_eq!(statement(&cafe, days("2026-11-23", "")).await, (9_969, vec![-32], 9_937));
    assert_eq!(statement(&cafe, days("2027-01-01", "")).await, (9_937, vec![], 9_937));
    assert_eq!(statement(&cafe, days("", "1999-01-01")).await, (0, vec![], 0));
    let before_four = GetStatementRequest { to_time: Some(at_four), ..days("", "") };
    assert_eq!(statement(&cafe, before_four).await, first);
    let from_four = GetStatementRequest { from_time: Some(at_four), ..days("", "") };
    assert_eq!(statement(&cafe, from_four).await, (9_985, vec![-16, -32], 9_937));
}

#[tokio::test]
async fn statements_have_no_hole_and_no_entry_twice_when_the_clock_was_set_back() {
    let cafe = Cafe::open().await;
    cafe.clock.advance(48 * HOUR);
    adjust(&cafe, -1).await;
    cafe.clock.set_back(36 * HOUR);
    adjust(&cafe, -2).await;
    cafe.clock.advance(60 * HOUR);
    adjust(&cafe, -4).await;
    cafe.store_has_all().await;
    let mut balance = 0;
    let mut amounts = Vec::new();
    for day in 19..=25 {
        let day = format!("2026-11-{day}");
        let (opening, of_day, closing) = statement(&cafe, days(&day, &day)).await;
        assert_eq!(opening, balance, "{day}");
        amounts.extend(of_day);
        balance = closing;
    }
    assert_eq!((amounts, balance), (vec![10_000, -1, -2, -4], 9_993));
}

#[tokio::test]
async fn a_long_ledger_is_read_in_pages() {
    let cafe = Cafe::open().await;
    for n in 1..=700 {
        if n == 600 {
            cafe.clock.advance(48 * HOUR);
        }
        adjust(&cafe, -1).await;
    }
    cafe.store_has_all().await;
    let ask = GetStatementRequest { page_size: 50, ..days("2026-11-22", "") };
    assert_eq!(statement(&cafe, ask).await, (9_401, vec![-1; 101], 9_300));
    let all = GetStatementRequest { page_size: 200, ..days("", "") };
    assert_eq!(statement(&cafe, all).await.1.len(), 701);
}

#[tokio::test]
async fn a_range_that_is_none_is_refused_with_its_fields() {
    let cafe = Cafe::open().await;
    let now = Some(cafe.hub.now());
    for (ask, problem) in [
        (days("2026-02-30", ""), "from_date: it must be YYYY-MM-DD"),
        (days("", "21.11.2026"), "to_date: it must be YYYY-MM-DD"),
        (days("2026-11-21", "2026-11-19"), "to_date: it must not be before the beginning"),
        (days("2026-11-21", "2026-11-20"), "to_date: it must not be before the beginning"),
        (
            GetStatementRequest { from_time: now, ..days("2026-11-21", "") },
            "from_date: it can't go with a time",
        ),
        (
            GetStatementRequest { page_size: 201, page_token: "x".into(), ..days("", "") },
            "page_size: it must be from 1 to 200; \
             page_token: it must be the next_page_token of an earlier answer",
        ),
    ] {
        let refused = page(&cafe, ask).await.unwrap_err();
        assert_eq!((refused.code(), refused.message()), (Code::InvalidArgument, problem));
    }
    let nobody = GetStatementRequest { cell_id: 99, ..Default::default() };
    assert_eq!(page(&cafe, nobody).await.unwrap_err().code(), Code::NotFound);
    let new = PutCellRequest { request_id: uuid(), name: "new".into(), ..Default::default() };
    let mut cells = CellServiceClient::new(cafe.channel.clone());
    let cell_id = must("a cell", cells.put_cell(new)).await.unwrap().into_inner().cell.unwrap();
    let empty = GetStatementRequest { cell_id: cell_id.cell_id, ..Default::default() };
    assert_eq!(statement(&cafe, empty).await, (0, vec![], 0));
}
