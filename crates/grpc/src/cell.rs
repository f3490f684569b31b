use kiosk_domain::{
    Adjustment, Command, State,
    limits::{CELL_NAME_CHARS_MAX, MONEY_MAX, NOTE_CHARS_MAX},
};
use kiosk_hub::{Committed, Hub};
use kiosk_proto::v1::{
    AdjustCellRequest, ArchiveCellRequest, ArchiveCellResponse, Cell, CellEntryResponse,
    ChargeCellRequest, DeleteCellMemberRequest, DeleteCellMemberResponse, GetStatementRequest,
    GetStatementResponse, ListCellMembersRequest, ListCellMembersResponse, ListCellsRequest,
    ListCellsResponse, ListLedgerRequest, ListLedgerResponse, PutCellMemberRequest,
    PutCellMemberResponse, PutCellRequest, PutCellResponse, RefundCellRequest,
    TransferPointsRequest, TransferPointsResponse, cell_service_server::CellService,
    event::Payload,
};
use tonic::{Request, Response, Status};

use crate::{
    cell_member,
    mutation::{Mutation, commit, pick},
    page,
    parse::Violations,
    pin::Pins,
    statement,
    status::{history_closed, internal, not_found},
};

pub(crate) struct Cells(pub(crate) Hub, pub(crate) Pins);

/// The cells that are in use, by id.
pub(crate) fn offered(state: &State) -> impl Iterator<Item = Cell> {
    state.cells().filter(|cell| !cell.is_archived).cloned()
}

#[tonic::async_trait]
impl CellService for Cells {
    async fn list_cells(
        &self,
        request: Request<ListCellsRequest>,
    ) -> Result<Response<ListCellsResponse>, Status> {
        let snapshot = self.0.snapshot();
        let cells = match request.get_ref().include_archived {
            true => snapshot.state.cells().cloned().collect(),
            false => offered(&snapshot.state).collect(),
        };
        let position = Some(snapshot.position.into());
        Ok(Response::new(ListCellsResponse { cells, position }))
    }

    async fn put_cell(
        &self,
        request: Request<PutCellRequest>,
    ) -> Result<Response<PutCellResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let cell = self.cell_of(&committed, request.get_ref().cell_id);
        Ok(Response::new(PutCellResponse { position: Some(committed.position.into()), cell }))
    }

    async fn charge_cell(
        &self,
        request: Request<ChargeCellRequest>,
    ) -> Result<Response<CellEntryResponse>, Status> {
        commit(&self.0, &request).await.map(|committed| entry(&committed))
    }

    async fn adjust_cell(
        &self,
        request: Request<AdjustCellRequest>,
    ) -> Result<Response<CellEntryResponse>, Status> {
        commit(&self.0, &request).await.map(|committed| entry(&committed))
    }

    async fn refund_cell(
        &self,
        request: Request<RefundCellRequest>,
    ) -> Result<Response<CellEntryResponse>, Status> {
        commit(&self.0, &request).await.map(|committed| entry(&committed))
    }

    async fn transfer_points(
        &self,
        request: Request<TransferPointsRequest>,
    ) -> Result<Response<TransferPointsResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let request = request.get_ref();
        let half = |cell_id| {
            pick(&committed, |event| match event {
                Payload::CellBalanceChanged(change) if change.cell_id == cell_id => {
                    Some(change.clone())
                }
                _ => None,
            })
        };
        let (from, to) = (half(request.from_cell_id), half(request.to_cell_id));
        let position = Some(committed.position.into());
        Ok(Response::new(TransferPointsResponse { position, from, to }))
    }

    async fn archive_cell(
        &self,
        request: Request<ArchiveCellRequest>,
    ) -> Result<Response<ArchiveCellResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let cell = self.cell_of(&committed, request.get_ref().cell_id);
        Ok(Response::new(ArchiveCellResponse { position: Some(committed.position.into()), cell }))
    }

    async fn get_statement(
        &self,
        request: Request<GetStatementRequest>,
    ) -> Result<Response<GetStatementResponse>, Status> {
        statement::get(&self.0, request.get_ref()).await.map(Response::new)
    }

    async fn list_cell_members(
        &self,
        request: Request<ListCellMembersRequest>,
    ) -> Result<Response<ListCellMembersResponse>, Status> {
        cell_member::list(&self.0, request.get_ref().cell_id).map(Response::new)
    }

    async fn put_cell_member(
        &self,
        request: Request<PutCellMemberRequest>,
    ) -> Result<Response<PutCellMemberResponse>, Status> {
        cell_member::put(&self.0, &self.1, &request).await.map(Response::new)
    }

    async fn delete_cell_member(
        &self,
        request: Request<DeleteCellMemberRequest>,
    ) -> Result<Response<DeleteCellMemberResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        Ok(Response::new(DeleteCellMemberResponse { position: Some(committed.position.into()) }))
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

impl Cells {
    /// As the command made it, or as it was already.
    fn cell_of(&self, committed: &Committed, cell_id: i32) -> Option<Cell> {
        let changed = pick(committed, |event| match event {
            Payload::CellChanged(cell) => Some(cell.clone()),
            _ => None,
        });
        changed.or_else(|| self.0.snapshot().state.cell(cell_id).cloned())
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

impl Mutation for TransferPointsRequest {
    const METHOD: &'static str = "kiosk.v1.CellService/TransferPoints";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let Self { from_cell_id, to_cell_id, .. } = *self;
        if from_cell_id == to_cell_id {
            violations.add("to_cell_id", "it must be another cell than from_cell_id");
        }
        let amount = violations.amount("amount", self.amount);
        let reason = violations.filled("reason", &self.reason, NOTE_CHARS_MAX);
        let (amount, reason) = (amount?, reason?);
        Some(Command::TransferPoints { from_cell_id, to_cell_id, amount, reason })
    }
}

impl Mutation for ArchiveCellRequest {
    const METHOD: &'static str = "kiosk.v1.CellService/ArchiveCell";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, _: &mut Violations) -> Option<Command> {
        Some(Command::ArchiveCell { cell_id: self.cell_id, is_archived: self.is_archived })
    }
}
