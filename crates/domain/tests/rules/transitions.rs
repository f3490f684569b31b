use kiosk_proto::v1::{order_status::Value as Status, role::Value as Role};

use crate::cafe::Cafe;

/// How to bring order 1 to a status, and what is allowed from there with what outcome.
type Row = (&'static [&'static str], &'static [(&'static str, &'static str)]);

/// All else is forbidden.
const ALLOWED: &[Row] = &[
    (
        // PENDING
        &[],
        &[("status 1 MAKING", "PENDING to MAKING"), ("cancel 1", "PENDING cancelled")],
    ),
    (
        // MAKING
        &["status 1 MAKING"],
        &[
            ("status 1 READY", "MAKING to READY"),
            ("recall 1", "MAKING back to PENDING"),
            ("cancel 1", "MAKING cancelled"),
        ],
    ),
    (
        // READY
        &["status 1 MAKING", "status 1 READY"],
        &[
            ("status 1 COMPLETED", "READY to COMPLETED"),
            ("recall 1", "READY back to MAKING"),
            ("cancel 1", "READY cancelled"),
        ],
    ),
    (
        // COMPLETED
        &["status 1 MAKING", "status 1 READY", "status 1 COMPLETED"],
        &[("recall 1", "COMPLETED back to READY")],
    ),
    (
        // CANCELLED
        &["cancel 1"],
        &[],
    ),
];

const ROLES: [Role; 9] = [
    Role::Unspecified,
    Role::Admin,
    Role::Staff,
    Role::Kiosk,
    Role::Board,
    Role::Customer,
    Role::Pos,
    Role::Printer,
    Role::Device,
];

#[test]
fn the_allowed_steps_succeed_and_no_others() {
    let all = [0, 1, 2, 3, 4, 5].map(|n| Status::try_from(n).unwrap().as_str_name());
    let lines: Vec<String> = all
        .iter()
        .map(|status| format!("status 1 {status}"))
        .chain(["recall 1".into(), "cancel 1".into()])
        .collect();
    let mut succeeded = 0;
    for (way, allowed) in ALLOWED {
        for role in ROLES {
            for line in &lines {
                let expected = allowed.iter().find(|(allowed, _)| allowed == line);
                let said = try_after(way, role, line);
                let is_staff = matches!(role, Role::Admin | Role::Staff | Role::Pos);
                match expected {
                    Some((_, "READY cancelled")) if !is_staff => {
                        assert_eq!(said, "no: order 1 is READY: only staff can cancel it");
                    }
                    Some((_, expected)) => {
                        assert_eq!(said, *expected, "{role:?} {line} after {way:?}");
                        succeeded += 1;
                    }
                    None => assert!(
                        said.starts_with("no: order 1 is "),
                        "{role:?} {line} after {way:?}: {said}"
                    ),
                }
            }
        }
    }
    assert_eq!(succeeded, 9 * ROLES.len() - 6);
}

/// Says what comes of a line, and makes sure that a refusal changes nothing.
fn try_after(way: &[&str], role: Role, line: &str) -> String {
    let mut cafe = Cafe::open();
    cafe.run("place 3");
    for step in way {
        cafe.run(step);
    }
    cafe.role = role;
    let before = cafe.state.clone();
    let said = cafe.run(line);
    assert_eq!(said.starts_with("no: "), cafe.state == before, "{said}");
    said
}

#[test]
fn an_unknown_order_is_not_found() {
    let mut cafe = Cafe::open();
    for line in ["status 1 MAKING", "recall 1", "cancel 1"] {
        assert_eq!(cafe.run(line), "no: there is no order ORD-0-nobody that can still change");
    }
}
