use kiosk_proto::v1::{
    GetStatsRequest, GetStatsResponse, LatencyHistogram, admin_service_client::AdminServiceClient,
};

use crate::{
    client::Client,
    failure::Failure,
    output::{Column, Output, grouped, local_time, table},
    queue::accuracy_line,
};

/// Prints what the box counts about itself.
pub(crate) async fn run(client: &Client, output: Output) -> Result<(), Failure> {
    output.message(&fetch(client).await?, tables)
}

/// The box's own counts.
pub(crate) async fn fetch(client: &Client) -> Result<GetStatsResponse, Failure> {
    let call = async |channel, request| AdminServiceClient::new(channel).get_stats(request).await;
    client.call(GetStatsRequest {}, call).await
}

/// The least bucket bound, in microseconds, that holds at least this share of all measurements.
///
/// `None` without measurements, or when it lies in the last bucket, which has no bound.
pub(crate) fn quantile_us(histogram: &LatencyHistogram, share: f64) -> Option<i64> {
    let total = *histogram.counts.last().filter(|total| **total > 0)?;
    let rank = (total as f64 * share).ceil() as i64;
    let bucket = histogram.counts.iter().position(|count| *count >= rank)?;
    histogram.bounds_us.get(bucket).copied()
}

fn tables(stats: &GetStatsResponse) -> String {
    let mut tables = vec![facts(stats), wires(stats)];
    if !stats.screens.is_empty() {
        tables.push(screens(stats));
    }
    tables.join("\n\n")
}

fn facts(stats: &GetStatsResponse) -> String {
    let position = stats.position.clone().unwrap_or_default();
    let connections = stats.connections.unwrap_or_default();
    let rooms = stats.rooms.unwrap_or_default();
    let (kitchen, order) = (rooms.kitchen.unwrap_or_default(), rooms.order.unwrap_or_default());
    let commits = stats.commits.clone().unwrap_or_default();
    let store = stats.store.unwrap_or_default();
    let rows: Vec<[String; 2]> = [
        ("version", stats.version.clone()),
        ("started", local_time(stats.started_at)),
        ("position", format!("{}:{}", position.epoch, position.seq)),
        ("memory", format!("{:.1} MiB", stats.memory_bytes as f64 / f64::from(1 << 20))),
        (
            "connections",
            format!(
                "{} now, {} in all, {} resumed",
                connections.current,
                grouped(connections.total),
                grouped(connections.reconnects)
            ),
        ),
        (
            "rooms",
            format!(
                "kitchen {}, {} in {} order rooms",
                kitchen.clients, order.clients, order.total_rooms
            ),
        ),
        (
            "commits",
            format!(
                "{} commands, {} events in {} groups, {} rejected",
                grouped(commits.commands),
                grouped(commits.events),
                grouped(commits.groups),
                grouped(commits.rejections)
            ),
        ),
        ("commit time", latency(commits.latency.as_ref())),
        (
            "store",
            format!(
                "{}, applied to {}, {} orders",
                if store.healthy { "healthy" } else { "NOT HEALTHY" },
                store.applied_seq,
                grouped(store.orders)
            ),
        ),
        ("waits", accuracy_line(&stats.queue.unwrap_or_default())),
    ]
    .map(|(name, value)| [name.to_owned(), value])
    .into();
    table([Column::Left("BOX"), Column::Left("")], rows)
}

fn wires(stats: &GetStatsResponse) -> String {
    table(
        [
            Column::Left("WIRE"),
            Column::Right("FOLLOWERS"),
            Column::Right("DELIVERIES"),
            Column::Right("LAG"),
            Column::Left("COMMIT TO WIRE"),
        ],
        stats.wires.iter().map(|wire| {
            [
                wire.wire.clone(),
                wire.followers.to_string(),
                grouped(wire.deliveries),
                grouped(wire.lag_max),
                latency(wire.latency.as_ref()),
            ]
        }),
    )
}

fn screens(stats: &GetStatsResponse) -> String {
    table(
        [
            Column::Left("SCREEN"),
            Column::Left("NAME"),
            Column::Left("CONNECTED"),
            Column::Right("SENT"),
            Column::Right("SHOWN"),
            Column::Left("ROOMS"),
        ],
        stats.screens.iter().map(|screen| {
            [
                screen.session_id.clone(),
                screen.name.clone(),
                local_time(screen.connected_at),
                screen.sent_seq.to_string(),
                screen.shown_seq.to_string(),
                screen.rooms.join(" "),
            ]
        }),
    )
}

/// `p50 ≤ 0.25 ms, p99 ≤ 2.5 ms`; the box keeps buckets, so these are bounds.
fn latency(histogram: Option<&LatencyHistogram>) -> String {
    let Some(histogram) = histogram.filter(|h| h.counts.last().is_some_and(|total| *total > 0))
    else {
        return "-".into();
    };
    let bound = |share| match quantile_us(histogram, share) {
        Some(us) => format!("≤ {} ms", us as f64 / 1000.0),
        None => "beyond the last bucket".into(),
    };
    format!("p50 {}, p99 {}", bound(0.5), bound(0.99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_bound_of_its_bucket() {
        let histogram = LatencyHistogram {
            bounds_us: vec![100, 250, 1000],
            counts: vec![50, 90, 98, 100],
            sum_us: 0,
        };
        assert_eq!(quantile_us(&histogram, 0.5), Some(100));
        assert_eq!(quantile_us(&histogram, 0.9), Some(250));
        assert_eq!(quantile_us(&histogram, 0.91), Some(1000));
        assert_eq!(quantile_us(&histogram, 0.99), None, "it lies beyond the last bound");
        assert_eq!(quantile_us(&LatencyHistogram::default(), 0.5), None);
        assert_eq!(latency(Some(&histogram)), "p50 ≤ 0.1 ms, p99 beyond the last bucket");
    }
}
