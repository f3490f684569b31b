use std::time::Duration;

use clap::Args;
use kiosk_proto::{
    code_name, envelope,
    v1::{
        Position, Resumed, SubscribeRequest, event_service_client::EventServiceClient,
        subscribe_response::Message,
    },
};
use tokio::time::sleep;
use tonic::Status;

use crate::{
    client::{Break, Client, can_resume, classify, root_cause},
    event_line::event_line,
    failure::Failure,
    output::Output,
};

/// Between two tries to reach the box again: doubles from the first to the second.
const RETRY_DELAYS: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// The last event already seen: what was missed comes first.
    #[arg(long, value_name = "EPOCH:SEQ", value_parser = parse_position)]
    from: Option<Position>,
    /// Only this room's events; may be given several times.
    #[arg(long = "room", value_name = "ROOM")]
    rooms: Vec<String>,
}

/// Follows the events until it is stopped, across every break of the connection.
///
/// Fails only when the box can't be reached in the first place, or refuses.
pub(crate) async fn run(args: WatchArgs, client: &Client, output: Output) -> Result<(), Failure> {
    let mut watch = Watch { position: args.from, output, reached: false };
    let mut delay = RETRY_DELAYS.0;
    loop {
        let before = watch.position.clone();
        match watch.follow(client, &args.rooms).await {
            Ok(()) => eprintln!("kioskctl: the box ended the stream"),
            Err(Failure::Rejected(status)) if watch.may_resume(&status) => {
                eprintln!("kioskctl: disconnected: {}", reason(&status));
            }
            Err(Failure::Rejected(status)) if classify(&status) == Break::NotReached => {
                return Err(client.unreachable(&status));
            }
            Err(failure) => return Err(failure),
        }
        if watch.position != before {
            delay = RETRY_DELAYS.0;
        }
        eprintln!("kioskctl: trying again in {:.1} s", delay.as_secs_f64());
        sleep(delay).await;
        delay = (delay * 2).min(RETRY_DELAYS.1);
    }
}

struct Watch {
    /// The last event printed, or where the box says that the stream begins.
    position: Option<Position>,
    output: Output,
    reached: bool,
}

impl Watch {
    /// Prints one connection's events; `Ok` when the box ends the stream.
    async fn follow(&mut self, client: &Client, rooms: &[String]) -> Result<(), Failure> {
        let request = SubscribeRequest { after: self.position.clone(), rooms: rooms.to_vec() };
        let mut events = EventServiceClient::new(client.channel());
        let mut stream = events.subscribe(request).await?.into_inner();
        self.reached = true;
        while let Some(answer) = stream.message().await? {
            match answer.message {
                Some(Message::Event(event)) => {
                    let line =
                        if self.output.is_json() { envelope(&event) } else { event_line(&event) };
                    self.output.text(&line)?;
                    // Ephemeral events have none, and leave the position where it is.
                    self.position = event.position.or(self.position.take());
                }
                Some(Message::Resumed(resumed)) => self.resumed(resumed),
                None => {}
            }
        }
        Ok(())
    }

    fn resumed(&mut self, resumed: Resumed) {
        let Some(position) = resumed.position else { return };
        // Who asked for nothing missed nothing.
        if self.position.is_some() && !resumed.recovered {
            eprintln!(
                "kioskctl: recovery could not be proved: events may be missing. \
                 Going on from {}:{}; `kioskctl snapshot` shows what is true now",
                position.epoch, position.seq
            );
        }
        self.position = Some(position);
    }

    fn may_resume(&self, status: &Status) -> bool {
        self.reached && can_resume(status)
    }
}

fn reason(status: &Status) -> String {
    match classify(status) {
        Break::Answered => format!("{}: {}", code_name(status.code()), status.message()),
        _ => root_cause(status),
    }
}

fn parse_position(text: &str) -> Result<Position, String> {
    let (epoch, seq) = text.split_once(':').ok_or("expected EPOCH:SEQ")?;
    if epoch.len() != 16 || !epoch.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(format!("an epoch is 16 hexadecimal digits, not {epoch:?}"));
    }
    let seq = seq.parse().map_err(|_| format!("not a sequence number: {seq:?}"))?;
    Ok(Position { epoch: epoch.to_owned(), seq })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_an_epoch_and_a_seq() {
        let position = parse_position("5f0c2a9be3d14477:1207").unwrap();
        assert_eq!((&*position.epoch, position.seq), ("5f0c2a9be3d14477", 1207));
        for wrong in ["1207", "5f0c:1207", "5f0c2a9be3d1447z:1", "5f0c2a9be3d14477:-1"] {
            assert!(parse_position(wrong).is_err(), "{wrong}");
        }
    }
}
