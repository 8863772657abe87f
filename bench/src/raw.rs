//! The rows of a booking, written without a hub: what the database itself can do.

use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context as _, Result, bail};
use sqlx::AssertSqlSafe;
use uuid::Uuid;
use vdx_domain::OrganisationCode;
use vdx_store::meeting_texts::Indexed;
use vdx_store::{Connection as _, Db, EngineKind, Error, FromRow, Reader, Row, Tx, Value};

/// The tables a booking writes, in the order in which rows may refer to each
/// other, and the column that names the meeting.
const TABLES: [(&str, &str); 6] = [
    ("meetings", "id"),
    ("meeting_labels", "meeting_id"),
    ("meeting_information", "meeting_id"),
    ("scheduling_infos", "meeting_id"),
    ("scheduling_statuses", "scheduling_info_id"),
    ("audit_records", "identifier"),
];

/// The rows one booking left, to be written again under other ids.
#[derive(Debug)]
pub struct Sample {
    rows: Vec<SampleRow>,
    meeting: String,
    number: String,
    /// What stands in the index of texts.
    runs: String,
    written: AtomicI64,
    /// Places below the chain of the audit trail, so that the hub passes the copies over.
    place: AtomicI64,
}

#[derive(Debug)]
struct SampleRow {
    table: &'static str,
    insert: String,
    columns: Vec<(String, Value)>,
}

struct Column {
    name: String,
    kind: String,
}

impl FromRow for Column {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            name: row.get("column_name")?,
            kind: row.get("data_type")?,
        })
    }
}

struct Number(i64);

impl FromRow for Number {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("number")?))
    }
}

impl Sample {
    /// Reads the rows of a meeting.
    ///
    /// # Errors
    /// When there are none.
    pub async fn read(db: &Db, meeting: &str) -> Result<Self> {
        let mut reader = db.reader();
        let mut rows = Vec::new();
        for (table, key) in TABLES {
            let columns = columns(&mut reader, db.engine(), table).await?;
            rows.extend(rows_of(&mut reader, table, key, meeting, &columns).await?);
        }
        let number = rows
            .iter()
            .flat_map(|row| &row.columns)
            .find_map(|(name, value)| match value {
                Value::Text(Some(text)) if name == "uri_without_domain" => Some(text.clone()),
                _ => None,
            })
            .context("the booking has no number")?;
        let mut sample = Self {
            rows,
            meeting: meeting.to_owned(),
            number,
            runs: String::new(),
            written: AtomicI64::new(0),
            place: AtomicI64::new(-1),
        };
        sample.runs = sample.runs_of_text(db.engine())?;
        Ok(sample)
    }

    fn runs_of_text(&self, engine: EngineKind) -> Result<String> {
        let text = |column| self.text("meetings", column);
        let organisation = OrganisationCode(text("organisation_code")?.to_owned());
        let organizer = text("organized_by")?.parse()?;
        let description = Some(text("description")?);
        let subject = text("subject")?;
        Ok(Indexed::new(engine, &organisation, organizer, subject, description).runs)
    }

    /// How many rows it is, those of the index of texts among them.
    #[must_use]
    pub fn rows(&self, engine: EngineKind) -> usize {
        self.rows.len()
            + match engine {
                EngineKind::Sqlite => 2,
                EngineKind::Postgres => 1,
            }
    }

    /// The first row of a table: its columns and their values.
    ///
    /// # Errors
    /// When the booking wrote none there.
    pub fn first_of(&self, table: &str) -> Result<&[(String, Value)]> {
        let row = self.rows.iter().find(|row| row.table == table);
        Ok(&row.with_context(|| format!("no row in {table}"))?.columns)
    }

    /// A text in the first row of a table.
    ///
    /// # Errors
    /// When there is none.
    pub fn text(&self, table: &str, column: &str) -> Result<&str> {
        match self.value(table, column)? {
            Value::Text(Some(text)) => Ok(text),
            other => bail!("{table}.{column} is {other:?}"),
        }
    }

    /// A whole number in the first row of a table.
    ///
    /// # Errors
    /// When there is none.
    pub fn number(&self, table: &str, column: &str) -> Result<i64> {
        match self.value(table, column)? {
            Value::Integer(Some(number)) => Ok(*number),
            other => bail!("{table}.{column} is {other:?}"),
        }
    }

    fn value(&self, table: &str, column: &str) -> Result<&Value> {
        let mut columns = self.first_of(table)?.iter();
        let found = columns.find(|(name, _)| name == column);
        Ok(&found.with_context(|| format!("no {table}.{column}"))?.1)
    }

    /// Writes the rows once more, in one transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write(&self, db: &Db) -> Result<()> {
        let n = self.written.fetch_add(1, Ordering::Relaxed) + 1;
        let meeting = Uuid::now_v7().to_string();
        // Longer than any number of a template's range.
        let number = format!("8{n:012}");
        let mut tx = db.begin().await?;
        for row in &self.rows {
            let mut statement = tx.sql(AssertSqlSafe(row.insert.clone()));
            for (name, value) in &row.columns {
                statement = statement.bind(self.fresh(name, value, &meeting, &number, n));
            }
            statement.execute().await?;
        }
        self.write_text(&mut tx, &meeting).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn write_text(&self, tx: &mut Tx, meeting: &str) -> Result<()> {
        if tx.engine() == EngineKind::Postgres {
            let text = "INSERT INTO meeting_texts (meeting_id, runs)
                 VALUES ($1, CAST(CAST($2 AS TEXT) AS INTEGER[]))";
            tx.sql(text)
                .bind(meeting)
                .bind(&self.runs)
                .execute()
                .await?;
            return Ok(());
        }
        let text = "INSERT INTO meeting_numbers (meeting_id) VALUES ($1) RETURNING number";
        let Number(number) = tx.sql(text).bind(meeting).one().await?;
        let text = "INSERT INTO meeting_texts (rowid, runs) VALUES ($1, $2)";
        tx.sql(text).bind(number).bind(&self.runs).execute().await?;
        Ok(())
    }

    /// The value of a column in a copy of the row.
    fn fresh(&self, name: &str, value: &Value, meeting: &str, number: &str, n: i64) -> Value {
        match (name, value) {
            ("chain_position", _) => {
                Value::Integer(Some(self.place.fetch_sub(1, Ordering::Relaxed)))
            }
            ("short_id", _) => Value::Text(Some(format!("{n:012x}"))),
            (_, Value::Text(Some(text))) if *text == self.meeting => {
                Value::Text(Some(meeting.to_owned()))
            }
            ("id", _) => Value::Text(Some(Uuid::now_v7().to_string())),
            (
                "uri_with_domain" | "uri_without_domain" | "address_folded" | "number_folded",
                Value::Text(Some(text)),
            ) => Value::Text(Some(text.replace(&self.number, number))),
            _ => value.clone(),
        }
    }
}

async fn columns(reader: &mut Reader, engine: EngineKind, table: &str) -> Result<Vec<Column>> {
    let text = match engine {
        EngineKind::Sqlite => {
            "SELECT name AS column_name, type AS data_type FROM pragma_table_info($1)"
        }
        EngineKind::Postgres => {
            "SELECT CAST(column_name AS TEXT) AS column_name, CAST(data_type AS TEXT) AS data_type
             FROM information_schema.columns
             WHERE table_name = $1 AND table_schema = current_schema() AND is_generated = 'NEVER'"
        }
    };
    let columns: Vec<Column> = reader.sql(text).bind(table).all().await?;
    if columns.is_empty() {
        bail!("there is no table {table}");
    }
    Ok(columns)
}

async fn rows_of(
    reader: &mut Reader,
    table: &'static str,
    key: &str,
    meeting: &str,
    columns: &[Column],
) -> Result<Vec<SampleRow>> {
    let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
    let places: Vec<String> = (1..=names.len()).map(|n| format!("${n}")).collect();
    let (names, places) = (names.join(", "), places.join(", "));
    let insert = format!("INSERT INTO {table} ({names}) VALUES ({places})");
    let select = format!("SELECT {names} FROM {table} WHERE {key} = $1 LIMIT 100");
    let found = reader
        .sql(AssertSqlSafe(select))
        .bind(meeting)
        .all_with(|row| {
            columns
                .iter()
                .map(|column| value(row, column))
                .collect::<Result<Vec<Value>, Error>>()
        })
        .await?;
    Ok(found
        .into_iter()
        .map(|values| SampleRow {
            table,
            insert: insert.clone(),
            columns: columns
                .iter()
                .map(|column| column.name.clone())
                .zip(values)
                .collect(),
        })
        .collect())
}

fn value(row: &Row, column: &Column) -> Result<Value, Error> {
    let name = &*column.name;
    Ok(match column.kind.to_lowercase().as_str() {
        "bigint" | "integer" => Value::Integer(row.get(name)?),
        "boolean" => Value::Flag(row.get(name)?),
        _ => Value::Text(row.get(name)?),
    })
}
