use clap::{Subcommand, ValueEnum};
use kiosk_proto::v1::{
    DeleteStaffMemberRequest, ListStaffMembersRequest, PutStaffMemberRequest, StaffMember,
    admin_service_client::AdminServiceClient, role::Value as Role,
};

use crate::{
    cli::Mutation,
    client::Client,
    failure::Failure,
    output::{Column, Output, table},
};

#[derive(Debug, Subcommand)]
pub(crate) enum StaffCommand {
    /// Who may sign in.
    List,
    /// Let somebody sign in, or change their name, role, password or PIN.
    Put {
        name: String,
        /// Whom to change; without it, somebody new.
        #[arg(long, default_value = "0", hide_default_value = true)]
        id: i32,
        #[arg(long, value_enum, default_value = "staff")]
        role: StaffRole,
        /// 8 to 64 characters, not all digits. In the environment it is not seen in the list of
        /// processes.
        #[arg(long, env = "KIOSK_STAFF_PASSWORD", hide_env_values = true)]
        password: Option<String>,
        /// 4 to 8 digits: enough on a device of the staff. In the environment it is not seen in the
        /// list of processes.
        #[arg(long, env = "KIOSK_STAFF_PIN", hide_env_values = true, value_name = "DIGITS")]
        pin: Option<String>,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Let somebody sign in no more; they are signed out.
    Delete {
        staff_id: i32,
        #[command(flatten)]
        mutation: Mutation,
    },
}

/// The roles that people can have.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum StaffRole {
    Staff,
    Admin,
}

pub(crate) async fn run(
    command: StaffCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        StaffCommand::List => {
            let call = async |channel, request| {
                AdminServiceClient::new(channel).list_staff_members(request).await
            };
            let answer = client.call(ListStaffMembersRequest {}, call).await?;
            output.message(&answer, |answer| staff_table(&answer.members))
        }
        StaffCommand::Put { name, id, role, password, pin, mutation } => {
            let request_id = mutation.request_id();
            let role = match role {
                StaffRole::Staff => Role::Staff,
                StaffRole::Admin => Role::Admin,
            };
            let request = PutStaffMemberRequest {
                request_id: request_id.clone(),
                staff_id: id,
                name,
                role: role.into(),
                password,
                pin,
            };
            let call = async |channel, request| {
                AdminServiceClient::new(channel).put_staff_member(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| staff_table(answer.member.as_slice()))
        }
        StaffCommand::Delete { staff_id, mutation } => {
            let request_id = mutation.request_id();
            let request = DeleteStaffMemberRequest { request_id: request_id.clone(), staff_id };
            let call = async |channel, request| {
                AdminServiceClient::new(channel).delete_staff_member(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |_| format!("{staff_id} may sign in no more"))
        }
    }
}

fn staff_table(members: &[StaffMember]) -> String {
    let has = |has: bool| if has { "yes" } else { "no" }.to_owned();
    table(
        [
            Column::Right("STAFF"),
            Column::Left("NAME"),
            Column::Left("ROLE"),
            Column::Left("PASSWORD"),
            Column::Left("PIN"),
        ],
        members.iter().map(|member| {
            [
                member.staff_id.to_string(),
                member.name.clone(),
                member.role().as_str_name().into(),
                has(member.has_password),
                has(member.has_pin),
            ]
        }),
    )
}
