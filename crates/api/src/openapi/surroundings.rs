//! What any operation may answer because of what surrounds it (see `edge`),
//! said in one place for all.

use utoipa::openapi::content::Content;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, Ref, Response, ResponseBuilder};

/// Adds the answers of the surroundings to every operation, in the shape of
/// failures of this name.
pub(super) fn describe(api: &mut OpenApi, shape: &str) {
    for item in api.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ];
        for operation in operations.into_iter().flatten() {
            describe_operation(operation, shape);
        }
    }
}

fn describe_operation(operation: &mut Operation, shape: &str) {
    let mut add = |status: &str, description| {
        let answers = &mut operation.responses.responses;
        answers
            .entry(status.to_owned())
            .or_insert_with(|| failure(description, shape).into());
    };
    add("500", "The hub failed.");
    add("503", "The hub took too long.");
    if operation.request_body.is_some() {
        add("413", "The body is larger than 1 MiB.");
    }
}

fn failure(description: &str, shape: &str) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content(
            "application/json",
            Content::new(Some(Ref::from_schema_name(shape))),
        )
        .build()
}
