//! A cell's account over a range of time, oldest first, in pages.

use kiosk_domain::{BusinessDate, State};
use kiosk_hub::{History, HistoryError, Hub, Position};
use kiosk_proto::{
    Timestamp,
    v1::{GetStatementRequest, GetStatementResponse, LedgerEntry},
};
use tonic::Status;

use crate::{
    page,
    parse::Violations,
    status::{history_closed, internal, not_found},
};

/// Entries that are read at once: what a page holds is bounded, what is passed over on the way to
/// the first one is not.
const READ_ENTRIES: usize = 256;

/// What is asked, read.
struct Query {
    cell_id: i32,
    /// The first entry that is not older begins the statement, the next that is not older than
    /// `to` ends it. So there are no holes in it, and the end of one is the beginning of the next,
    /// even where the box's clock went back.
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    page_size: usize,
    /// The last entry of the page before.
    after: Option<i32>,
}

pub(crate) async fn get(
    hub: &Hub,
    request: &GetStatementRequest,
) -> Result<GetStatementResponse, Status> {
    let snapshot = hub.snapshot();
    let query = parse(&snapshot.state, request)?;
    let cell_id = query.cell_id;
    let cell = snapshot.state.cell(cell_id);
    let cell = cell.ok_or_else(|| not_found("cell", &cell_id.to_string()))?;
    let history = hub.history().map_err(history_closed)?;
    let (from_time, to_time) = (query.from, query.to);
    let position = Position { seq: history.applied().seq, ..snapshot.position };
    // The first page may have to pass over years.
    let reading = tokio::task::spawn_blocking(move || read(&history, &query));
    let page = reading.await.map_err(|error| internal(&error))?;
    let page = page.map_err(|error| internal(&error))?;
    let (position, cell_name) = (Some(position.into()), cell.name.clone());
    Ok(GetStatementResponse { position, cell_name, from_time, to_time, ..page })
}

fn parse(state: &State, request: &GetStatementRequest) -> Result<Query, Status> {
    let mut violations = Violations::default();
    let GetStatementRequest { cell_id, from_date, to_date, from_time, to_time, .. } = request;
    let mut day = |field: &str, date: &str, time: &Option<Timestamp>| {
        if !date.is_empty() && time.is_some() {
            violations.add(field, "it can't go with a time");
        }
        let parsed = BusinessDate::parse(date).and_then(|date| state.business_day(date));
        if !date.is_empty() && parsed.is_none() {
            violations.add(field, "it must be YYYY-MM-DD");
        }
        parsed
    };
    let from = day("from_date", from_date, from_time).map(|day| day.start).or(*from_time);
    let to = day("to_date", to_date, to_time).map(|day| day.end).or(*to_time);
    // Days by their names: one begins when the one before ends.
    let are_days = !from_date.is_empty() && !to_date.is_empty();
    if from.zip(to).is_some_and(|(from, to)| from > to) || (are_days && from_date > to_date) {
        let field = if to_date.is_empty() { "to_time" } else { "to_date" };
        violations.add(field, "it must not be before the beginning");
    }
    let page_size = page::size(&mut violations, request.page_size);
    let after = page::token(&mut violations, &request.page_token);
    let (page_size, after) = violations.or_both(page_size, after)?;
    Ok(Query { cell_id: *cell_id, from, to, page_size, after })
}

/// Holds a page and what is read at once, however long the ledger is.
fn read(history: &History, query: &Query) -> Result<GetStatementResponse, HistoryError> {
    let mut page = Page::default();
    // The entry that the page before ended with says what the balance was.
    let mut before = query.after.map_or(0, |after| after - 1);
    loop {
        let entries = history.ledger_after(query.cell_id, before, READ_ENTRIES)?;
        let is_last = entries.len() < READ_ENTRIES;
        for entry in entries {
            before = entry.entry_num;
            let is_known = query.after.is_some_and(|after| entry.entry_num <= after);
            let is_earlier = page.entries.is_empty()
                && query.after.is_none()
                && query.from.is_some_and(|from| entry.created_at < Some(from));
            if is_known || is_earlier {
                page.opening_balance = entry.balance_after;
                continue;
            }
            if query.to.is_some_and(|to| entry.created_at >= Some(to)) {
                return Ok(page.end(false));
            }
            if page.entries.len() == query.page_size {
                return Ok(page.end(true));
            }
            page.entries.push(entry);
        }
        if is_last {
            return Ok(page.end(false));
        }
    }
}

#[derive(Default)]
struct Page {
    opening_balance: i32,
    entries: Vec<LedgerEntry>,
}

impl Page {
    fn end(self, has_more: bool) -> GetStatementResponse {
        let Self { opening_balance, entries } = self;
        let last = entries.last();
        let closing_balance = last.map_or(opening_balance, |last| last.balance_after);
        let token = last.filter(|_| has_more).map(|last| last.entry_num.to_string());
        GetStatementResponse {
            opening_balance,
            closing_balance,
            next_page_token: token.unwrap_or_default(),
            entries,
            ..GetStatementResponse::default()
        }
    }
}
