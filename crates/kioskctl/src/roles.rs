//! Who may call and see what, as the contract declares it: no box is asked.

use kiosk_proto::{
    event_metas, method_accesses, snapshot_parts, snapshot_shows, v1::role::Value as Role,
};

use crate::{
    failure::Failure,
    output::{Column, Output, table},
};

const COLUMNS: [(&str, Role); 9] = [
    ("NOBODY", Role::Unspecified),
    ("ADMIN", Role::Admin),
    ("STAFF", Role::Staff),
    ("KIOSK", Role::Kiosk),
    ("BOARD", Role::Board),
    ("CUSTOMER", Role::Customer),
    ("POS", Role::Pos),
    ("PRINTER", Role::Printer),
    ("DEVICE", Role::Device),
];

/// What a role may do with a method, an event or a part of a snapshot.
struct Row {
    what: String,
    reach: [&'static str; COLUMNS.len()],
}

pub(crate) fn run(output: Output) -> Result<(), Failure> {
    let rows: Vec<Row> = methods().chain(events()).chain(parts()).collect();
    if output.is_json() {
        for Row { what, reach } in rows {
            let roles = COLUMNS.iter().zip(reach).filter(|(_, reach)| *reach != NONE);
            let roles: serde_json::Map<_, _> =
                roles.map(|((name, _), reach)| ((*name).to_owned(), reach.into())).collect();
            output.text(&serde_json::json!({"what": what, "roles": roles}).to_string())?;
        }
        return Ok(());
    }
    let mut titles = vec![Column::Left("CALL, EVENT OR PART")];
    titles.extend(COLUMNS.map(|(name, _)| Column::Left(name)));
    let Ok(titles) = <[Column; COLUMNS.len() + 1]>::try_from(titles) else { return Ok(()) };
    let rows = rows.into_iter().map(|Row { what, reach }| {
        let [a, b, c, d, e, f, g, h, i] = reach.map(str::to_owned);
        [what, a, b, c, d, e, f, g, h, i]
    });
    output.text(&table(titles, rows))
}

const NONE: &str = "-";
const YES: &str = "yes";
/// Of its own order.
const OWN: &str = "own";

fn methods() -> impl Iterator<Item = Row> {
    method_accesses().iter().map(|(name, access)| Row {
        what: name.strip_prefix("kiosk.v1.").unwrap_or(name).into(),
        reach: COLUMNS.map(|(_, role)| match role {
            role if !access.allows(role) => NONE,
            Role::Customer if access.is_of_own_order() => OWN,
            _ => YES,
        }),
    })
}

fn events() -> impl Iterator<Item = Row> {
    let mut events: Vec<_> = event_metas().values().collect();
    events.sort_by(|a, b| a.name.cmp(&b.name));
    events.into_iter().map(|meta| Row {
        what: format!("event {}", meta.name),
        reach: COLUMNS.map(|(_, role)| match role {
            role if !meta.visible_to(role) => NONE,
            Role::Customer if meta.is_about_an_order() => OWN,
            _ => YES,
        }),
    })
}

fn parts() -> impl Iterator<Item = Row> {
    snapshot_parts().map(|part| Row {
        what: format!("snapshot {part}"),
        reach: COLUMNS.map(|(_, role)| match role {
            role if !snapshot_shows(part, role) => NONE,
            Role::Customer if part == "orders" => OWN,
            _ => YES,
        }),
    })
}
