//! What the schema of a Parquet or Arrow file says of its columns: types, declared categories, and which columns name the rows.

use std::collections::HashMap;

use arrow_schema::{DataType, Field, Schema};
use serde::Deserialize;
use skiplayer::table::{Meaning, dates};

/// What a stored type says of the cells.
#[derive(Debug, Clone, PartialEq)]
pub enum Stored {
    /// A time, a truth value or a declared category.
    As(Meaning),
    /// Numbers, unless eight digits turn out to be dates.
    Numbers,
    /// Text, which may turn out to be dates.
    Text,
    /// Neither number nor text.
    Unreadable,
}

impl Stored {
    /// The column of `field`, as far as its type and the remarks of its writer go.
    pub fn of(field: &Field, pandas: &Pandas) -> Self {
        let of_type = Self::of_type(field.data_type());
        let is_declared = matches!(field.data_type(), DataType::Dictionary(..));
        if of_type == Stored::Unreadable || of_type == Stored::As(Meaning::Truth) {
            return of_type;
        }
        match pandas.categories.get(field.name()) {
            Some(&is_ordered) => Stored::As(Meaning::Category { is_ordered }),
            None if is_declared => Stored::As(Meaning::Category { is_ordered: is_ordered(field) }),
            None => of_type,
        }
    }

    fn of_type(stored: &DataType) -> Self {
        use DataType::*;
        match stored {
            Null | Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 | Float16 | Float32 | Float64 => {
                Stored::Numbers
            }
            Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => Stored::Numbers,
            Date32 | Date64 => Stored::As(Meaning::Date { written: None }),
            Timestamp(_, zone) => {
                Stored::As(Meaning::Timestamp { zone: zone.as_deref().map(dates::zone), written: None })
            }
            Time32(_) | Time64(_) => Stored::As(Meaning::TimeOfDay),
            Duration(_) => Stored::As(Meaning::Duration),
            Boolean => Stored::As(Meaning::Truth),
            Utf8 | LargeUtf8 | Utf8View => Stored::Text,
            // One level of dictionary is what writers produce; keys into keys are not worth a rule.
            Dictionary(_, values) if !matches!(**values, Dictionary(..)) => Self::of_type(values),
            _ => Stored::Unreadable,
        }
    }
}

/// Whether the levels of a dictionary have an order: the flag of Arrow, or the Enum of polars.
fn is_ordered(field: &Field) -> bool {
    field.dict_is_ordered() == Some(true) || field.metadata().keys().any(|key| key.starts_with("_PL_ENUM_VALUES"))
}

/// How a type that cannot be used is turned into one that can.
pub fn way_out(stored: &DataType) -> &'static str {
    use DataType::*;
    match stored {
        List(_) | LargeList(_) | FixedSizeList(..) | ListView(_) | LargeListView(_) => {
            "write each element as a column of its own"
        }
        Struct(_) | Map(..) | Union(..) => "write each field as a column of its own",
        // Integers of 128 bits, which the Parquet of polars keeps as bytes, among them.
        Binary | LargeBinary | BinaryView | FixedSizeBinary(_) => {
            "cast it to 64-bit integers, decimals or text before it is written"
        }
        Interval(_) => "cast it to a duration before it is written",
        _ => "cast it to numbers or text before it is written",
    }
}

/// What pandas wrote beside the columns (<https://pandas.pydata.org/docs/development/developer.html>).
#[derive(Debug, Default)]
pub struct Pandas {
    /// The columns that were an index.
    pub index: Vec<String>,
    /// Columns that were categorical, and whether in an order. Writers without Arrow (fastparquet) say it here alone.
    pub categories: HashMap<String, bool>,
}

impl Pandas {
    /// What `schema` holds of it; nothing where that cannot be understood.
    pub fn of(schema: &Schema) -> Self {
        #[derive(Deserialize)]
        struct Written {
            #[serde(default)]
            index_columns: Vec<serde_json::Value>,
            #[serde(default)]
            columns: Vec<WrittenColumn>,
        }
        #[derive(Deserialize)]
        struct WrittenColumn {
            name: Option<serde_json::Value>,
            field_name: Option<String>,
            pandas_type: Option<String>,
            metadata: Option<serde_json::Value>,
        }
        let Some(json) = schema.metadata().get("pandas") else { return Self::default() };
        let Ok(written) = serde_json::from_str::<Written>(json) else { return Self::default() };
        // An index that only counts is described by an object, and is no column.
        let index = written.index_columns.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        let categorical =
            written.columns.into_iter().filter(|column| column.pandas_type.as_deref() == Some("categorical"));
        let categories = categorical.filter_map(|column| {
            let name = column.field_name.or_else(|| column.name?.as_str().map(str::to_owned))?;
            let is_ordered = column.metadata.and_then(|metadata| metadata.get("ordered")?.as_bool());
            Some((name, is_ordered.unwrap_or(false)))
        });
        Self { index, categories: categories.collect() }
    }

    /// Whether the column was an index. Where the remarks are lost, the name that pandas gives it is left.
    pub fn is_index(&self, name: &str) -> bool {
        let unnamed = name.strip_prefix("__index_level_").and_then(|rest| rest.strip_suffix("__"));
        self.index.iter().any(|own| own == name) || unnamed.is_some_and(|level| level.parse::<u32>().is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pandas_says_is_understood_and_nonsense_is_nothing() {
        let with = |json: &str| {
            let metadata = HashMap::from([("pandas".to_owned(), json.to_owned())]);
            Pandas::of(&Schema::empty().with_metadata(metadata))
        };
        let pandas = with(
            r#"{"index_columns": ["when", {"kind": "range", "name": null, "start": 0, "stop": 3, "step": 1}],
                "columns": [{"name": "k", "field_name": "k", "pandas_type": "categorical", "metadata": {"ordered": true}},
                            {"name": null, "field_name": "__index_level_0__", "pandas_type": "int64", "metadata": null}]}"#,
        );
        assert!(pandas.is_index("when") && pandas.is_index("__index_level_1__") && !pandas.is_index("k"));
        assert_eq!(pandas.categories, HashMap::from([("k".to_owned(), true)]));
        for nonsense in ["", "[]", "{\"index_columns\": 3}", "{\"columns\": [{\"name\": []}]}"] {
            assert!(with(nonsense).index.is_empty() && with(nonsense).categories.is_empty());
        }
    }
}
