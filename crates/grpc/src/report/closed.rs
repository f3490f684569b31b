//! Reports that were closed.

use kiosk_hub::Hub;
use kiosk_proto::v1::{
    CarriedOver, DayReport, ListDayReportsRequest, ListDayReportsResponse, event::Payload,
};
use tonic::Status;

use crate::{
    page,
    parse::Violations,
    status::{history_closed, internal, not_found},
};

pub(super) fn find(hub: &Hub, number: i32) -> Result<DayReport, Status> {
    look_for(hub, number)?.ok_or_else(|| not_found("day report", &number.to_string()))
}

/// None: there is none, or its event was lost with a part of the log.
fn look_for(hub: &Hub, number: i32) -> Result<Option<DayReport>, Status> {
    if number > hub.snapshot().state.last_close().number {
        return Ok(None);
    }
    let history = hub.history().map_err(history_closed)?;
    let found = history.day_report(number).map_err(|error| internal(&error))?;
    Ok(found.or_else(|| recent(hub, number)))
}

/// The store is written behind the log: what it does not have yet is still in memory.
fn recent(hub: &Hub, number: i32) -> Option<DayReport> {
    let events = hub.recent_after(0);
    events.iter().rev().find_map(|event| match &event.event.payload {
        Some(Payload::DayClosed(report)) if report.number == number => {
            Some(DayReport::clone(report))
        }
        _ => None,
    })
}

pub(super) async fn list(
    hub: &Hub,
    request: &ListDayReportsRequest,
) -> Result<ListDayReportsResponse, Status> {
    let mut violations = Violations::default();
    let size = page::size(&mut violations, request.page_size);
    let token = page::token(&mut violations, &request.page_token);
    let (size, token) = violations.or_both(size, token)?;
    let hub = hub.clone();
    let reading = tokio::task::spawn_blocking(move || read(&hub, size, token));
    reading.await.map_err(|error| internal(&error))?
}

fn read(hub: &Hub, size: usize, before: Option<i32>) -> Result<ListDayReportsResponse, Status> {
    let newest = hub.snapshot().state.last_close().number;
    let before = before.map_or(newest, |before| newest.min(before.saturating_sub(1)));
    let mut page = ListDayReportsResponse::default();
    for number in (1..=before).rev() {
        if page.reports.len() == size {
            page.next_page_token = number.saturating_add(1).to_string();
            break;
        }
        page.reports.extend(look_for(hub, number)?.map(summary));
    }
    Ok(page)
}

/// Without what it lists, so that a page of them is within a message's bound.
fn summary(report: DayReport) -> DayReport {
    let carried_over = report.carried_over.map(|it| CarriedOver { orders: Vec::new(), ..it });
    DayReport {
        by_category: Vec::new(),
        by_item: Vec::new(),
        by_hour: Vec::new(),
        carried_over,
        ..report
    }
}
