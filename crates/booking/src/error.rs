//! What can go wrong with a booking.

use vdx_domain::OrganisationCode;

/// Why a request about a booking was refused or failed.
///
/// Most variants are something the caller can change; a template's ranges are for
/// the organisation's administrator, and [`Error::Store`] for whoever runs the
/// hub.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value of the request is outside its limits; the request can be sent
    /// again with another value.
    #[error("{field}: {reason}")]
    Invalid {
        /// The field as the API names it.
        field: &'static str,
        /// What it must be.
        reason: &'static str,
    },
    /// Two entries of the additional information have the same key.
    #[error("additional information has the same key twice")]
    DuplicateInformationKey,
    /// A reservation brings its own PINs.
    #[error("a reservation cannot be combined with PINs")]
    ReservationWithPin,
    /// The reservation does not exist, is another organisation's, or is used.
    #[error("the reservation is not there for this organisation")]
    ReservationUnknown,
    /// The organisation's callers may not choose addresses.
    #[error("the organisation may not choose addresses")]
    CustomAddressNotAllowed,
    /// The chosen address belongs to another room.
    #[error("the address belongs to another room")]
    AddressTaken,
    /// The chosen address has other characters than letters and digits.
    #[error("the address has other characters than letters and digits")]
    AddressCharacters,
    /// The organisation has a meeting with this external id.
    #[error("the external id is used by another meeting of the organisation")]
    ExternalIdTaken,
    /// No free short id was found; sending the request again helps.
    #[error("no free short id was found")]
    ShortIdExhausted,
    /// Neither the organisation nor an ancestor keeps a pool of rooms.
    #[error("no pool of rooms for {0}")]
    NoPool(OrganisationCode),
    /// The pool has no room left.
    #[error("no room left in the pool for {0}")]
    PoolEmpty(OrganisationCode),
    /// The template's number range is empty, or its address does not fit.
    #[error("the template's number range or address is unusable")]
    TemplateNumbers,
    /// No number of the template's range was free.
    #[error("no free number found in the template's range")]
    NumbersExhausted,
    /// The template asks for a guest PIN and has no usable range for it.
    #[error("the template's range of guest PINs is unusable")]
    TemplateGuestPins,
    /// The template asks for a host PIN and has no usable range for it.
    #[error("the template's range of host PINs is unusable")]
    TemplateHostPins,
    /// There is no such organisation.
    #[error("there is no organisation {0}")]
    NoSuchOrganisation(OrganisationCode),
    /// The organisation keeps no pool.
    #[error("the organisation {0} keeps no pool")]
    KeepsNoPool(OrganisationCode),
    /// There is no such template.
    #[error("there is no template {0}")]
    NoSuchTemplate(i64),
    /// The template belongs to another organisation.
    #[error("the template {template} is not for {organisation}")]
    TemplateOfAnother {
        /// Which.
        template: i64,
        /// For whom it was to be used.
        organisation: OrganisationCode,
    },
    /// More than so many would be listed: a narrower question helps.
    #[error("more than {0} would be listed")]
    ListTooLong(u32),
    /// The organisation has another pool template, and only one can be.
    #[error("the organisation has another pool template")]
    PoolTemplateTaken,
    /// No criterion to search by is given.
    #[error("nothing to search by")]
    NothingSought,
    /// Only one of two times is given.
    #[error("one of two times is given")]
    HalfInterval,
    /// The room is neither waiting to be made nor live.
    #[error("the meeting's room is neither waiting nor live")]
    NotChangeable,
    /// The meeting is over.
    #[error("the meeting is over")]
    Over,
    /// A host cannot make the meeting that long; who booked it can.
    #[error("hosts cannot make the meeting that long")]
    TooLong,
    /// The room is permanent: no meeting belongs to it.
    #[error("the room belongs to no meeting")]
    NoMeeting,
    /// The room is being made or is made; end the meeting instead.
    #[error("the meeting's room is past waiting")]
    NotDeletable,
    /// There is no such thing.
    #[error("no {resource} with this {field}")]
    NotFound {
        /// What was looked for, as the API names it.
        resource: &'static str,
        /// By which field.
        field: &'static str,
    },
    /// It exists, and the caller may not see or change it.
    #[error("not for this caller")]
    Forbidden,
    /// The caller's organisation is not known to the hub.
    #[error("the caller's organisation is unknown")]
    OrganisationUnknown,
    /// The database failed; the request may be sent again.
    #[error("the database failed")]
    Store(#[from] vdx_store::Error),
}
