//! Where the database is.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use crate::Error;

/// The address of a database. `Debug` shows no password.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(SqliteConnectOptions),
    /// A server.
    Postgres(PgConnectOptions),
}

impl DatabaseUrl {
    /// Parses `sqlite://FILE` or `postgres://…`. A file that begins with
    /// `DATA/` lies in the data folder.
    ///
    /// # Errors
    /// [`Error::Address`] for any other scheme, [`Error::Engine`] for an
    /// address the driver does not understand.
    pub fn parse(text: &str, data: &Path) -> Result<Self, Error> {
        if let Some(file) = text
            .strip_prefix("sqlite://")
            .or_else(|| text.strip_prefix("sqlite:"))
        {
            let file = file
                .strip_prefix("DATA/")
                .map_or_else(|| Path::new(file).to_owned(), |rest| data.join(rest));
            return Ok(Self::Sqlite(SqliteConnectOptions::new().filename(file)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(PgConnectOptions::from_str(text)?));
        }
        Err(Error::Address)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(options) => write!(f, "SQLite {}", options.get_filename().display()),
            Self::Postgres(options) => write!(
                f,
                "PostgreSQL {}:{}/{}",
                options.get_host(),
                options.get_port(),
                options.get_database().unwrap_or_default()
            ),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_lies_in_the_data_folder() {
        let url = DatabaseUrl::parse("sqlite://DATA/vdx.db", Path::new("/srv/x")).unwrap();
        assert_eq!(url.to_string(), "SQLite /srv/x/vdx.db");
        let url = DatabaseUrl::parse("sqlite:///tmp/a.db", Path::new("/srv/x")).unwrap();
        assert_eq!(url.to_string(), "SQLite /tmp/a.db");
    }

    #[test]
    fn the_password_is_not_shown() {
        let url =
            DatabaseUrl::parse("postgres://hub:s3cret@db.example/vdx", Path::new("")).unwrap();
        assert_eq!(url.to_string(), "PostgreSQL db.example:5432/vdx");
        assert!(!format!("{url:?}").contains("s3cret"));
    }

    #[test]
    fn other_engines_are_refused() {
        assert!(matches!(
            DatabaseUrl::parse("mysql://x/y", Path::new("")),
            Err(Error::Address)
        ));
    }
}
