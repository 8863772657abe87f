//! Operations on one participant, which differ in a word and in what they do.

/// Makes the operations: each with its documentation, its path, and what it does
/// to whom the path names.
macro_rules! on_participant {
    (tag: $tag:literal; $($(#[$doc:meta])* $name:ident = $path:literal, $does:expr;)+) => {
        $(
            $(#[$doc])*
            #[utoipa::path(
                post,
                path = $path,
                tag = $tag,
                params(
                    ("alias" = String, Path, description = "The room's address."),
                    ("participant" = Uuid, Path, description = "Whom."),
                    ("token" = String, Header, description = "The participant's token."),
                ),
                responses(
                    (status = 200, description = "Done.", body = Success<bool>),
                    (status = 403, description = "Not allowed, nobody there, or the token is not good.", body = Failed),
                    (status = 429, description = "Too much in too short a time.", body = Failed),
                ),
            )]
            pub(super) async fn $name(
                Target(session, target): Target,
            ) -> Result<Success<bool>, Failure> {
                let act: fn(
                    &vdx_conference::Session,
                    vdx_domain::ParticipantId,
                ) -> Result<(), vdx_conference::state::Refused> = $does;
                act(&session, target).map_err(refusal)?;
                // Who was muted is not heard, whatever happens to the hub next.
                session.kept().await;
                Ok(Success::new(true))
            }
        )+
    };
}
