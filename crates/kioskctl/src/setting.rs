use clap::Subcommand;
use kiosk_proto::v1::{
    GetSettingRequest, ListSettingsRequest, SetSettingRequest, Setting,
    settings_service_client::SettingsServiceClient,
};

use crate::{
    cli::Mutation,
    client::Client,
    failure::Failure,
    output::{Column, Output, table},
};

#[derive(Debug, Subcommand)]
pub(crate) enum SettingCommand {
    /// All settings.
    List,
    /// One setting's value.
    Get { key: String },
    /// Change a setting.
    Set {
        key: String,
        #[arg(allow_hyphen_values = true)]
        value: String,
        #[command(flatten)]
        mutation: Mutation,
    },
}

pub(crate) async fn run(
    command: SettingCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        SettingCommand::List => {
            let call = async |channel, request| {
                SettingsServiceClient::new(channel).list_settings(request).await
            };
            let answer = client.call(ListSettingsRequest {}, call).await?;
            output.message(&answer, |answer| setting_table(&answer.settings))
        }
        SettingCommand::Get { key } => {
            let call = async |channel, request| {
                SettingsServiceClient::new(channel).get_setting(request).await
            };
            let answer = client.call(GetSettingRequest { key }, call).await?;
            output.message(&answer, |answer| {
                format!("{}\n", answer.setting.as_ref().map_or("", |setting| &setting.value))
            })
        }
        SettingCommand::Set { key, value, mutation } => {
            let request_id = mutation.request_id();
            let request = SetSettingRequest { request_id: request_id.clone(), key, value };
            let call = async |channel, request| {
                SettingsServiceClient::new(channel).set_setting(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| {
                answer
                    .change
                    .as_ref()
                    .map_or_else(String::new, |change| format!("{} = {}", change.key, change.value))
            })
        }
    }
}

/// One line a setting.
pub(crate) fn setting_table(settings: &[Setting]) -> String {
    let rows = settings.iter().map(|setting| [setting.key.clone(), setting.value.clone()]);
    table([Column::Left("KEY"), Column::Left("VALUE")], rows)
}
