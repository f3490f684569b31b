//! Resuming: every event once and in order, or a plain word that this can't be proved.

use serde_json::{Value, json};

use crate::cafe::{Cafe, Screen};

fn resumed(frame: &Value) -> (bool, u64) {
    assert_eq!(frame["event"], "resumed", "{frame}");
    (frame["data"]["recovered"].as_bool().unwrap(), frame["data"]["missed"].as_u64().unwrap())
}

#[tokio::test]
async fn what_was_missed_comes_in_order_then_resumed_then_what_happens() {
    let cafe = Cafe::open().await;
    let after = cafe.head();
    for name in ["Tea", "Coffee", "Juice"] {
        cafe.put_item(name).await;
    }
    let by_query = format!("?epoch={}&seq={after}", cafe.epoch());
    let mut by_query = Screen::connect_with(&cafe, &by_query).await.unwrap();
    let mut by_frame = Screen::connect(&cafe).await;
    let reply = by_frame.ask("resume", json!({"epoch": cafe.epoch(), "seq": after})).await;
    assert_eq!(reply["data"], json!({"recovered": true, "missed": 3}));
    let live = cafe.put_item("Milk").await;
    for screen in [&mut by_query, &mut by_frame] {
        for seq in after + 1..=after + 3 {
            assert_eq!(screen.next_seq().await, seq);
        }
        assert_eq!(resumed(&screen.next().await), (true, 3));
        assert_eq!(screen.next_seq().await, live);
    }
    assert_eq!(
        cafe.hub.stats().connections.reconnects.load(std::sync::atomic::Ordering::SeqCst),
        2
    );
}

#[tokio::test]
async fn a_screen_that_missed_nothing_is_told_so_at_once() {
    let cafe = Cafe::open().await;
    let query = format!("?epoch={}&seq={}", cafe.epoch(), cafe.head());
    let mut screen = Screen::connect_with(&cafe, &query).await.unwrap();
    assert_eq!(resumed(&screen.next().await), (true, 0));
}

#[tokio::test]
async fn what_can_not_be_proved_is_said_and_the_session_goes_on_from_hello() {
    let cafe = Cafe::open().await;
    let epoch = cafe.epoch();
    for (epoch, after) in [
        ("0123456789abcdef", 0),
        (&*epoch, cafe.head() + 100),
        (&*epoch, u64::MAX),
        ("", 0),
        ("x", 1),
    ] {
        let query = format!("?epoch={epoch}&seq={after}");
        let mut by_query = Screen::connect_with(&cafe, &query).await.unwrap();
        let mut by_frame = Screen::connect(&cafe).await;
        let seq = cafe.put_item(&format!("Tea {epoch} {after}")).await;
        assert_eq!(by_frame.hello["data"]["seq"], seq - 1);
        by_frame.send("resume", "r", json!({"epoch": epoch, "seq": after})).await;
        assert_eq!(by_frame.next().await["data"]["recovered"], false);
        for screen in [&mut by_query, &mut by_frame] {
            assert_eq!(resumed(&screen.next().await), (false, 0), "{epoch} {after}");
            assert_eq!(screen.next_seq().await, seq);
        }
    }
}

#[tokio::test]
async fn a_handshake_with_half_a_position_is_refused() {
    let cafe = Cafe::open().await;
    for query in
        ["?epoch=0123456789abcdef", "?seq=1", "?epoch=a&seq=x", "?epoch=a&seq=-1", "?epoch=a&seq="]
    {
        let refused = Screen::connect_with(&cafe, query).await.err();
        let Some(tokio_tungstenite::tungstenite::Error::Http(response)) = refused else {
            panic!("{query}: {refused:?}")
        };
        assert_eq!(response.status(), 400, "{query}");
    }
    assert!(cafe.hub.stats().connections.screens().is_empty());
}

/// Events wait a moment after `hello`, so that a `resume` on its way comes before them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resume_right_after_hello_gets_every_event_once_while_more_happen() {
    const EVENTS: usize = 1_500;
    let cafe = Cafe::open().await;
    let epoch = cafe.epoch();
    let placing = cafe.put_items_meanwhile(EVENTS);
    for turn in 0..100 {
        let after = cafe.head().saturating_sub(turn % 7);
        let mut screen = match turn % 2 {
            0 => Screen::connect(&cafe).await,
            _ => {
                let query = format!("?epoch={epoch}&seq={after}");
                Screen::connect_with(&cafe, &query).await.unwrap()
            }
        };
        if turn % 2 == 0 {
            screen.send("resume", "r", json!({"epoch": epoch, "seq": after})).await;
            assert_eq!(screen.next().await["event"], "reply");
        }
        let (mut seen, mut missed) = (after, None);
        // Until it has resumed and seen what happened after that, as long as something does.
        let until = cafe.head() + 1;
        while missed.is_none() || (seen < until && !placing.is_finished()) {
            let frame = screen.next().await;
            if frame["event"] == "resumed" {
                assert_eq!(missed, None);
                missed = Some(resumed(&frame));
                assert_eq!(missed, Some((true, seen - after)), "turn {turn}");
            } else {
                seen += 1;
                assert_eq!(frame["seq"], seen, "turn {turn}");
            }
        }
    }
    placing.await.unwrap();
}

#[tokio::test]
async fn a_screen_that_fell_far_behind_is_served_from_the_journal() {
    const EVENTS: u64 = 3_000;
    let cafe = Cafe::open().await;
    let after = cafe.head();
    cafe.put_items_meanwhile(EVENTS as usize).await.unwrap();
    let query = format!("?epoch={}&seq={after}", cafe.epoch());
    let mut screen = Screen::connect_with(&cafe, &query).await.unwrap();
    for seq in after + 1..=after + EVENTS {
        assert_eq!(screen.next_seq().await, seq);
    }
    assert_eq!(resumed(&screen.next().await), (true, EVENTS));
}
