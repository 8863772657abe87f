//! Why a call to the booking APIs is refused: a status, the code v2 has for it,
//! and the text. v1 has other codes for the same things.

use http::StatusCode;
use vdx_booking::Error;

use crate::Failure;

/// The input is outside its limits.
pub(crate) const INVALID: &str = "10";
/// There is no code for it.
pub(crate) const BASIC: &str = "11";
/// A year has more than four digits.
pub(crate) const YEAR: &str = "25";

/// A refused value: `field: reason`.
pub(crate) fn invalid(field: &str, reason: &str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST)
        .code(INVALID)
        .text(format!("{field}: {reason}"))
}

/// A value that cannot be taken away was sent as null.
pub(crate) fn not_null() -> Failure {
    Failure::new(StatusCode::BAD_REQUEST)
        .code("30")
        .text("Field can not be set to null")
}

impl From<Error> for Failure {
    // The texts are part of the interface: clients compare them.
    fn from(error: Error) -> Self {
        use Error as E;
        let bad = |code, text: &str| Self::new(StatusCode::BAD_REQUEST).code(code).text(text);
        let refused =
            |code, text: &str| Self::new(StatusCode::NOT_ACCEPTABLE).code(code).text(text);
        match error {
            E::Invalid { field, reason } => invalid(field, reason),
            E::ListTooLong(most) => Self::new(StatusCode::BAD_REQUEST).code(INVALID).text(format!(
                "More than {most} would be listed. Ask for less: a shorter interval, or another status."
            )),
            E::NotFound { resource, field } => Self::new(StatusCode::NOT_FOUND)
                .text(format!("Resource: {resource} in field: {field} not found.")),
            E::Forbidden | E::OrganisationUnknown => Self::new(StatusCode::FORBIDDEN),
            E::HalfInterval => bad(
                "28",
                "Either both from-start-time and to-start-time must be provided or none of them must be provided.",
            ),
            E::NothingSought => bad(
                "36",
                "Must set at least one query parameter, when searching for meeting.",
            ),
            E::NotChangeable => refused(
                "12",
                "Meeting must have status AWAITS_PROVISION (0)  or PROVISIONED_OK (3) in order to be updated",
            ),
            E::NotDeletable => refused(
                "13",
                "Meeting must have status AWAITS_PROVISION (0) in order to be deleted",
            ),
            E::TemplateNumbers => refused(
                "14",
                "The Uri assignment failed due to invalid setup on the template used",
            ),
            E::NumbersExhausted => refused(
                "15",
                "The Uri assignment failed. It was not possible to create a unique. Consider changing the interval on the template",
            ),
            E::TemplateGuestPins => refused(
                "16",
                "The guest pincode assignment failed due to invalid setup on the template used",
            ),
            E::TemplateHostPins => refused(
                "17",
                "The host pincode assignment failed due to invalid setup on the template used",
            ),
            E::PoolTemplateTaken => refused(
                "18",
                "Create or update of pool template failed due to only one pool template allowed",
            ),
            E::NoPool(code) => bad(
                "19",
                &format!("Can not create ad hoc meeting on non ad hoc organization: {code}"),
            ),
            E::PoolEmpty(code) => bad(
                "20",
                &format!(
                    "Unused scheduling information not found for organisation tree for {code}"
                ),
            ),
            E::ExternalIdTaken => bad("21", "ExternalId not unique within organisation."),
            E::NoSuchOrganisation(code) => {
                bad("22", &format!("OrganisationId {code} in request not found."))
            }
            E::KeepsNoPool(code) => bad(
                "23",
                &format!(
                    "Scheduling information can not be created on organisation {code} that is not pool enabled."
                ),
            ),
            E::ShortIdExhausted => bad("24", "Unable to generate unique shortId. Try again."),
            E::NoSuchTemplate(id) => bad("26", &format!("Scheduling template {id} not found.")),
            E::TemplateOfAnother {
                template,
                organisation,
            } => bad(
                "27",
                &format!(
                    "Scheduling template {template} does not belong to organisation {organisation}."
                ),
            ),
            E::ReservationUnknown => bad(
                "29",
                "ReservationId not owned by organisation or not found.",
            ),
            E::CustomAddressNotAllowed => bad(
                "31",
                "Organisation does not allow setting custom meeting address.",
            ),
            E::AddressTaken => bad("32", "Supplied URI already used"),
            E::AddressCharacters => bad(
                "33",
                "Supplied URI contains invalid characters. Valid characters: [A-Z], [a-z] and [0-9].",
            ),
            E::ReservationWithPin => bad(
                "34",
                "Scheduling info reservation can not be used in combination with guest pin and/or host pin.",
            ),
            E::DuplicateInformationKey => bad("35", "Additional info keys not unique for meeting."),
            other => Self::internal(&other),
        }
    }
}
