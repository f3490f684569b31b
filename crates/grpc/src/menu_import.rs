//! The menu as a text, over the wire.

use kiosk_domain::{Command, Stamp};
use kiosk_hub::{Hub, Identity};
use kiosk_proto::{
    Timestamp,
    v1::{
        ExportMenuRequest, ExportMenuResponse, ImportMenuRequest, ImportMenuResponse,
        ImportProblem, event::Payload, menu_format::Value as MenuFormat,
    },
};
use tonic::{Request, Status};

use crate::{
    menu_file::{self, MenuText, TEXT_BYTES_MAX},
    mutation::{Mutation, commit},
    parse::Violations,
    status::status_of,
};

pub(crate) fn export(hub: &Hub, request: &ExportMenuRequest) -> Result<ExportMenuResponse, Status> {
    let mut violations = Violations::default();
    let format = violations.choice("format", request.format);
    let format = violations.or(format)?;
    let snapshot = hub.snapshot();
    let text = menu_file::write(&snapshot.state, format);
    Ok(ExportMenuResponse { text, position: Some(snapshot.position.into()) })
}

pub(crate) async fn import(
    hub: &Hub,
    request: &Request<ImportMenuRequest>,
) -> Result<ImportMenuResponse, Status> {
    let wish = request.get_ref();
    if wish.dry_run {
        return dry_run(hub, wish);
    }
    let menu = parse(wish)?;
    let problems = check(hub, menu).1;
    if !problems.is_empty() {
        return Err(refused(problems));
    }
    let committed = commit(hub, request).await?;
    let payloads = committed.events.iter().filter_map(|event| event.event.payload.as_ref());
    let (items, categories) = counts(payloads);
    let position = Some(committed.position.into());
    Ok(ImportMenuResponse { position, items, categories, problems: Vec::new() })
}

fn dry_run(hub: &Hub, request: &ImportMenuRequest) -> Result<ImportMenuResponse, Status> {
    let (menu, problems) = check(hub, parse(request)?);
    let snapshot = hub.snapshot();
    let mut answer = ImportMenuResponse {
        position: Some(snapshot.position.into()),
        problems,
        ..Default::default()
    };
    if answer.problems.is_empty() {
        let tried = menu.try_on(&snapshot.state, &stamp());
        let events = tried.map_err(|rejection| status_of(&rejection.into()))?;
        (answer.items, answer.categories) = counts(events.iter());
    }
    Ok(answer)
}

fn parse(request: &ImportMenuRequest) -> Result<MenuText, Status> {
    let mut violations = Violations::default();
    violations.uuid("request_id", &request.request_id);
    let format = text_format(request, &mut violations);
    let format = violations.or(format)?;
    Ok(menu_file::read(&request.text, format))
}

fn text_format(request: &ImportMenuRequest, violations: &mut Violations) -> Option<MenuFormat> {
    let bytes = request.text.len();
    if bytes > TEXT_BYTES_MAX {
        violations.add("text", format!("it has {bytes} bytes, more than {TEXT_BYTES_MAX}"));
    }
    violations.choice("format", request.format)
}

fn check(hub: &Hub, mut menu: MenuText) -> (MenuText, Vec<ImportProblem>) {
    menu.check(&hub.snapshot().state, &stamp());
    let problems = std::mem::take(&mut menu.problems).sorted();
    (menu, problems)
}

/// What is put on a menu has no time, nothing random, and nobody's name on it.
fn stamp() -> Stamp {
    let actor = Identity::nobody(None).actor().clone();
    Stamp { now: Timestamp::from_ms(0), random: 0, actor }
}

/// The first problems, as many as an error has room for.
fn refused(problems: Vec<ImportProblem>) -> Status {
    let mut violations = Violations::default();
    for ImportProblem { line, column, problem } in problems {
        violations.add("text", format!("line {line}, {column}: {problem}"));
    }
    violations.or::<()>(None).err().unwrap_or_else(|| Status::internal("no problem"))
}

fn counts<'a>(events: impl Iterator<Item = &'a Payload>) -> (i32, i32) {
    let (mut items, mut categories) = (0, 0);
    for event in events {
        match event {
            Payload::MenuItemChanged(_) => items += 1,
            Payload::MenuCategoryChanged(_) => categories += 1,
            _ => {}
        }
    }
    (items, categories)
}

impl Mutation for ImportMenuRequest {
    const METHOD: &'static str = "kiosk.v1.MenuService/ImportMenu";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    /// [`import`] has told what is wrong with the text.
    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let format = text_format(self, violations)?;
        Some(menu_file::read(&self.text, format).command())
    }
}
