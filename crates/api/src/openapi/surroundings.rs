//! What any operation may answer because of what surrounds it (see `edge`),
//! said in one place for all.

use utoipa::openapi::content::Content;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Deprecated, OpenApi, Ref, Response, ResponseBuilder};

use super::FailureShape;

/// Adds the answers of the surroundings to every operation. An API that `ends`
/// is marked as deprecated, and is gone one day.
pub(super) fn describe(api: &mut OpenApi, shape: FailureShape, ends: bool) {
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
            if ends {
                operation.deprecated = Some(Deprecated::True);
                add(operation, shape, "410", "This version is switched off.");
            }
        }
    }
}

fn describe_operation(operation: &mut Operation, shape: FailureShape) {
    add(operation, shape, "500", "The hub failed.");
    add(operation, shape, "503", "The hub took too long.");
    if operation.request_body.is_some() {
        add(operation, shape, "413", "The body is larger than 1 MiB.");
    }
}

fn add(operation: &mut Operation, shape: FailureShape, status: &str, description: &str) {
    let answers = &mut operation.responses.responses;
    answers
        .entry(status.to_owned())
        .or_insert_with(|| failure(description, shape).into());
}

fn failure(description: &str, shape: FailureShape) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content(
            shape.media_type,
            Content::new(Some(Ref::from_schema_name(shape.name))),
        )
        .build()
}
