//! Which roles may call which operation (VDX reference 3.2).

use http::StatusCode;
use vdx_accounts::Caller;
use vdx_booking::Actor;
use vdx_domain::ApiRole;

use crate::Failure;

/// Roles that read.
pub(super) const ANY: &[ApiRole] = &[
    ApiRole::MeetingAdmin,
    ApiRole::MeetingUser,
    ApiRole::MeetingPlanner,
    ApiRole::MeetingProvisioner,
    ApiRole::MeetingProvisionerUser,
];

/// Roles that book, change and delete meetings.
pub(super) const BOOKERS: &[ApiRole] = &[
    ApiRole::MeetingAdmin,
    ApiRole::MeetingUser,
    ApiRole::MeetingPlanner,
    ApiRole::MeetingProvisionerUser,
];

/// The caller as the booking part knows them, if they have one of the roles.
pub(super) fn actor(caller: Caller, roles: &[ApiRole]) -> Result<Actor, Failure> {
    if !caller.has_any(roles) {
        return Err(Failure::new(StatusCode::FORBIDDEN));
    }
    let (organisation, email) = caller
        .identity
        .map(|identity| (identity.organisation, identity.email))
        .unzip();
    Ok(Actor {
        organisation,
        email,
        roles: caller.roles.into_iter().collect(),
    })
}
