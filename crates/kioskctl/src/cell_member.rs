use clap::Subcommand;
use kiosk_proto::v1::{
    CellMember, DeleteCellMemberRequest, ListCellMembersRequest, PutCellMemberRequest,
    cell_service_client::CellServiceClient,
};

use crate::{
    cli::Mutation,
    client::Client,
    failure::Failure,
    output::{Column, Output, table},
};

#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// A cell's members.
    List { cell_id: i32 },
    /// Add a member, or change the name or PIN of one.
    Put {
        cell_id: i32,
        name: String,
        /// The member to change; without it, a new one.
        #[arg(long, default_value = "0", hide_default_value = true)]
        id: i32,
        /// 4 to 8 digits. In the environment it is not seen in the list of processes.
        #[arg(long, env = "KIOSK_MEMBER_PIN", hide_env_values = true, value_name = "DIGITS")]
        pin: Option<String>,
        /// Take the PIN away.
        #[arg(long, conflicts_with = "pin")]
        no_pin: bool,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Take a member out of a cell.
    Delete {
        cell_id: i32,
        member_id: i32,
        #[command(flatten)]
        mutation: Mutation,
    },
}

pub(crate) async fn run(
    command: MemberCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        MemberCommand::List { cell_id } => {
            let call = async |channel, request| {
                CellServiceClient::new(channel).list_cell_members(request).await
            };
            let answer = client.call(ListCellMembersRequest { cell_id }, call).await?;
            output.message(&answer, |answer| member_table(&answer.members))
        }
        MemberCommand::Put { cell_id, name, id, pin, no_pin, mutation } => {
            let request_id = mutation.request_id();
            let request = PutCellMemberRequest {
                request_id: request_id.clone(),
                cell_id,
                member_id: id,
                name,
                pin: pin.or(no_pin.then(String::new)),
            };
            let call = async |channel, request| {
                CellServiceClient::new(channel).put_cell_member(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| member_table(answer.member.as_slice()))
        }
        MemberCommand::Delete { cell_id, member_id, mutation } => {
            let request_id = mutation.request_id();
            let request =
                DeleteCellMemberRequest { request_id: request_id.clone(), cell_id, member_id };
            let call = async |channel, request| {
                CellServiceClient::new(channel).delete_cell_member(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |_| "deleted".into())
        }
    }
}

fn member_table(members: &[CellMember]) -> String {
    let rows = members.iter().map(|member| {
        let pin = if member.has_pin { "yes" } else { "no" };
        [member.member_id.to_string(), member.name.clone(), pin.to_owned()]
    });
    table([Column::Right("ID"), Column::Left("NAME"), Column::Left("PIN")], rows)
}
