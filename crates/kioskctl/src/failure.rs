use std::{fmt::Write as _, io, process::ExitCode, time::Duration};

use kiosk_proto::code_name;
use thiserror::Error;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Rejected, or a check failed.
const EXIT_FAILED: u8 = 1;
/// Wrong usage, as clap exits.
const EXIT_USAGE: u8 = 2;
/// `EX_UNAVAILABLE` of sysexits.h.
const EXIT_UNAVAILABLE: u8 = 69;

/// Why a command did not do what it was asked.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The box answered, and the answer is no.
    #[error("{}", describe(.0))]
    Rejected(Box<Status>),
    /// Nothing was sent.
    #[error("cannot reach {address}: {cause}")]
    Unreachable { address: String, cause: String },
    /// Sent, perhaps carried out, never answered.
    #[error("{}", describe_no_answer(address, *waited, cause.as_deref(), request_id.as_deref()))]
    NoAnswer {
        address: String,
        waited: Duration,
        /// Why the connection broke, if it did.
        cause: Option<String>,
        request_id: Option<String>,
    },
    /// The arguments, or a file they name, can't be used.
    #[error("{0}")]
    Usage(String),
    /// What was to be checked does not hold.
    #[error("{0}")]
    Check(String),
    /// Standard output can't be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// Adds the id under which the request may be repeated.
    pub(crate) fn with_request_id(mut self, id: &str) -> Self {
        if let Self::NoAnswer { request_id, .. } = &mut self {
            *request_id = Some(id.to_owned());
        }
        self
    }

    /// Why the box said no, in its word for programs, or else its code; none when it may say yes
    /// to the same request later.
    pub(crate) fn reason(&self) -> Option<String> {
        let Self::Rejected(status) = self else { return None };
        if matches!(status.code(), Code::Unavailable | Code::ResourceExhausted) {
            return None;
        }
        let details = status.get_error_details();
        let reason = details.error_info().map(|info| info.reason.clone());
        Some(reason.unwrap_or_else(|| code_name(status.code()).to_owned()))
    }

    /// Says it on stderr; returns the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        if self.is_closed_pipe() {
            return ExitCode::SUCCESS;
        }
        eprintln!("kioskctl: {self}");
        ExitCode::from(match self {
            Self::Usage(_) => EXIT_USAGE,
            Self::Unreachable { .. } | Self::NoAnswer { .. } => EXIT_UNAVAILABLE,
            Self::Rejected(status) if status.code() == Code::Unavailable => EXIT_UNAVAILABLE,
            Self::Rejected(_) | Self::Check(_) | Self::Output(_) => EXIT_FAILED,
        })
    }

    /// `kioskctl watch | head` has seen enough: that's no failure.
    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Rejected(Box::new(status))
    }
}

/// `CODE: message`, then a line for each thing to mend and when to try again.
pub(crate) fn describe(status: &Status) -> String {
    let mut text = format!("{}: {}", code_name(status.code()), status.message());
    let details = status.get_error_details();
    let mut line = |words: String| {
        // Writing to a string can't fail.
        let _ = write!(text, "\n  {words}");
    };
    for violation in details.bad_request().iter().flat_map(|d| &d.field_violations) {
        line(format!("{}: {}", violation.field, violation.description));
    }
    for violation in details.precondition_failure().iter().flat_map(|d| &d.violations) {
        line(format!("{} {}: {}", violation.r#type, violation.subject, violation.description));
    }
    for violation in details.quota_failure().iter().flat_map(|d| &d.violations) {
        line(format!("{}: {}", violation.subject, violation.description));
    }
    if let Some(resource) = details.resource_info() {
        line(format!("{} {}", resource.resource_type, resource.resource_name));
    }
    if let Some(info) = details.error_info() {
        let mut facts: Vec<_> = info.metadata.iter().map(|(k, v)| format!(" {k}={v}")).collect();
        facts.sort();
        line(format!("reason {}{}", info.reason, facts.concat()));
    }
    if let Some(delay) = details.retry_info().and_then(|info| info.retry_delay) {
        line(format!("try again in {:.1} s", delay.as_secs_f64()));
    }
    text
}

fn describe_no_answer(
    address: &str,
    waited: Duration,
    cause: Option<&str>,
    request_id: Option<&str>,
) -> String {
    let mut text = format!("no answer from {address} in {:.1} s", waited.as_secs_f64());
    if let Some(cause) = cause {
        text += &format!(": {cause}");
    }
    if let Some(id) = request_id {
        text += &format!(
            "\n  it may have been carried out: repeat the command with --request-id {id}, \
             which carries it out once"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, FieldViolation};

    use super::*;

    #[test]
    fn a_rejection_shows_its_code_and_every_detail() {
        let mut details = ErrorDetails::with_bad_request(vec![
            FieldViolation::new("items[0].menu_id", "no menu item 99"),
            FieldViolation::new("items[1].quantity", "1 to 99"),
        ]);
        details
            .add_precondition_failure_violation("TOTAL", "expected_total", "8000, not 7000")
            .set_error_info("SOLD_OUT", "kiosk", [("menu".to_owned(), "1".to_owned())])
            .set_retry_info(Some(Duration::from_millis(1500)));
        let status =
            Status::with_error_details(Code::InvalidArgument, "the order is wrong", details);
        assert_eq!(
            describe(&status),
            "INVALID_ARGUMENT: the order is wrong\n  \
             items[0].menu_id: no menu item 99\n  \
             items[1].quantity: 1 to 99\n  \
             TOTAL expected_total: 8000, not 7000\n  \
             reason SOLD_OUT menu=1\n  \
             try again in 1.5 s"
        );
    }

    #[test]
    fn an_unanswered_mutation_tells_how_to_repeat_it() {
        let failure = Failure::NoAnswer {
            address: "http://box/".into(),
            waited: Duration::from_secs(10),
            cause: Some("connection reset".into()),
            request_id: None,
        };
        let text = failure.with_request_id("7f3c").to_string();
        assert!(text.starts_with("no answer from http://box/ in 10.0 s: connection reset\n"));
        assert!(text.contains("--request-id 7f3c"), "{text}");
    }

    #[test]
    fn details_that_are_not_what_they_claim_do_no_harm() {
        let status = Status::with_details(Code::Internal, "broken", vec![0xff; 9].into());
        assert_eq!(describe(&status), "INTERNAL: broken");
    }
}
