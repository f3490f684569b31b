//! Whether a call names the order that its customer has.

use kiosk_proto::MethodAccess;

/// The flag of compression and the length, before each message of a gRPC body.
const FRAME_BYTES: usize = 5;

/// Whether the one message in the body names that order. What can't be read does not.
pub(crate) fn names(access: &MethodAccess, body: &[u8], own: &str) -> bool {
    let named = message(body).and_then(|message| access.order_named(message));
    named.is_some_and(|order_id| !own.is_empty() && order_id == own)
}

/// One message, not compressed, and nothing after it.
fn message(body: &[u8]) -> Option<&[u8]> {
    let (frame, message) = body.split_at_checked(FRAME_BYTES)?;
    let [0, length @ ..] = frame else { return None };
    let length = u32::from_be_bytes(<[u8; 4]>::try_from(length).ok()?);
    (usize::try_from(length).ok()? == message.len()).then_some(message)
}

#[cfg(test)]
mod tests {
    use kiosk_proto::v1::GetOrderRequest;
    use prost::Message as _;

    use super::*;

    fn framed(message: &[u8]) -> Vec<u8> {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        [&[0][..], &length, message].concat()
    }

    fn body(order_id: &str) -> Vec<u8> {
        framed(&GetOrderRequest { order_id: order_id.into() }.encode_to_vec())
    }

    fn get_order() -> &'static MethodAccess {
        MethodAccess::of("/kiosk.v1.OrderService/GetOrder").unwrap()
    }

    #[test]
    fn only_the_own_order_is_ones_own() {
        let names = |body: &[u8], own| names(get_order(), body, own);
        assert!(names(&body("ORD-1-a"), "ORD-1-a"));
        assert!(!names(&body("ORD-1-b"), "ORD-1-a"));
        assert!(!names(&body(""), ""), "nobody's");
        // Of a field that comes twice the last one counts, here and in the service.
        let twice = [&body("ORD-1-a")[5..], &body("ORD-1-b")[5..]].concat();
        assert!(!names(&framed(&twice), "ORD-1-a"));
        assert!(names(&framed(&twice), "ORD-1-b"));
    }

    #[test]
    fn what_can_not_be_read_names_nothing() {
        let good = body("ORD-1-a");
        let two = [&good[..], &good].concat();
        let compressed = [&[1], &good[1..]].concat();
        for wrong in [&good[..good.len() - 1], &good[..4], &[], &two[..], &compressed] {
            assert!(!names(get_order(), wrong, "ORD-1-a"), "{wrong:?}");
        }
        let list = MethodAccess::of("/kiosk.v1.OrderService/ListOrders").unwrap();
        assert!(!names(list, &good, "ORD-1-a"), "it has no such field");
    }
}
