use std::{fmt::Write as _, fs, io, path::PathBuf};

use clap::Args;
use kiosk_proto::v1::{
    ExportMenuRequest, ImportMenuRequest, ImportMenuResponse, menu_format::Value as MenuFormat,
    menu_service_client::MenuServiceClient,
};

use crate::{cli::Mutation, client::Client, failure::Failure, output::Output};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// For a spreadsheet; or else --json.
    #[arg(long)]
    csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// From a spreadsheet; or else --json.
    #[arg(long)]
    csv: bool,
    /// The text; `-` reads standard input.
    file: PathBuf,
    /// Check all, and change nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn export(
    args: ExportArgs,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let request = ExportMenuRequest { format: format(args.csv, output)?.into() };
    let call = async |channel, request| MenuServiceClient::new(channel).export_menu(request).await;
    output.text(&client.call(request, call).await?.text)
}

pub(crate) async fn import(
    args: ImportArgs,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let name = args.file.display();
    let text = if args.file.as_os_str() == "-" {
        io::read_to_string(io::stdin())
    } else {
        fs::read_to_string(&args.file)
    };
    let text = text.map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
    let request_id = args.mutation.request_id();
    let request = ImportMenuRequest {
        request_id: request_id.clone(),
        format: format(args.csv, output)?.into(),
        text,
        dry_run: true,
    };
    let call = async |channel, request| MenuServiceClient::new(channel).import_menu(request).await;
    // Of a dry run all problems are told, and of a refusal the first.
    let tried = client.call(request.clone(), call).await?;
    if !tried.problems.is_empty() {
        return Err(Failure::Check(problems(&name.to_string(), &tried)));
    }
    if args.dry_run {
        return output.message(&tried, |tried| format!("would change {}", summary(tried)));
    }
    let request = ImportMenuRequest { dry_run: false, ..request };
    let answer = client.mutate(&request_id, request, call).await?;
    output.message(&answer, |answer| format!("changed {}", summary(answer)))
}

/// `--json` is what every command has, and here also what the text is.
fn format(csv: bool, output: Output) -> Result<MenuFormat, Failure> {
    match (csv, output.is_json()) {
        (true, false) => Ok(MenuFormat::Csv),
        (false, true) => Ok(MenuFormat::Json),
        _ => Err(Failure::Usage("say --csv or --json, one of them".into())),
    }
}

fn summary(answer: &ImportMenuResponse) -> String {
    format!("{} items, {} categories", answer.items, answer.categories)
}

/// As compilers do it, so that an editor goes there: `menu.csv:7: price: …`.
fn problems(file: &str, answer: &ImportMenuResponse) -> String {
    let mut text = String::from("nothing was imported");
    for problem in &answer.problems {
        let column = if problem.column.is_empty() { "" } else { ": " };
        // Writing to a string can't fail.
        let _ = write!(
            text,
            "\n{file}:{}{column}{}: {}",
            problem.line, problem.column, problem.problem
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use kiosk_proto::v1::ImportProblem;

    use super::*;

    #[test]
    fn problems_are_told_as_an_editor_finds_them() {
        let problem = |line, column: &str, problem: &str| ImportProblem {
            line,
            column: column.into(),
            problem: problem.into(),
        };
        let wrong = vec![problem(7, "price", "it is -1"), problem(9, "", "it has 30 cells")];
        let answer = ImportMenuResponse { problems: wrong, ..Default::default() };
        assert_eq!(
            problems("menu.csv", &answer),
            "nothing was imported\nmenu.csv:7: price: it is -1\nmenu.csv:9: it has 30 cells"
        );
    }
}
