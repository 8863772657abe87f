//! What can go wrong with the store.

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of the database is neither `sqlite:` nor `postgres:`.
    #[error("the database address must begin with sqlite:// or postgres://")]
    Address,
    /// A row with the same unique value exists. The caller names what it tried to write.
    #[error("a row with the same unique value exists already")]
    Duplicate,
    /// The row points to one that is not there, or one points to it.
    #[error("the row refers to one that does not exist, or is referred to")]
    Reference,
    /// One row was asked for and none is there.
    #[error("no such row")]
    Missing,
    /// More rows belong to what was asked for than can be read at once. Asking
    /// for less helps.
    #[error("more rows than can be read at once")]
    TooMuch,
    /// The engine failed or is not reachable. Trying again may help.
    #[error("the database failed: {0}")]
    Engine(#[source] sqlx::Error),
    /// A column holds what the program never wrote there.
    #[error("the column {column} holds an unreadable value")]
    Unreadable {
        /// The column's name.
        column: String,
    },
    /// A value has no JSON form.
    #[error("a value cannot be written as JSON: {0}")]
    Unwritable(#[source] serde_json::Error),
    /// The database was migrated by a newer program.
    #[error(
        "the database was made by a newer version of VDX: it has migration {database}, this program knows up to {program}. Start the newer version, or restore a backup made with this one"
    )]
    Newer {
        /// The database's newest migration.
        database: String,
        /// The newest the program knows.
        program: String,
    },
    /// A migration that was applied has another text now.
    #[error("migration {0} was applied to this database with another text")]
    Altered(String),
    /// A migration failed; nothing of it was kept.
    #[error("migration {name} failed: {source}")]
    Migration {
        /// Which.
        name: String,
        /// Why.
        source: sqlx::Error,
    },
    /// A sealed value cannot be opened: another key, or it was tampered with or moved.
    #[error(
        "a sealed value of {place} cannot be opened: is DATA/secret.key the one it was sealed with?"
    )]
    Unsealable {
        /// Table and column, without the row.
        place: String,
    },
    /// A reading could not be written into the audit trail.
    #[error("the audit trail cannot be written")]
    NotRecorded,
    /// The key that seals values cannot be read or made.
    #[error("the key file {path} cannot be used: {reason}")]
    Key {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::error::ErrorKind;
        let kind = error
            .as_database_error()
            .map(sqlx::error::DatabaseError::kind);
        match (kind, &error) {
            (Some(ErrorKind::UniqueViolation), _) => Self::Duplicate,
            (Some(ErrorKind::ForeignKeyViolation), _) => Self::Reference,
            (_, sqlx::Error::RowNotFound) => Self::Missing,
            _ => Self::Engine(error),
        }
    }
}
