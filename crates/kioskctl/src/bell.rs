use clap::Subcommand;
use kiosk_proto::v1::{
    AnswerBellRequest, Bell, ListBellsRequest, RingBellRequest,
    message_service_client::MessageServiceClient,
};

use crate::{
    cli::Mutation,
    client::Client,
    failure::Failure,
    output::{Column, Output, local_time, table},
};

#[derive(Debug, Subcommand)]
pub(crate) enum BellCommand {
    /// The bells that nobody has answered, oldest first.
    List,
    /// Call staff to a table, as a customer does.
    Ring {
        /// From this seat of the plan.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "SEAT_ID")]
        seat: String,
        /// By the customer of this order.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "ORDER_ID")]
        order: String,
        /// From somewhere else; without any of the three, from where the caller is.
        #[arg(
            long,
            default_value = "",
            hide_default_value = true,
            value_name = "NAME",
            conflicts_with_all = ["seat", "order"]
        )]
        place: String,
        /// What is wished.
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Somebody goes there.
    Answer {
        bell_id: i32,
        /// Who goes; without it, the caller.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
        by: String,
        #[command(flatten)]
        mutation: Mutation,
    },
}

pub(crate) async fn run(
    command: BellCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        BellCommand::List => {
            let call = async |channel, request| {
                MessageServiceClient::new(channel).list_bells(request).await
            };
            let answer = client.call(ListBellsRequest {}, call).await?;
            output.message(&answer, |answer| bell_table(&answer.bells))
        }
        BellCommand::Ring { seat, order, place, reason, mutation } => {
            let request_id = mutation.request_id();
            let request = RingBellRequest {
                request_id: request_id.clone(),
                order_id: order,
                seat_id: seat,
                reason,
                place,
            };
            let call = async |channel, request| {
                MessageServiceClient::new(channel).ring_bell(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| bell_table(answer.bell.as_slice()))
        }
        BellCommand::Answer { bell_id, by, mutation } => {
            let request_id = mutation.request_id();
            let request =
                AnswerBellRequest { request_id: request_id.clone(), bell_id, answered_by: by };
            let call = async |channel, request| {
                MessageServiceClient::new(channel).answer_bell(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| {
                let waited = answer.change.as_ref().map_or(0, |change| change.waited_seconds);
                format!("bell {bell_id} was answered after {waited} s")
            })
        }
    }
}

/// One line a bell.
pub(crate) fn bell_table(bells: &[Bell]) -> String {
    table(
        [
            Column::Right("BELL"),
            Column::Left("PLACE"),
            Column::Right("ORDER"),
            Column::Right("RINGS"),
            Column::Left("SINCE"),
            Column::Left("REASON"),
        ],
        bells.iter().map(|bell| {
            let order = if bell.order_id.is_empty() {
                String::new()
            } else {
                format!("#{}", bell.daily_num)
            };
            [
                bell.bell_id.to_string(),
                if bell.seat_name.is_empty() { &bell.place } else { &bell.seat_name }.clone(),
                order,
                bell.rings.to_string(),
                local_time(bell.rung_at),
                bell.reason.clone(),
            ]
        }),
    )
}
