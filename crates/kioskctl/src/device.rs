use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use kiosk_proto::v1::{
    AuditEntry, CreatePairingCodeRequest, DeviceSeen, ListAuditEntriesRequest, ListDevicesRequest,
    RedeemPairingCodeRequest, RenameDeviceRequest, RevokeDeviceRequest, WhoAmIRequest,
    device_service_client::DeviceServiceClient, role::Value as Role,
};

use crate::{
    cli::Mutation,
    client::Client,
    failure::Failure,
    output::{Column, Output, local_time, table},
    token,
};

#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// The devices that are let in.
    List,
    /// A code that pairs one device, within five minutes.
    Code {
        /// What it becomes.
        role: DeviceRole,
        /// What it is called unless it says so itself.
        #[arg(long, default_value = "", hide_default_value = true)]
        name: String,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Call a device something else.
    Rename {
        device_id: i32,
        name: String,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Let a device in no more; what it has open is closed.
    Revoke {
        device_id: i32,
        /// For the record.
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Who was let in and who was not, newest first.
    Audit {
        /// How many entries.
        #[arg(long, default_value = "50", value_parser = clap::value_parser!(i32).range(1..=200))]
        limit: i32,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PairArgs {
    /// As the box, or the admin's screen, shows it.
    code: String,
    /// What this machine is called.
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,
    #[command(flatten)]
    mutation: Mutation,
}

/// The roles that a code can give.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum DeviceRole {
    Admin,
    Staff,
    Kiosk,
    Board,
    Pos,
    Printer,
    Device,
}

impl From<DeviceRole> for Role {
    fn from(role: DeviceRole) -> Self {
        match role {
            DeviceRole::Admin => Self::Admin,
            DeviceRole::Staff => Self::Staff,
            DeviceRole::Kiosk => Self::Kiosk,
            DeviceRole::Board => Self::Board,
            DeviceRole::Pos => Self::Pos,
            DeviceRole::Printer => Self::Printer,
            DeviceRole::Device => Self::Device,
        }
    }
}

pub(crate) async fn run(
    command: DeviceCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        DeviceCommand::List => {
            let call = async |channel, request| {
                DeviceServiceClient::new(channel).list_devices(request).await
            };
            let answer = client.call(ListDevicesRequest {}, call).await?;
            output.message(&answer, |answer| device_table(&answer.devices))
        }
        DeviceCommand::Code { role, name, mutation } => {
            let request_id = mutation.request_id();
            let role = Role::from(role).into();
            let request = CreatePairingCodeRequest { request_id: request_id.clone(), role, name };
            let call = async |channel, request| {
                DeviceServiceClient::new(channel).create_pairing_code(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| {
                format!("{} until {}", answer.code, local_time(answer.expires_at))
            })
        }
        DeviceCommand::Rename { device_id, name, mutation } => {
            let request_id = mutation.request_id();
            let request = RenameDeviceRequest { request_id: request_id.clone(), device_id, name };
            let call = async |channel, request| {
                DeviceServiceClient::new(channel).rename_device(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| {
                let name = answer.device.as_ref().map_or("", |device| &device.name);
                format!("device {device_id} is {name:?} now")
            })
        }
        DeviceCommand::Revoke { device_id, reason, mutation } => {
            let request_id = mutation.request_id();
            let request = RevokeDeviceRequest { request_id: request_id.clone(), device_id, reason };
            let call = async |channel, request| {
                DeviceServiceClient::new(channel).revoke_device(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |_| format!("device {device_id} is let in no more"))
        }
        DeviceCommand::Audit { limit } => {
            let request = ListAuditEntriesRequest { page_size: limit, page_token: String::new() };
            let call = async |channel, request| {
                DeviceServiceClient::new(channel).list_audit_entries(request).await
            };
            let answer = client.call(request, call).await?;
            output.message(&answer, |answer| audit_table(&answer.entries))
        }
    }
}

/// Makes this machine a device, and keeps its token.
pub(crate) async fn pair(
    args: PairArgs,
    token_file: Option<PathBuf>,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let PairArgs { code, name, mutation } = args;
    let request_id = mutation.request_id();
    let request = RedeemPairingCodeRequest {
        request_id: request_id.clone(),
        code,
        name,
        ..Default::default()
    };
    let call = async |channel, request| {
        DeviceServiceClient::new(channel).redeem_pairing_code(request).await
    };
    let answer = client.mutate(&request_id, request, call).await?;
    let file = token::keep(&answer.token, token_file)?;
    let device = answer.device.unwrap_or_default();
    output.message(&device, |device| {
        let role = device.role().as_str_name();
        format!("paired as {:?}, {role}; its token is in {}", device.name, file.display())
    })
}

/// Who this machine is.
pub(crate) async fn whoami(client: &Client, output: Output) -> Result<(), Failure> {
    let call = async |channel, request| DeviceServiceClient::new(channel).who_am_i(request).await;
    let answer = client.call(WhoAmIRequest {}, call).await?;
    output.message(&answer, |answer| match answer.role() {
        Role::Unspecified => "nobody: pair this machine with a code".into(),
        role => format!("{:?}, {}", answer.name, role.as_str_name()),
    })
}

fn device_table(devices: &[DeviceSeen]) -> String {
    table(
        [
            Column::Right("DEVICE"),
            Column::Left("NAME"),
            Column::Left("ROLE"),
            Column::Left("PAIRED"),
            Column::Left("BY"),
            Column::Left("SEEN"),
            Column::Left("FROM"),
        ],
        devices.iter().filter_map(|seen| {
            let device = seen.device.as_ref()?;
            Some([
                device.device_id.to_string(),
                device.name.clone(),
                device.role().as_str_name().into(),
                local_time(device.paired_at),
                device.paired_by.as_ref().map(|by| by.name.clone()).unwrap_or_default(),
                local_time(seen.seen_at),
                seen.seen_from.clone(),
            ])
        }),
    )
}

fn audit_table(entries: &[AuditEntry]) -> String {
    table(
        [
            Column::Right("ENTRY"),
            Column::Left("TIME"),
            Column::Left("WHAT"),
            Column::Left("DEVICE"),
            Column::Left("ROLE"),
            Column::Left("FROM"),
            Column::Left("BY"),
            Column::Right("TIMES"),
            Column::Left("DETAIL"),
        ],
        entries.iter().map(|entry| {
            let role = match entry.role() {
                Role::Unspecified => String::new(),
                role => role.as_str_name().into(),
            };
            [
                entry.entry_num.to_string(),
                local_time(entry.time),
                entry.kind().as_str_name().into(),
                entry.device_name.clone(),
                role,
                entry.address.clone(),
                entry.by.as_ref().map(|by| by.name.clone()).unwrap_or_default(),
                entry.times.to_string(),
                entry.detail.clone(),
            ]
        }),
    )
}
