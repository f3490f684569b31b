//! Close of day and sales, as a client sees them.

use std::{fs, path::Path, time::Duration};

use kiosk_proto::v1::{
    CancelOrderRequest, CloseDayRequest, CloseDayResponse, DayReport, ExportReportRequest,
    ExportReportResponse, GetDayReportRequest, GetReportRequest, GetSalesReportRequest,
    ListDayReportsRequest, Order, PlaceOrderRequest, SalesReport, SetOrderStatusRequest,
    order_service_client::OrderServiceClient, order_status::Value as Status,
    pay_type::Value as PayType, report_format::Value as Format,
    report_service_client::ReportServiceClient,
};
use tonic::transport::Channel;

use crate::{
    cafe::{AMERICANO, CHOIR, Cafe, TestClock, connect, must, uuid, wish},
    rejections::{Row, check, refused},
};

type Reports = ReportServiceClient<Channel>;

fn reports(cafe: &Cafe) -> Reports {
    ReportServiceClient::new(cafe.channel.clone())
}

async fn x(cafe: &Cafe) -> DayReport {
    let mut reports = reports(cafe);
    let answer = must("an X", reports.get_report(GetReportRequest {})).await.unwrap();
    answer.into_inner().report.unwrap()
}

fn closing() -> CloseDayRequest {
    CloseDayRequest { request_id: uuid(), ..Default::default() }
}

async fn close(cafe: &Cafe, request: CloseDayRequest) -> CloseDayResponse {
    let mut reports = reports(cafe);
    must("a Z", reports.close_day(request)).await.unwrap().into_inner()
}

async fn z(cafe: &Cafe) -> DayReport {
    close(cafe, closing()).await.report.unwrap()
}

async fn place(cafe: &Cafe, request: PlaceOrderRequest) -> Order {
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let answer = must("an order", orders.place_order(request)).await.unwrap();
    answer.into_inner().order.unwrap()
}

async fn cancel(cafe: &Cafe, order: &Order) {
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let request_id = uuid();
    let order_id = order.order_id.clone();
    let cancel = CancelOrderRequest { request_id, order_id, reason: "rain".into() };
    must("a cancellation", orders.cancel_order(cancel)).await.unwrap();
}

fn money(report: &DayReport) -> (i32, i64, i64, i64) {
    (report.number, report.orders, report.gross, report.refunds)
}

#[tokio::test]
async fn an_x_shows_what_a_z_closes_and_the_next_one_begins_empty() {
    let cafe = Cafe::open().await;
    let cash = PlaceOrderRequest { pay_type: PayType::Cash.into(), ..wish(AMERICANO, 2) };
    let first = place(&cafe, cash).await;
    place(&cafe, wish(AMERICANO, 1)).await;
    let shown = x(&cafe).await;
    assert_eq!(money(&shown), (0, 2, 12_000, 0));
    assert_eq!(money(&x(&cafe).await), money(&shown), "an X changes nothing");

    let wish = CloseDayRequest {
        counted_cash: Some(57_000),
        opening_cash: Some(50_000),
        note: "rainy".into(),
        ..closing()
    };
    let closed = close(&cafe, wish).await;
    let report = closed.report.unwrap();
    assert_eq!(money(&report), (1, 2, 12_000, 0));
    assert_eq!((report.by_item.clone(), &*report.note), (shown.by_item, "rainy"));
    let drawer = report.cash.unwrap();
    assert_eq!((drawer.expected, drawer.difference), (58_000, Some(-1_000)));
    assert_eq!(report.closed_by.as_ref().unwrap().name, "admin");
    assert_eq!(closed.position.unwrap().seq, report.through_seq + 1);
    let carried = report.carried_over.clone().unwrap();
    assert_eq!((carried.count, carried.amount), (2, 12_000));
    assert_eq!(report.cells.unwrap().balance, 7_000);

    assert_eq!(money(&x(&cafe).await), (0, 0, 0, 0));
    // It was paid before, and goes back now.
    cancel(&cafe, &first).await;
    let next = z(&cafe).await;
    assert_eq!(money(&next), (2, 0, 0, 8_000));
    assert_eq!((next.net, next.after_seq), (-8_000, report.through_seq));
    assert_eq!(next.cash.unwrap().refunds, 8_000);
    assert_eq!((next.grand_total_before, next.grand_total_after), (12_000, 12_000));
    cafe.store_has_all().await;
    for report in [report, next] {
        let ask = GetDayReportRequest { number: report.number };
        let mut reports = reports(&cafe);
        let found = must("a report", reports.get_day_report(ask)).await.unwrap().into_inner();
        assert_eq!(found.report.unwrap(), report);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_closes_at_once_gets_a_number_of_their_own_or_none() {
    let cafe = Cafe::open().await;
    place(&cafe, wish(AMERICANO, 1)).await;
    let mut closers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let channel = connect(cafe.address).await.unwrap();
        closers.spawn(async move { Reports::new(channel).close_day(closing()).await });
    }
    let mut numbers = Vec::new();
    for answer in must("the answers", closers.join_all()).await {
        match answer {
            Ok(answer) => numbers.push(answer.into_inner().report.unwrap()),
            Err(refused) => assert_eq!(refused.code(), tonic::Code::Aborted, "{refused:?}"),
        }
    }
    numbers.sort_by_key(|report| report.number);
    assert!(!numbers.is_empty());
    for (report, number) in numbers.iter().zip(1..) {
        assert_eq!(report.number, number);
    }
    assert_eq!(numbers.iter().map(|report| report.gross).sum::<i64>(), 4_000);
}

#[tokio::test]
async fn a_close_that_is_repeated_closes_once_and_gets_its_first_answer() {
    let cafe = Cafe::open().await;
    place(&cafe, wish(AMERICANO, 1)).await;
    let request = closing();
    let first = close(&cafe, request.clone()).await;
    place(&cafe, wish(AMERICANO, 2)).await;
    assert_eq!(z(&cafe).await.number, 2);
    assert_eq!(close(&cafe, request.clone()).await, first);
    assert_eq!(cafe.hub.snapshot().state.last_close().number, 2);
    let cafe = cafe.restart(|_| {}).await;
    assert_eq!(close(&cafe, request.clone()).await, first);
    let other = CloseDayRequest { note: "another".into(), ..request };
    let refused = refused!(cafe, ReportServiceClient.close_day(other));
    assert_eq!(refused, "InvalidArgument REQUEST_ID_REUSED [request_id]");
}

#[tokio::test]
async fn a_restart_and_a_store_that_is_rebuilt_change_no_report() {
    let cafe = Cafe::open().await;
    place(&cafe, wish(AMERICANO, 1)).await;
    let closed = z(&cafe).await;
    place(&cafe, wish(AMERICANO, 3)).await;
    let shown = x(&cafe).await;
    let cafe = cafe.restart(|_| {}).await;
    assert_eq!(x(&cafe).await, shown);
    let cafe = cafe.restart(|dir| fs::remove_dir_all(dir.join("state")).unwrap()).await;
    assert_eq!(x(&cafe).await, shown);
    let mut reports = reports(&cafe);
    let found = reports.get_day_report(GetDayReportRequest { number: 1 });
    assert_eq!(must("a report", found).await.unwrap().into_inner().report.unwrap(), closed);
    assert_eq!(money(&z(&cafe).await), (2, 1, 12_000, 0));
}

fn damage_the_middle(dir: &Path) {
    let entries = fs::read_dir(dir.join("journal")).unwrap();
    let segment = entries.map(|entry| entry.unwrap().path()).max().unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes).unwrap();
}

#[tokio::test]
async fn a_damaged_journal_is_declared_and_does_not_keep_the_day_open() {
    let cafe = Cafe::open().await;
    for _ in 0..30 {
        place(&cafe, wish(AMERICANO, 1)).await;
    }
    let cafe = cafe.restart(damage_the_middle).await;
    place(&cafe, wish(AMERICANO, 1)).await;
    let report = z(&cafe).await;
    assert!((1..30).contains(&report.missing_events), "{report:?}");
    let lost = i64::try_from(report.missing_events).unwrap();
    assert_eq!((report.orders, report.gross), (31 - lost, (31 - lost) * 4_000));
    assert_eq!((report.missing.len(), report.epochs.len()), (1, 2));
    let day = &report.tickets[0];
    assert_eq!((day.first, day.last, i64::from(day.missing_count)), (1, 31, lost));
    // The next one is whole again.
    assert_eq!(z(&cafe).await.missing_events, 0);
}

#[tokio::test]
async fn reports_are_listed_from_the_newest_a_page_at_a_time() {
    let cafe = Cafe::open().await;
    for _ in 0..5 {
        place(&cafe, wish(AMERICANO, 1)).await;
        z(&cafe).await;
    }
    let mut reports = reports(&cafe);
    let mut request = ListDayReportsRequest { page_size: 2, ..Default::default() };
    let mut numbers = Vec::new();
    loop {
        let page = reports.list_day_reports(request.clone());
        let page = must("a page", page).await.unwrap().into_inner();
        for report in &page.reports {
            assert_eq!((report.gross, report.by_item.len(), report.by_hour.len()), (4_000, 0, 0));
        }
        numbers.push(page.reports.iter().map(|report| report.number).collect::<Vec<_>>());
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(numbers, [vec![5, 4], vec![3, 2], vec![1]]);
}

async fn export(cafe: &Cafe, request: ExportReportRequest) -> ExportReportResponse {
    let mut reports = reports(cafe);
    must("an export", reports.export_report(request)).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_report_is_exported_under_its_own_name() {
    let cafe = Cafe::open().await;
    place(&cafe, wish(AMERICANO, 2)).await;
    let report = z(&cafe).await;
    let request = |number, format: Format| ExportReportRequest {
        number,
        format: format.into(),
        ..Default::default()
    };
    let csv = export(&cafe, request(1, Format::Csv)).await;
    assert_eq!((&*csv.file_name, &*csv.content_type), ("z-0001.csv", "text/csv; charset=utf-8"));
    assert!(csv.content.contains("\r\nitem,1,Americano,2,8000,0,0,8000\r\n"), "{}", csv.content);
    let json = export(&cafe, request(1, Format::Json)).await;
    assert_eq!(json.file_name, "z-0001.json");
    assert_eq!(serde_json::from_str::<DayReport>(&json.content).unwrap(), report);
    let text = export(&cafe, request(0, Format::Text)).await;
    assert_eq!(text.file_name, "x.txt");
    assert!(text.content.contains("중간 집계 (X)"), "{}", text.content);
}

async fn sales(cafe: &Cafe, from: &str, to: &str) -> SalesReport {
    let request =
        GetSalesReportRequest { from_date: from.into(), to_date: to.into(), ..Default::default() };
    let mut reports = reports(cafe);
    must("sales", reports.get_sales_report(request)).await.unwrap().into_inner().report.unwrap()
}

async fn step(cafe: &Cafe, order: &Order, status: Status) {
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let (request_id, order_id) = (uuid(), order.order_id.clone());
    let step = SetOrderStatusRequest { request_id, order_id, status: status.into() };
    must("a step", orders.set_order_status(step)).await.unwrap();
}

fn a_day(clock: &TestClock) {
    clock.advance(Duration::from_secs(24 * 60 * 60));
}

#[tokio::test]
async fn sales_are_counted_by_the_orders_days_from_history_and_the_working_set() {
    let cafe = Cafe::open().await;
    let made = place(&cafe, wish(AMERICANO, 1)).await;
    for (status, seconds) in [(Status::Making, 60), (Status::Ready, 1), (Status::Completed, 1)] {
        cafe.clock.advance(Duration::from_secs(seconds));
        step(&cafe, &made, status).await;
    }
    let open = place(&cafe, wish(AMERICANO, 2)).await;
    a_day(&cafe.clock);
    let by_cell = PlaceOrderRequest {
        pay_type: PayType::Cell.into(),
        cell_id: Some(CHOIR),
        ..wish(AMERICANO, 1)
    };
    place(&cafe, by_cell).await;
    // Made yesterday, cancelled today: it is yesterday's sale that was none.
    cancel(&cafe, &open).await;
    let both = sales(&cafe, "2026-11-20", "2026-11-21").await;
    assert_eq!((both.orders, both.gross, both.refunds), (3, 16_000, 8_000));
    assert_eq!(both.cancelled_orders, 1);
    let days: Vec<_> = both.by_day.iter().map(|day| (&*day.business_date, day.net)).collect();
    assert_eq!(days, [("2026-11-20", 4_000), ("2026-11-21", 4_000)]);
    // A Friday, and a Saturday.
    let weekdays: Vec<i64> = both.by_weekday.iter().map(|day| day.net).collect();
    assert_eq!(weekdays, [0, 0, 0, 0, 4_000, 4_000, 0]);
    let times = &both.preparation[0];
    assert_eq!((times.lines, times.median_seconds, times.longest_seconds), (1, 61, 61));
    assert_eq!(sales(&cafe, "2026-11-21", "2027-11-21").await.gross, 4_000);
    assert_eq!(sales(&cafe, "2026-11-19", "2026-11-19").await.orders, 0);
    // The rest are in the store alone.
    a_day(&cafe.clock);
    place(&cafe, wish(AMERICANO, 1)).await;
    assert_eq!(sales(&cafe, "2026-11-20", "2026-11-21").await.net, both.net);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    let cafe = &Cafe::open().await;
    let head = cafe.head();
    let close = |request| async move { refused!(cafe, ReportServiceClient.close_day(request)) };
    let sales = |from: &str, to: &str| {
        let (from_date, to_date) = (from.to_owned(), to.to_owned());
        let request = GetSalesReportRequest { from_date, to_date, items_max: 1_001 };
        async move { refused!(cafe, ReportServiceClient.get_sales_report(request)) }
    };
    let export =
        |request| async move { refused!(cafe, ReportServiceClient.export_report(request)) };
    let get = |number| async move {
        refused!(cafe, ReportServiceClient.get_day_report(GetDayReportRequest { number }))
    };
    let wrong = CloseDayRequest {
        request_id: "7".into(),
        counted_cash: Some(-1),
        opening_cash: Some(10_000_000_001),
        note: "\u{7}".into(),
    };
    let text = ExportReportRequest {
        number: 1,
        format: Format::Text.into(),
        from_date: "2026-11-01".into(),
        to_date: "2026-11-02".into(),
        ..Default::default()
    };
    let narrow = ExportReportRequest { number: -1, width: 31, language: 9, ..Default::default() };
    let rows: Vec<Row> = vec![
        (
            "a close",
            close(wrong).await,
            "InvalidArgument INVALID [request_id] [opening_cash] [counted_cash] [note]".into(),
        ),
        (
            "sales of no days",
            sales("", "2026-02-30").await,
            "InvalidArgument INVALID [from_date] [to_date] [items_max]".into(),
        ),
        (
            "sales backwards",
            sales("2026-11-02", "2026-11-01").await,
            "InvalidArgument INVALID [items_max] [to_date]".into(),
        ),
        (
            "sales of 367 days",
            sales("2026-01-01", "2027-01-02").await,
            "InvalidArgument INVALID [items_max] [to_date]".into(),
        ),
        (
            "printed sales of a Z",
            export(text).await,
            "InvalidArgument INVALID [number] [format]".into(),
        ),
        (
            "an export in no form",
            export(narrow).await,
            "InvalidArgument INVALID [format] [number] [width] [language]".into(),
        ),
        ("a Z that there is not", get(1).await, "NotFound NOT_FOUND day report=1".into()),
        ("a Z with no number", get(0).await, "InvalidArgument INVALID [number]".into()),
    ];
    check(cafe, head, rows);
}
