//! The people who make what is ordered, each at a station, and who answers the bell.

use std::{sync::Arc, time::Duration};

use kiosk_proto::v1::order_status::Value as Status;
use rand::{RngExt as _, SeedableRng as _, rngs::Xoshiro256PlusPlus};
use tokio::{task::JoinSet, time::sleep};

use super::{
    cafe::{Cafe, RETRY_DELAY, reason},
    kitchen::Job,
    order_calls::Lines,
};
use crate::failure::Failure;

/// How often a barista brings out one line alone, and not all that the station has for an order.
const ONE_LINE: f64 = 0.4;
/// How often an order is marked as begun before its first line is done.
const BEGINS: f64 = 0.5;
/// How often a line is bumped too early.
const TOO_EARLY: f64 = 0.03;
/// How often something is spilt when it is done.
const SPILT: f64 = 0.03;

/// From the counter to a table.
const TO_THE_TABLE: Duration = Duration::from_secs(40);

/// As many as are there; they work until the set is dropped.
pub(super) fn start(
    cafe: &Arc<Cafe>,
    baristas: u32,
    stations: &[String],
    seed: u64,
) -> JoinSet<()> {
    let mut crew = JoinSet::new();
    for number in 0..baristas {
        let random = Xoshiro256PlusPlus::seed_from_u64(seed ^ u64::from(number + 1));
        let of_them = stations_of(number as usize, baristas as usize, stations);
        crew.spawn(work(Arc::clone(cafe), of_them, random));
    }
    crew.spawn(answer_bells(Arc::clone(cafe)));
    crew
}

/// Every station has somebody, and one person has several where there are too few people.
fn stations_of(number: usize, people: usize, stations: &[String]) -> Vec<String> {
    let of_them = |(at, _): &(usize, &String)| {
        if people < stations.len() { at % people == number } else { *at == number % stations.len() }
    };
    stations.iter().enumerate().filter(of_them).map(|(_, station)| station.clone()).collect()
}

/// One job after the other.
async fn work(cafe: Arc<Cafe>, stations: Vec<String>, mut random: Xoshiro256PlusPlus) {
    loop {
        let one_line = random.random_bool(ONE_LINE);
        let job = cafe.board.next_job(&stations, one_line).await;
        let luck = Luck {
            begins: random.random_bool(BEGINS),
            is_too_early: random.random_bool(TOO_EARLY),
            spills: random.random_bool(SPILT),
        };
        match make(&cafe, &job, luck).await.map_err(reason) {
            Ok(()) => {}
            // It was cancelled meanwhile, or another screen was faster; the board shows it soon.
            Err(Ok(_)) => sleep(RETRY_DELAY).await,
            Err(Err(failure)) => {
                eprintln!("kioskctl: nobody makes {}: {failure}", job.order_id);
                sleep(RETRY_DELAY).await;
            }
        }
        cafe.board.put_down(&job);
    }
}

struct Luck {
    begins: bool,
    is_too_early: bool,
    spills: bool,
}

async fn make(cafe: &Cafe, job: &Job, luck: Luck) -> Result<(), Failure> {
    if luck.begins && job.is_first {
        begin(cafe, &job.order_id).await?;
    }
    cafe.clock.pass(job.takes).await;
    bump(cafe, job).await?;
    if luck.is_too_early {
        let lines = job.line_ids.get(..1).unwrap_or_default();
        let recalled = cafe.recall_lines(&job.order_id, lines).await?;
        let count = recalled.change.map_or(0, |change| change.lines.len() as u64);
        cafe.note(|report| report.crew.recalled_lines += count);
        cafe.board.shows(recalled.position.as_ref()).await;
        cafe.clock.pass(job.takes).await;
        bump(cafe, job).await?;
    }
    if luck.spills
        && let Some(line_id) = job.line_ids.last()
    {
        let remade = cafe.remake_one(&job.order_id, *line_id, "쏟음").await?;
        cafe.note(|report| report.crew.remakes += 1);
        // It waits again, with a number of its own if the line was for several: whoever is free next
        // makes it.
        cafe.board.shows(remade.position.as_ref()).await;
    }
    Ok(())
}

/// Another barista may have begun it.
async fn begin(cafe: &Cafe, order_id: &str) -> Result<(), Failure> {
    match cafe.set_status(order_id, Status::Making).await {
        Ok(_) => cafe.note(|report| report.crew.begun += 1),
        Err(failure) => drop(reason(failure)?),
    }
    Ok(())
}

/// By station, when that is what was made. Of lines, those that nobody has cancelled meanwhile.
async fn bump(cafe: &Cafe, job: &Job) -> Result<(), Failure> {
    let line_ids = cafe.board.kitchen().still_wait(job);
    let order_id = &job.order_id;
    let lines = match line_ids.is_empty() {
        true => return Ok(()),
        false if job.is_all && !job.station.is_empty() => {
            Lines { order_id, line_ids: &[], station: &job.station }
        }
        false => Lines { order_id, line_ids: &line_ids, station: "" },
    };
    let bumped = cafe.bump(lines).await?;
    let count = bumped.change.map_or(0, |change| change.lines.len() as u64);
    cafe.note(|report| {
        report.crew.bumps += 1;
        report.crew.bumped_lines += count;
    });
    cafe.board.shows(bumped.position.as_ref()).await;
    Ok(())
}

/// One after the other, also those of guests who are not of this day.
async fn answer_bells(cafe: Arc<Cafe>) {
    loop {
        let bell_id = cafe.board.next_bell().await;
        cafe.clock.pass(TO_THE_TABLE).await;
        match cafe.answer_bell(bell_id, "지수").await.map_err(reason) {
            Ok(answer) => {
                cafe.note(|report| report.bells.answered += 1);
                cafe.board.shows(answer.position.as_ref()).await;
            }
            // Somebody else has answered it; the board shows it soon.
            Err(Ok(_)) => sleep(RETRY_DELAY).await,
            Err(Err(failure)) => eprintln!("kioskctl: nobody answers bell {bell_id}: {failure}"),
        }
        cafe.board.end_answer(bell_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_station_has_somebody_and_everybody_a_station() {
        let stations: Vec<String> = ["bar", "kitchen", "dessert"].map(String::from).to_vec();
        let of = |number, people| stations_of(number, people, &stations);
        assert_eq!(of(0, 1), ["bar", "kitchen", "dessert"]);
        assert_eq!([of(0, 2), of(1, 2)], [vec!["bar", "dessert"], vec!["kitchen"]]);
        assert_eq!([of(0, 4), of(2, 4), of(3, 4)], [["bar"], ["dessert"], ["bar"]]);
    }
}
