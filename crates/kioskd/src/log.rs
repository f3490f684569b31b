use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// What is logged when `KIOSK_LOG` does not say. mqtt5 has a line for each connection, and it and h2
/// one for each that ends badly: whoever connects could fill the journal.
const DEFAULT: &str = "info,h2=error,mqtt5=warn,mqtt5::broker::client_handler=error";

/// To the journal, with fields, when systemd gave us one; else as lines to standard error.
pub(crate) fn start() {
    let wanted = std::env::var("KIOSK_LOG").unwrap_or_else(|_| DEFAULT.into());
    let filter = EnvFilter::new(wanted);
    let registry = tracing_subscriber::registry().with(filter);
    let under_systemd = std::env::var_os("JOURNAL_STREAM").is_some();
    match under_systemd.then(tracing_journald::layer) {
        Some(Ok(journald)) => registry.with(journald).init(),
        _ => {
            let colours = std::io::stderr().is_terminal();
            let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
            let lines = lines.with_ansi(colours);
            registry.with(lines).init();
        }
    }
}
