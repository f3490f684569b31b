//! What is done to a part of an order.

use std::str::FromStr;

use clap::Args;
use kiosk_proto::v1::{
    AddToOrderRequest, BumpLinesRequest, CancelLinesRequest, LinePart, RecallLinesRequest,
    RecallOrderRequest, RemakeLinesRequest, SetPriorityRequest,
    order_service_client::OrderServiceClient,
};

use super::{
    item::{Item, ItemError, number},
    view,
};
use crate::{cli::Mutation, client::Client, failure::Failure, output::Output};

/// Some of an order's lines.
#[derive(Debug, Args)]
pub(crate) struct LinesArgs {
    order_id: String,
    /// Numbers of lines, as `order show` has them.
    #[arg(value_name = "LINE", conflicts_with = "station")]
    lines: Vec<i32>,
    /// The lines that are made at this station.
    #[arg(long, default_value = "", hide_default_value = true)]
    station: String,
    #[command(flatten)]
    mutation: Mutation,
}

/// Lines, or some of their quantity, and why.
#[derive(Debug, Args)]
pub(crate) struct PartsArgs {
    order_id: String,
    /// `LINE[xQUANTITY]`, such as `2x1`: one of line 2.
    #[arg(required = true, value_name = "LINE")]
    parts: Vec<Part>,
    /// Why, for the record.
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    order_id: String,
    /// `MENU_ID[xQUANTITY][+OPTION_ID...]`, such as `1x2+2`: two of item 1, each with option 2.
    #[arg(required = true, value_name = "ITEM")]
    items: Vec<Item>,
    /// The order's total with them that the customer was told; refused when it no longer agrees.
    #[arg(long, value_name = "AMOUNT")]
    expect_total: Option<i32>,
    #[command(flatten)]
    mutation: Mutation,
}

/// A line, or some of its quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Part(LinePart);

impl FromStr for Part {
    type Err = ItemError;

    fn from_str(text: &str) -> Result<Self, ItemError> {
        let (line_id, quantity) = match text.split_once('x') {
            Some((line_id, quantity)) => (line_id, number("the quantity", quantity)?),
            None => (text, 0),
        };
        Ok(Self(LinePart { line_id: number("the line", line_id)?, quantity }))
    }
}

pub(super) async fn bump(args: LinesArgs, client: &Client, output: Output) -> Result<(), Failure> {
    let LinesArgs { order_id, lines, station, mutation } = args;
    let request_id = mutation.request_id();
    let request =
        BumpLinesRequest { request_id: request_id.clone(), order_id, line_ids: lines, station };
    let call = async |channel, request| OrderServiceClient::new(channel).bump_lines(request).await;
    output.message(&client.mutate(&request_id, request, call).await?, view::bump_answer)
}

/// The whole order a step back, or some of its lines.
pub(super) async fn recall(
    args: LinesArgs,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let LinesArgs { order_id, lines, station, mutation } = args;
    let request_id = mutation.request_id();
    if lines.is_empty() && station.is_empty() {
        let request = RecallOrderRequest { request_id: request_id.clone(), order_id };
        let call =
            async |channel, request| OrderServiceClient::new(channel).recall_order(request).await;
        let answer = client.mutate(&request_id, request, call).await?;
        return output.message(&answer, view::recall_answer);
    }
    let request =
        RecallLinesRequest { request_id: request_id.clone(), order_id, line_ids: lines, station };
    let call =
        async |channel, request| OrderServiceClient::new(channel).recall_lines(request).await;
    output.message(&client.mutate(&request_id, request, call).await?, view::recall_lines_answer)
}

pub(super) async fn priority(
    order_id: String,
    is_priority: bool,
    mutation: Mutation,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let request_id = mutation.request_id();
    let request = SetPriorityRequest { request_id: request_id.clone(), order_id, is_priority };
    let call =
        async |channel, request| OrderServiceClient::new(channel).set_priority(request).await;
    output.message(&client.mutate(&request_id, request, call).await?, view::priority_answer)
}

pub(super) async fn cancel(
    args: PartsArgs,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let PartsArgs { order_id, parts, reason, mutation } = args;
    let request_id = mutation.request_id();
    let lines = parts.into_iter().map(|Part(part)| part).collect();
    let request = CancelLinesRequest { request_id: request_id.clone(), order_id, lines, reason };
    let call =
        async |channel, request| OrderServiceClient::new(channel).cancel_lines(request).await;
    output.message(&client.mutate(&request_id, request, call).await?, view::cancel_lines_answer)
}

pub(super) async fn remake(
    args: PartsArgs,
    client: &Client,
    output: Output,
) -> Result<(), Failure> {
    let PartsArgs { order_id, parts, reason, mutation } = args;
    let request_id = mutation.request_id();
    let lines = parts.into_iter().map(|Part(part)| part).collect();
    let request = RemakeLinesRequest { request_id: request_id.clone(), order_id, lines, reason };
    let call =
        async |channel, request| OrderServiceClient::new(channel).remake_lines(request).await;
    output.message(&client.mutate(&request_id, request, call).await?, view::remake_answer)
}

pub(super) async fn add(args: AddArgs, client: &Client, output: Output) -> Result<(), Failure> {
    let AddArgs { order_id, items, expect_total, mutation } = args;
    let request_id = mutation.request_id();
    let request = AddToOrderRequest {
        request_id: request_id.clone(),
        order_id,
        items: items.into_iter().map(Into::into).collect(),
        expected_total: expect_total,
    };
    let call =
        async |channel, request| OrderServiceClient::new(channel).add_to_order(request).await;
    output.message(&client.mutate(&request_id, request, call).await?, view::add_answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_a_line_or_some_of_it() {
        let part = |line_id, quantity| Ok(Part(LinePart { line_id, quantity }));
        assert_eq!("3".parse(), part(3, 0));
        assert_eq!("3x2".parse(), part(3, 2));
        for wrong in ["", "x2", "3x", "3x0", "-1", "3x2x1", "latte"] {
            assert!(wrong.parse::<Part>().is_err(), "{wrong}");
        }
    }
}
