use clap::{Subcommand, builder::PossibleValuesParser};
use kiosk_proto::v1::{
    ListMessagesRequest, SendMessageRequest, StaffMessage,
    message_service_client::MessageServiceClient,
};

use crate::{
    cli::Mutation,
    client::Client,
    failure::Failure,
    output::{Column, Output, local_time, table},
};

/// As in the contract.
const ROOMS: [&str; 3] = ["kitchen", "counter", "all"];

#[derive(Debug, Subcommand)]
pub(crate) enum MessageCommand {
    /// A room's newest messages, oldest first.
    List {
        #[arg(value_parser = PossibleValuesParser::new(ROOMS))]
        room: String,
        /// At most so many, up to 200.
        #[arg(long, default_value = "50", value_name = "MESSAGES")]
        limit: i32,
    },
    /// Tell everyone in a room.
    Send {
        #[arg(value_parser = PossibleValuesParser::new(ROOMS))]
        room: String,
        text: String,
        /// Who says it; without it, the caller.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
        sender: String,
        #[command(flatten)]
        mutation: Mutation,
    },
}

pub(crate) async fn run(
    command: MessageCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        MessageCommand::List { room, limit } => {
            let request = ListMessagesRequest { room, page_size: limit, page_token: String::new() };
            let call = async |channel, request| {
                MessageServiceClient::new(channel).list_messages(request).await
            };
            let answer = client.call(request, call).await?;
            output.message(&answer, |answer| message_table(&answer.messages))
        }
        MessageCommand::Send { room, text, sender, mutation } => {
            let request_id = mutation.request_id();
            let request = SendMessageRequest { request_id: request_id.clone(), room, text, sender };
            let call = async |channel, request| {
                MessageServiceClient::new(channel).send_message(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| message_table(answer.message.as_slice()))
        }
    }
}

/// One line a message; the box lists the newest first.
fn message_table(messages: &[StaffMessage]) -> String {
    table(
        [Column::Right("NO"), Column::Left("TIME"), Column::Left("FROM"), Column::Left("TEXT")],
        messages.iter().rev().map(|message| {
            [
                message.message_num.to_string(),
                local_time(message.created_at),
                message.sender.as_ref().map_or_else(String::new, |sender| sender.name.clone()),
                message.text.clone(),
            ]
        }),
    )
}
