//! How long a report takes: what nobody has counted yet is read from the journal.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use kiosk_proto::v1::{
    CloseDayRequest, GetReportRequest, GetSalesReportRequest, SetOrderStatusRequest,
    order_status::Value as Status, report_service_client::ReportServiceClient,
};
use kiosk_tests::{Till, uuid};
use tonic::{Code, transport::Channel};

use crate::{Table, resident_bytes, start};

/// Orders under way at once.
const IN_FLIGHT: usize = 64;

type Reports = ReportServiceClient<Channel>;

/// The year at first, which was never closed; then a day after a close.
pub(crate) async fn measure(dir: &Path, dates: &[String], table: &mut Table) {
    let (_, kioskd) = start(dir).await;
    let till = Till::connect(kioskd.grpc).await;
    let mut reports = Reports::new(till.channel.clone());
    table.time("an X over the year, the first", x(&mut reports).await, None);
    table.time("an X over the year, the next", x(&mut reports).await, None);
    let range = GetSalesReportRequest {
        from_date: dates[0].clone(),
        to_date: dates[dates.len() - 1].clone(),
        items_max: 20,
    };
    let began = Instant::now();
    let sales = reports.get_sales_report(range).await.unwrap().into_inner().report.unwrap();
    assert_eq!(sales.orders as u64, crate::year::ORDERS);
    table.time("sales over the year", began.elapsed(), None);
    table.memory("resident after the reports", resident_bytes(&kioskd), None);
    let close = CloseDayRequest { request_id: uuid(), ..Default::default() };
    reports.close_day(close).await.unwrap();
    drop(kioskd);

    for (orders, what) in [(1_000, "an X after 1,000 orders"), (9_000, "an X after 10,000 orders")]
    {
        let (_, kioskd) = start(dir).await;
        serve(&Till::connect(kioskd.grpc).await, orders).await;
        // A box that was restarted has counted nothing.
        drop(kioskd);
        let (_, kioskd) = start(dir).await;
        let mut reports = Reports::new(Till::connect(kioskd.grpc).await.channel);
        table.time(what, x(&mut reports).await, None);
    }
}

/// Asked again until it is there: each call goes on where the one before had no more time.
async fn x(reports: &mut Reports) -> Duration {
    let began = Instant::now();
    loop {
        match reports.get_report(GetReportRequest {}).await {
            Ok(_) => return began.elapsed(),
            Err(status) => assert_eq!(status.code(), Code::DeadlineExceeded, "{status}"),
        }
    }
}

/// Orders that are placed, made and handed over.
async fn serve(till: &Till, orders: usize) {
    let served = stream::iter(0..orders).map(|_| {
        let mut till = till.clone();
        async move {
            let order = till.place(Till::wish("")).await;
            for status in [Status::Making, Status::Ready, Status::Completed] {
                let (request_id, order_id) = (uuid(), order.order_id.clone());
                let step = SetOrderStatusRequest { request_id, order_id, status: status.into() };
                till.orders.set_order_status(step).await.unwrap();
            }
        }
    });
    served.buffer_unordered(IN_FLIGHT).collect::<()>().await;
}
