//! Many rows of one table, written with few statements.

use anyhow::Result;
use sqlx::AssertSqlSafe;
use vdx_store::{Connection as _, EngineKind, Tx, Value};

/// Values bound to one statement at most; SQLite takes 32,766.
const MOST_VALUES: usize = 10_000;

/// Rows that wait to be written together.
#[derive(Debug)]
pub struct Batch {
    /// Up to the first place for values.
    head: String,
    /// What stands for each value of a row, `?` for its place.
    places: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
    most_rows: usize,
}

impl Batch {
    /// Rows with these columns, each with what stands for its value: `?`, or
    /// something around it, as `CAST(? AS INTEGER)`.
    #[must_use]
    pub fn new(table: &str, columns: &[(&str, &'static str)]) -> Self {
        let names: Vec<&str> = columns.iter().map(|column| column.0).collect();
        Self {
            head: format!("INSERT INTO {table} ({}) VALUES ", names.join(", ")),
            places: columns.iter().map(|column| column.1).collect(),
            rows: Vec::new(),
            most_rows: MOST_VALUES / columns.len().max(1),
        }
    }

    /// Adds a row.
    pub fn add(&mut self, row: Vec<Value>) {
        self.rows.push(row);
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write(&mut self, tx: &mut Tx) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        for rows in rows.chunks(self.most_rows) {
            let text = self.text(rows.len(), tx.engine());
            let mut statement = tx.sql(AssertSqlSafe(text));
            for value in rows.iter().flatten() {
                statement = statement.bind(value.clone());
            }
            statement.execute().await?;
        }
        Ok(())
    }

    /// SQLite takes `$1` for a name, and looks each up among all of them.
    fn text(&self, rows: usize, engine: EngineKind) -> String {
        let mut text = self.head.clone();
        let mut number = 0;
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for (column, place) in self.places.iter().enumerate() {
                number += 1;
                if column > 0 {
                    text.push_str(", ");
                }
                match engine {
                    EngineKind::Sqlite => text.push_str(place),
                    EngineKind::Postgres => {
                        text.push_str(&place.replace('?', &format!("${number}")));
                    }
                }
            }
            text.push(')');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_through() {
        let batch = Batch::new("t", &[("a", "?"), ("b", "CAST(? AS X)")]);
        assert_eq!(
            batch.text(2, EngineKind::Postgres),
            "INSERT INTO t (a, b) VALUES ($1, CAST($2 AS X)), ($3, CAST($4 AS X))"
        );
        assert_eq!(
            batch.text(1, EngineKind::Sqlite),
            "INSERT INTO t (a, b) VALUES (?, CAST(? AS X))"
        );
    }
}
