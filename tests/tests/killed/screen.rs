use kiosk_tests::{Screen, must};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Error;

use crate::{
    audit::END_NOTE,
    life::{Life, Lives},
};

/// How a screen says where it left off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Way {
    /// `?epoch=…&seq=…`.
    Handshake,
    /// A `resume` frame, after `hello`.
    Frame,
}

/// A screen that comes back after each kill, and resumes from the last event that it has seen.
pub(crate) struct ResumingScreen {
    way: Way,
    epoch: String,
    seq: u64,
    seen: Vec<Value>,
    resumed: watch::Sender<u32>,
}

impl ResumingScreen {
    /// One that has seen everything before it was greeted so; it tells in which life it resumed.
    pub(crate) fn new(way: Way, hello: &Value, resumed: watch::Sender<u32>) -> Self {
        let epoch = hello["epoch"].as_str().unwrap().into();
        let seq = hello["seq"].as_u64().unwrap();
        Self { way, epoch, seq, seen: Vec::new(), resumed }
    }

    /// Until it has seen the end; all events that it has seen, in its order.
    pub(crate) async fn run(mut self, mut lives: Lives) -> Vec<Value> {
        let mut previous = None;
        loop {
            let life = Life::after(previous, &mut lives).await;
            match must("the end of a session", self.session(&life)).await {
                Ok(()) => return self.seen,
                Err(error) => assert!(!life.is_last, "nobody was killed: {error}"),
            }
            previous = Some(life.number);
        }
    }

    async fn session(&mut self, life: &Life) -> Result<(), Error> {
        let (mut screen, before) = (self.connect(life).await?, self.seen.len());
        loop {
            let frame = screen.try_next().await?;
            if frame["event"] == "resumed" {
                let missed = self.seen.len() - before;
                assert_eq!(frame["data"], json!({"recovered": true, "missed": missed}));
                self.resumed.send_replace(life.number);
            } else if self.take(frame) {
                return Ok(());
            }
        }
    }

    async fn connect(&self, life: &Life) -> Result<Screen, Error> {
        let Self { epoch, seq, .. } = self;
        if self.way == Way::Handshake {
            let screen =
                Screen::try_connect(life.web, &format!("?epoch={epoch}&seq={seq}")).await?;
            assert_eq!(screen.hello["data"]["epoch"], *epoch);
            return Ok(screen);
        }
        let mut screen = Screen::try_connect(life.web, "").await?;
        assert_eq!(screen.hello["data"]["epoch"], *epoch);
        screen.try_send("resume", "again", json!({"epoch": epoch, "seq": seq})).await?;
        // If the frame was long on its way, live events came first; resuming sends them again.
        while screen.try_next().await?["id"] != "again" {}
        Ok(screen)
    }

    /// Takes the next event; whether it is the last.
    fn take(&mut self, event: Value) -> bool {
        assert_eq!((&event["epoch"], &event["seq"]), (&json!(self.epoch), &json!(self.seq + 1)));
        self.seq += 1;
        let is_end = event["data"]["note"] == END_NOTE;
        self.seen.push(event);
        is_end
    }
}
