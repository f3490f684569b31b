//! A café's day, played on a real box: customers at kiosks and a till, a crew that makes what they
//! order, and what the staff does beside.
//!
//! The seed fixes who comes when and wants what. What becomes of it also depends on the box and on
//! how the actors' calls interleave, as on a real day.

mod board;
mod crew;
mod customer;
mod day;
mod errand;
mod feed;
mod report;

use std::{sync::Arc, time::Duration};

use clap::Args;
use kiosk_proto::v1::{GetSnapshotRequest, event_service_client::EventServiceClient};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use tonic::{Request, Response, Status, transport::Channel};

use self::{
    board::Board,
    day::{Day, Wishes},
    report::Report,
};
use crate::{client::Client, failure::Failure, output::Output};

/// A box that is away for longer ends the day.
const AWAY_MAX: Duration = Duration::from_secs(60);
/// Between two tries to reach the box again.
const RETRY_DELAY: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Who comes when and wants what: the same number plans the same day.
    #[arg(long, default_value = "1")]
    seed: u64,
    /// How many customers come between eight and eight.
    #[arg(long, default_value = "300", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    customers: u32,
    /// Simulated seconds in a second, or `max`: as fast as the box answers.
    #[arg(long, default_value = "60", value_name = "TIMES", value_parser = parse_speed)]
    speed: Pace,
    /// Kiosks that customers stand at, one at a time.
    #[arg(long, default_value = "3", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    kiosks: u32,
    /// People who make what is ordered, one order at a time.
    #[arg(long, default_value = "2", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    baristas: u32,
}

pub(crate) async fn run(args: SimulateArgs, client: Client, output: Output) -> Result<(), Failure> {
    let call = async |channel, ask| EventServiceClient::new(channel).get_snapshot(ask).await;
    let now = client.call(GetSnapshotRequest {}, call).await?;
    let wishes = Wishes { customers: args.customers, kiosks: args.kiosks };
    let day = Day::plan(args.seed, wishes, &now)?;
    let began = Instant::now();
    let cafe = Arc::new(Cafe {
        client,
        clock: Clock { began, pace: args.speed },
        board: Board::new(&now.orders),
    });
    let feed = tokio::spawn(feed::follow(Arc::clone(&cafe), now.position.unwrap_or_default()));
    let crew = crew::start(&cafe, args.baristas, args.seed);
    let mut report = play(&cafe, day).await?;
    // Who waited for an order has it: nobody needs the crew any more.
    drop(crew);
    feed.abort();
    report.seconds = began.elapsed().as_secs_f64();
    output.message(&report, Report::table)
}

/// Until the last customer has left and the last errand is done.
async fn play(cafe: &Arc<Cafe>, day: Day) -> Result<Report, Failure> {
    let mut actors = JoinSet::new();
    for queue in day.queues {
        actors.spawn(customer::serve(Arc::clone(cafe), queue));
    }
    actors.spawn(errand::run(Arc::clone(cafe), day.errands));
    let mut report = Report::default();
    while let Some(ended) = actors.join_next().await {
        let part = ended.map_err(|error| Failure::Check(format!("an actor failed: {error}")))??;
        report.add(&part);
    }
    Ok(report)
}

/// What all actors share.
struct Cafe {
    client: Client,
    clock: Clock,
    board: Board,
}

impl Cafe {
    /// Asks until the box says yes or no: it may be restarted in the middle of the day.
    async fn ask<T, R, F>(
        &self,
        request_id: &str,
        message: T,
        rpc: impl Fn(Channel, Request<T>) -> F,
    ) -> Result<R, Failure>
    where
        T: Clone,
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let deadline = Instant::now() + AWAY_MAX;
        loop {
            match self.client.mutate(request_id, message.clone(), &rpc).await {
                Err(failure) if failure.reason().is_none() && Instant::now() < deadline => {
                    sleep(RETRY_DELAY).await;
                }
                answer => return answer,
            }
        }
    }
}

/// The simulated time of day, from opening on.
struct Clock {
    began: Instant,
    pace: Pace,
}

/// How fast it goes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Pace {
    Times(f64),
    Max,
}

impl Clock {
    /// Returns when it is so late, at once if it is later.
    async fn until(&self, time: Duration) {
        if let Pace::Times(times) = self.pace {
            sleep_until(self.began + time.div_f64(times)).await;
        }
    }

    /// Returns when so much time has gone by.
    async fn pass(&self, time: Duration) {
        if let Pace::Times(times) = self.pace {
            sleep(time.div_f64(times)).await;
        }
    }
}

fn parse_speed(text: &str) -> Result<Pace, String> {
    let times = || text.parse().ok().filter(|times| (0.1..=100_000.0).contains(times));
    match text {
        "max" => Ok(Pace::Max),
        _ => times().map(Pace::Times).ok_or_else(|| "expected 0.1 to 100000, or max".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_bounded_number_or_max() {
        assert_eq!(parse_speed("max"), Ok(Pace::Max));
        assert_eq!(parse_speed("720"), Ok(Pace::Times(720.0)));
        for wrong in ["0", "-1", "NaN", "inf", "fast"] {
            assert!(parse_speed(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn simulated_time_goes_by_as_fast_as_asked() {
        let began = Instant::now();
        let clock = Clock { began, pace: Pace::Times(60.0) };
        clock.until(Duration::from_secs(600)).await;
        assert_eq!(began.elapsed(), Duration::from_secs(10));
        clock.until(Duration::from_secs(300)).await;
        clock.pass(Duration::from_secs(60)).await;
        assert_eq!(began.elapsed(), Duration::from_secs(11));
    }
}
