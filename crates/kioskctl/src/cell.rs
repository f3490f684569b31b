use clap::{Args, Subcommand};
use kiosk_proto::v1::{
    AdjustCellRequest, ArchiveCellRequest, Cell, CellBalanceChanged, CellEntryResponse,
    ChargeCellRequest, LedgerEntry, ListCellsRequest, ListLedgerRequest, ListLedgerResponse,
    PutCellRequest, RefundCellRequest, TransferPointsRequest,
    cell_service_client::CellServiceClient,
};

use crate::{
    cell_member::{self, MemberCommand},
    cli::Mutation,
    client::Client,
    failure::Failure,
    output::{Column, Output, grouped, local_time, table},
    statement::{self, StatementArgs},
};

/// The contract's largest page.
const PAGE_SIZE_MAX: i32 = 200;

#[derive(Debug, Subcommand)]
pub(crate) enum CellCommand {
    /// All cells and what they have left.
    List {
        /// Those too that are not offered any more.
        #[arg(long)]
        archived: bool,
    },
    /// Create a cell, or change its name and limit.
    Put {
        name: String,
        /// The cell to change; without it, a new one.
        #[arg(long, default_value = "0", hide_default_value = true)]
        id: i32,
        /// How far below 0 its balance may go.
        #[arg(long, default_value = "0", value_name = "AMOUNT")]
        credit_limit: i32,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Points were paid in.
    Charge {
        #[command(flatten)]
        entry: EntryArgs,
        /// Why, for the ledger.
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Correct the balance up or down.
    Adjust {
        #[command(flatten)]
        entry: EntryArgs,
        /// Why, for the ledger.
        #[arg(long)]
        reason: String,
    },
    /// Give points back outside of an order's cancellation.
    Refund {
        #[command(flatten)]
        entry: EntryArgs,
        /// Why, for the ledger.
        #[arg(long)]
        reason: String,
    },
    /// Move points to another cell.
    Transfer {
        from_cell_id: i32,
        to_cell_id: i32,
        amount: i32,
        /// Why, for both ledgers.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Take a cell out of use; its ledger and what it has left stay.
    Archive {
        cell_id: i32,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Take an archived cell back into use.
    Restore {
        cell_id: i32,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Who may order for a cell.
    #[command(subcommand)]
    Member(MemberCommand),
    /// A cell's account over a range of days or times, oldest first.
    Statement(StatementArgs),
    /// What changed a cell's balance, newest first.
    Ledger {
        cell_id: i32,
        /// At most so many, rounded up to a page of 200.
        #[arg(long, default_value = "200", value_name = "ENTRIES")]
        limit: usize,
    },
}

#[derive(Debug, Args)]
pub(crate) struct EntryArgs {
    cell_id: i32,
    #[arg(allow_negative_numbers = true)]
    amount: i32,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(
    command: CellCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        CellCommand::List { archived } => {
            let call =
                async |channel, request| CellServiceClient::new(channel).list_cells(request).await;
            let request = ListCellsRequest { include_archived: archived };
            let answer = client.call(request, call).await?;
            output.message(&answer, |answer| cell_table(&answer.cells))
        }
        CellCommand::Put { name, id, credit_limit, mutation } => {
            let request_id = mutation.request_id();
            let request =
                PutCellRequest { request_id: request_id.clone(), cell_id: id, name, credit_limit };
            let call =
                async |channel, request| CellServiceClient::new(channel).put_cell(request).await;
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| cell_table(answer.cell.as_slice()))
        }
        CellCommand::Charge { entry, reason } => charge(entry, reason, client, output).await,
        CellCommand::Adjust { entry, reason } => adjust(entry, reason, client, output).await,
        CellCommand::Refund { entry, reason } => refund(entry, reason, client, output).await,
        CellCommand::Transfer { from_cell_id, to_cell_id, amount, reason, mutation } => {
            let request_id = mutation.request_id();
            let request = TransferPointsRequest {
                request_id: request_id.clone(),
                from_cell_id,
                to_cell_id,
                amount,
                reason,
            };
            let call = async |channel, request| {
                CellServiceClient::new(channel).transfer_points(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| {
                let halves = [&answer.from, &answer.to].into_iter().flatten();
                halves.map(change_line).collect::<Vec<_>>().join("\n")
            })
        }
        CellCommand::Archive { cell_id, mutation } => {
            archive(cell_id, true, mutation, client, output).await
        }
        CellCommand::Restore { cell_id, mutation } => {
            archive(cell_id, false, mutation, client, output).await
        }
        CellCommand::Member(command) => cell_member::run(command, client, output).await,
        CellCommand::Statement(args) => statement::run(args, client, output).await,
        CellCommand::Ledger { cell_id, limit } => ledger(cell_id, limit, client, output).await,
    }
}

/// One line a cell.
pub(crate) fn cell_table(cells: &[Cell]) -> String {
    table(
        [
            Column::Right("ID"),
            Column::Left("NAME"),
            Column::Right("BALANCE"),
            Column::Right("CREDIT LIMIT"),
            Column::Left(""),
        ],
        cells.iter().map(|cell| {
            [
                cell.cell_id.to_string(),
                cell.name.clone(),
                grouped(cell.balance),
                grouped(cell.credit_limit),
                if cell.is_archived { "archived" } else { "" }.to_owned(),
            ]
        }),
    )
}

async fn archive(
    cell_id: i32,
    is_archived: bool,
    mutation: Mutation,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let request_id = mutation.request_id();
    let request = ArchiveCellRequest { request_id: request_id.clone(), cell_id, is_archived };
    let call = async |channel, request| CellServiceClient::new(channel).archive_cell(request).await;
    let answer = client.mutate(&request_id, request, call).await?;
    output.message(&answer, |answer| cell_table(answer.cell.as_slice()))
}

async fn charge(
    entry: EntryArgs,
    reason: String,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let EntryArgs { cell_id, amount, mutation } = entry;
    let request_id = mutation.request_id();
    let request = ChargeCellRequest { request_id: request_id.clone(), cell_id, amount, reason };
    let call = async |channel, request| CellServiceClient::new(channel).charge_cell(request).await;
    output.message(&client.mutate(&request_id, request, call).await?, entry_answer)
}

async fn adjust(
    entry: EntryArgs,
    reason: String,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let EntryArgs { cell_id, amount, mutation } = entry;
    let request_id = mutation.request_id();
    let request = AdjustCellRequest { request_id: request_id.clone(), cell_id, amount, reason };
    let call = async |channel, request| CellServiceClient::new(channel).adjust_cell(request).await;
    output.message(&client.mutate(&request_id, request, call).await?, entry_answer)
}

async fn refund(
    entry: EntryArgs,
    reason: String,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let EntryArgs { cell_id, amount, mutation } = entry;
    let request_id = mutation.request_id();
    let request = RefundCellRequest { request_id: request_id.clone(), cell_id, amount, reason };
    let call = async |channel, request| CellServiceClient::new(channel).refund_cell(request).await;
    output.message(&client.mutate(&request_id, request, call).await?, entry_answer)
}

/// Fetches page after page into one answer, whose page token tells when the limit cut it.
async fn ledger(
    cell_id: i32,
    limit: usize,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let mut page_token = String::new();
    let mut entries: Vec<LedgerEntry> = Vec::new();
    let answer = loop {
        let request = ListLedgerRequest { cell_id, page_size: PAGE_SIZE_MAX, page_token };
        let call =
            async |channel, request| CellServiceClient::new(channel).list_ledger(request).await;
        let page: ListLedgerResponse = client.call(request, call).await?;
        entries.extend_from_slice(&page.entries);
        if page.next_page_token.is_empty() || entries.len() >= limit {
            break ListLedgerResponse { entries, ..page };
        }
        page_token = page.next_page_token;
    };
    if !answer.next_page_token.is_empty() {
        eprintln!("kioskctl: the newest {} entries; more with --limit", answer.entries.len());
    }
    output.message(&answer, |answer| ledger_table(&answer.entries))
}

fn entry_answer(answer: &CellEntryResponse) -> String {
    answer.change.as_ref().map_or_else(String::new, change_line)
}

fn change_line(change: &CellBalanceChanged) -> String {
    format!(
        "{}: {} -> {} ({})",
        change.cell_name,
        grouped(change.balance_before),
        grouped(change.balance_after),
        change.r#type().as_str_name()
    )
}

pub(crate) fn ledger_table(entries: &[LedgerEntry]) -> String {
    table(
        [
            Column::Right("NO"),
            Column::Left("TYPE"),
            Column::Right("AMOUNT"),
            Column::Right("BALANCE"),
            Column::Left("TIME"),
            Column::Left("REASON"),
            Column::Left("MEMBER"),
            Column::Left("OTHER CELL"),
            Column::Left("ORDER"),
        ],
        entries.iter().map(|entry| {
            [
                entry.entry_num.to_string(),
                entry.r#type().as_str_name().to_owned(),
                grouped(entry.amount),
                grouped(entry.balance_after),
                local_time(entry.created_at),
                entry.reason.clone(),
                entry.member_name.clone(),
                entry.other_cell.as_ref().map_or_else(String::new, |cell| cell.name.clone()),
                entry.order_id.clone(),
            ]
        }),
    )
}
