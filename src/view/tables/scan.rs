//! Exported Parquet, read when a query wants it: only the columns that it names,
//! and only the row groups whose statistics do not rule its condition out.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use polars_core::prelude::{
    ArrowSchema, Column, DataFrame, DataType, IdxCa, IdxSize, IntoColumn, NewChunkedArray,
    PlSmallStr, PolarsResult, Schema, SchemaRef, Series,
};
use polars_io::SerReader;
use polars_io::prelude::ParquetReader;
use polars_lazy::prelude::{
    AnonymousScan, AnonymousScanArgs, Expr, IntoLazy, LazyFrame, ScanArgsAnonymous,
};
use polars_parquet::read::RowGroupMetadata;
use polars_parquet::read::statistics::deserialize_all;
use polars_plan::plans::predicates::aexpr_to_skip_batch_predicate;
use polars_plan::plans::{ExprToIRContext, node_to_expr, to_expr_ir};
use polars_plan::prelude::Arena;

use super::Error;
use super::frame::{Words, schema};
use crate::query::tables::Name;

/// Opens a file.
pub type Open = Arc<dyn Fn(&Path) -> io::Result<File> + Send + Sync>;

/// How many row groups a query looked at.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) all: AtomicUsize,
    pub(super) read: AtomicUsize,
}

/// The files of a table.
pub(super) struct Files {
    paths: Vec<PathBuf>,
    open: Open,
    schema: SchemaRef,
    groups: Arc<Groups>,
}

/// A table in files; what is looked at is counted in `groups`.
pub(super) fn table(
    table: Name,
    paths: Vec<PathBuf>,
    open: Open,
    groups: Arc<Groups>,
) -> Result<LazyFrame, Error> {
    let schema = Arc::new(schema(table, Words::Text)?);
    let files = Files { paths, open, schema: Arc::clone(&schema), groups };
    let args = ScanArgsAnonymous {
        schema: Some(schema),
        name: "EXPORTED TABLE",
        ..ScanArgsAnonymous::default()
    };
    Ok(LazyFrame::anonymous_scan(Arc::new(files), args)?)
}

impl AnonymousScan for Files {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn schema(&self, _: Option<usize>) -> PolarsResult<SchemaRef> {
        Ok(Arc::clone(&self.schema))
    }

    fn allows_predicate_pushdown(&self) -> bool {
        true
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }

    fn scan(&self, wanted: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let condition = wanted.predicate.as_ref();
        let columns = self.columns(&wanted, condition);
        let skip = condition.map(|condition| self.skip(condition)).transpose()?.flatten();
        let mut all = self.empty(&columns);
        let mut left = wanted.n_rows.filter(|_| condition.is_none()).unwrap_or(usize::MAX);
        for path in &self.paths {
            if left == 0 {
                break;
            }
            let frame = self.file(path, &columns, condition, skip.as_ref(), left)?;
            left -= frame.height().min(left);
            all.vstack_mut_owned(frame)?;
        }
        if let Some(rows) = wanted.n_rows {
            all = all.head(Some(rows));
        }
        // What only the condition names is not wanted after it.
        match &wanted.with_columns {
            Some(wanted) => all.select(wanted.iter().cloned()),
            None => Ok(all),
        }
    }
}

impl Files {
    /// The columns that are read, in the order of the table.
    fn columns(&self, wanted: &AnonymousScanArgs, condition: Option<&Expr>) -> Vec<PlSmallStr> {
        let Some(named) = &wanted.with_columns else {
            return self.schema.iter_names().cloned().collect();
        };
        let of_condition = condition.map(names_in).unwrap_or_default();
        let is_wanted = |name: &&PlSmallStr| named.contains(name) || of_condition.contains(name);
        self.schema.iter_names().filter(is_wanted).cloned().collect()
    }

    fn empty(&self, columns: &[PlSmallStr]) -> DataFrame {
        let schema: Schema = self
            .schema
            .iter()
            .filter(|(name, _)| columns.contains(name))
            .map(|(name, dtype)| (name.clone(), dtype.clone()))
            .collect();
        DataFrame::empty_with_schema(&schema)
    }

    /// What is true of row groups in which no row can meet a condition, of the
    /// columns that [`statistics`] makes; `None` where nothing can be said.
    fn skip(&self, condition: &Expr) -> PolarsResult<Option<Expr>> {
        let mut arena = Arena::new();
        let mut context = ExprToIRContext::new(&mut arena, &self.schema);
        let condition = to_expr_ir(condition.clone(), &mut context)?;
        let node = aexpr_to_skip_batch_predicate(condition.node(), &mut arena, &self.schema);
        Ok(node.map(|node| node_to_expr(node, &arena)))
    }

    /// The rows of a file that meet a condition, or the first of all.
    fn file(
        &self,
        path: &Path,
        columns: &[PlSmallStr],
        condition: Option<&Expr>,
        skip: Option<&Expr>,
        most: usize,
    ) -> PolarsResult<DataFrame> {
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let file = || (self.open)(path).map_err(named);
        let mut reader = ParquetReader::new(file()?);
        let metadata = Arc::clone(reader.get_metadata()?);
        let in_file = reader.schema()?;
        let groups = &metadata.row_groups;
        self.groups.all.fetch_add(groups.len(), Ordering::Relaxed);
        let skipped = match (condition, skip) {
            (Some(condition), Some(skip)) if !groups.is_empty() => {
                let names = names_in(condition);
                let mut figures = vec![lengths(groups)];
                for name in &names {
                    let Some(dtype) = self.schema.get(name) else { continue };
                    let place = (in_file.index_of(name), &*in_file);
                    figures.extend(statistics(name, dtype, place, groups, &metadata)?);
                }
                // What cannot be told of the figures has to be told of the rows.
                ruled_out(figures, skip).unwrap_or_else(|_| vec![false; groups.len()])
            }
            _ => vec![false; groups.len()],
        };
        let present: Vec<String> = columns
            .iter()
            .filter(|name| in_file.contains(name.as_str()))
            .map(ToString::to_string)
            .collect();
        let mut all = self.empty(columns);
        let mut first = 0;
        for (group, skipped) in groups.iter().zip(skipped) {
            let (begin, rows) = (first, group.num_rows());
            first += rows;
            if skipped || all.height() >= most {
                continue;
            }
            self.groups.read.fetch_add(1, Ordering::Relaxed);
            let mut reader = ParquetReader::new(file()?)
                .with_slice(Some((begin, rows)))
                .with_columns(Some(present.clone()));
            reader.set_metadata(Arc::clone(&metadata));
            let mut frame = self.as_in_schema(&reader.finish()?, columns, rows)?;
            if let Some(condition) = condition {
                frame = frame.lazy().filter(condition.clone()).collect()?;
            }
            all.vstack_mut_owned(frame)?;
        }
        Ok(all.head(Some(most)))
    }

    /// A frame with the columns of the table: what a file of another version does
    /// not have is not known, and dictionaries become texts.
    fn as_in_schema(
        &self,
        frame: &DataFrame,
        columns: &[PlSmallStr],
        rows: usize,
    ) -> PolarsResult<DataFrame> {
        let column = |name: &PlSmallStr| {
            let dtype = self.schema.get(name).unwrap_or(&DataType::String);
            match frame.column(name) {
                Ok(column) if column.dtype() == dtype => Ok(column.clone()),
                Ok(column) => column.cast(dtype),
                Err(_) => Ok(Column::full_null(name.clone(), rows, dtype)),
            }
        };
        DataFrame::new(rows, columns.iter().map(column).collect::<PolarsResult<_>>()?)
    }
}

/// The columns that an expression names.
fn names_in(expression: &Expr) -> Vec<PlSmallStr> {
    let mut names = Vec::new();
    for part in expression {
        if let Expr::Column(name) = part
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    names
}

fn lengths(groups: &[RowGroupMetadata]) -> Column {
    let lengths =
        groups.iter().map(|group| IdxSize::try_from(group.num_rows()).unwrap_or(IdxSize::MAX));
    IdxCa::from_iter_values("len".into(), lengths).into_column()
}

/// The least and the greatest value of a column in each row group, and how many
/// are not known; what the file does not say is not known.
fn statistics(
    name: &PlSmallStr,
    dtype: &DataType,
    (place, in_file): (Option<usize>, &ArrowSchema),
    groups: &[RowGroupMetadata],
    metadata: &polars_parquet::read::FileMetadata,
) -> PolarsResult<[Column; 3]> {
    let named = |end: &str| PlSmallStr::from_string(format!("{name}{end}"));
    let field = place.and_then(|place| Some((place, in_file.get_at_index(place)?.1)));
    let found = match field {
        Some((place, field)) => deserialize_all(field, groups, place, &metadata.footer_buf)?,
        None => None,
    };
    let Some(found) = found else {
        let unknown = |end, dtype: &DataType| Column::full_null(named(end), groups.len(), dtype);
        return Ok([
            unknown("_min", dtype),
            unknown("_max", dtype),
            unknown("_nc", &DataType::IDX_DTYPE),
        ]);
    };
    Ok([
        Series::from_arrow(named("_min"), found.min_value)?.cast(dtype)?.into_column(),
        Series::from_arrow(named("_max"), found.max_value)?.cast(dtype)?.into_column(),
        Series::from_arrow(named("_nc"), found.null_count.boxed())?.into_column(),
    ])
}

/// Of which row groups `skip` is true.
fn ruled_out(figures: Vec<Column>, skip: &Expr) -> PolarsResult<Vec<bool>> {
    let rows = figures.first().map_or(0, Column::len);
    let figures = DataFrame::new(rows, figures)?;
    let answer = figures.lazy().select([skip.clone().alias("skip")]).collect()?;
    let skip = answer.column("skip")?.bool()?.clone();
    // An answer for all groups is one value.
    Ok((0..rows)
        .map(|at| skip.get(if skip.len() == 1 { 0 } else { at }).unwrap_or(false))
        .collect())
}

#[cfg(test)]
mod tests {
    use polars_lazy::prelude::{col, lit};

    use super::*;

    #[test]
    fn columns_of_a_condition_are_found_once() {
        let condition = col("a").gt(lit(1)).and(col("b").lt(col("a")));
        assert_eq!(names_in(&condition).len(), 2);
    }
}
