//! The line of orders, and the waiting room.

use clap::{Args, Subcommand};
use kiosk_proto::v1::{
    AdmitTicketsRequest, GetQueueRequest, GetQueueResponse, ListTicketsRequest,
    ListTicketsResponse, QueueAccuracy, QueueEntry, QueueLine, QueueStation, QueueTicket,
    QueueUpdated, queue_service_client::QueueServiceClient,
};

use crate::{
    client::Client,
    failure::Failure,
    output::{Column, Output, local_time, table},
};

#[derive(Debug, Args)]
pub(crate) struct QueueArgs {
    #[command(subcommand)]
    command: Option<QueueCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    /// Who orders, and who waits for a turn to order. On and off is the setting is_queue_active.
    Room,
    /// Let in those who wait, the next ones first, however many order already.
    Admit {
        /// How many.
        #[arg(default_value = "1", value_parser = clap::value_parser!(u16).range(1..))]
        count: u16,
    },
}

pub(crate) async fn run(args: QueueArgs, client: &Client, output: Output) -> Result<(), Failure> {
    match args.command {
        None => {
            let call =
                async |channel, request| QueueServiceClient::new(channel).get_queue(request).await;
            output.message(&client.call(GetQueueRequest {}, call).await?, line)
        }
        Some(QueueCommand::Room) => output.message(&tickets(client).await?, room),
        Some(QueueCommand::Admit { count }) => admit(count, client, output).await,
    }
}

async fn tickets(client: &Client) -> Result<ListTicketsResponse, Failure> {
    let call =
        async |channel, request| QueueServiceClient::new(channel).list_tickets(request).await;
    client.call(ListTicketsRequest {}, call).await
}

/// By number, so that a repeated call lets in nobody else.
async fn admit(count: u16, client: &Client, output: Output) -> Result<(), Failure> {
    let waiting = tickets(client).await?.waiting;
    let Some(last) = waiting.iter().take(count.into()).next_back() else {
        return output.text("nobody waits");
    };
    let call =
        async |channel, request| QueueServiceClient::new(channel).admit_tickets(request).await;
    let request = AdmitTicketsRequest { through_number: last.number };
    let answer = client.call(request, call).await?;
    output.message(&answer, |answer| format!("{} let in", answer.admitted))
}

fn line(answer: &GetQueueResponse) -> String {
    let accuracy = answer.accuracy.unwrap_or_default();
    [entries(&answer.entries), stations(&answer.stations), accuracy_line(&accuracy)].join("\n\n")
}

fn entries(entries: &[QueueEntry]) -> String {
    let columns = [
        Column::Right("POSITION"),
        Column::Right("ORDER"),
        Column::Left("STATUS"),
        Column::Left("PLACED"),
        Column::Right("WAIT"),
        Column::Left("BETWEEN"),
        Column::Left("WAITS FOR"),
    ];
    let rows = entries.iter().map(|entry| {
        let parts = entry.parts.iter().map(|part| format!("{} {}", part.station, part.load));
        let priority = if entry.is_priority { "!" } else { "" };
        [
            entry.position.to_string(),
            format!("{priority}#{}", entry.daily_num),
            entry.status().as_str_name().to_owned(),
            local_time(entry.placed_at),
            minutes(entry.estimated_wait_seconds),
            range(entry.earliest_wait_seconds, entry.latest_wait_seconds),
            parts.collect::<Vec<_>>().join(", "),
        ]
    });
    table(columns, rows)
}

fn stations(stations: &[QueueStation]) -> String {
    let columns = [
        Column::Left("STATION"),
        Column::Right("LOAD"),
        Column::Right("ONE MORE"),
        Column::Right("OBSERVATIONS"),
    ];
    let rows = stations.iter().map(|station| {
        [
            station.station.clone(),
            station.load.to_string(),
            minutes(station.estimated_wait_seconds),
            station.observations.to_string(),
        ]
    });
    table(columns, rows)
}

/// `120 orders: half told within 0:40 of what it took, 81 % in the range, 0:12 longer on average`.
pub(crate) fn accuracy_line(accuracy: &QueueAccuracy) -> String {
    if accuracy.orders == 0 {
        return "no order was told a wait and made yet".into();
    }
    let more = if accuracy.bias_seconds < 0 { "shorter" } else { "longer" };
    format!(
        "{} orders: half told within {} of what it took, {} % in the range, {} {more} on average",
        accuracy.orders,
        minutes(accuracy.median_error_seconds),
        accuracy.within_range_percent,
        minutes(accuracy.bias_seconds.saturating_abs()),
    )
}

fn room(answer: &ListTicketsResponse) -> String {
    let columns = [
        Column::Right("NUMBER"),
        Column::Left("STATUS"),
        Column::Right("WAIT"),
        Column::Left("BETWEEN"),
        Column::Left("SINCE"),
        Column::Left("LAST SEEN"),
    ];
    let rows = answer.ordering.iter().chain(&answer.waiting).map(|ticket: &QueueTicket| {
        [
            ticket.number.to_string(),
            ticket.status().as_str_name().to_owned(),
            minutes(ticket.estimated_wait_seconds),
            range(ticket.earliest_wait_seconds, ticket.latest_wait_seconds),
            local_time(ticket.admitted_at.or(ticket.taken_at)),
            local_time(ticket.seen_at),
        ]
    });
    format!("{}\n\n{}", room_line(&answer.line.unwrap_or_default()), table(columns, rows))
}

/// `on: 20 of 20 order, 3 wait`.
pub(crate) fn room_line(line: &QueueLine) -> String {
    let QueueLine { ordering, waiting, threshold, .. } = line;
    match (line.is_active, line.is_by_staff) {
        (false, _) => format!("off: {ordering} order"),
        (true, true) => format!("on, staff let people in: {ordering} order, {waiting} wait"),
        (true, false) => format!("on: {ordering} of {threshold} order, {waiting} wait"),
    }
}

/// `2 7:30 (5:00-11:00)  ORD-…`.
pub(crate) fn updated(update: &QueueUpdated) -> String {
    let wait = match (update.position, update.is_admitted) {
        (0, true) => "may order".to_owned(),
        (0, false) => "waits no more".to_owned(),
        (position, _) => format!(
            "{position} {} ({})",
            minutes(update.estimated_wait_seconds),
            range(update.earliest_wait_seconds, update.latest_wait_seconds),
        ),
    };
    format!("{wait}  {}{}", update.order_id, update.ticket_id)
}

/// `7:30`.
fn minutes(seconds: i32) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn range(earliest: i32, latest: i32) -> String {
    format!("{}-{}", minutes(earliest), minutes(latest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_is_one_line_and_so_is_how_good_estimates_were() {
        let line = QueueLine { ordering: 2, waiting: 1, threshold: 2, ..QueueLine::default() };
        assert_eq!(room_line(&line), "off: 2 order");
        let line = QueueLine { is_active: true, ..line };
        assert_eq!(room_line(&line), "on: 2 of 2 order, 1 wait");
        let accuracy = QueueAccuracy {
            orders: 120,
            median_error_seconds: 40,
            within_range_percent: 81,
            bias_seconds: -72,
        };
        assert_eq!(
            accuracy_line(&accuracy),
            "120 orders: half told within 0:40 of what it took, 81 % in the range, \
             1:12 shorter on average"
        );
        let none = QueueAccuracy::default();
        assert_eq!(accuracy_line(&none), "no order was told a wait and made yet");
    }
}
