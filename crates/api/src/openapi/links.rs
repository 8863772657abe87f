//! Names for the operations, and links from what makes a thing to what is done
//! with it: a reader sees where to go on, and the tests walk along them.

use utoipa::openapi::link::Link;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, RefOr};

/// What is under another collection and has the same id.
const ALSO: [(&str, &str); 1] = [("/meetings", "/scheduling-info/{uuid}")];

/// Gives every operation a name of its own, and links `POST /things` with all
/// operations on `/things/{id}` and below.
pub(super) fn describe(api: &mut OpenApi) {
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(operation_id(method, path));
        }
    }
    let targets: Vec<(String, String)> = api
        .paths
        .paths
        .iter_mut()
        .flat_map(|(path, item)| {
            let ids = operations(item).filter_map(|(_, operation)| operation.operation_id.clone());
            ids.map(|id| (path.clone(), id)).collect::<Vec<_>>()
        })
        .collect();
    for (path, item) in &mut api.paths.paths {
        if let Some(post) = &mut item.post {
            link(path, post, &targets);
        }
    }
}

fn link(path: &str, post: &mut Operation, targets: &[(String, String)]) {
    let Some(RefOr::T(made)) = post.responses.responses.get_mut("200") else {
        return;
    };
    for (target, id) in targets {
        let Some(parameter) = parameter_of(path, target) else {
            continue;
        };
        let way = Link::builder()
            .operation_id(id)
            .parameter(parameter, format!("$response.body#/{parameter}"))
            .build();
        made.links.insert(id.clone(), way.into());
    }
}

/// The name of the id, where `target` is an operation on one of what is made at
/// `path`.
fn parameter_of<'a>(path: &str, target: &'a str) -> Option<&'a str> {
    let also = ALSO.contains(&(path, target));
    let collection = if also {
        target.split_once("/{")?.0
    } else {
        path
    };
    let (parameter, rest) = target
        .strip_prefix(collection)?
        .strip_prefix("/{")?
        .split_once('}')?;
    (!rest.contains('{')).then_some(parameter)
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("delete", &mut item.delete),
        ("patch", &mut item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn operation_id(method: &str, path: &str) -> String {
    let path = path.replace(['{', '}'], "").replace('/', "-");
    format!("{method}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_found_under_its_id() {
        let cases = [
            ("/meetings", "/meetings/{uuid}", Some("uuid")),
            (
                "/organisation",
                "/organisation/{code}/descendants",
                Some("code"),
            ),
            ("/meetings", "/scheduling-info/{uuid}", Some("uuid")),
            ("/meetings", "/meetings", None),
            ("/meetings", "/meetings/findByUriWithDomain", None),
            ("/meetings", "/meetings/{uuid}/of/{other}", None),
            ("/scheduling-info", "/meetings/{uuid}", None),
        ];
        for (path, target, parameter) in cases {
            assert_eq!(parameter_of(path, target), parameter, "{path} {target}");
        }
    }
}
