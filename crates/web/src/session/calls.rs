//! The calls that one session has open.

use std::time::Duration;

use futures_util::{StreamExt as _, future, stream, stream::BoxStream};
use kiosk_hub::Identity;
use serde_json::Value;
use tokio_stream::StreamMap;
use tonic::Code;

use crate::{
    http::Context,
    transcode::{Answer, Call, Caller, Problem, Terms},
};

/// By the id that the client gave each. Dropping a call cancels it.
pub(crate) struct Calls(StreamMap<String, BoxStream<'static, Reply>>);

/// What a call has to say.
pub(crate) enum Reply {
    /// The answer, or one of several.
    Answer(Answer),
    /// There are no more answers: after the last of several.
    Done,
    /// It failed, and has nothing more to say.
    Failed(Problem),
}

impl Calls {
    pub(crate) fn new() -> Self {
        Self(StreamMap::new())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn begin(
        &mut self,
        context: &Context,
        who: &Identity,
        id: &str,
        (method, message): (String, Value),
        deadline: Option<Duration>,
    ) -> Result<(), Problem> {
        if self.0.contains_key(id) {
            let message = "the call before with this id has not ended";
            return Err(Problem::new(Code::AlreadyExists, message));
        }
        let open_max = context.hub.limits().calls_at_once_max.get();
        if self.0.len() >= open_max {
            let message = format!("there can't be more than {open_max} calls at once");
            return Err(Problem::new(Code::ResourceExhausted, message));
        }
        let transcoder = context.transcoder.clone();
        let terms = Terms { deadline, caller: Caller::Known(who.clone()), ..Terms::default() };
        let call = async move { transcoder.call(&method, message, terms).await };
        let replies = stream::once(call).flat_map(|called| match called {
            Ok(Call::Unary(answer)) => one(Reply::Answer(answer)),
            Ok(Call::Stream(answers)) => answers
                .map(|answer| answer.map_or_else(Reply::Failed, Reply::Answer))
                .chain(one(Reply::Done))
                .boxed(),
            Err(problem) => one(Reply::Failed(problem)),
        });
        self.0.insert(id.into(), replies.boxed());
        Ok(())
    }

    /// Cancels the call, which then fails; false if there is none of that id.
    pub(crate) fn cancel(&mut self, id: &str) -> bool {
        let Some(call) = self.0.remove(id) else { return false };
        drop(call);
        let problem = Problem::new(Code::Cancelled, "the call was cancelled");
        self.0.insert(id.into(), one(Reply::Failed(problem)));
        true
    }

    /// The next reply, and the id of its call. There must be a call. Can be dropped at any time.
    pub(crate) async fn next(&mut self) -> (String, Reply) {
        match self.0.next().await {
            Some((id, reply)) => {
                if let Reply::Failed(_) = reply {
                    self.0.remove(&id);
                }
                (id, reply)
            }
            // All ended without another word.
            None => future::pending().await,
        }
    }
}

fn one(reply: Reply) -> BoxStream<'static, Reply> {
    stream::once(future::ready(reply)).boxed()
}
