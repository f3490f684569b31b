use kiosk_hub::Identity;
use tonic::Request;

/// Who asks: the guard has noted it, whatever the wire. Nobody, if it has not.
pub(crate) fn of<T>(request: &Request<T>) -> Identity {
    request.extensions().get().cloned().unwrap_or_else(|| Identity::nobody(None))
}
