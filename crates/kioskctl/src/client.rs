use std::{error::Error as _, future::Future, path::Path, time::Duration};

use tokio::time::{Instant, sleep, timeout_at};
use tonic::{
    Code, ConnectError, Request, Response, Status,
    service::interceptor::InterceptedService,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use crate::{failure::Failure, token::Bearer};

/// Between two tries to reach the box again: doubles from the first to the second.
const RETRY_DELAYS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// A connection to the box, made at the first call and again when it broke.
pub(crate) struct Client {
    endpoint: Endpoint,
    channel: Connection,
    bearer: Bearer,
    timeout: Duration,
}

/// A connection that shows the token with each call.
pub(crate) type Connection = InterceptedService<Channel, Bearer>;

impl Client {
    /// Connects at the first call. Must be called on the runtime.
    pub(crate) fn new(address: Endpoint, timeout: Duration, bearer: Bearer) -> Self {
        let endpoint = address
            .connect_timeout(timeout)
            .tcp_nodelay(true)
            // A box whose plug was pulled says nothing: only these tell that it is gone.
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10))
            .keep_alive_while_idle(true);
        let channel = Connection::new(endpoint.connect_lazy(), bearer.clone());
        Self { endpoint, channel, bearer, timeout }
    }

    /// The connection that all calls share.
    pub(crate) fn channel(&self) -> Connection {
        self.channel.clone()
    }

    /// A connection of its own, made now.
    pub(crate) async fn separate_channel(&self) -> Result<Connection, Failure> {
        let connected = self.endpoint.connect().await;
        let channel =
            connected.map_err(|error| self.unreachable(&Status::from_error(error.into())))?;
        Ok(Connection::new(channel, self.bearer.clone()))
    }

    /// One that has a connection of its own, to the same box.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.endpoint.clone(), self.timeout, self.bearer.clone())
    }

    /// What shows who asks.
    pub(crate) fn bearer(&self) -> &Bearer {
        &self.bearer
    }

    /// How long to wait for an answer.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Asks until there is an answer or the time is up.
    ///
    /// A request whose connection broke before the answer is sent again as it was. That is safe by
    /// contract: reads change nothing, and a mutation carries a `request_id`, under which the box
    /// commits once and gives its first answer again, also after a restart. A box that could not
    /// be reached in the first place is reported at once.
    pub(crate) async fn call<T, R, F>(
        &self,
        message: T,
        rpc: impl Fn(Connection, Request<T>) -> F,
    ) -> Result<R, Failure>
    where
        T: Clone,
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let deadline = Instant::now() + self.timeout;
        let mut delay = RETRY_DELAYS.0;
        let mut broken: Option<Status> = None;
        loop {
            let mut request = Request::new(message.clone());
            request.set_timeout(deadline.saturating_duration_since(Instant::now()));
            match timeout_at(deadline, rpc(self.channel(), request)).await {
                Err(_) => return Err(self.no_answer(broken)),
                Ok(Ok(response)) => return Ok(response.into_inner()),
                Ok(Err(status)) => match classify(&status) {
                    Break::Answered => return Err(Failure::Rejected(Box::new(status))),
                    Break::NotReached if broken.is_none() => return Err(self.unreachable(&status)),
                    Break::NotReached | Break::Cut => broken = Some(status),
                },
            }
            if timeout_at(deadline, sleep(delay)).await.is_err() {
                return Err(self.no_answer(broken));
            }
            delay = (delay * 2).min(RETRY_DELAYS.1);
        }
    }

    /// [`Self::call`] for a request that carries this `request_id`: a failure without an answer
    /// tells how to ask again.
    pub(crate) async fn mutate<T, R, F>(
        &self,
        request_id: &str,
        message: T,
        rpc: impl Fn(Connection, Request<T>) -> F,
    ) -> Result<R, Failure>
    where
        T: Clone,
        F: Future<Output = Result<Response<R>, Status>>,
    {
        self.call(message, rpc).await.map_err(|failure| failure.with_request_id(request_id))
    }

    /// The failure to connect as a person should read it.
    pub(crate) fn unreachable(&self, status: &Status) -> Failure {
        Failure::Unreachable { address: self.endpoint.uri().to_string(), cause: root_cause(status) }
    }

    fn no_answer(&self, broken: Option<Status>) -> Failure {
        Failure::NoAnswer {
            address: self.endpoint.uri().to_string(),
            waited: self.timeout,
            cause: broken.as_ref().map(root_cause),
            request_id: None,
        }
    }
}

/// With that CA alone, if the address is one of TLS.
pub(crate) fn trusting(address: Endpoint, ca: Option<&Path>) -> Result<Endpoint, Failure> {
    if address.uri().scheme_str() != Some("https") {
        return Ok(address);
    }
    let missing = || Failure::Usage("https needs --ca, the box's CA: its /ca.pem".into());
    let path = ca.ok_or_else(missing)?;
    let unusable = |why: String| Failure::Usage(format!("{}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let trust = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem));
    address.tls_config(trust).map_err(|error| unusable(error.to_string()))
}

/// Why a call ended without success.
#[derive(Debug, PartialEq)]
pub(crate) enum Break {
    /// The box said so.
    Answered,
    /// There was no connection to send on.
    NotReached,
    /// The connection broke, or one side gave up waiting: nobody knows whether the request was
    /// carried out.
    Cut,
}

pub(crate) fn classify(status: &Status) -> Break {
    let mut source = status.source();
    // Only what happened on this side has a source. A bare status is the box's; with these codes it
    // tells that it stopped waiting for its own work, which may yet be done.
    if source.is_none() && !matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded) {
        return Break::Answered;
    }
    while let Some(error) = source {
        if error.is::<ConnectError>() {
            return Break::NotReached;
        }
        source = error.source();
    }
    Break::Cut
}

/// The innermost error's words: `Connection refused (os error 111)`.
pub(crate) fn root_cause(status: &Status) -> String {
    let mut cause = status.source();
    let mut words = status.message().to_owned();
    while let Some(error) = cause {
        words = error.to_string();
        cause = error.source();
    }
    words
}

/// Whether a stream that ended so may be asked for again, from its position.
pub(crate) fn can_resume(status: &Status) -> bool {
    // Slow readers are cut off with one of these, and a box that stops says UNAVAILABLE.
    classify(status) != Break::Answered
        || matches!(status.code(), Code::Unavailable | Code::Aborted | Code::ResourceExhausted)
}
