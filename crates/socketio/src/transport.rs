use std::task::{Context, Poll, ready};

use tokio::time::Instant;

use crate::{
    Closed, Config, Message,
    payload::{self, PING},
    polling::{Event, Polling},
    websocket::{Opening, WebSocket},
};

/// How a session's packets travel at the moment.
pub(crate) enum Transport {
    Polling(Box<Polling>),
    /// A WebSocket that is not there yet, and the first packet to send on it.
    Opening(Opening, String),
    WebSocket(Box<WebSocket>),
}

impl Transport {
    /// The next thing that comes.
    pub(crate) fn poll_event(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        config: &Config,
    ) -> Poll<Result<Event, Closed>> {
        ready!(self.poll_open(cx))?;
        match self {
            Self::Polling(polling) => polling.poll_receive(cx, now, config),
            Self::WebSocket(websocket) => websocket.poll_receive(cx).map_ok(Event::Received),
            Self::Opening(..) => Poll::Pending,
        }
    }

    /// Ready when the message may be pushed.
    pub(crate) fn poll_room(
        &mut self,
        cx: &mut Context<'_>,
        message: &Message,
        now: Instant,
        config: &Config,
    ) -> Poll<Result<(), Closed>> {
        ready!(self.poll_open(cx))?;
        let bytes = payload::encoded_len(message);
        match self {
            Self::Polling(polling) => polling.poll_room(cx, bytes, now, config),
            Self::WebSocket(websocket) => websocket.poll_room(cx, bytes, config),
            Self::Opening(..) => Poll::Pending,
        }
    }

    /// After [`poll_room`](Self::poll_room).
    pub(crate) fn push(&mut self, message: Message) -> Result<(), Closed> {
        match self {
            Self::Polling(polling) => polling.push(message),
            Self::WebSocket(websocket) => return websocket.push(message),
            Self::Opening(..) => {}
        }
        Ok(())
    }

    pub(crate) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> Poll<Result<(), Closed>> {
        ready!(self.poll_open(cx))?;
        match self {
            Self::Polling(polling) => polling.answer(now),
            Self::WebSocket(websocket) => return websocket.poll_flush(cx),
            Self::Opening(..) => {}
        }
        Poll::Ready(Ok(()))
    }

    /// What is to be done while nothing comes: polls are answered. A WebSocket has done it.
    pub(crate) fn idle(&mut self, now: Instant) {
        if let Self::Polling(polling) = self {
            polling.answer(now);
        }
    }

    pub(crate) fn ping(&mut self) -> Result<(), Closed> {
        match self {
            Self::Polling(polling) => polling.ping(),
            Self::WebSocket(websocket) => return websocket.push_control(PING),
            Self::Opening(..) => {}
        }
        Ok(())
    }

    /// The moment when it is to be asked again, although nothing came.
    pub(crate) fn deadline(&self, config: &Config) -> Option<Instant> {
        match self {
            Self::Polling(polling) => polling.deadline(config),
            Self::WebSocket(websocket) => websocket.deadline(config),
            // It has a timer of its own.
            Self::Opening(..) => None,
        }
    }

    /// Fails if the client has been behind for too long.
    pub(crate) fn check_times(&self, now: Instant, config: &Config) -> Result<(), Closed> {
        match self {
            Self::Polling(polling) => polling.check_times(now, config),
            Self::WebSocket(websocket) => match websocket.deadline(config) {
                Some(deadline) if now >= deadline => Err(Closed::TooSlow),
                _ => Ok(()),
            },
            Self::Opening(..) => Ok(()),
        }
    }

    pub(crate) async fn close(&mut self, why: Option<Closed>) {
        match self {
            Self::Polling(polling) if why.is_none() => polling.close().await,
            Self::Polling(polling) if why == Some(Closed::Left) => polling.linger().await,
            // A poll that came too late by a moment is refused, as it would be a moment later.
            Self::Polling(_) if why == Some(Closed::PingTimeout) => {}
            Self::Polling(polling) => polling.say_goodbye(),
            Self::WebSocket(_) if why == Some(Closed::Left) => {}
            // It is closed whether it hears of that or not.
            Self::WebSocket(websocket) => drop(websocket.close(why).await),
            Self::Opening(..) => {}
        }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        if let Self::Opening(opening, greeting) = self {
            let websocket = ready!(opening.as_mut().poll(cx));
            let mut websocket = websocket.ok_or(Closed::NoFollowUp)?;
            websocket.push_control(std::mem::take(greeting))?;
            *self = Self::WebSocket(websocket);
        }
        Poll::Ready(Ok(()))
    }
}
