use kiosk_domain::{
    Adjustment, Command,
    limits::{CELL_NAME_CHARS_MAX, MONEY_MAX, NOTE_CHARS_MAX},
};
use kiosk_hub::{Committed, Hub};
use kiosk_proto::v1::{
    AdjustCellRequest, Cell, CellEntryResponse, ChargeCellRequest, ListCellsRequest,
    ListCellsResponse, ListLedgerRequest, ListLedgerResponse, PutCellRequest, PutCellResponse,
    RefundCellRequest, cell_service_server::CellService, event::Payload,
};
use tonic::{Request, Response, Status};

use crate::{
    mutation::{Mutation, commit, pick},
    page,
    parse::Violations,
    status::{history_closed, internal, not_found},
};

pub(crate) struct Cells(pub(crate) Hub);

#[tonic::async_trait]
impl CellService for Cells {
    async fn list_cells(
        &self,
        _: Request<ListCellsRequest>,
    ) -> Result<Response<ListCellsResponse>, Status> {
        let snapshot = self.0.snapshot();
        let cells = snapshot.state.cells().cloned().collect();
        let position = Some(snapshot.position.into());
        Ok(Response::new(ListCellsResponse { cells, position }))
    }

    async fn put_cell(
        &self,
        request: Request<PutCellRequest>,
    ) -> Result<Response<PutCellResponse>, Status> {
        let committed = commit(&self.0, request.get_ref()).await?;
        let changed = pick(&committed, |event| match event {
            Payload::CellChanged(cell) => Some(cell.clone()),
            _ => None,
        });
        let unchanged = || self.0.snapshot().state.cell(request.get_ref().cell_id).cloned();
        let cell: Option<Cell> = changed.or_else(unchanged);
        Ok(Response::new(PutCellResponse { position: Some(committed.position.into()), cell }))
    }

    async fn charge_cell(
        &self,
        request: Request<ChargeCellRequest>,
    ) -> Result<Response<CellEntryResponse>, Status> {
        commit(&self.0, request.get_ref()).await.map(|committed| entry(&committed))
    }

    async fn adjust_cell(
        &self,
        request: Request<AdjustCellRequest>,
    ) -> Result<Response<CellEntryResponse>, Status> {
        commit(&self.0, request.get_ref()).await.map(|committed| entry(&committed))
    }

    async fn refund_cell(
        &self,
        request: Request<RefundCellRequest>,
    ) -> Result<Response<CellEntryResponse>, Status> {
        commit(&self.0, request.get_ref()).await.map(|committed| entry(&committed))
    }

    async fn list_ledger(
        &self,
        request: Request<ListLedgerRequest>,
    ) -> Result<Response<ListLedgerResponse>, Status> {
        let ListLedgerRequest { cell_id, page_size, page_token } = request.get_ref();
        let mut violations = Violations::default();
        let size = page::size(&mut violations, *page_size);
        let before = page::token(&mut violations, page_token);
        let (size, before) = violations.or_both(size, before)?;
        if self.0.snapshot().state.cell(*cell_id).is_none() {
            return Err(not_found("cell", &cell_id.to_string()));
        }
        let history = self.0.history().map_err(history_closed)?;
        let entries = history.ledger(*cell_id, before, size).map_err(|error| internal(&error))?;
        let last = entries.last().filter(|last| entries.len() == size && last.entry_num > 1);
        let next_page_token = last.map_or(String::new(), |last| last.entry_num.to_string());
        Ok(Response::new(ListLedgerResponse { entries, next_page_token }))
    }
}

fn entry(committed: &Committed) -> Response<CellEntryResponse> {
    let change = pick(committed, |event| match event {
        Payload::CellBalanceChanged(change) => Some(change.clone()),
        _ => None,
    });
    Response::new(CellEntryResponse { position: Some(committed.position.into()), change })
}

impl Mutation for PutCellRequest {
    const METHOD: &'static str = "kiosk.v1.CellService/PutCell";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let cell_id = violations.range("cell_id", self.cell_id, 0, i32::MAX);
        let name = violations.filled("name", &self.name, CELL_NAME_CHARS_MAX);
        let credit_limit = violations.range("credit_limit", self.credit_limit, 0, MONEY_MAX);
        Some(Command::PutCell { cell_id: cell_id?, name: name?, credit_limit: credit_limit? })
    }
}

impl Mutation for ChargeCellRequest {
    const METHOD: &'static str = "kiosk.v1.CellService/ChargeCell";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let amount = violations.amount("amount", self.amount);
        let reason = violations.text("reason", &self.reason, NOTE_CHARS_MAX);
        Some(Command::ChargeCell { cell_id: self.cell_id, amount: amount?, reason: reason? })
    }
}

impl Mutation for RefundCellRequest {
    const METHOD: &'static str = "kiosk.v1.CellService/RefundCell";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let amount = violations.amount("amount", self.amount);
        let reason = violations.filled("reason", &self.reason, NOTE_CHARS_MAX);
        Some(Command::RefundCell { cell_id: self.cell_id, amount: amount?, reason: reason? })
    }
}

impl Mutation for AdjustCellRequest {
    const METHOD: &'static str = "kiosk.v1.CellService/AdjustCell";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let amount = Adjustment::new(self.amount);
        if amount.is_none() {
            violations.add("amount", format!("it must be up to {MONEY_MAX} either way, and not 0"));
        }
        let reason = violations.filled("reason", &self.reason, NOTE_CHARS_MAX);
        Some(Command::AdjustCell { cell_id: self.cell_id, amount: amount?, reason: reason? })
    }
}
