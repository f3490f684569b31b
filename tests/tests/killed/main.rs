//! kioskd is killed at random moments, while tills order and screens watch.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

mod audit;
mod life;
mod screen;
mod till;

use std::time::{Duration, Instant};

use kiosk_tests::{Kioskd, Random, Screen, Start, must};
use tokio::{
    sync::watch,
    task::{JoinSet, spawn_blocking},
    time::sleep,
};

use audit::Audit;
use life::Life;
use screen::{ResumingScreen, Way};
use till::StubbornTill;

const KILLS: u32 = 200;
const TILLS: u32 = 4;
/// A life lasts at most this much longer than it takes to serve, or to serve and have every screen
/// resumed.
const LIFE_MS_MAX: u64 = 150;
/// A life that ends before it serves lasts less than this: about as long as a start takes.
const STILLBORN_MS_MAX: u64 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_200_kills_no_order_is_missing_or_doubled_and_screens_saw_each_event_once() {
    let mut random = Random::of_variable("KIOSK_TEST_KILL_SEED");
    let dir = tempfile::tempdir().unwrap();
    let start = Start::demo(dir.path()).quiet();
    let (mut kioskd, _) = restart(&start).await;
    let hello = Screen::connect(kioskd.web).await.hello["data"].take();

    let (lives, life) = watch::channel(None);
    let mut tills = JoinSet::new();
    for _ in 0..TILLS {
        tills.spawn(StubbornTill::new(random.fork()).run(life.clone()));
    }
    let (mut screens, mut resumed) = (JoinSet::new(), Vec::new());
    for way in [Way::Handshake, Way::Frame] {
        let (tell, told) = watch::channel(0);
        screens.spawn(ResumingScreen::new(way, &hello, tell).run(life.clone()));
        resumed.push(told);
    }

    let mut starts = Vec::new();
    let mut kills = 0;
    while kills < KILLS {
        lives.send_replace(Some(Life::of(&kioskd, kills)));
        if random.below(2) == 0 {
            for told in &mut resumed {
                must("a resumed screen", told.wait_for(|life| *life == kills)).await.unwrap();
            }
        }
        sleep(Duration::from_millis(random.below(LIFE_MS_MAX))).await;
        kioskd.kill();
        kills += 1;
        while kills < KILLS && random.below(8) == 0 {
            let (start, life) = (start.clone(), random.below(STILLBORN_MS_MAX));
            let killed =
                spawn_blocking(move || start.spawn_and_kill_after(Duration::from_millis(life)));
            killed.await.unwrap();
            kills += 1;
        }
        let (started, took) = restart(&start).await;
        kioskd = started;
        starts.push(took);
    }

    lives.send_replace(Some(Life { is_last: true, ..Life::of(&kioskd, kills) }));
    let done = must("the tills' last answers", tills.join_all()).await;
    let audit = Audit::new(kioskd.grpc, &hello).await;
    audit.mark_the_end().await;
    let seen = must("the screens' last event", screens.join_all()).await;
    audit.check(done.concat(), &seen).await;
    assert!(kioskd.terminate().await.success());
    report(starts);
}

async fn restart(start: &Start) -> (Kioskd, Duration) {
    let start = start.clone();
    let began = Instant::now();
    let kioskd = spawn_blocking(move || start.spawn()).await.unwrap();
    (kioskd, began.elapsed())
}

fn report(mut starts: Vec<Duration>) {
    starts.sort();
    let (median, longest) = (starts[starts.len() / 2], starts[starts.len() - 1]);
    eprintln!("{} starts: median {median:?}, longest {longest:?}", starts.len());
}
