//! `POST transform_layout` and what may be chosen: `available_layouts`,
//! `layout_svgs`.

use std::collections::BTreeMap;

use axum::extract::Query;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vdx_conference::state::Transforms;
use vdx_domain::ViewType;

use super::extract::InRoom;
use super::reply::{Failed, Success, refusal};
use super::shapes::view_word;
use crate::{Failure, JsonBody};

/// What is to be shown otherwise.
#[derive(Deserialize, ToSchema)]
pub(super) struct Change {
    transforms: Wanted,
}

/// What is left out stays. Names of layouts are those of `available_layouts`.
#[derive(Deserialize, ToSchema)]
struct Wanted {
    /// For hosts and guests.
    layout: Option<String>,
    /// For hosts.
    host_layout: Option<String>,
    /// For guests.
    guest_layout: Option<String>,
    /// Names on the pictures.
    enable_overlay_text: Option<bool>,
}

/// Changes the views of hosts and guests, and whether names are shown, until the
/// conference is over.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/transform_layout",
    tag = "The conference",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "A host's token."),
    ),
    request_body = Change,
    responses(
        (status = 200, description = "Done.", body = Success<bool>),
        (status = 400, description = "There is no such layout.", body = Failed),
        (status = 403, description = "Not a host, or the token is not good.", body = Failed),
        (status = 429, description = "Too much in too short a time.", body = Failed),
    ),
)]
pub(super) async fn transform(
    InRoom(session): InRoom,
    JsonBody(change): JsonBody<Change>,
) -> Result<Success<bool>, Failure> {
    let wanted = change.transforms;
    let both = view(wanted.layout)?;
    let transforms = Transforms {
        host_view: view(wanted.host_layout)?.or(both),
        guest_view: view(wanted.guest_layout)?.or(both),
        overlay_text: wanted.enable_overlay_text,
    };
    session.transform_layout(transforms).map_err(refusal)?;
    Ok(Success::new(true))
}

fn view(word: Option<String>) -> Result<Option<ViewType>, Failure> {
    let Some(word) = word else { return Ok(None) };
    let mut views = ViewType::ALL.iter();
    views
        .find(|view| view_word(**view) == word)
        .map(|view| Some(*view))
        .ok_or_else(|| Failure::new(StatusCode::BAD_REQUEST).text("Unknown layout"))
}

/// How the layouts are given.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Annotation {
    /// With tags, where there are some.
    #[serde(default)]
    annotate: bool,
}

/// A layout: its name, or with its tags.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Layout {
    Name(&'static str),
    Annotated {
        name: &'static str,
        tags: [&'static str; 0],
    },
}

/// The layouts there are: `large:small` pictures.
#[utoipa::path(
    get,
    path = "/conferences/{alias}/available_layouts",
    tag = "The conference",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "The participant's token."),
        Annotation,
    ),
    responses(
        (status = 200, description = "The layouts.", body = Success<Vec<Layout>>),
        (status = 403, description = "The token is not good.", body = Failed),
    ),
)]
pub(super) async fn available(
    _: InRoom,
    query: Result<Query<Annotation>, axum::extract::rejection::QueryRejection>,
) -> Success<Vec<Layout>> {
    let annotate = query.is_ok_and(|Query(how)| how.annotate);
    let layouts = ViewType::ALL.iter().map(|view| match view_word(*view) {
        name if annotate => Layout::Annotated { name, tags: [] },
        name => Layout::Name(name),
    });
    Success::new(layouts.collect())
}

/// A small drawing of each layout.
#[utoipa::path(
    get,
    path = "/conferences/{alias}/layout_svgs",
    tag = "The conference",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    responses(
        (status = 200, description = "SVG by the layout's name.", body = Success<BTreeMap<String, String>>),
        (status = 403, description = "The token is not good.", body = Failed),
    ),
)]
pub(super) async fn svgs(_: InRoom) -> Success<BTreeMap<&'static str, String>> {
    let drawn = ViewType::ALL.iter().map(|view| {
        let name = view_word(*view);
        (name, drawing(name))
    });
    Success::new(drawn.collect())
}

/// Large pictures in a grid, small ones in rows of seven below.
fn drawing(name: &str) -> String {
    const WIDTH: usize = 112;
    const HEIGHT: usize = 63;
    const ROW: usize = 7;
    const SMALL: (usize, usize) = (WIDTH / ROW, HEIGHT / ROW);
    let (large, small) = name.split_once(':').unwrap_or(("1", "0"));
    let [large, small] = [large, small].map(|count| count.parse::<usize>().unwrap_or(0));
    let rows_below = small.div_ceil(ROW);
    let height = HEIGHT - rows_below * SMALL.1;
    let columns = (1..).find(|n| n * n >= large).unwrap_or(1);
    let rows = large.div_ceil(columns);
    let (w, h) = (WIDTH / columns, height / rows.max(1));
    let big = (0..large).map(|n| (n % columns * w, n / columns * h, w, h));
    let little = (0..small).map(|n| {
        let (x, y) = (n % ROW * SMALL.0, height + n / ROW * SMALL.1);
        (x, y, SMALL.0, SMALL.1)
    });
    let boxes: String = big
        .chain(little)
        .map(|(x, y, w, h)| {
            let (w, h) = (w - 1, h - 1);
            format!(r#"<rect x="{x}" y="{y}" width="{w}" height="{h}"/>"#)
        })
        .collect();
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" fill="currentColor">{boxes}</svg>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_has_a_drawing_with_a_box_for_each_picture() {
        for view in ViewType::ALL {
            let name = view_word(*view);
            let (large, small) = name.split_once(':').unwrap();
            let pictures: usize = large.parse::<usize>().unwrap() + small.parse::<usize>().unwrap();
            assert_eq!(drawing(name).matches("<rect").count(), pictures, "{name}");
        }
    }
}
