use clap::{Args, Subcommand};
use kiosk_proto::v1::{
    DeleteSeatRequest, ListSeatsRequest, MoveSeatRequest, PutSeatRequest, ReleaseSeatRequest, Seat,
    SeatSelected, SelectSeatRequest, seat_service_client::SeatServiceClient,
};

use crate::{
    cli::Mutation,
    client::Client,
    failure::Failure,
    order::table_changed,
    output::{Column, Output, local_time, table},
};

#[derive(Debug, Subcommand)]
pub(crate) enum SeatCommand {
    /// The plan of tables, and who has which.
    List,
    /// Put a seat on the plan, or change it; who has it keeps it.
    Put(PutArgs),
    /// Take a free seat off the plan.
    Delete {
        seat_id: String,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Hold a seat for a while, or seat an order there.
    Select {
        seat_id: String,
        /// Who holds it; without it, the caller.
        #[arg(long, default_value = "", hide_default_value = true)]
        holder: String,
        /// The order that sits down, until the seat is freed.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "ORDER_ID")]
        order: String,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// End a hold, or free a seat whose guests have left.
    Release {
        seat_id: String,
        /// Only if it is a hold of this holder; without it, whoever has it.
        #[arg(long, default_value = "", hide_default_value = true)]
        holder: String,
        #[command(flatten)]
        mutation: Mutation,
    },
    /// Move whoever has one seat to another that is free.
    Move {
        from: String,
        to: String,
        /// Only if it is a hold of this holder; without it, whoever has it.
        #[arg(long, default_value = "", hide_default_value = true)]
        holder: String,
        #[command(flatten)]
        mutation: Mutation,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PutArgs {
    seat_id: String,
    /// As people call it; without it, its id.
    #[arg(long)]
    name: Option<String>,
    /// Where it is.
    #[arg(long, default_value = "", hide_default_value = true)]
    zone: String,
    /// The left upper corner on the plan.
    #[arg(long, default_value = "0")]
    x: i32,
    #[arg(long, default_value = "0")]
    y: i32,
    #[arg(long, default_value = "80")]
    width: i32,
    #[arg(long, default_value = "80")]
    height: i32,
    /// How many people it is for.
    #[arg(long, default_value = "2")]
    seats: i32,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(
    command: SeatCommand,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    match command {
        SeatCommand::List => {
            let call =
                async |channel, request| SeatServiceClient::new(channel).list_seats(request).await;
            let answer = client.call(ListSeatsRequest {}, call).await?;
            output.message(&answer, |answer| seat_table(&answer.seats))
        }
        SeatCommand::Put(args) => put(args, client, output).await,
        SeatCommand::Delete { seat_id, mutation } => {
            let request_id = mutation.request_id();
            let request = DeleteSeatRequest { request_id: request_id.clone(), seat_id };
            let call =
                async |channel, request| SeatServiceClient::new(channel).delete_seat(request).await;
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |_| String::new())
        }
        SeatCommand::Select { seat_id, holder, order, mutation } => {
            let request_id = mutation.request_id();
            let request = SelectSeatRequest {
                request_id: request_id.clone(),
                seat_id,
                holder,
                order_id: order,
            };
            let call =
                async |channel, request| SeatServiceClient::new(channel).select_seat(request).await;
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| selected(answer.change.as_ref()))
        }
        SeatCommand::Release { seat_id, holder, mutation } => {
            let request_id = mutation.request_id();
            let request = ReleaseSeatRequest { request_id: request_id.clone(), seat_id, holder };
            let call = async |channel, request| {
                SeatServiceClient::new(channel).release_seat(request).await
            };
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| match &answer.change {
                Some(change) => format!("{} is free", change.seat_id),
                None => "it was free already".into(),
            })
        }
        SeatCommand::Move { from, to, holder, mutation } => {
            let request_id = mutation.request_id();
            let request = MoveSeatRequest {
                request_id: request_id.clone(),
                from_seat_id: from,
                to_seat_id: to,
                holder,
            };
            let call =
                async |channel, request| SeatServiceClient::new(channel).move_seat(request).await;
            let answer = client.mutate(&request_id, request, call).await?;
            output.message(&answer, |answer| {
                let served = answer.orders.iter().map(table_changed);
                let said = [selected(answer.selected.as_ref())].into_iter().chain(served);
                said.collect::<Vec<_>>().join("\n")
            })
        }
    }
}

async fn put(args: PutArgs, client: &Client, output: Output) -> Result<(), Failure> {
    let PutArgs { seat_id, name, zone, x, y, width, height, seats, mutation } = args;
    let request_id = mutation.request_id();
    let request = PutSeatRequest {
        request_id: request_id.clone(),
        name: name.unwrap_or_else(|| seat_id.clone()),
        seat_id,
        zone,
        x,
        y,
        width,
        height,
        seats,
    };
    let call = async |channel, request| SeatServiceClient::new(channel).put_seat(request).await;
    let answer = client.mutate(&request_id, request, call).await?;
    output.message(&answer, |answer| seat_table(answer.seat.as_slice()))
}

/// One line a seat.
pub(crate) fn seat_table(seats: &[Seat]) -> String {
    table(
        [
            Column::Left("ID"),
            Column::Left("NAME"),
            Column::Left("ZONE"),
            Column::Right("SEATS"),
            Column::Left("STATUS"),
            Column::Left("BY"),
            Column::Left("UNTIL"),
        ],
        seats.iter().map(|seat| {
            [
                seat.seat_id.clone(),
                seat.name.clone(),
                seat.zone.clone(),
                seat.seats.to_string(),
                seat.status().as_str_name().to_owned(),
                taker(&seat.order_id, &seat.holder).to_owned(),
                local_time(seat.expires_at),
            ]
        }),
    )
}

/// `A3: kiosk-1 until 2026-11-21 12:04:05`, or `A3: ORD-…`.
pub(crate) fn selected(change: Option<&SeatSelected>) -> String {
    change.map_or_else(String::new, |change| {
        let taker = taker(&change.order_id, &change.holder);
        match change.expires_at {
            Some(_) => {
                format!("{}: {taker} until {}", change.seat_id, local_time(change.expires_at))
            }
            None => format!("{}: {taker}", change.seat_id),
        }
    })
}

fn taker<'a>(order_id: &'a str, holder: &'a str) -> &'a str {
    if order_id.is_empty() { holder } else { order_id }
}
