//! Close of day and sales: counted when somebody asks, on a thread that may wait for the disk.

mod captions;
mod closed;
mod csv;
mod day;
mod export;
mod receipt;
mod rows;
mod sales;

use std::sync::Arc;

use kiosk_domain::{
    CashWish, Command, Tally,
    limits::{CASH_MAX, NOTE_CHARS_MAX},
};
use kiosk_hub::Hub;
use kiosk_proto::v1::{
    CloseDayRequest, CloseDayResponse, DayReport, ExportReportRequest, ExportReportResponse,
    GetDayReportRequest, GetDayReportResponse, GetReportRequest, GetReportResponse,
    GetSalesReportRequest, GetSalesReportResponse, ListDayReportsRequest, ListDayReportsResponse,
    event::Payload, report_service_server::ReportService,
};
use prost::Message as _;
use tokio::sync::Mutex;
use tonic::{Request, Response, Status};

use crate::{
    caller,
    mutation::{commit_parts, pick},
    parse::Violations,
};

#[derive(Clone)]
pub(crate) struct Reports {
    hub: Hub,
    /// What was counted for the last who asked: the next one goes on from there. Who asks meanwhile
    /// waits, instead of reading the same.
    kept: Arc<Mutex<Option<Tally>>>,
}

impl Reports {
    pub(crate) fn new(hub: Hub) -> Self {
        Self { hub, kept: Arc::default() }
    }
}

#[tonic::async_trait]
impl ReportService for Reports {
    async fn get_report(
        &self,
        _: Request<GetReportRequest>,
    ) -> Result<Response<GetReportResponse>, Status> {
        let (report, position) = day::counted(self, Tally::report).await?;
        let (report, position) = (Some(report), Some(position.into()));
        Ok(Response::new(GetReportResponse { report, position }))
    }

    async fn close_day(
        &self,
        request: Request<CloseDayRequest>,
    ) -> Result<Response<CloseDayResponse>, Status> {
        const METHOD: &str = "kiosk.v1.ReportService/CloseDay";
        let actor = caller::of(&request).actor().clone();
        let request = request.into_inner();
        let mut violations = Violations::default();
        let request_id = violations.uuid("request_id", &request.request_id);
        let cash = cash(&mut violations, &request);
        let note = violations.text("note", &request.note, NOTE_CHARS_MAX);
        let (request_id, (cash, note)) = violations.or_both(request_id, cash.zip(note))?;
        let (report, _) =
            day::counted(self, move |tally, state, now| tally.closing(state, now, cash, &note))
                .await?;
        let command = Command::CloseDay(Box::new(report));
        // Repeated, it is answered by its id before anybody looks at what was counted this time.
        let content = request.encode_to_vec();
        let committed =
            commit_parts(&self.hub, request_id, METHOD, &content, command, actor).await?;
        let report = pick(&committed, |event| match event {
            Payload::DayClosed(report) => Some(DayReport::clone(report)),
            _ => None,
        });
        let position = Some(committed.position.into());
        Ok(Response::new(CloseDayResponse { position, report }))
    }

    async fn get_day_report(
        &self,
        request: Request<GetDayReportRequest>,
    ) -> Result<Response<GetDayReportResponse>, Status> {
        let mut violations = Violations::default();
        let number = violations.range("number", request.get_ref().number, 1, i32::MAX);
        let report = closed::find(&self.hub, violations.or(number)?)?;
        Ok(Response::new(GetDayReportResponse { report: Some(report) }))
    }

    async fn list_day_reports(
        &self,
        request: Request<ListDayReportsRequest>,
    ) -> Result<Response<ListDayReportsResponse>, Status> {
        closed::list(&self.hub, request.get_ref()).await.map(Response::new)
    }

    async fn get_sales_report(
        &self,
        request: Request<GetSalesReportRequest>,
    ) -> Result<Response<GetSalesReportResponse>, Status> {
        let mut violations = Violations::default();
        let wish = sales::wish(&mut violations, request.get_ref());
        let report = sales::counted(&self.hub, violations.or(wish)?).await?;
        Ok(Response::new(GetSalesReportResponse { report: Some(report) }))
    }

    async fn export_report(
        &self,
        request: Request<ExportReportRequest>,
    ) -> Result<Response<ExportReportResponse>, Status> {
        export::export(self, request.get_ref()).await.map(Response::new)
    }
}

fn cash(violations: &mut Violations, request: &CloseDayRequest) -> Option<CashWish> {
    let mut amount = |field: &str, amount: Option<i64>| {
        let fits = amount.is_none_or(|amount| (0..=CASH_MAX).contains(&amount));
        if !fits {
            violations.add(field, format!("it must be from 0 to {CASH_MAX}"));
        }
        fits.then_some(amount)
    };
    let opening = amount("opening_cash", request.opening_cash);
    let counted = amount("counted_cash", request.counted_cash);
    Some(CashWish { opening: opening?, counted: counted? })
}

#[cfg(test)]
mod tests;
